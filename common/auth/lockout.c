#include "auth/lockout.h"

#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ply.h"

#include <errno.h>

struct entry {
	struct ply_hnode node;
	struct ply_list lru; /* least recently failed first */
	uint64_t last_ms;    /* of the last failure */
	uint64_t until_ms;
	uint32_t failures;
	size_t len;
	char key[];
};

struct ply_lockout {
	struct ply_lockout_policy policy;
	struct ply_hash by_key;
	struct ply_list lru;
};

int ply_lockout_new(struct ply_lockout **out, const struct ply_lockout_policy *p)
{
	struct ply_lockout *l = ply_calloc(1, sizeof *l);

	if (!l)
		return -ENOMEM;
	l->policy = *p;
	ply_hash_init(&l->by_key);
	ply_list_init(&l->lru);
	*out = l;
	return 0;
}

static void forget(struct ply_lockout *l, struct entry *e)
{
	ply_hash_del(&l->by_key, &e->node);
	ply_list_del(&e->lru);
	ply_free(e);
}

void ply_lockout_free(struct ply_lockout *l)
{
	struct ply_list *first;

	if (!l)
		return;
	while ((first = ply_list_first(&l->lru)))
		forget(l, container_of(first, struct entry, lru));
	ply_hash_deinit(&l->by_key);
	ply_free(l);
}

static struct entry *find(const struct ply_lockout *l, struct ply_slice key)
{
	struct ply_hnode *n = ply_hash_first(&l->by_key, ply_hash_nocase(key.p, key.len));

	for (; n; n = ply_hash_next(n)) {
		struct entry *e = container_of(n, struct entry, node);

		if (ply_slice_caseeq(ply_slice(e->key, e->len), key))
			return e;
	}
	return NULL;
}

uint64_t ply_lockout_wait(const struct ply_lockout *l, struct ply_slice key, uint64_t now_ms)
{
	const struct entry *e = find(l, key);

	return e && e->until_ms > now_ms ? e->until_ms - now_ms : 0;
}

/* The key that failed longest ago, among the first few one that waits for nothing: an attacker with
 * many keys must not be able to lift the wait of the one that matters. */
static void evict(struct ply_lockout *l, uint64_t now_ms)
{
	struct entry *victim = NULL;
	unsigned looked = 0;

	PLY_LIST_FOR(it, &l->lru) {
		struct entry *e = container_of(it, struct entry, lru);

		if (!victim)
			victim = e;
		if (e->until_ms <= now_ms) {
			victim = e;
			break;
		}
		if (++looked == 16)
			break;
	}
	if (victim)
		forget(l, victim);
}

static struct entry *add(struct ply_lockout *l, struct ply_slice key, uint64_t now_ms)
{
	struct entry *e;

	if (l->by_key.n >= l->policy.cap)
		evict(l, now_ms);
	e = ply_calloc(1, sizeof *e + key.len);
	if (!e)
		return NULL;
	memcpy(e->key, key.p, key.len);
	e->len = key.len;
	ply_list_init(&e->lru);
	if (ply_hash_add(&l->by_key, &e->node, ply_hash_nocase(key.p, key.len))) {
		ply_free(e);
		return NULL;
	}
	return e;
}

static uint64_t wait_after(const struct ply_lockout_policy *p, uint32_t failures)
{
	uint64_t wait = p->base_ms;

	if (failures <= p->free)
		return 0;
	for (uint32_t i = p->free + 1; i < failures && wait < p->max_ms; i++)
		wait *= 2;
	return wait < p->max_ms ? wait : p->max_ms;
}

uint64_t ply_lockout_fail(struct ply_lockout *l, struct ply_slice key, uint64_t now_ms)
{
	struct entry *e;

	if (!key.len)
		return 0;
	e = find(l, key);
	if (!e)
		e = add(l, key, now_ms);
	if (!e)
		return 0;
	if (e->failures && now_ms - e->last_ms >= l->policy.forget_ms && e->until_ms <= now_ms)
		e->failures = 0;
	if (e->failures < UINT32_MAX)
		e->failures++;
	e->last_ms = now_ms;
	e->until_ms = now_ms + wait_after(&l->policy, e->failures);
	ply_list_del(&e->lru);
	ply_list_push(&l->lru, &e->lru);
	return e->until_ms - now_ms;
}

void ply_lockout_clear(struct ply_lockout *l, struct ply_slice key)
{
	struct entry *e = find(l, key);

	if (e)
		forget(l, e);
}

size_t ply_lockout_count(const struct ply_lockout *l)
{
	return l->by_key.n;
}
