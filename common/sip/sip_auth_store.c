/* What is bound to which flow, and for how long. */
#include "sip/sip_auth_internal.h"

#include "base/mem.h"
#include "crypto/random.h"

#include <errno.h>

enum {
	MAX_PROOFS = 200000,
	SWEEP = 64, /* established associations looked at in one call of expire */
};

static uint64_t key_of(const struct ply_sip_hop *hop)
{
	if (hop->flow)
		return ply_hash_bytes(&hop->flow, sizeof hop->flow);
	return ply_addr_hash(&hop->addr);
}

struct auth_flow *auth_flow_find(const struct ply_sip_auth *a, const struct ply_sip_hop *hop)
{
	struct ply_hnode *n = ply_hash_first(&a->flows, key_of(hop));

	for (; n; n = ply_hash_next(n)) {
		struct auth_flow *f = container_of(n, struct auth_flow, by_key);

		if (f->flow == hop->flow && (f->flow || ply_addr_eq(&f->addr, &hop->addr)))
			return f;
	}
	return NULL;
}

static struct auth_flow *flow_get(struct ply_sip_auth *a, const struct ply_sip_hop *hop)
{
	struct auth_flow *f = auth_flow_find(a, hop);

	if (f)
		return f;
	f = ply_calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->flow = hop->flow;
	f->addr = hop->addr;
	ply_list_init(&f->half_open);
	ply_list_init(&f->established);
	ply_list_init(&f->proofs);
	if (ply_hash_add(&a->flows, &f->by_key, key_of(hop))) {
		ply_free(f);
		return NULL;
	}
	return f;
}

static void flow_put(struct ply_sip_auth *a, struct auth_flow *f)
{
	if (f->n_half_open || f->n_established || f->n_proof)
		return;
	ply_hash_del(&a->flows, &f->by_key);
	ply_free(f);
}

struct auth_assoc *auth_assoc_by_number(const struct ply_sip_auth *a, uint32_t opaque)
{
	struct ply_hnode *n = ply_hash_first(&a->opaques, ply_hash_bytes(&opaque, sizeof opaque));

	for (; n; n = ply_hash_next(n)) {
		struct auth_assoc *s = container_of(n, struct auth_assoc, by_opaque);

		if (s->opaque == opaque)
			return s;
	}
	return NULL;
}

struct auth_assoc *auth_assoc_find(const struct ply_sip_auth *a, struct ply_slice opaque)
{
	uint8_t b[4];
	size_t len;

	if (opaque.len != PLY_SA_OPAQUE_LEN || ply_hex_decode(opaque, b, sizeof b, &len))
		return NULL;
	return auth_assoc_by_number(a, (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
					       (uint32_t)b[2] << 8 | b[3]);
}

static bool established(const struct auth_assoc *s)
{
	return s->aor != NULL;
}

/* Key of an endpoint, or of a user, on one flow. */
static uint64_t in_flow_key(const struct auth_flow *f, struct ply_slice name)
{
	return f->by_key.hash ^ ply_hash_slice(name);
}

static void leave_flow(struct ply_sip_auth *a, struct auth_assoc *s)
{
	ply_list_del(&s->in_flow);
	if (established(s)) {
		ply_hash_del(&a->endpoints, &s->by_endpoint);
		s->flow->n_established--;
	} else {
		s->flow->n_half_open--;
	}
	flow_put(a, s->flow);
	s->flow = NULL;
}

/* 0 or -ENOMEM (only established ones can fail). */
static int join_flow(struct ply_sip_auth *a, struct auth_flow *f, struct auth_assoc *s)
{
	if (established(s)) {
		int r = ply_hash_add(&a->endpoints, &s->by_endpoint,
				     in_flow_key(f, ply_slice_str(s->epid)));

		if (r)
			return r;
		ply_list_push(&f->established, &s->in_flow);
		f->n_established++;
	} else {
		ply_list_push(&f->half_open, &s->in_flow);
		f->n_half_open++;
	}
	s->flow = f;
	return 0;
}

void auth_assoc_free(struct ply_sip_auth *a, struct auth_assoc *s)
{
	if (established(s))
		a->n_established--;
	else
		a->n_half_open--;
	ply_hash_del(&a->opaques, &s->by_opaque);
	ply_list_del(&s->age);
	if (s->flow)
		leave_flow(a, s);
	ply_sa_deinit(&s->sa);
	ply_free(s->aor);
	ply_free(s);
}

struct auth_assoc *auth_assoc_of(const struct ply_sip_auth *a, const struct auth_flow *f,
				 struct ply_slice epid)
{
	struct ply_hnode *n;

