#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>

struct ply_arena_block {
	struct ply_arena_block *next;
	size_t len, cap;
	alignas(max_align_t) char p[];
};

void ply_arena_init(struct ply_arena *a, size_t block_size)
{
	*a = (struct ply_arena){NULL, 0, block_size};
}

static void free_chain(struct ply_arena_block *b)
{
	while (b) {
		struct ply_arena_block *next = b->next;

		ply_free(b);
		b = next;
	}
}

void ply_arena_deinit(struct ply_arena *a)
{
	free_chain(a->block);
	a->block = NULL;
	a->used = 0;
}

void ply_arena_reset(struct ply_arena *a)
{
	a->used = 0;
	if (!a->block)
		return;
	free_chain(a->block->next);
	a->block->next = NULL;
	memset(a->block->p, 0, a->block->len);
	a->block->len = 0;
}

static struct ply_arena_block *add_block(struct ply_arena *a, size_t size)
{
	size_t cap = ply_max_size(size, a->block_size);
	struct ply_arena_block *b;

	if (cap > SIZE_MAX / 2)
		return NULL;
	b = ply_calloc(1, sizeof *b + cap);
	if (!b)
		return NULL;
	b->cap = cap;
	b->next = a->block;
	a->block = b;
	return b;
}

static void *take(struct ply_arena *a, size_t size, size_t align)
{
	struct ply_arena_block *b = a->block;
	size_t at = 0;

	if (b)
		at = (b->len + align - 1) & ~(align - 1);
	if (!b || at > b->cap || size > b->cap - at) {
		b = add_block(a, size);
		at = 0;
	}
	if (!b)
		return NULL;
	b->len = at + size;
	a->used += size;
	return b->p + at;
}

void *ply_arena_alloc(struct ply_arena *a, size_t size)
{
	return take(a, size, alignof(max_align_t));
}

char *ply_arena_copy(struct ply_arena *a, const char *p, size_t len)
{
	char *d = len < SIZE_MAX ? take(a, len + 1, 1) : NULL;

	if (d && len)
		memcpy(d, p, len);
	return d;
}
