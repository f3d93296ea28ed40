#include "presence/pidf_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read and written means the same again. */
static void again(const struct ply_pidf *p)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice token;
	struct ply_pidf q;
	uint32_t av, av2;

	ply_pidf_write(&b, p);
	if (ply_strbuf_err(&b) || ply_pidf_parse(&q, ply_strbuf_slice(&b)))
		abort();
	ply_pidf_to_availability(p, &av, &token);
	ply_pidf_to_availability(&q, &av2, &token);
	if (p->has_basic && (av != av2 || !ply_slice_eq(p->note, q.note)))
		abort();
	ply_pidf_deinit(&q);
	ply_strbuf_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice in = ply_slice((const char *)data, size);
	struct ply_resource_list l;
	struct ply_pidf p;

	if (!ply_pidf_parse(&p, in)) {
		again(&p);
		ply_pidf_deinit(&p);
	}
	if (!ply_resource_list_parse(&l, in))
		ply_resource_list_deinit(&l);
	return 0;
}