	if (!epid.p)
		return f->n_established == 1
			       ? container_of(f->established.next, struct auth_assoc, in_flow)
			       : NULL;
	n = ply_hash_first(&a->endpoints, in_flow_key(f, epid));
	for (; n; n = ply_hash_next(n)) {
		struct auth_assoc *s = container_of(n, struct auth_assoc, by_endpoint);

		if (s->flow == f && ply_slice_is(epid, s->epid))
			return s;
	}
	return NULL;
}

/* Room for one more on this flow. */
static void make_room(struct ply_sip_auth *a, struct ply_list *list, unsigned n, unsigned max)
{
	struct ply_list *first = n >= max ? ply_list_first(list) : NULL;

	if (first)
		auth_assoc_free(a, container_of(first, struct auth_assoc, in_flow));
}

static uint32_t new_opaque(const struct ply_sip_auth *a)
{
	uint32_t opaque;

	do
		opaque = ply_random_u32();
	while (!opaque || auth_assoc_by_number(a, opaque));
	return opaque;
}

static void limit_half_open(struct ply_sip_auth *a, uint64_t now_ms)
{
	struct ply_list *first;

	while ((first = ply_list_first(&a->half_open))) {
		struct auth_assoc *s = container_of(first, struct auth_assoc, age);

		if (a->n_half_open < a->conf.max_half_open && s->end_ms > now_ms)
			return;
		auth_assoc_free(a, s);
	}
}

struct auth_assoc *auth_assoc_new(struct ply_sip_auth *a, const struct ply_sip_hop *hop,
				  enum ply_auth_mech mech, unsigned version, uint64_t now_ms)
{
	struct auth_assoc *s;
	struct auth_flow *f;

	limit_half_open(a, now_ms);
	f = auth_flow_find(a, hop);
	if (f)
		make_room(a, &f->half_open, f->n_half_open, a->conf.max_half_open_per_flow);
	f = flow_get(a, hop);
	s = f ? ply_calloc(1, sizeof *s) : NULL;
	if (!s) {
		if (f)
			flow_put(a, f);
		return NULL;
	}
	s->opaque = new_opaque(a);
	if (ply_hash_add(&a->opaques, &s->by_opaque,
			 ply_hash_bytes(&s->opaque, sizeof s->opaque))) {
		ply_free(s);
		flow_put(a, f);
		return NULL;
	}
	s->end_ms = now_ms + a->conf.half_open_ms;
	ply_sa_init(&s->sa, mech, s->opaque, version);
	s->sa.realm = ply_slice_str(a->conf.realm);
	s->sa.targetname =
		ply_slice_str(mech == PLY_AUTH_MECH_KERBEROS ? a->kerberos_name : a->conf.fqdn);
	ply_list_init(&s->in_flow);
	(void)join_flow(a, f, s);
	ply_list_init(&s->age);
	ply_list_push(&a->half_open, &s->age);
	a->n_half_open++;
	return s;
}

/* One endpoint has one association: a new handshake takes the old one's place. */
static void end_replaced(struct ply_sip_auth *a, const struct auth_flow *f, const char *aor,
			 struct ply_slice epid)
{
	struct ply_hnode *n = ply_hash_first(&a->endpoints, in_flow_key(f, epid)), *next;

	for (; n; n = next) {
		struct auth_assoc *s = container_of(n, struct auth_assoc, by_endpoint);

		next = ply_hash_next(n);
		if (s->flow == f && ply_slice_is(epid, s->epid) && !strcmp(s->aor, aor))
			auth_assoc_free(a, s);
	}
}

int auth_assoc_settle(struct ply_sip_auth *a, struct auth_assoc *s, const char *aor,
		      struct ply_slice epid)
{
	struct auth_flow *f = s->flow;
	char *copy = ply_strdup(aor);

