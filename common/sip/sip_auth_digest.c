/* Digest credentials in a request. RFC 3261 §22.4, RFC 7616 §3.4, RFC 8760 */
#include "sip/sip_auth_internal.h"

#include <errno.h>

struct ply_slice auth_digest_realm(const struct ply_sip_auth *a, struct ply_slice domain)
{
	for (const char *const *d = a->conf.domain; *d; d++)
		if (ply_slice_caseis(domain, *d))
			return ply_slice_str(*d);
	return (struct ply_slice){NULL, 0};
}

static bool offered(const struct ply_sip_auth *a, enum ply_digest_alg alg)
{
	if (!a->conf.digest)
		return false;
	return ply_digest_len(alg) == PLY_DIGEST_MAX_LEN || a->conf.digest_md5;
}

static const uint8_t *ha1_of(const struct ply_sip_auth_account *account, enum ply_digest_alg alg)
{
	if (!account)
		return NULL;
	return ply_digest_len(alg) == PLY_DIGEST_MAX_LEN ? account->ha1_sha256 : account->ha1_md5;
}

static uint32_t seconds(const struct ply_sip_auth_in *in)
{
	return (uint32_t)(in->now_ms / 1000);
}

enum ply_sip_auth_verdict auth_digest_request(struct ply_sip_auth *a,
					      const struct ply_sip_auth_in *in,
					      struct ply_sip_auth_try *t)
{
	struct ply_digest_nonce_ctx ctx;
	struct ply_digest_cred c;

	if (ply_digest_cred(&t->priv.h, &c) || !offered(a, c.alg))
		return auth_challenge(a, in, t, false);
	ctx = auth_nonce_ctx(a, in->hop, auth_digest_realm(a, c.realm));
	if (ply_digest_nonce_check(&ctx, c.nonce, seconds(in), a->conf.nonce_s,
				   &t->priv.nonce_made_s))
		return auth_challenge(a, in, t, true);
	if (!ply_digest_username(&c, t->who.user, sizeof t->who.user) ||
	    !ply_slice_copy(ctx.realm, t->who.domain, sizeof t->who.domain))
		return auth_denied(a, in, t, PLY_SIP_AUTH_DENIED);
	t->who.claim = PLY_SIP_CLAIM_DIGEST;
	return PLY_SIP_AUTH_ASK;
}

/* Without qop there is no count: such a nonce is good once. */
static uint32_t count_of(const struct ply_digest_cred *c)
{
	return c->qop_auth ? c->nc : 1;
}

enum ply_sip_auth_verdict auth_digest_account(struct ply_sip_auth *a,
					      const struct ply_sip_auth_in *in,
					      const struct ply_sip_auth_account *account,
					      struct ply_sip_auth_try *t)
{
	struct ply_digest_cred c;
	struct auth_proof *p;
	int r = ply_digest_cred(&t->priv.h, &c);

	if (r)
		return auth_challenge(a, in, t, false);
	r = ply_digest_check(&c, in->msg->method_name, ha1_of(account, c.alg));
	if (r == PLY_DIGEST_E_DENIED || !account)
		return auth_denied(a, in, t, PLY_SIP_AUTH_DENIED);
	if (!r) {
		r = ply_digest_seen_use(a->seen, c.nonce, t->priv.nonce_made_s, count_of(&c),
					seconds(in));
		if (r > 0) /* a replay, or a nonce forgotten: the right client just tries again */
			return auth_challenge(a, in, t, true);
	}
	if (r)
		return auth_fail(t, r);
	t->established = !auth_proof_find(a, in->hop, ply_slice_str(account->aor), in->now_ms);
	if (in->hop->flow || a->conf.udp_bind) {
		p = auth_proof_add(a, in->hop, account->aor, in->now_ms);
		if (!p)
			return auth_fail(t, -ENOMEM);
	}
	t->aor = account->aor;
	return PLY_SIP_AUTH_OK;
}
