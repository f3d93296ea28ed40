#include "c3p/c3p_http.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "c3p/c3p.h"
#include "c3p/c3p_replay.h"
#include "net/loop.h"

#include <errno.h>

enum {
	DEF_REPLAY_MS = 120000,
	DEF_REPLAY_MAX = 1024,
	DEF_SENDERS = 256,
	REPLAY_BYTES = 8 << 20,
};

#define REFUSED "parley_c3p_http_refused_total"
#define HELP    "C3P requests of other servers refused by the carrier."

PLY_COUNTER(n_executed, "parley_c3p_http_executed_total",
	    "C3P requests of other servers given to their handler.");
PLY_COUNTER(n_repeated, "parley_c3p_http_repeated_total",
	    "C3P requests of other servers that were repeated and not executed again.");
PLY_COUNTER_L(n_peer, REFUSED, "why=\"not-a-server\"", HELP);
PLY_COUNTER_L(n_malformed, REFUSED, "why=\"malformed\"", HELP);
PLY_COUNTER_L(n_forgotten, REFUSED, "why=\"answer-forgotten\"", HELP);
PLY_COUNTER_L(n_full, REFUSED, "why=\"full\"", HELP);

struct c3p_route {
	struct ply_list node;
	struct ply_c3p_server *server;
	char *path;
	ply_c3p_server_fn *fn;
	void *ctx;
};

struct ply_c3p_server {
	struct ply_loop *loop;
	struct ply_c3p_server_conf conf;
	struct c3p_replay replay;
	struct ply_list routes;
	struct ply_timer sweep;
};

/* Lives until the handler has answered; http holds path and body as long. */
struct ply_c3p_call {
	struct ply_c3p_server *server; /* NULL: freed */
	struct c3p_entry *entry;       /* NULL with it */
	struct ply_http_call *http;
	char *peer;
};

/* A repeated request that waits for the same answer; in entry->waiters. */
struct waiter {
	struct ply_list node;
	struct ply_http_call *http;
};

static void answer(struct ply_http_call *http, int status, struct ply_slice body)
{
	if (status == 503)
		ply_http_call_add_header(http, "Retry-After", "1");
	ply_http_call_answer(http, status, body.len ? PLY_CT_CCCP : NULL, body);
}

static void refuse(struct ply_http_call *http, int status, struct ply_counter *counter)
{
	ply_counter_inc(counter);
	answer(http, status, ply_slice(NULL, 0));
}

static void free_waiter(struct waiter *w, int status, struct ply_slice body)
{
	ply_list_del(&w->node);
	answer(w->http, status, body);
	ply_free(w);
}

static void on_waiter_gone(void *ctx)
{
	free_waiter(ctx, 503, ply_slice(NULL, 0));
}

static void answer_waiters(struct c3p_entry *e, int status, struct ply_slice body)
{
	struct ply_list *n;

	while ((n = ply_list_first(&e->waiters)))
		free_waiter(container_of(n, struct waiter, node), status, body);
}

static void join(struct c3p_entry *e, struct ply_http_call *http)
{
	struct waiter *w = ply_calloc(1, sizeof *w);

	if (!w) {
		refuse(http, 503, &n_full);
		return;
	}
	w->http = http;
	ply_list_init(&w->node);
	ply_list_push(&e->waiters, &w->node);
	ply_http_call_on_gone(http, on_waiter_gone, w);
}

/* The first name of the certificate that is a server's. NULL: none. */
static const char *allowed_name(const struct ply_c3p_server *s, const struct ply_http_call *http)
{
	const char *name = ply_http_call_peer_name(http, 0);

	if (!s->conf.allow)
		return name ? name : "";
	if (!ply_http_call_peer_verified(http))
		return NULL;
	for (size_t i = 0; (name = ply_http_call_peer_name(http, i)); i++)
		if (s->conf.allow(s->conf.allow_ctx, name))
			return name;
	return NULL;
}

static void refuse_peer(const struct ply_c3p_server *s, struct ply_http_call *http)
{
	const char *name = ply_http_call_peer_name(http, 0);
	char addr[PLY_ADDR_MAX];

	ply_warn(s->conf.log, "c3p.refused",
		 KS("addr", ply_addr_format(ply_http_call_peer_addr(http), addr)),
		 KS("name", name ? name : ""), KSL("path", ply_http_call_path(http)));
	refuse(http, 403, &n_peer);
}

static void execute(const struct c3p_route *route, struct c3p_entry *e, const char *peer,
		    struct ply_http_call *http)
{
	struct ply_c3p_call *call = ply_calloc(1, sizeof *call);

	if (call)
		call->peer = ply_strdup(peer);
	if (!call || !call->peer) {
		ply_free(call);
		c3p_replay_forget(e);
		refuse(http, 503, &n_full);
		return;
	}
	call->server = route->server;
	call->entry = e;
	call->http = http;
	e->user = call;
	ply_counter_inc(&n_executed);
	route->fn(route->ctx, call, call->peer, ply_http_call_body(http));
}

