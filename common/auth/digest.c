/* Credentials, HA1, the check and the challenge. RFC 7616 §3.4 */
#include "auth/digest.h"

#include "base/ply.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

#include <errno.h>

enum { MAX_JOIN = 6 };

static const struct {
	const char *name;
	size_t len;
	bool sess;
} algs[] = {
	[PLY_DIGEST_MD5] = {"MD5", 16, false},
	[PLY_DIGEST_MD5_SESS] = {"MD5-sess", 16, true},
	[PLY_DIGEST_SHA256] = {"SHA-256", 32, false},
	[PLY_DIGEST_SHA256_SESS] = {"SHA-256-sess", 32, true},
};

size_t ply_digest_len(enum ply_digest_alg alg)
{
	return algs[alg].len;
}

static bool find_alg(struct ply_slice name, enum ply_digest_alg *out)
{
	if (!name.p) { /* RFC 2617 §3.2.1: absent means MD5 */
		*out = PLY_DIGEST_MD5;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		if (ply_slice_caseis(name, algs[i].name)) {
			*out = (enum ply_digest_alg)i;
			return true;
		}
	}
	return false;
}

static bool hex_u32(struct ply_slice s, uint32_t *out)
{
	uint8_t b[4];
	size_t n;

	if (s.len != 8 || ply_hex_decode(s, b, sizeof b, &n))
		return false;
	*out = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return true;
}

int ply_digest_cred(const struct ply_authhdr *h, struct ply_digest_cred *out)
{
	*out = (struct ply_digest_cred){
		.username = h->param[PLY_AP_USERNAME],
		.realm = h->param[PLY_AP_REALM],
		.nonce = h->param[PLY_AP_NONCE],
		.uri = h->param[PLY_AP_URI],
		.response = h->param[PLY_AP_RESPONSE],
		.cnonce = h->param[PLY_AP_CNONCE],
		.nc_text = h->param[PLY_AP_NC],
		.opaque = h->param[PLY_AP_OPAQUE],
		.qop_auth = h->param[PLY_AP_QOP].p != NULL,
	};
	if (h->mech != PLY_AUTH_MECH_DIGEST)
		return -EBADMSG;
	if (!find_alg(h->param[PLY_AP_ALGORITHM], &out->alg))
		return PLY_DIGEST_E_UNSUPPORTED;
	if (out->qop_auth && !ply_slice_caseis(h->param[PLY_AP_QOP], "auth"))
		return PLY_DIGEST_E_UNSUPPORTED;
	if (!out->username.len || !out->realm.p || !out->nonce.len || !out->uri.len)
		return -EBADMSG;
	if (out->response.len != 2 * algs[out->alg].len)
		return -EBADMSG;
	if (out->qop_auth && (!out->cnonce.len || !hex_u32(out->nc_text, &out->nc) || !out->nc))
		return -EBADMSG;
	/* RFC 2617 §3.3: the session forms need the client's nonce. */
	if (algs[out->alg].sess && !out->qop_auth)
		return -EBADMSG;
	return 0;
}

bool ply_digest_username(const struct ply_digest_cred *c, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < c->username.len; i++) {
		if (c->username.p[i] == '\\' && i + 1 < c->username.len)
			i++;
		if (n + 1 >= cap)
			return false;
		out[n++] = c->username.p[i];
	}
	if (!cap)
		return false;
	out[n] = '\0';
	return true;
}

static int hash_join(enum ply_digest_alg alg, const struct ply_slice *part, size_t n, uint8_t *out)
{
	struct ply_slice joined[2 * MAX_JOIN];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (i)
			joined[k++] = ply_slice_str(":");
		joined[k++] = part[i];
	}
	if (algs[alg].len == 16)
		return ply_md5_parts(joined, k, out);
	return ply_sha256_parts(joined, k, out);
}

struct hex {
	char text[2 * PLY_DIGEST_MAX_LEN];
	size_t len;
};

static struct ply_slice to_hex(struct hex *h, const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		h->text[2 * i] = digits[p[i] >> 4];
		h->text[2 * i + 1] = digits[p[i] & 15];
	}
	h->len = 2 * len;
	return ply_slice(h->text, h->len);
}

int ply_digest_ha1(enum ply_digest_alg alg, struct ply_slice user, struct ply_slice realm,
		   struct ply_slice password, uint8_t out[PLY_DIGEST_MAX_LEN])
{
	const struct ply_slice parts[] = {user, realm, password};

	return hash_join(alg, parts, ARRAY_LEN(parts), out);
}

/* RFC 7616 §3.4.2: in the session forms the nonces of both sides are part of A1. */
static int session_key(const struct ply_digest_cred *c, const uint8_t *ha1, uint8_t *out)
{
	struct hex h;
	const struct ply_slice parts[] = {to_hex(&h, ha1, algs[c->alg].len), c->nonce, c->cnonce};

	if (!algs[c->alg].sess) {
		memcpy(out, ha1, algs[c->alg].len);
		return 0;
	}
	return hash_join(c->alg, parts, ARRAY_LEN(parts), out);
}

static int expected(const struct ply_digest_cred *c, struct ply_slice method, const uint8_t *ha1,
		    uint8_t *out)
{
	uint8_t a1[PLY_DIGEST_MAX_LEN] = {0}, a2[PLY_DIGEST_MAX_LEN] = {0};
	const struct ply_slice request[] = {method, c->uri};
	struct hex h1, h2;
	int r = session_key(c, ha1, a1);

	if (!r)
		r = hash_join(c->alg, request, ARRAY_LEN(request), a2);
	if (r)
		return r;
	if (c->qop_auth) {
		const struct ply_slice parts[] = {
			to_hex(&h1, a1, algs[c->alg].len),
			c->nonce,
			c->nc_text,
			c->cnonce,
			ply_slice_str("auth"),
			to_hex(&h2, a2, algs[c->alg].len),
		};
		return hash_join(c->alg, parts, ARRAY_LEN(parts), out);
	}
	const struct ply_slice parts[] = {to_hex(&h1, a1, algs[c->alg].len), c->nonce,
					  to_hex(&h2, a2, algs[c->alg].len)};

	return hash_join(c->alg, parts, ARRAY_LEN(parts), out);
}

int ply_digest_check(const struct ply_digest_cred *c, struct ply_slice method, const uint8_t *ha1)
{
	static const uint8_t nobody[PLY_DIGEST_MAX_LEN];
	uint8_t want[PLY_DIGEST_MAX_LEN], got[PLY_DIGEST_MAX_LEN];
	size_t len;
	int r = expected(c, method, ha1 ? ha1 : nobody, want);
	bool right;

	if (r)
		return r;
	right = !ply_hex_decode(c->response, got, sizeof got, &len) && len == algs[c->alg].len &&
		ply_secret_eq(want, got, len);
	return right && ha1 ? 0 : PLY_DIGEST_E_DENIED;
}

void ply_digest_add_challenge(struct ply_strbuf *b, const struct ply_digest_challenge *c)
{
	ply_strbuf_adds(b, "Digest realm=\"");
	ply_strbuf_add_slice(b, c->realm);
	ply_strbuf_adds(b, "\", nonce=\"");
	ply_strbuf_add_slice(b, c->nonce);
	ply_strbuf_addc(b, '"');
	if (c->opaque.p) {
		ply_strbuf_adds(b, ", opaque=\"");
		ply_strbuf_add_slice(b, c->opaque);
		ply_strbuf_addc(b, '"');
	}
	ply_strbuf_addf(b, ", algorithm=%s, qop=\"auth\"", algs[c->alg].name);
	if (c->stale)
		ply_strbuf_adds(b, ", stale=true");
}
