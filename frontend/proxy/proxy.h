/* SIP Proxy: the stages a request passes before and after its application (pipeline.c has their
 * order). */
#ifndef FE_PROXY_PROXY_H
#define FE_PROXY_PROXY_H

#include "frontend/fe.h"

enum fe_verdict fe_validate(struct fe_req *q); /* RFC 3261 §16.3 */
enum fe_verdict
fe_classify(struct fe_req *q); /* who is the peer: server of the topology or client */
/* Is a server with this name in its certificate one of the topology ([frontend] trusted_servers)?
 */
bool fe_trusts_server(const struct fe *fe, const char *name);
enum fe_verdict fe_authenticate(struct fe_req *q); /* [MS-SIPAE] 3.3.5, RFC 3261 §22 */
enum fe_verdict fe_identify(struct fe_req *q);     /* From belongs to the authenticated user */
enum fe_verdict fe_preroute(struct fe_req *q);     /* RFC 3261 §16.4 */
enum fe_verdict fe_find_target(struct fe_req *q);  /* user of the Request-URI into q->target */
enum fe_verdict fe_proxy(struct fe_req *q);        /* §16.5-16.6: targets, then forward */

/* --- authenticate.c --- */
int fe_auth_new(struct fe *fe); /* sets fe->auth */
void fe_auth_free(struct fe *fe);
/* Central signing of what leaves on a client's flow. */
void fe_auth_sign(struct fe *fe, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		  struct ply_strbuf *line);
/* May this response be believed? */
bool fe_auth_accept_response(struct fe *fe, const struct ply_sip_msg *rsp,
			     const struct ply_sip_hop *from);
void fe_auth_flow_closed(struct fe *fe, uint64_t flow);
/* The user may not be signed in any more: what he proved is forgotten. A new password leaves
 * running sessions alone. */
void fe_auth_user_refused(struct fe *fe, const struct fe_user *u);

/* --- forward.c: a request goes to one or more places --- */
struct fe_target {
	struct ply_sip_hop hop; /* connect: only proto and addr are set */
	bool connect;           /* a hop is still to be made, when its turn has come */
	char *tls_name;         /* connect: what the certificate there must carry. TAKEN */
	char *ruri;             /* new Request-URI; NULL: unchanged. TAKEN by fe_forward */
	uint64_t endpoint;      /* fe_endpoint_mark, FE_MARK_MCU, 0: none */
	char *lines; /* complete header lines that say who the sender is, in place of all that he
			says of himself; NULL: as usual. TAKEN */
};
/* Is somebody waiting for what it is answered? Not for ACK and BENOTIFY. */
static inline bool fe_is_stateful(const struct fe_req *q)
{
	return q->stx || q->own;
}
/* In the place of an endpoint's mark: a conferencing server. */
enum { FE_MARK_MCU = 1 };
/* Forks q to the targets in parallel, or, when `serial` is set, tries one after the other until one
 * answers. Takes q over (FE_DONE); targets' texts are taken. n 0 is refused by the caller. */
enum fe_verdict fe_forward(struct fe_req *q, struct fe_target *target, size_t n, bool serial);
/* ACK for a 2xx, BENOTIFY: no transaction. Leaves the target's texts alone. */
void fe_forward_stateless(struct fe_req *q, const struct fe_target *target);
void fe_forward_stray(struct fe *fe, struct ply_sip_msg *rsp);
void fe_forward_cancel(struct fe *fe, struct ply_sip_stx *invite, struct ply_sip_msg *cancel);
/* At stop, when the transaction layer is gone: nothing is answered any more. */
void fe_forward_drop(struct fe *fe);
void fe_targets_free(struct fe_target *target, size_t n);

/* --- external.c: other domains --- */
/* To the next Route value, or to the Request-URI's domain, by DNS (RFC 3263); refused where that is
 * off. A stage's verdict. */
enum fe_verdict fe_external(struct fe_req *q);
/* Did this in-dialog request come over the hop that our route token names for a side that is nobody
 * of ours? Only who took part in the dialog has the token. */
bool fe_from_outside(const struct fe_req *q);
/* Answers where there is somebody to tell. FE_DONE. */
enum fe_verdict fe_refuse_proxied(struct fe_req *q, enum fe_diag why);

/* --- record_route.c: Record-Route of ours and what it says --- */
struct fe_route_side {
	struct ply_sip_hop hop;
	uint64_t endpoint; /* fe_endpoint_mark of it: finds it when it came back over another
			      connection; FE_MARK_MCU: a conferencing server; 0: none */
};
struct fe_route_token {
	struct fe_route_side a, b; /* caller's and callee's side */
};
enum { FE_ROUTE_TOKEN_MAX = 128 };
/* Appends the Record-Route line(s) for a request from t->a to t->b (two when the transports
 * differ, RFC 5658). */
void fe_record_route(const struct fe *fe, const struct fe_route_token *t, struct ply_strbuf *line);
/* The token itself, for a Route value's user part. */
void fe_route_token_add(const struct fe_route_token *t, struct ply_strbuf *out);
/* The mark of whom q came from. */
uint64_t fe_route_mark(const struct fe_req *q);
/* The other side of a dialog between a client and a conferencing server: the client's. NULL: no
 * such dialog. */
const struct fe_route_side *fe_route_client(const struct fe_route_token *t);
/* Its connection, or the one its endpoint has now; false: neither lives. */
bool fe_route_hop(struct fe *fe, const struct fe_route_side *s, struct ply_sip_hop *out);
/* Reads the user part of a Route value of ours; false when it was not made by this process. */
bool fe_route_token_read(struct ply_slice user, struct fe_route_token *out);

#endif
