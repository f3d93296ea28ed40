/* Rows of those who left, in rtc: deleted, again and again while rtc is away, so that a restart
 * does not bring them back. */
#include "base/mem.h"
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/focus.h"

enum { RETRY_MS = 2000 };

/* One place that was left. */
struct leaving {
	struct ply_list node;   /* in focus->leaving */
	struct fe_focus *focus; /* NULL: it is gone, its rows go with it */
	char *uri, *endpoint;
	bool asked; /* rtc owes an answer */
};

static void leaving_free(struct leaving *l)
{
	ply_list_del(&l->node);
	ply_free(l->uri);
	ply_free(l->endpoint);
	ply_free(l);
}

static void retry(void *ctx);

static void failed(struct leaving *l, int r)
{
	struct fe_focus *f = l->focus;

	l->asked = false;
	ply_warn(&f->log, "focus.row-stayed", KI("err", r));
	if (!ply_timer_is_active(&f->leave_retry))
		ply_timer_start(f->fe->loop, &f->leave_retry, RETRY_MS, retry, f);
}

static void answered(void *ctx, int r)
{
	struct leaving *l = ctx;

	if (r < 0 && l->focus)
		failed(l, r);
	else
		leaving_free(l);
}

static void ask(struct leaving *l)
{
	struct fe_focus *f = l->focus;
	int r = ply_rtc_conf_leave(f->fe->rtc, f->def->id, ply_slice_str(l->uri),
				   ply_slice_str(l->endpoint), f->enterprise_left_ms, answered, l);

	l->asked = !r;
	if (r)
		failed(l, r);
}

static bool is_back(const struct leaving *l)
{
	const struct fe_party *p = fe_roster_find(l->focus, ply_slice_str(l->uri));

	return p && fe_place_find(p, ply_slice_str(l->endpoint), "focus");
}

static void retry(void *ctx)
{
	struct fe_focus *f = ctx;

	if (f->n_joining) { /* one of them may be on his way back */
		ply_timer_start(f->fe->loop, &f->leave_retry, RETRY_MS, retry, f);
		return;
	}
	PLY_LIST_FOR_SAFE(it, next, &f->leaving) {
		struct leaving *l = container_of(it, struct leaving, node);

		if (l->asked)
			continue;
		if (is_back(l))
			leaving_free(l);
		else
			ask(l);
	}
}

void fe_roster_row_delete(const struct fe_place *pl)
{
	struct fe_focus *f = pl->party->focus;
	struct leaving *l;

	if (!f->fe->rtc || f->state != FE_FOCUS_ACTIVE)
		return;
	l = ply_calloc(1, sizeof *l);
	if (!l)
		return;
	l->focus = f;
	l->uri = ply_strdup(pl->party->uri);
	l->endpoint = ply_strdup(pl->entity);
	ply_list_push(&f->leaving, &l->node);
	if (l->uri && l->endpoint)
		ask(l);
	else
		leaving_free(l);
}

void fe_roster_rows_forget(struct fe_focus *f)
{
	ply_timer_stop(&f->leave_retry);
	PLY_LIST_FOR_SAFE(it, next, &f->leaving) {
		struct leaving *l = container_of(it, struct leaving, node);

		if (!l->asked) {
			leaving_free(l);
			continue;
		}
		ply_list_del(&l->node);
		l->focus = NULL;
	}
}
