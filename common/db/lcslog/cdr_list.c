/* Pages of call detail records. A view is a statement and the names of its columns. */
#include "db/lcslog/cdr_list_sql.h"
#include "db/lcslog/lcslog_internal.h"

#include "base/mem.h"

#include <errno.h>

enum { PAGE_MAX = 1000, KEY_COLUMNS = 3 };

const struct ply_db_stmt_set ply_lcslog_list_set_ = {ply_lcslog_cdr_list_stmt,
						     ARRAY_LEN(ply_lcslog_cdr_list_stmt)};

/* clang-format off */
const char *const ply_lcslog_view_name[PLY_LCSLOG_N_VIEW] = {
	"summary", "sessions", "conferences", "focus", "mcu", "messages",
};

const char *const ply_lcslog_column[PLY_LCSLOG_N_VIEW][PLY_LCSLOG_COLUMNS + 1] = {
	[PLY_LCSLOG_SUMMARY] = { "time", "kind", "from", "to", "end_time", "seconds", "users", "messages", "response",
		"end" },
	[PLY_LCSLOG_SESSIONS] = { "SessionIdTime", "SessionIdSeq", "ExternalId", "User1", "User2", "TargetUser",
		"User1EndpointId", "User2EndpointId", "User1ClientVer", "User2ClientVer", "ResponseTime",
		"ResponseCode", "SessionEndTime", "EndCause", "User1MessageCount", "User2MessageCount", "Server" },
	[PLY_LCSLOG_CONFERENCES] = { "SessionIdTime", "SessionIdSeq", "ConfInstance", "ConferenceUri", "Organizer",
		"ConferenceEndTime", "EndCause", "Server", "Pool" },
	[PLY_LCSLOG_FOCUS] = { "SessionIdTime", "SessionIdSeq", "ConferenceUri", "User", "FocusUserInstance",
		"UserRole", "UserAuthType", "ClientVer", "UserJoinTime", "UserLeaveTime" },
	[PLY_LCSLOG_MCU] = { "SessionIdTime", "SessionIdSeq", "ConferenceUri", "McuType", "McuUri", "User",
		"McuUserInstance", "UserJoinTime", "UserLeaveTime" },
	[PLY_LCSLOG_MESSAGES] = { "SessionIdTime", "SessionIdSeq", "ConferenceUri", "User", "MessageCount" },
};

static const enum ply_lcslog_cdr_list_query statement[PLY_LCSLOG_N_VIEW] = {
	[PLY_LCSLOG_SUMMARY] = Q_SUMMARY,
	[PLY_LCSLOG_SESSIONS] = Q_SESSIONS,
	[PLY_LCSLOG_CONFERENCES] = Q_CONFERENCES,
	[PLY_LCSLOG_FOCUS] = Q_FOCUS,
	[PLY_LCSLOG_MCU] = Q_MCU,
	[PLY_LCSLOG_MESSAGES] = Q_MESSAGES,
};
/* clang-format on */

/* Lives from the ask to the page. */
struct listing {
	enum ply_lcslog_view view;
	size_t limit;
	struct ply_lcslog_key next;
	ply_lcslog_page_fn fn;
	void *ctx;
};

static void give(struct listing *l, const struct ply_db_res *res)
{
	struct ply_lcslog_page page = {.view = l->view, .n = ply_db_rows(res, 0)};
	struct ply_slice(*row)[PLY_LCSLOG_COLUMNS] = ply_calloc(page.n + 1, sizeof *row);

	if (!row) {
		l->fn(l->ctx, -ENOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < page.n; i++)
		for (size_t k = 0; k < PLY_LCSLOG_COLUMNS && ply_lcslog_column[l->view][k]; k++)
			row[i][k] = ply_db_text(res, 0, i, k + KEY_COLUMNS);
	page.row = (const struct ply_slice(*)[PLY_LCSLOG_COLUMNS])row;
	page.more = page.n == l->limit;
	if (page.n) {
		l->next.time_us = ply_db_i64(res, 0, page.n - 1, 0);
		l->next.seq = ply_db_i64(res, 0, page.n - 1, 1);
		(void)ply_slice_copy(ply_db_text(res, 0, page.n - 1, 2), l->next.rest,
				     sizeof l->next.rest);
	}
	page.next = &l->next;
	l->fn(l->ctx, 0, &page);
	ply_free(row);
}

static void list_done(const struct ply_db_answer *a)
{
	struct listing *l = a->ctx;

	if (a->r)
		l->fn(l->ctx, a->r, NULL);
	else
		give(l, a->res);
	ply_free(l);
}

int ply_lcslog_list(struct ply_lcslog *log, enum ply_lcslog_view view,
		    const struct ply_lcslog_filter *filter, const struct ply_lcslog_key *after,
		    ply_lcslog_page_fn fn, void *ctx)
{
	struct listing *l = ply_calloc(1, sizeof *l);
	const struct ply_db_ask ask = {.flags = PLY_DB_READ, .done = list_done, .ctx = l};
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	int r;

	if (!l)
		return -ENOMEM;
	*l = (struct listing){
		.view = view, .limit = ply_min_size(filter->limit, PAGE_MAX), .fn = fn, .ctx = ctx};
	ply_db_arg_time(&a, filter->from_ms);
	ply_db_arg_time(&a, filter->to_ms);
	ply_db_arg_text(&a, filter->user);
	ply_db_arg_text(&a, filter->conference);
	ply_db_arg_i64(&a, after->time_us);
	ply_db_arg_i64(&a, after->seq);
	ply_db_arg_text(&a, ply_slice_str(after->rest));
	ply_db_arg_i64(&a, (int64_t)l->limit);
	r = ply_db_exec(log->db, &ask, &ply_lcslog_cdr_list_stmt[statement[view]], &a);
	if (r)
		ply_free(l);
	return r;
}
