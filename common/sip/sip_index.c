/* One pass over a message: start line, header lines, body. RFC 3261 §7, §25. */
#include "sip/sip_names.h"

/* Where the pass stands. The first fault is kept and the pass goes on, so that as much as can be
 * read is there for an answer. */
struct scan {
	struct ply_sip_msg *m;
	const char *p, *end;
	int fault;
};

static void note_fault(struct scan *s, int code)
{
	if (!s->fault)
		s->fault = code;
}

/* Cuts one line off, without its line end. A CR that ends no line, or a NUL, is a fault: Sofia and
 * other parsers take a lone CR for a line end, and would see other headers than we do. */
static bool next_line(struct scan *s, struct ply_slice *line, bool *ok)
{
	size_t left = (size_t)(s->end - s->p), n;
	const char *nl = left ? memchr(s->p, '\n', left) : NULL;

	if (!nl)
		return false;
	n = (size_t)(nl - s->p);
	if (n && s->p[n - 1] == '\r')
		n--;
	*line = ply_slice(s->p, n);
	*ok = !n || (!memchr(s->p, '\r', n) && !memchr(s->p, '\0', n));
	s->p = nl + 1;
	return true;
}

/* "SIP/2.0" without case (RFC 3261 §7.1). 0, E_VERSION for another SIP version, E_START otherwise.
 */
static int check_version(struct ply_slice v)
{
	struct ply_slice major, minor;
	size_t dot;
	uint64_t n;

	if (v.len == 7 && ply_slice_caseis(v, "SIP/2.0"))
		return 0;
	if (!ply_slice_casestarts(v, "SIP/"))
		return PLY_SIP_E_START;
	v = ply_slice_from(v, 4);
	dot = ply_slice_chr(v, '.');
	if (dot == SIZE_MAX)
		return PLY_SIP_E_START;
	major = ply_slice_sub(v, 0, dot);
	minor = ply_slice_from(v, dot + 1);
	if (!ply_slice_to_u64(major, UINT64_MAX, &n) || !ply_slice_to_u64(minor, UINT64_MAX, &n))
		return PLY_SIP_E_START;
	return PLY_SIP_E_VERSION;
}

/* Status-Line = SIP-Version SP Status-Code SP Reason-Phrase CRLF; the blank before an empty phrase
 * may be missing. */
static int status_line(struct ply_sip_msg *m, struct ply_slice line)
{
	struct ply_slice rest = ply_slice_from(line, 8);
	uint64_t status;

	m->is_request = false;
	if (line.len < 11 || line.p[7] != ' ' || (rest.len > 3 && rest.p[3] != ' '))
		return PLY_SIP_E_START;
	if (!ply_slice_to_u64(ply_slice_sub(rest, 0, 3), 699, &status) || status < 100)
		return PLY_SIP_E_START;
	m->status = (unsigned)status;
	m->reason = ply_slice_from(rest, 4);
	return 0;
}

