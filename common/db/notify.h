/* LISTEN on the first connection of a pool, again after every reconnect. Rank 3. */
#ifndef PLY_DB_NOTIFY_H
#define PLY_DB_NOTIFY_H

#include "db/exec.h"

/* payload absent: the connection was away, anything may have been missed. LENDS payload. */
typedef void (*ply_db_notify_fn)(void *ctx, struct ply_slice payload);

/* In the same turn as ply_db_open. `channel` is a plain lower-case identifier, LENT for the pool's
 * life. -ENOSPC after PLY_DB_LISTEN_MAX. */
int ply_db_listen(struct ply_db *db, const char *channel, ply_db_notify_fn fn, void *ctx);

#endif
