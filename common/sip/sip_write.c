/* Answers, and the pieces every message is written from. */
#include "sip/sip_write.h"

#include "base/err.h"
#include "sip/sip_line.h"
#include "sip/sip_names.h"

#include <errno.h>

bool ply_sip_is_one_line(struct ply_slice s)
{
	return !s.len || (!memchr(s.p, '\r', s.len) && !memchr(s.p, '\n', s.len) &&
			  !memchr(s.p, '\0', s.len));
}

void ply_sip_write_line(struct ply_strbuf *out, const struct ply_sip_line *l)
{
	struct ply_slice text = l->text;

	if (l->name.len == 1) {
		struct ply_slice name = ply_sip_long_name(l->name);

		if (name.len > 1) {
			ply_strbuf_add_slice(out, name);
			ply_strbuf_add(out, ": ", 2);
			ply_strbuf_add_slice(out, l->value);
			ply_strbuf_add(out, "\r\n", 2);
			return;
		}
	}
	if (ply_sip_ends_crlf(text)) {
		ply_strbuf_add_slice(out, text);
		return;
	}
	text.len--; /* a lone LF */
	ply_strbuf_add_slice(out, text);
	ply_strbuf_add(out, "\r\n", 2);
}

void ply_sip_write_value(struct ply_strbuf *out, const char *name, struct ply_slice value)
{
	ply_strbuf_adds(out, name);
	ply_strbuf_add(out, ": ", 2);
	ply_strbuf_add_slice(out, value);
	ply_strbuf_add(out, "\r\n", 2);
}

void ply_sip_write_rest(struct ply_strbuf *out, const char *name, struct ply_slice list)
{
	struct ply_slice first;

	if (!ply_sip_next_value(&list, &first))
		return;
	list = ply_slice_trim(list);
	while (list.len && (list.p[0] == ',' || ply_sip_is_lws(list.p[0])))
		list = ply_slice_from(list, 1);
	if (list.len)
		ply_sip_write_value(out, name, list);
}

void ply_sip_write_top_via(struct ply_strbuf *out, const struct ply_sip_msg *m,
			   const struct ply_sip_line *l)
{
	if (!m->top_via.len) {
		ply_sip_write_line(out, l);
		return;
	}
	ply_strbuf_add_slice(out, m->top_via);
	if (!ply_sip_ends_crlf(m->top_via))
		ply_strbuf_add(out, "\r\n", 2);
	if (memchr(l->value.p, ',', l->value.len))
		ply_sip_write_rest(out, "Via", l->value);
}

int ply_sip_add_line(struct ply_strbuf *lines, const char *name, struct ply_slice value)
{
	if (!ply_sip_is_one_line(value))
		return -EINVAL;
	ply_sip_write_value(lines, name, value);
	return ply_strbuf_err(lines);
}

/* Past the line end and the blanks of a fold at i, or 0 when there is none. */
static size_t fold_end(struct ply_slice v, size_t i)
{
	if (i < v.len && v.p[i] == '\r')
		i++;
	if (i + 1 >= v.len || v.p[i] != '\n' || !ply_sip_is_blank(v.p[i + 1]))
		return 0;
	while (i < v.len && ply_sip_is_lws(v.p[i]))
		i++;
	return i;
}

int ply_sip_add_unfolded(struct ply_strbuf *lines, const char *name, struct ply_slice value)
{
	size_t begin = lines->len, i = 0;

	ply_strbuf_adds(lines, name);
	ply_strbuf_add(lines, ": ", 2);
	while (i < value.len) {
		size_t n = i, next;

		while (n < value.len && value.p[n] != '\r' && value.p[n] != '\n' && value.p[n])
			n++;
		ply_strbuf_add(lines, value.p + i, n - i);
		if (n == value.len)
			break;
		next = fold_end(value, n);
		if (!next) {
			if (lines->p) {
				lines->len = begin;
				lines->p[begin] = '\0';
			}
			return -EINVAL;
		}
		ply_strbuf_addc(lines, ' ');
		i = next;
	}
	ply_strbuf_add(lines, "\r\n", 2);
	return ply_strbuf_err(lines);
}

void ply_sip_write_body(struct ply_strbuf *out, const char *content_type, struct ply_slice body)
{
	if (content_type)
		ply_sip_write_value(out, "Content-Type", ply_slice_str(content_type));
	else
		body.len = 0;
	ply_strbuf_adds(out, "Content-Length: ");
	ply_strbuf_add_u64(out, body.len);
	ply_strbuf_adds(out, "\r\n\r\n");
	ply_strbuf_add_slice(out, body);
}

