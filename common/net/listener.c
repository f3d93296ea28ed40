#include "net/listener.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/sock.h"
#include "net/stream_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_A_TURN = 64, BACKLOG = 4096, DEF_CONNECTIONS = 100000, EMFILE_PAUSE_MS = 100 };

PLY_COUNTER(n_refused, "parley_listener_refused_total",
	    "Connections closed at once: too many connections or descriptors.");

struct ply_listener {
	struct ply_loop *loop;
	struct ply_watch watch;
	struct ply_timer again; /* out of descriptors, and the reserve did not help */
	struct ply_listener_conf conf;
	struct ply_addr addr;
	void (*on_accept)(void *ctx, struct ply_stream *s);
	void *ctx;
	int reserve; /* given up for a moment to accept and close what cannot be served */
	uint32_t n_open;
	uint64_t n_refused;
	bool closed, paused, busy;
};

static void release(struct ply_listener *l)
{
	if (!l->closed || l->n_open || l->busy)
		return;
	ply_tls_ctx_unref(l->conf.tls);
	ply_free(l);
}

static void on_stream_gone(void *owner)
{
	struct ply_listener *l = owner;

	l->n_open--;
	release(l);
}

static void refuse(struct ply_listener *l, int fd)
{
	(void)close(fd);
	l->n_refused++;
	ply_counter_inc(&n_refused);
}

static void on_again(void *ctx)
{
	struct ply_listener *l = ctx;

	if (!l->paused)
		(void)ply_watch_want(&l->watch, PLY_READ);
}

static int open_reserve(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Out of descriptors: the reserve lets one be accepted and closed, which the peer notices. */
static void shed(struct ply_listener *l)
{
	int fd;

	if (l->reserve >= 0) {
		(void)close(l->reserve);
		fd = accept4(l->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			refuse(l, fd);
	}
	l->reserve = open_reserve();
	(void)ply_watch_want(&l->watch, 0);
	ply_timer_start(l->loop, &l->again, EMFILE_PAUSE_MS, on_again, l);
}

static void serve(struct ply_listener *l, int fd)
{
	struct ply_stream *s;

	if (l->n_open >= l->conf.max_connections ||
	    ply_stream_accepted(&s, l->loop, fd, l->conf.tls, &l->conf.stream)) {
		refuse(l, fd);
		return;
	}
	l->n_open++;
	s->on_gone = on_stream_gone;
	s->owner = l;
	l->on_accept(l->ctx, s);
}

static void on_ready(void *ctx, unsigned ready)
{
	struct ply_listener *l = ctx;

	(void)ready;
	l->busy = true;
	for (unsigned i = 0; i < ACCEPTS_A_TURN && !l->closed && !l->paused; i++) {
		int fd = accept4(l->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			serve(l, fd);
			continue;
		}
		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			shed(l);
		break;
	}
	l->busy = false;
	release(l);
}

int ply_listener_open(struct ply_listener **out, struct ply_loop *loop,
		      const struct ply_listener_conf *conf,
		      void (*on_accept)(void *ctx, struct ply_stream *s), void *ctx)
{
	struct ply_listener *l = ply_calloc(1, sizeof *l);
	int fd, r;

	if (!l)
		return ply_err_origin(-ENOMEM);
	fd = ply_sock_listen(&conf->addr, BACKLOG, conf->reuseport ? PLY_SOCK_REUSEPORT : 0);
	if (fd < 0) {
		ply_free(l);
		return fd;
	}
	r = ply_sock_local(fd, &l->addr);
	if (!r)
		r = ply_watch_start(loop, &l->watch, fd, PLY_READ, on_ready, l);
	if (r) {
		(void)close(fd);
		ply_free(l);
		return r;
	}
	l->loop = loop;
	l->conf = *conf;
	if (!l->conf.max_connections)
		l->conf.max_connections = DEF_CONNECTIONS;
	if (l->conf.tls)
		ply_tls_ctx_ref(l->conf.tls);
	l->on_accept = on_accept;
	l->ctx = ctx;
	l->reserve = open_reserve();
	*out = l;
	return 0;
}

void ply_listener_close(struct ply_listener *l)
{
	int fd;

	if (!l || l->closed)
		return;
	l->closed = true;
	fd = l->watch.fd;
	ply_watch_stop(&l->watch);
	(void)close(fd);
	ply_timer_stop(&l->again);
	if (l->reserve >= 0)
		(void)close(l->reserve);
	release(l);
}

int ply_listener_pause(struct ply_listener *l, bool pause)
{
	l->paused = pause;
	ply_timer_stop(&l->again);
	return ply_watch_want(&l->watch, pause ? 0 : PLY_READ);
}

const struct ply_addr *ply_listener_addr(const struct ply_listener *l)
{
	return &l->addr;
}

uint32_t ply_listener_n_open(const struct ply_listener *l)
{
	return l->n_open;
}

uint64_t ply_listener_n_refused(const struct ply_listener *l)
{
	return l->n_refused;
}
