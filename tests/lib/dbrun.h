/* Running a loop in a test until something has happened. */
#ifndef TESTS_LIB_DBRUN_H
#define TESTS_LIB_DBRUN_H

#include "base/clock.h"
#include "net/loop.h"

/* Turns of the loop until `cond`; false (after 20 s) when it never became true. */
#define test_run_until(loop, cond)                                                                 \
	({                                                                                         \
		uint64_t end_ = ply_mono_ms() + 20000;                                             \
		while (!(cond) && ply_mono_ms() < end_)                                            \
			ply_loop_step((loop), 20);                                                 \
		(cond);                                                                            \
	})

#endif
