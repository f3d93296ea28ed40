/* Who sent this message? The binding between SIP messages and common/auth: finds the credentials in
 * a request, decides between challenge, handshake step, verified and discard, keeps the security
 * associations, and signs what leaves for a client that has one. Looks nobody up: it says who is
 * claimed, the caller fetches the account and comes back. [MS-SIPAE] 3.3.5; RFC 3261 §22;
 * RFC 7616, RFC 8760. Rank 3. Signalling thread.
 *
 *	ply_sip_auth_request(a, &in, &t)          -> a verdict
 *	   ASK: load the account t.who names, then
 *	ply_sip_auth_account(a, &in, account, &t) -> a verdict, never ASK again
 *	ply_sip_auth_try_deinit(&t)
 *
 * Clients with an epid in From (OCS family, SIPE) are offered NTLM and Kerberos, others Digest. */
#ifndef PLY_SIP_SIP_AUTH_H
#define PLY_SIP_SIP_AUTH_H

#include "auth/authhdr.h"
#include "auth/gss.h"
#include "auth/ntlm.h"
#include "auth/sigbuf.h"
#include "sip/sip_transport.h"

struct ply_sip_auth;

/* Strings and arrays are LENT for the object's life. */
struct ply_sip_auth_conf {
	const char *realm;         /* of NTLM and Kerberos: "SIP Communications Service" */
	const char *fqdn;          /* this server: targetname; with sip/ before it for Kerberos */
	const char *const *domain; /* SIP domains, NULL-ended: the realms of Digest */
	bool ntlm;
	struct ply_ntlm_target ntlm_target;
	struct ply_gss_cred *gss; /* NULL: Kerberos is not offered */
	unsigned version;         /* of the signatures offered: 3 or 4 */
	bool digest, digest_md5;
	/* User-Agent prefixes, comma separated, that are offered MD5 alone: they give up when they
	 * see any challenge they do not know (baresip 1.0 does). NULL: none. */
	const char *md5_only;
	bool udp_bind;  /* Digest over UDP: believe the address until `bind_ms` are over */
	uint64_t sa_ms; /* life of an association, at least 8 h; Kerberos: ticket if shorter */
	uint64_t half_open_ms;           /* a handshake's time */
	uint64_t bind_ms;                /* how long a Digest proof holds for its flow */
	uint32_t nonce_s;                /* age of a Digest nonce */
	uint32_t max_half_open;          /* all together; the oldest goes first */
	uint32_t max_half_open_per_flow; /* the oldest goes first */
	uint32_t max_per_flow; /* associations and proofs of one flow each; the oldest goes */
};
/* Sensible values for all but names: NTLM and Digest on, version 4, 9 h, 60 s, 8 h, 300 s, 10000,
 * 16, 16. */
void ply_sip_auth_defaults(struct ply_sip_auth_conf *conf);

int ply_sip_auth_new(struct ply_sip_auth **out, const struct ply_sip_auth_conf *conf); /* GIVES */
void ply_sip_auth_free(struct ply_sip_auth *a);

/* The request and what is known of it. LENT for the call; the same values, the same message, in
 * both calls. */
struct ply_sip_auth_in {
	const struct ply_sip_msg *msg;
	const struct ply_sip_hop *hop;
	struct ply_slice from_aor;  /* canonical */
	struct ply_slice from_epid; /* empty: none */
	uint64_t now_ms;            /* ply_mono_ms */
};

enum ply_sip_auth_verdict {
	PLY_SIP_AUTH_OK,        /* t.aor sent it. Comparing that with From is the caller's duty */
	PLY_SIP_AUTH_ASK,       /* load the account of t.who */
	PLY_SIP_AUTH_CHALLENGE, /* answer t.status with t.lines; no failure, nothing to count */
	PLY_SIP_AUTH_DENIED,    /* the same with ms-diagnostics 1000; count a failure */
	PLY_SIP_AUTH_SKEW,      /* the same with 1013 */
	PLY_SIP_AUTH_REFUSED,  /* 403: a 401 was tried for this request and would go round for ever;
				  or a ticket of somebody who has no account here */
	PLY_SIP_AUTH_DISCARD,  /* wrong signature or a replay: no answer, end the transaction */
	PLY_SIP_AUTH_UNPROVEN, /* an ACK, which cannot be challenged, of a client that signs
				  nothing: forward it inside its dialog at most, with no identity */
	PLY_SIP_AUTH_ERROR,    /* t.error: out of memory or a library's failure: 500 */
};

