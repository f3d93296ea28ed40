#include "presence/container_xml.h"

#include "presence/pres_internal.h"

static const char *const type_names[] = {
	[PLY_MEMBER_USER] = "user",
	[PLY_MEMBER_DOMAIN] = "domain",
	[PLY_MEMBER_SAME_ENTERPRISE] = "sameEnterprise",
	[PLY_MEMBER_FEDERATED] = "federated",
	[PLY_MEMBER_PUBLIC_CLOUD] = "publicCloud",
	[PLY_MEMBER_EVERYONE] = "everyone",
};

const char *ply_member_type_name(enum ply_member_type t)
{
	return type_names[t];
}

bool ply_member_type_read(struct ply_slice s, enum ply_member_type *out)
{
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		if (ply_slice_caseis(s, type_names[i])) {
			*out = (enum ply_member_type)i;
			return true;
		}
	return false;
}

static bool has_value(enum ply_member_type t)
{
	return t == PLY_MEMBER_USER || t == PLY_MEMBER_DOMAIN;
}

static int read_member(struct ply_xmlin *in, struct ply_member_change *m,
		       const struct ply_xml_el *el)
{
	struct ply_slice action = ply_xml_attr(el, "action"), value = ply_slice("", 0);

	m->add = ply_slice_caseis(action, "add");
	if (!m->add && !ply_slice_caseis(action, "remove"))
		return PLY_PRES_E_CONTENT;
	if (!ply_member_type_read(ply_xml_attr(el, "type"), &m->member.type))
		return PLY_PRES_E_CONTENT;
	if (has_value(m->member.type)) {
		if (!ply_xml_attr_text(el, "value", PLY_PRES_MAX_URI, &value))
			return PLY_PRES_E_CONTENT;
		value = ply_pres_bare_uri(value);
		if (!value.len)
			return PLY_PRES_E_CONTENT;
	}
	m->member.value = ply_xmlin_copy(in, value);
	return 0;
}

static int read_container(struct ply_xmlin *in, struct ply_set_members *out,
			  const struct ply_xml_el *el)
{
	struct ply_container_change *c = &out->container[out->n];

	if (!ply_xml_attr_u32(el, "id", &c->id) || c->id > PLY_PRES_MAX_CONTAINER ||
	    !ply_xml_attr_u32(el, "version", &c->version))
		return PLY_PRES_E_CONTENT;
	/* Nobody may be let into the owner's containers; who is in 0 is the server's affair. */
	if (c->id <= PLY_CONTAINER_INPUT_TEAM)
		return PLY_PRES_E_NOT_AUTHORIZED;
	for (size_t i = 0; i < out->n; i++)
		if (out->container[i].id == c->id)
			return PLY_PRES_E_CONTENT;
	c->change = ply_xmlin_array(in, ply_xml_count(el, "member"), sizeof *c->change);
	PLY_XML_FOR(m, el, NULL, "member") {
		int r = in->err ? in->err : read_member(in, &c->change[c->n], m);

		if (r)
			return r;
		c->n++;
	}
	out->n++;
	return 0;
}

static int read_containers(struct ply_xmlin *in, struct ply_set_members *out)
{
	size_t n = ply_xml_count(in->root, "container"), members = 0;
	int r = 0;

	PLY_XML_FOR(el, in->root, NULL, "container")
		members += ply_xml_count(el, "member");
	if (!n)
		return PLY_PRES_E_CONTENT;
	if (n > PLY_PRES_MAX_CONTAINER_CHANGES)
		return PLY_PRES_E_TOO_MANY;
	if (members > PLY_PRES_MAX_MEMBER_CHANGES)
		return PLY_PRES_E_MEMBER_LIMIT;
	out->container = ply_xmlin_array(in, n, sizeof *out->container);
	PLY_XML_FOR(el, in->root, NULL, "container") {
		r = in->err ? in->err : read_container(in, out, el);
		if (r)
			break;
	}
	return r;
}

int ply_set_members_parse(struct ply_set_members *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_set_members){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "setContainerMembers", NULL);
	if (!r)
		r = read_containers(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_set_members_deinit(struct ply_set_members *s)
{
	ply_arena_deinit(&s->mem);
	*s = (struct ply_set_members){0};
}

void ply_containers_write(struct ply_strbuf *b, const struct ply_container *c, size_t n)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "containers");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_CONTAINER_MGMT);
	for (size_t i = 0; i < n; i++) {
		ply_xmlw_open(&w, "container");
		ply_xmlw_attr_u64(&w, "id", c[i].id);
		ply_xmlw_attr_u64(&w, "version", c[i].version);
		for (size_t j = 0; j < c[i].n; j++) {
			ply_xmlw_open(&w, "member");
			ply_xmlw_attr(&w, "type", ply_member_type_name(c[i].member[j].type));
			if (has_value(c[i].member[j].type))
				ply_xmlw_attr_slice(&w, "value", c[i].member[j].value);
			ply_xmlw_close(&w);
		}
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
