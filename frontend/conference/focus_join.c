/* Coming in: INVITE to the Focus with addUser. The first success activates the meeting; until then
 * the Focus exists in memory alone, and joins that come meanwhile wait for it. What a join leaves
 * in rtc is committed before its 200. [MS-CONFBAS] 3.1.5.2. */
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/focus.h"
#include "sip/sip_ms.h"

#include <errno.h>

PLY_COUNTER(joined, "parley_frontend_meeting_joins_total", "successful joins of meetings");

/* One INVITE on its way. */
struct fe_join {
	struct ply_list node; /* in focus->joins */
	struct fe_req *q;     /* NULL: it was cancelled */
	struct fe *fe;
	struct fe_focus *focus; /* NULL: it is gone */
	struct ply_c3p_request req;
	char endpoint[FE_ENTITY_MAX + 1];
	uint64_t asked_ms; /* wall clock: the time of joining that rtc has */
	char uri[PLY_SIP_AOR_MAX];
	char *display_name;
	enum ply_ci_auth auth;
	enum ply_ci_access access;
	enum ply_ci_role granted;
	bool asked, counted; /* rtc is asked; and it is one more than were there */
};

/* --- reading --- */

static bool same_conference(struct ply_slice text, const struct ply_c3p_uri *uri)
{
	struct ply_c3p_uri u;

	return !ply_c3p_uri_parse(&u, text) && !strcmp(u.key, uri->key) && !strcmp(u.type, "focus");
}

static bool is_user(struct ply_slice text, const char *aor)
{
	char got[PLY_SIP_AOR_MAX];
	struct ply_sip_uri uri;

	return !ply_sip_uri_parse(text, &uri) && !uri.tel && !ply_sip_uri_aor(&uri, got) &&
	       !strcmp(got, aor);
}

/* One user, himself, into this conference. FE_D_N: fine. */
static enum fe_diag check(const struct fe_req *q, const struct ply_c3p_uri *uri,
			  const struct ply_c3p_request *c, const struct fe_who *who)
{
	const struct ply_ci_user *u = &c->user;

	if (!same_conference(q->to_addr.uri, uri))
		return FE_D_CONF_TO;
	if (c->cmd != PLY_C3P_ADD_USER || c->n_user != 1 || !c->has_user || c->mcu_uri.len ||
	    u->n_endpoint > 1 || (u->n_endpoint && u->endpoint[0].entity.len > FE_ENTITY_MAX))
		return FE_D_CONF_ADD_USER;
	if (!same_conference(c->keys.conf, uri))
		return FE_D_CONF_TO;
	if (!is_user(u->entity, who->uri) || (c->from.len && !is_user(c->from, who->uri)))
		return FE_D_CONF_FROM;
	if (fe_meeting_times(q->fe)->require_timer &&
	    !ply_sip_has_token(q->msg, PLY_HDR_SUPPORTED, "timer"))
		return FE_D_CONF_NO_TIMER;
	return FE_D_N;
}

static enum fe_diag read_body(const struct fe_req *q, struct ply_c3p_request *out)
{
	struct ply_slice type = ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE);

	if (!q->msg->body.len)
		return FE_D_CONF_ADD_USER;
	if (ply_ms_type_of(type) != PLY_MS_TYPE_CCCP)
		return FE_D_BODY_TYPE;
	if (ply_c3p_request_parse(out, q->msg->body)) {
		ply_c3p_request_deinit(out);
		return FE_D_CONF_BODY;
	}
	ply_c3p_request_distrust(out);
	return FE_D_N;
}

/* --- made and freed --- */

static void join_free(struct fe_join *j)
{
	if (j->q)
		j->q->stage_drop = NULL;
	if (j->counted && j->focus)
		j->focus->n_joining--;
	ply_list_del(&j->node);
	ply_c3p_request_deinit(&j->req);
	ply_free(j->display_name);
	ply_free(j);
}

static void refuse(struct fe_join *j, enum fe_diag why)
{
	struct fe_req *q = j->q;

	join_free(j);
	if (q)
		fe_refuse(q, why, NULL);
}

static void refuse_err(struct fe_join *j, int r)
{
	struct fe_req *q = j->q;

	join_free(j);
	if (q)
		fe_refuse_err(q, r);
}

/* CANCEL, or the process stops. What rtc was asked for is undone when it has answered. */
static void dropped(struct fe_req *q)
{
	struct fe_join *j = q->stage_ctx;

	j->q = NULL;
	if (!j->asked)
		join_free(j);
}

/* A client that does not name its endpoint is known by its epid, or once. */
static void name_endpoint(struct fe_join *j)
{
	const struct ply_ci_user *u = &j->req.user;
	char uuid[PLY_UUID_MAX];

	if (u->n_endpoint && u->endpoint[0].entity.len)
		(void)ply_slice_copy(u->endpoint[0].entity, j->endpoint, sizeof j->endpoint);
	else if (j->q->from_epid.len)
		(void)ply_slice_copy(j->q->from_epid, j->endpoint, sizeof j->endpoint);
	else
		(void)snprintf(j->endpoint, sizeof j->endpoint, "{%s}", ply_random_uuid(uuid));
}

/* TAKES req on success. */
static struct fe_join *join_new(struct fe_req *q, struct fe_focus *f, const struct fe_who *who,
				const struct ply_c3p_request *req)
{
	struct fe_join *j = ply_calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->display_name = ply_slice_dup(ply_slice_sub(who->display_name, 0, PLY_CI_MAX_TEXT));
	if (!j->display_name && who->display_name.p) {
		ply_free(j);
		return NULL;
	}
	j->q = q;
	j->fe = q->fe;
	j->focus = f;
	j->req = *req;
	(void)snprintf(j->uri, sizeof j->uri, "%s", who->uri);
	j->auth = who->auth;
	j->access = who->access;
	name_endpoint(j);
	ply_list_push(&f->joins, &j->node);
	q->stage_ctx = j;
	q->stage_drop = dropped;
	return j;
}

