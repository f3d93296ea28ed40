#include "sip/sip_fanout.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice in = ply_slice((const char *)data, size);
	struct ply_sip_fanout f;
	struct ply_sip_fanout_copy c;
	uint32_t index, n = 0;
	unsigned status;

	if (!ply_sip_fanout_parse(in, &f))
		while (ply_sip_fanout_next(&f, &c))
			if (++n > size || memchr(c.ruri.p, '\r', c.ruri.len))
				abort();
	while (ply_sip_fanout_result_next(&in, &index, &status))
		if (status < 100)
			abort();
	return 0;
}