/* Words of ours that may hold a piece of what a peer sent: nothing in them may end the line or the
 * quotes around them. */
static void add_words(struct ply_strbuf *out, const char *s)
{
	for (;;) {
		size_t n = 0;

		while ((unsigned char)s[n] >= ' ' && s[n] != 0x7f && s[n] != '"' && s[n] != '\\')
			n++;
		ply_strbuf_add(out, s, n);
		if (!s[n])
			return;
		ply_strbuf_addc(out, ' ');
		s += n + 1;
	}
}

static void add_to(struct ply_strbuf *out, const struct ply_sip_msg *req, struct ply_slice tag)
{
	const struct ply_sip_line *l;
	struct ply_sip_addr to;
	bool has_tag;

	if (req->first[PLY_HDR_TO] == PLY_SIP_NO_LINE)
		return;
	l = &req->line[req->first[PLY_HDR_TO]];
	if (ply_sip_addr_parse(l->value, &to) == 0)
		has_tag = ply_sip_param(to.params, "tag", NULL);
	else
		has_tag = ply_slice_casefind(l->value, "tag") != SIZE_MAX;
	if (!tag.len || has_tag) {
		ply_sip_write_line(out, l);
		return;
	}
	ply_strbuf_adds(out, "To: ");
	ply_strbuf_add_slice(out, l->value);
	ply_strbuf_adds(out, ";tag=");
	ply_strbuf_add_slice(out, tag);
	ply_strbuf_adds(out, "\r\n");
}

static void echo_all(struct ply_strbuf *out, const struct ply_sip_msg *req, enum ply_sip_hdr id)
{
	unsigned i = req->first[id];

	if (i == PLY_SIP_NO_LINE)
		return;
	if (id == PLY_HDR_VIA)
		ply_sip_write_top_via(out, req, &req->line[i++]);
	for (; i < req->n_line; i++)
		if (req->line[i].id == id)
			ply_sip_write_line(out, &req->line[i]);
}

static void echo_first(struct ply_strbuf *out, const struct ply_sip_msg *req, enum ply_sip_hdr id)
{
	if (req->first[id] != PLY_SIP_NO_LINE)
		ply_sip_write_line(out, &req->line[req->first[id]]);
}

static void add_status_line(struct ply_strbuf *out, const struct ply_sip_reply *r)
{
	ply_strbuf_adds(out, "SIP/2.0 ");
	ply_strbuf_add_u64(out, r->status);
	ply_strbuf_addc(out, ' ');
	add_words(out, r->reason ? r->reason : ply_sip_reason(r->status));
	ply_strbuf_adds(out, "\r\n");
}

/* [MS-OCER] 2.2.1: error id, reason, and inside the enterprise the server that says so. */
static void add_diagnostics(struct ply_strbuf *out, const struct ply_sip_reply *r)
{
	if (!r->diag)
		return;
	ply_strbuf_adds(out, r->diag_public ? "ms-diagnostics-public: " : "ms-diagnostics: ");
	ply_strbuf_add_u64(out, r->diag);
	if (r->diag_reason) {
		ply_strbuf_adds(out, ";reason=\"");
		add_words(out, r->diag_reason);
		ply_strbuf_addc(out, '"');
	}
	if (r->source && !r->diag_public) {
		ply_strbuf_adds(out, ";source=\"");
		add_words(out, r->source);
		ply_strbuf_addc(out, '"');
	}
	ply_strbuf_adds(out, "\r\n");
}

int ply_sip_write_reply(struct ply_strbuf *out, const struct ply_sip_msg *req,
			const struct ply_sip_reply *r)
{
	/* 512: status line, tag, diagnostics, Content-* */
	if (ply_strbuf_reserve(out, req->raw.len - req->body.len + req->top_via.len + r->lines.len +
					    r->body.len + 512))
		return ply_err_origin(-ENOMEM);
	add_status_line(out, r);
	echo_all(out, req, PLY_HDR_VIA);
	if (r->record_route)
		echo_all(out, req, PLY_HDR_RECORD_ROUTE);
	echo_first(out, req, PLY_HDR_FROM);
	add_to(out, req, r->to_tag);
	echo_first(out, req, PLY_HDR_CALL_ID);
	echo_first(out, req, PLY_HDR_CSEQ);
	add_diagnostics(out, r);
	if (r->retry_after) {
		ply_strbuf_adds(out, "Retry-After: ");
		ply_strbuf_add_u64(out, r->retry_after);
		ply_strbuf_adds(out, "\r\n");
	}
	ply_strbuf_add_slice(out, r->lines);
	ply_sip_write_body(out, r->content_type, r->body);
	return ply_strbuf_err(out);
}
