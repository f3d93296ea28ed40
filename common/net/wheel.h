/* The timers of a loop: a hierarchical wheel of 11 levels of 64 slots, one millisecond the finest.
 * A timer sits on the level of the highest bit in which its time differs from the wheel's, so it
 * moves down at most once a level, and the lowest level in use holds the earliest. Start and stop
 * are O(1). Knows no clock and calls nothing. Used by loop.c alone. Rank 2. */
#ifndef PLY_NET_WHEEL_H
#define PLY_NET_WHEEL_H

#include "net/loop.h"

enum { PLY_WHEEL_LEVELS = 11, PLY_WHEEL_BITS = 6, PLY_WHEEL_SLOTS = 1 << PLY_WHEEL_BITS };

struct ply_wheel {
	uint64_t now;
	size_t n;
	struct ply_list soon;            /* due already when they were added */
	uint64_t used[PLY_WHEEL_LEVELS]; /* a bit for each slot that is not empty */
	struct ply_list slot[PLY_WHEEL_LEVELS][PLY_WHEEL_SLOTS];
};

void ply_wheel_init(struct ply_wheel *w, uint64_t now);
/* By t->when; t must not be linked. */
void ply_wheel_add(struct ply_wheel *w, struct ply_timer *t);
/* t must be linked, here or in a list that ply_wheel_expire has filled. */
void ply_wheel_del(struct ply_wheel *w, struct ply_timer *t);
/* When ply_wheel_expire has something to do: never later than the earliest timer, perhaps earlier
 * (to move timers down a level). UINT64_MAX when empty. */
uint64_t ply_wheel_next(const struct ply_wheel *w);
/* Moves the wheel to `now` and the timers due by then to the end of `due`, earliest first. They
 * count as running until ply_wheel_del. */
void ply_wheel_expire(struct ply_wheel *w, uint64_t now, struct ply_list *due);

#endif
