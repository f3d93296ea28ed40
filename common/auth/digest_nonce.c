/* Nonces that prove themselves, and the counts used with them. RFC 7616 §3.3, §5.4 */
#include "auth/digest.h"

#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ply.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

#include <errno.h>

enum {
	MAC_LEN = 12,
	RAW_LEN = 8 + MAC_LEN,
	MAX_BOUND = 256,   /* bytes of source and of realm that enter the check */
	CLOCK_BACK_S = 60, /* a nonce may seem to come from this far ahead */
	NC_WINDOW = 64,
};
_Static_assert(2 * RAW_LEN == PLY_DIGEST_NONCE_LEN, "a nonce is its bytes in hex");

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* Each bound text with its length before it, so that no two pairs give the same bytes. */
static size_t add_bound(uint8_t *at, struct ply_slice s)
{
	size_t n = ply_min_size(s.len, MAX_BOUND);

	put32(at, (uint32_t)s.len);
	if (n)
		memcpy(at + 4, s.p, n);
	return 4 + n;
}

static void make_raw(const struct ply_digest_nonce_ctx *ctx, uint32_t made_s, uint32_t uniq,
		     uint8_t raw[RAW_LEN])
{
	uint8_t text[8 + 2 * (4 + MAX_BOUND)], mac[32] = {0};
	size_t n = 8;

	put32(raw, made_s);
	put32(raw + 4, uniq);
	memcpy(text, raw, 8);
	n += add_bound(text + n, ctx->source);
	n += add_bound(text + n, ctx->realm);
	ply_hmac_sha256(ctx->key, PLY_DIGEST_KEY_LEN, text, n, mac);
	memcpy(raw + 8, mac, MAC_LEN);
}

void ply_digest_nonce(const struct ply_digest_nonce_ctx *ctx, uint32_t now_s, uint32_t uniq,
		      char out[PLY_DIGEST_NONCE_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t raw[RAW_LEN];

	make_raw(ctx, now_s, uniq, raw);
	for (size_t i = 0; i < RAW_LEN; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[PLY_DIGEST_NONCE_LEN] = '\0';
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int ply_digest_nonce_check(const struct ply_digest_nonce_ctx *ctx, struct ply_slice nonce,
			   uint32_t now_s, uint32_t max_age_s, uint32_t *made_s)
{
	uint8_t got[RAW_LEN], want[RAW_LEN];
	size_t len;
	uint32_t made;

	if (nonce.len != PLY_DIGEST_NONCE_LEN || ply_hex_decode(nonce, got, sizeof got, &len))
		return PLY_DIGEST_E_STALE;
	made = get32(got);
	make_raw(ctx, made, get32(got + 4), want);
	if (!ply_secret_eq(got, want, RAW_LEN))
		return PLY_DIGEST_E_STALE;
	if (made > now_s ? made - now_s > CLOCK_BACK_S : now_s - made > max_age_s)
		return PLY_DIGEST_E_STALE;
	*made_s = made;
	return 0;
}

struct entry {
	struct ply_hnode node;
	struct ply_list age; /* oldest first */
	char nonce[PLY_DIGEST_NONCE_LEN];
	uint32_t made_s;
	uint32_t highest;
	uint64_t seen; /* bit i: highest - i */
};

struct ply_digest_seen {
	struct ply_hash by_nonce;
	struct ply_list age;
	size_t cap;
	uint32_t max_age_s;
	uint64_t least_s; /* nonces made before and not in the table are stale */
};

int ply_digest_seen_new(struct ply_digest_seen **out, size_t cap, uint32_t max_age_s)
{
	struct ply_digest_seen *t = ply_calloc(1, sizeof *t);

	if (!t)
		return -ENOMEM;
	ply_hash_init(&t->by_nonce);
	ply_list_init(&t->age);
	t->cap = cap;
	t->max_age_s = max_age_s;
	*out = t;
	return 0;
}

static void forget(struct ply_digest_seen *t, struct entry *e)
{
	ply_hash_del(&t->by_nonce, &e->node);
	ply_list_del(&e->age);
	ply_free(e);
}

void ply_digest_seen_free(struct ply_digest_seen *t)
{
	struct ply_list *first;

	if (!t)
		return;
	while ((first = ply_list_first(&t->age)))
		forget(t, container_of(first, struct entry, age));
	ply_hash_deinit(&t->by_nonce);
	ply_free(t);
}

static struct entry *find(struct ply_digest_seen *t, struct ply_slice nonce)
{
	struct ply_hnode *n = ply_hash_first(&t->by_nonce, ply_hash_nocase(nonce.p, nonce.len));

	for (; n; n = ply_hash_next(n)) {
		struct entry *e = container_of(n, struct entry, node);

		if (ply_slice_caseeq(ply_slice(e->nonce, sizeof e->nonce), nonce))
			return e;
	}
	return NULL;
}

static void make_room(struct ply_digest_seen *t, uint32_t now_s)
{
	struct ply_list *first;

	while ((first = ply_list_first(&t->age))) {
		struct entry *e = container_of(first, struct entry, age);
		bool expired = e->made_s < now_s && now_s - e->made_s > t->max_age_s;

		if (!expired && t->by_nonce.n < t->cap)
			return;
		/* The expired are refused by their age, the others must be by this bound. */
		if (!expired && e->made_s >= t->least_s)
			t->least_s = (uint64_t)e->made_s + 1;
		forget(t, e);
	}
}

static int add(struct ply_digest_seen *t, struct ply_slice nonce, uint32_t made_s, uint32_t nc)
{
	struct entry *e = ply_calloc(1, sizeof *e);

	if (!e)
		return -ENOMEM;
	memcpy(e->nonce, nonce.p, sizeof e->nonce);
	e->made_s = made_s;
	e->highest = nc;
	e->seen = 1;
	ply_list_init(&e->age);
	if (ply_hash_add(&t->by_nonce, &e->node, ply_hash_nocase(nonce.p, nonce.len))) {
		ply_free(e);
		return -ENOMEM;
	}
	ply_list_push(&t->age, &e->age);
	return 0;
}

static int count(struct entry *e, uint32_t nc)
{
	if (nc > e->highest) {
		uint32_t up = nc - e->highest;

		e->seen = up < NC_WINDOW ? e->seen << up | 1 : 1;
		e->highest = nc;
		return 0;
	}
	if (e->highest - nc >= NC_WINDOW || e->seen >> (e->highest - nc) & 1)
		return PLY_DIGEST_E_REPLAY;
	e->seen |= (uint64_t)1 << (e->highest - nc);
	return 0;
}

int ply_digest_seen_use(struct ply_digest_seen *t, struct ply_slice nonce, uint32_t made_s,
			uint32_t nc, uint32_t now_s)
{
	struct entry *e;

	if (nonce.len != PLY_DIGEST_NONCE_LEN)
		return PLY_DIGEST_E_STALE;
	e = find(t, nonce);
	if (e)
		return count(e, nc);
	if (made_s < t->least_s)
		return PLY_DIGEST_E_STALE;
	make_room(t, now_s);
	return add(t, nonce, made_s, nc);
}
