#include "presence/state_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read and written reads the same again. */
static void again(const struct ply_state *s)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_state t;
	int r;

	ply_state_write(&b, s);
	if (ply_strbuf_err(&b))
		abort();
	r = ply_state_parse(&t, ply_strbuf_slice(&b));
	/* Declarations repeated on each custom activity may make it too large. */
	if (!r && (t.availability != s->availability || t.type != s->type ||
		   !ply_slice_eq(t.activity.token, s->activity.token)))
		abort();
	if (!r)
		ply_state_deinit(&t);
	ply_strbuf_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice in = ply_slice((const char *)data, size);
	struct ply_device d;
	struct ply_state s;

	if (!ply_state_parse(&s, in)) {
		again(&s);
		ply_state_deinit(&s);
	}
	if (!ply_device_parse(&d, in))
		ply_device_deinit(&d);
	return 0;
}
