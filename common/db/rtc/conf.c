/* Definitions of conferences: adding, replacing, deleting, expiring. */
#include "db/rtc/conf_sql.h"
#include "db/rtc/rtc_internal.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_conf_set_ = {ply_rtc_conf_stmt, ARRAY_LEN(ply_rtc_conf_stmt)};

static struct ply_db_ask ask_of(struct ply_slice organizer,
				void (*done)(const struct ply_db_answer *), void (*fn)(void),
				void *ctx)
{
	return (struct ply_db_ask){
		.key = ply_rtc_order_key(organizer),
		.flags = PLY_DB_WRITE,
		.done = done,
		.fn = fn,
		.ctx = ctx,
	};
}

static void arg_users(struct ply_db_args *a, const struct ply_rtc_conf_lists *l)
{
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < l->n_user; i++)
		ply_db_arr_text(a, l->user[i].uri);
	ply_db_arr_close(a);
	ply_db_arr_open(a, PLY_DB_INT4);
	for (size_t i = 0; i < l->n_user; i++)
		ply_db_arr_i32(a, (int32_t)l->user[i].role);
	ply_db_arr_close(a);
}

static void arg_mcus(struct ply_db_args *a, const struct ply_rtc_conf_lists *l)
{
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < l->n_mcu; i++)
		ply_db_arr_text(a, l->mcu[i].type);
	ply_db_arr_close(a);
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < l->n_mcu; i++)
		ply_db_arr_text(a, l->mcu[i].settings);
	ply_db_arr_close(a);
}

/* The schedulable part: the arguments that add and replace begin with. */
static void arg_conf(struct ply_db_args *a, const struct ply_rtc_conf *c,
		     const struct ply_rtc_conf_lists *l)
{
	ply_db_arg_text(a, c->organizer);
	ply_db_arg_text(a, c->conf_id);
	ply_db_arg_text(a, c->subject);
	ply_db_arg_text(a, c->description);
	ply_db_arg_text(a, c->key);
	ply_db_arg_text(a, c->notification_data);
	ply_db_arg_text(a, c->organizer_data);
	ply_db_arg_i32(a, (int32_t)c->admission);
	ply_db_arg_i32(a, (int32_t)c->expiry_rule);
	ply_db_arg_time(a, c->expires_ms);
	arg_users(a, l);
	arg_mcus(a, l);
}

/* Columns: the id, the organizer's, whether the name is taken. */
static void add_done(const struct ply_db_answer *a)
{
	ply_rtc_id_fn fn = (ply_rtc_id_fn)a->fn;
	int r = a->r;

	if (!r && ply_db_is_null(a->res, 0, 0, 1))
		r = PLY_DB_E_REFERS;
	else if (!r && ply_db_is_null(a->res, 0, 0, 0))
		r = ply_db_i64(a->res, 0, 0, 2) ? PLY_DB_E_EXISTS : PLY_RTC_CONF_E_MAXIMUM;
	fn(a->ctx, r, r ? 0 : ply_db_i64(a->res, 0, 0, 0));
}

int ply_rtc_conf_add(struct ply_rtc *rtc, const struct ply_rtc_conf *conf,
		     const struct ply_rtc_conf_lists *lists, uint32_t max, ply_rtc_id_fn fn,
		     void *ctx)
{
	const struct ply_db_ask ask = ask_of(conf->organizer, add_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	arg_conf(&a, conf, lists);
	ply_db_arg_text(&a, conf->guid);
	ply_db_arg_time(&a, conf->created_ms);
	ply_db_arg_i32(&a, max > INT32_MAX ? INT32_MAX : (int32_t)max);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_stmt[Q_ADD], &a);
}

/* Columns: the version it had, the new one. */
static void replace_done(const struct ply_db_answer *a)
{
	ply_rtc_conf_version_fn fn = (ply_rtc_conf_version_fn)a->fn;

	if (a->r || !ply_db_rows(a->res, 0))
		fn(a->ctx, a->r ? a->r : PLY_DB_E_NONE, 0);
	else if (ply_db_is_null(a->res, 0, 0, 1))
		fn(a->ctx, PLY_RTC_CONF_E_STALE, ply_db_u32(a->res, 0, 0, 0));
	else
		fn(a->ctx, 0, ply_db_u32(a->res, 0, 0, 1));
}

int ply_rtc_conf_replace(struct ply_rtc *rtc, const struct ply_rtc_conf *conf,
			 const struct ply_rtc_conf_lists *lists, ply_rtc_conf_version_fn fn,
			 void *ctx)
{
	const struct ply_db_ask ask =
		ask_of(conf->organizer, replace_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	arg_conf(&a, conf, lists);
	ply_db_arg_time(&a, conf->updated_ms);
	ply_db_arg_i64(&a, conf->version);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_stmt[Q_REPLACE], &a);
}

int ply_rtc_conf_delete(struct ply_rtc *rtc, struct ply_slice organizer, struct ply_slice conf_id,
			ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_of(organizer, ply_rtc_found, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, organizer);
	ply_db_arg_text(&a, conf_id);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_stmt[Q_DELETE], &a);
}

static void expire_done(const struct ply_db_answer *a)
{
	ply_rtc_conf_gone_fn fn = (ply_rtc_conf_gone_fn)a->fn;
	size_t n = a->r ? 0 : ply_db_rows(a->res, 0);
	struct ply_rtc_conf_gone *g = ply_calloc(n + 1, sizeof(*g));

	if (a->r || !g) {
		fn(a->ctx, a->r ? a->r : -ENOMEM, NULL, 0);
		ply_free(g);
		return;
	}
	for (size_t i = 0; i < n; i++)
		g[i] = (struct ply_rtc_conf_gone){
			.id = ply_db_i64(a->res, 0, i, 0),
			.organizer = ply_db_text(a->res, 0, i, 1),
			.conf_id = ply_db_text(a->res, 0, i, 2),
			.guid = ply_db_text(a->res, 0, i, 3),
		};
	fn(a->ctx, 0, g, n);
	ply_free(g);
}

int ply_rtc_conf_expire(struct ply_rtc *rtc, uint64_t now_ms, uint32_t max, ply_rtc_conf_gone_fn fn,
			void *ctx)
{
	const struct ply_db_ask ask = {
		.flags = PLY_DB_WRITE,
		.done = expire_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_time(&a, now_ms);
	ply_db_arg_i64(&a, max);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_conf_stmt[Q_EXPIRE], &a);
}
