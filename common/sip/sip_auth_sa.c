/* NTLM and Kerberos: the legs of the handshake, and messages signed afterwards. [MS-SIPAE] 3.3.5 */
#include "sip/sip_auth_internal.h"

#include "base/mem.h"
#include "crypto/random.h"
#include "crypto/secret.h"

#include <errno.h>

enum { TRIED_MS = 60000 };

/* [MS-SIPAE] leaves a client that is told 401 for a signature by an association we do not know to
 * start over, and real ones do; but SIPE signs anything but a REGISTER with the same keys again, at
 * once and without end. So each such request gets one 401 and then a 403. */
static enum ply_sip_auth_verdict unknown_association(struct ply_sip_auth *a,
						     const struct ply_sip_auth_in *in,
						     struct ply_sip_auth_try *t)
{
	struct ply_slice call_id = ply_sip_hdr(in->msg, PLY_HDR_CALL_ID);
	uint64_t key = ply_hash_bytes(call_id.p, call_id.len) ^
		       ply_hash_bytes(in->msg->method_name.p, in->msg->method_name.len) ^
		       in->hop->flow;
	size_t at = key % AUTH_TRIED;

	if (in->msg->method == PLY_SIP_REGISTER)
		return auth_challenge(a, in, t, false);
	if (a->tried[at].key == key && in->now_ms - a->tried[at].at_ms < TRIED_MS)
		return PLY_SIP_AUTH_REFUSED;
	a->tried[at].key = key;
	a->tried[at].at_ms = in->now_ms;
	return auth_challenge(a, in, t, false);
}

static enum ply_sip_auth_verdict
signed_request(struct ply_sip_auth *a, const struct ply_sip_auth_in *in, struct ply_sip_auth_try *t)
{
	struct auth_assoc *s = auth_assoc_find(a, t->priv.h.param[PLY_AP_OPAQUE]);
	struct ply_sig_msg fields;
	int r;

	if (!s || !s->aor || s->sa.mech != t->mech)
		return unknown_association(a, in, t);
	ply_sip_auth_fields(in->msg, &fields);
	r = ply_sa_verify(&s->sa, &t->priv.h, &fields, in->now_ms);
	if (r == PLY_SA_E_EXPIRED) {
		auth_assoc_free(a, s);
		return unknown_association(a, in, t);
	}
	if (r > 0)
		return PLY_SIP_AUTH_DISCARD;
	if (r)
		return auth_fail(t, r);
	r = auth_assoc_move(a, s, in->hop);
	if (r) {
		auth_assoc_free(a, s);
		return auth_fail(t, r);
	}
	t->aor = s->aor;
	return PLY_SIP_AUTH_OK;
}

/* The client's first leg carries nothing: connectionless NTLM begins with our challenge. */
static enum ply_sip_auth_verdict ntlm_open(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					   struct ply_sip_auth_try *t, unsigned version)
{
	struct auth_assoc *s = auth_assoc_new(a, in->hop, PLY_AUTH_MECH_NTLM, version, in->now_ms);
	struct ply_strbuf token = PLY_STRBUF_INIT;
	enum ply_sip_auth_verdict v;
	int r;

	if (!s)
		return auth_fail(t, -ENOMEM);
	ply_random_bytes(s->sa.u.ntlm.challenge, PLY_NTLM_CHALLENGE_LEN);
	r = ply_ntlm_add_challenge(&token, PLY_NTLM_OFFER, s->sa.u.ntlm.challenge,
				   &a->conf.ntlm_target);
	if (!r)
		r = ply_strbuf_err(&token);
	v = r ? auth_fail(t, r) : auth_challenge_token(a, in, t, s, ply_strbuf_slice(&token));
	if (v == PLY_SIP_AUTH_ERROR)
		auth_assoc_free(a, s);
	ply_strbuf_deinit(&token);
	return v;
}