void fe_focus_joins_drop(struct fe_focus *f)
{
	PLY_LIST_FOR_SAFE(it, next, &f->joins) {
		struct fe_join *j = container_of(it, struct fe_join, node);

		j->focus = NULL;
		ply_list_del(&j->node);
		if (!j->asked)
			refuse(j, FE_D_CONF_ENDING);
	}
}

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
	join_free(j);
}

static void committed_well(struct fe_join *j, const struct ply_rtc_conf_joined *d)
{
	struct fe_focus *f = j->focus;
	int r;

	if (f->state == FE_FOCUS_ENDING) {
		refuse(j, FE_D_CONF_ENDING);
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
		refuse_err(j, r);
	else
		join_free(j);
	if (r && f->state == FE_FOCUS_ACTIVE)
		fe_focus_timers_left(f);
}

static void committed_ill(struct fe_join *j, int r)
{
	switch (r) {
	case PLY_DB_E_NONE:
		refuse(j, FE_D_CONF_UNKNOWN);
		break;
	case PLY_RTC_CONF_E_OWNED:
	case PLY_DB_E_FENCED:
		refuse(j, FE_D_DATABASE); /* another Front End has it, or is about to */
		break;
	default:
		refuse_err(j, r < 0 ? r : -EIO);
	}
}

static void committed(void *ctx, int r, const struct ply_rtc_conf_joined *d)
{
	struct fe_join *j = ctx;
	struct fe_focus *f = j->focus;

	j->asked = false;
	if (!f) {
		refuse(j, FE_D_CONF_ENDING);
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
		refuse(j, diag_of(a));
		return;
	}
	if (f->state == FE_FOCUS_ACTIVATING)
		f->enterprise_left_ms = ply_wall_ms(); /* until one of them is in */
	r = ask(j);
	if (r && is_known(j) && !enter(j)) {
		join_free(j);
		return;
	}
	if (r) {
		refuse_err(j, r);
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
			refuse(j, FE_D_CONF_ENDING);
		else if (may_proceed(f))
			proceed(j);
	}
	/* Nobody could come in: it stays inactive (meeting-lifecycle A4). */
	if (f->state == FE_FOCUS_ACTIVATING && !f->asked && ply_list_empty(&f->joins))
		fe_focus_free(f);
}

/* --- the record --- */

static void refuse_all(struct fe_focus *f, enum fe_diag why)
{
	PLY_LIST_FOR_SAFE(it, next, &f->joins)
		refuse(container_of(it, struct fe_join, node), why);
	fe_focus_free(f);
}

/* The organizer is the user of the Request-URI: loaded, or known not to exist. */
static bool has_organizer(const struct fe_focus *f)
{
	const struct fe_user *u = fe_user_find(f->fe, ply_slice_str(f->uri.organizer), NULL);

	return u && (u->flags & PLY_RTC_ENABLED);
}

static void loaded(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	struct fe_focus_ref *ref = ctx;
	struct fe_focus *f = ref->focus;

	ply_free(ref);
	if (!f)
		return;
	f->asked = NULL;
	if (r || !has_organizer(f))
		refuse_all(f, r && r != PLY_DB_E_NONE ? FE_D_DATABASE : FE_D_CONF_UNKNOWN);
	else if (fe_focus_define(f, c) ||
		 (c->active && ply_slice_caseis(c->active->frontend, f->fe->fqdn) &&
		  fe_focus_recover(f, c)))
		refuse_all(f, FE_D_OVERLOAD);
	else
		fe_focus_joins_run(f);
}

static int load(struct fe_focus *f)
{
	struct fe_focus_ref *ref = ply_calloc(1, sizeof *ref);
	int r;

	if (!ref)
		return -ENOMEM;
	ref->focus = f;
	r = ply_rtc_conf_load(f->fe->rtc, ply_slice_str(f->uri.organizer),
			      ply_slice_str(f->uri.conf_id), loaded, ref);
	if (r)
		ply_free(ref);
	else
		f->asked = ref;
	return r;
}

/* --- the stage --- */

static int find_or_begin(struct fe_req *q, const struct ply_c3p_uri *uri, struct fe_focus **out)
{
	int r;

	*out = fe_focus_lookup(q->fe, uri);
	if (*out)
		return 0;
	r = fe_focus_new(q->fe->meetings, uri, out);
	if (!r)
		r = load(*out);
	if (r && *out)
		fe_focus_free(*out);
	return r;
}

static enum fe_verdict begin(struct fe_req *q, const struct ply_c3p_uri *uri,
			     const struct fe_who *who, struct ply_c3p_request *req)
{
	struct fe_focus *f = NULL;
	int r = find_or_begin(q, uri, &f);

	if (!r && !join_new(q, f, who, req))
		r = -ENOMEM;
	if (r) {
		ply_c3p_request_deinit(req);
		fe_refuse_err(q, r);
	} else {
		fe_focus_joins_run(f);
	}
	return FE_DONE;
}

enum fe_verdict fe_focus_join(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	struct ply_c3p_request req;
	enum fe_diag why;
	struct fe_who who;

	if (!fe_who_of(q, &who))
		why = FE_D_CONF_FEDERATED;
	else if (q->target_unknown)
		why = FE_D_CONF_UNKNOWN;
	else
		why = read_body(q, &req);
	if (why == FE_D_N) {
		why = check(q, uri, &req, &who);
		if (why == FE_D_N)
			return begin(q, uri, &who, &req);
		ply_c3p_request_deinit(&req);
	}
	fe_refuse(q, why, NULL);
	return FE_DONE;
}
