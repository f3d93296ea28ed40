/* Memory of one request or one document: many small pieces, one free. Nothing is freed singly. Rank
 * 0. */
#ifndef PLY_BASE_ARENA_H
#define PLY_BASE_ARENA_H

#include "base/ply.h"
#include "base/slice.h"

struct ply_arena_block;

struct ply_arena {
	struct ply_arena_block *block; /* the one in use, then fuller ones */
	size_t used;                   /* bytes handed out since init or reset */
	size_t block_size;
};

/* Takes no memory yet. block_size: how much to ask for at once. */
void ply_arena_init(struct ply_arena *a, size_t block_size);
void ply_arena_deinit(struct ply_arena *a);
/* Empties, keeps one block. */
void ply_arena_reset(struct ply_arena *a);
/* LENDS zeroed memory, aligned for any type, until deinit or reset. NULL when memory is out. */
void *ply_arena_alloc(struct ply_arena *a, size_t size);
/* LENDS a NUL-terminated copy. */
char *ply_arena_copy(struct ply_arena *a, const char *p, size_t len);

#endif
