#include "mcu/mcu_conf.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "mcu/mcu_c3p.h"

#include <errno.h>

enum { QUIET_MS = 120000, EXPECT_MS = 60000, DIAL_MS = 120000 };

PLY_COUNTER(dropped, "parley_mcu_conferences_dropped_total",
	    "conferences dropped because their Focus was silent or did not know them");

/* --- made and freed --- */

void ply_mcu_conf_drop(struct ply_mcu_conf *c, const char *why)
{
	ply_counter_inc(&dropped);
	ply_mcu_conf_free(c, why);
}

static void quiet(void *ctx)
{
	struct ply_mcu_conf *c = ctx;

	ply_mcu_conf_drop(c, "no word from the Focus, or expired");
}

void ply_mcu_conf_heard(struct ply_mcu_conf *c)
{
	uint64_t ms = QUIET_MS;
	int64_t left = c->expiry_ms - (int64_t)ply_wall_ms();

	if (c->expiry_ms && left < QUIET_MS)
		ms = left > 0 ? (uint64_t)left : 0;
	ply_timer_start(c->mcu->loop, &c->quiet, ms, quiet, c);
}

static int fill(struct ply_mcu_conf *c, const struct ply_mcu_conf_want *want)
{
	struct ply_strbuf uri = PLY_STRBUF_INIT;

	ply_c3p_uri_add(&uri, want->id, c->mcu->type);
	c->uri = ply_strbuf_steal(&uri);
	c->key = ply_strdup(want->id->key);
	c->focus = ply_slice_dup(want->focus);
	c->instance = ply_slice_dup(want->instance);
	c->callback = ply_slice_dup(want->callback);
	if (!c->uri || !c->key || !c->focus || !c->instance || !c->callback)
		return ply_err_origin(-ENOMEM);
	c->epoch = want->epoch;
	c->expiry_ms = want->expiry_ms;
	c->max_users = want->max_users;
	c->locked = want->locked;
	return 0;
}

static void free_texts(struct ply_mcu_conf *c)
{
	ply_free(c->key);
	ply_free(c->uri);
	ply_free(c->focus);
	ply_free(c->instance);
	ply_free(c->callback);
}

int ply_mcu_conf_new(struct ply_mcu_conf **out, struct ply_mcu *m,
		     const struct ply_mcu_conf_want *want)
{
	struct ply_mcu_conf *c = ply_calloc(1, sizeof *c);
	int r;

	*out = NULL;
	if (!c)
		return ply_err_origin(-ENOMEM);
	c->mcu = m;
	ply_mcu_roster_init(&c->roster, m->type);
	r = fill(c, want);
	if (!r)
		r = ply_hash_add(&m->confs, &c->by_key, ply_hash_slice(ply_slice_str(c->key)));
	if (r) {
		free_texts(c);
		ply_free(c);
		return r;
	}
	ply_log_init(&c->log, &m->log);
	ply_log_set(&c->log, 0, "conf", c->focus);
	r = m->ops->conf_made(m->ctx, c, &c->data);
	if (r) {
		ply_hash_del(&m->confs, &c->by_key);
		free_texts(c);
		ply_free(c);
		return r;
	}
	ply_mcu_conf_heard(c);
	ply_info(&c->log, "mcu.conference-added", KS("instance", c->instance),
		 KI("epoch", c->epoch));
	*out = c;
	return 0;
}

int ply_mcu_conf_update(struct ply_mcu_conf *c, const struct ply_mcu_conf_want *want)
{
	char *callback = ply_slice_dup(want->callback);

	if (!callback)
		return ply_err_origin(-ENOMEM);
	ply_free(c->callback);
	c->callback = callback;
	c->epoch = want->epoch;
	c->expiry_ms = want->expiry_ms;
	c->max_users = want->max_users;
	return 0;
}

static struct ply_mcu_leg *any_leg(const struct ply_mcu_conf *c)
{
	PLY_LIST_FOR(it, &c->roster.users) {
		struct ply_mcu_user *u = container_of(it, struct ply_mcu_user, in_roster);
		struct ply_list *l = ply_list_first(&u->legs);

		if (l)
			return container_of(l, struct ply_mcu_leg, in_user);
	}
	return NULL;
}

void ply_mcu_conf_free(struct ply_mcu_conf *c, const char *why)
{
	struct ply_mcu_leg *l;

	ply_info(&c->log, "mcu.conference-ended", KS("why", why), KI("legs", c->roster.n_leg));
	ply_hash_del(&c->mcu->confs, &c->by_key); /* nobody finds it while it goes */
	while ((l = any_leg(c)))
		ply_mcu_conf_end_leg(l, PLY_MCU_END_OVER);
	c->mcu->ops->conf_freed(c->data);
	ply_c3p_sent_cancel(c->post);
	ply_defer_stop(&c->news);
	ply_timer_stop(&c->again);
	ply_timer_stop(&c->quiet);
	ply_mcu_roster_deinit(&c->roster);
	free_texts(c);
	ply_free(c);
}

struct ply_mcu_conf *ply_mcu_conf_by_id(const struct ply_mcu *m, const struct ply_c3p_uri *id)
{
	struct ply_slice key = ply_slice_str(id->key);

