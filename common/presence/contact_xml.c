#include "presence/contact_xml.h"

#include "presence/pres_internal.h"

static const char *const op_names[] = {
	[PLY_SOAP_SET_CONTACT] = "setContact",   [PLY_SOAP_DELETE_CONTACT] = "deleteContact",
	[PLY_SOAP_ADD_GROUP] = "addGroup",       [PLY_SOAP_MODIFY_GROUP] = "modifyGroup",
	[PLY_SOAP_DELETE_GROUP] = "deleteGroup", [PLY_SOAP_DIRECTORY_SEARCH] = "directorySearch",
	[PLY_SOAP_SET_ACE] = "setACE",           [PLY_SOAP_SET_PRESENCE] = "setPresence",
	[PLY_SOAP_GET_PRESENCE] = "getPresence",
};

/* SIPE writes m:attrib, others attrib. */
static struct ply_slice any_attr(const struct ply_xml_el *el, const char *name)
{
	struct ply_slice v = ply_xml_attr(el, name);

	return v.p ? v : ply_xml_attr_ns(el, PLY_NS_WINRTC, name);
}

static int read_text(struct ply_xmlin *in, const struct ply_xml_el *op, const char *name,
		     size_t max, struct ply_slice *out)
{
	struct ply_slice s = ply_slice_trim(ply_xml_child_text(op, NULL, name));

	if (s.len > max)
		return PLY_PRES_E_CONTENT;
	*out = ply_xmlin_copy(in, s);
	return 0;
}

/* A number that may be missing, but not be something else. */
static int read_number(const struct ply_xml_el *op, const char *name, bool *has, uint32_t *out)
{
	const struct ply_xml_el *el = ply_xml_child(op, NULL, name);

	*has = el != NULL;
	return !el || ply_slice_to_u32(ply_xml_text_trim(el), out) ? 0 : PLY_PRES_E_CONTENT;
}

/* "1 3" */
static int read_groups(const struct ply_xml_el *op, uint64_t *out)
{
	struct ply_slice rest = ply_slice_trim(ply_xml_child_text(op, NULL, "groups")), id;

	while (ply_slice_split(&rest, ' ', &id)) {
		uint32_t n;

		if (!ply_slice_trim(id).len)
			continue;
		if (!ply_slice_to_u32(ply_slice_trim(id), &n) || !n || n > PLY_PRES_MAX_GROUPS)
			return PLY_PRES_E_CONTENT;
		*out |= UINT64_C(1) << (n - 1);
	}
	return 0;
}

static int read_extension(struct ply_xmlin *in, struct ply_soap *out, const struct ply_xml_el *op)
{
	const struct ply_xml_el *el = ply_xml_child(op, NULL, "contactExtension");

	if (!el)
		return 0;
	out->extension = ply_xmlin_children(in, el, NULL);
	return out->extension.len > PLY_PRES_MAX_EXTENSION ? PLY_PRES_E_EXTENSION_SIZE : 0;
}

static int read_rows(struct ply_xmlin *in, struct ply_soap *out, const struct ply_xml_el *list)
{
	size_t n = ply_xml_count(list, "row");

	if (n > PLY_PRES_MAX_SEARCH_ROWS)
		return PLY_PRES_E_TOO_MANY;
	out->row = ply_xmlin_array(in, n, sizeof *out->row);
	PLY_XML_FOR(el, list, NULL, "row") {
		struct ply_slice attrib = ply_slice_trim(any_attr(el, "attrib"));
		struct ply_slice value = any_attr(el, "value");

		if (in->err)
			return in->err;
		if (!attrib.len || attrib.len > PLY_PRES_MAX_NAME || value.len > PLY_PRES_MAX_URI)
			return PLY_PRES_E_CONTENT;
		out->row[out->n_row++] = (struct ply_search_row){ply_xmlin_copy(in, attrib),
								 ply_xmlin_copy(in, value)};
	}
	return 0;
}

