/* A batch of call detail records as one transaction: each statement takes the records of its kinds,
 * as arrays of the columns it names. The order is that of the references between the tables. */
#include "db/lcslog/cdr_put_sql.h"
#include "db/lcslog/lcslog_internal.h"

#include <errno.h>

const struct ply_db_stmt_set ply_lcslog_put_set_ = {ply_lcslog_cdr_put_stmt,
						    ARRAY_LEN(ply_lcslog_cdr_put_stmt)};

enum {
	SESSION = BIT(PLY_CDR_IM_START) | BIT(PLY_CDR_IM_END),
	FOCUS = BIT(PLY_CDR_FOCUS_JOIN) | BIT(PLY_CDR_FOCUS_LEAVE),
	MCU = BIT(PLY_CDR_MCU_JOIN) | BIT(PLY_CDR_MCU_LEAVE),
	MESSAGES = BIT(PLY_CDR_CONF_MESSAGES),
	CLOSE = BIT(PLY_CDR_CONF_END),
	MEETING = BIT(PLY_CDR_CONF_START) | CLOSE | FOCUS | MCU | MESSAGES,
	COLUMNS_MAX = 19,
};

/* What an array of a statement holds. */
enum how { END, NUMBER, TEXT, INT, TIME, LEFT };
struct column {
	enum how how;
	unsigned of; /* enum ply_cdr_text or enum ply_cdr_value */
};

/* clang-format off */
static const struct statement {
	enum ply_lcslog_cdr_put_query query;
	uint32_t kinds;
	struct column column[COLUMNS_MAX + 1];
} statements[] = {
	{ Q_DIALOGS, SESSION, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION}, {TIME, PLY_CDR_BEGIN} } },
	{ Q_SESSIONS, SESSION, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION}, {TIME, PLY_CDR_BEGIN}, {TIME, PLY_CDR_AT},
		{TIME, PLY_CDR_SINCE}, {TEXT, PLY_CDR_USER1}, {TEXT, PLY_CDR_USER2},
		{TEXT, PLY_CDR_TARGET}, {TEXT, PLY_CDR_ENDPOINT1}, {TEXT, PLY_CDR_ENDPOINT2},
		{TEXT, PLY_CDR_CLIENT1}, {TEXT, PLY_CDR_CLIENT2}, {INT, PLY_CDR_WHERE1},
		{INT, PLY_CDR_WHERE2}, {INT, PLY_CDR_RESPONSE}, {INT, PLY_CDR_DIAG},
		{INT, PLY_CDR_MESSAGES1}, {INT, PLY_CDR_MESSAGES2}, {TEXT, PLY_CDR_CAUSE} } },
	{ Q_CONFERENCES, MEETING, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION}, {TIME, PLY_CDR_BEGIN}, {TIME, PLY_CDR_AT},
		{TEXT, PLY_CDR_URI}, {TEXT, PLY_CDR_CAUSE} } },
	{ Q_FOCUS, FOCUS, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION}, {TIME, PLY_CDR_SINCE}, {LEFT, 0},
		{TEXT, PLY_CDR_USER1}, {TEXT, PLY_CDR_ENDPOINT1}, {TEXT, PLY_CDR_CLIENT1},
		{INT, PLY_CDR_WHERE1}, {INT, PLY_CDR_ROLE} } },
	{ Q_MCU, MCU, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION}, {TIME, PLY_CDR_SINCE}, {LEFT, 0},
		{TEXT, PLY_CDR_USER1}, {TEXT, PLY_CDR_ENDPOINT1}, {TEXT, PLY_CDR_MCU} } },
	{ Q_MESSAGES, MESSAGES, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION}, {TEXT, PLY_CDR_USER1},
		{INT, PLY_CDR_MESSAGES1} } },
	{ Q_CLOSE, CLOSE, {
		{NUMBER, 0}, {TEXT, PLY_CDR_SESSION} } },
};
/* clang-format on */

static enum ply_db_type type_of(enum how how)
{
	switch (how) {
	case NUMBER:
		return PLY_DB_INT8;
	case INT:
		return PLY_DB_INT4;
	case TIME:
	case LEFT:
		return PLY_DB_TIMESTAMPTZ;
	default:
		return PLY_DB_TEXT;
	}
}

static bool is_leave(const struct ply_cdr *r)
{
	return r->kind == PLY_CDR_FOCUS_LEAVE || r->kind == PLY_CDR_MCU_LEAVE;
}

static void add_int(struct ply_db_args *a, uint64_t v)
{
	if (!v)
		ply_db_arr_null(a);
	else
		ply_db_arr_i32(a, v > INT32_MAX ? INT32_MAX : (int32_t)v);
}

static void add_value(struct ply_db_args *a, const struct column *c, const struct ply_cdr *r)
{
	switch (c->how) {
	case NUMBER:
		ply_db_arr_i64(a, (int64_t)r->number);
		break;
	case INT:
		add_int(a, r->value[c->of]);
		break;
	case TIME:
		ply_db_arr_time(a, r->value[c->of]);
		break;
	case LEFT:
		ply_db_arr_time(a, is_leave(r) ? r->value[PLY_CDR_AT] : 0);
		break;
	default:
		ply_db_arr_text(a, r->text[c->of]);
	}
}

static bool has_kind(uint32_t kinds, const struct ply_cdr *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kinds & BIT(r[i].kind))
			return true;
	return false;
}

