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

/* Returns how many documents there were. */
size_t golden_check(const struct golden *g);
/* Reads each of them that is shorter than 3000 bytes with the n-th allocation failing. */
void golden_without_memory(const struct golden *g);

#endif
