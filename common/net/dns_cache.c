#include "net/dns_cache.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

void ply_dns_cache_init(struct ply_dns_cache *c, size_t max)
{
	ply_hash_init(&c->by_name);
	ply_list_init(&c->lru);
	c->n = 0;
	c->max = max;
}

static void drop(struct ply_dns_cache *c, struct ply_dns_kept *k)
{
	ply_hash_del(&c->by_name, &k->node);
	ply_list_del(&k->lru);
	c->n--;
	ply_dns_kept_unref(k);
}

void ply_dns_cache_clear(struct ply_dns_cache *c)
{
	struct ply_list *n;

	while ((n = ply_list_first(&c->lru)) != NULL)
		drop(c, container_of(n, struct ply_dns_kept, lru));
}

void ply_dns_cache_deinit(struct ply_dns_cache *c)
{
	ply_dns_cache_clear(c);
	ply_hash_deinit(&c->by_name);
}

uint64_t ply_dns_key(enum ply_dns_type type, const char *name)
{
	return ply_hash_nocase(name, strlen(name)) + (uint64_t)type;
}

struct ply_dns_kept *ply_dns_kept_new(enum ply_dns_type type, const char *name,
				      const struct ply_dns_reply *reply)
{
	size_t name_len = strlen(name) + 1, records = reply->n * sizeof reply->record[0];
	struct ply_dns_kept *k = ply_calloc(1, sizeof *k + records + reply->used + name_len);
	struct ply_dns_record *rec;
	char *names;

	if (!k)
		return NULL;
	rec = (struct ply_dns_record *)(void *)(k + 1);
	names = (char *)(rec + reply->n);
	memcpy(rec, reply->record, records);
	memcpy(names, reply->names, reply->used);
	for (size_t i = 0; i < reply->n; i++)
		if (rec[i].name)
			rec[i].name = names + (rec[i].name - reply->names);
	k->name = memcpy(names + reply->used, name, name_len);
	k->refs = 1;
	k->type = type;
	k->answer = (struct ply_dns_answer){reply->status, reply->n, rec};
	ply_list_init(&k->lru);
	return k;
}

struct ply_dns_kept *ply_dns_kept_ref(struct ply_dns_kept *k)
{
	k->refs++;
	return k;
}

void ply_dns_kept_unref(struct ply_dns_kept *k)
{
	if (k && !--k->refs)
		ply_free(k);
}

bool ply_dns_kept_is(const struct ply_dns_kept *k, enum ply_dns_type type, const char *name)
{
	return k->type == type && strcasecmp(k->name, name) == 0;
}

static struct ply_dns_kept *find(const struct ply_dns_cache *c, enum ply_dns_type type,
				 const char *name)
{
	struct ply_hnode *n = ply_hash_first(&c->by_name, ply_dns_key(type, name));

	for (; n; n = ply_hash_next(n)) {
		struct ply_dns_kept *k = container_of(n, struct ply_dns_kept, node);

		if (ply_dns_kept_is(k, type, name))
			return k;
	}
	return NULL;
}

void ply_dns_cache_put(struct ply_dns_cache *c, struct ply_dns_kept *k, uint64_t expires_ms)
{
	struct ply_dns_kept *old = find(c, k->type, k->name);

	if (old)
		drop(c, old);
	while (c->n && c->n >= c->max)
		drop(c, container_of(ply_list_first(&c->lru), struct ply_dns_kept, lru));
	if (!c->max || ply_hash_add(&c->by_name, &k->node, ply_dns_key(k->type, k->name)))
		return;
	k->expires_ms = expires_ms;
	ply_list_push(&c->lru, &ply_dns_kept_ref(k)->lru);
	c->n++;
}

struct ply_dns_kept *ply_dns_cache_get(struct ply_dns_cache *c, enum ply_dns_type type,
				       const char *name, uint64_t now_ms)
{
	struct ply_dns_kept *k = find(c, type, name);

	if (!k)
		return NULL;
	if (k->expires_ms <= now_ms) {
		drop(c, k);
		return NULL;
	}
	ply_list_del(&k->lru);
	ply_list_push(&c->lru, &k->lru);
	return k;
}
