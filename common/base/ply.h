/* Words every file needs. Rank 0; nothing here waits, allocates or talks. */
#ifndef PLY_BASE_PLY_H
#define PLY_BASE_PLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n)       (1U << (n))

/* The object of type `type` whose member `member` is at `ptr`. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define PLY_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PLY_UNUSED            __attribute__((unused))
#define PLY_MUST_CHECK        __attribute__((warn_unused_result))

/* Without its const: memory that is ours behind a pointer to const, and foreign functions that do
 * not say that they only read. */
static inline void *ply_unconst(const void *p)
{
	const union {
		const void *in;
		void *out;
	} u = {p};

	return u.out;
}

static inline size_t ply_min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t ply_max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

#endif
