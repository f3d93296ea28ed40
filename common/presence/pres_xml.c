#include "presence/pres_internal.h"

#include <errno.h>

/* Of a small document (a state that is kept for each endpoint) little is copied. */
enum { ARENA_BLOCK = 2048, ARENA_BLOCK_SMALL = 192, SMALL_DOC = 1024 };

int ply_pres_in_open(struct ply_pres_in *in, struct ply_arena *mem, struct ply_slice xml,
		     const char *root)
{
	int r;

	*in = (struct ply_pres_in){.mem = mem};
	ply_arena_init(mem, xml.len < SMALL_DOC ? ARENA_BLOCK_SMALL : ARENA_BLOCK);
	r = ply_xml_parse(&in->x, xml, NULL);
	if (r == PLY_XML_E_LIMIT)
		return PLY_PRES_E_TOO_MANY;
	if (r > 0)
		return PLY_PRES_E_XML;
	if (r)
		return r;
	in->root = ply_xml_root(in->x);
	return ply_xml_is(in->root, NULL, root) ? 0 : PLY_PRES_E_CONTENT;
}

int ply_pres_in_close(struct ply_pres_in *in, int r)
{
	ply_xml_free(in->x);
	in->x = NULL;
	if (in->err) /* what followed it means nothing */
		r = in->err;
	if (r)
		ply_arena_deinit(in->mem);
	return r;
}

void *ply_pres_in_array(struct ply_pres_in *in, size_t n, size_t size)
{
	void *p = NULL;

	if (!n)
		return NULL;
	if (n <= SIZE_MAX / size)
		p = ply_arena_alloc(in->mem, n * size);
	if (!p)
		in->err = -ENOMEM;
	return p;
}

struct ply_slice ply_pres_in_copy(struct ply_pres_in *in, struct ply_slice s)
{
	char *p;

	if (!s.p)
		return s;
	p = ply_arena_copy(in->mem, s.p, s.len);
	if (!p) {
		in->err = -ENOMEM;
		return ply_slice(NULL, 0);
	}
	return ply_slice(p, s.len);
}

struct ply_slice ply_pres_in_children(struct ply_pres_in *in, const struct ply_xml_el *el,
				      const char *name)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice s;

	PLY_XML_FOR(c, el, NULL, name)
		ply_xml_add_outer(c, &b);
	if (ply_strbuf_err(&b))
		in->err = ply_strbuf_err(&b);
	s = ply_pres_in_copy(in, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
	return s;
}

size_t ply_pres_count(const struct ply_xml_el *el, const char *name)
{
	size_t n = 0;

	PLY_XML_FOR(c, el, NULL, name)
		n++;
	return n;
}

bool ply_pres_attr_text(const struct ply_xml_el *el, const char *name, size_t max,
			struct ply_slice *out)
{
	*out = ply_slice_trim(ply_xml_attr(el, name));
	return out->len && out->len <= max;
}

void ply_pres_out_end(struct ply_xmlw *w)
{
	int r = ply_xmlw_end(w);

	if (r && !w->out->err)
		w->out->err = r;
}

void ply_pres_out_attr(struct ply_xmlw *w, const char *name, struct ply_slice value)
{
	if (value.len)
		ply_xmlw_attr_slice(w, name, value);
}

void ply_pres_out_leaf(struct ply_xmlw *w, const char *name, struct ply_slice text)
{
	if (text.len)
		ply_xmlw_leaf(w, name, text);
}

void ply_pres_out_leaf_u64(struct ply_xmlw *w, const char *name, uint64_t v)
{
	char d[PLY_U64_DIGITS];

	ply_xmlw_leaf(w, name, ply_slice_u64(v, d));
}

void ply_pres_out_uri(struct ply_xmlw *w, const char *name, struct ply_slice uri, bool with_sip)
{
	char full[PLY_PRES_MAX_URI + 5] = "sip:";
	struct ply_slice bare = ply_pres_bare_uri(uri);

	if (!with_sip || bare.len >= sizeof full - 4 ||
	    !ply_slice_copy(bare, full + 4, sizeof full - 4)) {
		ply_xmlw_attr_slice(w, name, with_sip ? uri : bare);
		return;
	}
	ply_xmlw_attr(w, name, full);
}
