#include "base/counter.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/http_client_internal.h"
#include "http/http_head.h"
#include "net/tls.h"

#include <errno.h>

enum {
	DEF_CONNECTIONS = 2,
	MAX_CONNECTIONS = 4,
	DEF_QUEUED = 256,
	DEF_ANSWER = 1 << 20,
	MAX_REQUEST = 8 << 20,
	DEF_IDLE_MS = 45000,
	DEF_OPEN_MS = 5000,
	DEF_RETRY_MS = 100,
	DEF_MAX_RETRY_MS = 5000,
	DEF_DEADLINE_MS = 15000,
};

PLY_COUNTER(n_sent, "parley_http_client_requests_total", "HTTP requests to other servers.");
PLY_COUNTER(n_failed, "parley_http_client_failed_total",
	    "HTTP requests to other servers that got no answer.");
PLY_COUNTER(n_queue_full, "parley_http_client_queue_full_total",
	    "HTTP requests refused because too many wait for a connection.");

static void dispose(struct ply_http_client *c)
{
	ply_tls_ctx_unref(c->conf.tls);
	ply_free(c->host);
	ply_free(c->authority);
	ply_free(c->name);
	ply_free(c);
}

void http_client_enter(struct ply_http_client *c)
{
	c->busy++;
}

bool http_client_leave(struct ply_http_client *c)
{
	bool alive = !c->dead;

	if (!--c->busy && c->dead)
		dispose(c);
	return alive;
}

static void free_request(struct ply_http_request *r)
{
	if (r->is_waiting)
		r->client->n_waiting--;
	ply_list_del(&r->node);
	ply_timer_stop(&r->deadline);
	ply_strbuf_deinit(&r->text);
	ply_free(r);
}

void http_client_finish(struct ply_http_request *r, int status, const struct ply_http_reply *reply)
{
	ply_http_client_fn *fn = r->fn;
	void *ctx = r->ctx;

	if (status < 0)
		ply_counter_inc(&n_failed);
	free_request(r);
	fn(ctx, status, reply);
}

static void fail_all(struct ply_http_client *c)
{
	struct ply_list *n;

	http_client_enter(c);
	while (!c->dead && (n = ply_list_first(&c->failing)))
		http_client_finish(container_of(n, struct ply_http_request, node), c->fail_status,
				   NULL);
	(void)http_client_leave(c);
}

static void on_pause_over(void *ctx)
{
	http_client_kick(ctx);
}

void http_client_failed(struct ply_http_client *c, int status)
{
	struct ply_list *n;

	c->pause_ms = c->pause_ms ? c->pause_ms * 2 : c->conf.retry_ms;
	if (c->pause_ms > c->conf.max_retry_ms)
		c->pause_ms = c->conf.max_retry_ms;
	ply_timer_start(c->loop, &c->pause, c->pause_ms, on_pause_over, c);
	if (c->n_conns)
		return;
	ply_debug(c->conf.log, "http.unreachable", KS("server", c->authority), KS("why", c->why),
		  KI("waiting", c->n_waiting));
	while ((n = ply_list_first(&c->waiting))) {
		struct ply_http_request *r = container_of(n, struct ply_http_request, node);

		ply_list_del(n);
		ply_list_push(&c->failing, n);
		r->is_waiting = false;
		c->n_waiting--;
	}
	c->fail_status = status;
	fail_all(c);
}

static struct http_link *idle_link(struct ply_http_client *c)
{
	PLY_LIST_FOR(n, &c->conns) {
		struct http_link *l = container_of(n, struct http_link, node);

		if (l->open && !l->cur && ply_stream_is_open(l->stream))
			return l;
	}
	return NULL;
}

static int connect_more(struct ply_http_client *c)
{
	int r = 0;

	if (!c->n_addrs)
		return c->conf.dns ? http_client_resolve(c) : -ENOENT;
	while (!r && c->n_opening < c->n_waiting && c->n_conns < c->conf.max_connections)
		r = http_link_open(c);
	return r;
}

static void on_work(void *ctx)
{
	struct ply_http_client *c = ctx;
	struct http_link *l;
	struct ply_list *n;

	while ((n = ply_list_first(&c->waiting)) && (l = idle_link(c))) {
		struct ply_http_request *r = container_of(n, struct ply_http_request, node);

		ply_list_del(n);
		r->is_waiting = false;
		c->n_waiting--;
		ply_counter_inc(&n_sent);
		http_link_send(l, r);
	}
	if (c->n_waiting && !ply_timer_is_active(&c->pause)) {
		int r = connect_more(c);

		if (r)
			http_client_failed(c, r);
	}
}

void http_client_kick(struct ply_http_client *c)
{
	if (!c->dead)
		ply_defer_start(c->loop, &c->work, on_work, c);
}

static void default_u32(uint32_t *v, uint32_t def)
{
	if (!*v)
		*v = def;
}

