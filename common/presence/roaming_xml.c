#include "presence/roaming_xml.h"

#include "presence/pres_internal.h"

static const struct {
	const char *name;
	unsigned section;
} sections[] = {
	{"categories", PLY_ROAMING_CATEGORIES},
	{"containers", PLY_ROAMING_CONTAINERS},
	{"subscribers", PLY_ROAMING_SUBSCRIBERS},
	{"delegates", PLY_ROAMING_DELEGATES},
};

int ply_roaming_list_parse(unsigned *out, struct ply_slice xml)
{
	struct ply_arena mem;
	struct ply_xmlin in;
	int r;

	*out = 0;
	r = ply_xmlin_open(&in, &mem, xml, "roamingList", NULL);
	if (!r)
		PLY_XML_FOR(el, in.root, NULL, "roaming")
			for (size_t i = 0; i < ARRAY_LEN(sections); i++)
				if (ply_slice_caseis(ply_xml_attr(el, "type"), sections[i].name))
					*out |= sections[i].section;
	r = ply_xmlin_close(&in, r);
	ply_arena_deinit(&mem);
	return r;
}

void ply_roaming_open(struct ply_strbuf *b)
{
	ply_strbuf_adds(b, "<roamingData xmlns=\"" PLY_NS_ROAMING_SELF "\">");
}

void ply_roaming_close(struct ply_strbuf *b)
{
	ply_strbuf_adds(b, "</roamingData>");
}

void ply_roaming_data_write(struct ply_strbuf *b, const struct ply_roaming_data *d)
{
	ply_roaming_open(b);
	if (d->categories) {
		ply_categories_open(b, d->categories->uri);
		for (size_t i = 0; i < d->categories->n; i++)
			ply_category_write_own(b, &d->categories->category[i]);
		ply_categories_close(b);
	}
	if (d->containers)
		ply_containers_write(b, d->containers->container, d->containers->n);
	if (d->subscribers)
		ply_subscribers_write(b, d->subscribers->subscriber, d->subscribers->n);
	ply_roaming_close(b);
}
