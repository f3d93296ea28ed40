/* What a conferencing server tells of its participants, taken over in order; a gap makes the
 * meeting ask for everything. */
#include "base/counter.h"
#include "frontend/conference/mcu.h"

enum { GET_MS = 15000 };

PLY_COUNTER(news, "parley_frontend_mcu_news_total", "notices of conferencing servers taken over");
PLY_COUNTER(gaps, "parley_frontend_mcu_news_gaps_total",
	    "notices of conferencing servers that were missed");
PLY_COUNTER(stale, "parley_frontend_mcu_news_refused_total",
	    "notices of conferencing servers that do not have the meeting");

static bool has_type(const struct fe_party *p, const char *type)
{
	PLY_LIST_FOR(it, &p->places)
		if (!strcmp(container_of(it, struct fe_place, in_party)->type, type))
			return true;
	return false;
}

/* The meeting may begin to end with any word of its roster: l is gone then. */
static bool take_users(struct fe_link *l, const struct ply_ci *ci)
{
	struct fe_focus *f = l->enlist->focus;
	char type[PLY_C3P_TYPE_MAX];

	memcpy(type, l->enlist->type, sizeof type);
	for (size_t i = 0; i < ci->n_user; i++) {
		struct ply_ci_user u = ci->user[i];

		if (u.state == PLY_CI_DELETED)
			u.n_endpoint = 0;
		fe_roster_news(f, type, &u);
		if (f->state != FE_FOCUS_ACTIVE)
			return false;
	}
	return true;
}

static bool is_listed(const struct ply_ci *ci, const char *uri)
{
	char aor[PLY_SIP_AOR_MAX];
	struct ply_sip_uri u;

	for (size_t i = 0; i < ci->n_user; i++)
		if (!ply_sip_uri_parse(ci->user[i].entity, &u) && !ply_sip_uri_aor(&u, aor) &&
		    !strcmp(aor, uri))
			return true;
	return false;
}

/* Whom a full list does not name has no endpoint of this type any more. */
static bool drop_others(struct fe_focus *f, const char *type, const struct ply_ci *ci)
{
	PLY_LIST_FOR_SAFE(it, next, &f->parties) {
		struct fe_party *p = container_of(it, struct fe_party, in_focus);
		struct ply_ci_user none = {.entity = ply_slice_str(p->uri),
					   .state = PLY_CI_DELETED};

		if (!has_type(p, type) || is_listed(ci, p->uri))
			continue;
		fe_roster_news(f, type, &none);
		if (f->state != FE_FOCUS_ACTIVE)
			return false;
	}
	return true;
}

static void take_full(struct fe_link *l, const struct ply_ci *ci, uint64_t version)
{
	struct fe_focus *f = l->enlist->focus;

	l->version = version;
	if (drop_others(f, l->enlist->type, ci))
		(void)take_users(l, ci);
}

/* --- asking for everything --- */

static void got(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *rsp)
{
	struct fe_link *l = ctx;

	l->getting = NULL;
	if (r == PLY_C3P_R_STALE || r == PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST) {
		fe_link_lost(l);
		return;
	}
	if (r || !rsp->has_conf || rsp->mcu_version < l->version)
		return; /* the next notice, or the next minute, asks again */
	fe_link_heard(l);
	if (rsp->mcu_version < l->seen) { /* something came after it was written */
		l->version = rsp->mcu_version;
		fe_link_get(l);
	}
	if (rsp->mcu_version)
		take_full(l, &rsp->conf, rsp->mcu_version);
}

void fe_link_get(struct fe_link *l)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_GET_CONFERENCE};

	if (l->getting || !l->mcu)
		return;
	fe_link_fill(l, &req);
	(void)fe_mcu_send(l->mcu, &req, GET_MS, got, l, &l->getting);
}

/* --- notify --- */

static enum ply_c3p_reason forged(const struct fe_mcu_factory *fac, const char *peer,
				  const struct ply_c3p_request *req, const char *why)
{
	ply_counter_inc(&stale);
	ply_warn(&fac->log, "mcu.news-refused", KS("peer", peer), KSL("conf", req->to),
		 KS("why", why));
	return PLY_C3P_R_STALE;
}

static void take(struct fe_link *l, const struct ply_c3p_request *req)
{
	struct fe_focus *f = l->enlist->focus;

	if (req->mcu_version > l->seen)
		l->seen = req->mcu_version;
	if (req->mcu_version <= l->version)
		return; /* known already */
	if (req->full) {
		take_full(l, &req->conf, req->mcu_version);
		ply_counter_inc(&news);
		return;
	}
	if (req->mcu_version != l->version + 1) {
		if (!l->getting)
			ply_counter_inc(&gaps);
		fe_link_get(l);
		return;
	}
	l->version = req->mcu_version;
	ply_counter_inc(&news);
	if (req->conf.n_view)
		fe_focus_touch_views(f);
	(void)take_users(l, &req->conf);
}

enum ply_c3p_reason fe_mcu_news(struct fe_mcu_factory *fac, const char *peer,
				const struct ply_c3p_request *req)
{
	struct ply_c3p_uri to, from;
	struct fe_focus *f;
	struct fe_enlist *e;
	struct fe_link *l;

	if (ply_c3p_uri_parse(&to, req->to) || ply_c3p_uri_parse(&from, req->from) ||
	    !req->has_conf)
		return PLY_C3P_R_REQUEST_MALFORMED;
	f = fe_focus_find(fac->fe, &to);
	e = f ? fe_enlist_find(f, from.type) : NULL;
	l = e ? fe_link_of(e) : NULL;
	if (!l || !l->mcu)
		return forged(fac, peer, req, "the meeting has no such conferencing server");
	if (strcmp(from.key, to.key) != 0 || !ply_slice_caseis(ply_slice_str(peer), l->mcu->fqdn))
		return forged(fac, peer, req, "another conferencing server has the meeting");
	if (!ply_slice_is(req->instance, f->instance))
		return forged(fac, peer, req, "of another activation");
	fe_link_heard(l);
	take(l, req);
	return PLY_C3P_R_NONE;
}