static void add_statement(struct ply_db_txn *t, const struct statement *s, struct ply_slice feed,
			  const struct ply_cdr *r, size_t n)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	if (!has_kind(s->kinds, r, n))
		return;
	ply_db_arg_text(&a, feed);
	for (const struct column *c = s->column; c->how != END; c++) {
		ply_db_arr_open(&a, type_of(c->how));
		for (size_t i = 0; i < n; i++)
			if (s->kinds & BIT(r[i].kind))
				add_value(&a, c, &r[i]);
		ply_db_arr_close(&a);
	}
	ply_db_txn_add(t, &ply_lcslog_cdr_put_stmt[s->query], &a);
}

/* --- names that rows refer to --- */

/* "sip:o@d;gruu;opaque=app:conf:focus:id:ID" */
static struct ply_slice organizer_of(const struct ply_cdr *r)
{
	struct ply_slice uri = r->text[PLY_CDR_URI], organizer = {0};

	(void)ply_slice_split(&uri, ';', &organizer);
	return organizer;
}

static void add_users(struct ply_db_txn *t, const struct ply_cdr *r, size_t n)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arr_open(&a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++) {
		ply_db_arr_text(&a, r[i].text[PLY_CDR_USER1]);
		ply_db_arr_text(&a, r[i].text[PLY_CDR_USER2]);
		ply_db_arr_text(&a, r[i].text[PLY_CDR_TARGET]);
		ply_db_arr_text(&a, organizer_of(&r[i]));
	}
	ply_db_arr_close(&a);
	ply_db_arr_open(&a, PLY_DB_INT4);
	for (size_t i = 0; i < n; i++) {
		add_int(&a, r[i].value[PLY_CDR_AUTH1]);
		add_int(&a, r[i].value[PLY_CDR_AUTH2]);
		add_int(&a, 0);
		add_int(&a, organizer_of(&r[i]).len ? PLY_CDR_ENTERPRISE : 0);
	}
	ply_db_arr_close(&a);
	ply_db_txn_add(t, &ply_lcslog_cdr_put_stmt[Q_USERS], &a);
}

static void add_texts(struct ply_db_args *a, const struct ply_cdr *r, size_t n,
		      enum ply_cdr_text one, enum ply_cdr_text other)
{
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++) {
		ply_db_arr_text(a, r[i].text[one]);
		if (other != one)
			ply_db_arr_text(a, r[i].text[other]);
	}
	ply_db_arr_close(a);
}

static void add_names(struct ply_db_txn *t, const struct ply_cdr *r, size_t n)
{
	struct ply_db_args clients = PLY_DB_ARGS_INIT, mcus = PLY_DB_ARGS_INIT;

	add_users(t, r, n);
	if (has_kind(SESSION | FOCUS, r, n)) {
		add_texts(&clients, r, n, PLY_CDR_CLIENT1, PLY_CDR_CLIENT2);
		ply_db_txn_add(t, &ply_lcslog_cdr_put_stmt[Q_CLIENTS], &clients);
	}
	if (has_kind(MCU, r, n)) {
		add_texts(&mcus, r, n, PLY_CDR_MCU, PLY_CDR_MCU);
		add_texts(&mcus, r, n, PLY_CDR_MCU_TYPE, PLY_CDR_MCU_TYPE);
		ply_db_txn_add(t, &ply_lcslog_cdr_put_stmt[Q_MCUS], &mcus);
	}
}

/* --- the transaction --- */

static void put_done(const struct ply_db_answer *a)
{
	ply_lcslog_done_fn fn = (ply_lcslog_done_fn)a->fn;

	if (fn)
		fn(a->ctx, a->r);
}

int ply_lcslog_put(struct ply_lcslog *log, const struct ply_lcslog_feed *feed,
		   const struct ply_cdr *r, size_t n, ply_lcslog_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = {
		.key = 1, .done = put_done, .fn = (void (*)(void))fn, .ctx = ctx};
	struct ply_slice uuid = ply_slice_str(feed->uuid);
	struct ply_db_args begin = PLY_DB_ARGS_INIT, taken = PLY_DB_ARGS_INIT;
	struct ply_db_txn *t;

	if (!n || n > PLY_LCSLOG_BATCH_MAX)
		return -EMSGSIZE;
	t = ply_db_txn_new();
	ply_db_arg_text(&begin, uuid);
	ply_db_arg_text(&begin, ply_slice_str(feed->server));
	ply_db_arg_text(&begin, ply_slice_str(feed->pool));
	ply_db_txn_add(t, &ply_lcslog_cdr_put_stmt[Q_FEED], &begin);
	add_names(t, r, n);
	for (size_t i = 0; i < ARRAY_LEN(statements); i++)
		add_statement(t, &statements[i], uuid, r, n);
	ply_db_arg_text(&taken, uuid);
	ply_db_arg_i64(&taken, (int64_t)r[n - 1].number);
	ply_db_txn_add(t, &ply_lcslog_cdr_put_stmt[Q_TAKEN], &taken);
	return ply_db_txn_run(log->db, &ask, t);
}

int ply_lcslog_forget_feeds(struct ply_lcslog *log, uint64_t before_ms, ply_lcslog_done_fn fn,
			    void *ctx)
{
	const struct ply_db_ask ask = {
		.key = 1, .done = put_done, .fn = (void (*)(void))fn, .ctx = ctx};
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_time(&a, before_ms);
	return ply_db_exec(log->db, &ask, &ply_lcslog_cdr_put_stmt[Q_FORGET], &a);
}
