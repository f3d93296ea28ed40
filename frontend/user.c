/* Users in memory: loaded from rtc when first asked for, forgotten least recently used when nothing
 * holds them. What is known not to exist is remembered for a short while too, so that guessing
 * names does not load the database. */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/conference.h"
#include "frontend/fe.h"
#include "frontend/presence/presence.h"
#include "frontend/proxy/proxy.h"
#include "frontend/registrar/registrar.h"

#include <errno.h>

enum { ST_NEW, ST_LOADING, ST_KNOWN, ST_UNKNOWN };
enum { UNKNOWN_MS = 5000 };

PLY_GAUGE(users_gauge, "parley_frontend_users", "users in memory");

struct fe_wait {
	struct ply_list node; /* in user->waiters */
	struct fe_user *user;
	fe_user_cb *cb;
	void *ctx;
	struct ply_defer defer; /* for answers that are known already */
	int r;
};

static struct fe_user *lookup(struct fe *fe, struct ply_slice aor)
{
	struct ply_hnode *n = ply_hash_first(&fe->users, ply_hash_slice(aor));

	for (; n; n = ply_hash_next(n)) {
		struct fe_user *u = container_of(n, struct fe_user, by_aor);

		if (ply_slice_is(aor, u->aor))
			return u;
	}
	return NULL;
}

static void clear_facts(struct fe_user *u)
{
	char **text[] = {&u->login,    &u->display_name, &u->mail,
			 &u->line_uri, &u->home_pool,    &u->meeting_policy};

	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		ply_free(*text[i]);
		*text[i] = NULL;
	}
	explicit_bzero(&u->cred, sizeof u->cred);
}

static void forget(struct fe_user *u)
{
	struct fe *fe = u->fe;

	if (!ply_list_empty(&u->idle)) {
		ply_list_del(&u->idle);
		fe->n_idle--;
	}
	fe_presence_user_forgotten(u);
	ply_hash_del(&fe->users, &u->by_aor);
	ply_counter_add(&users_gauge, -1);
	clear_facts(u);
	ply_free(u->aor);
	ply_free(u);
}

/* Into or out of the list of those that may be forgotten; the oldest go when there are too many. */
static void settle(struct fe_user *u)
{
	struct fe *fe = u->fe;
	bool idle = !u->holds && !u->n_endpoints && ply_list_empty(&u->waiters);

	if (!ply_list_empty(&u->idle)) {
		ply_list_del(&u->idle);
		fe->n_idle--;
	}
	if (!idle)
		return;
	ply_list_push(&fe->idle_users, &u->idle);
	fe->n_idle++;
	while (fe->n_idle > fe->conf->user_cache)
		forget(container_of(ply_list_first(&fe->idle_users), struct fe_user, idle));
}

static struct fe_user *make(struct fe *fe, struct ply_slice aor)
{
	struct fe_user *u = ply_calloc(1, sizeof *u);

	if (!u)
		return NULL;
	u->fe = fe;
	u->aor = ply_slice_dup(aor);
	ply_list_init(&u->idle);
	ply_list_init(&u->endpoints);
	ply_list_init(&u->waiters);
	if (!u->aor || ply_hash_add(&fe->users, &u->by_aor, ply_hash_slice(aor))) {
		ply_free(u->aor);
		ply_free(u);
		return NULL;
	}
	ply_counter_inc(&users_gauge);
	ply_log_init(&u->log, &fe->log);
	ply_log_set(&u->log, 0, "user", u->aor);
	return u;
}

struct fe_user *fe_user_find(struct fe *fe, struct ply_slice aor, bool *unknown)
{
	struct fe_user *u = lookup(fe, aor);

	if (unknown)
		*unknown = false;
	if (!u)
		return NULL;
	if (u->state == ST_KNOWN) {
		if (!ply_list_empty(&u->idle))
			settle(u); /* used again: last in the row */
		return u;
	}
	if (u->state == ST_UNKNOWN && ply_mono_ms() - u->checked_ms < UNKNOWN_MS && unknown)
		*unknown = true;
	return NULL;
}

static void answer(struct fe_wait *w, int r)
{
	fe_user_cb *cb = w->cb;
	void *ctx = w->ctx;
	struct fe_user *u = w->user;

	ply_list_del(&w->node);
	ply_defer_stop(&w->defer);
	ply_free(w);
	u->holds++; /* cb may cancel others and settle u */
	cb(ctx, r, r ? NULL : u);
	fe_user_release(u);
}

static void answer_all(struct fe_user *u, int r)
{
	u->holds++;
	while (!ply_list_empty(&u->waiters))
		answer(container_of(ply_list_first(&u->waiters), struct fe_wait, node), r);
	fe_user_release(u);
}

static int replace(char **to, struct ply_slice s)
{
	ply_free(*to);
	*to = ply_slice_dup(s);
	return *to ? 0 : -ENOMEM;
}

