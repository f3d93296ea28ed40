/* Presentities from the database: what is asked for within a turn is loaded together; and requests
 * that wait for several of them. */
#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

struct waiter {
	struct ply_list node;
	void (*cb)(void *ctx, int r);
	void *ctx;
};

/* The presentities of one statement; their users are held. */
struct batch {
	struct fe_presence *x;
	struct fe_presentity *p[PLY_RTC_LOAD_MAX];
	size_t n;
};

static void answer_waiters(struct fe_presentity *p, int r)
{
	struct ply_list *n;

	while ((n = ply_list_first(&p->waiters))) {
		struct waiter *w = container_of(n, struct waiter, node);

		ply_list_del(n);
		w->cb(w->ctx, r);
		ply_free(w);
	}
}

/* Answers and drops what did not come. */
static void settle(struct fe_presentity *p, int r)
{
	struct fe_user *u = p->user;

	answer_waiters(p, r);
	if (!p->loaded) {
		u->pres = NULL;
		fe_pres_free(p);
	}
	fe_user_release(u);
}

void fe_load_fail(struct fe_presentity *p, int r)
{
	settle(p, p->loaded ? 0 : r);
}

/* Results come ordered by uri; the asked for are few enough to look through. */
static const struct ply_rtc_presentity *row_of(const struct fe_presentity *p,
					       const struct ply_rtc_presentity *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ply_slice_is(row[i].user.uri, p->user->aor))
			return &row[i];
	return NULL;
}

static void loaded(void *ctx, int r, const struct ply_rtc_presentity *row, size_t n)
{
	struct batch *b = ctx;

	for (size_t i = 0; i < b->n; i++) {
		struct fe_presentity *p = b->p[i];
		const struct ply_rtc_presentity *mine = r ? NULL : row_of(p, row, n);
		int own = r ? (r > 0 ? -EIO : r) : -ENOENT;

		if (mine)
			own = p->loaded ? 0 : fe_pres_fill(p, mine);
		settle(p, own);
	}
	ply_free(b);
}

static int ask(struct fe_presence *x, struct batch *b)
{
	struct ply_slice uri[PLY_RTC_LOAD_MAX];
	struct ply_list *n;

	b->x = x;
	while (b->n < PLY_RTC_LOAD_MAX && (n = ply_list_first(&x->to_load))) {
		struct fe_presentity *p = container_of(n, struct fe_presentity, loading);

		ply_list_del(n);
		if (p->loaded) { /* it was there already: somebody only wants to be called */
			answer_waiters(p, 0);
			fe_user_release(p->user);
			continue;
		}
		uri[b->n] = ply_slice_str(p->user->aor);
		b->p[b->n++] = p;
	}
	if (b->n)
		return ply_rtc_presentity_load(x->fe->rtc, uri, b->n, loaded, b);
	ply_free(b);
	return 0;
}

static void load_gathered(void *ctx)
{
	struct fe_presence *x = ctx;

	while (!ply_list_empty(&x->to_load)) {
		struct batch *b = ply_calloc(1, sizeof *b);
		int r = b ? ask(x, b) : -ENOMEM;

		if (!b) /* tried again at the next request for one of them */
			break;
		if (r)
			loaded(b, r, NULL, 0);
	}
}

int fe_presence_load(struct fe_user *u, void (*cb)(void *ctx, int r), void *ctx)
{
	struct fe_presence *x = u->fe->presence;
	struct waiter *w = ply_calloc(1, sizeof *w);

	if (w && !u->pres) {
		u->pres = fe_pres_new(u);
		if (u->pres) {
			fe_user_hold(u);
			ply_list_push(&x->to_load, &u->pres->loading);
		}
	}
	if (!w || !u->pres) {
		ply_free(w);
		return -ENOMEM;
	}
	*w = (struct waiter){.cb = cb, .ctx = ctx};
	ply_list_push(&u->pres->waiters, &w->node);
	if (u->pres->loaded && ply_list_empty(&u->pres->loading)) {
		fe_user_hold(u);
		ply_list_push(&x->to_load, &u->pres->loading);
	}
	ply_defer_start(u->fe->loop, &x->load, load_gathered, x);
	return 0;
}