/* The AUTHENTICATE_MESSAGE in gssapi-data, decoded into buf. 0, PLY_NTLM_E_FLAGS, -EBADMSG. */
static int ntlm_message(const struct ply_sip_auth_try *t, uint8_t buf[PLY_NTLM_MAX_MSG],
			struct ply_ntlm_auth *out)
{
	size_t len;

	if (ply_base64_decode(t->priv.h.param[PLY_AP_GSSAPI_DATA], buf, PLY_NTLM_MAX_MSG, &len))
		return -EBADMSG;
	return ply_ntlm_parse_auth(ply_slice((char *)buf, len), out);
}

static enum ply_sip_auth_verdict
ntlm_claim(struct ply_sip_auth *a, const struct ply_sip_auth_in *in, struct ply_sip_auth_try *t)
{
	struct auth_assoc *s = auth_assoc_find(a, t->priv.h.param[PLY_AP_OPAQUE]);
	uint8_t buf[PLY_NTLM_MAX_MSG];
	struct ply_ntlm_auth msg;

	if (!s || s->aor || s->sa.mech != PLY_AUTH_MECH_NTLM || s->end_ms <= in->now_ms ||
	    s->flow != auth_flow_find(a, in->hop))
		return auth_challenge(a, in, t, false);
	if (s->busy) /* the same leg twice at once */
		return PLY_SIP_AUTH_DISCARD;
	if (ntlm_message(t, buf, &msg) ||
	    ply_ntlm_name(msg.user, t->who.user, sizeof t->who.user) ||
	    ply_ntlm_name(msg.domain, t->who.domain, sizeof t->who.domain)) {
		auth_assoc_free(a, s);
		return auth_denied(a, in, t, PLY_SIP_AUTH_DENIED);
	}
	s->busy = true;
	t->priv.opaque = s->opaque;
	t->who.claim = PLY_SIP_CLAIM_LOGIN;
	return PLY_SIP_AUTH_ASK;
}

/* "alice@LAB.EXAMPLE" in two. A service's name (host/...) is nobody who signs in. */
static bool split_principal(const char *principal, struct ply_sip_auth_who *who)
{
	const char *at = strrchr(principal, '@');

	return at && !strchr(principal, '/') &&
	       ply_slice_copy(ply_slice(principal, (size_t)(at - principal)), who->user,
			      sizeof who->user) &&
	       ply_slice_copy(ply_slice_str(at + 1), who->domain, sizeof who->domain);
}

static enum ply_sip_auth_verdict
kerberos_claim(struct ply_sip_auth *a, const struct ply_sip_auth_in *in, struct ply_sip_auth_try *t)
{
	struct ply_slice text = t->priv.h.param[PLY_AP_GSSAPI_DATA];
	size_t cap = ply_min_size(text.len / 4 * 3 + 3, PLY_GSS_MAX_TOKEN), len;
	uint8_t *token = ply_calloc(1, cap);
	int r;

	if (!token)
		return auth_fail(t, -ENOMEM);
	r = ply_base64_decode(text, token, cap, &len);
	if (r)
		r = PLY_GSS_E_DENIED;
	else
		r = ply_gss_accept(&t->priv.gss, a->conf.gss, ply_slice((char *)token, len),
				   in->now_ms, NULL);
	ply_free(token);
	if (r < 0)
		return auth_fail(t, r);
	if (r)
		return auth_denied(a, in, t,
				   r == PLY_GSS_E_SKEW ? PLY_SIP_AUTH_SKEW : PLY_SIP_AUTH_DENIED);
	if (!split_principal(ply_gss_principal(t->priv.gss), &t->who))
		return PLY_SIP_AUTH_REFUSED;
	t->who.claim = PLY_SIP_CLAIM_PRINCIPAL;
	return PLY_SIP_AUTH_ASK;
}

enum ply_sip_auth_verdict auth_sa_request(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					  struct ply_sip_auth_try *t)
{
	const struct ply_authhdr *h = &t->priv.h;
	unsigned version = ply_authhdr_version(h);

