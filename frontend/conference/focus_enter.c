/* A join on its way in: admitted, committed in rtc, in the roster. The first success activates the
 * meeting; until then the Focus exists in memory alone, and joins that come meanwhile wait for it.
 * What a join leaves in rtc is committed before its 200. [MS-CONFBAS] 3.1.5.2. */
#include "base/counter.h"
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/focus_join.h"

#include <errno.h>

PLY_COUNTER(joined, "parley_frontend_meeting_joins_total", "successful joins of meetings");

/* --- he is in --- */

static void answer(struct fe_join *j, const struct fe_place *pl)
{
	struct ply_strbuf *lines = &j->fe->scratch[0], *body = &j->fe->scratch[1];
	struct ply_ci_endpoint e = {
		.entity = ply_slice_str(pl->entity),
		.session_type = ply_slice_str("focus"),
		.status = PLY_CI_CONNECTED,
	};
	struct ply_sip_reply r = {.status = 200, .record_route = true, .content_type = PLY_CT_CCCP};
	struct ply_c3p_response c;

	ply_c3p_response_to(&c, &j->req, PLY_C3P_R_NONE);
	c.keys.conf = ply_slice_str(pl->party->focus->entity);
	c.has_user = true;
	c.user = (struct ply_ci_user){.entity = ply_slice_str(pl->party->uri),
				      .role = j->granted,
				      .endpoint = &e,
				      .n_endpoint = 1};
	ply_strbuf_reset(lines);
	ply_strbuf_reset(body);
	fe_focus_add_lines(pl, lines);
	ply_c3p_response_write(body, &c);
	r.lines = ply_strbuf_slice(lines);
	r.body = ply_strbuf_slice(body);
	j->q->stage_drop = NULL;
	fe_req_reply(j->q, &r);
	j->q = NULL;
}

/* The same client came with another endpoint name: it was started anew. */
static void drop_older(struct fe_place *pl)
{
	struct fe_party *p = pl->party;
	const char *epid = pl->dialog->remote_epid;

	if (!*epid)
		return;
	PLY_LIST_FOR_SAFE(it, next, &p->places) {
		struct fe_place *other = container_of(it, struct fe_place, in_party);

		if (other == pl || !other->dialog || strcmp(other->dialog->remote_epid, epid) != 0)
			continue;
		fe_place_bye(other, "replaced");
		fe_place_remove(other);
	}
}

static struct fe_place *take_place(struct fe_join *j)
{
	struct fe_focus *f = j->focus;
	struct ply_slice entity = ply_slice_str(j->endpoint);
	struct fe_party *p = fe_roster_find(f, ply_slice_str(j->uri));
	struct fe_place *pl;

	if (!p)
		p = fe_roster_add(f, j->uri, j->display_name, j->granted, j->auth);
	if (!p)
		return NULL;
	pl = fe_place_find(p, entity, "focus");
	if (!pl) {
		pl = fe_place_add(p, entity, "focus", PLY_CI_CONNECTED);
		if (pl) /* after a restart the stay is known by it */
			pl->joined_ms = j->asked_ms;
	}
	if (!pl && !p->n_places)
		fe_party_remove(p, NULL);
	if (!pl)
		return NULL;
	p->auth = j->auth;
	p->access = j->access;
	fe_roster_set_role(p, j->granted);
	return pl;
}

/* The place with the new dialog; the one it had before gets BYE. */
static int set_dialog(struct fe_join *j, struct fe_place *pl)
{
	struct ply_sip_dialog *d;
	int r = ply_sip_dialog_uas(&d, j->q->msg, &j->q->from, ply_sip_stx_to_tag(j->q->stx));

	if (r)
		return r;
	fe_place_bye(pl, "replaced");
	r = fe_place_set_dialog(pl, d);
	if (r)
		ply_sip_dialog_free(d);
	return r;
}

static int enter(struct fe_join *j)
{
	struct fe_focus *f = j->focus;
	struct fe_place *pl = take_place(j);
	int r = pl ? set_dialog(j, pl) : -ENOMEM;

	if (r && pl && !pl->dialog)
		fe_place_remove(pl);
	if (r)
		return r;
	pl->status = PLY_CI_CONNECTED;
	fe_place_read_timer(pl, j->q);
	fe_place_record_join(pl);
	drop_older(pl);
	fe_roster_touch(pl->party);
	f->last_join_ms = ply_wall_ms();
	ply_counter_inc(&joined);
	ply_info(&f->log, "focus.joined", KS("user", j->uri),
		 KS("role", ply_ci_role_name(j->granted)), KS("auth", ply_ci_auth_name(j->auth)));
	answer(j, pl);
	fe_focus_timers_joined(f);
	return 0;
}

/* --- rtc --- */

static bool is_known(const struct fe_join *j)
{
	const struct fe_party *p = fe_roster_find(j->focus, ply_slice_str(j->uri));

	return p && fe_place_find(p, ply_slice_str(j->endpoint), "focus");
}

static void activate(struct fe_focus *f, const struct ply_rtc_conf_joined *d)
{
	f->activated_ms = d->activated_ms;
	f->def->activated_ms = d->activated_ms;
	f->def->expires_ms = d->expires_ms;
	(void)ply_slice_copy(d->instance, f->instance, sizeof f->instance);
	fe_focus_activated(f);
}

static void undone(void *ctx, int r)
{
	(void)ctx, (void)r;
}

/* Cancelled while rtc was asked: he never was in. */
static void undo(struct fe_join *j)
{
	struct fe_focus *f = j->focus;

	if (!is_known(j) && f->state == FE_FOCUS_ACTIVE) {
		(void)ply_rtc_conf_leave(j->fe->rtc, f->def->id, ply_slice_str(j->uri),
					 ply_slice_str(j->endpoint), f->enterprise_left_ms, undone,
					 NULL);
		if (!f->n_parties)
			fe_focus_end(f, FE_END_EMPTY);
	}
	fe_join_free(j);
}