static void repeated(struct c3p_entry *e, struct ply_http_call *http)
{
	ply_counter_inc(&n_repeated);
	if (e->is_done)
		answer(http, e->status, ply_strbuf_slice(&e->body));
	else
		join(e, http);
}

static void on_call(void *ctx, struct ply_http_call *http)
{
	const struct c3p_route *route = ctx;
	struct ply_c3p_server *s = route->server;
	const char *peer = allowed_name(s, http);
	struct c3p_entry *e = NULL;
	struct c3p_id id;

	if (!peer) {
		refuse_peer(s, http);
		return;
	}
	if (!ply_http_call_is_type(http, PLY_CT_CCCP)) {
		refuse(http, 415, &n_malformed);
		return;
	}
	if (c3p_id_parse(&id, ply_http_call_header(http, C3P_ID_HEADER))) {
		refuse(http, 400, &n_malformed);
		return;
	}
	switch (c3p_replay_ask(&s->replay, &e, peer, &id, ply_mono_ms())) {
	case C3P_REPLAY_NEW:
		execute(route, e, peer, http);
		break;
	case C3P_REPLAY_UNDER_WAY:
	case C3P_REPLAY_DONE:
		repeated(e, http);
		break;
	case C3P_REPLAY_FORGOTTEN:
		refuse(http, 409, &n_forgotten);
		break;
	case C3P_REPLAY_FULL:
		refuse(http, 503, &n_full);
		break;
	}
}

struct ply_slice ply_c3p_call_path(const struct ply_c3p_call *call)
{
	return ply_http_call_path(call->http);
}

void ply_c3p_call_answer(struct ply_c3p_call *call, int status, struct ply_slice body)
{
	struct c3p_entry *e = call->entry;

	if (e) {
		answer_waiters(e, status, body);
		/* RFC 9110 §15.6.4: 503, come again; then it is to be executed. */
		if (status == 503)
			c3p_replay_forget(e);
		else
			c3p_replay_done(&call->server->replay, e, status, body, ply_mono_ms());
	}
	answer(call->http, status, body);
	ply_free(call->peer);
	ply_free(call);
}

static void on_sweep(void *ctx)
{
	struct ply_c3p_server *s = ctx;

	c3p_replay_sweep(&s->replay, ply_mono_ms());
	ply_timer_start(s->loop, &s->sweep, s->conf.replay_ms, on_sweep, s);
}

int ply_c3p_server_new(struct ply_c3p_server **out, struct ply_loop *loop,
		       const struct ply_c3p_server_conf *conf)
{
	struct ply_c3p_server *s = ply_calloc(1, sizeof *s);

	if (!s)
		return ply_err_origin(-ENOMEM);
	s->loop = loop;
	s->conf = *conf;
	if (!s->conf.replay_ms)
		s->conf.replay_ms = DEF_REPLAY_MS;
	ply_list_init(&s->routes);
	c3p_replay_init(&s->replay,
			&(struct c3p_replay_conf){
				.keep_ms = s->conf.replay_ms,
				.max_entries = conf->replay_max ? conf->replay_max : DEF_REPLAY_MAX,
				.max_senders = conf->max_senders ? conf->max_senders : DEF_SENDERS,
				.max_bytes = REPLAY_BYTES,
			});
	ply_timer_start(loop, &s->sweep, s->conf.replay_ms, on_sweep, s);
	*out = s;
	return 0;
}

/* The handler still has the call: it is answered without us. */
static void orphan(struct c3p_entry *e)
{
	struct ply_c3p_call *call = e->user;

	answer_waiters(e, 503, ply_slice(NULL, 0));
	call->entry = NULL;
	call->server = NULL;
}

void ply_c3p_server_free(struct ply_c3p_server *s)
{
	struct ply_list *n;

	if (!s)
		return;
	ply_timer_stop(&s->sweep);
	c3p_replay_deinit(&s->replay, orphan);
	while ((n = ply_list_first(&s->routes))) {
		struct c3p_route *r = container_of(n, struct c3p_route, node);

		ply_list_del(n);
		ply_free(r->path);
		ply_free(r);
	}
	ply_free(s);
}

int ply_c3p_server_route(struct ply_c3p_server *s, const char *path, size_t max_body,
			 ply_c3p_server_fn *fn, void *ctx)
{
	struct c3p_route *r = ply_calloc(1, sizeof *r);
	size_t len = strlen(path);
	struct ply_http_route http;

	if (!r)
		return ply_err_origin(-ENOMEM);
	*r = (struct c3p_route){.server = s, .path = ply_strdup(path), .fn = fn, .ctx = ctx};
	ply_list_init(&r->node);
	ply_list_push(&s->routes, &r->node);
	http = (struct ply_http_route){.path = r->path,
				       .prefix = len && path[len - 1] == '/',
				       .methods = PLY_HTTP_POST,
				       .max_body = max_body,
				       .fn = on_call,
				       .ctx = r};
	return r->path ? ply_http_server_add(s->conf.http, &http) : ply_err_origin(-ENOMEM);
}
