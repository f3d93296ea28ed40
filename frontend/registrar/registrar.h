/* User Services, registration: REGISTER, endpoints and where they are kept. [MS-SIPREGE], RFC 3261
 * §10, RFC 5626. */
#ifndef FE_REGISTRAR_REGISTRAR_H
#define FE_REGISTRAR_REGISTRAR_H

#include "frontend/fe.h"

enum fe_verdict fe_register(struct fe_req *q);

/* --- endpoint.c --- */
/* What a REGISTER says of the endpoint. */
struct fe_binding {
	struct ply_slice epid, contact, contact_params, user_agent, call_id, from_tag;
	char instance[PLY_GUID_TEXT_LEN + 1], gruu_id[PLY_GRUU_ID_LEN + 1];
	uint32_t methods, cseq, expires; /* seconds */
	unsigned flags;
	struct ply_sip_hop hop;
};
/* Why an endpoint ended; the text goes into the deregistration notice (MS-SIPREGE,
 * registration-notify). */
enum fe_gone {
	FE_GONE_ASKED,
	FE_GONE_EXPIRED,
	FE_GONE_FLOW,
	FE_GONE_REPLACED,
	FE_GONE_QUOTA,
	FE_GONE_DISABLED,
	FE_GONE_STOP
};
/* Adds or refreshes the binding. GIVES *out to the user; *added says which. Puts out the oldest
 * beyond conf->max_endpoints. 0 or -ENOMEM. */
int fe_endpoint_bind(struct fe_user *u, const struct fe_binding *b, struct fe_endpoint **out,
		     bool *added);
void fe_endpoint_end(struct fe_endpoint *e, enum fe_gone why);
void fe_endpoints_flow_closed(struct fe *fe, uint64_t flow);
/* The user was disabled, locked or deleted: his endpoints are told and end. */
void fe_endpoints_user_refused(struct fe_user *u);
/* What tells one binding of a user from the next: epid, else instance, else contact. LENDS. */
struct ply_slice fe_binding_key(const struct fe_binding *b);
struct fe_endpoint *fe_endpoint_by_key(struct fe_user *u, struct ply_slice key);
/* The binding whose contact is this URI (RFC 3261 §19.1.4). */
struct fe_endpoint *fe_endpoint_by_contact(struct fe_user *u, struct ply_slice uri);

/* --- endpoint_find.c --- */
struct fe_endpoint *fe_endpoint_by_flow(struct fe *fe, uint64_t flow);
/* Into and out of the tables, before and after its contact, hop or GRUU changes. 0 or -ENOMEM (then
 * unindex is due all the same). */
int fe_endpoint_index(struct fe_endpoint *e);
void fe_endpoint_unindex(struct fe_endpoint *e);

/* --- endpoint_store.c: memory to rtcdyn --- */
typedef void fe_stored_cb(void *ctx, int r);
/* cb NULL: nobody waits. */
int fe_endpoint_store(const struct fe_endpoint *e, fe_stored_cb *cb, void *ctx);
void fe_endpoint_unstore(const struct fe_endpoint *e);
/* At start: rows of this server's last life. UDP bindings live on; those of connections are
 * removed. */
int fe_endpoint_restore(struct fe *fe);

#endif