/* The conditions stand in an Array beside the operation; inside it is understood too. */
static int read_search(struct ply_xmlin *in, struct ply_soap *out, const struct ply_xml_el *body,
		       const struct ply_xml_el *op)
{
	const struct ply_xml_el *rows = ply_xml_child(body, NULL, "Array");
	bool has;
	int r;

	if (!rows)
		rows = ply_xml_child(ply_xml_child(op, NULL, "filter"), NULL, "Array");
	r = read_number(op, "maxResults", &has, &out->max_results);
	return r ? r : read_rows(in, out, rows);
}

static int read_change(struct ply_xmlin *in, struct ply_soap *out, const struct ply_xml_el *op)
{
	const struct {
		const char *name;
		size_t max;
		struct ply_slice *out;
	} texts[] = {
		{"URI", PLY_PRES_MAX_URI, &out->uri},
		{"displayName", PLY_PRES_MAX_NAME, &out->display_name},
		{"name", PLY_PRES_MAX_NAME, &out->name},
		{"externalURI", PLY_PRES_MAX_URI, &out->external_uri},
	};
	struct ply_slice subscribed = ply_slice_trim(ply_xml_child_text(op, NULL, "subscribed"));
	bool has;
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LEN(texts); i++)
		r = read_text(in, op, texts[i].name, texts[i].max, texts[i].out);
	if (!r)
		r = read_number(op, "deltaNum", &out->has_delta, &out->delta);
	if (!r)
		r = read_number(op, "groupID", &has, &out->group_id);
	if (!r)
		r = read_groups(op, &out->groups);
	out->subscribed = ply_slice_caseis(subscribed, "true") || ply_slice_is(subscribed, "1");
	return r ? r : read_extension(in, out, op);
}

/* What each operation cannot do without. */
static bool complete(const struct ply_soap *s)
{
	switch (s->op) {
	case PLY_SOAP_SET_CONTACT:
	case PLY_SOAP_DELETE_CONTACT:
		return s->has_delta && ply_pres_bare_uri(s->uri).len;
	case PLY_SOAP_ADD_GROUP:
		return s->has_delta && s->name.len;
	case PLY_SOAP_MODIFY_GROUP:
		return s->has_delta && s->name.len && s->group_id;
	case PLY_SOAP_DELETE_GROUP:
		return s->has_delta && s->group_id;
	default:
		return true;
	}
}

static enum ply_soap_op op_of(struct ply_slice name)
{
	size_t i = 0;

	while (i < ARRAY_LEN(op_names) && !ply_slice_is(name, op_names[i]))
		i++;
	return i < ARRAY_LEN(op_names) ? (enum ply_soap_op)i : PLY_SOAP_OTHER;
}

static int read_envelope(struct ply_xmlin *in, struct ply_soap *out)
{
	const struct ply_xml_el *body = ply_xml_child(in->root, NULL, "Body");
	const struct ply_xml_el *op = ply_xml_child(body, NULL, NULL);
	int r;

	if (ply_xml_is(op, NULL, "Array"))
		op = ply_xml_next(op, NULL, NULL);
	if (!op)
		return PLY_PRES_E_CONTENT;
	out->method = ply_xmlin_copy(in, ply_xml_name(op));
	out->op = op_of(ply_xml_name(op));
	if (out->op == PLY_SOAP_DIRECTORY_SEARCH)
		return read_search(in, out, body, op);
	if (out->op > PLY_SOAP_DIRECTORY_SEARCH)
		return 0;
	r = read_change(in, out, op);
	return r || complete(out) ? r : PLY_PRES_E_CONTENT;
}