	for (struct ply_hnode *n = ply_hash_first(&m->confs, ply_hash_slice(key)); n;
	     n = ply_hash_next(n)) {
		struct ply_mcu_conf *c = container_of(n, struct ply_mcu_conf, by_key);

		if (ply_slice_is(key, c->key))
			return c;
	}
	return NULL;
}

/* --- legs --- */

static void changed(struct ply_mcu_leg *l)
{
	ply_mcu_roster_touch(&l->conf->roster, l->user);
	ply_mcu_conf_news(l->conf);
}

static void del_leg(struct ply_mcu_leg *l)
{
	struct ply_mcu_conf *c = l->conf;

	ply_timer_stop(&l->expected);
	ply_mcu_roster_del_leg(&c->roster, l);
	c->mcu->n_leg--;
	ply_mcu_conf_news(c);
}

static void never_came(void *ctx)
{
	struct ply_mcu_leg *l = ctx;

	ply_info(&l->conf->log, "mcu.never-came", KS("user", l->user->aor),
		 KS("endpoint", l->entity));
	if (l->dial)
		ply_mcu_dial_end(l->dial, PLY_C3P_R_TIMEOUT);
	l->dial = NULL;
	ply_mcu_conf_end_leg(l, PLY_MCU_END_REMOVED);
}

void ply_mcu_conf_wait(struct ply_mcu_leg *l)
{
	ply_timer_start(l->conf->mcu->loop, &l->expected, EXPECT_MS, never_came, l);
}

struct ply_mcu_leg *ply_mcu_conf_expect(struct ply_mcu_conf *c, struct ply_mcu_user *u,
					struct ply_slice entity)
{
	struct ply_mcu_leg *l = ply_mcu_roster_add_leg(&c->roster, u, entity);

	if (!l)
		return NULL;
	l->conf = c;
	c->mcu->n_leg++;
	ply_mcu_conf_wait(l);
	return l;
}

void ply_mcu_conf_dialing(struct ply_mcu_leg *l, struct ply_mcu_dial *dial, void *data)
{
	l->dial = dial;
	l->data = data;
	l->dialed = true;
	l->state = PLY_MCU_LEG_DIALING;
	l->status = PLY_CI_DIALING_OUT;
	ply_timer_start(l->conf->mcu->loop, &l->expected, DIAL_MS, never_came, l);
	changed(l);
}

void ply_mcu_conf_end_leg(struct ply_mcu_leg *l, enum ply_mcu_end why)
{
	const struct ply_mcu_ops *ops = l->conf->mcu->ops;
	bool rings = l->state == PLY_MCU_LEG_DIALING;
	struct ply_mcu_dial *dial = l->dial;
	void *data = l->data;

	del_leg(l);
	if (dial)
		ply_mcu_dial_end(dial, PLY_C3P_R_REQUEST_CANCELLED);
	if (data && rings)
		ops->dial_end(data);
	else if (data)
		ops->leg_end(data, why);
}

void ply_mcu_leg_claim(struct ply_mcu_leg *l, void *data)
{
	ply_timer_stop(&l->expected);
	l->data = data;
}

void ply_mcu_leg_connect(struct ply_mcu_leg *l, void *data)
{
	ply_timer_stop(&l->expected);
	l->data = data;
	l->state = PLY_MCU_LEG_THERE;
	l->status = PLY_CI_CONNECTED;
	l->joined_ms = (int64_t)ply_wall_ms();
	if (l->dial)
		ply_mcu_dial_end(l->dial, PLY_C3P_R_NONE);
	l->dial = NULL;
	changed(l);
}

void ply_mcu_leg_gone(struct ply_mcu_leg *l)
{
	del_leg(l);
}

void ply_mcu_leg_failed(struct ply_mcu_leg *l, enum ply_c3p_reason why)
{
	if (l->dial)
		ply_mcu_dial_end(l->dial, why);
	l->dial = NULL;
	del_leg(l);
}

void ply_mcu_leg_set_status(struct ply_mcu_leg *l, enum ply_ci_status status)
{
	l->status = status;
	changed(l);
}

bool ply_mcu_leg_is_blocked(const struct ply_mcu_leg *l)
{
	return l->blocked;
}

const char *ply_mcu_conf_front(const struct ply_mcu_conf *c, struct ply_addr *addr)
{
	struct ply_slice rest;
	const struct ply_mcu_front *f = ply_mcu_front_of(c->mcu, ply_slice_str(c->callback), &rest);

	*addr = f ? f->addr : (struct ply_addr){.port = 0};
	return f ? f->host : "";
}

void *ply_mcu_leg_data(const struct ply_mcu_leg *l)
{
	return l->data;
}

void ply_mcu_leg_wrote(struct ply_mcu_leg *l)
{
	l->user->messages++;
}

const char *ply_mcu_leg_user(const struct ply_mcu_leg *l)
{
	return l->user->aor;
}

const char *ply_mcu_leg_name(const struct ply_mcu_leg *l)
{
	return l->user->name;
}

const char *ply_mcu_leg_endpoint(const struct ply_mcu_leg *l)
{
	return l->entity;
}

enum ply_ci_role ply_mcu_leg_role(const struct ply_mcu_leg *l)
{
	return l->user->role;
}

struct ply_mcu_conf *ply_mcu_leg_conf(const struct ply_mcu_leg *l)
{
	return l->conf;
}
