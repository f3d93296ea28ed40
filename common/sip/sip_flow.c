/* The table of flows: numbers that are never used twice, limits a source, and the sweep that closes
 * what is silent. One pass over a quarter of the table a tick costs less than a timer a flow, whose
 * deadline every message would move. */
#include "base/clock.h"
#include "base/mem.h"
#include "sip/sip_transport_internal.h"

#include <errno.h>

enum { FIRST_SLOTS = 64, SLOT_MASK = (1 << PLY_SIP_FLOW_BITS) - 1 };

PLY_GAUGE(flows_open, "parley_sip_flows", "Open SIP connections");
PLY_COUNTER(flows_shed, "parley_sip_flows_refused_total",
	    "SIP connections refused by max_flows or max_flows_per_source");
PLY_COUNTER(flows_silent, "parley_sip_flows_timed_out_total",
	    "SIP connections closed for being idle or not authenticated in time");

static struct ply_sip_source *source_get(struct ply_sip_transport *t, const struct ply_addr *peer)
{
	struct ply_addr key = *peer;
	struct ply_sip_source *s;
	uint64_t h;

	key.port = 0;
	h = ply_addr_hash(&key);
	for (struct ply_hnode *n = ply_hash_first(&t->sources, h); n; n = ply_hash_next(n)) {
		s = container_of(n, struct ply_sip_source, node);
		if (ply_addr_eq(&s->addr, &key))
			return s;
	}
	s = ply_calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->addr = key;
	if (ply_hash_add(&t->sources, &s->node, h)) {
		ply_free(s);
		return NULL;
	}
	return s;
}

static void source_put(struct ply_sip_transport *t, struct ply_sip_source *s)
{
	if (!s || --s->n)
		return;
	ply_hash_del(&t->sources, &s->node);
	ply_free(s);
}

static int source_charge(struct ply_sip_transport *t, const struct ply_addr *peer,
			 struct ply_sip_source **out)
{
	struct ply_sip_source *s;

	*out = NULL;
	if (!t->conf.max_flows_per_source || ply_addr_is_loopback(peer))
		return 0;
	s = source_get(t, peer);
	if (!s)
		return -ENOMEM;
	if (s->n >= t->conf.max_flows_per_source)
		return -EMFILE;
	s->n++;
	*out = s;
	return 0;
}

static int slots_grow(struct ply_sip_transport *t)
{
	uint32_t n = t->n_slot ? t->n_slot * 2 : FIRST_SLOTS;
	struct ply_sip_slot *slot;

	if (n > SLOT_MASK)
		return -ENFILE;
	slot = ply_realloc(t->slot, n * sizeof *slot);
	if (!slot)
		return -ENOMEM;
	for (uint32_t i = n; i-- > t->n_slot;) {
		slot[i] = (struct ply_sip_slot){NULL, t->first_gen, t->free_slot};
		t->free_slot = i + 1;
	}
	t->slot = slot;
	t->n_slot = n;
	return 0;
}

/* Puts f into a free slot and numbers it. */
static int slot_take(struct ply_sip_transport *t, struct ply_sip_flow *f)
{
	uint32_t i;
	int r;

	if (!t->free_slot) {
		r = slots_grow(t);
		if (r)
			return r;
	}
	i = t->free_slot - 1;
	t->free_slot = t->slot[i].next_free;
	t->slot[i].flow = f;
	f->number = (uint64_t)t->slot[i].gen << PLY_SIP_FLOW_BITS | i;
	return 0;
}

static void slot_release(struct ply_sip_transport *t, const struct ply_sip_flow *f)
{
	uint32_t i = (uint32_t)(f->number & SLOT_MASK);

	t->slot[i].flow = NULL;
	t->slot[i].gen++;
	t->slot[i].next_free = t->free_slot;
	t->free_slot = i + 1;
}

int ply_sip_flow_new(struct ply_sip_flow **out, struct ply_sip_transport *t,
		     const struct ply_addr *peer)
{
	struct ply_sip_flow *f = NULL;
	struct ply_sip_source *source = NULL;
	int r = -ENFILE;

	if (t->n_flows >= t->conf.max_flows)
		goto out;
	r = source_charge(t, peer, &source);
	if (r)
		goto out;
	r = -ENOMEM;
	f = ply_calloc(1, sizeof *f);
	if (!f)
		goto out;
	r = slot_take(t, f);
	if (r)
		goto out;
	f->t = t;
	f->source = source;
	f->peer = *peer;
	f->opened_ms = ply_mono_ms();
	ply_list_init(&f->dead);
	ply_list_init(&f->txs);
	t->n_flows++;
	ply_counter_set(&flows_open, t->n_flows);
	*out = f;
	return 0;
out:
	ply_counter_inc(&flows_shed);
	source_put(t, source);
	ply_free(f);
	return r;
}

struct ply_sip_flow *ply_sip_flow_find(const struct ply_sip_transport *t, uint64_t number)
{
	uint64_t i = number & SLOT_MASK;

