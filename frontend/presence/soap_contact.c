/* setContact and deleteContact: memory follows the commit, then the 200, then the delta to every
 * endpoint of the user. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

struct contact_change {
	char *uri, *name, *external_uri, *extension;
	uint64_t groups;
	bool subscribed;
};

static void change_free(struct fe_change *c)
{
	struct contact_change *d = c->data;

	ply_free(d->uri);
	ply_free(d->name);
	ply_free(d->external_uri);
	ply_free(d->extension);
	ply_free(d);
}

static char *keep(struct ply_slice s)
{
	return ply_strndup(s.p ? s.p : "", s.p ? s.len : 0);
}

/* Addresses are kept in lower case and without scheme. */
static char *keep_uri(struct ply_slice uri)
{
	char *copy = keep(ply_pres_bare_uri(ply_slice_trim(uri)));

	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

static struct fe_change *change_new(struct fe_req *q, struct fe_presentity *p,
				    const struct ply_soap *s, void (*apply)(struct fe_change *c))
{
	struct contact_change *d = ply_calloc(1, sizeof *d);
	struct fe_change *c = NULL;

	if (!d)
		return NULL;
	d->uri = keep_uri(s->uri);
	d->name = keep(s->display_name);
	d->external_uri = keep(s->external_uri);
	d->extension = keep(s->extension);
	d->groups = s->groups ? s->groups : 1;
	d->subscribed = s->subscribed;
	if (d->uri && d->name && d->external_uri && d->extension)
		c = fe_change_new(q, p, apply, change_free, d);
	if (c)
		c->refused = fe_soap_lost;
	else
		change_free(&(struct fe_change){.data = d});
	return c;
}

static struct ply_contact view(const struct contact_change *d)
{
	return (struct ply_contact){
		.uri = ply_slice_str(d->uri),
		.name = ply_slice_str(d->name),
		.groups = d->groups,
		.subscribed = d->subscribed,
		.external_uri = ply_slice_str(d->external_uri),
		.extension = ply_slice_str(d->extension),
	};
}

static void set_apply(struct fe_change *c)
{
	struct ply_contact contact = view(c->data);
	struct ply_contact_change change = {.contact = &contact};

	change.kind = fe_contact_find(c->p, contact.uri) ? PLY_CONTACT_MODIFIED : PLY_CONTACT_ADDED;
	fe_soap_count(c);
	(void)fe_contact_put(c->p, &contact);
	fe_soap_answer(c, PLY_SOAP_SET_CONTACT, 0);
	fe_tell_contacts(c->p, &change);
}

void fe_soap_set_contact(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s)
{
	uint64_t known = 0;
	struct fe_change *c;
	struct ply_contact v;

	PLY_LIST_FOR(it, &p->groups)
		known |= UINT64_C(1) << (container_of(it, struct fe_group, node)->id - 1);
	if (s->groups & ~known) {
		fe_soap_refuse(q, p, FE_D_GROUP_MISSING);
		return;
	}
	if (!fe_contact_find(p, s->uri) && p->n_contacts >= p->fe->conf->max_contacts) {
		fe_soap_refuse(q, p, FE_D_CONTACT_LIMIT);
		return;
	}
	c = change_new(q, p, s, set_apply);
	if (!c) {
		fe_soap_refuse(q, p, FE_D_OVERLOAD);
		return;
	}
	v = view(c->data);
	fe_change_started(
		c, ply_rtc_contact_set(p->fe->rtc, p->user->id,
				       &(struct ply_rtc_contact){.uri = v.uri,
								 .name = v.name,
								 .groups = v.groups << 1,
								 .subscribed = v.subscribed,
								 .external_uri = v.external_uri,
								 .extension = v.extension},
				       p->delta + 1, fe_change_committed, c));
}

static void delete_apply(struct fe_change *c)
{
	struct ply_contact contact = view(c->data);
	struct fe_contact *old = fe_contact_find(c->p, contact.uri);
	const struct ply_contact_change change = {.kind = PLY_CONTACT_DELETED, .contact = &contact};

	fe_soap_count(c);
	if (old)
		fe_contact_delete(c->p, old);
	fe_soap_answer(c, PLY_SOAP_DELETE_CONTACT, 0);
	fe_tell_contacts(c->p, &change);
}

void fe_soap_delete_contact(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s)
{
	struct fe_change *c;

	if (!fe_contact_find(p, s->uri)) {
		fe_soap_refuse(q, p, FE_D_CONTACT_MISSING);
		return;
	}
	c = change_new(q, p, s, delete_apply);
	if (!c) {
		fe_soap_refuse(q, p, FE_D_OVERLOAD);
		return;
	}
	fe_change_started(c, ply_rtc_contact_delete(p->fe->rtc, p->user->id, view(c->data).uri,
						    p->delta + 1, fe_change_committed, c));
}
