#include "http/http_head.h"

/* RFC 9110 §5.6.2 */
static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_char(s.p[i]))
			return false;
	return s.len > 0;
}

/* No controls but the tab: RFC 9110 §5.5. */
static bool is_text(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Cuts a line off *rest, which has CRLFs only where lines end; without its CRLF. */
static bool next_line(struct ply_slice *rest, struct ply_slice *line)
{
	size_t at = ply_slice_find(*rest, "\r\n");

	if (at == SIZE_MAX)
		return false;
	*line = ply_slice(rest->p, at);
	*rest = ply_slice(rest->p + at + 2, rest->len - at - 2);
	return true;
}

static bool split_field(struct ply_slice line, struct ply_slice *name, struct ply_slice *value)
{
	size_t colon = ply_slice_chr(line, ':');

	if (colon == SIZE_MAX)
		return false;
	*name = ply_slice(line.p, colon);
	*value = ply_slice_trim(ply_slice(line.p + colon + 1, line.len - colon - 1));
	return is_token(*name) && is_text(*value);
}

static bool has_option(struct ply_slice list, const char *option)
{
	struct ply_slice item;

	while (ply_slice_split(&list, ',', &item))
		if (ply_slice_caseis(ply_slice_trim(item), option))
			return true;
	return false;
}

/* RFC 9112 §6.3: two lengths that differ, or a length besides a coding, are an attack. */
static bool set_length(struct ply_http_head *h, struct ply_slice value)
{
	uint64_t n;

	if (!ply_slice_to_u64(value, INT64_MAX, &n) || (h->has_length && n != h->length))
		return false;
	h->length = n;
	h->has_length = true;
	return true;
}

static bool read_fields(struct ply_http_head *h, unsigned *hosts)
{
	struct ply_slice rest = h->fields, line, name, value;

	while (next_line(&rest, &line)) {
		if (!split_field(line, &name, &value))
			return false;
		if (ply_slice_caseis(name, "Content-Length")) {
			if (!set_length(h, value))
				return false;
		} else if (ply_slice_caseis(name, "Transfer-Encoding")) {
			h->has_coding = true;
		} else if (ply_slice_caseis(name, "Connection")) {
			if (has_option(value, "close"))
				h->keep = false;
		} else if (ply_slice_caseis(name, "Expect")) {
			h->expect = ply_slice_caseis(value, "100-continue");
		} else if (ply_slice_caseis(name, "Host")) {
			++*hosts;
		}
	}
	return !(h->has_length && h->has_coding);
}

/* "HTTP/1.x": 1.0 connections are not kept. */
static bool read_version(struct ply_http_head *h, struct ply_slice version)
{
	h->keep = ply_slice_is(version, "HTTP/1.1");
	return h->keep || ply_slice_is(version, "HTTP/1.0");
}

/* Start line and fields of what ends with a blank line. */
static enum ply_http_verdict frame(struct ply_slice in, struct ply_slice *start,
				   struct ply_http_head *h)
{
	size_t end = ply_slice_find(in, "\r\n\r\n");
	struct ply_slice rest;

	if (end == SIZE_MAX)
		return PLY_HTTP_MORE;
	h->size = end + 4;
	rest = ply_slice(in.p, end + 2);
	if (!next_line(&rest, start))
		return PLY_HTTP_BAD;
	h->fields = rest;
	return PLY_HTTP_OK;
}

/* RFC 9112 §3.2: "/path?query", or "http://host/path?query" as to a proxy. */
static bool read_target(struct ply_http_head *h, struct ply_slice target)
{
	size_t at;

	if (!target.len || !is_text(target))
		return false;
	at = ply_slice_find(target, "://");
	if (target.p[0] != '/' && at != SIZE_MAX) {
		struct ply_slice root = ply_slice(target.p + at + 2, 1); /* a slash of the input */

		target = ply_slice_from(target, at + 3);
		at = ply_slice_chr(target, '/');
		target = at == SIZE_MAX ? root : ply_slice_from(target, at);
	}
	at = ply_slice_chr(target, '?');
	h->path = at == SIZE_MAX ? target : ply_slice(target.p, at);
	if (at != SIZE_MAX)
		h->query = ply_slice(target.p + at + 1, target.len - at - 1);
	return true;
}

static bool read_request_line(struct ply_http_head *h, struct ply_slice line)
{
	struct ply_slice target;

	return ply_slice_split(&line, ' ', &h->method) && is_token(h->method) &&
	       ply_slice_split(&line, ' ', &target) && read_target(h, target) && line.p &&
	       read_version(h, line);
}

enum ply_http_verdict ply_http_head_request(struct ply_slice in, struct ply_http_head *out)
{
	enum ply_http_verdict v;
	struct ply_slice start;
	size_t skipped = 0;
	unsigned hosts = 0;

	*out = (struct ply_http_head){0};
	/* RFC 9112 §2.2: old clients sent an empty line after a body. */
	while (in.len >= 2 && in.p[0] == '\r' && in.p[1] == '\n') {
		in = ply_slice(in.p + 2, in.len - 2);
		skipped += 2;
	}
	v = frame(in, &start, out);
	if (v != PLY_HTTP_OK)
		return v;
	out->size += skipped;
	if (!read_request_line(out, start))
		return PLY_HTTP_BAD;
	if (!read_fields(out, &hosts))
		return PLY_HTTP_BAD;
	/* RFC 9112 §3.2: exactly one Host in 1.1. */
	return hosts > 1 || (!hosts && out->keep) ? PLY_HTTP_BAD : PLY_HTTP_OK;
}

enum ply_http_verdict ply_http_head_response(struct ply_slice in, struct ply_http_head *out)
{
	struct ply_slice start, version, code;
	enum ply_http_verdict v;
	unsigned hosts = 0;
	uint32_t status;

	*out = (struct ply_http_head){0};
	v = frame(in, &start, out);
	if (v != PLY_HTTP_OK)
		return v;
	if (!ply_slice_split(&start, ' ', &version) || !read_version(out, version) ||
	    !ply_slice_split(&start, ' ', &code) || code.len != 3 ||
	    !ply_slice_to_u32(code, &status) || status < 100 || status > 599)
		return PLY_HTTP_BAD;
	out->status = (int)status;
	return read_fields(out, &hosts) ? PLY_HTTP_OK : PLY_HTTP_BAD;
}

struct ply_slice ply_http_field(struct ply_slice fields, const char *name)
{
	struct ply_slice line, n, value;

	while (next_line(&fields, &line))
		if (split_field(line, &n, &value) && ply_slice_caseis(n, name))
			return value;
	return ply_slice(NULL, 0);
}

const char *ply_http_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{200, "OK"},
		{202, "Accepted"},
		{204, "No Content"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{411, "Length Required"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "";
}

void ply_http_add_field(struct ply_strbuf *out, const char *name, struct ply_slice value)
{
	if (!is_text(value))
		return;
	ply_strbuf_adds(out, name);
	ply_strbuf_adds(out, ": ");
	ply_strbuf_add_slice(out, value);
	ply_strbuf_adds(out, "\r\n");
}
