/* Running conferences: who has them, who is in them. */
#include "db/rtc/conf_run_sql.h"
#include "db/rtc/rtc_internal.h"

const struct ply_db_stmt_set ply_rtc_conf_run_set_ = {ply_rtc_conf_run_stmt,
						      ARRAY_LEN(ply_rtc_conf_run_stmt)};

/* --- joining --- */

enum { ST_TAKE, ST_JOIN };

static void joined_row(const struct ply_db_res *res, struct ply_rtc_conf_joined *j)
{
	*j = (struct ply_rtc_conf_joined){
		.activated = ply_db_i64(res, ST_JOIN, 0, 1) != 0,
		.taken = ply_db_affected(res, ST_TAKE) > 0,
		.frontend = ply_db_text(res, ST_JOIN, 0, 2),
		.epoch = ply_db_i64(res, ST_JOIN, 0, 3),
		.instance = ply_db_text(res, ST_JOIN, 0, 4),
		.activated_ms = ply_db_time(res, ST_JOIN, 0, 5),
		.expires_ms = ply_db_time(res, ST_JOIN, 0, 6),
	};
}

static void join_done(const struct ply_db_answer *a)
{
	ply_rtc_conf_joined_fn fn = (ply_rtc_conf_joined_fn)a->fn;
	struct ply_rtc_conf_joined j;
	int r = a->r;

	/* It was deleted while the statement waited. */
	if (r == PLY_DB_E_REFERS || (!r && !ply_db_rows(a->res, ST_JOIN)))
		r = PLY_DB_E_NONE;
	if (r) {
		fn(a->ctx, r, NULL);
		return;
	}
	joined_row(a->res, &j);
	fn(a->ctx, ply_db_i64(a->res, ST_JOIN, 0, 0) ? 0 : PLY_RTC_CONF_E_OWNED, &j);
}

static void arg_owner(struct ply_db_args *a, int64_t id, struct ply_slice frontend, int64_t epoch)
{
	ply_db_arg_i64(a, id);
	ply_db_arg_text(a, frontend);
	ply_db_arg_i64(a, epoch);
}

static void arg_party(struct ply_db_args *a, const struct ply_rtc_conf_party *p)
{
	ply_db_arg_text(a, p->uri);
	ply_db_arg_text(a, p->endpoint);
	ply_db_arg_text(a, p->display_name);
	ply_db_arg_i32(a, (int32_t)p->auth);
	ply_db_arg_i32(a, (int32_t)p->role);
	ply_db_arg_time(a, p->joined_ms);
}

int ply_rtc_conf_join(struct ply_rtc *rtc, int64_t id, const struct ply_rtc_conf_active *active,
		      const struct ply_rtc_conf_party *party, ply_rtc_conf_joined_fn fn, void *ctx)
{
	struct ply_db_args take = PLY_DB_ARGS_INIT, join = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.key = (uint64_t)id,
		.flags = PLY_DB_WRITE,
		.done = join_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
	struct ply_db_txn *t = ply_db_txn_new();

	arg_owner(&take, id, active->frontend, active->epoch);
	arg_owner(&join, id, active->frontend, active->epoch);
	ply_db_arg_text(&join, active->instance);
	ply_db_arg_time(&join, active->activated_ms);
	ply_db_arg_time(&join, active->last_join_ms);
	ply_db_arg_time(&join, active->enterprise_left_ms);
	ply_db_arg_i32(&join, active->locked);
	arg_party(&join, party);
	ply_db_txn_add(t, &ply_rtc_conf_run_stmt[Q_TAKE_OLDER], &take);
	ply_db_txn_add(t, &ply_rtc_conf_run_stmt[Q_JOIN], &join);
	return ply_db_txn_run(rtc->db, &ask, t);
}

/* --- afterwards --- */

/* The done-function says PLY_DB_E_NONE when the statement gave no row back. */
static int change(struct ply_rtc *rtc, unsigned q, int64_t id, struct ply_db_args *a,
		  ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_ask ask = ply_rtc_ask((uint64_t)id, PLY_DB_WRITE, fn, ctx);

	if (q != Q_DEACTIVATE)
		ask.done = ply_rtc_found;
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_run_stmt[q], a);
}

/* NOLINTNEXTLINE(readability-function-size): a key of three parts, no caller has a struct */
int ply_rtc_conf_leave(struct ply_rtc *rtc, int64_t id, struct ply_slice uri,
		       struct ply_slice endpoint, uint64_t enterprise_left_ms, ply_rtc_done_fn fn,
		       void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, id);
	ply_db_arg_text(&a, uri);
	ply_db_arg_text(&a, endpoint);
	ply_db_arg_time(&a, enterprise_left_ms);
	return change(rtc, Q_LEAVE, id, &a, fn, ctx);
}

int ply_rtc_conf_role(struct ply_rtc *rtc, int64_t id, struct ply_slice uri, uint32_t role,
		      ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, id);
	ply_db_arg_text(&a, uri);
	ply_db_arg_i32(&a, (int32_t)role);
	return change(rtc, Q_ROLE, id, &a, fn, ctx);
}

int ply_rtc_conf_lock(struct ply_rtc *rtc, int64_t id, bool locked, ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, id);
	ply_db_arg_i32(&a, locked);
	return change(rtc, Q_LOCK, id, &a, fn, ctx);
}

int ply_rtc_conf_deactivate(struct ply_rtc *rtc, int64_t id, ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, id);
	return change(rtc, Q_DEACTIVATE, id, &a, fn, ctx);
}

/* --- taking over --- */

static void take_done(const struct ply_db_answer *a)
{
	ply_rtc_conf_owner_fn fn = (ply_rtc_conf_owner_fn)a->fn;

	if (a->r || !ply_db_rows(a->res, 0))
		fn(a->ctx, a->r ? a->r : PLY_DB_E_NONE, ply_slice(NULL, 0));
	else
		fn(a->ctx, ply_db_i64(a->res, 0, 0, 1) ? 0 : PLY_RTC_CONF_E_OWNED,
		   ply_db_text(a->res, 0, 0, 0));
}

int ply_rtc_conf_take(struct ply_rtc *rtc, int64_t id, struct ply_slice frontend, int64_t epoch,
		      ply_rtc_conf_owner_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.key = (uint64_t)id,
		.flags = PLY_DB_WRITE,
		.done = take_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	arg_owner(&a, id, frontend, epoch);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_run_stmt[Q_TAKE], &a);
}

/* --- for administrators --- */

static void end_done(const struct ply_db_answer *a)
{
	ply_rtc_done_fn fn = (ply_rtc_done_fn)a->fn;

	if (a->r || !ply_db_rows(a->res, 0))
		fn(a->ctx, a->r ? a->r : PLY_DB_E_NONE);
	else
		fn(a->ctx, ply_db_i64(a->res, 0, 0, 0) ? 0 : PLY_RTC_CONF_E_INACTIVE);
}

int ply_rtc_conf_end(struct ply_rtc *rtc, struct ply_slice organizer, struct ply_slice conf_id,
		     ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	struct ply_db_ask ask = ply_rtc_ask(ply_rtc_order_key(organizer), 0, fn, ctx);

	ask.done = end_done;
	ply_db_arg_text(&a, organizer);
	ply_db_arg_text(&a, conf_id);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_run_stmt[Q_END], &a);
}
