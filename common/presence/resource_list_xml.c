#include "presence/pidf_xml.h"
#include "presence/pres_internal.h"

static bool by_reference(const struct ply_xml_el *el)
{
	return ply_xml_is(el, NULL, "entry-ref") || ply_xml_is(el, NULL, "external");
}

/* Lists may be nested as deep as the reader lets documents be. */
static int count_entries(const struct ply_xml_el *list, size_t *n)
{
	PLY_XML_FOR(el, list, NULL, NULL) {
		int r = 0;

		if (by_reference(el))
			return PLY_PRES_E_CONTENT;
		if (ply_xml_is(el, NULL, "entry"))
			++*n;
		else if (ply_xml_is(el, NULL, "list"))
			r = count_entries(el, n);
		if (r)
			return r;
	}
	return *n > PLY_PRES_MAX_RESOURCES ? PLY_PRES_E_TOO_MANY : 0;
}

static bool listed(const struct ply_resource_list *l, struct ply_slice uri)
{
	for (size_t i = 0; i < l->n; i++)
		if (ply_slice_eq(l->uri[i], uri))
			return true;
	return false;
}

static int add_entries(struct ply_xmlin *in, struct ply_resource_list *out,
		       const struct ply_xml_el *list)
{
	int r = 0;

	PLY_XML_FOR(el, list, NULL, NULL) {
		struct ply_slice uri;

		if (ply_xml_is(el, NULL, "list"))
			r = add_entries(in, out, el);
		if (r)
			return r;
		if (!ply_xml_is(el, NULL, "entry"))
			continue;
		if (!ply_xml_attr_text(el, "uri", PLY_PRES_MAX_URI, &uri))
			return PLY_PRES_E_CONTENT;
		if (!listed(out, uri))
			out->uri[out->n++] = ply_xmlin_copy(in, uri);
	}
	return 0;
}

int ply_resource_list_parse(struct ply_resource_list *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	size_t n = 0;
	int r;

	*out = (struct ply_resource_list){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "resource-lists", NULL);
	if (!r)
		r = count_entries(in.root, &n);
	if (!r) {
		out->uri = ply_xmlin_array(&in, n, sizeof *out->uri);
		if (out->uri)
			r = add_entries(&in, out, in.root);
	}
	return ply_xmlin_close(&in, r);
}

void ply_resource_list_deinit(struct ply_resource_list *l)
{
	ply_arena_deinit(&l->mem);
	*l = (struct ply_resource_list){0};
}
