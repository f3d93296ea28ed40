#include "base/arena.h"

#include "base/mem.h"

#include <errno.h>
#include <stdalign.h>

enum { BLOCK = 2048 };

struct ply_arena_block {
	struct ply_arena_block *next;
	size_t cap;
	alignas(max_align_t) char mem[];
};

void ply_arena_deinit(struct ply_arena *a)
{
	struct ply_arena_block *b = a->head;

	while (b) {
		struct ply_arena_block *next = b->next;

		ply_free(b);
		b = next;
	}
	*a = (struct ply_arena)PLY_ARENA_INIT;
}

static void *take(struct ply_arena *a, size_t len, size_t align)
{
	size_t at = (a->used + align - 1) & ~(align - 1);
	struct ply_arena_block *b = a->head;

	if (!b || at > b->cap || len > b->cap - at) {
		size_t cap = ply_max_size(BLOCK - sizeof *b, len);

		b = len > SIZE_MAX - BLOCK ? NULL : ply_calloc(1, sizeof *b + cap);
		if (!b) {
			a->err = -ENOMEM;
			return NULL;
		}
		b->cap = cap;
		b->next = a->head;
		a->head = b;
		at = 0;
	}
	a->used = at + len;
	return b->mem + at;
}

void *ply_arena_alloc(struct ply_arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size) {
		a->err = -ENOMEM;
		return NULL;
	}
	return take(a, n * size, alignof(max_align_t));
}

struct ply_slice ply_arena_slice(struct ply_arena *a, struct ply_slice s)
{
	char *p;

	if (!s.p)
		return ply_slice(NULL, 0);
	p = take(a, s.len + 1, 1);
	if (!p)
		return ply_slice(NULL, 0);
	if (s.len)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return ply_slice(p, s.len);
}
