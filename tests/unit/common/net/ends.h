/* Both ends of streams in one loop, for the tests of streams and TLS. */
#ifndef TESTS_UNIT_NET_ENDS_H
#define TESTS_UNIT_NET_ENDS_H

#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/tls.h"

#include <stdio.h>
#include <string.h>

/* What to do in a callback, besides noting that it came. */
enum end_act { ACT_NONE, ACT_ECHO, ACT_LINES, ACT_KEEP, ACT_CLOSE, ACT_ABORT, ACT_PAUSE };

struct end {
	struct ply_stream *s; /* NULL when it has gone */
	struct ply_strbuf got;
	char why[200]; /* of on_close */
	char version[16];
	unsigned n_open, n_data, n_drained, n_close, n_lines;
	enum end_act on_open, on_data;
	struct ply_stream *kill_on_data; /* another one to abort */
};

static inline void end_act(struct end *e, enum end_act act)
{
	if (act == ACT_CLOSE)
		ply_stream_close(e->s);
	if (act == ACT_ABORT)
		ply_stream_abort(e->s);
	if (act == ACT_PAUSE)
		ply_stream_pause(e->s, true);
	if (act == ACT_CLOSE || act == ACT_ABORT)
		e->s = NULL;
}

static inline void end_opened(void *ctx)
{
	struct end *e = ctx;

	e->n_open++;
	(void)snprintf(e->version, sizeof e->version, "%s", ply_stream_tls_version(e->s));
	end_act(e, e->on_open);
}

static inline size_t end_data(void *ctx, const char *p, size_t len)
{
	struct end *e = ctx;
	size_t used = len;

	e->n_data++;
	if (e->kill_on_data) {
		ply_stream_abort(e->kill_on_data);
		e->kill_on_data = NULL;
	}
	if (e->on_data == ACT_KEEP)
		return 0;
	if (e->on_data == ACT_LINES) {
		const char *nl = memrchr(p, '\n', len);

		used = nl ? (size_t)(nl + 1 - p) : 0;
	}
	if (e->on_data == ACT_ECHO)
		(void)ply_stream_write(e->s, p, len);
	ply_strbuf_add(&e->got, p, used);
	end_act(e, e->on_data);
	return used;
}

static inline void end_drained(void *ctx)
{
	((struct end *)ctx)->n_drained++;
}

static inline void end_closed(void *ctx, const char *reason)
{
	struct end *e = ctx;

	e->n_close++;
	e->s = NULL;
	(void)snprintf(e->why, sizeof e->why, "%s", reason);
}

static const struct ply_stream_ops end_ops = {
	.on_open = end_opened,
	.on_data = end_data,
	.on_drained = end_drained,
	.on_close = end_closed,
};

/* Takes turns until cond; fails after five seconds. */
#define WAIT_FOR(loop, cond)                                                                       \
	do {                                                                                       \
		uint64_t end_ = ply_mono_us() + 5000000;                                           \
		while (!(cond)) {                                                                  \
			if (ply_mono_us() > end_)                                                  \
				fail_msg("waited in vain for %s", #cond);                          \
			assert_int_equal(ply_loop_step((loop), 50), 0);                            \
		}                                                                                  \
	} while (0)

struct pair {
	struct ply_loop *loop;
	struct ply_listener *listener;
	struct end server, client;
	struct ply_stream_conf conf; /* of both */
};

static inline void pair_accept(void *ctx, struct ply_stream *s)
{
	struct pair *p = ctx;

	p->server.s = s;
	ply_stream_set_ops(s, &end_ops, &p->server);
}

static inline void pair_listen(struct pair *p, struct ply_loop *loop, struct ply_tls_ctx *tls)
{
	struct ply_listener_conf conf = {
		.addr = ply_addr_loopback(0), .tls = tls, .stream = p->conf};

	p->loop = loop;
	assert_int_equal(ply_listener_open(&p->listener, loop, &conf, pair_accept, p), 0);
}

static inline void pair_connect(struct pair *p, struct ply_tls_ctx *tls, const char *name)
{
	struct ply_stream_target to = {
		.addr = *ply_listener_addr(p->listener), .tls = tls, .name = name};

	assert_int_equal(
		ply_stream_connect(&p->client.s, p->loop, &to, &p->conf, &end_ops, &p->client), 0);
}

/* Connected and open at both ends. */
static inline void pair_open(struct pair *p, struct ply_loop *loop, struct ply_tls_ctx *server,
			     struct ply_tls_ctx *client)
{
	pair_listen(p, loop, server);
	pair_connect(p, client, NULL);
	WAIT_FOR(loop, p->server.n_open + p->client.n_open == 2);
}

static inline void pair_done(struct pair *p)
{
	ply_stream_abort(p->client.s);
	ply_stream_abort(p->server.s);
	ply_listener_close(p->listener);
	ply_strbuf_deinit(&p->client.got);
	ply_strbuf_deinit(&p->server.got);
}

#endif
