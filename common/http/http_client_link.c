#include "base/err.h"
#include "base/mem.h"
#include "http/http_client_internal.h"
#include "http/http_head.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_HEAD = 16384, MAX_PENDING = 131072, MAX_OUTPUT = 16 << 20 };

/* Out of the client's sight; the stream is ended by the caller or has ended. */
static void free_link(struct http_link *l)
{
	struct ply_http_client *c = l->client;

	c->n_conns--;
	if (!l->open)
		c->n_opening--;
	if (l->cur)
		l->cur->link = NULL;
	ply_list_del(&l->node);
	ply_timer_stop(&l->idle);
	ply_strbuf_deinit(&l->fields);
	ply_strbuf_deinit(&l->body);
	ply_free(l);
}

void http_link_abort(struct http_link *l)
{
	struct ply_stream *s = l->stream;

	free_link(l);
	ply_stream_abort(s);
}

static void on_idle(void *ctx)
{
	http_link_abort(ctx);
}

static void on_open(void *ctx)
{
	struct http_link *l = ctx;
	struct ply_http_client *c = l->client;

	l->open = true;
	c->n_opening--;
	c->failed = 0;
	c->pause_ms = 0;
	ply_timer_stop(&c->pause);
	ply_timer_start(c->loop, &l->idle, c->conf.idle_ms, on_idle, l);
	http_client_kick(c);
}

/* One address after the other; when all have failed, that is a failure. */
static void open_failed(struct ply_http_client *c)
{
	if (++c->failed < c->n_addrs) {
		c->at = (c->at + 1) % c->n_addrs;
		http_client_kick(c);
		return;
	}
	c->failed = 0;
	if (c->conf.dns && !c->conf.connect_to.family && c->n_addrs > 0)
		c->n_addrs = 0; /* asked for anew: the server may have moved */
	http_client_failed(c, -ECONNREFUSED);
}

static void on_close(void *ctx, const char *reason)
{
	struct http_link *l = ctx;
	struct ply_http_client *c = l->client;
	struct ply_http_request *r = l->cur;
	bool was_open = l->open;

	(void)snprintf(c->why, sizeof c->why, "%s", reason);
	free_link(l);
	http_client_enter(c);
	if (!was_open)
		open_failed(c);
	else if (r)
		http_client_finish(r, -ECONNRESET, NULL);
	http_client_kick(c);
	(void)http_client_leave(c);
}

static size_t broken(struct http_link *l, const char *why, size_t len)
{
	struct ply_http_client *c = l->client;
	struct ply_http_request *r = l->cur;

	(void)snprintf(c->why, sizeof c->why, "%s", why);
	http_link_abort(l);
	http_client_enter(c);
	if (r)
		http_client_finish(r, -EPROTO, NULL);
	http_client_kick(c);
	(void)http_client_leave(c);
	return len;
}

/* The answer is whole: the connection is free before the sender hears of it. */
static void complete(struct http_link *l)
{
	struct ply_http_client *c = l->client;
	struct ply_http_request *r = l->cur;
	struct ply_strbuf fields = l->fields, body = l->body;
	const struct ply_http_reply reply = {ply_strbuf_slice(&body), ply_strbuf_slice(&fields)};
	int status = l->status;

	l->fields = l->body = (struct ply_strbuf)PLY_STRBUF_INIT;
	l->cur = NULL;
	l->have_head = false;
	r->link = NULL;
	if (l->keep) {
		ply_list_del(&l->node);
		ply_list_push_front(&c->conns, &l->node);
		ply_timer_start(c->loop, &l->idle, c->conf.idle_ms, on_idle, l);
	} else {
		http_link_abort(l);
	}
	http_client_enter(c);
	http_client_kick(c);
	http_client_finish(r, status, &reply);
	ply_strbuf_deinit(&fields);
	ply_strbuf_deinit(&body);
	(void)http_client_leave(c);
}

/* Bytes used; SIZE_MAX: no answer of ours. */
static size_t read_head(struct http_link *l, struct ply_slice in, const char **why)
{
	struct ply_http_head head;
	enum ply_http_verdict v = ply_http_head_response(in, &head);

	if (v == PLY_HTTP_MORE && in.len < MAX_HEAD)
		return 0;
	*why = "not an HTTP answer";
	if (v != PLY_HTTP_OK)
		return SIZE_MAX;
	if (head.status < 200)
		return head.size; /* RFC 9110 §15.2: an interim one */
	if (!head.has_length && head.status != 204 && head.status != 304) {
		*why = "an answer without Content-Length";
		return SIZE_MAX;
	}
	if (head.length > l->client->conf.max_answer) {
		*why = "the answer is too long";
		return SIZE_MAX;
	}
	l->status = head.status;
	l->want = head.length;
	l->keep = head.keep;
	l->have_head = true;
	ply_strbuf_add_slice(&l->fields, head.fields);
	return head.size;
}

static size_t read_some(struct http_link *l, struct ply_slice in, const char **why)
{
	size_t n;

	*why = "something that was not asked for";
	if (!l->cur)
		return SIZE_MAX;
	if (!l->have_head)
		return read_head(l, in, why);
	n = ply_min_size((size_t)l->want - l->body.len, in.len);
	ply_strbuf_add(&l->body, in.p, n);
	*why = "out of memory";
	return ply_strbuf_err(&l->body) ? SIZE_MAX : n;
}

static bool is_whole(const struct http_link *l)
{
	return l->cur && l->have_head && l->body.len == l->want;
}

static size_t on_data(void *ctx, const char *p, size_t len)
{
	struct http_link *l = ctx;
	size_t used = 0;

	while (used < len) {
		const char *why;
		size_t n = read_some(l, ply_slice(p + used, len - used), &why);

		if (n == SIZE_MAX || ply_strbuf_err(&l->fields))
			return broken(l, why, len);
		if (!n)
			break;
		used += n;
		if (!is_whole(l))
			continue;
		if (used < len)
			l->keep = false; /* one answer to one request: what follows is not ours */
		complete(l);
		return len;
	}
	return used;
}

static const struct ply_stream_ops link_ops = {
	.on_open = on_open,
	.on_data = on_data,
	.on_close = on_close,
};

int http_link_open(struct ply_http_client *c)
{
	const struct ply_stream_conf conf = {
		.max_pending = MAX_PENDING, .max_output = MAX_OUTPUT, .open_ms = c->conf.open_ms};
	const struct ply_stream_target to = {
		.addr = c->addr[c->at],
		.tls = c->is_tls ? c->conf.tls : NULL,
		.name = c->is_tls ? c->name : NULL,
	};
	struct http_link *l = ply_calloc(1, sizeof *l);
	int r;

	if (!l)
		return ply_err_origin(-ENOMEM);
	l->client = c;
	ply_list_init(&l->node);
	r = ply_stream_connect(&l->stream, c->loop, &to, &conf, &link_ops, l);
	if (r) {
		ply_free(l);
		return r;
	}
	ply_list_push(&c->conns, &l->node);
	c->n_conns++;
	c->n_opening++;
	return 0;
}

void http_link_send(struct http_link *l, struct ply_http_request *r)
{
	l->cur = r;
	r->link = l;
	ply_timer_stop(&l->idle);
	/* What cannot be written ends the stream at the end of the turn: on_close tells. */
	(void)ply_stream_write(l->stream, r->text.p, r->text.len);
	ply_strbuf_deinit(&r->text);
}
