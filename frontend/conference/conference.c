/* Which part of conferencing a request is for, by the conference URI it is sent to or the dialog it
 * is in. [MS-CONFBAS] 1.3, 3.1. */
#include "frontend/conference/conference.h"

#include "base/mem.h"
#include "frontend/conference/focus.h"
#include "frontend/proxy/proxy.h"
#include "sip/sip_gruu.h"

#include <errno.h>

static bool is_conference_uri(const struct fe_req *q)
{
	struct ply_sip_gruu g;

	return !ply_sip_gruu_parse(&q->ruri, &g) && g.kind == PLY_SIP_GRUU_CONF;
}

bool fe_conference_wants(const struct fe_req *q)
{
	if (is_conference_uri(q) || fe_is_fanout(q))
		return true;
	return q->to_tag.len &&
	       (fe_place_by_dialog(q->fe, q) || fe_focus_owns_subscription(q->fe, q));
}

static enum fe_verdict to_focus(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	switch (q->msg->method) {
	case PLY_SIP_INVITE:
		return fe_focus_join(q, uri);
	case PLY_SIP_SUBSCRIBE:
		return fe_focus_subscribe(q, uri);
	default:
		return fe_refuse_proxied(q, FE_D_METHOD);
	}
}

enum fe_verdict fe_conference_stage(struct fe_req *q)
{
	struct ply_c3p_uri uri;

	if (fe_is_fanout(q))
		return fe_fanout(q);
	if (q->to_tag.len && fe_place_by_dialog(q->fe, q))
		return fe_focus_in_dialog(q);
	if (q->to_tag.len && fe_focus_owns_subscription(q->fe, q))
		return fe_focus_resubscribe(q);
	if (ply_c3p_uri_parse(&uri, q->route.ruri))
		return fe_refuse_proxied(q, FE_D_CONF_URI);
	if (!strcmp(uri.type, "focusfactory"))
		return fe_focus_factory(q, &uri);
	if (strcmp(uri.type, "focus") != 0)
		return fe_focus_media(q, &uri);
	return q->to_tag.len ? fe_refuse_proxied(q, FE_D_NO_DIALOG) : to_focus(q, &uri);
}

static void start(struct fe_meetings *m)
{
	ply_log_init(&m->log, &m->fe->log);
	ply_hash_init(&m->focuses);
	ply_hash_init(&m->dialogs);
	ply_hash_init(&m->flows);
	m->epoch = 1; /* the only Front End of its pool: nobody takes over */
	fe_subscriptions_init(&m->subs, m->fe, &fe_roster_sub_ops);
}

int fe_meetings_new(struct fe *fe, struct ply_role_ctx *role)
{
	struct fe_meetings *m = ply_calloc(1, sizeof *m);
	int r;

	if (!m)
		return -ENOMEM;
	m->fe = fe;
	m->role = role;
	fe->meetings = m;
	start(m);
	r = fe_meeting_secret_open(m);
	if (!r)
		r = fe_policies_new(m);
	if (!r)
		r = fe_meeting_admin_new(m);
	if (!r)
		r = fe_mcu_factory_new(m);
	if (!r)
		fe_meetings_sweep_start(m);
	return r;
}

static void free_focus(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	fe_focus_free(container_of(n, struct fe_focus, by_key));
}

void fe_meetings_free(struct fe *fe)
{
	struct fe_meetings *m = fe->meetings;

	if (!m)
		return;
	ply_timer_stop(&m->sweep);
	ply_hash_each(&m->focuses, free_focus, NULL);
	fe_mcu_factory_free(m);
	fe_meeting_admin_free(m);
	fe_policies_free(m);
	ply_hash_deinit(&m->focuses);
	fe_subscriptions_deinit(&m->subs, false);
	ply_hash_deinit(&m->dialogs);
	ply_hash_deinit(&m->flows);
	ply_free(m);
	fe->meetings = NULL;
}

void fe_meetings_flow_closed(struct fe *fe, uint64_t flow)
{
	fe_focus_flow_closed(fe, flow);
	fe_focus_subs_flow_closed(fe, flow);
}
