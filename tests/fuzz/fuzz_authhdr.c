#include "auth/authhdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct ply_authhdr h;

	if (ply_authhdr_parse(ply_slice(p, size), &h))
		return 0;
	(void)ply_authhdr_version(&h);
	for (size_t i = 0; i < PLY_AP_N; i++)
		if (h.param[i].p && (h.param[i].p < p || h.param[i].p + h.param[i].len > p + size))
			__builtin_trap();
	return 0;
}
