#include "base/timerdef.h"

#include <errno.h>

uint32_t ply_timerdef_ms(const struct ply_timerdef *table, size_t index)
{
	return table[index].now_ms ? table[index].now_ms : table[index].def_ms;
}

int ply_timerdef_set(struct ply_timerdef *table, struct ply_slice name, uint32_t ms)
{
	for (; table->name; table++) {
		if (!ply_slice_is(name, table->name))
			continue;
		if (!ms || ms < table->min_ms || ms > table->max_ms)
			return -ERANGE;
		table->now_ms = ms;
		return 0;
	}
	return -ENOENT;
}
