#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/loop_internal.h"
#include "net/sock.h"
#include "net/stream_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { FIRST_CAP = 1024, ENCRYPT_STEP = 65536 };

int ply_stream_buf_add(struct ply_stream_buf *b, const char *p, size_t len)
{
	size_t used = b->len - b->off;

	if (len > b->cap - b->len) {
		size_t cap = b->cap ? b->cap : FIRST_CAP;
		char *grown;

		if (b->off && len <= b->cap - used) {
			memmove(b->p, b->p + b->off, used);
			b->off = 0;
			b->len = used;
			goto copy;
		}
		while (cap - b->len < len)
			cap *= 2;
		grown = ply_realloc(b->p, cap);
		if (!grown)
			return ply_err_origin(-ENOMEM);
		b->p = grown;
		b->cap = cap;
	}
copy:
	if (len)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	return 0;
}

void ply_stream_buf_free(struct ply_stream_buf *b)
{
	ply_free(b->p);
	*b = (struct ply_stream_buf){0};
}

static void consume(struct ply_stream_buf *b, size_t n)
{
	b->off += n;
	if (b->off == b->len)
		ply_stream_buf_free(b);
}

int ply_stream_update_want(struct ply_stream *s)
{
	unsigned want = 0;

	if (s->watch.fd < 0)
		return 0;
	if (s->state == ST_CONNECTING)
		want = PLY_WRITE;
	else
		want = (s->paused ? 0U : PLY_READ) | (s->blocked ? PLY_WRITE : 0U);
	return ply_watch_want(&s->watch, want);
}

