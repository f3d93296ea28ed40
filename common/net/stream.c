#include "net/stream.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/loop_internal.h"
#include "net/sock.h"
#include "net/stream_internal.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	DEF_PENDING = 65536,
	DEF_OUTPUT = 1 << 20,
	DEF_OPEN_MS = 10000,
	CLOSE_MS = 5000,
	LINGER_MS = 2000,
};

PLY_COUNTER(n_output_limit, "parley_stream_output_limit_total",
	    "Streams closed because the peer did not read fast enough.");
PLY_COUNTER(n_open_timeout, "parley_stream_open_timeout_total",
	    "Streams given up before they were connected and had shaken hands.");

static void release(struct ply_stream *s)
{
	if (s->on_gone)
		s->on_gone(s->owner);
	ply_tls_conn_free(s->tls);
	ply_tls_ctx_unref(s->tls_ctx);
	ply_free(s->name);
	ply_stream_buf_free(&s->in);
	ply_stream_buf_free(&s->out);
	ply_stream_buf_free(&s->wire);
	ply_free(s);
}

void ply_stream_enter(struct ply_stream *s)
{
	s->busy++;
}

bool ply_stream_leave(struct ply_stream *s)
{
	if (--s->busy || s->state != ST_DEAD)
		return s->state != ST_DEAD;
	release(s);
	return false;
}

void ply_stream_kill(struct ply_stream *s)
{
	if (s->state == ST_DEAD)
		return;
	s->state = ST_DEAD;
	s->ops = NULL;
	ply_defer_stop(&s->turn);
	ply_timer_stop(&s->timer);
	if (s->watch.fd >= 0) {
		ply_watch_stop(&s->watch);
		(void)close(s->watch.fd);
		s->watch.fd = -1;
	}
	if (!s->busy)
		release(s);
}

void ply_stream_finish(struct ply_stream *s, const char *reason)
{
	const struct ply_stream_ops *ops = s->ops;
	void *ctx = s->ctx;
	char text[200];

	if (s->state == ST_DEAD)
		return;
	/* The reason may lie in memory that goes with the stream. */
	(void)snprintf(text, sizeof text, "%s", reason);
	ply_stream_enter(s);
	ply_stream_kill(s);
	if (ops && ops->on_close)
		ops->on_close(ctx, text);
	(void)ply_stream_leave(s);
}

/* The end of a turn: the one place where a stream acts on what callbacks have asked of it. */
static void on_turn_end(void *ctx)
{
	struct ply_stream *s = ctx;

	if (s->fail) {
		ply_stream_finish(s, s->fail);
		return;
	}
	ply_stream_enter(s);
	if (s->reoffer) {
		s->reoffer = false;
		ply_stream_offer(s);
	}
	if (s->state != ST_DEAD)
		ply_stream_flush(s);
	(void)ply_stream_leave(s);
}

void ply_stream_at_turn_end(struct ply_stream *s)
{
	ply_defer_flush(s->loop, &s->turn, on_turn_end, s);
}

static void on_open_timeout(void *ctx)
{
	struct ply_stream *s = ctx;

	ply_counter_inc(&n_open_timeout);
	ply_stream_finish(s, s->state == ST_CONNECTING ? "connecting timed out"
						       : "TLS handshake timed out");
}

static void on_close_timeout(void *ctx)
{
	ply_stream_kill(ctx);
}

static struct ply_stream *make(struct ply_loop *loop, struct ply_tls_ctx *tls,
			       const struct ply_stream_conf *conf)
{
	struct ply_stream *s = ply_calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->loop = loop;
	s->watch.fd = -1;
	if (conf)
		s->conf = *conf;
	if (!s->conf.max_pending)
		s->conf.max_pending = DEF_PENDING;
	if (!s->conf.max_output)
		s->conf.max_output = DEF_OUTPUT;
	if (!s->conf.open_ms)
		s->conf.open_ms = DEF_OPEN_MS;
	if (tls)
		s->tls_ctx = ply_tls_ctx_ref(tls);
	s->last_recv_ms = s->last_sent_ms = ply_mono_ms();
	return s;
}