static bool is_uri_text(struct ply_slice uri)
{
	if (!uri.len)
		return false;
	for (size_t i = 0; i < uri.len; i++) {
		unsigned char c = (unsigned char)uri.p[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"')
			return false;
	}
	return true;
}

/* Request-Line = Method SP Request-URI SP SIP-Version CRLF. What is recognised as one and breaks
 * the rules on blanks or brackets can still be answered (RFC 4475 §3.1.2.8 to 3.1.2.10): E_HEADER.
 */
static int request_line(struct ply_sip_msg *m, struct ply_slice line)
{
	struct ply_slice text = ply_slice_trim(line), version;
	size_t sp, last;
	int fault;

	m->is_request = true;
	for (sp = 0; sp < text.len && ply_sip_is_token(text.p[sp]); sp++)
		;
	for (last = text.len; last > sp && !ply_sip_is_lws(text.p[last - 1]); last--)
		;
	if (!sp || sp == text.len || text.p[sp] != ' ' || last <= sp + 1)
		return PLY_SIP_E_START;
	m->method_name = ply_slice_sub(text, 0, sp);
	m->method = ply_sip_method_of(m->method_name);
	m->ruri = ply_slice(text.p + sp + 1, last - 1 - (sp + 1));
	version = ply_slice_from(text, last);
	fault = check_version(version);
	if (fault)
		return fault;
	return text.len == line.len && is_uri_text(m->ruri) ? 0 : PLY_SIP_E_HEADER;
}

static int start_line(struct scan *s)
{
	struct ply_slice line;
	bool ok;

	while (s->p < s->end && (*s->p == '\r' || *s->p == '\n'))
		s->p++; /* RFC 3261 §7.5 */
	s->m->raw.p = s->p;
	if (!next_line(s, &line, &ok) || !ok)
		return PLY_SIP_E_START;
	if (line.len >= 8 && ply_slice_casestarts(line, "SIP/2.0 "))
		return status_line(s->m, line);
	return request_line(s->m, line);
}

/* Follows the folds of a line (RFC 3261 §7.3.1); `line` grows to the last of them. */
static bool take_folds(struct scan *s, struct ply_slice *line)
{
	bool all_ok = true, ok;
	struct ply_slice more;

	while (s->p < s->end && ply_sip_is_blank(*s->p)) {
		if (!next_line(s, &more, &ok))
			return false;
		line->len = (size_t)(more.p + more.len - line->p);
		all_ok = all_ok && ok;
	}
	return all_ok;
}

static bool is_name(struct ply_slice name)
{
	if (!name.len)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!ply_sip_is_token(name.p[i]))
			return false;
	return true;
}

static void add_line(struct scan *s, struct ply_slice text, struct ply_slice line)
{
	struct ply_sip_msg *m = s->m;
	struct ply_sip_line *l = &m->line[m->n_line];
	const char *colon = memchr(line.p, ':', line.len);
	size_t n;

	if (!colon) {
		note_fault(s, PLY_SIP_E_HEADER);
		return;
	}
	n = (size_t)(colon - line.p);
	while (n && ply_sip_is_blank(line.p[n - 1]))
		n--; /* RFC 3261 §7.3.1: blanks before the colon */
	l->name = ply_slice(line.p, n);
	l->id = (uint8_t)ply_sip_hdr_of(l->name);
	if (l->id == PLY_HDR_OTHER && !is_name(l->name)) {
		note_fault(s, PLY_SIP_E_HEADER);
		return;
	}
	l->value = ply_slice_trim(ply_slice(colon + 1, (size_t)(line.p + line.len - colon - 1)));
	l->text = text;
	if (m->first[l->id] == PLY_SIP_NO_LINE)
		m->first[l->id] = (uint8_t)m->n_line;
	m->n_line++;
}

/* The header lines and the empty line. A line with a fault is left out of the index: nothing of it
 * can get into an answer. */
static int header_lines(struct scan *s)
{
	struct ply_slice line;
	const char *begin;
	bool ok;

	if (s->p < s->end && ply_sip_is_blank(*s->p)) {
		note_fault(s, PLY_SIP_E_HEADER); /* a fold of the start line */
		take_folds(s, &(struct ply_slice){s->p, 0});
	}
	for (;;) {
		begin = s->p;
		if (!next_line(s, &line, &ok))
			return PLY_SIP_E_HEADER; /* no empty line */
		if (!line.len)
			return 0;
		if (s->p < s->end && ply_sip_is_blank(*s->p) && !take_folds(s, &line))
			ok = false;
		if (!ok) {
			note_fault(s, PLY_SIP_E_HEADER);
			continue;
		}
		if (s->m->n_line == PLY_SIP_MAX_LINES)
			return PLY_SIP_E_TOO_MANY;
		add_line(s, ply_slice(begin, (size_t)(s->p - begin)), line);
	}
}

