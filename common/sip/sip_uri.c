/* SIP, SIPS and tel URIs cut into parts, and the canonical address of record. RFC 3261 §19.1, RFC
 * 3966. */
#include "sip/sip_names.h"

#include "base/ascii.h"

#include <errno.h>

static bool is_clean(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"')
			return false;
	}
	return true;
}

/* Every '%' is followed by two hex digits. */
static bool is_escaped_well(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '%' && (s.len - i < 3 || ply_ascii_hex2(s.p + i + 1) < 0))
			return false;
	return true;
}

static size_t host_len(struct ply_slice s)
{
	size_t n = 0;

	if (!s.len || s.p[0] != '[') {
		while (n < s.len && (ply_sip_is_alnum(s.p[n]) || s.p[n] == '.' || s.p[n] == '-' ||
				     s.p[n] == '_'))
			n++;
		return n;
	}
	for (n = 1; n < s.len && s.p[n] != ']'; n++)
		if (ply_ascii_hex(s.p[n]) < 0 && s.p[n] != ':' && s.p[n] != '.')
			return 0;
	return n > 2 && n < s.len ? n + 1 : 0;
}

static int host_port(struct ply_slice s, struct ply_sip_uri *out)
{
	size_t n = host_len(s);

	if (!n)
		return -EBADMSG;
	out->host = ply_slice_sub(s, 0, n);
	if (n == s.len)
		return 0;
	if (s.p[n] != ':' || !ply_slice_to_u32(ply_slice_from(s, n + 1), &out->port) ||
	    !out->port || out->port > 65535)
		return -EBADMSG;
	return 0;
}

/* sip:[user[:password]@]host[:port][;params][?headers] */
static int parse_sip(struct ply_slice s, struct ply_sip_uri *out)
{
	size_t at = ply_slice_chr(s, '@'), end;

	if (at != SIZE_MAX) {
		struct ply_slice user = ply_slice_sub(s, 0, at);

		if (!at || !is_escaped_well(user))
			return -EBADMSG;
		out->user = ply_slice_sub(user, 0, ply_slice_chr(user, ':'));
		if (!out->user.len)
			return -EBADMSG;
		s = ply_slice_from(s, at + 1);
	}
	for (end = 0; end < s.len && s.p[end] != ';' && s.p[end] != '?'; end++)
		;
	if (host_port(ply_slice_sub(s, 0, end), out))
		return -EBADMSG;
	s = ply_slice_from(s, end);
	end = ply_slice_chr(s, '?');
	out->params = ply_slice_sub(s, 0, end);
	out->headers = ply_slice_from(s, end == SIZE_MAX ? end : end + 1);
	return 0;
}

static int parse_tel(struct ply_slice s, struct ply_sip_uri *out)
{
	size_t end = ply_slice_chr(s, ';');

	out->tel = true;
	out->user = ply_slice_sub(s, 0, end);
	out->params = ply_slice_from(s, end);
	for (size_t i = 0; i < out->user.len; i++)
		if (ply_ascii_hex(out->user.p[i]) < 0 && !strchr("+-.()*#", out->user.p[i]))
			return -EBADMSG;
	return out->user.len ? 0 : -EBADMSG;
}

static bool is_scheme(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ply_sip_is_alnum(s.p[i]) && (!s.p[i] || !strchr("+-.", s.p[i])))
			return false;
	return s.len && !ply_sip_is_digit(s.p[0]);
}

int ply_sip_uri_parse(struct ply_slice uri, struct ply_sip_uri *out)
{
	size_t colon = ply_slice_chr(uri, ':');
	struct ply_slice scheme, rest;

	memset(out, 0, sizeof *out);
	out->params = out->headers = ply_slice("", 0);
	if (colon == SIZE_MAX || !is_clean(uri))
		return -EBADMSG;
	scheme = ply_slice_sub(uri, 0, colon);
	rest = ply_slice_from(uri, colon + 1);
	if (ply_slice_caseis(scheme, "sip"))
		return parse_sip(rest, out);
	if (ply_slice_caseis(scheme, "sips")) {
		out->sips = true;
		return parse_sip(rest, out);
	}
	if (ply_slice_caseis(scheme, "tel"))
		return parse_tel(rest, out);
	return is_scheme(scheme) ? -EPROTONOSUPPORT : -EBADMSG;
}

struct aor {
	char *p;
	size_t len;
};

static void put(struct aor *a, char c)
{
	if (a->len < PLY_SIP_AOR_MAX)
		a->p[a->len] = c;
	a->len++;
}

/* RFC 3261 §19.1.4: outside the reserved set a character and its escape are the same. */
static void put_user(struct aor *a, struct ply_slice user)
{
	for (size_t i = 0; i < user.len; i++) {
		int c;

		if (user.p[i] != '%' || user.len - i < 3) {
			put(a, ply_ascii_lower(user.p[i]));
			continue;
		}
		c = ply_ascii_hex2(user.p + i + 1);
		if (c > 0 && c < 0x80 &&
		    (ply_sip_is_alnum((char)c) || strchr("-_.!~*'()", (char)c))) {
			put(a, ply_ascii_lower((char)c));
		} else {
			put(a, '%');
			put(a, ply_ascii_upper(user.p[i + 1]));
			put(a, ply_ascii_upper(user.p[i + 2]));
		}
		i += 2;
	}
}

int ply_sip_uri_aor(const struct ply_sip_uri *u, char out[PLY_SIP_AOR_MAX])
{
	struct aor a = {out, 0};

	for (const char *s = u->tel ? "tel:" : "sip:"; *s; s++)
		put(&a, *s);
	if (u->tel) {
		/* RFC 3966 §5: visual separators do not count */
		for (size_t i = 0; i < u->user.len; i++)
			if (!strchr("-.()", u->user.p[i]))
				put(&a, ply_ascii_lower(u->user.p[i]));
	} else {
		put_user(&a, u->user);
		if (u->user.p)
			put(&a, '@');
		for (size_t i = 0; i < u->host.len; i++)
			put(&a, ply_ascii_lower(u->host.p[i]));
	}
	if (a.len >= PLY_SIP_AOR_MAX) {
		out[0] = '\0';
		return -ENOSPC;
	}
	out[a.len] = '\0';
	return 0;
}
