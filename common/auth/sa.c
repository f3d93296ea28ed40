#include "auth/sa.h"

#include "base/ply.h"
#include "crypto/secret.h"

#include <errno.h>

enum { MAX_SIG = PLY_GSS_MAX_MIC };
_Static_assert((int)PLY_NTLM_SIG_LEN <= (int)MAX_SIG, "one buffer holds both kinds of signature");

static void hex8(uint32_t v, char out[PLY_SA_OPAQUE_LEN + 1])
{
	static const char digits[] = "0123456789ABCDEF";

	for (int i = 0; i < 8; i++)
		out[i] = digits[v >> (28 - 4 * i) & 15];
	out[8] = '\0';
}

void ply_sa_init(struct ply_sa *sa, enum ply_auth_mech mech, uint32_t opaque, unsigned version)
{
	memset(sa, 0, sizeof *sa);
	sa->mech = mech;
	sa->state = PLY_SA_HALF_OPEN;
	sa->version = version;
	sa->next_snum = 1;
	hex8(opaque, sa->opaque);
	ply_seqwin_init(&sa->window);
}

void ply_sa_establish_ntlm(struct ply_sa *sa, const struct ply_ntlm_keys *keys, uint64_t expires_ms)
{
	sa->u.ntlm.keys = *keys;
	sa->state = PLY_SA_ESTABLISHED;
	sa->expires_ms = expires_ms;
}

void ply_sa_establish_gss(struct ply_sa *sa, struct ply_gss *gss, uint64_t expires_ms)
{
	sa->u.gss = gss;
	sa->state = PLY_SA_ESTABLISHED;
	sa->expires_ms = expires_ms;
}

void ply_sa_deinit(struct ply_sa *sa)
{
	if (sa->mech == PLY_AUTH_MECH_KERBEROS)
		ply_gss_free(sa->u.gss);
	ply_secret_wipe(sa, sizeof *sa);
}

static bool signature_right(struct ply_sa *sa, struct ply_slice text, struct ply_slice sig)
{
	if (sa->mech == PLY_AUTH_MECH_NTLM)
		return ply_ntlm_verify(&sa->u.ntlm.keys.client, text, sig);
	return ply_gss_verify(sa->u.gss, text, sig);
}

int ply_sa_verify(struct ply_sa *sa, const struct ply_authhdr *h, const struct ply_sig_msg *msg,
		  uint64_t now_ms)
{
	const struct ply_sig_auth auth = {
		.mech = h->scheme,
		.rand = h->param[PLY_AP_CRAND],
		.num = h->param[PLY_AP_CNUM],
		.realm = h->param[PLY_AP_REALM],
		.targetname = h->param[PLY_AP_TARGETNAME],
	};
	struct ply_strbuf text = PLY_STRBUF_INIT;
	uint8_t sig[MAX_SIG];
	size_t sig_len;
	uint32_t num;
	int r;

	if (sa->state != PLY_SA_ESTABLISHED || now_ms >= sa->expires_ms)
		return PLY_SA_E_EXPIRED;
	if (h->mech != sa->mech || !auth.rand.p || !ply_slice_to_u32(auth.num, &num) ||
	    ply_hex_decode(h->param[PLY_AP_RESPONSE], sig, sizeof sig, &sig_len))
		return PLY_SA_E_SIGNATURE;
	if (!ply_seqwin_fresh(&sa->window, num))
		return PLY_SA_E_REPLAY;

	ply_sigbuf_add(&text, sa->version, &auth, msg);
	r = ply_strbuf_err(&text);
	if (!r && !signature_right(sa, ply_strbuf_slice(&text), ply_slice((char *)sig, sig_len)))
		r = PLY_SA_E_SIGNATURE;
	if (!r)
		ply_seqwin_mark(&sa->window, num);
	ply_strbuf_deinit(&text);
	return r;
}

static int make_signature(struct ply_sa *sa, struct ply_slice text, uint8_t sig[MAX_SIG],
			  size_t *len)
{
	*len = PLY_NTLM_SIG_LEN;
	if (sa->mech == PLY_AUTH_MECH_NTLM)
		return ply_ntlm_sign(&sa->u.ntlm.keys.server, text, sig);
	return ply_gss_sign(sa->u.gss, text, sig, len);
}

int ply_sa_sign(struct ply_sa *sa, const struct ply_sig_msg *msg, uint32_t srand,
		struct ply_strbuf *out)
{
	char rand_text[9], num_text[PLY_U64_DIGITS];
	uint8_t sig[MAX_SIG];
	struct ply_auth_info info = {
		.mech = sa->mech,
		.opaque = {sa->opaque, PLY_SA_OPAQUE_LEN},
		.targetname = sa->targetname,
		.realm = sa->realm,
	};
	struct ply_sig_auth auth;
	struct ply_strbuf text = PLY_STRBUF_INIT;
	size_t sig_len;
	int r;

	if (sa->state != PLY_SA_ESTABLISHED)
		return PLY_SA_E_EXPIRED;
	hex8(srand, rand_text);
	info.srand = ply_slice(rand_text, 8);
	info.snum = ply_slice_u64(sa->next_snum, num_text);
	auth = (struct ply_sig_auth){ply_slice_str(ply_auth_mech_name(sa->mech)), info.srand,
				     info.snum, sa->realm, sa->targetname};
	ply_sigbuf_add(&text, sa->version, &auth, msg);
	r = ply_strbuf_err(&text);
	if (!r)
		r = make_signature(sa, ply_strbuf_slice(&text), sig, &sig_len);
	if (!r) {
		info.signature = ply_slice((char *)sig, sig_len);
		ply_authhdr_add_info(out, &info);
		r = ply_strbuf_err(out);
	}
	if (!r)
		sa->next_snum++;
	ply_strbuf_deinit(&text);
	return r;
}
