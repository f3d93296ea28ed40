/* Running conferences: dialogs of the Focus, conferencing servers. */
#include "db/rtcdyn/conf_sql.h"
#include "db/rtcdyn/rtcdyn_conf.h"
#include "db/rtcdyn/rtcdyn_internal.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtcdyn_conf_set_ = {ply_rtcdyn_conf_stmt,
						     ARRAY_LEN(ply_rtcdyn_conf_stmt)};

/* --- writing --- */

static int write_one(struct ply_rtcdyn *dyn, unsigned q, int64_t conf, struct ply_db_args *a,
		     ply_rtcdyn_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtcdyn_ask((uint64_t)conf, fn, ctx);

	return ply_db_exec(dyn->db, &ask, &ply_rtcdyn_conf_stmt[q], a);
}

int ply_rtcdyn_dialog_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_dialog *d,
			  ply_rtcdyn_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, d->conf);
	ply_db_arg_text(&a, d->uri);
	ply_db_arg_text(&a, d->endpoint);
	ply_db_arg_text(&a, d->dialog);
	ply_db_arg_i64(&a, d->notify_version);
	return write_one(dyn, Q_DIALOG_PUT, d->conf, &a, fn, ctx);
}

int ply_rtcdyn_dialog_delete(struct ply_rtcdyn *dyn, int64_t conf, struct ply_slice uri,
			     struct ply_slice endpoint, ply_rtcdyn_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, conf);
	ply_db_arg_text(&a, uri);
	ply_db_arg_text(&a, endpoint);
	return write_one(dyn, Q_DIALOG_DELETE, conf, &a, fn, ctx);
}

int ply_rtcdyn_mcu_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_mcu *m,
		       ply_rtcdyn_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, m->conf);
	ply_db_arg_text(&a, m->type);
	ply_db_arg_text(&a, m->url);
	ply_db_arg_text(&a, m->instance);
	ply_db_arg_i64(&a, m->version);
	return write_one(dyn, Q_MCU_PUT, m->conf, &a, fn, ctx);
}

int ply_rtcdyn_mcu_delete(struct ply_rtcdyn *dyn, int64_t conf, struct ply_slice type,
			  ply_rtcdyn_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, conf);
	ply_db_arg_text(&a, type);
	return write_one(dyn, Q_MCU_DELETE, conf, &a, fn, ctx);
}

int ply_rtcdyn_conf_clear(struct ply_rtcdyn *dyn, int64_t conf, ply_rtcdyn_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtcdyn_ask((uint64_t)conf, fn, ctx);
	struct ply_db_txn *t = ply_db_txn_new();

	for (unsigned q = Q_CLEAR_DIALOGS; q <= Q_CLEAR_MCUS; q++) {
		struct ply_db_args a = PLY_DB_ARGS_INIT;

		ply_db_arg_i64(&a, conf);
		ply_db_txn_add(t, &ply_rtcdyn_conf_stmt[q], &a);
	}
	return ply_db_txn_run(dyn->db, &ask, t);
}

/* --- loading --- */

static void dialog_row(const struct ply_db_res *res, size_t row, struct ply_rtcdyn_dialog *d)
{
	*d = (struct ply_rtcdyn_dialog){
		.conf = ply_db_i64(res, Q_DIALOGS, row, 0),
		.uri = ply_db_text(res, Q_DIALOGS, row, 1),
		.endpoint = ply_db_text(res, Q_DIALOGS, row, 2),
		.dialog = ply_db_text(res, Q_DIALOGS, row, 3),
		.notify_version = ply_db_u32(res, Q_DIALOGS, row, 4),
	};
}

static void mcu_row(const struct ply_db_res *res, size_t row, struct ply_rtcdyn_mcu *m)
{
	*m = (struct ply_rtcdyn_mcu){
		.conf = ply_db_i64(res, Q_MCUS, row, 0),
		.type = ply_db_text(res, Q_MCUS, row, 1),
		.url = ply_db_text(res, Q_MCUS, row, 2),
		.instance = ply_db_text(res, Q_MCUS, row, 3),
		.version = ply_db_u32(res, Q_MCUS, row, 4),
	};
}

static void give(const struct ply_db_answer *a, ply_rtcdyn_conf_fn fn)
{
	struct ply_rtcdyn_conf_rows rows = {.n_dialog = ply_db_rows(a->res, Q_DIALOGS),
					    .n_mcu = ply_db_rows(a->res, Q_MCUS)};
	struct ply_rtcdyn_dialog *d = ply_calloc(rows.n_dialog + 1, sizeof(*d));
	struct ply_rtcdyn_mcu *m = ply_calloc(rows.n_mcu + 1, sizeof(*m));

	rows.dialog = d;
	rows.mcu = m;
	if (d && m) {
		for (size_t i = 0; i < rows.n_dialog; i++)
			dialog_row(a->res, i, &d[i]);
		for (size_t i = 0; i < rows.n_mcu; i++)
			mcu_row(a->res, i, &m[i]);
		fn(a->ctx, 0, &rows);
	} else {
		fn(a->ctx, -ENOMEM, NULL);
	}
	ply_free(d);
	ply_free(m);
}

static void load_done(const struct ply_db_answer *a)
{
	ply_rtcdyn_conf_fn fn = (ply_rtcdyn_conf_fn)a->fn;

	if (a->r)
		fn(a->ctx, a->r, NULL);
	else
		give(a, fn);
}

int ply_rtcdyn_conf_load(struct ply_rtcdyn *dyn, const int64_t *conf, size_t n,
			 ply_rtcdyn_conf_fn fn, void *ctx)
{
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = load_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
	struct ply_db_txn *t;

	if (n > PLY_RTCDYN_CONF_LOAD_MAX)
		return -EMSGSIZE;
	t = ply_db_txn_new();
	for (unsigned q = Q_DIALOGS; q <= Q_MCUS; q++) {
		struct ply_db_args a = PLY_DB_ARGS_INIT;

		ply_db_arr_open(&a, PLY_DB_INT8);
		for (size_t i = 0; i < n; i++)
			ply_db_arr_i64(&a, conf[i]);
		ply_db_arr_close(&a);
		ply_db_txn_add(t, &ply_rtcdyn_conf_stmt[q], &a);
	}
	return ply_db_txn_run(dyn->db, &ask, t);
}