/* CSeq = 1*DIGIT LWS Method */
static int read_cseq(struct ply_sip_msg *m)
{
	struct ply_slice v = ply_sip_hdr(m, PLY_HDR_CSEQ), method;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < v.len && ply_sip_is_digit(v.p[i]); i++) {
		n = n * 10 + (uint64_t)(v.p[i] - '0');
		if (n > UINT32_MAX)
			return PLY_SIP_E_CSEQ;
	}
	if (!i || i == v.len || !ply_sip_is_lws(v.p[i]))
		return PLY_SIP_E_CSEQ;
	method = ply_slice_trim(ply_slice_from(v, i));
	if (!is_name(method))
		return PLY_SIP_E_CSEQ;
	m->cseq = (uint32_t)n;
	if (m->is_request)
		return ply_slice_eq(method, m->method_name) ? 0 : PLY_SIP_E_CSEQ;
	m->method_name = method;
	m->method = ply_sip_method_of(method);
	return 0;
}

/* RFC 3261 §7.3.1 allows one each; a second one is how a message is made to mean two things. */
static int check_required(const struct ply_sip_msg *m)
{
	static const uint8_t single[] = {PLY_HDR_FROM, PLY_HDR_TO, PLY_HDR_CALL_ID, PLY_HDR_CSEQ,
					 PLY_HDR_MAX_FORWARDS};
	unsigned n[PLY_HDR_N] = {0};

	for (unsigned i = 0; i < m->n_line; i++)
		n[m->line[i].id]++;
	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		if (n[single[i]] > 1)
			return PLY_SIP_E_MISSING;
	if (!n[PLY_HDR_VIA] || !n[PLY_HDR_FROM] || !n[PLY_HDR_TO] || !n[PLY_HDR_CALL_ID] ||
	    !n[PLY_HDR_CSEQ])
		return PLY_SIP_E_MISSING;
	return ply_sip_hdr(m, PLY_HDR_CALL_ID).len ? 0 : PLY_SIP_E_MISSING;
}

/* RFC 3261 §18.3: without a Content-Length the body goes to the end of the datagram. */
static int cut_body(struct scan *s)
{
	struct ply_sip_msg *m = s->m;
	size_t left = (size_t)(s->end - s->p);
	struct ply_slice v;
	unsigned pos = 0;
	uint64_t n, size = left;
	bool seen = false;
	int fault = 0;

	while (ply_sip_hdr_next(m, PLY_HDR_CONTENT_LENGTH, &pos, &v)) {
		if (!ply_slice_to_u64(v, left, &n) || (seen && n != size)) {
			fault = PLY_SIP_E_LENGTH;
			break;
		}
		size = n;
		seen = true;
	}
	if (fault)
		size = 0;
	m->body = ply_slice(s->p, (size_t)size);
	m->raw.len = (size_t)(s->p - m->raw.p) + (size_t)size;
	return fault;
}

int ply_sip_msg_index(struct ply_sip_msg *m, struct ply_sip_line *line, const char *p, size_t len)
{
	struct scan s = {m, p, p + len, 0};
	int r;

	memset(m, 0, sizeof *m);
	memset(m->first, PLY_SIP_NO_LINE, sizeof m->first);
	m->line = line;
	m->raw = ply_slice(p, len);
	r = start_line(&s);
	m->raw.len = (size_t)(s.end - m->raw.p);
	if (r == PLY_SIP_E_START)
		return r;
	note_fault(&s, r);
	r = header_lines(&s);
	if (r == PLY_SIP_E_TOO_MANY)
		return r;
	note_fault(&s, r);
	m->body = ply_slice(s.p, 0);
	note_fault(&s, check_required(m));
	if (m->first[PLY_HDR_CSEQ] != PLY_SIP_NO_LINE)
		note_fault(&s, read_cseq(m));
	if (r == 0)
		note_fault(&s, cut_body(&s));
	return s.fault;
}
