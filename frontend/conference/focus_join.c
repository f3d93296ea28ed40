/* Coming in: INVITE to the Focus with addUser, read and checked; for the first one the meeting's
 * record is loaded. Then it is a join, and focus_enter.c goes on. [MS-CONFBAS] 3.1.5.2. */
#include "frontend/conference/focus_join.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "db/rtc/rtc_conf.h"
#include "sip/sip_ms.h"

#include <errno.h>

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

void fe_join_free(struct fe_join *j)
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

void fe_join_refuse(struct fe_join *j, enum fe_diag why)
{
	struct fe_req *q = j->q;

	fe_join_free(j);
	if (q)
		fe_refuse(q, why, NULL);
}

void fe_join_refuse_err(struct fe_join *j, int r)
{
	struct fe_req *q = j->q;

	fe_join_free(j);
	if (q)
		fe_refuse_err(q, r);
}

/* CANCEL, or the process stops. What rtc was asked for is undone when it has answered. */
static void dropped(struct fe_req *q)
{
	struct fe_join *j = q->stage_ctx;

	j->q = NULL;
	if (!j->asked)
		fe_join_free(j);
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
			fe_join_refuse(j, fe_focus_ending(f));
	}
}

/* --- the record --- */

static void refuse_all(struct fe_focus *f, enum fe_diag why)
{
	PLY_LIST_FOR_SAFE(it, next, &f->joins)
		fe_join_refuse(container_of(it, struct fe_join, node), why);
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
