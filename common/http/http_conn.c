#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/http_internal.h"

#define REFUSED "parley_http_refused_total"
#define HELP    "HTTP requests and connections refused, by what they went over."

enum { SKIP_MAX = 1 << 20, BODY_FIRST = 4096 };

PLY_COUNTER(n_requests, "parley_http_requests_total", "HTTP requests read.");
PLY_COUNTER_L(n_bad, REFUSED, "why=\"malformed\"", HELP);
PLY_COUNTER_L(n_head, REFUSED, "why=\"head\"", HELP);
PLY_COUNTER_L(n_body, REFUSED, "why=\"body\"", HELP);
PLY_COUNTER_L(n_peer, REFUSED, "why=\"certificate\"", HELP);
PLY_COUNTER_L(n_slow, REFUSED, "why=\"slow\"", HELP);
PLY_COUNTER_L(n_stuck, REFUSED, "why=\"not-reading\"", HELP);
PLY_COUNTER_L(n_target, REFUSED, "why=\"target\"", HELP);

static void release(struct http_conn *c)
{
	if (!c->stream && !c->busy)
		ply_free(c);
}

/* The stream has gone or goes now: tells the calls, and is never seen again by the server. */
static void detach(struct http_conn *c)
{
	struct ply_list *n;

	c->stream = NULL;
	c->server->n_open--;
	ply_list_del(&c->node);
	ply_timer_stop(&c->timer);
	http_call_free(c->cur);
	c->cur = NULL;
	c->busy++;
	while ((n = ply_list_first(&c->calls))) {
		struct ply_http_call *call = container_of(n, struct ply_http_call, node);

		ply_list_del(n);
		call->conn = NULL;
		if (call->answered)
			http_call_free(call);
		else if (call->on_gone)
			call->on_gone(call->gone_ctx);
	}
	c->busy--;
	release(c);
}

void http_conn_abort(struct http_conn *c)
{
	struct ply_stream *stream = c->stream;

	detach(c);
	ply_stream_abort(stream);
}

bool http_conn_is_idle(const struct http_conn *c)
{
	return !c->n_calls && !c->cur && !c->partial && !c->skip && !ply_stream_unsent(c->stream);
}

static enum http_wait what_for(const struct http_conn *c)
{
	if (!c->last && (c->cur || c->partial || c->skip))
		return HTTP_WAIT_REQUEST;
	if (ply_stream_unsent(c->stream))
		return HTTP_WAIT_SEND;
	return c->n_calls ? HTTP_WAIT_NONE : HTTP_WAIT_IDLE;
}

static void on_timer(void *ctx);

static void start_timer(struct http_conn *c, uint64_t ms)
{
	ply_timer_start(c->server->loop, &c->timer, ms, on_timer, c);
}

/* The timer follows what the connection waits for; the same wait goes on as it began. */
static void update_timer(struct http_conn *c)
{
	const struct ply_http_server_conf *conf = &c->server->conf;
	enum http_wait wait = what_for(c);

	if (wait == c->wait && wait != HTTP_WAIT_IDLE)
		return;
	c->wait = wait;
	if (wait == HTTP_WAIT_NONE) {
		ply_timer_stop(&c->timer);
	} else if (wait == HTTP_WAIT_SEND) {
		c->unsent = ply_stream_unsent(c->stream);
		start_timer(c, conf->send_ms);
	} else {
		start_timer(c, wait == HTTP_WAIT_REQUEST ? conf->request_ms : conf->idle_ms);
	}
}

static void refuse(struct ply_http_call *call, int status, struct ply_counter *counter)
{
	ply_counter_inc(counter);
	ply_http_call_answer(call, status, NULL, ply_slice(NULL, 0));
}

/* What cannot be read as a request has no call: one is made for the answer. Nothing is read after
 * it. */
static void refuse_conn(struct http_conn *c, int status, struct ply_counter *counter)
{
	static const char none[] = "";
	const struct ply_slice empty = {none, 0};
	const struct ply_http_head head = {.method = empty, .path = empty, .fields = empty};
	struct ply_http_call *call;

	c->last = true;
	c->skip = 0;
	http_call_free(c->cur);
	c->cur = NULL;
	call = http_call_new(c, &head);
	if (!call) {
		ply_counter_inc(counter);
		http_conn_abort(c);
		return;
	}
	ply_list_push(&c->calls, &call->node);
	c->n_calls++;
	refuse(call, status, counter);
}

