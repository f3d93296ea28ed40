/* A meeting wants a conferencing server of a type: the enlistments it has, and who waits for them.
 * How a server is found and kept: mcu_enlist.c. */
#include "base/mem.h"
#include "frontend/conference/mcu.h"

#include <errno.h>

/* Whoever waits for a server. */
struct waiter {
	struct ply_list node;
	fe_enlist_cb *cb;
	void *ctx;
};

static void tell(void *ctx)
{
	struct fe_link *l = ctx;
	bool ok = l->enlist->ready;
	struct ply_list *it;

	if (!fe_link_is_decided(l))
		return;
	it = ply_list_first(&l->waiters);
	if (it) {
		struct waiter w = *container_of(it, struct waiter, node);

		ply_list_del(it);
		ply_free(container_of(it, struct waiter, node));
		/* The others in the next turn: this one may do anything to l. */
		if (!ply_list_empty(&l->waiters))
			fe_link_tell(l);
		w.cb(w.ctx, ok ? PLY_C3P_R_NONE : l->why, ok ? l->enlist : NULL);
	}
}

void fe_link_tell(struct fe_link *l)
{
	ply_defer_start(l->factory->fe->loop, &l->tell, tell, l);
}

struct fe_enlist *fe_enlist_find(const struct fe_focus *f, const char *type)
{
	PLY_LIST_FOR(it, &f->enlists) {
		struct fe_enlist *e = container_of(it, struct fe_enlist, in_focus);

		if (!strcmp(e->type, type))
			return e;
	}
	return NULL;
}

static struct fe_enlist *enlist_new(struct fe_focus *f, const char *type)
{
	struct fe_enlist *e = ply_calloc(1, sizeof *e);
	struct fe_link *l = ply_calloc(1, sizeof *l);
	struct ply_strbuf uri = PLY_STRBUF_INIT;

	ply_c3p_uri_add(&uri, &f->uri, type);
	if (!e || !l || ply_strbuf_err(&uri)) {
		ply_free(e);
		ply_free(l);
		ply_strbuf_deinit(&uri);
		return NULL;
	}
	e->focus = f;
	e->uri = ply_strbuf_steal(&uri);
	e->link = l;
	(void)ply_slice_copy(ply_slice_str(type), e->type, sizeof e->type);
	l->enlist = e;
	l->factory = f->meetings->factory;
	ply_list_init(&l->on_mcu);
	ply_list_init(&l->waiters);
	ply_list_init(&l->parts);
	fe_link_init(l);
	ply_list_push(&f->enlists, &e->in_focus);
	return e;
}

int fe_enlist_want(struct fe_focus *f, const char *type, fe_enlist_cb *cb, void *ctx)
{
	struct fe_enlist *e = fe_enlist_find(f, type);
	struct waiter *w = ply_calloc(1, sizeof *w);
	struct fe_link *l;

	if (!e && w)
		e = enlist_new(f, type);
	if (!e || !w) {
		ply_free(w);
		return -ENOMEM;
	}
	l = fe_link_of(e);
	w->cb = cb;
	w->ctx = ctx;
	ply_list_push(&l->waiters, &w->node);
	if (e->ready)
		fe_link_tell(l);
	else
		fe_link_want(l);
	return 0;
}

void fe_enlist_forget(struct fe_focus *f, void *ctx)
{
	PLY_LIST_FOR(it, &f->enlists) {
		struct fe_link *l = fe_link_of(container_of(it, struct fe_enlist, in_focus));

		PLY_LIST_FOR_SAFE(wi, next, &l->waiters) {
			struct waiter *w = container_of(wi, struct waiter, node);

			if (w->ctx != ctx)
				continue;
			ply_list_del(&w->node);
			ply_free(w);
		}
	}
	fe_commands_forget(f, ctx);
}

static void link_free(struct fe_link *l)
{
	struct ply_list *it;

	fe_link_commands_cancel(l);
	while ((it = ply_list_first(&l->waiters))) {
		struct waiter w = *container_of(it, struct waiter, node);

		ply_list_del(it);
		ply_free(container_of(it, struct waiter, node));
		w.cb(w.ctx, PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST, NULL);
	}
	ply_free(l->enlist->uri);
	ply_free(l->enlist);
	ply_free(l);
}

static void enlist_free(struct fe_focus *f, bool over)
{
	struct ply_list *it;

	while ((it = ply_list_first(&f->enlists))) {
		struct fe_link *l = fe_link_of(container_of(it, struct fe_enlist, in_focus));

		ply_list_del(it); /* whoever is told finds none */
		fe_link_release(l, over);
		ply_defer_stop(&l->tell);
		link_free(l);
	}
	fe_commands_cancel(f);
}

void fe_enlist_end(struct fe_focus *f)
{
	enlist_free(f, true);
}

void fe_enlist_drop(struct fe_focus *f)
{
	enlist_free(f, false);
}
