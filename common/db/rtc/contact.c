/* Contacts and groups: each change with the new deltaNum, in one transaction. */
#include "db/rtc/contact_sql.h"
#include "db/rtc/rtc_internal.h"

const struct ply_db_stmt_set ply_rtc_contact_set_ = {ply_rtc_contact_stmt,
						     ARRAY_LEN(ply_rtc_contact_stmt)};

/* The key of the ask is the user. */
static int change(struct ply_rtc *rtc, const struct ply_db_ask *ask, unsigned q,
		  struct ply_db_args *a, uint32_t delta)
{
	struct ply_db_args d = PLY_DB_ARGS_INIT;
	struct ply_db_txn *t = ply_db_txn_new();

	ply_db_arg_i64(&d, (int64_t)ask->key);
	ply_db_arg_i64(&d, delta);
	ply_db_txn_add(t, &ply_rtc_contact_stmt[q], a);
	ply_db_txn_add(t, &ply_rtc_contact_stmt[Q_DELTA], &d);
	return ply_db_txn_run(rtc->db, ask, t);
}

int ply_rtc_contact_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_contact *c,
			uint32_t delta, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arg_text(&a, c->uri);
	ply_db_arg_text(&a, c->name);
	ply_db_arg_i64(&a, (int64_t)c->groups);
	ply_db_arg_i32(&a, c->subscribed);
	ply_db_arg_text(&a, c->external_uri);
	ply_db_arg_text(&a, c->extension);
	return change(rtc, &ask, Q_PUT, &a, delta);
}

int ply_rtc_contact_delete(struct ply_rtc *rtc, int64_t user_id, struct ply_slice uri,
			   uint32_t delta, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arg_text(&a, uri);
	return change(rtc, &ask, Q_DELETE, &a, delta);
}

int ply_rtc_group_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_group *g,
		      uint32_t delta, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arg_i32(&a, (int32_t)g->id);
	ply_db_arg_text(&a, g->name);
	ply_db_arg_text(&a, g->external_uri);
	return change(rtc, &ask, Q_GROUP_PUT, &a, delta);
}

int ply_rtc_group_delete(struct ply_rtc *rtc, int64_t user_id, uint32_t id, uint32_t delta,
			 ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arg_i32(&a, (int32_t)id);
	return change(rtc, &ask, Q_GROUP_DELETE, &a, delta);
}