static void on_send_timer(struct http_conn *c)
{
	const struct ply_http_server_conf *conf = &c->server->conf;
	size_t unsent = ply_stream_unsent(c->stream);
	uint64_t idle = ply_mono_ms() - ply_stream_last_sent_ms(c->stream);

	if (unsent && unsent >= c->unsent) {
		ply_counter_inc(&n_stuck);
		http_conn_abort(c);
	} else if (unsent) {
		c->unsent = unsent;
		start_timer(c, conf->send_ms);
	} else {
		c->wait = HTTP_WAIT_NONE;
		update_timer(c);
		if (c->wait == HTTP_WAIT_IDLE)
			start_timer(c, idle < conf->idle_ms ? conf->idle_ms - idle : 0);
	}
}

static void on_timer(void *ctx)
{
	struct http_conn *c = ctx;

	c->busy++;
	if (c->wait == HTTP_WAIT_SEND)
		on_send_timer(c);
	else if (c->wait == HTTP_WAIT_REQUEST)
		refuse_conn(c, 408, &n_slow);
	else
		http_conn_abort(c);
	c->busy--;
	release(c);
}

void http_conn_answered(struct http_conn *c)
{
	struct ply_list *n;

	c->busy++;
	while (c->stream && (n = ply_list_first(&c->calls))) {
		struct ply_http_call *call = container_of(n, struct ply_http_call, node);
		bool keep = call->keep;
		int r;

		if (!call->answered)
			break;
		r = ply_strbuf_err(&call->answer);
		if (!r)
			r = ply_stream_write(c->stream, call->answer.p, call->answer.len);
		http_call_free(call);
		c->n_calls--;
		if (r) {
			http_conn_abort(c);
		} else if (!keep) {
			struct ply_stream *stream = c->stream;

			detach(c);
			ply_stream_close(stream);
		}
	}
	if (c->stream) {
		if (c->paused && c->n_calls < c->server->conf.max_in_flight) {
			c->paused = false;
			ply_stream_pause(c->stream, false);
		}
		update_timer(c);
	}
	c->busy--;
	release(c);
}

/* The whole request is here. */
static void dispatch(struct http_conn *c)
{
	struct ply_http_call *call = c->cur;

	c->cur = NULL;
	c->wait = HTTP_WAIT_NONE; /* the next request has its own time */
	ply_timer_stop(&c->timer);
	if (!call->keep)
		c->last = true;
	ply_list_push(&c->calls, &call->node);
	c->n_calls++;
	call->route->r.fn(call->route->r.ctx, call);
}

static void refuse_peer(struct http_conn *c, struct ply_http_call *call)
{
	char addr[PLY_ADDR_MAX];

	ply_warn(c->server->conf.log, "http.refused",
		 KS("addr", ply_addr_format(&call->peer, addr)),
		 KS("why", ply_stream_peer_error(c->stream)));
	refuse(call, 403, &n_peer);
}

static enum ply_http_method method_of(struct ply_slice name)
{
	return ply_slice_is(name, "GET")    ? PLY_HTTP_GET
	       : ply_slice_is(name, "POST") ? PLY_HTTP_POST
	       : ply_slice_is(name, "HEAD") ? PLY_HTTP_HEAD
					    : 0;
}

/* The status a request is refused with for its head alone, 0: none. */
static int judge(const struct ply_http_call *call, const struct ply_http_head *head)
{
	if (head->has_coding)
		return 411;
	if (!call->method)
		return 501;
	if (!call->route)
		return 404;
	if (!(call->route->r.methods & call->method))
		return 405;
	return head->length > call->route->r.max_body ? 413 : 0;
}

/* RFC 9110 §15.5.6: a 405 says what would be allowed. */
static void add_allow(struct ply_http_call *call)
{
	unsigned methods = call->route->r.methods;

	if (methods & PLY_HTTP_POST)
		ply_http_call_add_header(call, "Allow",
					 methods & PLY_HTTP_GET ? "GET, HEAD, POST" : "POST");
	else
		ply_http_call_add_header(call, "Allow", "GET, HEAD");
}

/* Answers at once. The connection goes on when its end can be found: a short body that comes anyhow
 * is read past. */
