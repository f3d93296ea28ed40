/* For the files of common/db/ only: the pool, its connections, units of work. */
#ifndef PLY_DB_DB_INTERNAL_H
#define PLY_DB_DB_INTERNAL_H

#include "base/list.h"
#include "db/exec.h"
#include "db/notify.h"
#include "db/txn.h"
#include "net/loop.h"

#include <libpq-fe.h>

struct call {
	const struct ply_db_stmt *stmt;
	struct ply_db_args args;
};

struct ply_db_res {
	PGresult **res;
	size_t n;
};

/* A statement or a transaction on its way. Lives from the ask to its answer, in the queue or in the
 * flight of one connection. */
struct ply_db_txn {
	struct ply_list node;
	struct ply_db_ask ask;
	uint64_t born_us;
	uint64_t deadline; /* ply_mono_ms */
	int64_t epoch;     /* 0: not fenced */
	size_t n_call, bytes;
	struct call *call;
	PGresult **res; /* one a call, while a segment is under way */
	int err;        /* while it is made: what to return; in flight: what the server said */
	uint8_t tries;  /* sent again for a deadlock */
	bool resent;    /* a read, sent again after a lost connection */
	bool sent_fence;
};

enum conn_state { CONN_IDLE, CONN_CONNECTING, CONN_PREPARING, CONN_READY };

struct conn {
	struct ply_db *db;
	unsigned index;
	enum conn_state state;
	bool failed; /* the last attempt to open it failed: asks are refused */
	bool opened; /* it was open at least once */
	bool solo;   /* the segment under way has a commit after each unit */
	bool seg_failed;
	bool seg_dead; /* the server is closing this connection */
	PGconn *pg;
	struct ply_watch watch;
	struct ply_timer retry; /* next attempt, or the end of patience with this one */
	struct ply_timer tick;  /* looks for deadlines while there is work */
	struct ply_defer flush;
	uint32_t backoff_ms;
	struct ply_list queue, flight;
	uint32_t n_queue;
	struct ply_db_txn *cur; /* whose result comes next; NULL: the sync of the group */
	size_t cur_pos;
	size_t prep_pos, prep_n; /* results of the opening segment */
};

struct listen {
	const char *channel;
	ply_db_notify_fn fn;
	void *ctx;
};

struct ply_db {
	struct ply_loop *loop;
	char *conninfo;
	const char *name;
	const struct ply_db_stmt *fence;
	struct ply_db_stmt_set set[PLY_DB_SETS_MAX];
	size_t n_set;
	struct listen listen[PLY_DB_LISTEN_MAX];
	size_t n_listen;
	uint32_t n_conn, n_up, queue_max, deadline_ms, n_pending;
	int64_t epoch;
	uint64_t last_ok_ms;
	char last_err[256];
	ply_db_state_fn state_fn;
	void *state_ctx;
	struct conn conn[];
};

/* conn.c */
void ply_db_conn_init(struct conn *c, struct ply_db *db, unsigned index);
void ply_db_conn_deinit(struct conn *c); /* answers -ECANCELED */
void ply_db_conn_start(struct conn *c);
void ply_db_conn_ask(struct conn *c, struct ply_db_txn *t); /* TAKES t */
/* Closes, answers or requeues what is under way, opens again later. */
void ply_db_conn_lost(struct conn *c, const char *why);
/* Waits for what libpq needs next. */
int ply_db_conn_rearm(struct conn *c);

/* prepare.c: the opening segment */
int ply_db_prepare_send(struct conn *c);
/* 1: done, 0: more to come, negative: failed (said in last_err). */
int ply_db_prepare_read(struct conn *c);

/* segment.c */
int ply_db_segment_send(struct conn *c); /* takes from the queue */
int ply_db_segment_read(struct conn *c); /* negative: the connection is of no use any more */

/* notify.c */
void ply_db_notify_read(struct conn *c);
void ply_db_notify_all(struct ply_db *db);

/* txn.c */
void ply_db_txn_answer(struct ply_db *db, struct ply_db_txn *t, int r); /* TAKES t */
void ply_db_txn_clear_results(struct ply_db_txn *t);

/* db.c */
void ply_db_say(struct ply_db *db, const char *text); /* remembers the last failure */
void ply_db_state_changed(struct ply_db *db, bool up);

#endif
