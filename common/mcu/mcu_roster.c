#include "mcu/mcu_roster.h"

#include "base/err.h"
#include "base/mem.h"
#include "sip/sip_msg.h"

#include <errno.h>

void ply_mcu_roster_init(struct ply_mcu_roster *r, const char *type)
{
	*r = (struct ply_mcu_roster){.type = type};
	ply_list_init(&r->users);
	ply_list_init(&r->dirty);
	ply_list_init(&r->wrote);
	ply_hash_init(&r->by_aor);
}

static void free_leg(struct ply_mcu_roster *r, struct ply_mcu_leg *l)
{
	ply_list_del(&l->in_user);
	r->n_leg--;
	ply_free(l->entity);
	ply_free(l);
}

/* What somebody wrote who is not here any more. */
struct wrote {
	struct ply_list node;
	char *aor;
	uint32_t n;
};

static void wrote_free(struct wrote *w)
{
	ply_list_del(&w->node);
	ply_free(w->aor);
	ply_free(w);
}

/* He may come and go often: one for each. */
static void remember(struct ply_mcu_roster *r, const struct ply_mcu_user *u)
{
	struct wrote *w;

	PLY_LIST_FOR(it, &r->wrote) {
		w = container_of(it, struct wrote, node);
		if (!strcmp(w->aor, u->aor)) {
			w->n += u->messages;
			return;
		}
	}
	w = r->n_wrote < PLY_CI_MAX_USERS ? ply_calloc(1, sizeof *w) : NULL;
	if (!w)
		return;
	ply_list_init(&w->node);
	w->aor = ply_strdup(u->aor);
	w->n = u->messages;
	if (!w->aor) {
		wrote_free(w);
		return;
	}
	ply_list_push(&r->wrote, &w->node);
	r->n_wrote++;
}

static void free_user(struct ply_mcu_roster *r, struct ply_mcu_user *u)
{
	ply_list_del(&u->in_roster);
	ply_list_del(&u->in_dirty);
	ply_hash_del(&r->by_aor, &u->by_aor);
	r->n_user--;
	if (u->messages)
		remember(r, u);
	ply_free(u->aor);
	ply_free(u->name);
	ply_free(u);
}

void ply_mcu_roster_deinit(struct ply_mcu_roster *r)
{
	struct ply_list *first;

	while ((first = ply_list_first(&r->users))) {
		struct ply_mcu_user *u = container_of(first, struct ply_mcu_user, in_roster);
		struct ply_list *l;

		while ((l = ply_list_first(&u->legs)))
			free_leg(r, container_of(l, struct ply_mcu_leg, in_user));
		free_user(r, u);
	}
	PLY_LIST_FOR_SAFE(it, next, &r->wrote)
		wrote_free(container_of(it, struct wrote, node));
	ply_hash_deinit(&r->by_aor);
}

/* Users compare by their address of record; what is no SIP URI, by its text. */
static struct ply_slice key_of(struct ply_slice uri, char aor[PLY_SIP_AOR_MAX])
{
	struct ply_sip_uri u;

	if (ply_sip_uri_parse(uri, &u) || u.tel || ply_sip_uri_aor(&u, aor))
		return uri;
	return ply_slice_str(aor);
}

struct ply_mcu_user *ply_mcu_roster_user(const struct ply_mcu_roster *r, struct ply_slice uri)
{
	char aor[PLY_SIP_AOR_MAX], other[PLY_SIP_AOR_MAX];
	struct ply_slice key = key_of(uri, aor);
	uint64_t hash = ply_hash_slice(key);

	for (struct ply_hnode *n = ply_hash_first(&r->by_aor, hash); n; n = ply_hash_next(n)) {
		struct ply_mcu_user *u = container_of(n, struct ply_mcu_user, by_aor);

		if (ply_slice_eq(key_of(ply_slice_str(u->aor), other), key))
			return u;
	}
	return NULL;
}

