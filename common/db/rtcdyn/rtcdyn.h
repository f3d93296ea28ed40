/* Database rtcdyn: what is rebuilt from the living. Here: endpoints, the registrations of this pool
 * (databases.md §1); others in rtcdyn_conf.h and rtcdyn_lease.h. Writes of a turn, and those that
 * come while one is under way, go as one statement of up to 256 rows. Results and return values:
 * see db/db.h. Rank 3. Signalling thread only. */
#ifndef PLY_DB_RTCDYN_RTCDYN_H
#define PLY_DB_RTCDYN_RTCDYN_H

#include "db/db.h"

struct ply_rtcdyn;

/* GIVES *out; connects in the background. */
int ply_rtcdyn_open(struct ply_rtcdyn **out, struct ply_loop *loop, const struct ply_db_conf *conf);
/* Everything pending is answered -ECANCELED from inside this call. NULL is fine. */
void ply_rtcdyn_close(struct ply_rtcdyn *dyn);
struct ply_db *ply_rtcdyn_db(struct ply_rtcdyn *dyn); /* LENDS */

enum ply_rtcdyn_transport {
	PLY_RTCDYN_UDP = 1,
	PLY_RTCDYN_TCP,
	PLY_RTCDYN_TLS,
};

enum ply_rtcdyn_flow {
	PLY_RTCDYN_FLOW_OUT = 1, /* reached by its contact address */
	PLY_RTCDYN_FLOW_KEPT,    /* reached only on the connection it registered over */
	PLY_RTCDYN_FLOW_PATH,    /* reached through `path` */
};

/* One registration. user_id and key are its identity; the registrar chooses the key (epid,
 * +sip.instance or contact address). */
struct ply_rtcdyn_endpoint {
	int64_t user_id;
	struct ply_slice key;
	struct ply_slice uri;      /* address of record, lower-case */
	struct ply_slice epid;     /* From;epid */
	struct ply_slice instance; /* Contact;+sip.instance */
	struct ply_slice gruu;     /* opaque part of the GRUU given out */
	struct ply_slice contact;  /* Contact as it came, whole value */
	struct ply_slice path;     /* Path, RFC 3327; flow token */
	struct ply_slice user_agent;
	struct ply_slice fe;      /* FQDN of the Front End that owns it */
	struct ply_slice call_id; /* of the last REGISTER */
	struct ply_slice data;    /* what else the registrar keeps, its own text */
	enum ply_rtcdyn_transport transport;
	enum ply_rtcdyn_flow flow;
	uint32_t cseq;
	uint32_t supported;      /* the registrar's own bits */
	uint64_t expires_ms;     /* wall clock */
	uint64_t last_active_ms; /* wall clock */
};

typedef void (*ply_rtcdyn_done_fn)(void *ctx, int r);

/* Adds or overwrites. fn is called after the commit that holds it (or one that holds a later state
 * of the same endpoint); NULL: nobody waits. COPIES e. */
int ply_rtcdyn_endpoint_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_endpoint *e,
			    ply_rtcdyn_done_fn fn, void *ctx);
/* fn may be NULL. Fine when it is not there. */
int ply_rtcdyn_endpoint_delete(struct ply_rtcdyn *dyn, int64_t user_id, struct ply_slice key,
			       ply_rtcdyn_done_fn fn, void *ctx);

enum { PLY_RTCDYN_PAGE = 1000 };
/* All endpoints of one Front End that have not run out, in pages: fn is called with up to
 * PLY_RTCDYN_PAGE rows and more = true, at last with more = false (or r != 0). Rows are LENT for
 * the callback. */
typedef void (*ply_rtcdyn_endpoints_fn)(void *ctx, int r, const struct ply_rtcdyn_endpoint *e,
					size_t n, bool more);
int ply_rtcdyn_endpoint_load(struct ply_rtcdyn *dyn, struct ply_slice fe,
			     ply_rtcdyn_endpoints_fn fn, void *ctx);
/* Deletes what has run out before `before_ms` (wall clock) of one Front End; UINT64_MAX: all of it.
 */
int ply_rtcdyn_endpoint_purge(struct ply_rtcdyn *dyn, struct ply_slice fe, uint64_t before_ms,
			      ply_rtcdyn_done_fn fn, void *ctx);

#endif
