#include "presence/card_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A note that was read can be written, and says the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_note n, m;

	if (ply_note_parse(&n, ply_slice((const char *)data, size)))
		return 0;
	ply_note_write(&b, n.text);
	if (ply_strbuf_err(&b) || ply_note_parse(&m, ply_strbuf_slice(&b)) ||
	    !ply_slice_eq(n.text, m.text))
		abort();
	ply_note_deinit(&n);
	ply_note_deinit(&m);
	ply_strbuf_deinit(&b);
	return 0;
}