struct ply_mcu_user *ply_mcu_roster_add_user(struct ply_mcu_roster *r, struct ply_slice uri)
{
	struct ply_mcu_user *u = ply_mcu_roster_user(r, uri);
	char aor[PLY_SIP_AOR_MAX];

	if (u || !uri.len)
		return u;
	u = ply_calloc(1, sizeof *u);
	if (!u)
		return NULL;
	ply_list_init(&u->in_roster);
	ply_list_init(&u->in_dirty);
	ply_list_init(&u->legs);
	u->aor = ply_slice_dup(uri);
	u->name = ply_strdup("");
	if (!u->aor || !u->name ||
	    ply_hash_add(&r->by_aor, &u->by_aor, ply_hash_slice(key_of(uri, aor)))) {
		ply_free(u->aor);
		ply_free(u->name);
		ply_free(u);
		return NULL;
	}
	ply_list_push(&r->users, &u->in_roster);
	r->n_user++;
	return u;
}

int ply_mcu_user_set_name(struct ply_mcu_user *u, struct ply_slice name)
{
	char *copy;

	if (!name.len || ply_slice_is(name, u->name))
		return 0;
	copy = ply_slice_dup(name);
	if (!copy)
		return ply_err_origin(-ENOMEM);
	ply_free(u->name);
	u->name = copy;
	return 0;
}

struct ply_mcu_leg *ply_mcu_user_leg(const struct ply_mcu_user *u, struct ply_slice entity)
{
	PLY_LIST_FOR(it, &u->legs) {
		struct ply_mcu_leg *l = container_of(it, struct ply_mcu_leg, in_user);

		if (ply_slice_is(entity, l->entity))
			return l;
	}
	return NULL;
}

struct ply_mcu_leg *ply_mcu_roster_add_leg(struct ply_mcu_roster *r, struct ply_mcu_user *u,
					   struct ply_slice entity)
{
	struct ply_mcu_leg *l = ply_calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->entity = ply_slice_dup(entity);
	if (!l->entity) {
		ply_free(l);
		return NULL;
	}
	l->user = u;
	ply_list_push(&u->legs, &l->in_user);
	r->n_leg++;
	return l;
}

void ply_mcu_roster_del_leg(struct ply_mcu_roster *r, struct ply_mcu_leg *l)
{
	struct ply_mcu_user *u = l->user;

	free_leg(r, l);
	if (ply_list_empty(&u->legs) && !u->told)
		free_user(r, u);
	else
		ply_mcu_roster_touch(r, u);
}

void ply_mcu_roster_touch(struct ply_mcu_roster *r, struct ply_mcu_user *u)
{
	if (ply_list_empty(&u->in_dirty))
		ply_list_push(&r->dirty, &u->in_dirty);
}

/* --- documents --- */

static size_t n_shown(const struct ply_mcu_user *u)
{
	size_t n = 0;

	PLY_LIST_FOR(it, &u->legs)
		n += container_of(it, struct ply_mcu_leg, in_user)->state != PLY_MCU_LEG_EXPECTED;
	return n;
}

static int put_endpoint(const struct ply_mcu_roster *r, const struct ply_mcu_leg *l,
			struct ply_ci *ci, struct ply_ci_endpoint *e)
{
	struct ply_ci_media *m = ply_arena_alloc(&ci->mem, sizeof *m);

	if (!m)
		return ply_err_origin(-ENOMEM);
	m->id = ply_slice_str("1");
	m->type = m->label = ply_slice_str(r->type);
	m->status = l->blocked ? PLY_CI_RECVONLY : PLY_CI_SENDRECV;
	m->ingress = l->blocked ? PLY_CI_BLOCK : PLY_CI_UNBLOCK;
	e->entity = ply_slice_str(l->entity);
	e->state = PLY_CI_FULL;
	e->session_type = ply_slice_str(r->type);
	e->status = l->status;
	e->joining = l->dialed ? PLY_CI_DIALED_OUT : PLY_CI_DIALED_IN;
	e->joined_ms = l->joined_ms;
	e->auth = l->auth;
	e->access = l->access;
	e->media = m;
	e->n_media = 1;
	return 0;
}

