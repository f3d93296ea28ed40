/* Challenges: which mechanisms for whom, and in which words. RFC 3261 §22.1-22.3, RFC 8760 §2.4,
 * [MS-SIPAE] 3.3.5 */
#include "sip/sip_auth_internal.h"

#include "base/clock.h"
#include "crypto/random.h"

static void begin_line(struct ply_sip_auth_try *t)
{
	ply_strbuf_adds(&t->lines,
			t->status == 401 ? "WWW-Authenticate: " : "Proxy-Authenticate: ");
}

static void end_line(struct ply_sip_auth_try *t)
{
	ply_strbuf_adds(&t->lines, "\r\n");
}

static enum ply_sip_auth_verdict finish(struct ply_sip_auth_try *t)
{
	char date[PLY_TIME_MAX];
	int r;

	/* For the clients' check of the clocks. */
	ply_strbuf_addf(&t->lines, "Date: %s\r\n", ply_time_sip(ply_wall_ms(), date));
	r = ply_strbuf_err(&t->lines);
	return r ? auth_fail(t, r) : PLY_SIP_AUTH_CHALLENGE;
}

static void offer(struct ply_sip_auth *a, struct ply_sip_auth_try *t, enum ply_auth_mech mech,
		  const char *targetname)
{
	const struct ply_auth_challenge c = {
		.mech = mech,
		.realm = ply_slice_str(a->conf.realm),
		.targetname = ply_slice_str(targetname),
		.version = a->conf.version,
	};

	begin_line(t);
	ply_authhdr_add_challenge(&t->lines, &c);
	end_line(t);
}

/* The address of the peer without its port: a client that connects again keeps its nonces. */
struct ply_digest_nonce_ctx auth_nonce_ctx(const struct ply_sip_auth *a,
					   const struct ply_sip_hop *hop, struct ply_slice realm)
{
	return (struct ply_digest_nonce_ctx){
		.key = a->nonce_key,
		.source = ply_slice((const char *)hop->addr.ip, hop->addr.family == 4 ? 4 : 16),
		.realm = realm,
	};
}

static void add_digest(struct ply_sip_auth_try *t, struct ply_digest_challenge c,
		       enum ply_digest_alg alg)
{
	c.alg = alg;
	begin_line(t);
	ply_digest_add_challenge(&t->lines, &c);
	end_line(t);
}

static bool takes_md5_only(const struct ply_sip_auth *a, const struct ply_sip_msg *m)
{
	struct ply_slice rest = ply_slice_str(a->conf.md5_only), prefix;
	struct ply_slice agent = ply_sip_hdr(m, PLY_HDR_USER_AGENT);

	if (!a->conf.digest_md5 || !rest.len)
		return false;
	while (ply_slice_split(&rest, ',', &prefix)) {
		prefix = ply_slice_trim(prefix);
		if (prefix.len && agent.len >= prefix.len &&
		    ply_slice_caseeq(ply_slice(agent.p, prefix.len), prefix))
			return true;
	}
	return false;
}

/* One line for each algorithm; they share a nonce, because a client answers one of them only. */
static void offer_digest(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
			 struct ply_sip_auth_try *t, bool stale)
{
	char nonce[PLY_DIGEST_NONCE_LEN + 1];
	struct ply_sip_uri from;
	struct ply_digest_challenge c = {.stale = stale};
	struct ply_digest_nonce_ctx ctx;

	if (!ply_sip_uri_parse(in->from_aor, &from))
		c.realm = auth_digest_realm(a, from.host);
	if (!c.realm.p)
		c.realm = ply_slice_str(a->conf.domain[0]);
	ctx = auth_nonce_ctx(a, in->hop, c.realm);
	ply_digest_nonce(&ctx, (uint32_t)(in->now_ms / 1000), ply_random_u32(), nonce);
	c.nonce = ply_slice(nonce, PLY_DIGEST_NONCE_LEN);
	if (a->conf.digest_md5)
		add_digest(t, c, PLY_DIGEST_MD5);
	if (!takes_md5_only(a, in->msg))
		add_digest(t, c, PLY_DIGEST_SHA256);
}

/* NTLM and Kerberos sign what goes both ways, which needs a connection. */
static bool speaks_sipae(const struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
			 const struct ply_sip_auth_try *t)
{
	if (!in->hop->flow || !(a->conf.ntlm || a->conf.gss))
		return false;
	return in->from_epid.len || t->mech == PLY_AUTH_MECH_NTLM ||
	       t->mech == PLY_AUTH_MECH_KERBEROS;
}

enum ply_sip_auth_verdict auth_challenge(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					 struct ply_sip_auth_try *t, bool stale)
{
	bool sipae = speaks_sipae(a, in, t);

	ply_strbuf_reset(&t->lines);
	t->status = sipae || in->msg->method == PLY_SIP_REGISTER ? 401 : 407;
	if (sipae && a->conf.ntlm)
		offer(a, t, PLY_AUTH_MECH_NTLM, a->conf.fqdn);
	if (sipae && a->conf.gss)
		offer(a, t, PLY_AUTH_MECH_KERBEROS, a->kerberos_name);
	/* One line each and nothing else: old clients give up at the first line they cannot read,
	 * or take the first there is. docs/decisions/005. */
	if (!sipae && a->conf.digest)
		offer_digest(a, in, t, stale);
	return t->lines.len ? finish(t) : PLY_SIP_AUTH_REFUSED;
}

enum ply_sip_auth_verdict auth_challenge_token(struct ply_sip_auth *a,
					       const struct ply_sip_auth_in *in,
					       struct ply_sip_auth_try *t,
					       const struct auth_assoc *s, struct ply_slice token)
{
	const struct ply_auth_challenge c = {
		.mech = s->sa.mech,
		.realm = s->sa.realm,
		.targetname = s->sa.targetname,
		.version = s->sa.version,
		.opaque = ply_slice(s->sa.opaque, PLY_SA_OPAQUE_LEN),
		.token = token,
	};

	(void)a;
	ply_strbuf_reset(&t->lines);
	/* The answer's family is the question's. */
	t->status = ply_sip_hdr(in->msg, PLY_HDR_AUTHORIZATION).p ? 401 : 407;
	begin_line(t);
	ply_authhdr_add_challenge(&t->lines, &c);
	end_line(t);
	return finish(t);
}

enum ply_sip_auth_verdict ply_sip_auth_challenge(struct ply_sip_auth *a,
						 const struct ply_sip_auth_in *in,
						 struct ply_sip_auth_try *t)
{
	return auth_challenge(a, in, t, false);
}