int ply_stream_accepted(struct ply_stream **out, struct ply_loop *loop, int fd,
			struct ply_tls_ctx *tls, const struct ply_stream_conf *conf)
{
	struct ply_stream *s = make(loop, tls, conf);
	int r;

	if (!s)
		return ply_err_origin(-ENOMEM);
	s->state = ST_HANDSHAKING;
	r = ply_watch_start(loop, &s->watch, fd, PLY_READ, ply_stream_on_ready, s);
	if (r) {
		s->watch.fd = -1;
		ply_stream_kill(s);
		return r;
	}
	(void)ply_sock_local(fd, &s->local);
	(void)ply_sock_peer(fd, &s->peer);
	/* on_open (plain) or our side of the handshake comes from there. */
	ply_stream_at_turn_end(s);
	if (tls)
		ply_timer_start(loop, &s->timer, s->conf.open_ms, on_open_timeout, s);
	*out = s;
	return 0;
}

static void connect_to(struct ply_stream *s, const struct ply_stream_target *to)
{
	int fd = ply_sock_connect(&to->addr, &to->bind);

	if (fd < 0) {
		s->fail = fd == -ECONNREFUSED    ? "connection refused"
			  : fd == -ENETUNREACH   ? "network is unreachable"
			  : fd == -EADDRNOTAVAIL ? "no local address or port to connect from"
			  : fd == -EMFILE        ? "too many open files"
						 : "cannot connect";
		ply_stream_at_turn_end(s);
	} else if (ply_watch_start(s->loop, &s->watch, fd, PLY_WRITE, ply_stream_on_ready, s)) {
		(void)close(fd);
		s->watch.fd = -1;
		s->fail = "out of memory";
		ply_stream_at_turn_end(s);
	} else {
		ply_timer_start(s->loop, &s->timer, s->conf.open_ms, on_open_timeout, s);
	}
}

int ply_stream_connect(struct ply_stream **out, struct ply_loop *loop,
		       const struct ply_stream_target *to, const struct ply_stream_conf *conf,
		       const struct ply_stream_ops *ops, void *ctx)
{
	struct ply_stream *s = make(loop, to->tls, conf);

	if (!s)
		return ply_err_origin(-ENOMEM);
	if (to->tls && to->name) {
		s->name = ply_strdup(to->name);
		if (!s->name) {
			ply_stream_kill(s);
			return ply_err_origin(-ENOMEM);
		}
	}
	s->state = ST_CONNECTING;
	s->ops = ops;
	s->ctx = ctx;
	s->peer = to->addr;
	connect_to(s, to);
	*out = s;
	return 0;
}

void ply_stream_opened(struct ply_stream *s)
{
	s->state = ST_OPEN;
	ply_timer_stop(&s->timer);
	if (ply_stream_buf_len(&s->out))
		ply_stream_at_turn_end(s);
	if (s->ops && s->ops->on_open)
		s->ops->on_open(s->ctx);
}

void ply_stream_set_ops(struct ply_stream *s, const struct ply_stream_ops *ops, void *ctx)
{
	s->ops = ops;
	s->ctx = ctx;
}

static int fail_later(struct ply_stream *s, const char *reason, int r)
{
	s->fail = reason;
	ply_stream_at_turn_end(s);
	return r;
}

int ply_stream_writev(struct ply_stream *s, const struct ply_slice *v, size_t n)
{
	size_t total = 0;

	if (s->state > ST_OPEN || s->fail)
		return -ENOTCONN;
	for (size_t i = 0; i < n; i++)
		total += v[i].len;
	if (total > s->conf.max_output || ply_stream_unsent(s) > s->conf.max_output - total) {
		ply_counter_inc(&n_output_limit);
		return fail_later(s, "the peer does not read: output limit reached", -ENOBUFS);
	}
	for (size_t i = 0; i < n; i++)
		if (ply_stream_buf_add(&s->out, v[i].p, v[i].len))
			return fail_later(s, "out of memory", -ENOMEM);
	s->bytes_out += total;
	if (s->state == ST_OPEN && !s->blocked)
		ply_stream_at_turn_end(s);
	return 0;
}

