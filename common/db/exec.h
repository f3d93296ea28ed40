/* What the typed functions of common/db/<database> are made from: a pool for one database,
 * arguments, a statement or a transaction, and its answer. Not for roles. Rank 3. Signalling thread
 * only.
 *
 * Statements of one turn of the loop, and those that come while a connection is busy, go out as one
 * pipeline segment with one commit at its end. When one of them fails, the segment is sent again
 * statement by statement, so that an error hits only its owner. */
#ifndef PLY_DB_EXEC_H
#define PLY_DB_EXEC_H

#include "base/strbuf.h"
#include "db/db.h"

enum {
	PLY_DB_SETS_MAX = 12,
	PLY_DB_ARGS_MAX = 24,
	PLY_DB_LISTEN_MAX = 4,
	PLY_DB_SEGMENT_MAX = 256,      /* statements of one segment */
	PLY_DB_TXN_MAX = 16,           /* statements of one transaction */
	PLY_DB_UNIT_BYTES = 4 << 20,   /* arguments of one statement or transaction */
	PLY_DB_SEGMENT_BYTES = 1 << 20 /* a segment is closed when it has more */
};

struct ply_db_open {
	const char *name; /* LENT for the pool's life: "rtc" */
	const struct ply_db_stmt_set *set;
	size_t n_set;
	const struct ply_db_stmt *fence; /* one bigint argument, the epoch; NULL: none */
	uint32_t default_conns;
};

/* GIVES *out. Connects from the next turn on. */
int ply_db_open(struct ply_db **out, struct ply_loop *loop, const struct ply_db_open *open,
		const struct ply_db_conf *conf);
/* Answers everything with -ECANCELED. NULL is fine. Not from inside a callback of this pool. */
void ply_db_close(struct ply_db *db);
/* False: an ask without key would be refused with -ENOTCONN. */
bool ply_db_is_there(const struct ply_db *db);
/* Asks with PLY_DB_WRITE carry this epoch from now on; 0: no fence. */
void ply_db_set_epoch(struct ply_db *db, int64_t epoch);

/* --- arguments: COPIED one after the other; a failed allocation is remembered --- */
struct ply_db_args {
	struct ply_strbuf buf;
	size_t arr; /* start of the open array in buf */
	uint32_t arr_n;
	bool arr_null;
	bool overflow;
	uint32_t n;
	struct {
		uint32_t off;
		int32_t len; /* -1: null */
	} v[PLY_DB_ARGS_MAX];
};

#define PLY_DB_ARGS_INIT                                                                           \
	{                                                                                          \
		.buf = PLY_STRBUF_INIT                                                             \
	}

void ply_db_args_deinit(struct ply_db_args *a);
void ply_db_arg_null(struct ply_db_args *a);
void ply_db_arg_text(struct ply_db_args *a, struct ply_slice s); /* absent: null */
void ply_db_arg_bytes(struct ply_db_args *a, const void *p, size_t len);
void ply_db_arg_i32(struct ply_db_args *a, int32_t v);
void ply_db_arg_i64(struct ply_db_args *a, int64_t v);
/* timestamptz from wall clock milliseconds; 0: null. */
void ply_db_arg_time(struct ply_db_args *a, uint64_t wall_ms);

enum ply_db_type { /* element types, by their OID */
		   PLY_DB_BYTEA = 17,
		   PLY_DB_INT8 = 20,
		   PLY_DB_INT4 = 23,
		   PLY_DB_TEXT = 25,
		   PLY_DB_TIMESTAMPTZ = 1184,
};

/* An array argument: open, elements, close. */
void ply_db_arr_open(struct ply_db_args *a, enum ply_db_type type);
void ply_db_arr_null(struct ply_db_args *a);
void ply_db_arr_text(struct ply_db_args *a, struct ply_slice s); /* absent: null */
void ply_db_arr_bytes(struct ply_db_args *a, const void *p, size_t len);
void ply_db_arr_i32(struct ply_db_args *a, int32_t v);
void ply_db_arr_i64(struct ply_db_args *a, int64_t v);
void ply_db_arr_time(struct ply_db_args *a, uint64_t wall_ms); /* 0: null */
void ply_db_arr_close(struct ply_db_args *a);

/* --- answers --- */
struct ply_db_res; /* LENDS its rows for the callback */

struct ply_db_answer {
	int r;                        /* 0, PLY_DB_E_... or negative */
	const struct ply_db_res *res; /* NULL unless r is 0 */
	void (*fn)(void);             /* the three of the ask */
	void *ctx;
	void *owner;
};

/* `st`: position of the statement in its transaction, 0 for a single one. */
size_t ply_db_rows(const struct ply_db_res *res, size_t st);
size_t ply_db_affected(const struct ply_db_res *res, size_t st);
bool ply_db_is_null(const struct ply_db_res *res, size_t st, size_t row, size_t col);
/* Text or bytes; absent when null. LENDS. */
struct ply_slice ply_db_text(const struct ply_db_res *res, size_t st, size_t row, size_t col);
/* Any integer or boolean; 0 when null. */
int64_t ply_db_i64(const struct ply_db_res *res, size_t st, size_t row, size_t col);
uint32_t ply_db_u32(const struct ply_db_res *res, size_t st, size_t row, size_t col);
/* timestamptz as wall clock milliseconds; 0 when null. */
uint64_t ply_db_time(const struct ply_db_res *res, size_t st, size_t row, size_t col);

/* --- asking --- */
enum {
	PLY_DB_READ = 1,  /* changes nothing: sent again once after a lost connection */
	PLY_DB_WRITE = 2, /* an owner's write: fenced by the epoch, if one is set */
};

struct ply_db_ask {
	/* Asks with the same key are done in the order they were made; 0: in any. */
	uint64_t key;
	unsigned flags;
	/* Exactly once, never from inside the call that asked. It gets the three below back. */
	void (*done)(const struct ply_db_answer *a);
	void (*fn)(void);
	void *ctx;
	void *owner;
};

/* TAKES what args holds in every case. 0, or a negative code of db.h and `done` is never called. */
int ply_db_exec(struct ply_db *db, const struct ply_db_ask *ask, const struct ply_db_stmt *stmt,
		struct ply_db_args *args);

#endif
