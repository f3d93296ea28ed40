#include "base/err.h"
#include "base/mem.h"
#include "http/http_internal.h"

#include <errno.h>

enum {
	DEF_CONNECTIONS = 256,
	DEF_IN_FLIGHT = 4,
	DEF_HEAD = 8192,
	MAX_HEAD = 32768,
	DEF_IDLE_MS = 60000,
	DEF_REQUEST_MS = 10000,
	DEF_SEND_MS = 10000,
	MAX_PENDING = 262144, /* a head, and what comes behind it in one turn */
	MAX_OUTPUT = 16 << 20,
};

const struct http_route *http_server_find(const struct ply_http_server *s, struct ply_slice path)
{
	const struct http_route *best = NULL;
	size_t best_len = 0;

	PLY_LIST_FOR(n, &s->routes) {
		const struct http_route *r = container_of(n, struct http_route, node);
		size_t len = strlen(r->r.path);

		if (ply_slice_is(path, r->r.path))
			return r;
		if (r->r.prefix && len > best_len && ply_slice_starts(path, r->r.path)) {
			best = r;
			best_len = len;
		}
	}
	return best;
}

void http_server_not_found(const struct ply_http_server *s, struct ply_http_call *call)
{
	struct ply_strbuf body = PLY_STRBUF_INIT;

	ply_strbuf_adds(&body, "no such page; there are:\n");
	PLY_LIST_FOR(n, &s->routes) {
		ply_strbuf_addf(&body, "%s\n", container_of(n, struct http_route, node)->r.path);
	}
	ply_http_call_answer(call, 404, "text/plain; charset=utf-8", ply_strbuf_slice(&body));
	ply_strbuf_deinit(&body);
}

static void on_accept(void *ctx, struct ply_stream *stream)
{
	http_conn_new(ctx, stream);
}

static void default_u32(uint32_t *v, uint32_t def)
{
	if (!*v)
		*v = def;
}

static void set_defaults(struct ply_http_server_conf *conf)
{
	default_u32(&conf->max_connections, DEF_CONNECTIONS);
	default_u32(&conf->max_in_flight, DEF_IN_FLIGHT);
	default_u32(&conf->max_head, DEF_HEAD);
	if (conf->max_head > MAX_HEAD)
		conf->max_head = MAX_HEAD;
	default_u32(&conf->idle_ms, DEF_IDLE_MS);
	default_u32(&conf->request_ms, DEF_REQUEST_MS);
	default_u32(&conf->send_ms, DEF_SEND_MS);
}

int ply_http_server_listen(struct ply_http_server **out, struct ply_loop *loop,
			   const struct ply_http_server_conf *conf)
{
	struct ply_http_server *s = ply_calloc(1, sizeof *s);
	struct ply_listener_conf lc;
	int r;

	if (!s)
		return ply_err_origin(-ENOMEM);
	s->loop = loop;
	s->conf = *conf;
	set_defaults(&s->conf);
	ply_list_init(&s->routes);
	ply_list_init(&s->conns);
	lc = (struct ply_listener_conf){
		.addr = conf->addr,
		.tls = conf->tls,
		.stream = {.max_pending = MAX_PENDING,
			   .max_output = MAX_OUTPUT,
			   .open_ms = s->conf.request_ms},
		.max_connections = s->conf.max_connections,
	};
	r = ply_listener_open(&s->listener, loop, &lc, on_accept, s);
	if (r) {
		ply_free(s);
		return ply_err_origin(r);
	}
	*out = s;
	return 0;
}

int ply_http_server_open(struct ply_http_server **out, struct ply_loop *loop,
			 const struct ply_addr *addr)
{
	const struct ply_http_server_conf conf = {.addr = *addr};

	return ply_http_server_listen(out, loop, &conf);
}

void ply_http_server_close(struct ply_http_server *s)
{
	struct ply_list *n;

	if (!s)
		return;
	ply_listener_close(s->listener);
	while ((n = ply_list_first(&s->conns)))
		http_conn_abort(container_of(n, struct http_conn, node));
	while ((n = ply_list_first(&s->routes))) {
		ply_list_del(n);
		ply_free(container_of(n, struct http_route, node));
	}
	ply_free(s);
}

void ply_http_server_drain(struct ply_http_server *s)
{
	s->draining = true;
	(void)ply_listener_pause(s->listener, true);
	PLY_LIST_FOR_SAFE(n, tmp, &s->conns) {
		struct http_conn *c = container_of(n, struct http_conn, node);

		if (http_conn_is_idle(c))
			http_conn_abort(c);
	}
}

uint16_t ply_http_server_port(const struct ply_http_server *s)
{
	return ply_listener_addr(s->listener)->port;
}

uint32_t ply_http_server_n_open(const struct ply_http_server *s)
{
	return s->n_open;
}

static int add(struct ply_http_server *s, const struct http_route *route)
{
	struct http_route *r = ply_memdup(route, sizeof *route);

	if (!r)
		return ply_err_origin(-ENOMEM);
	ply_list_init(&r->node);
	ply_list_push(&s->routes, &r->node);
	return 0;
}

int ply_http_server_add(struct ply_http_server *s, const struct ply_http_route *route)
{
	return add(s, &(struct http_route){.r = *route});
}

static void answer_page(void *ctx, struct ply_http_call *call)
{
	const struct http_route *r = call->route;
	struct ply_http_answer a = {200, "text/plain; charset=utf-8", PLY_STRBUF_INIT};

	(void)ctx;
	r->page(r->page_ctx, call->query, &a);
	ply_http_call_add_header(call, "Cache-Control", "no-store");
	if (ply_strbuf_err(&a.body))
		ply_http_call_answer(call, 500, NULL, ply_slice(NULL, 0));
	else
		ply_http_call_answer(call, a.status, a.type, ply_strbuf_slice(&a.body));
	ply_strbuf_deinit(&a.body);
}

int ply_http_server_route(struct ply_http_server *s, const char *path,
			  void (*fn)(void *ctx, struct ply_slice query, struct ply_http_answer *a),
			  void *ctx)
{
	const struct http_route route = {
		.r = {.path = path, .methods = PLY_HTTP_GET | PLY_HTTP_HEAD, .fn = answer_page},
		.page = fn,
		.page_ctx = ctx};

	return add(s, &route);
}