int ply_stream_write(struct ply_stream *s, const void *p, size_t len)
{
	const struct ply_slice one = {p, len};

	return ply_stream_writev(s, &one, 1);
}

size_t ply_stream_unsent(const struct ply_stream *s)
{
	return ply_stream_buf_len(&s->out) + ply_stream_buf_len(&s->wire);
}

void ply_stream_pause(struct ply_stream *s, bool pause)
{
	if (s->state > ST_OPEN || s->paused == pause)
		return;
	s->paused = pause;
	if (ply_stream_update_want(s))
		(void)fail_later(s, "out of memory", 0);
	if (!pause && ply_stream_buf_len(&s->in)) {
		s->reoffer = true;
		ply_stream_at_turn_end(s);
	}
}

void ply_stream_closing_sent(struct ply_stream *s)
{
	if (s->tls) {
		ply_tls_conn_shutdown(s->tls);
		(void)ply_stream_send_window(s);
	}
	(void)shutdown(s->watch.fd, SHUT_WR);
	/* Closed with input unread, the kernel would reset and the peer might lose our last words:
	 * wait for its end, briefly. */
	s->state = ST_LINGERING;
	ply_timer_start(s->loop, &s->timer, LINGER_MS, on_close_timeout, s);
	if (ply_watch_want(&s->watch, PLY_READ))
		ply_stream_kill(s);
}

void ply_stream_close(struct ply_stream *s)
{
	if (!s || s->state > ST_OPEN)
		return;
	if (s->state != ST_OPEN || s->fail || !ply_stream_unsent(s)) {
		ply_stream_abort(s);
		return;
	}
	s->state = ST_CLOSING;
	s->ops = NULL;
	s->paused = false;
	ply_stream_buf_free(&s->in);
	ply_timer_start(s->loop, &s->timer, CLOSE_MS, on_close_timeout, s);
	if (!s->blocked)
		ply_stream_at_turn_end(s);
}

void ply_stream_abort(struct ply_stream *s)
{
	if (!s || s->state == ST_DEAD)
		return;
	if (s->state == ST_OPEN && s->tls && !ply_stream_unsent(s)) {
		ply_tls_conn_shutdown(s->tls);
		(void)ply_stream_send_window(s);
	}
	ply_stream_kill(s);
}

bool ply_stream_is_open(const struct ply_stream *s)
{
	return s->state == ST_OPEN && !s->fail;
}

bool ply_stream_is_tls(const struct ply_stream *s)
{
	return s->tls || s->tls_ctx;
}

const struct ply_addr *ply_stream_local(const struct ply_stream *s)
{
	return &s->local;
}

const struct ply_addr *ply_stream_peer(const struct ply_stream *s)
{
	return &s->peer;
}

uint64_t ply_stream_last_recv_ms(const struct ply_stream *s)
{
	return s->last_recv_ms;
}

uint64_t ply_stream_last_sent_ms(const struct ply_stream *s)
{
	return s->last_sent_ms;
}

uint64_t ply_stream_bytes_in(const struct ply_stream *s)
{
	return s->bytes_in;
}

uint64_t ply_stream_bytes_out(const struct ply_stream *s)
{
	return s->bytes_out;
}

bool ply_stream_peer_verified(const struct ply_stream *s)
{
	return s->tls && ply_tls_conn_verified(s->tls);
}

const char *ply_stream_peer_name(const struct ply_stream *s, size_t i)
{
	return s->tls ? ply_tls_conn_name(s->tls, i) : NULL;
}

const char *ply_stream_peer_error(const struct ply_stream *s)
{
	return s->tls ? ply_tls_conn_verify_text(s->tls) : "not TLS";
}

const char *ply_stream_tls_version(const struct ply_stream *s)
{
	return s->tls ? ply_tls_conn_version(s->tls) : "";
}
