/* Leases in database rtcdyn: which Front Ends and conferencing servers are alive (databases.md §1,
 * meeting-lifecycle.md §9). A process puts its row again every few seconds with a later end; whose
 * end has passed is dead. Times are wall clock milliseconds of the callers' clocks. Conventions of
 * db/rtcdyn/rtcdyn.h; fn of the writes may be NULL. Rank 3. Signalling thread only. */
#ifndef PLY_DB_RTCDYN_RTCDYN_LEASE_H
#define PLY_DB_RTCDYN_RTCDYN_LEASE_H

#include "db/rtcdyn/rtcdyn.h"

/* (kind, instance) is its identity; an instance is one run of a process. */
struct ply_rtcdyn_lease {
	struct ply_slice kind; /* "frontend", "mcu-im", ... */
	struct ply_slice instance;
	struct ply_slice fqdn;
	struct ply_slice url;  /* where it takes requests; may be absent */
	struct ply_slice type; /* media type of a conferencing server; may be absent */
	struct ply_slice data; /* capacity, load and so on; opaque here; may be absent */
	int64_t epoch;
	uint64_t expires_ms;
};

/* Adds or overwrites: one update of an unlogged row, made to be repeated every 2 s.
 * PLY_DB_E_FENCED: the row has a later epoch. */
int ply_rtcdyn_lease_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_lease *l,
			 ply_rtcdyn_done_fn fn, void *ctx);
/* Fine when it is not there. */
int ply_rtcdyn_lease_delete(struct ply_rtcdyn *dyn, struct ply_slice kind,
			    struct ply_slice instance, ply_rtcdyn_done_fn fn, void *ctx);

/* Rows are LENT for the callback, ordered by kind, instance. */
typedef void (*ply_rtcdyn_leases_fn)(void *ctx, int r, const struct ply_rtcdyn_lease *l, size_t n);
/* Of one kind (empty: of all). Also those that have run out: see expires_ms. */
int ply_rtcdyn_lease_load(struct ply_rtcdyn *dyn, struct ply_slice kind, ply_rtcdyn_leases_fn fn,
			  void *ctx);
/* Those of one kind (empty: of all) that ran out at now_ms or before. */
int ply_rtcdyn_lease_load_expired(struct ply_rtcdyn *dyn, struct ply_slice kind, uint64_t now_ms,
				  ply_rtcdyn_leases_fn fn, void *ctx);

#endif