static bool is_transient(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

/* Bytes taken by the kernel, 0 when it takes none now, negative when the connection is broken. */
static ssize_t send_some(struct ply_stream *s, const char *p, size_t len)
{
	ssize_t n = send(s->watch.fd, p, len, MSG_NOSIGNAL);

	if (n >= 0) {
		s->last_sent_ms = ply_mono_ms();
		return n;
	}
	return is_transient(errno) ? 0 : -errno;
}

static int send_buf(struct ply_stream *s, struct ply_stream_buf *b)
{
	ssize_t n;

	if (!ply_stream_buf_len(b))
		return 0;
	n = send_some(s, b->p + b->off, ply_stream_buf_len(b));
	if (n < 0)
		return (int)n;
	consume(b, (size_t)n);
	return 0;
}

int ply_stream_send_window(struct ply_stream *s)
{
	struct ply_tls_io *io = ply_tls_io_of(s->loop);
	size_t done = 0;
	int r = 0;

	if (!io->out.len && !io->out.err)
		return 0;
	if (io->out.err) {
		r = io->out.err;
		io->out.err = 0;
	} else if (!ply_stream_buf_len(&s->wire)) {
		ssize_t n = send_some(s, io->out.p, io->out.len);

		if (n < 0)
			r = (int)n;
		else
			done = (size_t)n;
	}
	if (!r && done < io->out.len)
		r = ply_stream_buf_add(&s->wire, io->out.p + done, io->out.len - done);
	ply_strbuf_reset(&io->out);
	return r;
}

static int flush_tls(struct ply_stream *s)
{
	struct ply_tls_io *io = ply_tls_io_of(s->loop);
	int r = send_buf(s, &s->wire);

	while (!r && !ply_stream_buf_len(&s->wire) && ply_stream_buf_len(&s->out)) {
		size_t n = ply_min_size(ply_stream_buf_len(&s->out), ENCRYPT_STEP);

		r = ply_tls_conn_write(s->tls, s->out.p + s->out.off, n);
		if (r) {
			ply_strbuf_reset(&io->out);
			break;
		}
		consume(&s->out, n);
		r = ply_stream_send_window(s);
	}
	return r;
}

static void opened_plain(struct ply_stream *s)
{
	ply_stream_enter(s);
	ply_stream_opened(s);
	(void)ply_stream_leave(s);
}

void ply_stream_flush(struct ply_stream *s)
{
	bool was_blocked = s->blocked;
	int r;

	if (s->state == ST_HANDSHAKING && !s->tls) {
		if (s->tls_ctx)
			ply_stream_start_tls(s);
		else
			opened_plain(s);
		return;
	}
	if (s->state == ST_CONNECTING || s->state == ST_DEAD || s->state == ST_LINGERING)
		return;
	if (s->state == ST_HANDSHAKING)
		r = send_buf(s, &s->wire);
	else
		r = s->tls ? flush_tls(s) : send_buf(s, &s->out);
	if (r) {
		ply_stream_finish(s, r == -EPROTO ? ply_tls_io_of(s->loop)->why : ply_err_text(r));
		return;
	}
	s->blocked = ply_stream_buf_len(&s->wire) ||
		     (s->state != ST_HANDSHAKING && ply_stream_buf_len(&s->out));
	if (s->blocked != was_blocked && ply_stream_update_want(s)) {
		ply_stream_finish(s, "out of memory");
		return;
	}
	if (s->blocked || s->state == ST_HANDSHAKING)
		return;
	if (s->state == ST_CLOSING)
		ply_stream_closing_sent(s);
	else if (was_blocked && s->ops && s->ops->on_drained)
		s->ops->on_drained(s->ctx);
}

/* Offers p; false when the stream is not open any more. */
static bool offer(struct ply_stream *s, const char *p, size_t len, size_t *used)
{
	*used = s->ops && s->ops->on_data ? s->ops->on_data(s->ctx, p, len) : len;
	if (s->state != ST_OPEN)
		return false;
	if (*used > len)
		*used = len;
	if (len - *used <= s->conf.max_pending)
		return true;
	ply_stream_finish(s, "more input than allowed without an end");
	return false;
}

void ply_stream_offer(struct ply_stream *s)
{
	size_t used;

	if (s->state == ST_OPEN && ply_stream_buf_len(&s->in) &&
	    offer(s, s->in.p + s->in.off, ply_stream_buf_len(&s->in), &used))
		consume(&s->in, used);
}

/* New bytes of the application; p is the loop's buffer. */
static bool deliver(struct ply_stream *s, const char *p, size_t len)
{
	size_t used;

	if (s->state != ST_OPEN)
		return false;
	s->bytes_in += len;
	if (!ply_stream_buf_len(&s->in)) {
		if (!offer(s, p, len, &used))
			return false;
		if (used < len && ply_stream_buf_add(&s->in, p + used, len - used)) {
			ply_stream_finish(s, "out of memory");
			return false;
		}
		return true;
	}
	if (ply_stream_buf_add(&s->in, p, len)) {
		ply_stream_finish(s, "out of memory");
		return false;
	}
	ply_stream_offer(s);
	return s->state == ST_OPEN;
}

static void fail_tls(struct ply_stream *s)
{
	struct ply_tls_io *io = ply_tls_io_of(s->loop);

	(void)ply_stream_send_window(s); /* the alert */
	ply_stream_finish(s, io->why);
}

static void handshake(struct ply_stream *s)
{
	int r = ply_tls_conn_handshake(s->tls);
	int w;

	if (r && r != -EAGAIN) {
		if (r == -ESHUTDOWN)
			ply_stream_finish(s, "closed by peer during TLS handshake");
		else if (r == -EPROTO)
			fail_tls(s);
		else
			ply_stream_finish(s, ply_err_text(r));
		return;
	}
	w = ply_stream_send_window(s);
	if (!w && ply_stream_buf_len(&s->wire) && !s->blocked) {
		s->blocked = true;
		w = ply_stream_update_want(s);
	}
	if (w)
		ply_stream_finish(s, ply_err_text(w));
	else if (!r)
		ply_stream_opened(s);
}

void ply_stream_start_tls(struct ply_stream *s)
{
	struct ply_tls_io *io = ply_tls_io_of(s->loop);
	int r = io ? ply_tls_conn_new(&s->tls, io, s->tls_ctx, s->name) : -ENOMEM;

	ply_tls_ctx_unref(s->tls_ctx);
	s->tls_ctx = NULL;
	ply_free(s->name);
	s->name = NULL;
	if (r) {
		ply_stream_finish(s, "out of memory");
		return;
	}
	io->in_len = 0;
	ply_stream_enter(s);
	handshake(s);
	(void)ply_stream_leave(s);
}

/* As many records as fit are offered at once: a peer that sends a message a record is common. */
static void decrypt(struct ply_stream *s)
{
	char *buf = ply_loop_buf(s->loop, 1);
	size_t have = 0;
	int r = 0;

	if (!buf) {
		ply_stream_finish(s, "out of memory");
		return;
	}
	while (!r) {
		size_t n = 0;

		r = ply_tls_conn_read(s->tls, buf + have, PLY_LOOP_BUF - have, &n);
		if (!r)
			have += n;
		if (r == -EPROTO) {
			fail_tls(s);
			return;
		}
		/* Answers of TLS itself (key updates, alerts). */
		if (ply_stream_send_window(s)) {
			ply_stream_finish(s, "connection broken");
			return;
		}
		if (have && (r || have == PLY_LOOP_BUF)) {
			if (!deliver(s, buf, have) && s->state != ST_CLOSING)
				return;
			have = 0;
		}
	}
	if (r == -ESHUTDOWN)
		ply_stream_finish(s, "closed by peer");
	else if (ply_stream_buf_len(&s->wire) && !s->blocked)
		ply_stream_at_turn_end(s);
}

static void received(struct ply_stream *s, const char *buf, size_t len)
{
	struct ply_tls_io *io;

	s->last_recv_ms = ply_mono_ms();
	if (s->state == ST_LINGERING)
		return;
	if (!s->tls) {
		(void)deliver(s, buf, len);
		return;
	}
	io = ply_tls_io_of(s->loop);
	io->in = buf;
	io->in_len = len;
	if (s->state == ST_HANDSHAKING)
		handshake(s);
	if (s->state == ST_OPEN || s->state == ST_CLOSING)
		decrypt(s);
	io->in_len = 0;
}

static void readable(struct ply_stream *s)
{
	char *buf = ply_loop_buf(s->loop, 0);
	ssize_t n;

	if (!buf) {
		ply_stream_finish(s, "out of memory");
		return;
	}
	n = recv(s->watch.fd, buf, PLY_LOOP_BUF, 0);
	if (n > 0)
		received(s, buf, (size_t)n);
	else if (n == 0)
		ply_stream_finish(s, s->state == ST_HANDSHAKING
					     ? "closed by peer during TLS handshake"
					     : "closed by peer");
	else if (!is_transient(errno))
		ply_stream_finish(s, ply_err_text(-errno));
}

static void connected(struct ply_stream *s)
{
	int r = ply_sock_error(s->watch.fd);

	if (!r)
		r = ply_sock_local(s->watch.fd, &s->local);
	s->state = ST_HANDSHAKING;
	if (!r)
		r = ply_stream_update_want(s);
	if (r) {
		ply_stream_finish(s, ply_err_text(r));
		return;
	}
	if (s->tls_ctx)
		ply_stream_start_tls(s);
	else
		ply_stream_opened(s);
}

void ply_stream_on_ready(void *ctx, unsigned ready)
{
	struct ply_stream *s = ctx;
	/* Accepted in this very turn: the opening comes first. */
	bool unopened = s->state == ST_HANDSHAKING && !s->tls;

	ply_stream_enter(s);
	if (s->state == ST_CONNECTING)
		connected(s);
	else if (unopened || ready & PLY_WRITE)
		ply_stream_flush(s);
	else
		readable(s);
	(void)ply_stream_leave(s);
}
