#include "sip/sip_fanout.h"

#include <errno.h>

/* Cuts a line with its CR LF off *rest. No CR, LF or NUL is left in it. */
static bool take_line(struct ply_slice *rest, struct ply_slice *line)
{
	const char *lf = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
	size_t n = lf ? (size_t)(lf - rest->p) : 0;

	if (!n || rest->p[n - 1] != '\r')
		return false;
	*line = ply_slice(rest->p, n - 1);
	*rest = ply_slice_from(*rest, n + 1);
	return !memchr(line->p, '\r', line->len) && !memchr(line->p, '\0', line->len);
}

/* "a b" to a and b; both are there. */
static bool cut(struct ply_slice s, const char *sep, struct ply_slice *a, struct ply_slice *b)
{
	size_t at = ply_slice_find(s, sep);

	if (at == SIZE_MAX || !at)
		return false;
	*a = ply_slice_sub(s, 0, at);
	*b = ply_slice_from(s, at + strlen(sep));
	return b->len > 0;
}

static bool may_be_copied(enum ply_sip_method m)
{
	return m != PLY_SIP_OTHER && m != PLY_SIP_INVITE && m != PLY_SIP_ACK &&
	       m != PLY_SIP_CANCEL && m != PLY_SIP_REGISTER;
}

/* Lines that every copy has of its own may not be among the common ones. */
static bool is_own(enum ply_sip_hdr id)
{
	return id == PLY_HDR_VIA || id == PLY_HDR_FROM || id == PLY_HDR_TO ||
	       id == PLY_HDR_CALL_ID || id == PLY_HDR_CSEQ || id == PLY_HDR_MAX_FORWARDS ||
	       id == PLY_HDR_ROUTE || id == PLY_HDR_RECORD_ROUTE;
}

/* Header lines up to the empty one, and a body as long as they say. */
static bool read_common(struct ply_sip_fanout *out)
{
	struct ply_slice rest = out->common, line;
	uint64_t length = 0;

	while (take_line(&rest, &line)) {
		size_t colon = ply_slice_chr(line, ':');
		enum ply_sip_hdr id;

		if (!line.len) {
			out->body = rest;
			return !out->has_length || length == rest.len;
		}
		if (line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		if (colon == SIZE_MAX || !colon)
			return false;
		id = ply_sip_hdr_of(ply_slice_trim(ply_slice_sub(line, 0, colon)));
		if (is_own(id))
			return false;
		if (id != PLY_HDR_CONTENT_LENGTH)
			continue;
		if (out->has_length ||
		    !ply_slice_to_u64(ply_slice_trim(ply_slice_from(line, colon + 1)),
				      out->common.len, &length))
			return false;
		out->has_length = true;
	}
	return false;
}

int ply_sip_fanout_parse(struct ply_slice body, struct ply_sip_fanout *out)
{
	struct ply_slice line, counts, n, len;
	uint64_t octets;

	*out = (struct ply_sip_fanout){0};
	if (!take_line(&body, &line) || !cut(line, " ", &out->method_name, &counts) ||
	    !cut(counts, " ", &n, &len))
		return -EBADMSG;
	out->method = ply_sip_method_of(out->method_name);
	if (!may_be_copied(out->method) || !ply_slice_to_u32(n, &out->n) || !out->n ||
	    out->n > PLY_SIP_FANOUT_MAX || !ply_slice_to_u64(len, body.len, &octets))
		return -EBADMSG;
	out->common = ply_slice_sub(body, 0, octets);
	out->rest = ply_slice_from(body, octets);
	return read_common(out) ? 0 : -EBADMSG;
}

bool ply_sip_fanout_next(struct ply_sip_fanout *f, struct ply_sip_fanout_copy *out)
{
	struct ply_slice parties, ids, cseq;

	if (f->rest.len && take_line(&f->rest, &out->ruri) && out->ruri.len &&
	    memchr(out->ruri.p, ' ', out->ruri.len) == NULL && take_line(&f->rest, &out->token) &&
	    take_line(&f->rest, &parties) && cut(parties, " | ", &out->from, &out->to) &&
	    take_line(&f->rest, &ids) && cut(ids, " ", &out->call_id, &cseq) &&
	    ply_slice_to_u32(cseq, &out->cseq))
		return true;
	f->rest = ply_slice("", 0);
	return false;
}

void ply_sip_fanout_begin(struct ply_strbuf *out, const char *method, uint32_t n,
			  struct ply_slice common)
{
	ply_strbuf_addf(out, "%s %u %zu\r\n", method, n, common.len);
	ply_strbuf_add_slice(out, common);
}

void ply_sip_fanout_add(struct ply_strbuf *out, const struct ply_sip_fanout_copy *copy)
{
	ply_strbuf_add_slice(out, copy->ruri);
	ply_strbuf_adds(out, "\r\n");
	ply_strbuf_add_slice(out, copy->token);
	ply_strbuf_adds(out, "\r\n");
	ply_strbuf_add_slice(out, copy->from);
	ply_strbuf_adds(out, " | ");
	ply_strbuf_add_slice(out, copy->to);
	ply_strbuf_adds(out, "\r\n");
	ply_strbuf_add_slice(out, copy->call_id);
	ply_strbuf_addc(out, ' ');
	ply_strbuf_add_u64(out, copy->cseq);
	ply_strbuf_adds(out, "\r\n");
}

void ply_sip_fanout_result_add(struct ply_strbuf *out, uint32_t index, unsigned status)
{
	ply_strbuf_add_u64(out, index);
	ply_strbuf_addc(out, ' ');
	ply_strbuf_add_u64(out, status);
	ply_strbuf_adds(out, "\r\n");
}

bool ply_sip_fanout_result_next(struct ply_slice *rest, uint32_t *index, unsigned *status)
{
	struct ply_slice line, a, b;
	uint32_t n;

	if (!rest->len || !take_line(rest, &line) || !cut(line, " ", &a, &b) ||
	    !ply_slice_to_u32(a, index) || !ply_slice_to_u32(b, &n) || n < 100 || n > 699)
		return false;
	*status = n;
	return true;
}
