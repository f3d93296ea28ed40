/* Meetings come back after a restart: lock, participants and roles as rtc has them, at the same
 * URI. Clients have lost their connections: their places wait for the rejoin, and lapse. What
 * conferencing servers still have is found by frontend/conference/mcu_enlist.c.
 * meeting-lifecycle: recovery after failure. */
#include "base/mem.h"
#include "db/rtc/rtc_conf.h"
#include "db/rtcdyn/rtcdyn_conf.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/focus.h"

#include <errno.h>

/* --- the conferencing servers it had --- */

/* By name: whatever may happen to the focus until rtcdyn has answered. */
struct servers {
	struct fe *fe;
	struct ply_c3p_uri uri;
};

static void found(void *ctx, enum ply_c3p_reason r, struct fe_enlist *e)
{
	(void)ctx, (void)r, (void)e; /* it is asked for its roster when it is ready */
}

static void servers_loaded(void *ctx, int r, const struct ply_rtcdyn_conf_rows *rows)
{
	struct servers *s = ctx;
	struct fe_focus *f = !r && s->fe->meetings ? fe_focus_find(s->fe, &s->uri) : NULL;
	char type[PLY_C3P_TYPE_MAX];

	for (size_t i = 0; f && i < rows->n_mcu; i++)
		if (ply_slice_copy(rows->mcu[i].type, type, sizeof type))
			(void)fe_enlist_want(f, type, found, NULL);
	ply_free(s);
}

/* Media went on without this process. What cannot be read now is found by the next who asks. */
static void find_servers(const struct fe_focus *f)
{
	struct servers *s = f->fe->rtcdyn ? ply_calloc(1, sizeof *s) : NULL;

	if (!s)
		return;
	*s = (struct servers){.fe = f->fe, .uri = f->uri};
	if (ply_rtcdyn_conf_load(f->fe->rtcdyn, &f->def->id, 1, servers_loaded, s))
		ply_free(s);
}

/* --- one meeting --- */

static int restore_party(struct fe_focus *f, const struct ply_rtc_conf_party *row)
{
	enum ply_ci_role role = row->role == PLY_RTC_PRESENTER ? PLY_CI_PRESENTER : PLY_CI_ATTENDEE;
	struct fe_party *p = fe_roster_find(f, row->uri);
	char uri[PLY_SIP_AOR_MAX];
	struct fe_place *pl;
	char *name;

	if (!ply_slice_copy(row->uri, uri, sizeof uri))
		return 0; /* nobody can be called so */
	name = ply_slice_dup(row->display_name.p ? row->display_name : ply_slice("", 0));
	if (!p && name)
		p = fe_roster_add(f, uri, name, role, (enum ply_ci_auth)row->auth);
	ply_free(name);
	pl = p ? fe_place_add(p, row->endpoint, "focus", PLY_CI_CONNECTED) : NULL;
	if (!pl)
		return -ENOMEM;
	pl->joined_ms = row->joined_ms;
	fe_place_lapse_in(pl, fe_meeting_times(f->fe)->rejoin_grace);
	return 0;
}

int fe_focus_recover(struct fe_focus *f, const struct ply_rtc_conf_full *c)
{
	int r = 0;

	for (size_t i = 0; !r && i < c->n_party; i++)
		r = restore_party(f, &c->party[i]);
	if (r)
		return r;
	f->locked = c->active->locked;
	f->activated_ms = c->active->activated_ms;
	f->last_join_ms = c->active->last_join_ms;
	f->enterprise_left_ms = f->n_enterprise ? 0 : c->active->enterprise_left_ms;
	f->epoch = (uint64_t)c->active->epoch;
	(void)ply_slice_copy(c->active->instance, f->instance, sizeof f->instance);
	fe_focus_activated(f);
	find_servers(f);
	return 0;
}

/* --- all of them --- */

static void wait_anew(struct ply_hnode *n, void *ctx)
{
	const struct fe_focus *f = container_of(n, struct fe_focus, by_key);

	(void)ctx;
	PLY_LIST_FOR(it, &f->parties) {
		PLY_LIST_FOR(pi, &container_of(it, struct fe_party, in_focus)->places) {
			struct fe_place *pl = container_of(pi, struct fe_place, in_party);

			if (!pl->dialog && !strcmp(pl->type, "focus"))
				fe_place_lapse_in(pl, fe_meeting_times(f->fe)->rejoin_grace);
		}
	}
}

void fe_meetings_grace_changed(struct fe_meetings *m)
{
	ply_hash_each(&m->focuses, wait_anew, NULL);
}

/* A join may have been quicker. */
static void restore(struct fe *fe, const struct ply_rtc_conf_full *c)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;
	struct fe_focus *f = NULL;
	struct ply_c3p_uri uri;
	int r;

	ply_strbuf_addf(&text, "%.*s;gruu;opaque=app:conf:focus:id:%.*s",
			PLY_SLICE_ARG(c->conf.organizer), PLY_SLICE_ARG(c->conf.conf_id));
	r = ply_c3p_uri_parse(&uri, ply_strbuf_slice(&text));
	ply_strbuf_deinit(&text);
	if (r || fe_focus_lookup(fe, &uri))
		return;
	r = fe_focus_new(fe->meetings, &uri, &f);
	if (!r)
		r = fe_focus_define(f, c);
	if (!r)
		r = fe_focus_recover(f, c);
	if (r && f)
		fe_focus_free(f);
	else if (f && (c->active->end_wanted || !f->n_parties))
		fe_focus_end(f, c->active->end_wanted ? FE_END_COMMAND : FE_END_EMPTY);
	else if (f)
		fe_focus_timers_joined(f);
}

static void restored(void *ctx, int r, const struct ply_rtc_conf_full *c, size_t n, bool more)
{
	struct fe *fe = ctx;

	if (!fe->meetings)
		return;
	for (size_t i = 0; !r && i < n; i++)
		if (c[i].active)
			restore(fe, &c[i]);
	if (r)
		ply_warn(&fe->meetings->log, "focuses.unread", KI("err", r));
	else if (!more)
		ply_info(&fe->meetings->log, "focuses.restored",
			 KI("meetings", (long long)fe->meetings->focuses.n));
}

void fe_meetings_restore(struct fe *fe)
{
	int r;

	if (!fe->meetings)
		return;
	r = ply_rtc_conf_active_list(fe->rtc, ply_slice_str(fe->fqdn), restored, fe);
	if (r)
		ply_warn(&fe->meetings->log, "focuses.unread", KI("err", r));
}
