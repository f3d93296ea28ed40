/* Shared by sip_auth*.c only: who is bound to which flow. */
#ifndef PLY_SIP_SIP_AUTH_INTERNAL_H
#define PLY_SIP_SIP_AUTH_INTERNAL_H

#include "auth/digest.h"
#include "auth/epid.h"
#include "auth/sa.h"
#include "base/hash.h"
#include "base/list.h"
#include "sip/sip_auth.h"

/* A connection, or on UDP a peer address, that something is bound to. */
struct auth_flow {
	struct ply_hnode by_key;
	uint64_t flow; /* 0: UDP, addr says which */
	struct ply_addr addr;
	struct ply_list half_open, established, proofs; /* oldest first */
	unsigned n_half_open, n_established, n_proof;
};

/* A security association, half-open or established. */
struct auth_assoc {
	struct ply_hnode by_opaque;
	struct ply_hnode by_endpoint; /* flow and epid; once established */
	struct ply_list in_flow;      /* in the flow's half_open or established */
	struct ply_list age;          /* in one of the same names of all */
	struct auth_flow *flow;
	uint32_t opaque;
	bool busy;       /* its account is being loaded */
	uint64_t end_ms; /* while half-open */
	char *aor;       /* once established */
	char epid[PLY_EPID_MAX + 1];
	struct ply_sa sa;
};

/* A Digest proof that holds for its flow. */
struct auth_proof {
	struct ply_hnode by_aor; /* flow and aor */
	struct ply_list in_flow, age;
	struct auth_flow *flow;
	uint64_t end_ms;
	char aor[];
};

enum { AUTH_TRIED = 512 };

struct ply_sip_auth {
	struct ply_sip_auth_conf conf;
	char kerberos_name[264];
	uint8_t nonce_key[PLY_DIGEST_KEY_LEN];
	struct ply_digest_seen *seen;
	struct ply_hash flows, opaques, endpoints, proofs_by_aor;
	struct ply_list half_open, established, proofs;
	size_t n_half_open, n_established, n_proof;
	/* Requests that got a 401 for a signature by an association unknown here. */
	struct {
		uint64_t key, at_ms;
	} tried[AUTH_TRIED];
};

/* --- sip_auth_store.c --- */
struct auth_flow *auth_flow_find(const struct ply_sip_auth *a, const struct ply_sip_hop *hop);
/* GIVES a half-open association to the store; NULL without memory. */
struct auth_assoc *auth_assoc_new(struct ply_sip_auth *a, const struct ply_sip_hop *hop,
				  enum ply_auth_mech mech, unsigned version, uint64_t now_ms);
void auth_assoc_free(struct ply_sip_auth *a, struct auth_assoc *s);
/* By the text of the opaque parameter. */
struct auth_assoc *auth_assoc_find(const struct ply_sip_auth *a, struct ply_slice opaque);
struct auth_assoc *auth_assoc_by_number(const struct ply_sip_auth *a, uint32_t opaque);
/* Its keys are there: names whose it is and ends the ones it replaces. 0 or -ENOMEM. */
int auth_assoc_settle(struct ply_sip_auth *a, struct auth_assoc *s, const char *aor,
		      struct ply_slice epid);
/* The client came back on another connection, with a right signature. 0; -ENOMEM: free s. */
int auth_assoc_move(struct ply_sip_auth *a, struct auth_assoc *s, const struct ply_sip_hop *hop);
/* The established one of this epid; absent epid: the flow's only one. NULL: none, or no telling. */
struct auth_assoc *auth_assoc_of(const struct ply_sip_auth *a, const struct auth_flow *f,
				 struct ply_slice epid);
bool auth_has_established(const struct ply_sip_auth *a, const struct ply_sip_hop *hop);
struct auth_proof *auth_proof_find(const struct ply_sip_auth *a, const struct ply_sip_hop *hop,
				   struct ply_slice aor, uint64_t now_ms);
/* Remembers or renews it. LENDS; NULL without memory. */
struct auth_proof *auth_proof_add(struct ply_sip_auth *a, const struct ply_sip_hop *hop,
				  const char *aor, uint64_t now_ms);

/* --- sip_auth_challenge.c --- */
/* Every mechanism fit for this client; `stale`: the nonce was at fault, not the password. */
enum ply_sip_auth_verdict auth_challenge(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					 struct ply_sip_auth_try *t, bool stale);
/* The second leg: one mechanism, its token and its association. */
enum ply_sip_auth_verdict auth_challenge_token(struct ply_sip_auth *a,
					       const struct ply_sip_auth_in *in,
					       struct ply_sip_auth_try *t,
					       const struct auth_assoc *s, struct ply_slice token);
struct ply_digest_nonce_ctx auth_nonce_ctx(const struct ply_sip_auth *a,
					   const struct ply_sip_hop *hop, struct ply_slice realm);

/* --- sip_auth_sa.c: NTLM and Kerberos --- */
enum ply_sip_auth_verdict auth_sa_request(struct ply_sip_auth *a, const struct ply_sip_auth_in *in,
					  struct ply_sip_auth_try *t);
enum ply_sip_auth_verdict auth_ntlm_account(struct ply_sip_auth *a,
					    const struct ply_sip_auth_in *in,
					    const struct ply_sip_auth_account *account,
					    struct ply_sip_auth_try *t);
enum ply_sip_auth_verdict auth_kerberos_account(struct ply_sip_auth *a,
						const struct ply_sip_auth_in *in,
						const struct ply_sip_auth_account *account,
						struct ply_sip_auth_try *t);

/* --- sip_auth_digest.c --- */
enum ply_sip_auth_verdict auth_digest_request(struct ply_sip_auth *a,
					      const struct ply_sip_auth_in *in,
					      struct ply_sip_auth_try *t);
enum ply_sip_auth_verdict auth_digest_account(struct ply_sip_auth *a,
					      const struct ply_sip_auth_in *in,
					      const struct ply_sip_auth_account *account,
					      struct ply_sip_auth_try *t);
/* The one of ours, or absent. */
struct ply_slice auth_digest_realm(const struct ply_sip_auth *a, struct ply_slice domain);

static inline enum ply_sip_auth_verdict auth_fail(struct ply_sip_auth_try *t, int r)
{
	t->error = r;
	return PLY_SIP_AUTH_ERROR;
}

/* A challenge that follows a failure. */
static inline enum ply_sip_auth_verdict auth_denied(struct ply_sip_auth *a,
						    const struct ply_sip_auth_in *in,
						    struct ply_sip_auth_try *t,
						    enum ply_sip_auth_verdict how)
{
	enum ply_sip_auth_verdict v = auth_challenge(a, in, t, false);

	return v == PLY_SIP_AUTH_CHALLENGE ? how : v;
}

#endif
