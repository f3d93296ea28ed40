/* The decision about one request. [MS-SIPAE] 3.3.5.1-3.3.5.2 */
#include "sip/sip_auth_internal.h"

#include "base/mem.h"
#include "crypto/random.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_NONCES = 65536 };
static const uint64_t hour_ms = 3600000;

void ply_sip_auth_defaults(struct ply_sip_auth_conf *conf)
{
	*conf = (struct ply_sip_auth_conf){
		.realm = "SIP Communications Service",
		.ntlm = true,
		.version = 4,
		.digest = true,
		.digest_md5 = true,
		.md5_only = "baresip v0.,baresip v1.",
		.sa_ms = 9 * hour_ms,
		.half_open_ms = 60000,
		.bind_ms = 8 * hour_ms,
		.nonce_s = 300,
		.max_half_open = 10000,
		.max_half_open_per_flow = 16,
		.max_per_flow = 16,
	};
}

int ply_sip_auth_new(struct ply_sip_auth **out, const struct ply_sip_auth_conf *conf)
{
	struct ply_sip_auth *a = ply_calloc(1, sizeof *a);
	int r;

	if (!a)
		return -ENOMEM;
	a->conf = *conf;
	ply_hash_init(&a->flows);
	ply_hash_init(&a->opaques);
	ply_hash_init(&a->endpoints);
	ply_hash_init(&a->proofs_by_aor);
	ply_list_init(&a->half_open);
	ply_list_init(&a->established);
	ply_list_init(&a->proofs);
	ply_random_bytes(a->nonce_key, sizeof a->nonce_key);
	(void)snprintf(a->kerberos_name, sizeof a->kerberos_name, "sip/%s", conf->fqdn);
	r = ply_digest_seen_new(&a->seen, MAX_NONCES, conf->nonce_s);
	if (r) {
		ply_free(a);
		return r;
	}
	*out = a;
	return 0;
}

/* Credentials for somebody else on the way are passed over. */
static bool is_ours(const struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
		    const struct ply_authhdr *h)
{
	struct ply_slice realm = h->param[PLY_AP_REALM], target = h->param[PLY_AP_TARGETNAME];

	switch (h->mech) {
	case PLY_AUTH_MECH_NTLM:
		return a->conf.ntlm && in->hop->flow && ply_slice_is(realm, a->conf.realm) &&
		       ply_slice_caseis(target, a->conf.fqdn);
	case PLY_AUTH_MECH_KERBEROS:
		return a->conf.gss && in->hop->flow && ply_slice_is(realm, a->conf.realm) &&
		       ply_slice_caseis(target, a->kerberos_name);
	case PLY_AUTH_MECH_DIGEST:
		return auth_digest_realm(a, realm).p != NULL;
	default:
		return false;
	}
}

/* A client writes one header for each association it holds: those that sign come first. */
static bool find_credentials(const struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
			     struct ply_authhdr *out)
{
	static const enum ply_sip_hdr ids[] = {PLY_HDR_AUTHORIZATION, PLY_HDR_PROXY_AUTHORIZATION};
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct ply_slice value;
		unsigned pos = 0;

		while (ply_sip_hdr_next(in->msg, ids[i], &pos, &value)) {
			struct ply_authhdr h;

			if (ply_authhdr_parse(value, &h) || !is_ours(a, in, &h))
				continue;
			if (h.mech != PLY_AUTH_MECH_DIGEST) {
				*out = h;
				return true;
			}
			if (!found)
				*out = h;
			found = true;
		}
	}
	return found;
}

static enum ply_sip_auth_verdict by_flow(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					 struct ply_sip_auth_try *t)
{
	struct auth_proof *p = auth_proof_find(a, in->hop, in->from_aor, in->now_ms);

	t->mech = PLY_AUTH_MECH_DIGEST;
	t->aor = p->aor;
	return PLY_SIP_AUTH_OK;
}

/* RFC 3261 §22.1: neither can be challenged. What signs must sign these as well; of others it is
 * the transaction or the dialog that tells. */
static enum ply_sip_auth_verdict
unanswerable(struct ply_sip_auth *a, const struct ply_sip_auth_in *in, struct ply_sip_auth_try *t)
{
	enum ply_sip_auth_verdict v = PLY_SIP_AUTH_DISCARD;

	if (t->mech == PLY_AUTH_MECH_NTLM || t->mech == PLY_AUTH_MECH_KERBEROS) {
		if (!t->priv.h.param[PLY_AP_GSSAPI_DATA].p)
			v = auth_sa_request(a, in, t);
		return v == PLY_SIP_AUTH_OK || v == PLY_SIP_AUTH_ERROR ? v : PLY_SIP_AUTH_DISCARD;
	}
	if (auth_proof_find(a, in->hop, in->from_aor, in->now_ms))
		return by_flow(a, in, t);
	return auth_has_established(a, in->hop) ? PLY_SIP_AUTH_DISCARD : PLY_SIP_AUTH_UNPROVEN;
}

enum ply_sip_auth_verdict ply_sip_auth_request(struct ply_sip_auth *a,
					       const struct ply_sip_auth_in *in,
					       struct ply_sip_auth_try *t)
{
	memset(t, 0, sizeof *t);
	if (find_credentials(a, in, &t->priv.h))
		t->mech = t->priv.h.mech;
	if (in->msg->method == PLY_SIP_ACK || in->msg->method == PLY_SIP_CANCEL)
		return unanswerable(a, in, t);
	if (t->mech == PLY_AUTH_MECH_NTLM || t->mech == PLY_AUTH_MECH_KERBEROS)
		return auth_sa_request(a, in, t);
	/* A registration is proved each time; the flow vouches for everything else. */
	if (in->msg->method != PLY_SIP_REGISTER &&
	    auth_proof_find(a, in->hop, in->from_aor, in->now_ms))
		return by_flow(a, in, t);
	if (t->mech == PLY_AUTH_MECH_DIGEST)
		return auth_digest_request(a, in, t);
	return auth_challenge(a, in, t, false);
}

enum ply_sip_auth_verdict ply_sip_auth_account(struct ply_sip_auth *a,
					       const struct ply_sip_auth_in *in,
					       const struct ply_sip_auth_account *account,
					       struct ply_sip_auth_try *t)
{
	switch (t->mech) {
	case PLY_AUTH_MECH_NTLM:
		return auth_ntlm_account(a, in, account, t);
	case PLY_AUTH_MECH_KERBEROS:
		return auth_kerberos_account(a, in, account, t);
	case PLY_AUTH_MECH_DIGEST:
		return auth_digest_account(a, in, account, t);
	default:
		return auth_challenge(a, in, t, false);
	}
}

void ply_sip_auth_try_deinit(struct ply_sip_auth_try *t)
{
	ply_strbuf_deinit(&t->lines);
	ply_gss_free(t->priv.gss);
	t->priv.gss = NULL;
}
