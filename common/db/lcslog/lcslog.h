/* Database lcslog: call detail records, archive and quality reports (databases.md §3-5). Now: the
 * connection only, so that /readyz can speak of it. Rank 3. Signalling thread only. */
#ifndef PLY_DB_LCSLOG_LCSLOG_H
#define PLY_DB_LCSLOG_LCSLOG_H

#include "db/db.h"

struct ply_lcslog;

/* GIVES *out; connects in the background. */
int ply_lcslog_open(struct ply_lcslog **out, struct ply_loop *loop, const struct ply_db_conf *conf);
void ply_lcslog_close(struct ply_lcslog *log);        /* NULL is fine */
struct ply_db *ply_lcslog_db(struct ply_lcslog *log); /* LENDS */

#endif
