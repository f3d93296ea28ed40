/* What ends a meeting besides a command, and what ends its record: meeting-lifecycle's causes of
 * deactivation (last participant gone; so long since the last join; so long without anybody of the
 * local directory; its organizer refused; an administrator), and the hourly look for records whose
 * time is over. Times come from fe_meeting_times(); those that a restart must not lengthen are
 * counted from the wall clock. */
#include "base/counter.h"
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/focus.h"

#include <errno.h>

enum { SWEEP_ROWS = 256 };

PLY_COUNTER(expired, "parley_frontend_meetings_expired_total", "meetings whose record ran out");

/* --- T1: since the last join; activity counts for nothing --- */

static void too_long(void *ctx)
{
	fe_focus_end(ctx, FE_END_LENGTH);
}

static void start_from(struct fe_focus *f, struct ply_timer *t, uint64_t wall_ms, uint64_t ms,
		       void (*fn)(void *ctx))
{
	uint64_t now = ply_wall_ms(), end = wall_ms + ms;

	ply_timer_start(f->fe->loop, t, end > now ? end - now : 0, fn, f);
}

/* --- T2: without an authenticated user of the local directory --- */

static void unattended(void *ctx)
{
	fe_focus_end(ctx, FE_END_UNAUTHENTICATED);
}

static bool attended(const struct fe_focus *f)
{
	if (f->n_enterprise)
		return true;
	if (!fe_meeting_times(f->fe)->t2_counts_federated)
		return false;
	PLY_LIST_FOR(it, &f->parties) {
		const struct fe_party *p = container_of(it, struct fe_party, in_focus);

		if (p->auth == PLY_CI_AUTH_FEDERATED && p->n_focus)
			return true;
	}
	return false;
}

static void watch_attendance(struct fe_focus *f)
{
	if (attended(f)) {
		ply_timer_stop(&f->t2);
		return;
	}
	if (ply_timer_is_active(&f->t2))
		return;
	start_from(f, &f->t2, f->enterprise_left_ms ? f->enterprise_left_ms : ply_wall_ms(),
		   fe_meeting_times(f->fe)->unauthenticated, unattended);
}

void fe_focus_timers_joined(struct fe_focus *f)
{
	start_from(f, &f->t1, f->last_join_ms, fe_meeting_times(f->fe)->max_length, too_long);
	watch_attendance(f);
}

void fe_focus_timers_left(struct fe_focus *f)
{
	if (f->state != FE_FOCUS_ACTIVE)
		return;
	if (f->n_parties)
		watch_attendance(f);
	else
		fe_focus_end(f, FE_END_EMPTY);
}

/* --- who else ends it --- */

struct by_id {
	int64_t id;
	struct fe_focus *found;
};

static void look_id(struct ply_hnode *n, void *ctx)
{
	struct fe_focus *f = container_of(n, struct fe_focus, by_key);
	struct by_id *want = ctx;

	if (f->def && f->def->id == want->id && f->state == FE_FOCUS_ACTIVE)
		want->found = f;
}

static void record_changed(void *ctx, const struct ply_rtc_conf_change *ch)
{
	struct fe_meetings *m = ctx;
	struct by_id want = {.id = ch->id};

	if (!ch->id)
		return;
	ply_hash_each(&m->focuses, look_id, &want);
	if (want.found && ch->kind == PLY_RTC_CONF_DELETED)
		fe_focus_end(want.found, FE_END_DELETED);
	else if (want.found && ch->kind == PLY_RTC_CONF_END)
		fe_focus_end(want.found, FE_END_COMMAND);
}

/* --- records --- */

static void sweep(void *ctx);

static void next_sweep(struct fe_meetings *m, uint64_t ms)
{
	ply_timer_start(m->fe->loop, &m->sweep, ms, sweep, m);
}

static void swept(void *ctx, int r, const struct ply_rtc_conf_gone *g, size_t n)
{
	struct fe_meetings *m = ctx;

	for (size_t i = 0; !r && i < n; i++)
		ply_info(&m->log, "meeting.expired", KSL("organizer", g[i].organizer),
			 KSL("conf_id", g[i].conf_id));
	ply_counter_add(&expired, r ? 0 : (int64_t)n);
	if (r != -ECANCELED)
		next_sweep(m, !r && n == SWEEP_ROWS ? 0 : fe_meeting_times(m->fe)->sweep);
}

static void sweep(void *ctx)
{
	struct fe_meetings *m = ctx;

	if (ply_rtc_conf_expire(m->fe->rtc, ply_wall_ms(), SWEEP_ROWS, swept, m))
		next_sweep(m, fe_meeting_times(m->fe)->sweep);
}

void fe_meetings_sweep_start(struct fe_meetings *m)
{
	ply_rtc_on_conf_change(m->fe->rtc, record_changed, m);
	next_sweep(m, fe_meeting_times(m->fe)->sweep);
}
