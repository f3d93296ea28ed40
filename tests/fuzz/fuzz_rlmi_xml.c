#include "presence/rlmi_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The boundary stands before each part and at the end, and nowhere else. */
static size_t count(struct ply_slice s, const char *what)
{
	size_t n = 0, at;

	while ((at = ply_slice_find(s, what)) != SIZE_MAX) {
		n++;
		s = ply_slice_from(s, at + 1);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_rlmi_item item[2] = {
		{.uri = {"sip:a@b", 7}, .content_type = {"a/b", 3}},
		{.uri = {"sip:c@d", 7}, .content_type = {"a/b", 3}},
	};
	struct ply_rlmi_list l = {.uri = {"sip:e@f", 7}, .item = item, .n = 2};
	struct ply_strbuf b = PLY_STRBUF_INIT, t = PLY_STRBUF_INIT;
	char boundary[64] = "--";
	struct ply_slice found;

	item[0].body = ply_slice((const char *)data, size / 2);
	item[1].body = ply_slice((const char *)data + size / 2, size - size / 2);
	ply_rlmi_write(&b, &t, &l);
	found = ply_strbuf_slice(&t);
	found = ply_slice_from(found, ply_slice_find(found, "boundary=\"") + 10);
	if (!ply_slice_copy(ply_slice_sub(found, 0, found.len - 1), boundary + 2, 62) ||
	    count(ply_strbuf_slice(&b), boundary) !=
		    2 + (size_t)(item[0].body.len > 0) + (size_t)(item[1].body.len > 0))
		abort();
	ply_strbuf_deinit(&b);
	ply_strbuf_deinit(&t);
	return 0;
}
