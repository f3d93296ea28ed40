#include "http/http_server.h"

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "net/addr.h"
#include "net/loop.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADERS_MAX = 8192, SILENCE_S = 10 };

struct route {
	struct ply_list node;
	const char *path;
	void (*fn)(void *ctx, struct ply_slice query, struct ply_http_answer *a);
	void *ctx;
};

struct ply_http_server {
	struct evhttp *http;
	struct ply_list routes;
	uint16_t port;
};

static struct route *find(struct ply_http_server *s, struct ply_slice path)
{
	PLY_LIST_FOR(n, &s->routes) {
		struct route *r = container_of(n, struct route, node);

		if (ply_slice_is(path, r->path))
			return r;
	}
	return NULL;
}

static void not_found(struct ply_http_server *s, struct ply_http_answer *a)
{
	a->status = HTTP_NOTFOUND;
	ply_strbuf_adds(&a->body, "no such page; there are:\n");
	PLY_LIST_FOR(n, &s->routes) {
		ply_strbuf_addf(&a->body, "%s\n", container_of(n, struct route, node)->path);
	}
}

static void send_answer(struct evhttp_request *req, const struct ply_http_answer *a)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	if (ply_strbuf_err(&a->body) || evbuffer_add(out, ply_strbuf_str(&a->body), a->body.len) ||
	    evhttp_add_header(headers, "Content-Type", a->type) ||
	    evhttp_add_header(headers, "Cache-Control", "no-store")) {
		evhttp_send_error(req, HTTP_INTERNAL, NULL);
		return;
	}
	evhttp_send_reply(req, a->status, NULL, NULL);
}

static void on_request(struct evhttp_request *req, void *ctx)
{
	struct ply_http_server *s = ctx;
	struct ply_http_answer a = {200, "text/plain; charset=utf-8", PLY_STRBUF_INIT};
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	const char *query = uri ? evhttp_uri_get_query(uri) : NULL;
	struct route *r = find(s, ply_slice_str(path ? path : ""));

	if (r)
		r->fn(r->ctx, ply_slice_str(query), &a);
	else
		not_found(s, &a);
	send_answer(req, &a);
	ply_strbuf_deinit(&a.body);
}

static uint16_t bound_port(struct evhttp_bound_socket *b)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;
	struct ply_addr addr;

	if (getsockname(evhttp_bound_socket_get_fd(b), (struct sockaddr *)&sa, &len) ||
	    ply_addr_from_sockaddr(&addr, (struct sockaddr *)&sa))
		return 0;
	return addr.port;
}

/* Listens itself: evhttp's own bind would resolve names and sets no close-on-exec. */
static int listen_on(const struct ply_addr *addr)
{
	struct sockaddr_storage sa;
	socklen_t len = ply_addr_to_sockaddr(addr, &sa);
	int on = 1, r, fd;

	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (!bind(fd, (struct sockaddr *)&sa, len) && !listen(fd, 64))
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

static int start(struct ply_http_server *s, struct ply_loop *loop, const struct ply_addr *addr)
{
	struct evhttp_bound_socket *b;
	int fd;

	s->http = evhttp_new(ply_loop_event_base(loop));
	if (!s->http)
		return -ENOMEM;
	evhttp_set_gencb(s->http, on_request, s);
	evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(s->http, HEADERS_MAX);
	evhttp_set_max_body_size(s->http, 0);
	evhttp_set_timeout(s->http, SILENCE_S);
	fd = listen_on(addr);
	if (fd < 0)
		return fd;
	b = evhttp_accept_socket_with_handle(s->http, fd);
	if (!b) {
		(void)close(fd);
		return -ENOMEM;
	}
	s->port = bound_port(b);
	return 0;
}

int ply_http_server_open(struct ply_http_server **out, struct ply_loop *loop,
			 const struct ply_addr *addr)
{
	struct ply_http_server *s = ply_calloc(1, sizeof *s);
	int r;

	if (!s)
		return ply_err_origin(-ENOMEM);
	ply_list_init(&s->routes);
	r = start(s, loop, addr);
	if (r) {
		ply_http_server_close(s);
		return ply_err_origin(r);
	}
	*out = s;
	return 0;
}

void ply_http_server_close(struct ply_http_server *s)
{
	struct ply_list *n;

	if (!s)
		return;
	if (s->http)
		evhttp_free(s->http);
	while ((n = ply_list_first(&s->routes))) {
		ply_list_del(n);
		ply_free(container_of(n, struct route, node));
	}
	ply_free(s);
}

int ply_http_server_route(struct ply_http_server *s, const char *path,
			  void (*fn)(void *ctx, struct ply_slice query, struct ply_http_answer *a),
			  void *ctx)
{
	struct route *r = ply_calloc(1, sizeof *r);

	if (!r)
		return ply_err_origin(-ENOMEM);
	*r = (struct route){.path = path, .fn = fn, .ctx = ctx};
	ply_list_push(&s->routes, &r->node);
	return 0;
}

uint16_t ply_http_server_port(const struct ply_http_server *s)
{
	return s->port;
}