	if (!copy)
		return -ENOMEM;
	epid = ply_slice_sub(epid, 0, PLY_EPID_MAX);
	end_replaced(a, f, aor, epid); /* f stays: s is still in it */
	make_room(a, &f->established, f->n_established, a->conf.max_per_flow);
	(void)ply_slice_copy(epid, s->epid, sizeof s->epid);
	s->busy = false;
	ply_list_del(&s->in_flow);
	f->n_half_open--;
	ply_list_del(&s->age);
	ply_list_push(&a->established, &s->age);
	a->n_half_open--;
	a->n_established++;
	s->flow = NULL;
	s->aor = copy;
	if (join_flow(a, f, s)) {
		flow_put(a, f);
		return -ENOMEM;
	}
	return 0;
}

int auth_assoc_move(struct ply_sip_auth *a, struct auth_assoc *s, const struct ply_sip_hop *hop)
{
	struct auth_flow *f = auth_flow_find(a, hop);

	if (f == s->flow)
		return 0;
	if (f)
		make_room(a, &f->established, f->n_established, a->conf.max_per_flow);
	f = flow_get(a, hop);
	if (!f)
		return -ENOMEM;
	leave_flow(a, s);
	/* The table of endpoints has just lost one: there is room. */
	if (join_flow(a, f, s)) {
		flow_put(a, f);
		return -ENOMEM;
	}
	return 0;
}

bool auth_has_established(const struct ply_sip_auth *a, const struct ply_sip_hop *hop)
{
	const struct auth_flow *f = auth_flow_find(a, hop);

	return f && f->n_established;
}

struct auth_proof *auth_proof_find(const struct ply_sip_auth *a, const struct ply_sip_hop *hop,
				   struct ply_slice aor, uint64_t now_ms)
{
	struct auth_flow *f = a->n_proof ? auth_flow_find(a, hop) : NULL;
	struct ply_hnode *n = f ? ply_hash_first(&a->proofs_by_aor, in_flow_key(f, aor)) : NULL;

	for (; n; n = ply_hash_next(n)) {
		struct auth_proof *p = container_of(n, struct auth_proof, by_aor);

		if (p->flow == f && p->end_ms > now_ms && ply_slice_is(aor, p->aor))
			return p;
	}
	return NULL;
}

static void proof_free(struct ply_sip_auth *a, struct auth_proof *p)
{
	ply_hash_del(&a->proofs_by_aor, &p->by_aor);
	ply_list_del(&p->in_flow);
	ply_list_del(&p->age);
	p->flow->n_proof--;
	a->n_proof--;
	flow_put(a, p->flow);
	ply_free(p);
}

static struct auth_proof *proof_new(struct ply_sip_auth *a, struct auth_flow *f, const char *aor)
{
	size_t len = strlen(aor);
	struct auth_proof *p = ply_calloc(1, sizeof *p + len + 1);

