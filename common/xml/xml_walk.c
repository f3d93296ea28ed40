#include "xml/xml_internal.h"
#include "xml/xml_write.h"

#include <errno.h>

const struct ply_xml_el *ply_xml_root(const struct ply_xml *x)
{
	return x->root;
}

bool ply_xml_is(const struct ply_xml_el *el, const char *ns, const char *name)
{
	return el && (!name || ply_slice_is(el->name, name)) && (!ns || ply_slice_is(el->ns, ns));
}

static const struct ply_xml_el *from(const struct ply_xml_el *el, const char *ns, const char *name)
{
	while (el && !ply_xml_is(el, ns, name))
		el = el->next;
	return el;
}

const struct ply_xml_el *ply_xml_child(const struct ply_xml_el *el, const char *ns,
				       const char *name)
{
	return el ? from(el->first, ns, name) : NULL;
}

const struct ply_xml_el *ply_xml_next(const struct ply_xml_el *el, const char *ns, const char *name)
{
	return el ? from(el->next, ns, name) : NULL;
}

size_t ply_xml_count(const struct ply_xml_el *el, const char *name)
{
	size_t n = 0;

	PLY_XML_FOR(c, el, NULL, name)
		n++;
	return n;
}

struct ply_slice ply_xml_name(const struct ply_xml_el *el)
{
	return el ? el->name : ply_slice(NULL, 0);
}

struct ply_slice ply_xml_ns(const struct ply_xml_el *el)
{
	return el ? el->ns : ply_slice(NULL, 0);
}

struct ply_slice ply_xml_attr_ns(const struct ply_xml_el *el, const char *ns, const char *name)
{
	for (size_t i = 0; el && i < el->n_attr; i++)
		if (ply_slice_is(el->attr[i].name, name) && ply_slice_is(el->attr[i].ns, ns))
			return el->attr[i].value;
	return ply_slice(NULL, 0);
}

struct ply_slice ply_xml_attr(const struct ply_xml_el *el, const char *name)
{
	return ply_xml_attr_ns(el, "", name);
}

bool ply_xml_attr_text(const struct ply_xml_el *el, const char *name, size_t max,
		       struct ply_slice *out)
{
	*out = ply_slice_trim(ply_xml_attr(el, name));
	return out->len && out->len <= max;
}

bool ply_xml_attr_u32(const struct ply_xml_el *el, const char *name, uint32_t *out)
{
	return ply_slice_to_u32(ply_slice_trim(ply_xml_attr(el, name)), out);
}

bool ply_xml_attr_bool(const struct ply_xml_el *el, const char *name, bool def)
{
	struct ply_slice v = ply_slice_trim(ply_xml_attr(el, name));

	if (ply_slice_caseis(v, "true") || ply_slice_is(v, "1"))
		return true;
	if (ply_slice_caseis(v, "false") || ply_slice_is(v, "0"))
		return false;
	return def;
}

struct ply_slice ply_xml_text(const struct ply_xml_el *el)
{
	return el ? el->text : ply_slice(NULL, 0);
}

struct ply_slice ply_xml_text_trim(const struct ply_xml_el *el)
{
	return ply_slice_trim(ply_xml_text(el));
}

struct ply_slice ply_xml_child_text(const struct ply_xml_el *el, const char *ns, const char *name)
{
	return ply_xml_text(ply_xml_child(el, ns, name));
}

struct ply_slice ply_xml_raw(const struct ply_xml_el *el)
{
	return ply_slice_sub(el->x->in, el->raw_start, el->raw_end - el->raw_start);
}

/* Length of the start tag; '>' may stand in an attribute value. */
static size_t start_tag_len(struct ply_slice raw)
{
	char quote = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.p[i];

		if (quote) {
			if (c == quote)
				quote = 0;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			return i + 1;
		}
	}
	return raw.len;
}

struct ply_slice ply_xml_raw_inner(const struct ply_xml_el *el)
{
	struct ply_slice raw = ply_xml_raw(el);
	size_t start = start_tag_len(raw), end = raw.len;

	if (start >= 2 && raw.p[start - 2] == '/') /* <empty/> */
		return ply_slice(raw.p + raw.len, 0);
	while (end > start && raw.p[end - 1] != '<')
		end--;
	return ply_slice_sub(raw, start, end > start ? end - 1 - start : 0);
}

static const struct ply_xml_nsdecl *declared_on(const struct ply_xml_el *el,
						struct ply_slice prefix)
{
	for (size_t i = 0; i < el->n_nsdecl; i++)
		if (ply_slice_eq(el->nsdecl[i].prefix, prefix))
			return &el->nsdecl[i];
	return NULL;
}

/* What a fragment uses from outside itself. */
struct wanted {
	const struct ply_xml_el *top;
	struct ply_strbuf decl;
	const struct ply_xml_nsdecl *seen[32];
	size_t n;
};

static void want(struct wanted *w, const struct ply_xml_el *at, struct ply_slice prefix)
{
	const struct ply_xml_nsdecl *d;

	for (;; at = at->up) {
		if (declared_on(at, prefix))
			return; /* inside the fragment */
		if (at == w->top)
			break;
	}
	for (at = w->top->up, d = NULL; at && !d; at = at->up)
		d = declared_on(at, prefix);
	if (!d)
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->seen[i] == d)
			return;
	if (w->n == ARRAY_LEN(w->seen)) {
		w->decl.err = -ENOMEM;
		return;
	}
	w->seen[w->n++] = d;
	ply_strbuf_adds(&w->decl, prefix.len ? " xmlns:" : " xmlns");
	ply_strbuf_add_slice(&w->decl, prefix);
	ply_strbuf_adds(&w->decl, "=\"");
	ply_xml_escape(&w->decl, d->uri, true);
	ply_strbuf_addc(&w->decl, '"');
}

static void want_all(struct wanted *w, const struct ply_xml_el *el)
{
	want(w, el, el->prefix);
	for (size_t i = 0; i < el->n_attr; i++) {
		size_t colon = ply_slice_chr(el->attr[i].value, ':');

		if (el->attr[i].prefix.len)
			want(w, el, el->attr[i].prefix);
		if (colon != SIZE_MAX && colon) /* xsi:type="p:name" */
			want(w, el, ply_slice_sub(el->attr[i].value, 0, colon));
	}
	for (const struct ply_xml_el *c = el->first; c; c = c->next)
		want_all(w, c);
}

void ply_xml_add_outer(const struct ply_xml_el *el, struct ply_strbuf *out)
{
	struct wanted w = {.top = el, .decl = PLY_STRBUF_INIT};
	struct ply_slice raw = ply_xml_raw(el);
	size_t name = 1 + el->name.len + (el->prefix.len ? el->prefix.len + 1 : 0);

	want_all(&w, el);
	ply_strbuf_add_slice(out, ply_slice_sub(raw, 0, name));
	ply_strbuf_add_slice(out, ply_strbuf_slice(&w.decl));
	ply_strbuf_add_slice(out, ply_slice_from(raw, name));
	if (ply_strbuf_err(&w.decl))
		out->err = ply_strbuf_err(&w.decl);
	ply_strbuf_deinit(&w.decl);
}
