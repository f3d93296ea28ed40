/* Named timers of a machine or a module as a table: default, range, the specification's number, one
 * line of help. Values are changed by name (configuration, tests), read by index. Rank 0. */
#ifndef PLY_BASE_TIMERDEF_H
#define PLY_BASE_TIMERDEF_H

#include "base/ply.h"
#include "base/slice.h"

struct ply_timerdef {
	const char *name; /* "C"; NULL ends the table; index 0 is "no timer" for state machines */
	const char *spec; /* "RFC 3261 §16.6 step 11" */
	const char *help;
	uint32_t def_ms, min_ms, max_ms;
	uint32_t now_ms; /* 0 until changed: the default holds */
};

uint32_t ply_timerdef_ms(const struct ply_timerdef *table, size_t index);
/* 0, -ENOENT (no such timer), -ERANGE. */
int ply_timerdef_set(struct ply_timerdef *table, struct ply_slice name, uint32_t ms);

#endif