	if (!p ||
	    ply_hash_add(&a->proofs_by_aor, &p->by_aor, in_flow_key(f, ply_slice(aor, len)))) {
		ply_free(p);
		flow_put(a, f);
		return NULL;
	}
	memcpy(p->aor, aor, len);
	p->flow = f;
	ply_list_init(&p->in_flow);
	ply_list_push(&f->proofs, &p->in_flow);
	ply_list_init(&p->age);
	f->n_proof++;
	a->n_proof++;
	return p;
}

/* The oldest of all when there are too many, the oldest of the flow when it has too many. */
static void make_proof_room(struct ply_sip_auth *a, const struct ply_sip_hop *hop)
{
	struct auth_flow *f;
	struct ply_list *first = ply_list_first(&a->proofs);

	if (first && a->n_proof >= MAX_PROOFS)
		proof_free(a, container_of(first, struct auth_proof, age));
	f = auth_flow_find(a, hop);
	if (f && f->n_proof >= a->conf.max_per_flow) {
		first = ply_list_first(&f->proofs);
		proof_free(a, container_of(first, struct auth_proof, in_flow));
	}
}

struct auth_proof *auth_proof_add(struct ply_sip_auth *a, const struct ply_sip_hop *hop,
				  const char *aor, uint64_t now_ms)
{
	struct auth_proof *p = auth_proof_find(a, hop, ply_slice_str(aor), 0);

	if (!p) {
		struct auth_flow *f;

		make_proof_room(a, hop);
		f = flow_get(a, hop);
		p = f ? proof_new(a, f, aor) : NULL;
	}
	if (!p)
		return NULL;
	p->end_ms = now_ms + a->conf.bind_ms;
	ply_list_del(&p->age);
	ply_list_push(&a->proofs, &p->age);
	return p;
}

static void clear_list(struct ply_sip_auth *a, struct ply_list *list, const char *aor)
{
	PLY_LIST_FOR_SAFE(it, tmp, list) {
		struct auth_assoc *s = container_of(it, struct auth_assoc, in_flow);

		if (!aor || (established(s) && !strcmp(s->aor, aor)))
			auth_assoc_free(a, s);
	}
}

/* Everything, or what is this user's. The flow itself goes with the last thing bound to it. */
static void flow_clear(struct ply_sip_auth *a, struct auth_flow *f, const char *aor)
{
	f->n_proof++; /* keeps f until the end */
	clear_list(a, &f->half_open, aor);
	clear_list(a, &f->established, aor);
	PLY_LIST_FOR_SAFE(it, tmp, &f->proofs) {
		struct auth_proof *p = container_of(it, struct auth_proof, in_flow);

		if (!aor || !strcmp(p->aor, aor))
			proof_free(a, p);
	}
	f->n_proof--;
	flow_put(a, f);
}

void ply_sip_auth_flow_closed(struct ply_sip_auth *a, uint64_t flow)
{
	const struct ply_sip_hop hop = {.flow = flow};
	struct auth_flow *f = flow ? auth_flow_find(a, &hop) : NULL;

	if (f)
		flow_clear(a, f, NULL);
}

struct drop {
	struct ply_sip_auth *a;
	const char *aor;
};

static void drop_in_flow(struct ply_hnode *n, void *ctx)
{
	struct drop *d = ctx;

	flow_clear(d->a, container_of(n, struct auth_flow, by_key), d->aor);
}

void ply_sip_auth_drop_user(struct ply_sip_auth *a, struct ply_slice aor)
{
	char text[PLY_SIP_AOR_MAX];
	struct drop d = {a, text};

	if (ply_slice_copy(aor, text, sizeof text))
		ply_hash_each(&a->flows, drop_in_flow, &d);
}

void ply_sip_auth_expire(struct ply_sip_auth *a, uint64_t now_ms)
{
	struct ply_list *first;

	while ((first = ply_list_first(&a->half_open)) &&
	       container_of(first, struct auth_assoc, age)->end_ms <= now_ms)
		auth_assoc_free(a, container_of(first, struct auth_assoc, age));
	while ((first = ply_list_first(&a->proofs)) &&
	       container_of(first, struct auth_proof, age)->end_ms <= now_ms)
		proof_free(a, container_of(first, struct auth_proof, age));
	/* Tickets end at any time: a few from the front, the living ones to the back. */
	for (unsigned i = 0; i < SWEEP && (first = ply_list_first(&a->established)); i++) {
		struct auth_assoc *s = container_of(first, struct auth_assoc, age);

		if (s->sa.expires_ms <= now_ms) {
			auth_assoc_free(a, s);
		} else {
			ply_list_del(&s->age);
			ply_list_push(&a->established, &s->age);
		}
	}
}

static void free_flow(struct ply_hnode *n, void *ctx)
{
	flow_clear(ctx, container_of(n, struct auth_flow, by_key), NULL);
}

void ply_sip_auth_free(struct ply_sip_auth *a)
{
	if (!a)
		return;
	ply_hash_each(&a->flows, free_flow, a);
	ply_hash_deinit(&a->flows);
	ply_hash_deinit(&a->opaques);
	ply_hash_deinit(&a->endpoints);
	ply_hash_deinit(&a->proofs_by_aor);
	ply_digest_seen_free(a->seen);
	ply_free(a);
}

struct ply_sip_auth_counts ply_sip_auth_count(const struct ply_sip_auth *a)
{
	return (struct ply_sip_auth_counts){a->n_half_open, a->n_established, a->n_proof};
}
