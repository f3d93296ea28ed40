/* The contact list as it is told to endpoints: whole, and change by change. */
#include "presence/contact_xml.h"
#include "presence/pres_internal.h"

/* "1 3": single blanks and none at the end, or a client takes the contact for groupless. */
static void put_groups(struct ply_xmlw *w, uint64_t groups)
{
	char text[PLY_PRES_MAX_GROUPS * 3 + 1];
	size_t len = 0;

	if (!groups)
		groups = 1;
	for (unsigned n = 1; n <= PLY_PRES_MAX_GROUPS; n++) {
		if (!(groups >> (n - 1) & 1))
			continue;
		if (len)
			text[len++] = ' ';
		if (n >= 10)
			text[len++] = (char)('0' + n / 10);
		text[len++] = (char)('0' + n % 10);
	}
	ply_xmlw_attr_slice(w, "groups", ply_slice(text, len));
}

static void put_group(struct ply_xmlw *w, const char *element, const struct ply_contact_group *g)
{
	ply_xmlw_open(w, element);
	ply_xmlw_attr_u64(w, "id", g->id);
	ply_xmlw_attr_slice(w, "name", g->name);
	ply_xmlw_attr_slice(w, "externalURI", g->external_uri);
	ply_xmlw_close(w);
}

static void put_contact(struct ply_xmlw *w, const char *element, const struct ply_contact *c,
			bool with_sip)
{
	ply_xmlw_open(w, element);
	ply_pres_out_uri(w, "uri", c->uri, with_sip);
	ply_xmlw_attr_slice(w, "name", c->name);
	put_groups(w, c->groups);
	ply_xmlw_attr_bool(w, "subscribed", c->subscribed);
	ply_xmlw_attr_slice(w, "externalURI", c->external_uri);
	if (c->extension.len) {
		ply_xmlw_open(w, "contactExtension");
		ply_xmlw_raw(w, c->extension);
		ply_xmlw_close(w);
	}
	ply_xmlw_close(w);
}

void ply_contact_list_write(struct ply_strbuf *b, uint32_t delta, const struct ply_contact_group *g,
			    size_t n_group, const struct ply_contact *c, size_t n_contact)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "contactList");
	ply_xmlw_attr_u64(&w, "deltaNum", delta);
	for (size_t i = 0; i < n_group; i++)
		put_group(&w, "group", &g[i]);
	for (size_t i = 0; i < n_contact; i++)
		put_contact(&w, "contact", &c[i], false);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

static void put_change(struct ply_xmlw *w, const struct ply_contact_change *c)
{
	switch (c->kind) {
	case PLY_CONTACT_ADDED_GROUP:
		put_group(w, "addedGroup", c->group);
		break;
	case PLY_CONTACT_MODIFIED_GROUP:
		put_group(w, "modifiedGroup", c->group);
		break;
	case PLY_CONTACT_ADDED:
		put_contact(w, "addedContact", c->contact, true);
		break;
	case PLY_CONTACT_MODIFIED:
		put_contact(w, "modifiedContact", c->contact, true);
		break;
	case PLY_CONTACT_DELETED:
		ply_xmlw_open(w, "deletedContact");
		ply_pres_out_uri(w, "uri", c->contact->uri, true);
		ply_xmlw_close(w);
		break;
	case PLY_CONTACT_DELETED_GROUP:
		ply_xmlw_open(w, "deletedGroup");
		ply_xmlw_attr_u64(w, "id", c->group->id);
		ply_xmlw_close(w);
		break;
	}
}

void ply_contact_delta_write(struct ply_strbuf *b, uint32_t delta, uint32_t prev_delta,
			     const struct ply_contact_change *c, size_t n)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "contactDelta");
	ply_xmlw_attr_u64(&w, "deltaNum", delta);
	ply_xmlw_attr_u64(&w, "prevDeltaNum", prev_delta);
	for (int kind = PLY_CONTACT_ADDED_GROUP; kind <= PLY_CONTACT_DELETED_GROUP; kind++)
		for (size_t i = 0; i < n; i++)
			if ((int)c[i].kind == kind)
				put_change(&w, &c[i]);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
