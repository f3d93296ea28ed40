#include "c3p/c3p_replay.h"

#include "base/mem.h"

struct c3p_sender {
	struct ply_hnode hash;
	struct ply_list node;
	char *name; /* "instance peer" */
	uint64_t heard_ms;
	uint64_t floor; /* this and lower numbers are not taken any more unless they are here */
	struct ply_hash entries;
	struct ply_list open, done; /* done: oldest first */
	uint32_t n_open, n_done;
	size_t bytes;
};

void c3p_replay_init(struct c3p_replay *r, const struct c3p_replay_conf *conf)
{
	*r = (struct c3p_replay){.conf = *conf};
	ply_hash_init(&r->senders);
	ply_list_init(&r->recent);
}

static void free_entry(struct c3p_entry *e)
{
	struct c3p_sender *s = e->sender;

	if (e->is_done) {
		s->n_done--;
		s->bytes -= e->body.len;
	} else {
		s->n_open--;
	}
	ply_hash_del(&s->entries, &e->hash);
	ply_list_del(&e->node);
	ply_strbuf_deinit(&e->body);
	ply_free(e);
}

/* Its answer is lost: it must never be taken for a new one. */
static void drop(struct c3p_entry *e)
{
	if (e->number > e->sender->floor)
		e->sender->floor = e->number;
	free_entry(e);
}

static void free_sender(struct c3p_replay *r, struct c3p_sender *s)
{
	struct ply_list *n;

	while ((n = ply_list_first(&s->done)))
		free_entry(container_of(n, struct c3p_entry, node));
	while ((n = ply_list_first(&s->open)))
		free_entry(container_of(n, struct c3p_entry, node));
	ply_hash_del(&r->senders, &s->hash);
	ply_list_del(&s->node);
	ply_hash_deinit(&s->entries);
	r->n_senders--;
	ply_free(s->name);
	ply_free(s);
}

void c3p_replay_deinit(struct c3p_replay *r, void (*fn)(struct c3p_entry *e))
{
	struct ply_list *n;

	while ((n = ply_list_first(&r->recent))) {
		struct c3p_sender *s = container_of(n, struct c3p_sender, node);

		PLY_LIST_FOR(m, &s->open) {
			fn(container_of(m, struct c3p_entry, node));
		}
		free_sender(r, s);
	}
	ply_hash_deinit(&r->senders);
}

static void expire(const struct c3p_replay *r, struct c3p_sender *s, uint64_t now_ms)
{
	struct ply_list *n;

	while ((n = ply_list_first(&s->done))) {
		struct c3p_entry *e = container_of(n, struct c3p_entry, node);

		if (now_ms - e->done_ms < r->conf.keep_ms)
			break;
		drop(e);
	}
}

void c3p_replay_sweep(struct c3p_replay *r, uint64_t now_ms)
{
	PLY_LIST_FOR_SAFE(n, tmp, &r->recent) {
		struct c3p_sender *s = container_of(n, struct c3p_sender, node);

		expire(r, s, now_ms);
		if (!s->n_open && !s->n_done && now_ms - s->heard_ms >= r->conf.keep_ms)
			free_sender(r, s);
	}
}

static struct c3p_sender *find_sender(struct c3p_replay *r, const char *name, uint64_t hash)
{
	for (struct ply_hnode *n = ply_hash_first(&r->senders, hash); n; n = ply_hash_next(n)) {
		struct c3p_sender *s = container_of(n, struct c3p_sender, hash);

		if (!strcmp(s->name, name))
			return s;
	}
	return NULL;
}

/* Room for one more: the sender that was silent longest and waits for nothing goes, if its silence
 * is long enough that it will not repeat anything. */
static bool make_room(struct c3p_replay *r, uint64_t now_ms)
{
	if (r->n_senders >= r->conf.max_senders)
		c3p_replay_sweep(r, now_ms);
	return r->n_senders < r->conf.max_senders;
}

static struct c3p_sender *new_sender(struct c3p_replay *r, char *name, uint64_t hash)
{
	struct c3p_sender *s = ply_calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->name = name;
	ply_hash_init(&s->entries);
	ply_list_init(&s->open);
	ply_list_init(&s->done);
	ply_list_init(&s->node);
	if (ply_hash_add(&r->senders, &s->hash, hash)) {
		ply_free(s);
		return NULL;
	}
	r->n_senders++;
	return s;
}