static void refuse_call(struct http_conn *c, struct ply_http_call *call,
			const struct ply_http_head *head, int status)
{
	if (head->has_coding || head->length > SKIP_MAX || (head->expect && head->length) ||
	    status == 403)
		call->keep = false;
	c->skip = call->keep ? head->length : 0;
	if (!call->keep)
		c->last = true;
	ply_list_push(&c->calls, &call->node);
	c->n_calls++;
	if (status == 405)
		add_allow(call);
	if (status == 403)
		refuse_peer(c, call);
	else if (status == 404 && call->method != PLY_HTTP_POST)
		http_server_not_found(c->server, call);
	else
		refuse(call, status, status == 413 ? &n_body : &n_target);
}

static void begin(struct http_conn *c, const struct ply_http_head *head)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct ply_http_call *call = http_call_new(c, head);
	int status;

	ply_counter_inc(&n_requests);
	if (!call) {
		http_conn_abort(c);
		return;
	}
	call->method = method_of(head->method);
	call->route = http_server_find(c->server, call->path);
	status = judge(call, head);
	if (c->server->conf.require_peer && !ply_stream_peer_verified(c->stream))
		status = 403;
	if (status) {
		refuse_call(c, call, head, status);
		return;
	}
	c->cur = call;
	/* RFC 9110 §10.1.1; not between answers that are still due. */
	if (head->expect && head->length && !c->n_calls)
		(void)ply_stream_write(c->stream, go_on, sizeof go_on - 1);
	if (!call->want)
		dispatch(c);
}

static size_t read_head(struct http_conn *c, struct ply_slice in)
{
	uint32_t max = c->server->conf.max_head;
	struct ply_http_head head;
	enum ply_http_verdict v;

	if (c->n_calls >= c->server->conf.max_in_flight) {
		c->paused = true;
		ply_stream_pause(c->stream, true);
		return 0;
	}
	v = ply_http_head_request(in, &head);
	if (v == PLY_HTTP_MORE && in.len <= max)
		return 0;
	if (v == PLY_HTTP_MORE || (v == PLY_HTTP_OK && head.size > max)) {
		refuse_conn(c, 431, &n_head);
		return in.len;
	}
	if (v == PLY_HTTP_BAD) {
		refuse_conn(c, 400, &n_bad);
		return in.len;
	}
	begin(c, &head);
	return head.size;
}

static size_t read_body(struct http_conn *c, struct ply_slice in)
{
	struct ply_strbuf *body = &c->cur->body;
	size_t left = (size_t)(c->cur->want - body->len);
	size_t n = ply_min_size(left, in.len);

	/* Whole at once only when it comes at once: a length alone claims no memory. */
	if (ply_strbuf_reserve(body, n == left ? n : ply_min_size(left, BODY_FIRST))) {
		http_conn_abort(c);
		return n;
	}
	ply_strbuf_add(body, in.p, n);
	if (ply_strbuf_err(body))
		http_conn_abort(c);
	else if (n == left)
		dispatch(c);
	return n;
}

static size_t on_data(void *ctx, const char *p, size_t len)
{
	struct http_conn *c = ctx;
	size_t used = 0;

	c->busy++;
	c->partial = false;
	while (c->stream && !c->last && used < len) {
		struct ply_slice in = ply_slice(p + used, len - used);
		size_t n;

		if (c->skip) {
			n = c->skip < in.len ? (size_t)c->skip : in.len;
			c->skip -= n;
		} else {
			n = c->cur ? read_body(c, in) : read_head(c, in);
		}
		used += n;
		if (!n)
			break;
	}
	if (!c->stream || c->last)
		used = len;
	c->partial = used < len && !c->paused;
	if (c->stream)
		update_timer(c);
	c->busy--;
	release(c);
	return used;
}

static void on_drained(void *ctx)
{
	update_timer(ctx);
}

static void on_close(void *ctx, const char *reason)
{
	(void)reason;
	detach(ctx);
}

static const struct ply_stream_ops conn_ops = {
	.on_data = on_data,
	.on_drained = on_drained,
	.on_close = on_close,
};

void http_conn_new(struct ply_http_server *s, struct ply_stream *stream)
{
	struct http_conn *c = ply_calloc(1, sizeof *c);

	if (!c) {
		ply_stream_abort(stream);
		return;
	}
	c->server = s;
	c->stream = stream;
	ply_list_init(&c->node);
	ply_list_init(&c->calls);
	ply_list_push(&s->conns, &c->node);
	s->n_open++;
	ply_stream_set_ops(stream, &conn_ops, c);
	update_timer(c);
}
