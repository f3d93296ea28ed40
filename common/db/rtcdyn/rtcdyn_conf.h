/* Running conferences in database rtcdyn: the dialogs of the Focus and the conferencing servers it
 * uses (meeting-lifecycle.md §8). May be lost: who is in a conference and with which role is in
 * rtc. `conf` is ply_rtc_conf.id. Conventions of db/rtcdyn/rtcdyn.h; fn of the writes may be NULL.
 * Writes of one conference are done in the order they were asked for. Rank 3. Signalling thread
 * only. */
#ifndef PLY_DB_RTCDYN_RTCDYN_CONF_H
#define PLY_DB_RTCDYN_RTCDYN_CONF_H

#include "db/rtcdyn/rtcdyn.h"

/* Of one participant's endpoint: (conf, uri, endpoint) is its identity. */
struct ply_rtcdyn_dialog {
	int64_t conf;
	struct ply_slice uri, endpoint;
	struct ply_slice dialog; /* Call-ID, tags, route set, CSeq and so on; opaque here */
	uint32_t notify_version; /* of conference-info, last sent to it */
};

/* The conferencing server of one type. */
struct ply_rtcdyn_mcu {
	int64_t conf;
	struct ply_slice type;     /* "chat", ... */
	struct ply_slice url;      /* where its C3P commands go */
	struct ply_slice instance; /* of the server process that has it */
	uint32_t version;          /* of its conference-info, last seen */
};

/* Add or overwrite. */
int ply_rtcdyn_dialog_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_dialog *d,
			  ply_rtcdyn_done_fn fn, void *ctx);
int ply_rtcdyn_mcu_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_mcu *m,
		       ply_rtcdyn_done_fn fn, void *ctx);
/* Fine when it is not there. */
int ply_rtcdyn_dialog_delete(struct ply_rtcdyn *dyn, int64_t conf, struct ply_slice uri,
			     struct ply_slice endpoint, ply_rtcdyn_done_fn fn, void *ctx);
int ply_rtcdyn_mcu_delete(struct ply_rtcdyn *dyn, int64_t conf, struct ply_slice type,
			  ply_rtcdyn_done_fn fn, void *ctx);
/* Everything of one conference: at its deactivation, and at its activation if rows of a crashed
 * instance may be there. */
int ply_rtcdyn_conf_clear(struct ply_rtcdyn *dyn, int64_t conf, ply_rtcdyn_done_fn fn, void *ctx);

enum { PLY_RTCDYN_CONF_LOAD_MAX = 64 };
/* Of up to PLY_RTCDYN_CONF_LOAD_MAX conferences in one round trip, ordered by conf, then by (uri,
 * endpoint) or type; a conference without rows simply has none. LENT for the callback. */
struct ply_rtcdyn_conf_rows {
	const struct ply_rtcdyn_dialog *dialog;
	const struct ply_rtcdyn_mcu *mcu;
	size_t n_dialog, n_mcu;
};
typedef void (*ply_rtcdyn_conf_fn)(void *ctx, int r, const struct ply_rtcdyn_conf_rows *rows);
int ply_rtcdyn_conf_load(struct ply_rtcdyn *dyn, const int64_t *conf, size_t n,
			 ply_rtcdyn_conf_fn fn, void *ctx);

#endif
