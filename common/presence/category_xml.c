#include "presence/category_xml.h"

#include "presence/pres_internal.h"

static const char *const expire_names[] = {
	[PLY_EXPIRE_STATIC] = "static",
	[PLY_EXPIRE_ENDPOINT] = "endpoint",
	[PLY_EXPIRE_USER] = "user",
	[PLY_EXPIRE_TIME] = "time",
};

const char *ply_expire_type_name(enum ply_expire_type t)
{
	return expire_names[t];
}

bool ply_expire_type_read(struct ply_slice s, enum ply_expire_type *out)
{
	for (size_t i = 0; i < ARRAY_LEN(expire_names); i++)
		if (ply_slice_caseis(s, expire_names[i])) {
			*out = (enum ply_expire_type)i;
			return true;
		}
	return false;
}

static bool same_key(const struct ply_publication *a, const struct ply_publication *b)
{
	return a->instance == b->instance && a->container == b->container &&
	       ply_slice_eq(a->category, b->category);
}

static int read_value(struct ply_xmlin *in, struct ply_publication *p, const struct ply_xml_el *el)
{
	if (ply_xml_count(el, NULL) > 1)
		return PLY_PRES_E_CONTENT;
	if (ply_xml_raw(el).len > PLY_PRES_MAX_CATEGORY_BODY)
		return PLY_PRES_E_CATEGORY_SIZE;
	p->body = ply_xmlin_children(in, el, NULL);
	return p->body.len > PLY_PRES_MAX_CATEGORY_BODY ? PLY_PRES_E_CATEGORY_SIZE : 0;
}

static int read_publication(struct ply_xmlin *in, struct ply_publication *p,
			    const struct ply_xml_el *el)
{
	struct ply_slice name, expire = ply_xml_attr(el, "expireType");

	if (!ply_xml_attr_text(el, "categoryName", PLY_PRES_MAX_CATEGORY_NAME, &name) ||
	    !ply_xml_attr_u32(el, "instance", &p->instance) ||
	    !ply_xml_attr_u32(el, "container", &p->container) ||
	    p->container > PLY_PRES_MAX_CONTAINER)
		return PLY_PRES_E_CONTENT;
	if (ply_xml_attr(el, "version").p && !ply_xml_attr_u32(el, "version", &p->version))
		return PLY_PRES_E_CONTENT;
	if (expire.p && !ply_expire_type_read(ply_slice_trim(expire), &p->expire_type))
		return PLY_PRES_E_CONTENT;
	p->has_expires = ply_xml_attr_u32(el, "expires", &p->expires);
	if (ply_xml_attr(el, "expires").p && !p->has_expires)
		return PLY_PRES_E_CONTENT;
	if (p->expire_type == PLY_EXPIRE_TIME && !p->has_expires)
		return PLY_PRES_E_CONTENT;
	p->category = ply_xmlin_copy(in, name);
	return read_value(in, p, el);
}

static int read_publications(struct ply_xmlin *in, struct ply_publish *out,
			     const struct ply_xml_el *list)
{
	size_t n = ply_xml_count(list, "publication");

	if (!n)
		return PLY_PRES_E_CONTENT;
	if (n > PLY_PRES_MAX_PUBLICATIONS)
		return PLY_PRES_E_TOO_MANY;
	out->pub = ply_xmlin_array(in, n, sizeof *out->pub);
	if (!out->pub)
		return in->err;
	PLY_XML_FOR(el, list, NULL, "publication") {
		int r = read_publication(in, &out->pub[out->n], el);

		if (r || in->err)
			return r ? r : in->err;
		/* All or nothing: two operations on one key cannot both name its version. */
		for (size_t i = 0; i < out->n; i++)
			if (same_key(&out->pub[i], &out->pub[out->n]))
				return PLY_PRES_E_CONTENT;
		out->n++;
	}
	return 0;
}

int ply_publish_parse(struct ply_publish *out, struct ply_slice xml)
{
	const struct ply_xml_el *list;
	struct ply_xmlin in;
	int r;

	*out = (struct ply_publish){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "publish", NULL);
	if (!r) {
		list = ply_xml_child(in.root, NULL, "publications");
		out->uri = ply_xmlin_copy(&in, ply_xml_attr(list, "uri"));
		r = list ? read_publications(&in, out, list) : PLY_PRES_E_CONTENT;
	}
	return ply_xmlin_close(&in, r);
}

void ply_publish_deinit(struct ply_publish *p)
{
	ply_arena_deinit(&p->mem);
	*p = (struct ply_publish){0};
}

static void put_time(struct ply_xmlw *w, int64_t ms)
{
	ply_strbuf_adds(w->out, " publishTime=\"");
	ply_datetime_add(w->out, ms);
	ply_strbuf_addc(w->out, '"');
}

static void put_own(struct ply_xmlw *w, const struct ply_category *c)
{
	ply_xmlw_attr_u64(w, "container", c->container);
	ply_xmlw_attr_u64(w, "version", c->version);
	ply_xmlw_attr(w, "expireType", ply_expire_type_name(c->expire_type));
	if (c->has_expires)
		ply_xmlw_attr_u64(w, "expires", c->expires);
	ply_xmlw_some_attr(w, "endpointId", c->endpoint_id);
}

static void put_category(struct ply_strbuf *b, const struct ply_category *c, bool own)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "category");
	ply_xmlw_attr_slice(&w, "name", c->name);
	if (c->form == PLY_CATEGORY_GONE_CONTAINER && own)
		ply_xmlw_attr_u64(&w, "container", c->container);
	/* Watchers: a value that is empty is a category they may not see. */
	if (c->form == PLY_CATEGORY_VALUE && (own || c->body.len)) {
		ply_xmlw_attr_u64(&w, "instance", c->instance);
		put_time(&w, c->publish_ms);
		if (own)
			put_own(&w, c);
		ply_xmlw_raw(&w, c->body);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

void ply_category_write(struct ply_strbuf *b, const struct ply_category *c)
{
	put_category(b, c, false);
}

void ply_category_write_own(struct ply_strbuf *b, const struct ply_category *c)
{
	put_category(b, c, true);
}

void ply_categories_open(struct ply_strbuf *b, struct ply_slice uri)
{
	ply_strbuf_adds(b, "<categories xmlns=\"" PLY_NS_CATEGORIES "\" uri=\"");
	ply_xml_escape(b, uri, true);
	ply_strbuf_adds(b, "\">");
}

void ply_categories_close(struct ply_strbuf *b)
{
	ply_strbuf_adds(b, "</categories>");
}

void ply_categories_write(struct ply_strbuf *b, struct ply_slice uri, const struct ply_category *c,
			  size_t n)
{
	ply_categories_open(b, uri);
	for (size_t i = 0; i < n; i++)
		ply_category_write(b, &c[i]);
	ply_categories_close(b);
}

void ply_wrong_delta_write(struct ply_strbuf *b, const struct ply_wrong_delta *d, size_t n)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "Fault");
	ply_xmlw_leaf(&w, "Faultcode", ply_slice_str("Client.BadCall.WrongDelta"));
	ply_xmlw_open(&w, "details");
	for (size_t i = 0; i < n; i++) {
		ply_xmlw_open(&w, "operation");
		ply_xmlw_attr_u64(&w, "index", d[i].index);
		ply_xmlw_attr_u64(&w, "version", d[i].version);
		ply_xmlw_attr_u64(&w, "curVersion", d[i].cur_version);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
