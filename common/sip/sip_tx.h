/* Transactions (RFC 3261 §17, RFC 6026) as state tables over sip_transport. A server transaction
 * keeps the request and its last response, a client transaction the text it may have to send again;
 * on reliable transports those that nothing can be retransmitted to end with their final response.
 * Peers without a Via branch (SIPE, Communicator) are matched by the older rules (RFC 3261 §17.2.3:
 * Request-URI, To tag, From tag, Call-ID, CSeq, top Via). Rank 3.
 *
 * Timers: T1 500 ms, T2 4 s, T4 5 s, B/F/H 32 s, D 32 s (0 reliable), I/K T4 (0), J 32 s (0), L/M
 * 32 s, and for transaction users who proxy: timer C is theirs. */
#ifndef PLY_SIP_SIP_TX_H
#define PLY_SIP_SIP_TX_H

#include "sip/sip_transport.h"
#include "sip/sip_write.h"

struct ply_sip_txl; /* the transaction layer */
struct ply_sip_stx; /* a server transaction */
struct ply_sip_ctx; /* a client transaction */

struct ply_sip_tu_ops {
	/* A new request, never ACK or CANCEL. Answer it sooner or later with ply_sip_stx_reply or
	 * _respond, from here or from elsewhere; stx stays valid until its final response was
	 * given. BENOTIFY comes too (stx is NULL then: it gets no answer). */
	void (*on_request)(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *req,
			   const struct ply_sip_hop *from);
	/* An ACK that belongs to no server transaction of ours: for a 2xx. Forward it or hand it to
	 * the dialog. */
	void (*on_ack)(void *ctx, struct ply_sip_msg *ack, const struct ply_sip_hop *from);
	/* A CANCEL matched this INVITE transaction (the layer has answered 200 to the CANCEL). The
	 * INVITE is still to be answered, normally 487. */
	void (*on_cancel)(void *ctx, struct ply_sip_stx *invite, struct ply_sip_msg *cancel);
	/* A response that matches no client transaction (proxies: forward statelessly by the next
	 * Via, RFC 3261 §16.7 step 1, or drop). */
	void (*on_stray)(void *ctx, struct ply_sip_msg *rsp, const struct ply_sip_hop *from);
	/* Asked for every response before it meets its transaction; false throws it away (a
	 * signature that is wrong or missing). NULL: all are taken. */
	bool (*accept_response)(void *ctx, struct ply_sip_msg *rsp, const struct ply_sip_hop *from);
	/* Same as the transport's, passed on. */
	void (*on_flow_closed)(void *ctx, uint64_t flow, const char *why);
	void (*sign)(void *ctx, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		     struct ply_strbuf *line);
	void (*trace)(void *ctx, const struct ply_sip_hop *hop, bool out, struct ply_slice text);
};

/* GIVES *out; makes its own transport from tconf. */
int ply_sip_txl_new(struct ply_sip_txl **out, struct ply_loop *loop,
		    const struct ply_sip_transport_conf *tconf, const struct ply_sip_tu_ops *ops,
		    void *ctx);
void ply_sip_txl_free(struct ply_sip_txl *l);
struct ply_sip_transport *ply_sip_txl_transport(struct ply_sip_txl *l);
/* Most transactions at a time (default 200,000). At the limit those that only wait for late
 * duplicates are let go first; then new requests are answered 503 with Retry-After, and counted. */
void ply_sip_txl_set_limit(struct ply_sip_txl *l, unsigned max);
unsigned
ply_sip_txl_n(const struct ply_sip_txl *l); /* transactions now alive, for gauges and drain */

/* --- server side --- */
struct ply_sip_msg *ply_sip_stx_request(const struct ply_sip_stx *s); /* LENDS */
const struct ply_sip_hop *ply_sip_stx_from(const struct ply_sip_stx *s);
/* A To tag of 32 hex digits, the same for all answers of this transaction. LENDS. */
struct ply_slice ply_sip_stx_to_tag(struct ply_sip_stx *s);
/* The user's object and what to call when the transaction ends without its doing (timer H, lost
 * flow); LENT. */
void ply_sip_stx_set_user(struct ply_sip_stx *s, void *user);
void *ply_sip_stx_user(const struct ply_sip_stx *s);
/* Writes and sends an answer (r->to_tag absent: ply_sip_stx_to_tag is used, except for 100). After
 * a final one s must not be used any more. An answer to a flow that is gone is dropped without
 * error. 0 or -ENOMEM. */
int ply_sip_stx_reply(struct ply_sip_stx *s, const struct ply_sip_reply *r);
/* The same for a text that is complete (a forwarded response). A 2xx to INVITE may be followed by
 * further 2xx of other branches for 32 s (RFC 6026): send those with ply_sip_send_response. */
int ply_sip_stx_respond(struct ply_sip_stx *s, unsigned status, struct ply_slice text);
/* For a plain status: ply_sip_stx_answer(s, 404, 1003, "User does not exist", fqdn). diag 0: none.
 */
int ply_sip_stx_answer(struct ply_sip_stx *s, unsigned status, unsigned diag,
		       const char *diag_reason, const char *source);

/* Ends the transaction without any answer: a request whose signature is wrong gets none ([MS-SIPAE]
 * 3.3.5). s must not be used any more. */
void ply_sip_stx_drop(struct ply_sip_stx *s);

/* --- client side --- */
/* A response (m), or the end without one: m NULL, status 408 time-out or 503 transport error.
 * Provisional answers come as they are; after the first final one (INVITE: after further 2xx, up to
 * timer M; then m NULL, status 0) the transaction ends by itself and c must not be used any more.
 */
typedef void ply_sip_ctx_cb(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *m,
			    unsigned status);

enum { PLY_SIP_BRANCH_MAX = 64 };
/* "z9hG4bK" and something unique; `suffix` (may be empty) is appended after a '.', for loop
 * detection. */
void ply_sip_make_branch(struct ply_slice suffix, char out[PLY_SIP_BRANCH_MAX]);

/* Sends `text` (complete, its top Via ours with `branch`) to `to`. GIVES *out, valid until the
 * callback with a final status. The callback is never called from inside. ACK to a non-2xx is the
 * layer's affair; ACK to a 2xx the user's. */
int ply_sip_ctx_start(struct ply_sip_txl *l, struct ply_sip_ctx **out, enum ply_sip_method method,
		      const char *branch, const struct ply_sip_hop *to, struct ply_slice text,
		      ply_sip_ctx_cb *cb, void *ctx);
/* INVITE only: sends CANCEL now, or as soon as a provisional answer came (RFC 3261 §9.1), with
 * `reason` as a complete Reason line (may be empty). The INVITE's callback still comes. SIPE never
 * answers CANCEL: nothing waits for that. */
void ply_sip_ctx_cancel(struct ply_sip_ctx *c, struct ply_slice reason);
/* Forget the callback: the transaction runs to its end alone (later 2xx are ACKed and BYEd by
 * nobody). */
void ply_sip_ctx_abandon(struct ply_sip_ctx *c);
const struct ply_sip_hop *ply_sip_ctx_hop(const struct ply_sip_ctx *c);

#endif