static int take_facts(struct fe_user *u, const struct ply_rtc_user *from,
		      const struct ply_rtc_cred *c)
{
	int r = 0;

	u->id = from->id;
	u->flags = from->flags;
	r |= replace(&u->login, from->login);
	r |= replace(&u->display_name, from->display_name);
	r |= replace(&u->mail, from->mail);
	r |= replace(&u->line_uri, from->line_uri);
	r |= replace(&u->home_pool, from->home_pool);
	r |= replace(&u->meeting_policy,
		     from->meeting_policy.p ? from->meeting_policy : ply_slice_str(""));
	u->cred = *c;
	u->cred.realm = u->cred.web_hash = ply_slice("", 0);
	return r ? -ENOMEM : 0;
}

static void loaded(void *ctx, int r, const struct ply_rtc_user *from, const struct ply_rtc_cred *c);
static void refresh(struct fe_user *u);

static int load(struct fe_user *u)
{
	int r = ply_rtc_user_load(u->fe->rtc, ply_slice_str(u->aor), loaded, u);

	if (!r) {
		u->loading = true;
		u->holds++;
	}
	return r;
}

/* Whoever may not be signed in any more is put out; the others' data are published anew. */
static void changed(struct fe_user *u)
{
	if (!(u->flags & PLY_RTC_ENABLED) || (u->flags & PLY_RTC_LOCKED)) {
		fe_endpoints_user_refused(u);
		fe_auth_user_refused(u->fe, u);
		if (!(u->flags & PLY_RTC_ENABLED))
			fe_meetings_user_refused(u->fe, u->aor);
	} else {
		fe_presence_user_changed(u);
	}
}

/* The Front End may have stopped holding u only in name: a load keeps it by a hold of its own. */
static void loaded(void *ctx, int r, const struct ply_rtc_user *from, const struct ply_rtc_cred *c)
{
	struct fe_user *u = ctx;
	bool was_known = u->checked_ms && u->id;

	u->loading = false;
	u->checked_ms = ply_mono_ms();
	if (r == 0)
		r = take_facts(u, from, c);
	if (r == 0) {
		u->state = ST_KNOWN;
		if (was_known)
			changed(u);
	} else if (r == PLY_DB_E_NONE) {
		u->state = ST_UNKNOWN;
		u->flags = 0;
		if (was_known)
			changed(u);
		r = FE_USER_E_UNKNOWN;
	} else {
		/* What was known stays so while the database is away. */
		u->state = was_known && u->flags ? ST_KNOWN : ST_NEW;
		r = r > 0 ? -EIO : r;
	}
	if (u->stale) { /* changed while it was being read */
		u->stale = false;
		refresh(u);
	}
	answer_all(u, r);
	fe_user_release(u);
}

static void answer_known(void *ctx)
{
	struct fe_wait *w = ctx;

	answer(w, w->r);
}

int fe_user_load(struct fe *fe, struct ply_slice aor, fe_user_cb *cb, void *ctx,
		 struct fe_wait **out)
{
	bool unknown;
	struct fe_user *known = fe_user_find(fe, aor, &unknown),
		       *u = known ? known : lookup(fe, aor);
	struct fe_wait *w = ply_calloc(1, sizeof *w);
	int r = 0;

	if (!u && w)
		u = make(fe, aor);
	if (!u || !w) {
		ply_free(w);
		return -ENOMEM;
	}
	*w = (struct fe_wait){.user = u, .cb = cb, .ctx = ctx};
	ply_list_push(&u->waiters, &w->node);
	if (known || unknown) {
		w->r = known ? 0 : FE_USER_E_UNKNOWN;
		ply_defer_start(fe->loop, &w->defer, answer_known, w);
	} else if (u->state != ST_LOADING) {
		u->state = ST_LOADING;
		r = u->loading ? 0 : load(u);
		if (r) {
			u->state = ST_NEW;
			ply_list_del(&w->node);
			ply_free(w);
		}
	}
	settle(u);
	if (!r && out)
		*out = w;
	return r;
}

void fe_wait_cancel(struct fe_wait *w)
{
	struct fe_user *u;

	if (!w)
		return;
	u = w->user;
	ply_defer_stop(&w->defer);
	ply_list_del(&w->node);
	ply_free(w);
	settle(u);
}

void fe_user_hold(struct fe_user *u)
{
	if (!u->holds++)
		settle(u);
}

void fe_user_release(struct fe_user *u)
{
	if (u && !--u->holds)
		settle(u);
}

static void refresh(struct fe_user *u)
{
	if (u->loading) {
		u->stale = true;
		return;
	}
	/* Held by somebody: keep serving with the old facts until the new ones are here. */
	if (u->holds || u->n_endpoints) {
		(void)load(u);
		return;
	}
	if (ply_list_empty(&u->waiters))
		forget(u);
}

static void refresh_node(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	refresh(container_of(n, struct fe_user, by_aor));
}

void fe_user_changed(void *ctx, struct ply_slice aor)
{
	struct fe *fe = ctx;
	struct fe_user *u;

	if (!aor.p) {
		ply_hash_each(&fe->users, refresh_node, NULL);
		return;
	}
	u = lookup(fe, aor);
	if (u)
		refresh(u);
}

static void free_node(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	forget(container_of(n, struct fe_user, by_aor));
}

void fe_users_free(struct fe *fe)
{
	ply_hash_each(&fe->users, free_node, NULL);
	ply_hash_deinit(&fe->users);
}
