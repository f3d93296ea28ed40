/* Values inside header lines: lists, addresses, parameters, Via. RFC 3261 §20, §25.1. Everything is
 * read in one pass from left to right. */
#include "sip/sip_names.h"

#include <errno.h>

/* Past the quoted string that begins at i, or SIZE_MAX when it does not end. */
static size_t skip_quoted(struct ply_slice s, size_t i)
{
	for (i++; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return SIZE_MAX;
}

static size_t skip_lws(struct ply_slice s, size_t i)
{
	while (i < s.len && ply_sip_is_lws(s.p[i]))
		i++;
	return i;
}

bool ply_sip_next_value(struct ply_slice *rest, struct ply_slice *value)
{
	struct ply_slice s = *rest;
	bool angle = false;
	size_t i = 0;

	while (i < s.len && (ply_sip_is_lws(s.p[i]) || s.p[i] == ','))
		i++;
	s = ply_slice_from(s, i);
	i = s.len && memchr(s.p, ',', s.len) ? 0 : s.len; /* mostly there is one value alone */
	for (; i < s.len; i++) {
		char c = s.p[i];

		if (c == '"' && !angle) {
			i = skip_quoted(s, i);
			if (i == SIZE_MAX) {
				i = s.len;
				break;
			}
			i--;
		} else if (c == '<') {
			angle = true;
		} else if (c == '>') {
			angle = false;
		} else if (c == ',' && !angle) {
			break;
		}
	}
	*value = ply_slice_trim(ply_slice_sub(s, 0, i));
	*rest = ply_slice_from(s, i + 1);
	return value->len > 0;
}

bool ply_sip_has_token(const struct ply_sip_msg *m, enum ply_sip_hdr id, const char *token)
{
	struct ply_slice line, value;
	unsigned pos = 0;

	while (ply_sip_hdr_next(m, id, &pos, &line))
		while (ply_sip_next_value(&line, &value)) {
			size_t n = 0;

			while (n < value.len && value.p[n] != ';' && !ply_sip_is_lws(value.p[n]))
				n++;
			if (ply_slice_caseis(ply_slice_sub(value, 0, n), token))
				return true;
		}
	return false;
}

/* *(token LWS); octets above ASCII are let pass. */
static bool is_plain_display(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ply_sip_is_token(s.p[i]) && !ply_sip_is_lws(s.p[i]) &&
		    !((unsigned char)s.p[i] & 0x80))
			return false;
	return true;
}

static bool is_uri(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"')
			return false;
	}
	return s.len > 0;
}

static bool take_params(struct ply_slice rest, struct ply_slice *params)
{
	*params = ply_slice_trim(rest);
	return !params->len || params->p[0] == ';';
}

static int bracketed(struct ply_slice s, size_t open, struct ply_sip_addr *out)
{
	struct ply_slice rest = ply_slice_from(s, open + 1);
	size_t close = ply_slice_chr(rest, '>');

	if (close == SIZE_MAX)
		return -EBADMSG;
	out->uri = ply_slice_sub(rest, 0, close);
	if (!is_uri(out->uri) || !take_params(ply_slice_from(rest, close + 1), &out->params))
		return -EBADMSG;
	return 0;
}

int ply_sip_addr_parse(struct ply_slice value, struct ply_sip_addr *out)
{
	struct ply_slice s = ply_slice_trim(value);
	size_t at;

	memset(out, 0, sizeof *out);
	out->display = out->uri = out->params = ply_slice("", 0);
	if (ply_slice_is(s, "*")) {
		out->star = true;
		return 0;
	}
	if (s.len && s.p[0] == '"') {
		at = skip_quoted(s, 0);
		if (at == SIZE_MAX)
			return -EBADMSG;
		out->display = ply_slice_sub(s, 1, at - 2);
		at = skip_lws(s, at);
		return at < s.len && s.p[at] == '<' ? bracketed(s, at, out) : -EBADMSG;
	}
	for (at = 0; at < s.len && s.p[at] != '<' && s.p[at] != ';' && s.p[at] != '"'; at++)
		;
	if (at < s.len && s.p[at] == '<') {
		out->display = ply_slice_trim(ply_slice_sub(s, 0, at));
		return is_plain_display(out->display) ? bracketed(s, at, out) : -EBADMSG;
	}
	out->uri = ply_slice_trim(ply_slice_sub(s, 0, at));
	return is_uri(out->uri) && take_params(ply_slice_from(s, at), &out->params) ? 0 : -EBADMSG;
}

