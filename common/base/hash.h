/* Intrusive hash table, seeded per process (SipHash-1-3), so that peers cannot choose colliding
 *keys. The object holds a ply_hnode; lookups walk the nodes of one hash value and compare keys
 *themselves:
 *
 *	for (struct ply_hnode *n = ply_hash_first(&t, h); n; n = ply_hash_next(n))
 *		if (key_of(container_of(n, struct thing, node)) == key) ...
 * Rank 0. */
#ifndef PLY_BASE_HASH_H
#define PLY_BASE_HASH_H

#include "base/ply.h"
#include "base/slice.h"

struct ply_hnode {
	struct ply_hnode *next;
	uint64_t hash;
};

struct ply_hash {
	struct ply_hnode **bucket; /* NULL while empty */
	size_t n_bucket;           /* power of two */
	size_t n;
};

uint64_t ply_hash_bytes(const void *p, size_t len);
/* The same for texts that compare without ASCII case. */
uint64_t ply_hash_nocase(const char *p, size_t len);

static inline uint64_t ply_hash_slice(struct ply_slice s)
{
	return ply_hash_bytes(s.p, s.len);
}

void ply_hash_init(struct ply_hash *t);
void ply_hash_deinit(struct ply_hash *t); /* frees the buckets, not the objects */
/* 0 or -ENOMEM (only while the table is empty; a table that cannot grow goes on with longer
 * chains). */
int ply_hash_add(struct ply_hash *t, struct ply_hnode *n, uint64_t hash);
/* n must be in t. */
void ply_hash_del(struct ply_hash *t, struct ply_hnode *n);
struct ply_hnode *ply_hash_first(const struct ply_hash *t, uint64_t hash);
struct ply_hnode *ply_hash_next(const struct ply_hnode *n);
/* Walks everything: fn may delete the node it is given, and no other. */
void ply_hash_each(struct ply_hash *t, void (*fn)(struct ply_hnode *n, void *ctx), void *ctx);

#endif
