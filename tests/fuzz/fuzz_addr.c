#include "net/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted prints as something that is accepted and is the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[PLY_ADDR_MAX];
	struct ply_addr a, b;

	if (ply_addr_parse(&a, ply_slice((const char *)data, size), 5060))
		return 0;
	if (ply_addr_parse(&b, ply_slice_str(ply_addr_format(&a, text)), 0) || !ply_addr_eq(&a, &b))
		__builtin_trap();
	return 0;
}
