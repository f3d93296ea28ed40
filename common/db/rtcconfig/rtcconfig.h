/* Database rtcconfig: settings of the deployment, by level (global, pool, machine), class, instance
 * and property (databases.md §2). Results and return values: see db/db.h. Rank 3. Signalling thread
 * only. */
#ifndef PLY_DB_RTCCONFIG_RTCCONFIG_H
#define PLY_DB_RTCCONFIG_RTCCONFIG_H

#include "db/db.h"

struct ply_rtcconfig;

/* GIVES *out; connects in the background. */
int ply_rtcconfig_open(struct ply_rtcconfig **out, struct ply_loop *loop,
		       const struct ply_db_conf *conf);
/* Everything pending is answered -ECANCELED from inside this call. NULL is fine. */
void ply_rtcconfig_close(struct ply_rtcconfig *cfg);
struct ply_db *ply_rtcconfig_db(struct ply_rtcconfig *cfg); /* LENDS */

struct ply_rtcconfig_setting {
	struct ply_slice level;    /* "global", "pool:FQDN", "machine:FQDN" */
	struct ply_slice class_;   /* MSFT_SIP... class, or our section name */
	struct ply_slice instance; /* empty for a single one */
	struct ply_slice property;
	struct ply_slice value; /* absent in a set: the setting is deleted */
	uint64_t mtime_ms;      /* wall clock of the last change; not read by set */
};

typedef void (*ply_rtcconfig_done_fn)(void *ctx, int r);
/* Rows are LENT for the callback, ordered by level, class, instance, property. */
typedef void (*ply_rtcconfig_list_fn)(void *ctx, int r, const struct ply_rtcconfig_setting *s,
				      size_t n);

/* Empty level or class: all. At most 10000 rows. */
int ply_rtcconfig_list(struct ply_rtcconfig *cfg, struct ply_slice level, struct ply_slice class_,
		       ply_rtcconfig_list_fn fn, void *ctx);
/* One setting: n is 1 and r 0, or r is PLY_DB_E_NONE. Value and mtime of `key` are not read. */
int ply_rtcconfig_get(struct ply_rtcconfig *cfg, const struct ply_rtcconfig_setting *key,
		      ply_rtcconfig_list_fn fn, void *ctx);
/* Adds, overwrites or (value absent) deletes. */
int ply_rtcconfig_set(struct ply_rtcconfig *cfg, const struct ply_rtcconfig_setting *s,
		      ply_rtcconfig_done_fn fn, void *ctx);

/* A setting changed, here or in another process: `level` and `class_` tell which; both absent:
 * anything may have changed (the connection was lost for a while). */
typedef void (*ply_rtcconfig_change_fn)(void *ctx, struct ply_slice level, struct ply_slice class_);
void ply_rtcconfig_on_change(struct ply_rtcconfig *cfg, ply_rtcconfig_change_fn fn, void *ctx);

#endif
