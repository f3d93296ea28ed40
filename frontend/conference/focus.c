/* The life of an active meeting: made by a first join, ended in a fixed order, freed when rtc has
 * agreed. meeting-lifecycle: activation (A1-A8) and effects of deactivation. */
#include "frontend/conference/focus.h"

#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/conference.h"

#include <errno.h>

enum { RETRY_MS = 2000 };

PLY_GAUGE(meetings_gauge, "parley_frontend_meetings", "active meetings");
PLY_COUNTER(ended, "parley_frontend_meetings_ended_total", "meetings that ended");

struct fe_focus *fe_focus_lookup(const struct fe *fe, const struct ply_c3p_uri *uri)
{
	struct ply_slice key = ply_slice_str(uri->key);
	struct ply_hnode *n = ply_hash_first(&fe->meetings->focuses, ply_hash_slice(key));

	for (; n; n = ply_hash_next(n)) {
		struct fe_focus *f = container_of(n, struct fe_focus, by_key);

		if (ply_slice_is(key, f->uri.key))
			return f;
	}
	return NULL;
}

struct fe_focus *fe_focus_find(const struct fe *fe, const struct ply_c3p_uri *uri)
{
	struct fe_focus *f = fe_focus_lookup(fe, uri);

	return f && f->state == FE_FOCUS_ACTIVE ? f : NULL;
}

static void init_lists(struct fe_focus *f)
{
	ply_list_init(&f->parties);
	ply_list_init(&f->gone);
	ply_list_init(&f->leaving);
	ply_list_init(&f->subs);
	ply_list_init(&f->enlists);
	ply_list_init(&f->joins);
	ply_list_init(&f->calls);
	ply_hash_init(&f->by_uri);
}

static char *entity_of(const struct ply_c3p_uri *uri)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_c3p_uri_add(&b, uri, "focus");
	return ply_strbuf_steal(&b);
}

int fe_focus_new(struct fe_meetings *m, const struct ply_c3p_uri *uri, struct fe_focus **out)
{
	struct fe_focus *f = ply_calloc(1, sizeof *f);

	if (!f)
		return -ENOMEM;
	f->meetings = m;
	f->fe = m->fe;
	f->uri = *uri;
	f->epoch = m->epoch;
	f->state = FE_FOCUS_ACTIVATING;
	f->change = f->description_change = f->view_change = 1;
	init_lists(f);
	ply_random_uuid(f->instance);
	ply_log_init(&f->log, &m->log);
	ply_log_set(&f->log, 0, "conf", f->uri.conf_id);
	f->entity = entity_of(uri);
	if (!f->entity ||
	    ply_hash_add(&m->focuses, &f->by_key, ply_hash_slice(ply_slice_str(f->uri.key)))) {
		ply_free(f->entity);
		ply_free(f);
		return -ENOMEM;
	}
	*out = f;
	return 0;
}

static void stop_timers(struct fe_focus *f)
{
	ply_timer_stop(&f->t1);
	ply_timer_stop(&f->t2);
	ply_timer_stop(&f->linger);
	ply_timer_stop(&f->batch);
}

void fe_focus_free(struct fe_focus *f)
{
	bool was_active = f->state == FE_FOCUS_ACTIVE;

	f->state = FE_FOCUS_ENDING;
	stop_timers(f);
	ply_timer_stop(&f->retry);
	if (f->asked)
		f->asked->focus = NULL;
	if (was_active)
		ply_counter_add(&meetings_gauge, -1);
	fe_c3p_drop(f);
	fe_focus_joins_drop(f);
	fe_focus_subs_end(f, NULL);
	fe_enlist_drop(f);
	stop_timers(f);
	fe_roster_free(f);
	ply_hash_del(&f->meetings->focuses, &f->by_key);
	fe_meeting_free(f->def);
	ply_free(f->entity);
	ply_free(f);
}

void fe_focus_activated(struct fe_focus *f)
{
	f->state = FE_FOCUS_ACTIVE;
	ply_counter_inc(&meetings_gauge);
	ply_info(&f->log, "focus.activated", KS("organizer", f->def->organizer),
		 KS("instance", f->instance));
	fe_focus_record_start(f);
}

void fe_focus_read_policy(struct fe_focus *f)
{
	const struct fe_user *u = fe_user_find(f->fe, ply_slice_str(f->uri.organizer), NULL);

	if (f->knows_policy)
		return;
	fe_policy_of(f->fe, u, &f->def->policy);
	f->knows_policy = u != NULL;
}

