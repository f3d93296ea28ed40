/* A subscription's dialog, whatever its event package: made by a SUBSCRIBE, found by its later
 * ones, ended by either side or by time (RFC 6665 §4.2; [MS-SIP] 3.3-3.6 for BENOTIFY, piggyback
 * and auto-extend). The package embeds a fe_subscription in its own struct, frees that in
 * ops->free, and keeps all of them in one fe_subscriptions. */
#ifndef FE_EVENT_SUBSCRIPTION_H
#define FE_EVENT_SUBSCRIPTION_H

#include "frontend/fe.h"
#include "sip/sip_dialog.h"

struct fe_subscription;

struct fe_subscription_ops {
	/* It ended: time, 481, lost connection. Frees the object that embeds s. */
	void (*free)(struct fe_subscription *s);
	/* A NOTIFY was answered, s lives: what was gathered meanwhile may go out. */
	void (*answered)(struct fe_subscription *s);
};

/* All subscriptions of one package. */
struct fe_subscriptions {
	struct fe *fe;
	const struct fe_subscription_ops *ops;
	struct ply_hash dialogs, flows;
	unsigned n;
};
void fe_subscriptions_init(struct fe_subscriptions *all, struct fe *fe,
			   const struct fe_subscription_ops *ops);
/* Frees all of them without a word. transactions_gone: their layer was freed before. */
void fe_subscriptions_deinit(struct fe_subscriptions *all, bool transactions_gone);
/* NULL: q is in no dialog of ours. */
struct fe_subscription *fe_subscription_find(const struct fe_subscriptions *all,
					     const struct fe_req *q);
void fe_subscriptions_flow_closed(struct fe_subscriptions *all, uint64_t flow);

struct fe_subscription {
	struct ply_hnode by_dialog, by_flow;
	struct fe_subscriptions *all;
	struct fe *fe;
	struct ply_sip_dialog *dialog;
	char *event_value; /* as the watcher wrote it */
	bool benotify, piggyback, autoextend;
	bool eventlist; /* documents are lists of RFC 4662 */
	bool tells_end; /* by BENOTIFY too */
	bool hashed, flow_hashed;
	uint32_t expires; /* seconds granted */
	uint64_t ends_ms;
	struct ply_timer expiry;
	struct ply_list open; /* NOTIFYs that were sent and not answered */
	char watcher[PLY_SIP_AOR_MAX];
};

/* Makes the dialog of q; s is zeroed. 0 or negative: no memory, or a bad request. Either way the
 * owner calls deinit later. */
int fe_subscription_init(struct fe_subscription *s, struct fe_subscriptions *all,
			 const struct fe_req *q);
void fe_subscription_deinit(struct fe_subscription *s);
/* Seconds wanted by the request, within our limits. */
uint32_t fe_subscription_wanted(const struct fe_req *q, bool ocs);
/* Does the request say that it takes the first document in the answer? */
bool fe_subscription_piggybacks(const struct fe_req *q);
void fe_subscription_extend(struct fe_subscription *s, uint32_t seconds);
/* In-dialog request: CSeq and flow. */
int fe_subscription_refreshed(struct fe_subscription *s, const struct fe_req *q);
/* A NOTIFY is on its way. Whoever may gather changes waits for ops->answered. */
static inline bool fe_subscription_is_busy(const struct fe_subscription *s)
{
	return !ply_list_empty(&s->open);
}
/* Sends (BE)NOTIFY. False: the connection is gone, and s with it (ops->free was called). */
bool fe_subscription_notify(struct fe_subscription *s, const char *content_type,
			    struct ply_slice body);
/* The last one, when the subscription ends from our side; not for BENOTIFY watchers, but where
 * tells_end is set. */
void fe_subscription_notify_end(struct fe_subscription *s, const char *reason);

/* What a SUBSCRIBE is answered with. */
struct fe_subscription_answer {
	const char *event; /* when the request does not name it */
	uint32_t seconds;
	const char *content_type; /* NULL: no document */
	struct ply_slice body;
	bool eventlist;
};
/* 200 with the document piggybacked, or 200 and the first NOTIFY. s may be NULL for an answer of
 * once. Ends q; s may be gone afterwards, as with notify. */
void fe_subscription_answer(struct fe_req *q, struct fe_subscription *s,
			    const struct fe_subscription_answer *a);
/* Expires: 0 in the dialog: the last answer and, where wanted, the last NOTIFY; s is freed. */
void fe_subscription_end(struct fe_req *q, struct fe_subscription *s, const char *event);

#endif
