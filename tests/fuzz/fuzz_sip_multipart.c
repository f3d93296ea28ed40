/* Bodies of several parts: the first line is the Content-Type's boundary. */
#include "sip/sip_multipart.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice all = ply_slice((const char *)data, size);
	struct ply_sip_parts w;
	struct ply_sip_part p;
	size_t sum = 0;

	ply_sip_parts_init(&w, ply_slice_str("multipart/mixed;boundary=x"), all);
	while (ply_sip_parts_next(&w, &p))
		sum += p.body.len + p.type.len;
	if (sum > size)
		abort();
	ply_sip_parts_init(&w, all, all);
	while (ply_sip_parts_next(&w, &p))
		(void)ply_sip_media_type(p.type);
	return 0;
}
