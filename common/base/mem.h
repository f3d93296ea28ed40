/* Allocation with counted failure injection for tests. Everything of ours that allocates goes
 * through here. Rank 0. */
#ifndef PLY_BASE_MEM_H
#define PLY_BASE_MEM_H

#include <stddef.h>

/* GIVES zeroed memory, or NULL. n * size is checked for overflow. */
void *ply_calloc(size_t n, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void *ply_realloc(void *p, size_t size) __attribute__((alloc_size(2)));
void *ply_memdup(const void *p, size_t len);
/* GIVES a NUL-terminated copy; NULL when s is NULL or memory is out. */
char *ply_strdup(const char *s);
char *ply_strndup(const char *s, size_t len);
void ply_free(void *p); /* NULL is fine */

/* Tests: the n-th allocation from now on (1 = the next) and all after it fail; 0 switches it off.
 */
void ply_mem_fail_after(size_t n);
/* Tests: allocations made since the last ply_mem_fail_after. */
size_t ply_mem_count(void);

#endif
