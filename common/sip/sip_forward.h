/* What a proxy does with a request and its responses, RFC 3261 §16.3 to §16.7, one function a step,
 * all pure: no socket, clock or list of branches. The Front End's pipeline calls them in the order
 * they stand here. Rank 3. */
#ifndef PLY_SIP_SIP_FORWARD_H
#define PLY_SIP_SIP_FORWARD_H

#include "sip/sip_transport.h"
#include "sip/sip_write.h"

/* --- §16.3 request validation --- */

enum { PLY_SIP_LOOP_HASH = 17 };
/* 16 hex digits over what routing looks at (RFC 5393 §4.2.1: Request-URI, Route, To and From tag,
 * Call-ID, CSeq, Proxy-Require) of the request as it was received. Same digits in one of our Vias:
 * a loop; other digits: a spiral, which is fine. Give it to ply_sip_make_branch as suffix. */
void ply_sip_fwd_loop_hash(const struct ply_sip_msg *req, char out[PLY_SIP_LOOP_HASH]);

struct ply_sip_fwd_verdict {
	unsigned status; /* 0: go on; else the answer to give */
	const char *why; /* one plain reason, "" with status 0 */
	char lines[256]; /* header lines for the answer (Unsupported), "" for none */
};

/* Request-URI scheme (416), Max-Forwards used up (483) or unreadable (400), Proxy-Require with an
 * option not in the NULL-ended list `known` (420), loop (482; `loop` from ply_sip_fwd_loop_hash).
 */
void ply_sip_fwd_validate(const struct ply_sip_msg *req, const char *const *known, const char *loop,
			  struct ply_sip_fwd_verdict *out);

/* --- §16.4 route information preprocessing --- */

struct ply_sip_fwd_route {
	struct ply_slice
		ruri;         /* the Request-URI to route by: that of the request, or, when a strict
				 router had put our Record-Route there, the last Route value */
	bool repaired;        /* the latter */
	unsigned n_own;       /* leading Route values that were us and are to be taken off */
	struct ply_slice own; /* the URI of the last of them (or our URI in the Request-URI):
				 carries what we put into Record-Route; absent when none */
	struct ply_slice next; /* URI of the Route value that comes next; absent: none is left */
	bool next_strict;      /* it has no lr parameter (§16.6 step 6) */
};

/* is_us: ply_sip_is_us with the transport as ctx, in real life. Slices point into req. 0, or
 * -EBADMSG for a Route that cannot be read (400). */
int ply_sip_fwd_route(const struct ply_sip_msg *req,
		      bool (*is_us)(const void *ctx, struct ply_slice host, uint32_t port),
		      const void *ctx, struct ply_sip_fwd_route *out);
/* ply_sip_is_us in that form. */
bool ply_sip_fwd_is_us(const void *transport, struct ply_slice host, uint32_t port);

/* --- §16.6 request forwarding --- */

struct ply_sip_fwd_to {
	struct ply_slice ruri;    /* target URI (step 2); absent: route->ruri */
	struct ply_slice sent_by; /* "SIP/2.0/TLS fe.example.org:5061", from ply_sip_add_sent_by */
	const char *branch;       /* of ply_sip_make_branch */
	struct ply_slice
		via_params; /* further parameters of our Via, ";branched=TRUE", or absent */
	/* Complete header lines put in front of our Via's successor: Record-Route, Path... */
	struct ply_slice record_route;
	struct ply_slice tail;         /* complete header lines put last; absent: none */
	struct ply_slice routes;       /* complete Route line(s) put before what is left; absent */
	uint64_t drop;                 /* PLY_HDR_BIT of headers left out, credentials for us say */
	const char *const *drop_named; /* as in ply_sip_edit */
};

/* Writes the forwarded request: Request-URI, our Via, Record-Route, the received top Via with what
 * the transport added, Max-Forwards one less (70 when there was none), own Route values off, strict
 * next hop served. 0, -EBADMSG, or -ENOMEM. */
int ply_sip_fwd_request(struct ply_strbuf *out, const struct ply_sip_msg *req,
			const struct ply_sip_fwd_route *route, const struct ply_sip_fwd_to *to);

/* --- §16.7 response processing --- */

/* Collects the final responses of the branches (zeroed memory is an empty one). */
struct ply_sip_fwd_best {
	struct ply_sip_msg *msg;      /* reference held; NULL: none, or one of our own making */
	unsigned status;              /* 0: nothing yet */
	struct ply_strbuf challenges; /* all WWW-/Proxy-Authenticate lines of 401 and 407 seen */
	unsigned n_challenged;
};

/* Is a final status a a better answer than b (step 6)? 6xx first, then the lowest class, inside 4xx
 * those that tell the client how to go on (401 407 415 420 484), and 503 last in 5xx. */
bool ply_sip_fwd_better(unsigned a, unsigned b);
/* One branch has ended; m NULL with 408 (time-out) or 503 (transport error). Takes a reference when
 * m is the best so far. */
void ply_sip_fwd_best_add(struct ply_sip_fwd_best *best, struct ply_sip_msg *m, unsigned status);
void ply_sip_fwd_best_deinit(struct ply_sip_fwd_best *best);
/* The status to answer with: 503 of a branch becomes 500 (step 6), none at all 408... */
unsigned ply_sip_fwd_best_status(const struct ply_sip_fwd_best *best);
/* Writes best->msg for the way back, with the challenges of all branches in a 401 or 407 (step 7)
 * and its 503 made a 500. -ENOENT when msg is NULL: answer best_status by ply_sip_stx_answer. */
int ply_sip_fwd_best_write(struct ply_strbuf *out, const struct ply_sip_fwd_best *best,
			   struct ply_slice tail);

/* Any response for the way back (steps 3, 8, 9): our Via off, `tail` lines added. -EBADMSG when no
 * Via would be left: it was ours alone, so it is not forwarded. */
int ply_sip_fwd_response(struct ply_strbuf *out, const struct ply_sip_msg *rsp,
			 struct ply_slice tail);

#endif