static void committed_well(struct fe_join *j, const struct ply_rtc_conf_joined *d)
{
	struct fe_focus *f = j->focus;
	int r;

	if (f->state == FE_FOCUS_ENDING) {
		fe_join_refuse(j, fe_focus_ending(f));
		return;
	}
	if (f->state == FE_FOCUS_ACTIVATING && d)
		activate(f, d);
	if (!j->q) {
		undo(j);
		return;
	}
	r = enter(j);
	if (r)
		fe_join_refuse_err(j, r);
	else
		fe_join_free(j);
	if (r && f->state == FE_FOCUS_ACTIVE)
		fe_focus_timers_left(f);
}

static void committed_ill(struct fe_join *j, int r)
{
	switch (r) {
	case PLY_DB_E_NONE:
		fe_join_refuse(j, FE_D_CONF_UNKNOWN);
		break;
	case PLY_RTC_CONF_E_OWNED:
	case PLY_DB_E_FENCED:
		fe_join_refuse(j, FE_D_DATABASE); /* another Front End has it, or is about to */
		break;
	default:
		fe_join_refuse_err(j, r < 0 ? r : -EIO);
	}
}

static void committed(void *ctx, int r, const struct ply_rtc_conf_joined *d)
{
	struct fe_join *j = ctx;
	struct fe_focus *f = j->focus;

	j->asked = false;
	if (!f) {
		fe_join_refuse(j, FE_D_CONF_ENDING);
		return;
	}
	/* While rtc is away, whoever is in may come back: his row is there. */
	if (!r || (r < 0 && f->state == FE_FOCUS_ACTIVE && is_known(j)))
		committed_well(j, r ? NULL : d);
	else
		committed_ill(j, r);
	fe_focus_joins_run(f);
}

/* Only the first join of a meeting sets what `active` says. */
static int ask(struct fe_join *j)
{
	struct fe_focus *f = j->focus;
	uint64_t now = ply_wall_ms();
	const struct ply_rtc_conf_active active = {
		.frontend = ply_slice_str(j->fe->fqdn),
		.epoch = (int64_t)f->epoch,
		.instance = ply_slice_str(f->instance),
		.activated_ms = now,
		.last_join_ms = now,
		.enterprise_left_ms = j->auth == PLY_CI_AUTH_ENTERPRISE ? 0 : f->enterprise_left_ms,
		.locked = f->locked,
	};
	const struct ply_rtc_conf_party party = {
		.uri = ply_slice_str(j->uri),
		.endpoint = ply_slice_str(j->endpoint),
		.display_name = ply_slice_str(j->display_name),
		.auth = (uint32_t)j->auth,
		.role = j->granted == PLY_CI_PRESENTER ? PLY_RTC_PRESENTER : PLY_RTC_ATTENDEE,
		.joined_ms = now,
	};

	j->asked_ms = now;
	return ply_rtc_conf_join(j->fe->rtc, f->def->id, &active, &party, committed, j);
}

/* --- admission --- */

static enum fe_diag diag_of(enum fe_admit r)
{
	static const enum fe_diag why[] = {
		[FE_ADMIT_OK] = FE_D_N,
		[FE_ADMIT_NOT_INVITED] = FE_D_CONF_NOT_INVITED,
		[FE_ADMIT_ANONYMOUS] = FE_D_CONF_ANONYMOUS,
		[FE_ADMIT_FEDERATED] = FE_D_CONF_FEDERATED,
		[FE_ADMIT_LOCKED] = FE_D_CONF_LOCKED,
		[FE_ADMIT_FULL] = FE_D_CONF_FULL,
		[FE_ADMIT_EXPIRED] = FE_D_CONF_EXPIRED,
	};

	return why[r];
}

static void proceed(struct fe_join *j)
{
	struct fe_focus *f = j->focus;
	const struct fe_who who = {.uri = j->uri, .auth = j->auth, .access = j->access};
	enum fe_admit a =
		fe_admit(f->def, f, fe_meeting_times(j->fe), &who, ply_wall_ms(), &j->granted);
	int r;

	if (a) {
		fe_join_refuse(j, diag_of(a));
		return;
	}
	if (f->state == FE_FOCUS_ACTIVATING)
		f->enterprise_left_ms = ply_wall_ms(); /* until one of them is in */
	r = ask(j);
	if (r && is_known(j) && !enter(j)) {
		fe_join_free(j);
		return;
	}
	if (r) {
		fe_join_refuse_err(j, r);
		return;
	}
	j->asked = true;
	j->counted = !fe_roster_find(f, ply_slice_str(j->uri));
	f->n_joining += j->counted;
}

/* While the first one is with rtc the others wait: it decides whether there is a meeting. */
static bool may_proceed(const struct fe_focus *f)
{
	return f->state == FE_FOCUS_ACTIVE ||
	       (f->state == FE_FOCUS_ACTIVATING && f->def && !f->n_joining);
}

void fe_focus_joins_run(struct fe_focus *f)
{
	PLY_LIST_FOR_SAFE(it, next, &f->joins) {
		struct fe_join *j = container_of(it, struct fe_join, node);

		if (j->asked)
			continue;
		if (f->state == FE_FOCUS_ENDING)
			fe_join_refuse(j, fe_focus_ending(f));
		else if (may_proceed(f))
			proceed(j);
	}
	/* Nobody could come in: it stays inactive (meeting-lifecycle A4). */
	if (f->state == FE_FOCUS_ACTIVATING && !f->asked && ply_list_empty(&f->joins))
		fe_focus_free(f);
}
