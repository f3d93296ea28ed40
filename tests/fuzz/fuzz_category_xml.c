#include "presence/category_xml.h"
#include "xml/xml_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was published must stand in a notification: the document that holds it reads as XML. */
static void tell(const struct ply_publish *p)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_xml *x = NULL;

	ply_categories_open(&b, p->uri);
	for (size_t i = 0; i < p->n; i++)
		ply_category_write_own(&b, &(struct ply_category){
						   .name = p->pub[i].category,
						   .instance = p->pub[i].instance,
						   .container = p->pub[i].container,
						   .body = p->pub[i].body,
					   });
	ply_categories_close(&b);
	if (ply_strbuf_err(&b) ||
	    ply_xml_parse(
		    &x, ply_strbuf_slice(&b),
		    &(struct ply_xml_limits){.size = SIZE_MAX, .depth = 64, .nodes = 1000000}))
		abort();
	ply_xml_free(x);
	ply_strbuf_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_publish p;

	if (ply_publish_parse(&p, ply_slice((const char *)data, size)))
		return 0;
	tell(&p);
	ply_publish_deinit(&p);
	return 0;
}
