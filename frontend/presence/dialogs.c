/* Subscriptions to presence, and what is watched in them. Their dialogs: frontend/event. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

static void sub_ended(struct fe_subscription *base)
{
	fe_sub_free(container_of(base, struct fe_sub, base));
}

/* What was gathered while the NOTIFY was under way. */
static void sub_answered(struct fe_subscription *base)
{
	struct fe_sub *s = container_of(base, struct fe_sub, base);
	struct fe_presence *x = base->fe->presence;

	PLY_LIST_FOR(it, &s->watches) {
		struct fe_watch *w = container_of(it, struct fe_watch, in_sub);

		if (w->dirty && ply_list_empty(&w->queued))
			ply_list_push(&x->queue, &w->queued);
	}
	fe_flush_now(x);
}

const struct fe_subscription_ops fe_sub_ops = {.free = sub_ended, .answered = sub_answered};

void fe_sub_free(struct fe_sub *s)
{
	struct ply_list *n;

	while ((n = ply_list_first(&s->watches)))
		fe_watch_free(container_of(n, struct fe_watch, in_sub));
	ply_list_del(&s->queued);
	ply_list_del(&s->in_pres);
	if (s->pres) {
		s->pres->n_subs--;
		fe_user_release(s->pres->user);
	}
	fe_subscription_deinit(&s->base);
	ply_free(s);
}

static void link_owner(struct fe_sub *s, struct fe_presence *x, struct fe_presentity *own)
{
	s->pres = own;
	if (!own) {
		ply_list_push(&x->foreign, &s->in_pres);
		return;
	}
	fe_user_hold(own->user);
	ply_list_push(&own->subs, &s->in_pres);
	own->n_subs++;
}

struct fe_sub *fe_sub_new(struct fe_req *q, enum ply_ms_event event, struct fe_presentity *own)
{
	struct fe_presence *x = q->fe->presence;
	struct fe_sub *s = ply_calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->event = event;
	ply_list_init(&s->queued);
	ply_list_init(&s->watches);
	link_owner(s, x, own);
	s->ep = q->sender_ep;
	if (fe_subscription_init(&s->base, &x->subs, q)) {
		fe_sub_free(s);
		return NULL;
	}
	return s;
}

struct fe_sub *fe_sub_find(struct fe *fe, const struct fe_req *q)
{
	struct fe_subscription *base = fe_subscription_find(&fe->presence->subs, q);

	return base ? container_of(base, struct fe_sub, base) : NULL;
}

int fe_sub_refreshed(struct fe_sub *s, const struct fe_req *q)
{
	int r = fe_subscription_refreshed(&s->base, q);

	s->ep = q->sender_ep;
	return r;
}

struct fe_watch *fe_watch_add(struct fe_sub *s, struct fe_user *u, struct ply_slice uri)
{
	struct fe_watch *w;

	PLY_LIST_FOR(it, &s->watches) {
		w = container_of(it, struct fe_watch, in_sub);
		if (u && w->pres ? w->pres->user == u : ply_slice_caseis(uri, w->uri))
			return w;
	}
	if (s->n_watches >= FE_PRES_MAX_WATCHES)
		return NULL;
	w = ply_calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->uri = ply_slice_dup(uri);
	if (!w->uri) {
		ply_free(w);
		return NULL;
	}
	w->sub = s;
	ply_list_init(&w->queued);
	ply_list_init(&w->in_pres);
	ply_list_push(&s->watches, &w->in_sub);
	s->n_watches++;
	if (u && u->pres) {
		w->pres = u->pres;
		fe_user_hold(u);
		ply_list_push(&u->pres->watches, &w->in_pres);
		w->container = fe_pres_container_of(u->pres, ply_slice_str(s->base.watcher));
	}
	return w;
}

void fe_watch_free(struct fe_watch *w)
{
	ply_list_del(&w->in_sub);
	ply_list_del(&w->in_pres);
	ply_list_del(&w->queued);
	w->sub->n_watches--;
	if (w->pres)
		fe_user_release(w->pres->user);
	ply_free(w->uri);
	ply_free(w);
}
