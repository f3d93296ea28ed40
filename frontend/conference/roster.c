/* Who is in the meeting: participants, their places (clients in the Focus, legs on conferencing
 * servers), and when each last changed, so that every subscriber can be told what is new to him.
 * [MS-CONFBAS] 3.1.1. */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/focus.h"

#include <errno.h>

enum { MAX_GONE = 256, MAX_PLACES = PLY_CI_MAX_ENDPOINTS };

PLY_GAUGE(parties_gauge, "parley_frontend_meeting_participants", "participants of all meetings");

/* --- what changed --- */

void fe_roster_touch(struct fe_party *p)
{
	p->changed = ++p->focus->change;
	fe_focus_changed(p->focus);
}

void fe_focus_touch_description(struct fe_focus *f)
{
	f->description_change = ++f->change;
	fe_focus_changed(f);
}

void fe_focus_touch_views(struct fe_focus *f)
{
	f->view_change = ++f->change;
	fe_focus_changed(f);
}

static void gone_free(struct fe_focus *f, struct fe_gone *g)
{
	ply_list_del(&g->node);
	f->n_gone--;
	ply_free(g->uri);
	ply_free(g);
}

/* Whoever knows less than the oldest that is forgotten gets everything. */
static void gone_forget(struct fe_focus *f, struct fe_gone *g)
{
	f->forgotten = g->changed;
	gone_free(f, g);
}

static void gone_remember(struct fe_focus *f, const char *uri)
{
	struct fe_gone *g = ply_calloc(1, sizeof *g);

	f->change++;
	if (g)
		g->uri = ply_strdup(uri);
	if (!g || !g->uri) {
		ply_free(g);
		f->forgotten = f->change;
		return;
	}
	g->changed = f->change;
	ply_list_push(&f->gone, &g->node);
	if (++f->n_gone > MAX_GONE)
		gone_forget(f, container_of(ply_list_first(&f->gone), struct fe_gone, node));
}

/* He is back: the document says so, not that he went. */
static void gone_back(struct fe_focus *f, const char *uri)
{
	PLY_LIST_FOR(it, &f->gone) {
		struct fe_gone *g = container_of(it, struct fe_gone, node);

		if (!strcmp(g->uri, uri)) {
			gone_free(f, g);
			return;
		}
	}
}

/* --- participants --- */

struct fe_party *fe_roster_find(const struct fe_focus *f, struct ply_slice uri)
{
	struct ply_hnode *n = ply_hash_first(&f->by_uri, ply_hash_slice(uri));

	for (; n; n = ply_hash_next(n)) {
		struct fe_party *p = container_of(n, struct fe_party, by_uri);

		if (ply_slice_is(uri, p->uri))
			return p;
	}
	return NULL;
}

static void party_free(struct fe_party *p)
{
	ply_free(p->uri);
	ply_free(p->display_name);
	ply_free(p);
}

struct fe_party *fe_roster_add(struct fe_focus *f, const char *uri, const char *display_name,
			       enum ply_ci_role role, enum ply_ci_auth auth)
{
	struct fe_party *p = ply_calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->focus = f;
	p->uri = ply_strdup(uri);
	p->display_name = ply_strdup(display_name ? display_name : "");
	p->role = role;
	p->auth = auth;
	ply_list_init(&p->places);
	if (!p->uri || !p->display_name ||
	    ply_hash_add(&f->by_uri, &p->by_uri, ply_hash_slice(ply_slice_str(uri)))) {
		party_free(p);
		return NULL;
	}
	ply_list_push(&f->parties, &p->in_focus);
	f->n_parties++;
	f->meetings->n_parties++;
	ply_counter_inc(&parties_gauge);
	gone_back(f, uri);
	fe_roster_touch(p);
	return p;
}

/* Without places, out of everything. */
static void party_drop(struct fe_party *p)
{
	struct fe_focus *f = p->focus;

	ply_hash_del(&f->by_uri, &p->by_uri);
	ply_list_del(&p->in_focus);
	f->n_parties--;
	f->meetings->n_parties--;
	ply_counter_add(&parties_gauge, -1);
	gone_remember(f, p->uri);
	party_free(p);
	fe_focus_changed(f);
}

void fe_roster_set_role(struct fe_party *p, enum ply_ci_role role)
{
	if (p->role == role)
		return;
	p->role = role;
	fe_roster_touch(p);
}

/* --- places --- */

static bool is_focus(const struct fe_place *pl)
{
	return !strcmp(pl->type, "focus");
}

struct fe_place *fe_place_find(const struct fe_party *p, struct ply_slice entity, const char *type)
{
	PLY_LIST_FOR(it, &p->places) {
		struct fe_place *pl = container_of(it, struct fe_place, in_party);

		if (ply_slice_caseis(entity, pl->entity) && !strcmp(pl->type, type))
			return pl;
	}
	return NULL;
}

static void place_free(struct fe_place *pl)
{
	ply_timer_stop(&pl->lapse);
	fe_place_drop_dialog(pl);
	ply_list_del(&pl->in_party);
	ply_free(pl->entity);
	ply_free(pl->type);
	ply_free(pl->texts);
	ply_free(pl->recorded_on);
	ply_free(pl);
}