/* The end of one parameter: the next ';' outside quotes. */
static size_t param_end(struct ply_slice s, size_t i)
{
	while (i < s.len && s.p[i] != ';') {
		if (s.p[i] != '"') {
			i++;
			continue;
		}
		i = skip_quoted(s, i);
		if (i == SIZE_MAX)
			return s.len;
	}
	return i;
}

bool ply_sip_param(struct ply_slice params, const char *name, struct ply_slice *value)
{
	size_t i = 0;

	while (i < params.len) {
		struct ply_slice one, key;
		size_t end, eq;

		if (params.p[i] == ';')
			i++;
		end = param_end(params, i);
		one = ply_slice_sub(params, i, end - i);
		eq = ply_slice_chr(one, '=');
		key = ply_slice_trim(ply_slice_sub(one, 0, eq));
		if (key.len && ply_slice_caseis(key, name)) {
			if (value)
				*value = eq == SIZE_MAX ? ply_slice("", 0)
							: ply_slice_unquote(ply_slice_trim(
								  ply_slice_from(one, eq + 1)));
			return true;
		}
		i = end;
	}
	return false;
}

int ply_sip_from_to(const struct ply_sip_msg *m, enum ply_sip_hdr id, struct ply_sip_addr *addr,
		    struct ply_slice *tag, struct ply_slice *epid)
{
	int r = ply_sip_addr_parse(ply_sip_hdr(m, id), addr);

	*tag = *epid = ply_slice("", 0);
	if (r)
		return r;
	ply_sip_param(addr->params, "tag", tag);
	ply_sip_param(addr->params, "epid", epid);
	return addr->star ? -EBADMSG : 0;
}

/* A word of Via's first part: token, then LWS and, if wanted, one '/'. */
static bool via_word(struct ply_slice *s, bool slash, struct ply_slice *word)
{
	size_t n = 0, i;

	while (n < s->len && ply_sip_is_token(s->p[n]))
		n++;
	*word = ply_slice_sub(*s, 0, n);
	i = skip_lws(*s, n);
	if (!n || (slash && (i == s->len || s->p[i] != '/')) || (!slash && i == n))
		return false;
	*s = ply_slice_from(*s, slash ? skip_lws(*s, i + 1) : i);
	return true;
}

/* sent-by = host [COLON port] */
static bool sent_by(struct ply_slice s, struct ply_sip_via *out)
{
	size_t n = 0, i;

	if (s.len && s.p[0] == '[') {
		n = ply_slice_chr(s, ']');
		n = n == SIZE_MAX ? 0 : n + 1;
		for (i = 1; i + 1 < n; i++)
			if (!ply_sip_is_alnum(s.p[i]) && s.p[i] != ':' && s.p[i] != '.')
				return false;
	} else {
		while (n < s.len && (ply_sip_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '.' ||
				     s.p[n] == '_'))
			n++;
	}
	out->host = ply_slice_sub(s, 0, n);
	i = skip_lws(s, n);
	if (!n || i == s.len)
		return n > 0;
	if (s.p[i] != ':')
		return false;
	return ply_slice_to_u32(ply_slice_trim(ply_slice_from(s, i + 1)), &out->port) &&
	       out->port > 0 && out->port <= 65535;
}

int ply_sip_via_parse(struct ply_slice value, struct ply_sip_via *out)
{
	struct ply_slice s = ply_slice_trim(value), name, version;
	size_t end;

	memset(out, 0, sizeof *out);
	out->branch = ply_slice("", 0);
	if (!via_word(&s, true, &name) || !ply_slice_caseis(name, "SIP") ||
	    !via_word(&s, true, &version) || !ply_slice_is(version, "2.0") ||
	    !via_word(&s, false, &out->transport))
		return -EBADMSG;
	end = ply_slice_chr(s, ';');
	if (end == SIZE_MAX)
		end = s.len;
	if (!sent_by(ply_slice_trim(ply_slice_sub(s, 0, end)), out))
		return -EBADMSG;
	out->params = ply_slice_from(s, end);
	ply_sip_param(out->params, "branch", &out->branch);
	return 0;
}

int ply_sip_top_via(const struct ply_sip_msg *m, struct ply_sip_via *out)
{
	struct ply_slice line = ply_sip_hdr(m, PLY_HDR_VIA), value;

	if (!ply_sip_next_value(&line, &value))
		return -EBADMSG;
	return ply_sip_via_parse(value, out);
}
