#include "presence/batch_xml.h"

#include "presence/pres_internal.h"

static bool read_verb(struct ply_slice s, enum ply_batch_verb *out)
{
	static const char *const names[] = {
		[PLY_BATCH_SUBSCRIBE] = "subscribe",
		[PLY_BATCH_UNSUBSCRIBE] = "unsubscribe",
		[PLY_BATCH_QUERY] = "query",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (ply_slice_caseis(s, names[i])) {
			*out = (enum ply_batch_verb)i;
			return true;
		}
	return false;
}

static int read_resources(struct ply_xmlin *in, struct ply_batch_action *a,
			  const struct ply_xml_el *list)
{
	size_t n = ply_xml_count(list, "resource");

	if (n > PLY_PRES_MAX_RESOURCES)
		return PLY_PRES_E_TOO_MANY;
	a->resource = ply_xmlin_array(in, n, sizeof *a->resource);
	PLY_XML_FOR(el, list, NULL, "resource") {
		struct ply_slice uri;

		if (in->err)
			return in->err;
		if (!ply_xml_attr_text(el, "uri", PLY_PRES_MAX_URI, &uri))
			return PLY_PRES_E_CONTENT;
		a->resource[a->n++] = (struct ply_batch_resource){
			.uri = ply_xmlin_copy(in, uri),
			.context = ply_xml_child(el, NULL, "context") != NULL,
		};
	}
	return 0;
}

static bool named(const struct ply_batch_action *a, struct ply_slice name)
{
	for (size_t i = 0; i < a->n_category; i++)
		if (ply_slice_eq(a->category[i], name))
			return true;
	return false;
}

static int read_categories(struct ply_xmlin *in, struct ply_batch_action *a,
			   const struct ply_xml_el *list)
{
	size_t n = ply_xml_count(list, "category");

	if (n > PLY_PRES_MAX_CATEGORIES)
		return PLY_PRES_E_TOO_MANY;
	a->category = ply_xmlin_array(in, n, sizeof *a->category);
	PLY_XML_FOR(el, list, NULL, "category") {
		struct ply_slice name;

		if (in->err)
			return in->err;
		if (!ply_xml_attr_text(el, "name", PLY_PRES_MAX_CATEGORY_NAME, &name))
			return PLY_PRES_E_CONTENT;
		if (!named(a, name))
			a->category[a->n_category++] = ply_xmlin_copy(in, name);
	}
	return 0;
}

static int read_action(struct ply_xmlin *in, struct ply_batch_action *a,
		       const struct ply_xml_el *el)
{
	int r;

	if (!read_verb(ply_xml_attr(el, "name"), &a->verb) ||
	    ply_xml_attr(el, "id").len > PLY_PRES_MAX_NAME)
		return PLY_PRES_E_CONTENT;
	a->id = ply_xmlin_copy(in, ply_xml_attr(el, "id"));
	r = read_resources(in, a, ply_xml_child(el, NULL, "adhocList"));
	return r ? r : read_categories(in, a, ply_xml_child(el, NULL, "categoryList"));
}

static int read_actions(struct ply_xmlin *in, struct ply_batch *out)
{
	size_t n = ply_xml_count(in->root, "action");

	if (!n)
		return PLY_PRES_E_CONTENT;
	if (n > PLY_PRES_MAX_ACTIONS)
		return PLY_PRES_E_TOO_MANY;
	out->action = ply_xmlin_array(in, n, sizeof *out->action);
	if (!out->action)
		return in->err;
	PLY_XML_FOR(el, in->root, NULL, "action") {
		int r = read_action(in, &out->action[out->n], el);

		if (r || in->err)
			return r ? r : in->err;
		out->n++;
	}
	return 0;
}

int ply_batch_parse(struct ply_batch *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_batch){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "batchSub", NULL);
	if (!r) {
		out->uri = ply_xmlin_copy(&in, ply_xml_attr(in.root, "uri"));
		r = read_actions(&in, out);
	}
	return ply_xmlin_close(&in, r);
}

void ply_batch_deinit(struct ply_batch *b)
{
	ply_arena_deinit(&b->mem);
	*b = (struct ply_batch){0};
}