int ply_soap_parse(struct ply_soap *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_soap){.op = PLY_SOAP_OTHER};
	r = ply_xmlin_open(&in, &out->mem, xml, "Envelope", NULL);
	if (!r)
		r = read_envelope(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_soap_deinit(struct ply_soap *s)
{
	ply_arena_deinit(&s->mem);
	*s = (struct ply_soap){.op = PLY_SOAP_OTHER};
}

static void open_body(struct ply_xmlw *w, struct ply_strbuf *b)
{
	ply_xmlw_init(w, b);
	ply_xmlw_open(w, "SOAP-ENV:Envelope");
	ply_xmlw_attr(w, "xmlns:SOAP-ENV", PLY_NS_SOAP);
	ply_xmlw_open(w, "SOAP-ENV:Body");
}

static void close_body(struct ply_xmlw *w)
{
	ply_xmlw_close(w);
	ply_xmlw_close(w);
	ply_xmlw_done(w);
}

void ply_soap_add_group_write(struct ply_strbuf *b, uint32_t group_id, uint32_t delta)
{
	struct ply_xmlw w;

	open_body(&w, b);
	ply_xmlw_open(&w, "m:addGroup");
	ply_xmlw_attr(&w, "xmlns:m", PLY_NS_WINRTC);
	ply_xmlw_leaf_u64(&w, "m:groupID", group_id);
	ply_xmlw_leaf_u64(&w, "m:deltaNum", delta);
	ply_xmlw_close(&w);
	close_body(&w);
}

void ply_soap_done_write(struct ply_strbuf *b, enum ply_soap_op op, uint32_t delta)
{
	static const char *const names[] = {
		[PLY_SOAP_SET_CONTACT] = "m:setContact",
		[PLY_SOAP_DELETE_CONTACT] = "m:deleteContact",
		[PLY_SOAP_ADD_GROUP] = "m:addGroup",
		[PLY_SOAP_MODIFY_GROUP] = "m:modifyGroup",
		[PLY_SOAP_DELETE_GROUP] = "m:deleteGroup",
	};
	struct ply_xmlw w;

	if (op >= ARRAY_LEN(names))
		return;
	open_body(&w, b);
	ply_xmlw_open(&w, names[op]);
	ply_xmlw_attr(&w, "xmlns:m", PLY_NS_WINRTC);
	ply_xmlw_leaf_u64(&w, "m:deltaNum", delta);
	ply_xmlw_close(&w);
	close_body(&w);
}

void ply_soap_fault_write(struct ply_strbuf *b, const char *code, const char *reason,
			  const char *detail)
{
	char faultcode[64] = "SOAP-ENV:";
	struct ply_xmlw w;

	ply_slice_copy(ply_slice_str(code), faultcode + 9, sizeof faultcode - 9);
	open_body(&w, b);
	ply_xmlw_open(&w, "SOAP-ENV:Fault");
	ply_xmlw_leaf(&w, "faultcode", ply_slice_str(faultcode));
	ply_xmlw_leaf(&w, "faultstring", ply_slice_str(reason));
	ply_xmlw_some_leaf(&w, "detail", ply_slice_str(detail));
	ply_xmlw_close(&w);
	close_body(&w);
}

static void put_result(struct ply_xmlw *w, const struct ply_search_result *r)
{
	ply_xmlw_open(w, "m:row");
	ply_pres_out_uri(w, "uri", r->uri, true);
	ply_xmlw_attr_slice(w, "displayName", r->display_name);
	ply_xmlw_attr_slice(w, "title", r->title);
	ply_xmlw_attr_slice(w, "office", r->office);
	ply_xmlw_attr_slice(w, "phone", r->phone);
	ply_xmlw_attr_slice(w, "company", r->company);
	ply_xmlw_attr_slice(w, "city", r->city);
	ply_xmlw_attr_slice(w, "state", r->state);
	ply_xmlw_attr_slice(w, "country", r->country);
	ply_xmlw_attr_slice(w, "email", r->email);
	ply_xmlw_close(w);
}

void ply_search_result_write(struct ply_strbuf *b, const struct ply_search_result *r, size_t n,
			     bool more_available)
{
	struct ply_xmlw w;

	open_body(&w, b);
	ply_xmlw_open(&w, "m:directorySearch");
	ply_xmlw_attr(&w, "xmlns:m", PLY_NS_WINRTC);
	ply_xmlw_leaf(&w, "m:moreAvailable", ply_slice_str(more_available ? "true" : "false"));
	ply_xmlw_leaf_u64(&w, "m:returned", n);
	ply_xmlw_open(&w, "m:value");
	ply_xmlw_attr(&w, "href", "#searchArray");
	ply_xmlw_close(&w);
	ply_xmlw_close(&w);
	ply_xmlw_open(&w, "m:Array");
	ply_xmlw_attr(&w, "xmlns:m", PLY_NS_WINRTC);
	for (size_t i = 0; i < n; i++)
		put_result(&w, &r[i]);
	ply_xmlw_close(&w);
	close_body(&w);
}
