#include "db/lcslog/cdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read comes out of the writer as something that is read alike. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice rest = ply_slice((const char *)data, size);
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char feed[PLY_CDR_UUID_LEN + 1];
	struct ply_cdr r, again;
	size_t len, n;

	if (ply_cdr_head_read(rest, feed))
		rest = ply_slice_from(rest, PLY_CDR_HEAD_LEN);
	while (ply_cdr_read(rest, &r, &len) == PLY_CDR_OK) {
		if (!len || len > rest.len)
			__builtin_trap();
		ply_strbuf_reset(&b);
		ply_cdr_write(&b, &r);
		if (ply_cdr_read(ply_strbuf_slice(&b), &again, &n) != PLY_CDR_OK || n != b.len ||
		    again.number != r.number || memcmp(again.value, r.value, sizeof r.value) != 0)
			__builtin_trap();
		rest = ply_slice_from(rest, len);
	}
	ply_strbuf_deinit(&b);
	return 0;
}
