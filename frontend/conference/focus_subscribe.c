/* SUBSCRIBE for the roster of a meeting: to the Focus URI, by participants. RFC 4575 §3;
 * [MS-CONFBAS] 3.1.5. */
#include "base/mem.h"
#include "frontend/conference/focus_notify.h"
#include "sip/sip_ms.h"

enum { MAX_OF_USER = 64 /* as many clients as he may have */ };

void fe_roster_sub_free(struct fe_roster_sub *s)
{
	ply_list_del(&s->queued);
	ply_list_del(&s->in_focus);
	s->focus->n_subs--;
	fe_subscription_deinit(&s->base);
	ply_free(s);
}

static void ended(struct fe_subscription *base)
{
	fe_roster_sub_free(container_of(base, struct fe_roster_sub, base));
}

const struct fe_subscription_ops fe_roster_sub_ops = {
	.free = ended,
	.answered = fe_roster_answered,
};

static struct fe_roster_sub *sub_new(struct fe_req *q, struct fe_focus *f, const char *uri)
{
	struct fe_roster_sub *s = ply_calloc(1, sizeof *s);
	struct fe_roster_feed *n = fe_roster_feed(f);

	if (!s || !n) {
		ply_free(s);
		return NULL;
	}
	if (!f->n_subs++)
		n->told = n->told_before = f->change;
	s->focus = f;
	ply_list_init(&s->queued);
	ply_list_init(&s->in_focus);
	ply_list_push(&f->subs, &s->in_focus);
	s->base.tells_end = true;
	if (fe_subscription_init(&s->base, &f->meetings->subs, q)) {
		fe_roster_sub_free(s);
		return NULL;
	}
	(void)snprintf(s->base.watcher, sizeof s->base.watcher, "%s", uri);
	return s;
}

/* The first document, or all of it once more. */
static enum fe_verdict answer(struct fe_req *q, struct fe_roster_sub *s, uint32_t seconds)
{
	struct fe_roster_feed *n = s->focus->notify;

	if (!fe_roster_body(n, s, true)) {
		fe_roster_sub_free(s);
		fe_refuse(q, FE_D_INTERNAL, NULL);
		return FE_DONE;
	}
	ply_list_del(&s->queued);
	fe_subscription_extend(&s->base, seconds);
	fe_subscription_answer(q, &s->base,
			       &(struct fe_subscription_answer){
				       .event = ply_ms_event_name(PLY_MS_EVENT_CONFERENCE),
				       .seconds = seconds,
				       .content_type = PLY_CT_CONFINFO,
				       .body = ply_strbuf_slice(&n->body),
			       });
	return FE_DONE;
}

static unsigned n_of_user(const struct fe_focus *f, const char *uri)
{
	unsigned n = 0;

	PLY_LIST_FOR(it, &f->subs)
		n += !strcmp(container_of(it, struct fe_roster_sub, in_focus)->base.watcher, uri);
	return n;
}

/* SIPE ends its subscription by Expires: 0 outside of its dialog. */
static enum fe_verdict end_client(struct fe_req *q, struct fe_focus *f, const char *uri)
{
	PLY_LIST_FOR_SAFE(it, next, &f->subs) {
		struct fe_roster_sub *s = container_of(it, struct fe_roster_sub, in_focus);

		if (!strcmp(s->base.watcher, uri) &&
		    ply_slice_is(q->from_epid, s->base.dialog->remote_epid))
			fe_roster_sub_free(s);
	}
	fe_subscription_answer(q, NULL,
			       &(struct fe_subscription_answer){
				       .event = ply_ms_event_name(PLY_MS_EVENT_CONFERENCE),
			       });
	return FE_DONE;
}

static enum fe_verdict refused(struct fe_req *q, enum fe_diag why)
{
	fe_refuse(q, why, NULL);
	return FE_DONE;
}

enum fe_verdict fe_focus_subscribe(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	struct fe_focus *f = fe_focus_find(q->fe, uri);
	uint32_t seconds = fe_subscription_wanted(q, fe_subscription_piggybacks(q));
	const struct fe_party *p;
	struct fe_roster_sub *s;
	struct fe_who who;

	if (ply_ms_event_of(ply_sip_hdr(q->msg, PLY_HDR_EVENT)) != PLY_MS_EVENT_CONFERENCE)
		return refused(q, FE_D_BAD_EVENT);
	if (!f || !fe_who_of(q, &who))
		return refused(q, FE_D_CONF_NOT_JOINED);
	if (!seconds && q->from_epid.len)
		return end_client(q, f, who.uri);
	p = fe_roster_find(f, ply_slice_str(who.uri));
	if (!p || !p->n_focus)
		return refused(q, FE_D_CONF_NOT_JOINED);
	if (n_of_user(f, who.uri) >= MAX_OF_USER)
		return refused(q, FE_D_SUBSCRIPTION_LIMIT);
	s = sub_new(q, f, who.uri);
	return s ? answer(q, s, seconds) : refused(q, FE_D_BAD_HEADER);
}

bool fe_focus_owns_subscription(const struct fe *fe, const struct fe_req *q)
{
	return fe->meetings && fe_subscription_find(&fe->meetings->subs, q);
}

enum fe_verdict fe_focus_resubscribe(struct fe_req *q)
{
	struct fe_subscription *base = fe_subscription_find(&q->fe->meetings->subs, q);
	uint32_t seconds;

	if (!base)
		return refused(q, FE_D_SUBSCRIPTION_MISSING);
	if (q->msg->method != PLY_SIP_SUBSCRIBE)
		return refused(q, FE_D_METHOD);
	if (fe_subscription_refreshed(base, q)) {
		fe_refuse(q, FE_D_INTERNAL, "CSeq is lower than the last one");
		return FE_DONE;
	}
	seconds = fe_subscription_wanted(q, base->benotify);
	if (seconds)
		return answer(q, container_of(base, struct fe_roster_sub, base), seconds);
	fe_subscription_end(q, base, ply_ms_event_name(PLY_MS_EVENT_CONFERENCE));
	return FE_DONE;
}