struct fe_place *fe_place_add(struct fe_party *p, struct ply_slice entity, const char *type,
			      enum ply_ci_status status)
{
	struct fe_place *pl;

	if (p->n_places >= MAX_PLACES)
		return NULL;
	pl = ply_calloc(1, sizeof *pl);
	if (!pl)
		return NULL;
	pl->party = p;
	ply_list_init(&pl->in_party);
	pl->entity = ply_slice_dup(entity);
	pl->type = ply_strdup(type);
	pl->status = status;
	pl->joining = PLY_CI_DIALED_IN;
	pl->joined_ms = ply_wall_ms();
	if (!pl->entity || !pl->type) {
		place_free(pl);
		return NULL;
	}
	ply_list_push(&p->places, &pl->in_party);
	p->n_places++;
	if (is_focus(pl) && !p->n_focus++ && p->auth == PLY_CI_AUTH_ENTERPRISE) {
		p->focus->n_enterprise++;
		p->focus->enterprise_left_ms = 0;
	}
	fe_roster_touch(p);
	return pl;
}

/* The place is out of its participant, who may have none left. */
static void place_drop(struct fe_place *pl)
{
	struct fe_party *p = pl->party;
	struct fe_focus *f = p->focus;
	bool focus = is_focus(pl);

	fe_place_record_leave(pl);
	p->n_places--;
	if (focus && !--p->n_focus && p->auth == PLY_CI_AUTH_ENTERPRISE && !--f->n_enterprise)
		f->enterprise_left_ms = ply_wall_ms();
	if (focus)
		fe_roster_row_delete(pl);
	place_free(pl);
	if (focus)
		fe_focus_unsubscribe(f, p->uri, "noresource");
}

static void tell_left(struct fe_focus *f)
{
	if (f->state == FE_FOCUS_ACTIVE)
		fe_focus_timers_left(f);
}

void fe_place_remove(struct fe_place *pl)
{
	struct fe_party *p = pl->party;
	struct fe_focus *f = p->focus;

	place_drop(pl);
	if (p->n_places)
		fe_roster_touch(p);
	else
		party_drop(p);
	tell_left(f);
}

void fe_party_remove(struct fe_party *p, const char *reason)
{
	struct fe_focus *f = p->focus;
	struct ply_list *n;

	while ((n = ply_list_first(&p->places))) {
		struct fe_place *pl = container_of(n, struct fe_place, in_party);

		fe_place_bye(pl, reason);
		place_drop(pl);
	}
	party_drop(p);
	tell_left(f);
}

/* --- dialogs and flows of places --- */

static uint64_t flow_hash(uint64_t flow)
{
	return ply_hash_bytes(&flow, sizeof flow);
}

static struct fe_meetings *meetings_of(const struct fe_place *pl)
{
	return pl->party->focus->meetings;
}

void fe_place_link_flow(struct fe_place *pl)
{
	struct fe_meetings *m = meetings_of(pl);

	if (pl->flow_hashed)
		ply_hash_del(&m->flows, &pl->by_flow);
	pl->flow_hashed = pl->dialog && pl->dialog->hop.proto != PLY_SIP_UDP &&
			  !ply_hash_add(&m->flows, &pl->by_flow, flow_hash(pl->dialog->hop.flow));
}

int fe_place_set_dialog(struct fe_place *pl, struct ply_sip_dialog *d)
{
	uint64_t h = ply_sip_dialog_hash(ply_slice_str(d->call_id), ply_slice_str(d->local_tag),
					 ply_slice_str(d->remote_tag));
	int r;

	fe_place_drop_dialog(pl);
	r = ply_hash_add(&meetings_of(pl)->dialogs, &pl->by_dialog, h);
	if (r)
		return r;
	pl->hashed = true;
	pl->dialog = d;
	fe_place_link_flow(pl);
	return 0;
}

void fe_place_drop_dialog(struct fe_place *pl)
{
	struct fe_meetings *m = meetings_of(pl);

	if (pl->hashed)
		ply_hash_del(&m->dialogs, &pl->by_dialog);
	if (pl->flow_hashed)
		ply_hash_del(&m->flows, &pl->by_flow);
	pl->hashed = pl->flow_hashed = false;
	ply_sip_dialog_free(pl->dialog);
	pl->dialog = NULL;
}

/* --- the end of all --- */

void fe_roster_free(struct fe_focus *f)
{
	PLY_LIST_FOR_SAFE(it, next, &f->parties) {
		struct fe_party *p = container_of(it, struct fe_party, in_focus);

		PLY_LIST_FOR_SAFE(at, after, &p->places)
			place_free(container_of(at, struct fe_place, in_party));
		f->meetings->n_parties--;
		ply_counter_add(&parties_gauge, -1);
		party_free(p);
	}
	PLY_LIST_FOR_SAFE(it, next, &f->gone)
		gone_free(f, container_of(it, struct fe_gone, node));
	fe_roster_rows_forget(f);
	ply_list_init(&f->parties);
	f->n_parties = f->n_enterprise = 0;
	ply_hash_deinit(&f->by_uri);
}