enum ply_sip_auth_claim {
	PLY_SIP_CLAIM_LOGIN,     /* NTLM: user, and domain as typed ("LAB", "", or a DNS name); the
				    user may be user@domain, the domain then is empty */
	PLY_SIP_CLAIM_PRINCIPAL, /* Kerberos: user and realm, proved already */
	PLY_SIP_CLAIM_DIGEST,    /* Digest: user name and realm, which is one of conf.domain */
};

struct ply_sip_auth_who {
	enum ply_sip_auth_claim claim;
	char user[PLY_GSS_MAX_NAME];
	char domain[PLY_GSS_MAX_NAME];
};

/* The account found. LENT for the call. */
struct ply_sip_auth_account {
	const char *aor;           /* canonical address of record */
	const uint8_t *nt_hash;    /* 16 bytes; NULL: cannot use NTLM */
	const uint8_t *ha1_md5;    /* 16 bytes; NULL: cannot use Digest with MD5 */
	const uint8_t *ha1_sha256; /* 32 bytes */
};

/* One request's way through. Zeroed by ply_sip_auth_request; ends with _try_deinit. */
struct ply_sip_auth_try {
	unsigned status;             /* 401 or 407 */
	struct ply_strbuf lines;     /* whole header lines with CR LF: challenges and Date */
	struct ply_sip_auth_who who; /* ASK */
	const char *aor;             /* OK; LENT until the next call into the object */
	enum ply_auth_mech mech;     /* by which it was proved or tried */
	bool established;            /* OK: a new association or proof: mark the flow authenticated,
					and signed unless mech is Digest */
	int error;
	struct {
		uint32_t opaque; /* association under way */
		struct ply_gss *gss;
		struct ply_authhdr h; /* views into the message */
		uint32_t nonce_made_s;
	} priv;
};

enum ply_sip_auth_verdict ply_sip_auth_request(struct ply_sip_auth *a,
					       const struct ply_sip_auth_in *in,
					       struct ply_sip_auth_try *t);
/* account NULL: there is none such; takes the time of a wrong password. */
enum ply_sip_auth_verdict ply_sip_auth_account(struct ply_sip_auth *a,
					       const struct ply_sip_auth_in *in,
					       const struct ply_sip_auth_account *account,
					       struct ply_sip_auth_try *t);
void ply_sip_auth_try_deinit(struct ply_sip_auth_try *t); /* harmless twice, or on zeroed memory */
/* Only challenges into t, for those who refuse by themselves (guessing slowed down). */
enum ply_sip_auth_verdict ply_sip_auth_challenge(struct ply_sip_auth *a,
						 const struct ply_sip_auth_in *in,
						 struct ply_sip_auth_try *t);

/* A response from a client: must it be thrown away? True when its flow has an association and the
 * signature is wrong, a replay, or missing (100 aside). */
bool ply_sip_auth_discard_response(struct ply_sip_auth *a, const struct ply_sip_msg *rsp,
				   const struct ply_sip_hop *hop, uint64_t now_ms);

/* For the transport's `sign` hook: appends the Authentication-Info line (CR LF included) for a
 * message that leaves on this flow, if there is an association for it: by epid in From of a
 * response, in To of a request, where the flow has more than one. Challenges stay unsigned.
 */
void ply_sip_auth_sign(struct ply_sip_auth *a, const struct ply_sip_hop *to,
		       const struct ply_sip_msg *m, struct ply_strbuf *line);

/* The flow is gone: so is everything bound to it. */
void ply_sip_auth_flow_closed(struct ply_sip_auth *a, uint64_t flow);
/* The account was disabled or its password changed: next message of it is challenged. */
void ply_sip_auth_drop_user(struct ply_sip_auth *a, struct ply_slice aor);
/* Ends what is over; call every few seconds. */
void ply_sip_auth_expire(struct ply_sip_auth *a, uint64_t now_ms);

struct ply_sip_auth_counts {
	size_t half_open, established, proofs;
};
struct ply_sip_auth_counts ply_sip_auth_count(const struct ply_sip_auth *a);

/* What is signed of a message. LENT: views into it. Missing parts are empty. */
void ply_sip_auth_fields(const struct ply_sip_msg *m, struct ply_sig_msg *out);

#endif
