/* Answers that are kept for their time to live; bounded, the longest unused goes first. Knows no
 * clock: time is an argument. Rank 2. */
#ifndef PLY_NET_DNS_CACHE_H
#define PLY_NET_DNS_CACHE_H

#include "base/hash.h"
#include "base/list.h"
#include "net/dns_wire.h"

/* One answer with its texts in one piece of memory. Held by the cache and by queries. */
struct ply_dns_kept {
	struct ply_hnode node;
	struct ply_list lru; /* unlinked: not in the cache */
	unsigned refs;
	uint64_t expires_ms;
	enum ply_dns_type type;
	struct ply_dns_answer answer;
	char *name;
};

struct ply_dns_cache {
	struct ply_hash by_name;
	struct ply_list lru; /* latest used last */
	size_t n, max;
};

void ply_dns_cache_init(struct ply_dns_cache *c, size_t max);
void ply_dns_cache_deinit(struct ply_dns_cache *c);
void ply_dns_cache_clear(struct ply_dns_cache *c);
uint64_t ply_dns_key(enum ply_dns_type type, const char *name);
/* GIVES a copy of reply with one reference, NULL when memory is out. */
struct ply_dns_kept *ply_dns_kept_new(enum ply_dns_type type, const char *name,
				      const struct ply_dns_reply *reply);
struct ply_dns_kept *ply_dns_kept_ref(struct ply_dns_kept *k);
void ply_dns_kept_unref(struct ply_dns_kept *k); /* NULL is fine */
bool ply_dns_kept_is(const struct ply_dns_kept *k, enum ply_dns_type type, const char *name);
/* Takes a reference of its own. */
void ply_dns_cache_put(struct ply_dns_cache *c, struct ply_dns_kept *k, uint64_t expires_ms);
/* LENDS until the cache changes. */
struct ply_dns_kept *ply_dns_cache_get(struct ply_dns_cache *c, enum ply_dns_type type,
				       const char *name, uint64_t now_ms);

#endif
