/* One PostgreSQL database as roles see it: a small pool of asynchronous connections in pipeline
 * mode that prepare every statement when they open, queue while they are busy, commit in groups,
 * reopen with back-off, and answer everything (ARCHITECTURE.md, databases). Typed functions stand
 * in db/rtc/rtc.h, db/rtcdyn/rtcdyn.h, db/rtcconfig/rtcconfig.h and db/lcslog/lcslog.h; what they
 * are made from is db/exec.h. Rank 3. Signalling thread only.
 *
 * Results every typed function may give to its callback, besides its own positive codes:
 *   0             done, and where it writes: committed
 *   -ETIMEDOUT    no answer before the deadline; whether a write was done is unknown
 *   -ECONNRESET   the connection was lost after sending; whether a write was done is unknown
 *   -ECANCELED    the database was closed
 *   -EIO          the server refused the statement (logged with its text)
 * A typed function itself returns 0 (the callback comes later, exactly once, never from inside the
 * call) or, and then no callback comes:
 *   -ENOTCONN     the database is away (no connection, and the last attempt failed)
 *   -ENOBUFS      the queue is full
 *   -EMSGSIZE     an argument is over its limit
 *   -ENOMEM */
#ifndef PLY_DB_DB_H
#define PLY_DB_DB_H

#include "base/ply.h"
#include "base/slice.h"

struct ply_db;
struct ply_loop;

/* Positive results shared by all databases. */
enum {
	PLY_DB_E_NONE = 1, /* no such row */
	PLY_DB_E_EXISTS,   /* a row with this key is there already */
	PLY_DB_E_FENCED, /* the pool epoch the write was made under is no longer the current one */
	PLY_DB_E_REFERS, /* the row it belongs to is not there (any more) */
};

/* One statement; tables of these are made from the .sql files. */
struct ply_db_stmt {
	const char *name;
	const char *sql;
};

struct ply_db_stmt_set {
	const struct ply_db_stmt *stmt;
	size_t n;
};

struct ply_db_conf {
	/* libpq connection string. COPIED. A host is a numeric address or the directory of a UNIX
	 * socket, or goes with a hostaddr: names would be resolved blocking and are refused. */
	const char *conninfo;
	uint32_t conns;       /* connections, 1-16; 0: the database's own default */
	uint32_t queue_max;   /* statements waiting or under way; 0: 10000 */
	uint32_t deadline_ms; /* for each statement; 0: 3000 */
};

/* What /readyz says. */
struct ply_db_state {
	const char *name;  /* "rtc" */
	bool up;           /* at least one connection is open and has all statements prepared */
	uint32_t conns_up; /* of `conns` */
	uint32_t conns;
	uint32_t queued;     /* statements waiting or under way */
	uint64_t last_ok_ms; /* wall clock of the last answer; 0: never */
	const char
		*last_err; /* text of the last failure, "" when none. LENDS until the next turn */
};

void ply_db_state(const struct ply_db *db, struct ply_db_state *out);

/* fn is called when the first connection opened (up) and when the last one was lost or could not be
 * opened (not up; again after every failed attempt). One watcher a database; NULL takes it off. */
typedef void (*ply_db_state_fn)(void *ctx, bool up);
void ply_db_on_state(struct ply_db *db, ply_db_state_fn fn, void *ctx);

#endif
