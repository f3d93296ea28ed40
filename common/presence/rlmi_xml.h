/* Notifications about several presentities: resource list information (RFC 4662) and the documents
 * it refers to in one multipart/related body. Two dialects: the product's (batched subscriptions)
 * and the RFC's. Pure. Rank 4. */
#ifndef PLY_PRESENCE_RLMI_XML_H
#define PLY_PRESENCE_RLMI_XML_H

#include "presence/pres.h"

#define PLY_CT_RLMI "application/rlmi+xml"

enum ply_rlmi_dialect {
	PLY_RLMI_MS,  /* Content-ID without brackets, an empty line after each part's content */
	PLY_RLMI_RFC, /* RFC 4662 §5, RFC 2392 */
};

enum ply_rlmi_state {
	PLY_RLMI_ACTIVE,
	PLY_RLMI_PENDING,
	PLY_RLMI_TERMINATED,
	PLY_RLMI_RESUBSCRIBE, /* PLY_RLMI_MS only: subscribe singly, or at pool_fqdn */
};

struct ply_rlmi_item {
	struct ply_slice uri; /* with sip: */
	enum ply_rlmi_state state;
	struct ply_slice reason;    /* terminated: rejected, noresource; empty: left out */
	struct ply_slice pool_fqdn; /* resubscribe: sip URI of the pool; empty: left out */
	struct ply_slice content_type;
	struct ply_slice body; /* document of an active instance; empty: none attached */
};

struct ply_rlmi_list {
	enum ply_rlmi_dialect dialect;
	struct ply_slice uri; /* of the list */
	uint32_t version;     /* counts up per subscription */
	bool full_state;
	const struct ply_rlmi_item *item;
	size_t n;
};

/* Writes the value of Content-Type into type and the body into b. The boundary is chosen so that it
 * stands in no document. */
void ply_rlmi_write(struct ply_strbuf *b, struct ply_strbuf *type, const struct ply_rlmi_list *l);

#endif
