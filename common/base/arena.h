/* Memory of one lifetime: many small allocations, one release. A failed allocation is remembered
 * (`err`): allocate on, test once at the end. Rank 0. */
#ifndef PLY_BASE_ARENA_H
#define PLY_BASE_ARENA_H

#include "base/ply.h"
#include "base/slice.h"

struct ply_arena_block;

struct ply_arena {
	struct ply_arena_block *head; /* the block that is being filled */
	size_t used;                  /* bytes of head in use */
	int err;                      /* 0 or -ENOMEM */
};

#define PLY_ARENA_INIT                                                                             \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

/* Frees everything; a zeroed or initialised arena is fine. */
void ply_arena_deinit(struct ply_arena *a);
/* LENDS zeroed memory, aligned for any type, until ply_arena_deinit; NULL when memory is out. */
void *ply_arena_alloc(struct ply_arena *a, size_t n, size_t size);
/* LENDS a copy, with a NUL behind it; absent stays absent, and absent comes back when memory is
 * out. */
struct ply_slice ply_arena_slice(struct ply_arena *a, struct ply_slice s);

#endif
