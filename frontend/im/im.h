/* Instant messages between two: what the proxy alone cannot do. Reachability (blocked,
 * do-not-disturb, offline) of the callee before a session or pager message is forked, and the
 * bridge between OCS clients, who talk in sessions (INVITE m=message), and standard clients, who
 * send pager MESSAGEs (RFC 3428). */
#ifndef FE_IM_IM_H
#define FE_IM_IM_H

#include "frontend/fe.h"

/* INVITE, MESSAGE, INFO, BYE, ACK: FE_NEXT for what the proxy is to forward. */
enum fe_verdict fe_im_stage(struct fe_req *q);
int fe_im_new(struct fe *fe);
void fe_im_free(struct fe *fe);
/* The final answer to a request that was forwarded or, for a bridge, answered here. LENT. */
struct fe_answer {
	const struct ply_sip_msg *req;
	const struct ply_sip_msg *rsp; /* NULL: one of ours */
	unsigned status;
	struct ply_slice to_tag; /* when rsp is NULL */
	uint64_t invite_ms;      /* wall clock: when req came */
};
void fe_im_answered(struct fe *fe, const struct fe_answer *a);
void fe_im_flow_closed(struct fe *fe, uint64_t flow);

#endif
