#include "base/hash.h"

#include "base/mem.h"

#include <errno.h>
#include <sys/random.h>

static uint64_t k0, k1;

__attribute__((constructor)) static void seed(void)
{
	uint64_t k[2] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9};

	/* At start-up the kernel's pool may be young: a fixed seed is worse than none only for
	 * attackers. */
	(void)!getrandom(k, sizeof k, GRND_NONBLOCK);
	k0 = k[0];
	k1 = k[1];
}

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

#define SIPROUND                                                                                   \
	do {                                                                                       \
		v0 += v1, v1 = rotl(v1, 13) ^ v0, v0 = rotl(v0, 32);                               \
		v2 += v3, v3 = rotl(v3, 16) ^ v2;                                                  \
		v0 += v3, v3 = rotl(v3, 21) ^ v0;                                                  \
		v2 += v1, v1 = rotl(v1, 17) ^ v2, v2 = rotl(v2, 32);                               \
	} while (0)

/* SipHash-1-3. `fold` sets bit 5 of every byte: equal for texts that differ in ASCII case only. */
static inline uint64_t sip13(const uint8_t *p, size_t len, uint64_t fold)
{
	uint64_t v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d;
	uint64_t v2 = k0 ^ 0x6c7967656e657261, v3 = k1 ^ 0x7465646279746573, m;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&m, p, 8);
		m |= fold;
		v3 ^= m;
		SIPROUND;
		v0 ^= m;
	}
	m = 0;
	if (left)
		memcpy(&m, p, left);
	m = (m | (left ? fold >> (64 - left * 8) : 0)) | (uint64_t)len << 56;
	v3 ^= m;
	SIPROUND;
	v0 ^= m;
	v2 ^= 0xff;
	SIPROUND;
	SIPROUND;
	SIPROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t ply_hash_bytes(const void *p, size_t len)
{
	return sip13(p, len, 0);
}

uint64_t ply_hash_nocase(const char *p, size_t len)
{
	return sip13((const uint8_t *)p, len, 0x2020202020202020);
}

void ply_hash_init(struct ply_hash *t)
{
	*t = (struct ply_hash){NULL, 0, 0};
}

void ply_hash_deinit(struct ply_hash *t)
{
	ply_free(t->bucket);
	ply_hash_init(t);
}

static int grow(struct ply_hash *t)
{
	size_t n = t->n_bucket ? t->n_bucket * 2 : 16;
	struct ply_hnode **b = ply_calloc(n, sizeof(void *));

	if (!b)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_bucket; i++) {
		struct ply_hnode *node = t->bucket[i], *next;

		for (; node; node = next) {
			next = node->next;
			node->next = b[node->hash & (n - 1)];
			b[node->hash & (n - 1)] = node;
		}
	}
	ply_free(t->bucket);
	t->bucket = b;
	t->n_bucket = n;
	return 0;
}

int ply_hash_add(struct ply_hash *t, struct ply_hnode *n, uint64_t hash)
{
	struct ply_hnode **at;

	if (t->n >= t->n_bucket && grow(t) && !t->bucket)
		return -ENOMEM;
	n->hash = hash;
	at = &t->bucket[hash & (t->n_bucket - 1)];
	n->next = *at;
	*at = n;
	t->n++;
	return 0;
}

void ply_hash_del(struct ply_hash *t, struct ply_hnode *n)
{
	struct ply_hnode **at = &t->bucket[n->hash & (t->n_bucket - 1)];

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	n->next = NULL;
	t->n--;
}

static struct ply_hnode *match(struct ply_hnode *n, uint64_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct ply_hnode *ply_hash_first(const struct ply_hash *t, uint64_t hash)
{
	return t->n ? match(t->bucket[hash & (t->n_bucket - 1)], hash) : NULL;
}

struct ply_hnode *ply_hash_next(const struct ply_hnode *n)
{
	return match(n->next, n->hash);
}

void ply_hash_each(struct ply_hash *t, void (*fn)(struct ply_hnode *n, void *ctx), void *ctx)
{
	for (size_t i = 0; i < t->n_bucket; i++) {
		struct ply_hnode *n = t->bucket[i], *next;

		for (; n; n = next) {
			next = n->next;
			fn(n, ctx);
		}
	}
}
