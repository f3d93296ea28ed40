/* The door of this folder: life of the module, what the registrar and others tell it, and the
 * question whether somebody may be reached. */
#include "frontend/presence/presence.h"

#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

int fe_presence_new(struct fe *fe)
{
	struct fe_presence *x = ply_calloc(1, sizeof *x);

	if (!x)
		return -ENOMEM;
	x->fe = fe;
	fe_subscriptions_init(&x->subs, fe, &fe_sub_ops);
	ply_hash_init(&x->etags);
	ply_list_init(&x->to_load);
	ply_list_init(&x->queue);
	ply_list_init(&x->own);
	ply_list_init(&x->foreign);
	fe->presence = x;
	return fe_provision_new(fe);
}

void fe_presence_free(struct fe *fe)
{
	struct fe_presence *x = fe->presence;
	struct ply_list *n;

	if (!x)
		return;
	ply_defer_stop(&x->load);
	ply_defer_stop(&x->flush);
	while ((n = ply_list_first(&x->to_load))) {
		struct fe_presentity *p = container_of(n, struct fe_presentity, loading);

		ply_list_del(n);
		fe_load_fail(p, -ECANCELED);
	}
	/* the transactions are gone already, with their layer */
	fe_subscriptions_deinit(&x->subs, true);
	fe_standard_free(x);
	fe_provision_free(fe);
	ply_hash_deinit(&x->etags);
	ply_free(x);
	fe->presence = NULL;
}

bool fe_presence_owns_dialog(struct fe *fe, const struct fe_req *q)
{
	return fe_sub_find(fe, q) != NULL;
}

/* --- from the registrar --- */

void fe_presence_endpoint_added(struct fe_endpoint *e)
{
	struct fe_presentity *p = e->user->pres;

	if (!p || !p->loaded)
		return;
	fe_pres_aggregate(p);
	fe_pres_changed(p, NULL, 0);
}

static void end_publications(struct fe_presentity *p, const struct fe_endpoint *e)
{
	bool last = p->user->n_endpoints <= 1;

	PLY_LIST_FOR_SAFE(it, next, &p->pubs) {
		struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->ep == e || (last && !pub->server && pub->expire_type == PLY_EXPIRE_USER))
			fe_pub_delete(p, pub);
	}
}

/* The endpoint still stands in its user's list: it is taken out for the computation. */
void fe_presence_endpoint_gone(struct fe_endpoint *e)
{
	struct fe_user *u = e->user;
	struct fe_presentity *p = u->pres;
	struct ply_list *next = e->in_user.next;

	if (!p || !p->loaded || !u->fe->presence)
		return;
	fe_user_hold(u);
	PLY_LIST_FOR_SAFE(it, tmp, &p->subs) {
		struct fe_sub *s = container_of(it, struct fe_sub, in_pres);

		if (s->ep == e)
			fe_sub_free(s);
	}
	fe_standard_endpoint_gone(p, e);
	end_publications(p, e);
	ply_list_del(&e->in_user);
	u->n_endpoints--;
	fe_pres_aggregate(p);
	ply_list_add_before(next, &e->in_user);
	u->n_endpoints++;
	fe_pres_set_expiry(p);
	fe_pres_changed(p, NULL, 0);
	fe_user_release(u);
}

void fe_presence_flow_closed(struct fe *fe, uint64_t flow)
{
	if (fe->presence)
		fe_subscriptions_flow_closed(&fe->presence->subs, flow);
}

void fe_presence_user_changed(struct fe_user *u)
{
	if (!u->pres || !u->pres->loaded)
		return;
	fe_pres_publish_facts(u->pres);
	fe_pres_changed(u->pres, NULL, 0);
}

void fe_presence_user_forgotten(struct fe_user *u)
{
	fe_pres_free(u->pres);
	u->pres = NULL;
}

/* --- may somebody be reached --- */

enum fe_reach fe_presence_reach(struct fe_user *u, const char *watcher)
{
	const struct fe_presentity *p = u->pres;
	uint32_t container, avail;

	if (!p || !p->loaded)
		return FE_REACH_LOADING;
	container = fe_pres_container_of(p, ply_slice_str(watcher));
	if (container == PLY_CONTAINER_BLOCKED)
		return FE_REACH_BLOCKED;
	avail = container == PLY_CONTAINER_TEAM ? p->avail_team : p->avail;
	return ply_avail_class(avail) == PLY_CLASS_DND ? FE_REACH_DND : FE_REACH_OK;
}
