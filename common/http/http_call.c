#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "http/http_internal.h"

struct ply_http_call *http_call_new(struct http_conn *c, const struct ply_http_head *head)
{
	struct ply_http_call *call = ply_calloc(1, sizeof *call);
	const char *from = head->method.p;
	const char *end = head->fields.p + head->fields.len;

	if (!call)
		return NULL;
	call->text = ply_strndup(from, (size_t)(end - from));
	if (!call->text) {
		ply_free(call);
		return NULL;
	}
	ply_list_init(&call->node);
	call->conn = c;
	call->path = ply_slice(call->text + (head->path.p - from), head->path.len);
	if (head->query.p)
		call->query = ply_slice(call->text + (head->query.p - from), head->query.len);
	call->fields = ply_slice(call->text + (head->fields.p - from), head->fields.len);
	call->want = head->length;
	call->keep = head->keep;
	call->peer = *ply_stream_peer(c->stream);
	return call;
}

void http_call_free(struct ply_http_call *call)
{
	if (!call)
		return;
	ply_list_del(&call->node);
	ply_strbuf_deinit(&call->body);
	ply_strbuf_deinit(&call->extra);
	ply_strbuf_deinit(&call->answer);
	ply_free(call->text);
	ply_free(call);
}

enum ply_http_method ply_http_call_method(const struct ply_http_call *call)
{
	return call->method;
}

struct ply_slice ply_http_call_path(const struct ply_http_call *call)
{
	return call->path;
}

struct ply_slice ply_http_call_query(const struct ply_http_call *call)
{
	return call->query;
}

struct ply_slice ply_http_call_header(const struct ply_http_call *call, const char *name)
{
	return ply_http_field(call->fields, name);
}

struct ply_slice ply_http_call_body(const struct ply_http_call *call)
{
	return ply_strbuf_slice(&call->body);
}

bool ply_http_call_is_type(const struct ply_http_call *call, const char *type)
{
	struct ply_slice value = ply_http_field(call->fields, "Content-Type"), media;

	return ply_slice_split(&value, ';', &media) &&
	       ply_slice_caseis(ply_slice_trim(media), type);
}

bool ply_http_call_peer_verified(const struct ply_http_call *call)
{
	return call->conn && ply_stream_peer_verified(call->conn->stream);
}

const char *ply_http_call_peer_name(const struct ply_http_call *call, size_t i)
{
	return call->conn ? ply_stream_peer_name(call->conn->stream, i) : NULL;
}

const struct ply_addr *ply_http_call_peer_addr(const struct ply_http_call *call)
{
	return &call->peer;
}

void ply_http_call_on_gone(struct ply_http_call *call, void (*fn)(void *ctx), void *ctx)
{
	call->on_gone = fn;
	call->gone_ctx = ctx;
}

bool ply_http_call_is_gone(const struct ply_http_call *call)
{
	return !call->conn;
}

void ply_http_call_add_header(struct ply_http_call *call, const char *name, const char *value)
{
	ply_http_add_field(&call->extra, name, ply_slice_str(value));
}

static void make_answer(struct ply_http_call *call, int status, const char *type,
			struct ply_slice body)
{
	struct ply_strbuf *out = &call->answer;
	char date[PLY_TIME_MAX];

	ply_strbuf_addf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: %zu\r\n", status,
			ply_http_reason(status), ply_time_sip(ply_wall_ms(), date), body.len);
	if (type)
		ply_http_add_field(out, "Content-Type", ply_slice_str(type));
	if (!call->keep)
		ply_strbuf_adds(out, "Connection: close\r\n");
	ply_strbuf_add_slice(out, ply_strbuf_slice(&call->extra));
	ply_strbuf_adds(out, "\r\n");
	if (call->method != PLY_HTTP_HEAD)
		ply_strbuf_add_slice(out, body);
}

void ply_http_call_answer(struct ply_http_call *call, int status, const char *type,
			  struct ply_slice body)
{
	struct http_conn *c = call->conn;

	if (!c) {
		http_call_free(call);
		return;
	}
	if (c->server->draining)
		call->keep = false;
	make_answer(call, status, type, type ? body : ply_slice(NULL, 0));
	call->answered = true;
	http_conn_answered(c);
}
