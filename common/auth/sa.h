/* One security association: what a client and this server agreed on so that every later message can
 * be signed. Holds mechanism, keys, the window of numbers seen, the next number of ours, and when
 * it ends. No socket, clock or random inside. Signalling thread. Spec: [MS-SIPAE] 3.3.1, 3.3.5;
 * sequence window of 256. Rank 2. */
#ifndef PLY_AUTH_SA_H
#define PLY_AUTH_SA_H

#include "auth/authhdr.h"
#include "auth/gss.h"
#include "auth/ntlm.h"
#include "auth/sigbuf.h"

/* Numbers seen: low .. low + 255, low starts at 1. */
struct ply_seqwin {
	uint32_t low;
	uint64_t seen[4];
};
void ply_seqwin_init(struct ply_seqwin *w);
/* Would this number be accepted? Seen, below the window, and 0 are not. */
bool ply_seqwin_fresh(const struct ply_seqwin *w, uint32_t n);
/* Marks it, sliding the window when it is above. n must be fresh. */
void ply_seqwin_mark(struct ply_seqwin *w, uint32_t n);

enum ply_sa_state { PLY_SA_HALF_OPEN, PLY_SA_ESTABLISHED };
enum { PLY_SA_OPAQUE_LEN = 8 };

/* Positive results of ply_sa_verify. */
enum {
	PLY_SA_E_SIGNATURE = 1, /* missing parameters or a wrong signature: discard the message */
	PLY_SA_E_REPLAY,        /* number seen before, or too old: discard */
	PLY_SA_E_EXPIRED,       /* or not established yet: challenge anew */
};

/* A plain value; make it with ply_sa_init, end it with ply_sa_deinit. */
struct ply_sa {
	enum ply_auth_mech mech; /* NTLM or Kerberos */
	enum ply_sa_state state;
	unsigned version; /* of the signed text: 2, 3, 4 */
	char opaque[PLY_SA_OPAQUE_LEN + 1];
	struct ply_slice realm;      /* LENT by the caller for the association's life */
	struct ply_slice targetname; /* LENT the same way */
	uint64_t expires_ms;         /* on the caller's clock */
	uint32_t next_snum;
	struct ply_seqwin window;
	union {
		struct {
			uint8_t challenge[PLY_NTLM_CHALLENGE_LEN]; /* while half-open */
			struct ply_ntlm_keys keys;                 /* once established */
		} ntlm;
		struct ply_gss *gss; /* OWNED */
	} u;
};

/* A half-open association. opaque is written as 8 hex digits. */
void ply_sa_init(struct ply_sa *sa, enum ply_auth_mech mech, uint32_t opaque, unsigned version);
void ply_sa_establish_ntlm(struct ply_sa *sa, const struct ply_ntlm_keys *keys,
			   uint64_t expires_ms);
/* TAKES gss. */
void ply_sa_establish_gss(struct ply_sa *sa, struct ply_gss *gss, uint64_t expires_ms);
/* Wipes keys, frees the context. */
void ply_sa_deinit(struct ply_sa *sa);

/* Checks the signature in h (crand, cnum, response) over the message and marks its number. 0,
 * PLY_SA_E_*, or negative. Nothing is marked unless the signature is right. */
int ply_sa_verify(struct ply_sa *sa, const struct ply_authhdr *h, const struct ply_sig_msg *msg,
		  uint64_t now_ms);

/* Signs a message of ours: appends the value of its Authentication-Info header to out and counts
 * up. `srand` is fresh randomness. 0, -ENOMEM, PLY_SA_E_EXPIRED while half-open, or negative. */
int ply_sa_sign(struct ply_sa *sa, const struct ply_sig_msg *msg, uint32_t srand,
		struct ply_strbuf *out);

#endif