	if (i >= t->n_slot || t->slot[i].gen != number >> PLY_SIP_FLOW_BITS)
		return NULL;
	return t->slot[i].flow;
}

static void flow_free(struct ply_sip_flow *f)
{
	struct ply_sip_transport *t = f->t;

	slot_release(t, f);
	ply_list_del(&f->dead);
	ply_list_del(&f->txs);
	ply_free(f->tls_name);
	ply_free(f->why);
	ply_free(f);
}

static void bury_all(void *ctx)
{
	struct ply_sip_transport *t = ctx;
	struct ply_list *n;

	while ((n = ply_list_first(&t->dead))) {
		struct ply_sip_flow *f = container_of(n, struct ply_sip_flow, dead);

		ply_list_del(&f->dead);
		if (f->reported && t->ops.on_flow_closed)
			t->ops.on_flow_closed(t->ctx, f->number, f->why ? f->why : "closed");
		flow_free(f);
	}
}

void ply_sip_flow_bury(struct ply_sip_flow *f, const char *why)
{
	struct ply_sip_transport *t = f->t;

	if (!ply_list_empty(&f->dead))
		return;
	f->stream = NULL;
	f->why = ply_strdup(why);
	if (f->outgoing)
		ply_hash_del(&t->by_peer, &f->by_peer);
	source_put(t, f->source);
	f->source = NULL;
	t->n_flows--;
	ply_counter_set(&flows_open, t->n_flows);
	ply_list_push(&t->dead, &f->dead);
	ply_defer_start(t->loop, &t->bury, bury_all, t);
}

void ply_sip_flow_end(struct ply_sip_flow *f, const char *why)
{
	struct ply_stream *s = f->stream;

	if (!s)
		return;
	ply_sip_flow_bury(f, why);
	ply_stream_close(s);
}

void ply_sip_flows_free(struct ply_sip_transport *t)
{
	ply_timer_stop(&t->sweep);
	t->ops.on_flow_closed = NULL;
	for (uint32_t i = 0; i < t->n_slot; i++) {
		struct ply_sip_flow *f = t->slot[i].flow;

		if (f && f->stream) {
			struct ply_stream *s = f->stream;

			ply_sip_flow_bury(f, "server stops");
			ply_stream_close(s);
		}
	}
	bury_all(t);
	ply_defer_stop(&t->bury);
	ply_hash_deinit(&t->by_peer);
	ply_hash_deinit(&t->sources);
	ply_free(t->slot);
}

/* --- the sweep --- */

static const char *overdue(const struct ply_sip_flow *f, uint64_t now)
{
	const struct ply_sip_transport_conf *c = &f->t->conf;
	uint32_t idle = f->is_signed && c->signed_idle_ms ? c->signed_idle_ms : c->idle_timeout_ms;

	/* [MS-CONMGMT] 3.5.6: connection timer, then idle timer. Connections of ours prove who we
	 * are, not who they are. */
	if (c->unauth_timeout_ms && !f->authenticated && !f->outgoing &&
	    now - f->opened_ms >= c->unauth_timeout_ms)
		return "not authenticated in time";
	if (idle && now - ply_stream_last_recv_ms(f->stream) >= idle && now - f->opened_ms >= idle)
		return "idle";
	return NULL;
}

static void sweep(void *ctx)
{
	struct ply_sip_transport *t = ctx;
	uint64_t now = ply_mono_ms();
	uint32_t part = t->n_slot / PLY_SIP_SWEEP_PARTS;

	for (uint32_t n = 0; n < part; n++) {
		struct ply_sip_flow *f;
		const char *why;

		t->sweep_at = t->sweep_at + 1 < t->n_slot ? t->sweep_at + 1 : 0;
		f = t->slot[t->sweep_at].flow;
		if (!f || !f->stream)
			continue;
		why = overdue(f, now);
		if (why) {
			ply_counter_inc(&flows_silent);
			ply_sip_flow_end(f, why);
		}
	}
	ply_timer_start(t->loop, &t->sweep, t->sweep_ms, sweep, t);
}

/* Every flow is looked at each PLY_SIP_SWEEP_PARTS ticks: at the latest a quarter of the shortest
 * time-out too late, or 4 s. */
void ply_sip_flows_start_sweep(struct ply_sip_transport *t)
{
	uint32_t least = t->conf.unauth_timeout_ms;

	if (t->conf.idle_timeout_ms && (!least || t->conf.idle_timeout_ms < least))
		least = t->conf.idle_timeout_ms;
	if (t->conf.signed_idle_ms && (!least || t->conf.signed_idle_ms < least))
		least = t->conf.signed_idle_ms;
	if (!least)
		return;
	t->sweep_ms = least / (4 * PLY_SIP_SWEEP_PARTS);
	if (t->sweep_ms > 1000)
		t->sweep_ms = 1000;
	if (t->sweep_ms < 5)
		t->sweep_ms = 5;
	ply_timer_start(t->loop, &t->sweep, t->sweep_ms, sweep, t);
}