static void set_defaults(struct ply_http_client_conf *conf)
{
	default_u32(&conf->max_connections, DEF_CONNECTIONS);
	if (conf->max_connections > MAX_CONNECTIONS)
		conf->max_connections = MAX_CONNECTIONS;
	default_u32(&conf->max_queued, DEF_QUEUED);
	default_u32(&conf->max_answer, DEF_ANSWER);
	default_u32(&conf->idle_ms, DEF_IDLE_MS);
	default_u32(&conf->open_ms, DEF_OPEN_MS);
	default_u32(&conf->retry_ms, DEF_RETRY_MS);
	default_u32(&conf->max_retry_ms, DEF_MAX_RETRY_MS);
}

int ply_http_client_new(struct ply_http_client **out, struct ply_loop *loop,
			const struct ply_http_client_conf *conf)
{
	struct ply_http_client *c = ply_calloc(1, sizeof *c);
	int r;

	if (!c)
		return ply_err_origin(-ENOMEM);
	c->loop = loop;
	c->conf = *conf;
	set_defaults(&c->conf);
	if (conf->tls)
		ply_tls_ctx_ref(conf->tls);
	ply_list_init(&c->conns);
	ply_list_init(&c->waiting);
	ply_list_init(&c->failing);
	r = http_client_set_url(c, conf->url);
	if (!r) {
		c->name = ply_strdup(conf->name ? conf->name : c->host);
		r = c->name ? 0 : ply_err_origin(-ENOMEM);
	}
	if (r) {
		dispose(c);
		return r;
	}
	*out = c;
	return 0;
}

static void drop_all(struct ply_list *requests)
{
	struct ply_list *n;

	while ((n = ply_list_first(requests)))
		free_request(container_of(n, struct ply_http_request, node));
}

void ply_http_client_free(struct ply_http_client *c)
{
	struct ply_list *n;

	if (!c || c->dead)
		return;
	c->dead = true;
	ply_dns_cancel(c->query);
	ply_timer_stop(&c->pause);
	ply_defer_stop(&c->work);
	while ((n = ply_list_first(&c->conns))) {
		struct http_link *l = container_of(n, struct http_link, node);
		struct ply_http_request *r = l->cur;

		http_link_abort(l);
		if (r)
			free_request(r);
	}
	drop_all(&c->waiting);
	drop_all(&c->failing);
	if (!c->busy)
		dispose(c);
}

static void on_deadline(void *ctx)
{
	struct ply_http_request *r = ctx;
	struct ply_http_client *c = r->client;

	http_client_enter(c);
	if (r->link)
		http_link_abort(r->link);
	http_client_kick(c);
	http_client_finish(r, -ETIMEDOUT, NULL);
	(void)http_client_leave(c);
}

void ply_http_request_cancel(struct ply_http_request *r)
{
	struct ply_http_client *c;

	if (!r)
		return;
	c = r->client;
	if (r->link)
		http_link_abort(r->link);
	free_request(r);
	http_client_kick(c);
}

static void write_text(struct ply_http_request *r, const struct ply_http_send *send)
{
	struct ply_strbuf *t = &r->text;

	ply_strbuf_adds(t, send->type ? "POST " : "GET ");
	ply_strbuf_adds(t, send->path ? send->path : "/");
	ply_strbuf_adds(t, " HTTP/1.1\r\n");
	ply_http_add_field(t, "Host", ply_slice_str(r->client->authority));
	if (send->type) {
		ply_http_add_field(t, "Content-Type", ply_slice_str(send->type));
		ply_strbuf_addf(t, "Content-Length: %zu\r\n", send->body.len);
	}
	for (size_t i = 0; i < send->n_fields; i++)
		ply_http_add_field(t, send->fields[i].name, send->fields[i].value);
	ply_strbuf_adds(t, "\r\n");
	if (send->type)
		ply_strbuf_add_slice(t, send->body);
}

int ply_http_client_send(struct ply_http_client *c, struct ply_http_request **out,
			 const struct ply_http_send *send, ply_http_client_fn *fn, void *ctx)
{
	struct ply_http_request *r;

	if (send->body.len > MAX_REQUEST)
		return -EMSGSIZE;
	if (c->n_waiting >= c->conf.max_queued) {
		ply_counter_inc(&n_queue_full);
		return -ENOBUFS;
	}
	r = ply_calloc(1, sizeof *r);
	if (!r)
		return ply_err_origin(-ENOMEM);
	*r = (struct ply_http_request){.client = c, .fn = fn, .ctx = ctx};
	ply_list_init(&r->node);
	write_text(r, send);
	if (ply_strbuf_err(&r->text)) {
		free_request(r);
		return ply_err_origin(-ENOMEM);
	}
	r->is_waiting = true;
	c->n_waiting++;
	ply_list_push(&c->waiting, &r->node);
	ply_timer_start(c->loop, &r->deadline,
			send->deadline_ms ? send->deadline_ms : DEF_DEADLINE_MS, on_deadline, r);
	http_client_kick(c);
	if (out)
		*out = r;
	return 0;
}

const char *ply_http_client_error(const struct ply_http_client *c)
{
	return c->why;
}

uint32_t ply_http_client_n_open(const struct ply_http_client *c)
{
	return c->n_conns - c->n_opening;
}

uint32_t ply_http_client_n_waiting(const struct ply_http_client *c)
{
	return c->n_waiting;
}

struct ply_slice ply_http_reply_header(const struct ply_http_reply *r, const char *name)
{
	return ply_http_field(r->fields, name);
}
