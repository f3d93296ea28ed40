#include "db/db_internal.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>

PLY_HIST(query_time, "parley_db_query_seconds", "From the ask to the answer, waiting included.");
PLY_COUNTER(failed, "parley_db_failed_total",
	    "Statements and transactions answered with an error.");
PLY_COUNTER(refused, "parley_db_refused_total", "Asks refused: queue full or database away.");

struct ply_db_txn *ply_db_txn_new(void)
{
	struct ply_db_txn *t = ply_calloc(1, sizeof(*t));

	if (t)
		ply_list_init(&t->node);
	return t;
}

static void txn_free(struct ply_db_txn *t)
{
	ply_db_txn_clear_results(t);
	for (size_t i = 0; i < t->n_call; i++)
		ply_db_args_deinit(&t->call[i].args);
	ply_free(t->call);
	ply_free(t->res);
	ply_free(t);
}

void ply_db_txn_clear_results(struct ply_db_txn *t)
{
	for (size_t i = 0; t->res && i < t->n_call; i++) {
		PQclear(t->res[i]);
		t->res[i] = NULL;
	}
}

void ply_db_txn_add(struct ply_db_txn *t, const struct ply_db_stmt *stmt, struct ply_db_args *args)
{
	struct call *call = NULL;

	if (!t)
		goto drop;
	if (args->overflow || t->n_call == PLY_DB_TXN_MAX ||
	    t->bytes + args->buf.len > PLY_DB_UNIT_BYTES)
		t->err = -EMSGSIZE;
	else if (ply_strbuf_err(&args->buf))
		t->err = -ENOMEM;
	if (t->err)
		goto drop;
	call = ply_realloc(t->call, (t->n_call + 1) * sizeof(*call));
	if (!call) {
		t->err = -ENOMEM;
		goto drop;
	}
	t->call = call;
	t->call[t->n_call++] = (struct call){stmt, *args};
	t->bytes += args->buf.len;
	*args = (struct ply_db_args)PLY_DB_ARGS_INIT;
	return;
drop:
	ply_db_args_deinit(args);
}

/* Its own connection for a key, so that the order stays; the idlest otherwise. */
static struct conn *conn_for(struct ply_db *db, uint64_t key)
{
	struct conn *best = &db->conn[0];

	if (key)
		return &db->conn[key % db->n_conn];
	for (size_t i = 1; i < db->n_conn; i++) {
		struct conn *c = &db->conn[i];

		if ((c->state == CONN_READY) > (best->state == CONN_READY) ||
		    ((c->state == CONN_READY) == (best->state == CONN_READY) &&
		     c->n_queue < best->n_queue))
			best = c;
	}
	return best;
}

static int admit(const struct ply_db *db, const struct conn *c, const struct ply_db_txn *t)
{
	if (t->err)
		return t->err;
	if (c->failed)
		return -ENOTCONN;
	if (db->n_pending + t->n_call > db->queue_max)
		return -ENOBUFS;
	return 0;
}

int ply_db_txn_run(struct ply_db *db, const struct ply_db_ask *ask, struct ply_db_txn *t)
{
	struct conn *c = conn_for(db, ask->key);
	int r = -ENOMEM;

	if (!t)
		return r;
	r = admit(db, c, t);
	if (!r && t->n_call) {
		t->res = ply_calloc(t->n_call, sizeof(PGresult *));
		r = t->res ? 0 : -ENOMEM;
	} else if (!r) {
		r = -EINVAL;
	}
	if (r) {
		ply_counter_inc(&refused);
		txn_free(t);
		return r;
	}
	t->ask = *ask;
	t->epoch = ask->flags & PLY_DB_WRITE && db->fence ? db->epoch : 0;
	t->born_us = ply_mono_us();
	t->deadline = ply_mono_ms() + db->deadline_ms;
	db->n_pending += (uint32_t)t->n_call;
	ply_db_conn_ask(c, t);
	return 0;
}

int ply_db_exec(struct ply_db *db, const struct ply_db_ask *ask, const struct ply_db_stmt *stmt,
		struct ply_db_args *args)
{
	struct ply_db_txn *t = ply_db_txn_new();

	ply_db_txn_add(t, stmt, args);
	return ply_db_txn_run(db, ask, t);
}

void ply_db_txn_answer(struct ply_db *db, struct ply_db_txn *t, int r)
{
	const struct ply_db_res res = {t->res, t->n_call};
	const struct ply_db_answer a = {
		.r = r,
		.res = r ? NULL : &res,
		.fn = t->ask.fn,
		.ctx = t->ask.ctx,
		.owner = t->ask.owner,
	};

	db->n_pending -= (uint32_t)t->n_call;
	ply_hist_add(&query_time, ply_mono_us() - t->born_us);
	if (r)
		ply_counter_inc(&failed);
	else
		db->last_ok_ms = ply_wall_ms();
	t->ask.done(&a);
	txn_free(t);
}
