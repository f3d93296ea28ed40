#include "auth/authhdr.h"

#include "base/ply.h"

#include <errno.h>

static const char *const param_names[PLY_AP_N] = {
	[PLY_AP_REALM] = "realm",
	[PLY_AP_TARGETNAME] = "targetname",
	[PLY_AP_OPAQUE] = "opaque",
	[PLY_AP_QOP] = "qop",
	[PLY_AP_GSSAPI_DATA] = "gssapi-data",
	[PLY_AP_VERSION] = "version",
	[PLY_AP_CRAND] = "crand",
	[PLY_AP_CNUM] = "cnum",
	[PLY_AP_RESPONSE] = "response",
	[PLY_AP_USERNAME] = "username",
	[PLY_AP_NONCE] = "nonce",
	[PLY_AP_URI] = "uri",
	[PLY_AP_ALGORITHM] = "algorithm",
	[PLY_AP_CNONCE] = "cnonce",
	[PLY_AP_NC] = "nc",
};

static const char *const mech_names[] = {
	[PLY_AUTH_MECH_OTHER] = "",
	[PLY_AUTH_MECH_NTLM] = "NTLM",
	[PLY_AUTH_MECH_KERBEROS] = "Kerberos",
	[PLY_AUTH_MECH_DIGEST] = "Digest",
};

const char *ply_auth_mech_name(enum ply_auth_mech mech)
{
	return (size_t)mech < ARRAY_LEN(mech_names) ? mech_names[mech] : "";
}

/* RFC 3261 §25.1 token */
static bool is_token(char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("-.!%*_+`'~", c) != NULL;
}

static void skip_blank(struct ply_slice *s)
{
	while (s->len && strchr(" \t\r\n", *s->p) && *s->p)
		*s = ply_slice_from(*s, 1);
}

static struct ply_slice take_token(struct ply_slice *s)
{
	size_t n = 0;
	struct ply_slice t;

	while (n < s->len && is_token(s->p[n]))
		n++;
	t = ply_slice(s->p, n);
	*s = ply_slice(s->p + n, s->len - n);
	return t;
}

/* After the opening quote: up to the closing one, backslash pairs kept as they are. */
static bool take_quoted(struct ply_slice *s, struct ply_slice *out)
{
	for (size_t i = 1; i < s->len; i++) {
		if (s->p[i] == '\0')
			return false;
		if (s->p[i] == '\\') {
			i++;
		} else if (s->p[i] == '"') {
			*out = ply_slice(s->p + 1, i - 1);
			*s = ply_slice(s->p + i + 1, s->len - i - 1);
			return true;
		}
	}
	return false;
}

static bool take_value(struct ply_slice *s, struct ply_slice *out)
{
	if (s->len && *s->p == '"')
		return take_quoted(s, out);
	*out = take_token(s);
	return out->len > 0;
}

static int store(struct ply_authhdr *h, struct ply_slice name, struct ply_slice value)
{
	for (size_t i = 0; i < PLY_AP_N; i++) {
		if (!ply_slice_caseis(name, param_names[i]))
			continue;
		/* Twice the same name: two readers could sign and check different values. */
		if (h->param[i].p)
			return -EBADMSG;
		h->param[i] = value;
		return 0;
	}
	return 0;
}

static enum ply_auth_mech mech_of(struct ply_slice scheme)
{
	for (size_t i = PLY_AUTH_MECH_NTLM; i < ARRAY_LEN(mech_names); i++)
		if (ply_slice_caseis(scheme, mech_names[i]))
			return (enum ply_auth_mech)i;
	return PLY_AUTH_MECH_OTHER;
}

static bool take_param(struct ply_slice *s, struct ply_slice *name, struct ply_slice *value)
{
	*name = take_token(s);
	skip_blank(s);
	if (!name->len || !s->len || *s->p != '=')
		return false;
	*s = ply_slice_from(*s, 1);
	skip_blank(s);
	if (!take_value(s, value))
		return false;
	skip_blank(s);
	return true;
}

int ply_authhdr_parse(struct ply_slice value, struct ply_authhdr *out)
{
	struct ply_slice s = value;

	memset(out, 0, sizeof *out);
	skip_blank(&s);
	out->scheme = take_token(&s);
	if (!out->scheme.len || !s.len || !strchr(" \t\r\n", *s.p))
		return -EBADMSG;
	out->mech = mech_of(out->scheme);
	skip_blank(&s);
	for (size_t n = 0;; n++) {
		struct ply_slice name, v;

		if (n == PLY_AUTHHDR_MAX_PARAMS || !take_param(&s, &name, &v))
			return -EBADMSG;
		if (store(out, name, v))
			return -EBADMSG;
		if (!s.len)
			return 0;
		if (*s.p != ',')
			return -EBADMSG;
		s = ply_slice_from(s, 1);
		skip_blank(&s);
		if (!s.len) /* a comma at the end was seen from old clients: harmless */
			return 0;
	}
}

unsigned ply_authhdr_version(const struct ply_authhdr *h)
{
	uint32_t v;

	if (!h->param[PLY_AP_VERSION].p)
		return 2;
	if (!ply_slice_to_u32(h->param[PLY_AP_VERSION], &v) || v < 2 || v > 4)
		return 0;
	return v;
}

static void add_quoted(struct ply_strbuf *b, const char *lead, struct ply_slice v)
{
	ply_strbuf_adds(b, lead);
	ply_strbuf_add_slice(b, v);
	ply_strbuf_addc(b, '"');
}

static void add_token(struct ply_strbuf *b, const struct ply_auth_challenge *c)
{
	ply_strbuf_adds(b, ", gssapi-data=\"");
	ply_strbuf_add_base64(b, c->token.p, c->token.len);
	ply_strbuf_adds(b, "\", ");
}

void ply_authhdr_add_challenge(struct ply_strbuf *b, const struct ply_auth_challenge *c)
{
	ply_strbuf_adds(b, ply_auth_mech_name(c->mech));
	ply_strbuf_addc(b, ' ');
	if (c->opaque.p) {
		/* [MS-SIPAE] 4.1: the second challenge has its parameters in this order. */
		add_quoted(b, "opaque=\"", c->opaque);
		add_token(b, c);
		add_quoted(b, "targetname=\"", c->targetname);
		add_quoted(b, ", realm=\"", c->realm);
	} else {
		add_quoted(b, "realm=\"", c->realm);
		add_quoted(b, ", targetname=\"", c->targetname);
	}
	if (c->version > 2)
		ply_strbuf_addf(b, ", version=%u", c->version);
}

void ply_authhdr_add_info(struct ply_strbuf *b, const struct ply_auth_info *i)
{
	if (ply_strbuf_reserve(b, 320))
		return;
	ply_strbuf_adds(b, ply_auth_mech_name(i->mech));
	ply_strbuf_adds(b, " rspauth=\"");
	ply_strbuf_add_hex(b, i->signature.p, i->signature.len);
	add_quoted(b, "\", srand=\"", i->srand);
	add_quoted(b, ", snum=\"", i->snum);
	add_quoted(b, ", opaque=\"", i->opaque);
	add_quoted(b, ", qop=\"auth\", targetname=\"", i->targetname);
	add_quoted(b, ", realm=\"", i->realm);
}