/* --- requests --- */

struct fe_job *fe_job_new(struct fe_req *q, fe_job_fn *done)
{
	struct fe_job *j = ply_calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->fe = q->fe;
	j->q = q;
	j->done = done;
	return j;
}

int fe_job_add(struct fe_job *j, struct ply_slice uri, bool context)
{
	if (j->n == j->cap) {
		size_t cap = j->cap ? j->cap * 2 : 16;
		struct fe_job_item *grown = ply_realloc(j->item, cap * sizeof *grown);

		if (!grown)
			return -ENOMEM;
		j->item = grown;
		j->cap = cap;
	}
	j->item[j->n] =
		(struct fe_job_item){.job = j, .uri = ply_slice_dup(uri), .context = context};
	return j->item[j->n++].uri ? 0 : -ENOMEM;
}

void fe_job_free(struct fe_job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		fe_user_release(j->item[i].user);
		ply_free(j->item[i].uri);
	}
	if (j->has_batch)
		ply_batch_deinit(&j->batch);
	ply_free(j->item);
	ply_free(j);
}

static void one_less(struct fe_job *j)
{
	if (--j->open)
		return;
	if (j->q) {
		j->q->stage_drop = NULL;
		if (j->err)
			fe_refuse_err(j->q, j->err);
		else
			j->done(j);
	}
	fe_job_free(j);
}

static void pres_loaded(void *ctx, int r)
{
	struct fe_job_item *i = ctx;

	if (r == -ENOENT) { /* deleted meanwhile */
		fe_user_release(i->user);
		i->user = NULL;
	} else if (r) {
		i->job->err = r;
	}
	one_less(i->job);
}

/* Takes one count of j->open with it, or gives it back. */
static void want_presentity(struct fe_job_item *i, struct fe_user *u)
{
	int r;

	if (!(u->flags & PLY_RTC_ENABLED)) {
		one_less(i->job);
		return;
	}
	fe_user_hold(u);
	i->user = u;
	if (u->pres && u->pres->loaded) {
		one_less(i->job);
		return;
	}
	r = fe_presence_load(u, pres_loaded, i);
	if (r) {
		i->job->err = r;
		one_less(i->job);
	}
}

static void user_loaded(void *ctx, int r, struct fe_user *u)
{
	struct fe_job_item *i = ctx;

	if (u && i->job->q) {
		want_presentity(i, u);
		return;
	}
	if (r < 0)
		i->job->err = r;
	one_less(i->job);
}

static void start(struct fe_job_item *i)
{
	struct ply_sip_uri uri;
	char aor[PLY_SIP_AOR_MAX];
	struct fe_user *u;
	bool unknown = false;
	int r;

	i->job->open++;
	if (i->user) {
		one_less(i->job);
		return;
	}
	if (ply_sip_uri_parse(ply_slice_str(i->uri), &uri) || ply_sip_uri_aor(&uri, aor) ||
	    !uri.user.len || !fe_is_our_domain(i->job->fe, uri.host)) {
		one_less(i->job);
		return;
	}
	u = fe_user_find(i->job->fe, ply_slice_str(aor), &unknown);
	if (u) {
		want_presentity(i, u);
		return;
	}
	r = unknown ? 0 : fe_user_load(i->job->fe, ply_slice_str(aor), user_loaded, i, NULL);
	if (unknown || r) {
		if (r)
			i->job->err = r;
		one_less(i->job);
	}
}

static void job_drop(struct fe_req *q)
{
	((struct fe_job *)q->stage_ctx)->q = NULL;
}

enum fe_verdict fe_job_run(struct fe_job *j)
{
	j->q->stage_ctx = j;
	j->q->stage_drop = job_drop;
	j->open = 1;
	for (size_t i = 0; i < j->n; i++)
		start(&j->item[i]);
	one_less(j);
	return FE_WAIT;
}
