/* Memory-failure runs: the same work with the n-th allocation failing, n = 1, 2, ... The only
 * result accepted is -ENOMEM, until one run needs no further allocation and must succeed. */
#ifndef TESTS_LIB_MEMFAIL_H
#define TESTS_LIB_MEMFAIL_H

#include "tests/lib/unit.h"

#include "base/mem.h"

#include <errno.h>

/* `work` does everything from start to end, frees what it made, and returns 0 or -ENOMEM. */
static inline void fails_cleanly_without_memory(int (*work)(void *ctx), void *ctx)
{
	for (size_t n = 1; n < 10000; n++) {
		size_t made;
		int r;

		ply_mem_fail_after(n);
		r = work(ctx);
		made = ply_mem_count();
		ply_mem_fail_after(0);
		if (made < n) {
			assert_int_equal(r, 0);
			return;
		}
		if (r != -ENOMEM)
			fail_msg("allocation %zu failed, result %d", n, r);
	}
	fail_msg("never enough memory");
}

#endif
