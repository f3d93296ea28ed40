/* Database lcslog: call detail records now; archive and quality reports will stand here too
 * (databases.md §3-5). Results and return values: see db/db.h. Rank 3. Signalling thread only. */
#ifndef PLY_DB_LCSLOG_LCSLOG_H
#define PLY_DB_LCSLOG_LCSLOG_H

#include "db/db.h"
#include "db/lcslog/cdr.h"

struct ply_lcslog;

/* GIVES *out; connects in the background. */
int ply_lcslog_open(struct ply_lcslog **out, struct ply_loop *loop, const struct ply_db_conf *conf);
/* Everything pending is answered -ECANCELED from inside this call. NULL is fine. */
void ply_lcslog_close(struct ply_lcslog *log);
struct ply_db *ply_lcslog_db(struct ply_lcslog *log); /* LENDS */

/* --- writing: lcslog.c, cdr_put.c --- */

/* Where records come from: one run of one Front End. */
struct ply_lcslog_feed {
	const char *uuid;   /* lower case */
	const char *server; /* FQDN */
	const char *pool;
};

enum { PLY_LCSLOG_BATCH_MAX = 256 };
typedef void (*ply_lcslog_done_fn)(void *ctx, int r);
/* Up to PLY_LCSLOG_BATCH_MAX records in one transaction, numbers rising, batches of one feed one
 * after the other: a record whose number is not above the last one taken from this feed changes
 * nothing, so that a batch may be sent again. fn after the commit. COPIES everything. */
int ply_lcslog_put(struct ply_lcslog *log, const struct ply_lcslog_feed *feed,
		   const struct ply_cdr *r, size_t n, ply_lcslog_done_fn fn, void *ctx);
/* Forgets feeds that were silent since before_ms (wall clock): none of their records may come any
 * more. fn may be NULL. */
int ply_lcslog_forget_feeds(struct ply_lcslog *log, uint64_t before_ms, ply_lcslog_done_fn fn,
			    void *ctx);

/* --- reading: cdr_list.c --- */

enum ply_lcslog_view {
	PLY_LCSLOG_SUMMARY, /* sessions and meetings together, a line each */
	PLY_LCSLOG_SESSIONS,
	PLY_LCSLOG_CONFERENCES,
	PLY_LCSLOG_FOCUS,
	PLY_LCSLOG_MCU,
	PLY_LCSLOG_MESSAGES,
	PLY_LCSLOG_N_VIEW
};
enum { PLY_LCSLOG_COLUMNS = 17, PLY_LCSLOG_KEY_MAX = 1400 };
/* "summary", "sessions", ...: names of views and of their columns, NULL after the last. */
extern const char *const ply_lcslog_view_name[PLY_LCSLOG_N_VIEW];
extern const char *const ply_lcslog_column[PLY_LCSLOG_N_VIEW][PLY_LCSLOG_COLUMNS + 1];

struct ply_lcslog_filter {
	uint64_t from_ms, to_ms; /* beginning of session or meeting, to_ms not included; 0: any */
	struct ply_slice user;   /* took part; absent: anybody */
	struct ply_slice conference; /* Focus URI, or the conference id at its end; absent: any */
	size_t limit;                /* rows of a page */
};
/* Place in a listing: the page begins after it. Zeroed: at the beginning. */
struct ply_lcslog_key {
	int64_t time_us;
	int64_t seq;
	char rest[PLY_LCSLOG_KEY_MAX];
};
/* Rows in order of beginning; absent cells are unknown. LENT for the callback. `more`: ask again
 * with *next. */
struct ply_lcslog_page {
	enum ply_lcslog_view view;
	const struct ply_slice (*row)[PLY_LCSLOG_COLUMNS];
	size_t n;
	bool more;
	const struct ply_lcslog_key *next;
};
typedef void (*ply_lcslog_page_fn)(void *ctx, int r, const struct ply_lcslog_page *page);
int ply_lcslog_list(struct ply_lcslog *log, enum ply_lcslog_view view,
		    const struct ply_lcslog_filter *filter, const struct ply_lcslog_key *after,
		    ply_lcslog_page_fn fn, void *ctx);

#endif
