/* Token bucket: `rate` tokens a second, at most `burst` at once. Time is an argument. Rank 0. */
#ifndef PLY_BASE_LIMIT_H
#define PLY_BASE_LIMIT_H

#include "base/ply.h"

struct ply_bucket {
	uint64_t last_ms;
	uint64_t milli; /* thousandths of a token */
	uint32_t rate, burst;
};

static inline void ply_bucket_init(struct ply_bucket *b, uint32_t rate, uint32_t burst,
				   uint64_t now_ms)
{
	*b = (struct ply_bucket){now_ms, (uint64_t)burst * 1000, rate, burst};
}

/* Takes one token; false when there is none. */
static inline bool ply_bucket_take(struct ply_bucket *b, uint64_t now_ms)
{
	b->milli += (now_ms - b->last_ms) * b->rate;
	b->last_ms = now_ms;
	if (b->milli > (uint64_t)b->burst * 1000)
		b->milli = (uint64_t)b->burst * 1000;
	if (b->milli < 1000)
		return false;
	b->milli -= 1000;
	return true;
}

#endif
