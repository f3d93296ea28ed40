/* Endpoints found: by GRUU, epid, key, contact, connection, and by the mark that route tokens
 * carry.
 */
#include "frontend/registrar/registrar.h"
#include "sip/sip_gruu.h"
#include "sip/sip_uri_eq.h"

#include <errno.h>

enum { BY_GRUU = 1, BY_FLOW = 2, BY_MARK = 4, BY_CONTACT = 8 };

static uint64_t flow_hash(uint64_t flow)
{
	return ply_hash_bytes(&flow, sizeof flow);
}

static uint64_t gruu_hash(struct ply_slice aor, struct ply_slice id)
{
	return ply_hash_slice(aor) ^ ply_hash_slice(id);
}

struct fe_endpoint *fe_endpoint_by_gruu(struct fe *fe, struct ply_slice aor,
					struct ply_slice gruu_id)
{
	struct ply_hnode *n = ply_hash_first(&fe->gruus, gruu_hash(aor, gruu_id));

	for (; n; n = ply_hash_next(n)) {
		struct fe_endpoint *e = container_of(n, struct fe_endpoint, by_gruu);

		if (ply_slice_is(gruu_id, e->gruu_id) && ply_slice_is(aor, e->user->aor))
			return e;
	}
	return NULL;
}

struct fe_endpoint *fe_endpoint_by_epid(struct fe_user *u, struct ply_slice epid)
{
	PLY_LIST_FOR(it, &u->endpoints) {
		struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (e->epid[0] && ply_slice_is(epid, e->epid))
			return e;
	}
	return NULL;
}

struct fe_endpoint *fe_endpoint_by_key(struct fe_user *u, struct ply_slice key)
{
	PLY_LIST_FOR(it, &u->endpoints) {
		struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (ply_slice_is(key, e->key))
			return e;
	}
	return NULL;
}

struct fe_endpoint *fe_endpoint_by_contact(struct fe_user *u, struct ply_slice uri)
{
	struct ply_sip_uri want, have;

	if (ply_sip_uri_parse(uri, &want))
		return NULL;
	PLY_LIST_FOR(it, &u->endpoints) {
		struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (!ply_sip_uri_parse(ply_slice_str(e->contact), &have) &&
		    ply_sip_uri_eq(&want, &have))
			return e;
	}
	return NULL;
}

struct fe_endpoint *fe_endpoint_by_hop(struct fe_user *u, const struct ply_sip_hop *hop)
{
	PLY_LIST_FOR(it, &u->endpoints) {
		struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (e->hop.proto != hop->proto)
			continue;
		if (hop->proto == PLY_SIP_UDP ? ply_addr_eq(&e->hop.addr, &hop->addr)
					      : e->hop.flow == hop->flow)
			return e;
	}
	return NULL;
}

struct fe_endpoint *fe_endpoint_by_flow(struct fe *fe, uint64_t flow)
{
	struct ply_hnode *n = ply_hash_first(&fe->flows, flow_hash(flow));

	for (; n; n = ply_hash_next(n)) {
		struct fe_endpoint *e = container_of(n, struct fe_endpoint, by_flow);

		if (e->hop.flow == flow)
			return e;
	}
	return NULL;
}

uint64_t fe_endpoint_mark(const struct fe_endpoint *e)
{
	const uint64_t both[2] = {ply_hash_slice(ply_slice_str(e->user->aor)),
				  ply_hash_slice(ply_slice_str(e->key))};

	return ply_hash_bytes(both, sizeof both);
}

struct fe_endpoint *fe_endpoint_by_mark(struct fe *fe, uint64_t mark)
{
	struct ply_hnode *n = mark ? ply_hash_first(&fe->marks, mark) : NULL;

	return n ? container_of(n, struct fe_endpoint, by_mark) : NULL;
}

struct fe_endpoint *fe_endpoint_anywhere(struct fe *fe, struct ply_slice contact)
{
	struct ply_hnode *n = ply_hash_first(&fe->contacts, ply_hash_slice(contact));

	for (; n; n = ply_hash_next(n)) {
		struct fe_endpoint *e = container_of(n, struct fe_endpoint, by_contact);

		if (ply_slice_is(contact, e->contact))
			return e;
	}
	return NULL;
}

/* --- kept findable --- */

int fe_endpoint_index(struct fe_endpoint *e)
{
	struct fe *fe = e->user->fe;
	struct ply_slice aor = ply_slice_str(e->user->aor), gruu = ply_slice_str(e->gruu_id);

	if (gruu.len) {
		if (ply_hash_add(&fe->gruus, &e->by_gruu, gruu_hash(aor, gruu)))
			return -ENOMEM;
		e->indexed |= BY_GRUU;
	}
	if (e->hop.proto != PLY_SIP_UDP) {
		if (ply_hash_add(&fe->flows, &e->by_flow, flow_hash(e->hop.flow)))
			return -ENOMEM;
		e->indexed |= BY_FLOW;
	}
	if (ply_hash_add(&fe->marks, &e->by_mark, fe_endpoint_mark(e)))
		return -ENOMEM;
	e->indexed |= BY_MARK;
	if (ply_hash_add(&fe->contacts, &e->by_contact, ply_hash_slice(ply_slice_str(e->contact))))
		return -ENOMEM;
	e->indexed |= BY_CONTACT;
	return 0;
}

void fe_endpoint_unindex(struct fe_endpoint *e)
{
	struct fe *fe = e->user->fe;

	if (e->indexed & BY_GRUU)
		ply_hash_del(&fe->gruus, &e->by_gruu);
	if (e->indexed & BY_FLOW)
		ply_hash_del(&fe->flows, &e->by_flow);
	if (e->indexed & BY_MARK)
		ply_hash_del(&fe->marks, &e->by_mark);
	if (e->indexed & BY_CONTACT)
		ply_hash_del(&fe->contacts, &e->by_contact);
	e->indexed = 0;
}
