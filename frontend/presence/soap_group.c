/* addGroup, modifyGroup, deleteGroup. Group 1, "~", is always there and nobody's to change. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

enum { LAST_GROUP = 63 };

struct group_change {
	uint32_t id;
	char *name, *external_uri;
	enum ply_soap_op op;
};

static void change_free(struct fe_change *c)
{
	struct group_change *d = c->data;

	ply_free(d->name);
	ply_free(d->external_uri);
	ply_free(d);
}

static struct ply_contact_group view(const struct group_change *d)
{
	return (struct ply_contact_group){.id = d->id,
					  .name = ply_slice_str(d->name),
					  .external_uri = ply_slice_str(d->external_uri)};
}

static struct fe_change *change_new(struct fe_req *q, struct fe_presentity *p,
				    const struct ply_soap *s, uint32_t id,
				    void (*apply)(struct fe_change *c))
{
	struct group_change *d = ply_calloc(1, sizeof *d);
	struct fe_change *c = NULL;

	if (!d)
		return NULL;
	d->id = id;
	d->op = s->op;
	d->name = ply_strndup(s->name.p ? s->name.p : "", s->name.p ? s->name.len : 0);
	d->external_uri = ply_strndup(s->external_uri.p ? s->external_uri.p : "",
				      s->external_uri.p ? s->external_uri.len : 0);
	if (d->name && d->external_uri)
		c = fe_change_new(q, p, apply, change_free, d);
	if (c)
		c->refused = fe_soap_lost;
	else
		change_free(&(struct fe_change){.data = d});
	return c;
}

static struct fe_group *by_name(struct fe_presentity *p, struct ply_slice name)
{
	PLY_LIST_FOR(it, &p->groups) {
		struct fe_group *g = container_of(it, struct fe_group, node);

		if (ply_slice_is(name, g->name))
			return g;
	}
	return NULL;
}

static uint32_t free_id(struct fe_presentity *p)
{
	for (uint32_t id = 2; id <= LAST_GROUP; id++)
		if (!fe_group_find(p, id))
			return id;
	return 0;
}

static void set_apply(struct fe_change *c)
{
	const struct group_change *d = c->data;
	struct ply_contact_group g = view(d);
	const struct ply_contact_change change = {.kind = d->op == PLY_SOAP_ADD_GROUP
								  ? PLY_CONTACT_ADDED_GROUP
								  : PLY_CONTACT_MODIFIED_GROUP,
						  .group = &g};

	fe_soap_count(c);
	(void)fe_group_put(c->p, &g);
	fe_soap_answer(c, d->op, d->id);
	fe_tell_contacts(c->p, &change);
}

/* FE_D_N: nothing against it. */
static enum fe_diag check_set(struct fe_presentity *p, const struct ply_soap *s, uint32_t *id)
{
	struct fe_group *same = by_name(p, s->name);

	*id = s->op == PLY_SOAP_ADD_GROUP ? free_id(p) : s->group_id;
	if (s->op == PLY_SOAP_MODIFY_GROUP && (*id == 1 || !fe_group_find(p, *id)))
		return FE_D_GROUP_MISSING;
	if (same && (s->op == PLY_SOAP_ADD_GROUP || same->id != *id))
		return FE_D_GROUP_NAME;
	if (!*id)
		return FE_D_GROUP_LIMIT;
	return FE_D_N;
}

/* A client that finds no "~" makes one, and one whose list was lost makes it again: it has that
 * group already. */
void fe_soap_set_group(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s)
{
	uint32_t id;
	enum fe_diag why = check_set(p, s, &id);
	struct fe_change *c;
	struct ply_contact_group v;

	if (why != FE_D_N) {
		fe_soap_refuse(q, p, why);
		return;
	}
	c = change_new(q, p, s, id, set_apply);
	if (!c) {
		fe_soap_refuse(q, p, FE_D_OVERLOAD);
		return;
	}
	v = view(c->data);
	fe_change_started(c,
			  ply_rtc_group_set(p->fe->rtc, p->user->id,
					    &(struct ply_rtc_group){.id = v.id,
								    .name = v.name,
								    .external_uri = v.external_uri},
					    p->delta + 1, fe_change_committed, c));
}

static void delete_apply(struct fe_change *c)
{
	const struct group_change *d = c->data;
	struct ply_contact_group g = view(d);
	struct fe_group *old = fe_group_find(c->p, d->id);

	fe_soap_count(c);
	if (old)
		fe_group_delete(c->p, old);
	fe_soap_answer(c, d->op, d->id);
	fe_tell_contacts(
		c->p, &(struct ply_contact_change){.kind = PLY_CONTACT_DELETED_GROUP, .group = &g});
}

static bool in_use(const struct fe_presentity *p, uint32_t id)
{
	PLY_LIST_FOR(it, &p->contacts)
		if (container_of(it, struct fe_contact, node)->groups & UINT64_C(1) << (id - 1))
			return true;
	return false;
}

void fe_soap_delete_group(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s)
{
	struct fe_change *c;

	if (s->group_id == 1 || !fe_group_find(p, s->group_id)) {
		fe_soap_refuse(q, p, FE_D_GROUP_MISSING);
		return;
	}
	if (in_use(p, s->group_id)) {
		fe_soap_refuse(q, p, FE_D_READ_ONLY);
		return;
	}
	c = change_new(q, p, s, s->group_id, delete_apply);
	if (!c) {
		fe_soap_refuse(q, p, FE_D_OVERLOAD);
		return;
	}
	fe_change_started(c, ply_rtc_group_delete(p->fe->rtc, p->user->id, s->group_id,
						  p->delta + 1, fe_change_committed, c));
}
