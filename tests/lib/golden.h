/* Golden files: every name.in of a folder is read by the codec its name begins with and printed;
 * the print must be what name.expect says. GOLDEN_UPDATE=1 rewrites those. */
#ifndef TESTS_LIB_GOLDEN_H
#define TESTS_LIB_GOLDEN_H

#include "base/strbuf.h"

/* Appends what was read; 0, or what the codec said. */
typedef int golden_print(struct ply_strbuf *out, struct ply_slice in);

struct golden_codec {
	const char *prefix;
	golden_print *print;
};

struct golden {
	const char *dir; /* "tests/golden/presence" */
	const struct golden_codec *codec;
	size_t n_codec;
	void (*refused)(struct ply_strbuf *out, int r); /* prints a refusal */
};

/* A test program's main: the documents, of which there are more than so many, are read as expected;
 * and each that is shorter than 3000 bytes with the n-th allocation failing. */
int golden_run(const struct golden *g, size_t more_than);

#endif