static int put_user(const struct ply_mcu_roster *r, const struct ply_mcu_user *u, struct ply_ci *ci)
{
	struct ply_ci_user *to = &ci->user[ci->n_user];
	size_t n = n_shown(u), i = 0;

	to->entity = ply_slice_str(u->aor);
	to->state = n ? PLY_CI_FULL : PLY_CI_DELETED;
	to->display_text = ply_slice_str(u->name);
	to->role = n ? u->role : PLY_CI_ROLE_NONE;
	to->endpoint = ply_arena_alloc(&ci->mem, (n + 1) * sizeof *to->endpoint);
	if (!to->endpoint)
		return ply_err_origin(-ENOMEM);
	to->n_endpoint = n;
	ci->n_user++;
	PLY_LIST_FOR(it, &u->legs) {
		const struct ply_mcu_leg *l = container_of(it, struct ply_mcu_leg, in_user);

		if (l->state != PLY_MCU_LEG_EXPECTED && i < n &&
		    put_endpoint(r, l, ci, &to->endpoint[i++]))
			return -ENOMEM;
	}
	return 0;
}

static int room(const struct ply_mcu_roster *r, struct ply_ci *ci)
{
	ci->n_user = 0;
	ci->user = ply_arena_alloc(&ci->mem, (r->n_user + 1) * sizeof *ci->user);
	return ci->user ? 0 : ply_err_origin(-ENOMEM);
}

int ply_mcu_roster_changes(const struct ply_mcu_roster *r, struct ply_ci *ci)
{
	int e = room(r, ci);

	if (e)
		return e;
	PLY_LIST_FOR(it, &r->dirty) {
		const struct ply_mcu_user *u = container_of(it, struct ply_mcu_user, in_dirty);

		/* A user who came and went within the turn was never there. */
		if ((u->told || n_shown(u)) && put_user(r, u, ci))
			return -ENOMEM;
	}
	return 0;
}

int ply_mcu_roster_full(const struct ply_mcu_roster *r, struct ply_ci *ci)
{
	int e = room(r, ci);

	if (e)
		return e;
	PLY_LIST_FOR(it, &r->users) {
		const struct ply_mcu_user *u = container_of(it, struct ply_mcu_user, in_roster);

		if (n_shown(u) && put_user(r, u, ci))
			return -ENOMEM;
	}
	return 0;
}

static void put_count(struct ply_ci *ci, const char *aor, uint32_t n)
{
	struct ply_ci_user *to = &ci->user[ci->n_user];

	to->entity = ply_slice_str(ply_arena_copy(&ci->mem, aor, strlen(aor)));
	to->messages = n;
	ci->n_user += to->entity.p != NULL;
}

int ply_mcu_roster_counts(const struct ply_mcu_roster *r, struct ply_ci *ci)
{
	ci->user = ply_arena_alloc(&ci->mem, PLY_CI_MAX_USERS * sizeof *ci->user);
	if (!ci->user)
		return ply_err_origin(-ENOMEM);
	PLY_LIST_FOR(it, &r->users) {
		const struct ply_mcu_user *u = container_of(it, struct ply_mcu_user, in_roster);

		if (u->messages && ci->n_user < PLY_CI_MAX_USERS)
			put_count(ci, u->aor, u->messages);
	}
	PLY_LIST_FOR(it, &r->wrote) {
		const struct wrote *w = container_of(it, struct wrote, node);

		if (ci->n_user < PLY_CI_MAX_USERS)
			put_count(ci, w->aor, w->n);
	}
	return 0;
}

void ply_mcu_roster_told(struct ply_mcu_roster *r)
{
	struct ply_list *it;

	while ((it = ply_list_first(&r->dirty))) {
		struct ply_mcu_user *u = container_of(it, struct ply_mcu_user, in_dirty);

		ply_list_del(&u->in_dirty);
		u->told = n_shown(u) > 0;
		if (ply_list_empty(&u->legs))
			free_user(r, u);
	}
}