static struct c3p_sender *get_sender(struct c3p_replay *r, const char *peer,
				     const struct c3p_id *id, uint64_t now_ms)
{
	struct ply_strbuf name = PLY_STRBUF_INIT;
	struct c3p_sender *s = NULL;
	uint64_t hash;

	ply_strbuf_addf(&name, "%s %s", id->instance, peer);
	if (ply_strbuf_err(&name))
		goto out;
	hash = ply_hash_bytes(name.p, name.len);
	s = find_sender(r, name.p, hash);
	if (!s && make_room(r, now_ms)) {
		s = new_sender(r, name.p, hash);
		if (s)
			name = (struct ply_strbuf)PLY_STRBUF_INIT; /* the sender's now */
	}
	if (!s)
		goto out;
	ply_list_del(&s->node);
	ply_list_push(&r->recent, &s->node);
	s->heard_ms = now_ms;
out:
	ply_strbuf_deinit(&name);
	return s;
}

static uint64_t hash_of(uint64_t number)
{
	return ply_hash_bytes(&number, sizeof number);
}

static struct c3p_entry *find_entry(const struct c3p_sender *s, uint64_t number)
{
	for (struct ply_hnode *n = ply_hash_first(&s->entries, hash_of(number)); n;
	     n = ply_hash_next(n)) {
		struct c3p_entry *e = container_of(n, struct c3p_entry, hash);

		if (e->number == number)
			return e;
	}
	return NULL;
}

/* The sender repeats nothing up to `done`: its answers may go. */
static void settle(struct c3p_sender *s, uint64_t done)
{
	if (done <= s->floor)
		return;
	s->floor = done;
	PLY_LIST_FOR_SAFE(n, tmp, &s->done) {
		struct c3p_entry *e = container_of(n, struct c3p_entry, node);

		if (e->number <= done)
			free_entry(e);
	}
}

static struct c3p_entry *new_entry(struct c3p_sender *s, uint64_t number)
{
	struct c3p_entry *e = ply_calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->sender = s;
	e->number = number;
	ply_list_init(&e->node);
	ply_list_init(&e->waiters);
	if (ply_hash_add(&s->entries, &e->hash, hash_of(number))) {
		ply_free(e);
		return NULL;
	}
	ply_list_push(&s->open, &e->node);
	s->n_open++;
	return e;
}

enum c3p_replay_verdict c3p_replay_ask(struct c3p_replay *r, struct c3p_entry **out,
				       const char *peer, const struct c3p_id *id, uint64_t now_ms)
{
	struct c3p_sender *s = get_sender(r, peer, id, now_ms);
	struct c3p_entry *e;

	if (!s)
		return C3P_REPLAY_FULL;
	settle(s, id->done);
	expire(r, s, now_ms);
	e = find_entry(s, id->number);
	*out = e;
	if (e)
		return e->is_done ? C3P_REPLAY_DONE : C3P_REPLAY_UNDER_WAY;
	if (id->number <= s->floor)
		return C3P_REPLAY_FORGOTTEN;
	if (s->n_open >= r->conf.max_entries)
		return C3P_REPLAY_FULL;
	*out = new_entry(s, id->number);
	return *out ? C3P_REPLAY_NEW : C3P_REPLAY_FULL;
}

void c3p_replay_done(struct c3p_replay *r, struct c3p_entry *e, int status, struct ply_slice body,
		     uint64_t now_ms)
{
	struct c3p_sender *s = e->sender;

	ply_strbuf_add_slice(&e->body, body);
	if (ply_strbuf_err(&e->body) || e->number <= s->floor) {
		drop(e);
		return;
	}
	e->status = status;
	e->done_ms = now_ms;
	e->is_done = true;
	s->n_open--;
	s->n_done++;
	s->bytes += e->body.len;
	ply_list_del(&e->node);
	ply_list_push(&s->done, &e->node);
	while (s->n_done > r->conf.max_entries || s->bytes > r->conf.max_bytes)
		drop(container_of(ply_list_first(&s->done), struct c3p_entry, node));
}

void c3p_replay_forget(struct c3p_entry *e)
{
	free_entry(e);
}
