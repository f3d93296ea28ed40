/* A target for a codec that reads and writes: what was read is written, and is read again. */
#ifndef TESTS_FUZZ_ROUNDTRIP_H
#define TESTS_FUZZ_ROUNDTRIP_H

#include "base/strbuf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTBEGIN(bugprone-macro-parentheses): NAME is part of names */
#define FUZZ_ROUNDTRIP(NAME)                                                                       \
	static void again(const struct NAME *d)                                                    \
	{                                                                                          \
		struct ply_strbuf b = PLY_STRBUF_INIT;                                             \
		struct NAME second;                                                                \
                                                                                                   \
		NAME##_write(&b, d);                                                               \
		if (ply_strbuf_err(&b) || NAME##_parse(&second, ply_strbuf_slice(&b)))             \
			abort();                                                                   \
		NAME##_deinit(&second);                                                            \
		ply_strbuf_deinit(&b);                                                             \
	}                                                                                          \
                                                                                                   \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                               \
	{                                                                                          \
		struct NAME d;                                                                     \
                                                                                                   \
		if (!NAME##_parse(&d, ply_slice((const char *)data, size)))                        \
			again(&d);                                                                 \
		NAME##_deinit(&d);                                                                 \
		return 0;                                                                          \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
