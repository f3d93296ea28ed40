/* The spool of call detail records: a queue that survives the process. Every record is appended to
 * a file (what a turn of the loop gathered in one write, synced at most once a second without
 * waiting); those next to be sent are also kept in memory, as many as fit. Files are a part of the
 * whole each, so that what was sent can be deleted: state_dir/spool/cdr-ID.log, IDs rising. Where
 * files cannot be written, memory alone is the queue.
 *
 * Nothing here waits but for the page cache. Signalling thread only. */
#ifndef FE_RECORD_SPOOL_H
#define FE_RECORD_SPOOL_H

#include "base/log.h"
#include "db/lcslog/cdr.h"
#include "net/loop.h"

struct fe_spool;

struct fe_spool_conf {
	const char *dir; /* made when missing; NULL: memory alone. COPIED */
	size_t max;      /* octets of all files; beyond it the oldest is deleted */
	size_t memory;   /* octets of records kept in memory */
};

/* GIVES *out, with what an earlier run left. Files that cannot be used are said in the log: no
 * reason to fail. 0 or -ENOMEM. */
int fe_spool_new(struct fe_spool **out, struct ply_loop *loop, const struct fe_spool_conf *conf,
		 const struct ply_log *log);
/* What is not acknowledged stays in the files. NULL is fine. */
void fe_spool_free(struct fe_spool *s);

/* Gives the record its number and keeps it; or sheds, and counts. */
void fe_spool_add(struct fe_spool *s, struct ply_cdr *r);
size_t fe_spool_waiting(const struct fe_spool *s); /* records */
uint64_t fe_spool_shed(const struct fe_spool *s);  /* records lost since the start */

/* The oldest records, all of one feed. Texts and *feed are LENT until the next call of any of
 * these. 0: there are none. */
size_t fe_spool_peek(struct fe_spool *s, struct ply_cdr *out, size_t max, const char **feed);
/* The first n of those are done with. */
void fe_spool_ack(struct fe_spool *s, size_t n);

#endif