	if (!h->param[PLY_AP_GSSAPI_DATA].p) {
		if (h->param[PLY_AP_OPAQUE].len && h->param[PLY_AP_RESPONSE].len)
			return signed_request(a, in, t);
		return auth_challenge(a, in, t, false);
	}
	if (!version)
		return auth_challenge(a, in, t, false);
	if (t->mech == PLY_AUTH_MECH_KERBEROS)
		return kerberos_claim(a, in, t);
	if (h->param[PLY_AP_GSSAPI_DATA].len)
		return ntlm_claim(a, in, t);
	return ntlm_open(a, in, t, version);
}

/* [MS-SIPAE] version 4: the message with the last token is signed by its own keys. Version 3 has no
 * signature there. */
static enum ply_sip_auth_verdict settle(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					const struct ply_sip_auth_account *account,
					struct auth_assoc *s, struct ply_sip_auth_try *t)
{
	struct ply_sig_msg fields;
	int r = 0;

	s->sa.version = ply_authhdr_version(&t->priv.h);
	if (t->priv.h.param[PLY_AP_RESPONSE].p) {
		ply_sip_auth_fields(in->msg, &fields);
		r = ply_sa_verify(&s->sa, &t->priv.h, &fields, in->now_ms);
	}
	if (!r)
		r = auth_assoc_settle(a, s, account->aor, in->from_epid);
	if (r) {
		auth_assoc_free(a, s);
		return r < 0 ? auth_fail(t, r) : auth_denied(a, in, t, PLY_SIP_AUTH_DENIED);
	}
	t->aor = s->aor;
	t->established = true;
	return PLY_SIP_AUTH_OK;
}

/* account NULL is checked like any other, so that it takes as long. */
enum ply_sip_auth_verdict auth_ntlm_account(struct ply_sip_auth *a,
					    const struct ply_sip_auth_in *in,
					    const struct ply_sip_auth_account *account,
					    struct ply_sip_auth_try *t)
{
	struct auth_assoc *s = auth_assoc_by_number(a, t->priv.opaque);
	uint8_t buf[PLY_NTLM_MAX_MSG];
	struct ply_ntlm_auth msg;
	struct ply_ntlm_keys keys;
	int r;

	if (!s || !s->busy || s->aor)
		return auth_challenge(a, in, t, false);
	r = ntlm_message(t, buf, &msg);
	if (!r)
		r = ply_ntlm_check(&msg, s->sa.u.ntlm.challenge, account ? account->nt_hash : NULL,
				   &keys);
	if (r || !account) {
		/* One guess for one challenge. */
		auth_assoc_free(a, s);
		return r < 0 ? auth_fail(t, r) : auth_denied(a, in, t, PLY_SIP_AUTH_DENIED);
	}
	ply_sa_establish_ntlm(&s->sa, &keys, in->now_ms + a->conf.sa_ms);
	ply_secret_wipe(&keys, sizeof keys);
	return settle(a, in, account, s, t);
}

enum ply_sip_auth_verdict auth_kerberos_account(struct ply_sip_auth *a,
						const struct ply_sip_auth_in *in,
						const struct ply_sip_auth_account *account,
						struct ply_sip_auth_try *t)
{
	struct auth_assoc *s;
	uint64_t life_ms;

	if (!account || !t->priv.gss)
		return PLY_SIP_AUTH_REFUSED;
	s = auth_assoc_new(a, in->hop, PLY_AUTH_MECH_KERBEROS, ply_authhdr_version(&t->priv.h),
			   in->now_ms);
	if (!s)
		return auth_fail(t, -ENOMEM);
	life_ms = (uint64_t)ply_gss_lifetime(t->priv.gss) * 1000;
	if (life_ms > a->conf.sa_ms)
		life_ms = a->conf.sa_ms;
	ply_sa_establish_gss(&s->sa, t->priv.gss, in->now_ms + life_ms);
	t->priv.gss = NULL;
	return settle(a, in, account, s, t);
}