int fe_focus_define(struct fe_focus *f, const struct ply_rtc_conf_full *c)
{
	int r = fe_meeting_from_rtc(f->fe, c, &f->def);

	if (f->def)
		fe_focus_read_policy(f);
	return r == -EBADMSG ? 0 : r;
}

void fe_focus_redefine(struct fe_focus *f, struct fe_meeting *def)
{
	fe_meeting_free(f->def);
	f->def = def;
	f->knows_policy = false;
	fe_focus_read_policy(f);
	f->view_change = ++f->change; /* media types may have come or gone */
	fe_focus_touch_description(f);
}

/* --- the end --- */

static void deactivate(void *ctx);

static void deactivated(void *ctx, int r)
{
	struct fe_focus_ref *e = ctx;
	struct fe_focus *f = e->focus;

	ply_free(e);
	if (!f)
		return;
	f->asked = NULL;
	if (!r || r > 0) { /* gone, or somebody else's by now */
		fe_focus_free(f);
		return;
	}
	ply_warn(&f->log, "focus.row-stayed", KI("err", r));
	ply_timer_start(f->fe->loop, &f->retry, RETRY_MS, deactivate, f);
}

/* Until rtc takes it: a meeting that ended must not come back with the next start. */
static void deactivate(void *ctx)
{
	struct fe_focus *f = ctx;
	struct fe_focus_ref *e = ply_calloc(1, sizeof *e);
	int r = -ENOMEM;

	if (e) {
		e->focus = f;
		r = ply_rtc_conf_deactivate(f->fe->rtc, f->def->id, deactivated, e);
	}
	if (!r) {
		f->asked = e;
		return;
	}
	ply_free(e);
	ply_timer_start(f->fe->loop, &f->retry, RETRY_MS, deactivate, f);
}

static const char *why_word(enum fe_focus_end why)
{
	static const char *const word[] = {
		[FE_END_COMMAND] = "command",
		[FE_END_ORGANIZER] = "organizer",
		[FE_END_EMPTY] = "empty",
		[FE_END_LENGTH] = "length",
		[FE_END_UNAUTHENTICATED] = "unauthenticated",
		[FE_END_DELETED] = "deleted",
		[FE_END_STOP] = "stop",
	};

	return word[why];
}

enum fe_diag fe_focus_ending(const struct fe_focus *f)
{
	return f->unscheduled ? FE_D_CONF_UNKNOWN : FE_D_CONF_ENDING;
}

static void say_bye(struct fe_focus *f)
{
	PLY_LIST_FOR(it, &f->parties) {
		struct fe_party *p = container_of(it, struct fe_party, in_focus);

		PLY_LIST_FOR(at, &p->places)
			fe_place_bye(container_of(at, struct fe_place, in_party),
				     "conference over");
	}
}

void fe_focus_end(struct fe_focus *f, enum fe_focus_end why)
{
	if (f->state != FE_FOCUS_ACTIVE)
		return;
	f->state = FE_FOCUS_ENDING; /* 1: nobody comes in any more */
	f->unscheduled = why == FE_END_DELETED;
	stop_timers(f);
	fe_focus_record_end(f, why_word(why));
	ply_counter_add(&meetings_gauge, -1);
	ply_counter_inc(&ended);
	ply_info(&f->log, "focus.ended", KS("why", why_word(why)), KI("parties", f->n_parties),
		 KI("seconds", (ply_wall_ms() - f->activated_ms) / 1000));
	fe_c3p_drop(f);
	fe_focus_joins_run(f);
	fe_enlist_end(f);                   /* 2, 3 */
	fe_focus_subs_end(f, "noresource"); /* 4 */
	say_bye(f);                         /* 5 */
	fe_roster_free(f);
	deactivate(f); /* 6, 7 */
}

struct refusal {
	const char *aor;
};

static void refuse_one(struct ply_hnode *n, void *ctx)
{
	struct fe_focus *f = container_of(n, struct fe_focus, by_key);

	if (!strcmp(f->uri.organizer, ((const struct refusal *)ctx)->aor))
		fe_focus_end(f, FE_END_ORGANIZER);
}

void fe_meetings_user_refused(struct fe *fe, const char *aor)
{
	struct refusal r = {.aor = aor};

	if (fe->meetings)
		ply_hash_each(&fe->meetings->focuses, refuse_one, &r);
}
