/* Contacts, groups and prompted watchers of a presentity, in memory. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

static char *dup_text(struct ply_slice s)
{
	return ply_strndup(s.p ? s.p : "", s.p ? s.len : 0);
}

struct fe_subscriber *fe_subscriber_find(struct fe_presentity *p, struct ply_slice user)
{
	struct ply_slice bare = ply_pres_bare_uri(user);

	PLY_LIST_FOR(it, &p->subscribers) {
		struct fe_subscriber *s = container_of(it, struct fe_subscriber, node);

		if (ply_slice_caseis(bare, s->user))
			return s;
	}
	return NULL;
}

int fe_subscriber_add(struct fe_presentity *p, struct ply_slice user, struct ply_slice name,
		      bool acknowledged)
{
	struct fe_subscriber *s = ply_calloc(1, sizeof *s);

	if (s) {
		s->user = dup_text(ply_pres_bare_uri(user));
		s->display_name = dup_text(name);
	}
	if (!s || !s->user || !s->display_name) {
		if (s) {
			ply_free(s->user);
			ply_free(s->display_name);
		}
		ply_free(s);
		return -ENOMEM;
	}
	s->acknowledged = acknowledged;
	ply_list_push(&p->subscribers, &s->node);
	p->n_subscribers++;
	return 0;
}

struct fe_contact *fe_contact_find(struct fe_presentity *p, struct ply_slice uri)
{
	struct ply_slice bare = ply_pres_bare_uri(uri);

	PLY_LIST_FOR(it, &p->contacts) {
		struct fe_contact *c = container_of(it, struct fe_contact, node);

		if (ply_slice_caseis(bare, c->uri))
			return c;
	}
	return NULL;
}

struct fe_group *fe_group_find(struct fe_presentity *p, uint32_t id)
{
	PLY_LIST_FOR(it, &p->groups) {
		struct fe_group *g = container_of(it, struct fe_group, node);

		if (g->id == id)
			return g;
	}
	return NULL;
}

static void contact_clear(struct fe_contact *c)
{
	ply_free(c->uri);
	ply_free(c->name);
	ply_free(c->external_uri);
	ply_free(c->extension);
}

void fe_contact_delete(struct fe_presentity *p, struct fe_contact *c)
{
	ply_list_del(&c->node);
	p->n_contacts--;
	contact_clear(c);
	ply_free(c);
}

int fe_contact_put(struct fe_presentity *p, const struct ply_contact *in)
{
	struct fe_contact *old = fe_contact_find(p, in->uri);
	struct fe_contact *c = ply_calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->uri = dup_text(ply_pres_bare_uri(in->uri));
	c->name = dup_text(in->name);
	c->external_uri = dup_text(in->external_uri);
	c->extension = dup_text(in->extension);
	c->groups = in->groups ? in->groups : 1;
	c->subscribed = in->subscribed;
	if (!c->uri || !c->name || !c->external_uri || !c->extension) {
		contact_clear(c);
		ply_free(c);
		return -ENOMEM;
	}
	/* a changed contact keeps its place in the list */
	ply_list_add_before(old ? &old->node : &p->contacts, &c->node);
	p->n_contacts++;
	if (old)
		fe_contact_delete(p, old);
	return 0;
}

void fe_group_delete(struct fe_presentity *p, struct fe_group *g)
{
	ply_list_del(&g->node);
	p->n_groups--;
	ply_free(g->name);
	ply_free(g->external_uri);
	ply_free(g);
}

int fe_group_put(struct fe_presentity *p, const struct ply_contact_group *in)
{
	struct fe_group *old = fe_group_find(p, in->id);
	struct fe_group *g = ply_calloc(1, sizeof *g);

	if (!g)
		return -ENOMEM;
	g->id = in->id;
	g->name = dup_text(in->name);
	g->external_uri = dup_text(in->external_uri);
	if (!g->name || !g->external_uri) {
		ply_free(g->name);
		ply_free(g->external_uri);
		ply_free(g);
		return -ENOMEM;
	}
	ply_list_add_before(old ? &old->node : &p->groups, &g->node);
	p->n_groups++;
	if (old)
		fe_group_delete(p, old);
	return 0;
}

struct ply_contact fe_contact_view(const struct fe_contact *c)
{
	return (struct ply_contact){
		.uri = ply_slice_str(c->uri),
		.name = ply_slice_str(c->name),
		.groups = c->groups,
		.subscribed = c->subscribed,
		.external_uri = ply_slice_str(c->external_uri),
		.extension = ply_slice_str(c->extension),
	};
}

struct ply_contact_group fe_group_view(const struct fe_group *g)
{
	return (struct ply_contact_group){
		.id = g->id,
		.name = ply_slice_str(g->name),
		.external_uri = ply_slice_str(g->external_uri),
	};
}
