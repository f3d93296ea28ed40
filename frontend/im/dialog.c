/* The first request of a conversation: may the caller reach this user now, and in which of the two
 * ways do his endpoints talk. Everything inside an established session is proxied untouched. */
#include "base/mem.h"
#include "frontend/im/im_internal.h"
#include "frontend/presence/presence.h"
#include "frontend/proxy/proxy.h"

#include <errno.h>

/* An instant message session's description: "m=message" (OCS 2007), "m=x-ms-message" (LCS), at a
 * line's start. */
bool fe_im_is_session(const struct ply_sip_msg *m)
{
	struct ply_slice rest = m->body, line, epid, to_tag;
	struct ply_sip_addr to;

	if (m->method != PLY_SIP_INVITE || ply_sip_from_to(m, PLY_HDR_TO, &to, &to_tag, &epid) ||
	    to_tag.len)
		return false;
	while (rest.len && ply_slice_split(&rest, '\n', &line))
		if (ply_slice_starts(line, "m=message ") ||
		    ply_slice_starts(line, "m=x-ms-message "))
			return true;
	return false;
}

static void presence_loaded(void *ctx, int r)
{
	struct fe_req *q = ctx;

	q->stage_drop = NULL;
	if (r)
		fe_refuse_err(q, r);
	else
		fe_req_resume(q);
}

/* The load outlives a request that ends early (CANCEL): it is told through this. */
struct reach_wait {
	struct fe_req *q;
};

static void reach_done(void *ctx, int r)
{
	struct reach_wait *w = ctx;

	if (w->q)
		presence_loaded(w->q, r);
	ply_free(w);
}

static void reach_drop(struct fe_req *q)
{
	((struct reach_wait *)q->stage_ctx)->q = NULL;
}

static enum fe_verdict wait_for_presence(struct fe_req *q)
{
	struct reach_wait *w = ply_calloc(1, sizeof *w);
	int r = w ? fe_presence_load(q->target, reach_done, w) : -ENOMEM;

	if (r) {
		ply_free(w);
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	w->q = q;
	q->stage_ctx = w;
	q->stage_drop = reach_drop;
	return FE_WAIT;
}

static bool has_endpoint(const struct fe_user *u, bool ocs)
{
	PLY_LIST_FOR(it, &u->endpoints) {
		const struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (!(e->flags & FE_EP_OCS) == !ocs &&
		    (e->methods & BIT(ocs ? PLY_SIP_INVITE : PLY_SIP_MESSAGE)))
			return true;
	}
	return false;
}

static enum fe_verdict first_request(struct fe_req *q)
{
	/* Nobody signed in: the proxy says so, and nothing need be loaded. */
	if (!q->target->n_endpoints || q->target == q->sender)
		return FE_NEXT;
	switch (fe_presence_reach(q->target, q->from_aor)) {
	case FE_REACH_LOADING:
		return wait_for_presence(q);
	case FE_REACH_BLOCKED:
		fe_refuse(q, FE_D_BLOCKED, NULL);
		return FE_DONE;
	case FE_REACH_DND:
		fe_refuse(q, FE_D_DND, NULL);
		return FE_DONE;
	case FE_REACH_OK:
		break;
	}
	if (q->own) /* an invitation to a meeting: standard clients know nothing of those */
		q->ocs_only = true;
	if (!fe_im_is_session(q->msg))
		return FE_NEXT;
	if (has_endpoint(q->target, true)) {
		q->ocs_only = true;
		return FE_NEXT;
	}
	/* A conference calls: it wants an answer of the client. */
	if (fe_route_mark(q) == FE_MARK_MCU)
		return FE_NEXT;
	return has_endpoint(q->target, false) ? fe_pager_invite(q) : FE_NEXT;
}

enum fe_verdict fe_im_stage(struct fe_req *q)
{
	if (q->to_tag.len && fe_group_is_dialog(q))
		return fe_group_in_dialog(q);
	if (q->to_tag.len) {
		fe_im_seen(q);
		return fe_pager_in_dialog(q);
	}
	if (q->msg->method != PLY_SIP_INVITE && q->msg->method != PLY_SIP_MESSAGE)
		return FE_NEXT;
	return q->target ? first_request(q) : fe_group_request(q);
}

int fe_im_new(struct fe *fe)
{
	fe->im = ply_calloc(1, sizeof *fe->im);
	if (!fe->im)
		return -ENOMEM;
	ply_hash_init(&fe->im->bridges);
	ply_list_init(&fe->im->relays);
	ply_hash_init(&fe->im->sessions);
	ply_list_init(&fe->im->sessions_by_age);
	ply_list_init(&fe->im->rounds);
	return 0;
}
