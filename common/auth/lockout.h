/* Slow-down of password guessing: per key (an account, or a source address) a count of failures and
 * the time until which nothing is tried for it. The first `free` failures cost nothing, every
 * further one doubles the wait from `base_ms` up to `max_ms`. Bounded: when full, the key that
 * failed longest ago is forgotten, keys under a wait last. Time is an argument; signalling thread.
 * Rank 2. */
#ifndef PLY_AUTH_LOCKOUT_H
#define PLY_AUTH_LOCKOUT_H

#include "base/slice.h"

#include <stdint.h>

struct ply_lockout_policy {
	uint32_t free;      /* failures before the first wait */
	uint32_t base_ms;   /* first wait */
	uint32_t max_ms;    /* longest wait */
	uint32_t forget_ms; /* no failure for this long: the count starts over */
	size_t cap;         /* keys remembered */
};

struct ply_lockout;

int ply_lockout_new(struct ply_lockout **out, const struct ply_lockout_policy *p); /* GIVES */
void ply_lockout_free(struct ply_lockout *l);

/* Milliseconds until a try for this key is allowed; 0: now. Compares keys without ASCII case. */
uint64_t ply_lockout_wait(const struct ply_lockout *l, struct ply_slice key, uint64_t now_ms);
/* A try failed. Returns the wait that follows. Out of memory counts as no wait. */
uint64_t ply_lockout_fail(struct ply_lockout *l, struct ply_slice key, uint64_t now_ms);
/* A try succeeded: the key is forgotten. */
void ply_lockout_clear(struct ply_lockout *l, struct ply_slice key);
/* Keys remembered now. */
size_t ply_lockout_count(const struct ply_lockout *l);

#endif
