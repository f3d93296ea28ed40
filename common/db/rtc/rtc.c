#include "db/rtc/rtc.h"
#include "db/notify.h"
#include "db/rtc/epoch_sql.h"
#include "db/rtc/rtc_internal.h"

#include "base/mem.h"

#include <errno.h>

enum { RTC_CONNS = 2 };

const struct ply_db_stmt_set ply_rtc_epoch_set_ = {ply_rtc_epoch_stmt,
						   ARRAY_LEN(ply_rtc_epoch_stmt)};
const struct ply_db_stmt *const ply_rtc_fence = &ply_rtc_epoch_stmt[Q_FENCE];

static void on_notify(void *ctx, struct ply_slice payload)
{
	const struct ply_rtc *rtc = ctx;

	if (rtc->change)
		rtc->change(rtc->change_ctx, payload);
}

int ply_rtc_open(struct ply_rtc **out, struct ply_loop *loop, const struct ply_db_conf *conf)
{
	const struct ply_db_stmt_set sets[] = {ply_rtc_user_set_,       ply_rtc_search_set_,
					       ply_rtc_epoch_set_,      ply_rtc_presence_set_,
					       ply_rtc_presentity_set_, ply_rtc_contact_set_,
					       ply_rtc_conf_set_,       ply_rtc_conf_load_set_,
					       ply_rtc_conf_run_set_,   ply_rtc_dl_set_};
	const struct ply_db_open open = {
		.name = "rtc",
		.set = sets,
		.n_set = ARRAY_LEN(sets),
		.fence = ply_rtc_fence,
		.default_conns = RTC_CONNS,
	};
	struct ply_rtc *rtc = ply_calloc(1, sizeof(*rtc));
	int r;

	if (!rtc)
		return -ENOMEM;
	r = ply_db_open(&rtc->db, loop, &open, conf);
	if (!r)
		r = ply_db_listen(rtc->db, "rtc_user", on_notify, rtc);
	if (!r)
		r = ply_db_listen(rtc->db, "rtc_conf", ply_rtc_conf_notify, rtc);
	if (r) {
		ply_rtc_close(rtc);
		return r;
	}
	*out = rtc;
	return 0;
}

void ply_rtc_close(struct ply_rtc *rtc)
{
	if (!rtc)
		return;
	rtc->change = NULL;
	rtc->conf_change = NULL;
	ply_db_close(rtc->db);
	ply_free(rtc);
}

struct ply_db *ply_rtc_db(struct ply_rtc *rtc)
{
	return rtc->db;
}

void ply_rtc_on_user_change(struct ply_rtc *rtc, ply_rtc_change_fn fn, void *ctx)
{
	rtc->change = fn;
	rtc->change_ctx = ctx;
}

void ply_rtc_set_epoch(struct ply_rtc *rtc, int64_t epoch)
{
	ply_db_set_epoch(rtc->db, epoch);
}

struct ply_db_ask ply_rtc_ask(uint64_t key, unsigned flags, ply_rtc_done_fn fn, void *ctx)
{
	return (struct ply_db_ask){
		.key = key,
		.flags = flags,
		.done = ply_rtc_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
}

void ply_rtc_done(const struct ply_db_answer *a)
{
	ply_rtc_done_fn fn = (ply_rtc_done_fn)a->fn;

	if (fn)
		fn(a->ctx, a->r);
}

void ply_rtc_found(const struct ply_db_answer *a)
{
	ply_rtc_done_fn fn = (ply_rtc_done_fn)a->fn;

	if (fn)
		fn(a->ctx, !a->r && !ply_db_rows(a->res, 0) ? PLY_DB_E_NONE : a->r);
}

static void epoch_done(const struct ply_db_answer *a)
{
	ply_rtc_epoch_fn fn = (ply_rtc_epoch_fn)a->fn;

	if (!a->r && !ply_db_rows(a->res, 0))
		fn(a->ctx, PLY_DB_E_NONE, 0);
	else
		fn(a->ctx, a->r, a->r ? 0 : ply_db_i64(a->res, 0, 0, 0));
}

static int ask_epoch(struct ply_rtc *rtc, unsigned q, unsigned flags, ply_rtc_epoch_fn fn,
		     void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.flags = flags,
		.done = epoch_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	return ply_db_exec(rtc->db, &ask, &ply_rtc_epoch_stmt[q], &a);
}

int ply_rtc_epoch_load(struct ply_rtc *rtc, ply_rtc_epoch_fn fn, void *ctx)
{
	return ask_epoch(rtc, Q_LOAD, PLY_DB_READ, fn, ctx);
}

int ply_rtc_epoch_raise(struct ply_rtc *rtc, ply_rtc_epoch_fn fn, void *ctx)
{
	return ask_epoch(rtc, Q_RAISE, 0, fn, ctx);
}
