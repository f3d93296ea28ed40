/* From a SIP URI to the hops to try, in order (RFC 3263 §4), through net/dns. Rank 3. */
#ifndef PLY_SIP_SIP_TARGET_H
#define PLY_SIP_SIP_TARGET_H

#include "net/dns.h"
#include "sip/sip_transport.h"

struct ply_sip_target {
	enum ply_sip_proto proto;
	struct ply_addr addr;
};

struct ply_sip_target_query;

/* status 0: n >= 1 targets in the order to try them, tls_name the name their certificates must
 * carry (RFC 5922 §4: the host the URI named, whatever SRV said; NULL when it was an address).
 * Negative codes are those of ply_dns_fn. LENDS t and tls_name until it returns; the query is gone
 * when it is called. */
typedef void ply_sip_target_fn(void *ctx, int status, const struct ply_sip_target *t, size_t n,
			       const char *tls_name);

/* `uri`: of the first Route, or else the Request-URI. Its maddr, port, transport and scheme count.
 * `protos`: BIT(PLY_SIP_UDP) | ... that may be used. Always answered by callback, never from
 * inside. *out (may be NULL) can be cancelled until then. -EBADMSG, -EPROTONOSUPPORT (tel, or
 * nothing in protos will do), -ENOMEM. */
int ply_sip_target_resolve(struct ply_dns *dns, struct ply_sip_target_query **out,
			   struct ply_slice uri, unsigned protos, ply_sip_target_fn *fn, void *ctx);
void ply_sip_target_cancel(struct ply_sip_target_query *q); /* NULL is fine */

#endif
