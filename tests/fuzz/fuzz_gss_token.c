#include "auth/gss_token.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct ply_slice s;

	if (ply_gss_token_authenticator(ply_slice(p, size), &s) &&
	    (s.p < p || s.p + s.len > p + size))
		__builtin_trap();
	return 0;
}
