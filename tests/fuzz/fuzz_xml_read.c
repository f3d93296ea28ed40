#include "xml/xml_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every raw view lies in the input and begins with its tag; a fragment that went out reads again.
 */
static void walk(const struct ply_xml_el *el)
{
	struct ply_slice raw = ply_xml_raw(el);

	if (raw.len < 3 || raw.p[0] != '<' || raw.p[raw.len - 1] != '>' ||
	    ply_xml_raw_inner(el).len > raw.len)
		abort();
	for (const struct ply_xml_el *c = ply_xml_child(el, NULL, NULL); c;
	     c = ply_xml_next(c, NULL, NULL))
		walk(c);
}

static void again(const struct ply_xml_el *el)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_xml *x = NULL;

	ply_xml_add_outer(el, &out);
	if (!ply_strbuf_err(&out) && ply_xml_parse(&x, ply_strbuf_slice(&out), NULL))
		abort();
	ply_xml_free(x);
	ply_strbuf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ply_xml_limits limits = {.size = 8192, .depth = 16, .nodes = 200};
	struct ply_xml *x = NULL;

	if (ply_xml_parse(&x, ply_slice((const char *)data, size), &limits))
		return 0;
	walk(ply_xml_root(x));
	if (ply_xml_child(ply_xml_root(x), NULL, NULL))
		again(ply_xml_child(ply_xml_root(x), NULL, NULL));
	ply_xml_free(x);
	return 0;
}
