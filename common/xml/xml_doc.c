#include "xml/xml_doc.h"

#include <errno.h>

/* Of a small document (a state that is kept for each endpoint) little is copied. */
enum { ARENA_BLOCK = 2048, ARENA_BLOCK_SMALL = 192, SMALL_DOC = 1024 };

int ply_xmlin_open(struct ply_xmlin *in, struct ply_arena *mem, struct ply_slice xml,
		   const char *root, const struct ply_xml_limits *limits)
{
	int r;

	*in = (struct ply_xmlin){.mem = mem};
	ply_arena_init(mem, xml.len < SMALL_DOC ? ARENA_BLOCK_SMALL : ARENA_BLOCK);
	r = ply_xml_parse(&in->x, xml, limits);
	if (r == PLY_XML_E_LIMIT)
		return PLY_XMLIN_E_LIMIT;
	if (r > 0)
		return PLY_XMLIN_E_XML;
	if (r)
		return r;
	in->root = ply_xml_root(in->x);
	return ply_xml_is(in->root, NULL, root) ? 0 : PLY_XMLIN_E_CONTENT;
}

int ply_xmlin_close(struct ply_xmlin *in, int r)
{
	ply_xml_free(in->x);
	in->x = NULL;
	if (in->err) /* what followed it means nothing */
		r = in->err;
	if (r)
		ply_arena_deinit(in->mem);
	return r;
}

void ply_xmlin_fail(struct ply_xmlin *in, int r)
{
	if (!in->err)
		in->err = r;
}

void *ply_xmlin_array(struct ply_xmlin *in, size_t n, size_t size)
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

struct ply_slice ply_xmlin_copy(struct ply_xmlin *in, struct ply_slice s)
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

struct ply_slice ply_xmlin_children(struct ply_xmlin *in, const struct ply_xml_el *el,
				    const char *name)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice s;

	PLY_XML_FOR(c, el, NULL, name)
		ply_xml_add_outer(c, &b);
	if (ply_strbuf_err(&b))
		in->err = ply_strbuf_err(&b);
	s = ply_xmlin_copy(in, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
	return s;
}
