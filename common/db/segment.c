/* A pipeline segment: what was queued goes out with one Sync, which is one commit. When the server
 * refuses a statement of it, everything in it was rolled back, and it is sent again with a Sync
 * after each unit ("solo"). One segment is under way on a connection at a time, so the order of
 * asks is the order of commits. */
#include "db/db_internal.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>

enum { TRIES_MAX = 3 };

PLY_COUNTER(segments, "parley_db_segments_total", "Pipeline segments sent: one commit each.");
PLY_COUNTER(statements, "parley_db_statements_total", "Statements sent.");
PLY_COUNTER(again, "parley_db_segments_again_total", "Segments sent again one by one.");

static int send_args(struct conn *c, const char *name, const struct ply_db_args *a)
{
	const char *val[PLY_DB_ARGS_MAX];
	int len[PLY_DB_ARGS_MAX], fmt[PLY_DB_ARGS_MAX];

	for (uint32_t i = 0; i < a->n; i++) {
		bool null = a->v[i].len < 0;

		val[i] = null ? NULL : ply_strbuf_str(&a->buf) + a->v[i].off;
		len[i] = null ? 0 : a->v[i].len;
		fmt[i] = 1;
	}
	ply_counter_inc(&statements);
	return PQsendQueryPrepared(c->pg, name, (int)a->n, val, len, fmt, 1) ? 0 : -ECONNRESET;
}

static int send_fence(struct conn *c, int64_t epoch)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	int r;

	ply_db_arg_i64(&a, epoch);
	r = ply_strbuf_err(&a.buf);
	if (!r)
		r = send_args(c, c->db->fence->name, &a);
	ply_db_args_deinit(&a);
	return r;
}

/* *fenced: the epoch this transaction has proved already. */
static int send_unit(struct conn *c, struct ply_db_txn *t, int64_t *fenced)
{
	int r = 0;

	t->sent_fence = t->epoch && t->epoch != *fenced;
	if (t->sent_fence) {
		*fenced = t->epoch;
		r = send_fence(c, t->epoch);
	}
	for (size_t i = 0; !r && i < t->n_call; i++)
		r = send_args(c, t->call[i].stmt->name, &t->call[i].args);
	return r;
}

static struct ply_db_txn *unit_at(struct ply_list *head, struct ply_list *n)
{
	return n == head ? NULL : container_of(n, struct ply_db_txn, node);
}

static void expect_first(struct conn *c)
{
	c->cur = unit_at(&c->flight, c->flight.next);
	c->cur_pos = 0;
	c->seg_failed = false;
}

int ply_db_segment_send(struct conn *c)
{
	size_t n = 0, bytes = 0;
	int64_t fenced = 0;
	struct ply_list *first;
	int r = 0;

	while (!r && (first = ply_list_first(&c->queue))) {
		struct ply_db_txn *t = container_of(first, struct ply_db_txn, node);

		if (n && (n + t->n_call > PLY_DB_SEGMENT_MAX || bytes > PLY_DB_SEGMENT_BYTES))
			break;
		n += t->n_call;
		bytes += t->bytes;
		ply_list_del(&t->node);
		c->n_queue--;
		ply_list_push(&c->flight, &t->node);
		r = send_unit(c, t, &fenced);
	}
	c->solo = false;
	expect_first(c);
	ply_counter_inc(&segments);
	if (r || !PQpipelineSync(c->pg))
		return -ECONNRESET;
	return ply_db_conn_rearm(c);
}

static int send_solo(struct conn *c)
{
	ply_counter_inc(&again);
	c->solo = true;
	PLY_LIST_FOR(n, &c->flight) {
		struct ply_db_txn *t = container_of(n, struct ply_db_txn, node);
		int64_t fenced = 0;

		ply_db_txn_clear_results(t);
		t->err = 0;
		if (send_unit(c, t, &fenced) || !PQpipelineSync(c->pg))
			return -ECONNRESET;
	}
	expect_first(c);
	return ply_db_conn_rearm(c);
}

/* SQLSTATE to result. -ESTALE: the connection must be opened anew; -EDEADLK: worth another try. */
static int code_of(const char *state)
{
	static const struct {
		const char *prefix;
		int r;
	} codes[] = {
		{"23505", PLY_DB_E_EXISTS}, {"23503", PLY_DB_E_REFERS},
		{"PL001", PLY_DB_E_FENCED}, {"57014", -ETIMEDOUT},
		{"40P01", -EDEADLK},        {"40001", -EDEADLK},
		{"57P", -ESTALE},           {"08", -ESTALE},
		{"25006", -ESTALE},         {"26000", -ESTALE},
		{"0A000", -ESTALE},         {"XX", -EIO},
	};

	for (size_t i = 0; state && i < ARRAY_LEN(codes); i++)
		if (strncmp(state, codes[i].prefix, strlen(codes[i].prefix)) == 0)
			return codes[i].r;
	return state ? -EIO : -ESTALE;
}

static void refused(struct conn *c, struct ply_db_txn *t, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	size_t i = c->cur_pos - t->sent_fence;
	bool alone = c->solo || c->flight.next == c->flight.prev;

	t->err = code_of(state);
	if (t->err == -ESTALE)
		c->seg_dead = true;
	if (t->err < 0)
		ply_db_say(c->db, text ? text : PQresultErrorMessage(res));
	if (t->err == -EIO && alone)
		ply_error(NULL, "db.statement-failed", KS("db", c->db->name),
			  KS("statement", i < t->n_call ? t->call[i].stmt->name : "fence"),
			  KS("state", state ? state : ""), KS("err", text ? text : ""));
}

static void next_result(struct conn *c)
{
	struct ply_db_txn *t = c->cur;

	if (++c->cur_pos < t->n_call + t->sent_fence)
		return;
	c->cur_pos = 0;
	c->cur = c->solo ? NULL : unit_at(&c->flight, t->node.next);
}

static int take_row_result(struct conn *c, PGresult *res)
{
	struct ply_db_txn *t = c->cur;
	ExecStatusType st = PQresultStatus(res);

	if (!t) {
		PQclear(res);
		return -EPROTO;
	}
	if (st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK) {
		if (c->cur_pos >= t->sent_fence) {
			t->res[c->cur_pos - t->sent_fence] = res;
			res = NULL;
		}
	} else {
		c->seg_failed = true;
		if (st != PGRES_PIPELINE_ABORTED)
			refused(c, t, res);
	}
	PQclear(res);
	next_result(c);
	return c->seg_dead ? -ECONNRESET : 0;
}

static void answer(struct conn *c, struct ply_db_txn *t)
{
	int r = t->err;

	ply_list_del(&t->node);
	if (r == -EDEADLK && t->tries++ < TRIES_MAX) {
		ply_db_txn_clear_results(t);
		t->err = 0;
		ply_list_push_front(&c->queue, &t->node);
		c->n_queue++;
		return;
	}
	ply_db_txn_answer(c->db, t, r == -EDEADLK ? ply_err_origin(-EIO) : r);
}

/* The Sync of a group: it is committed, or it goes again one by one. */
static int group_done(struct conn *c)
{
	struct ply_list *first;

	if (c->seg_failed && c->flight.next != c->flight.prev)
		return send_solo(c);
	while ((first = ply_list_first(&c->flight)))
		answer(c, container_of(first, struct ply_db_txn, node));
	return 0;
}

static int take_sync(struct conn *c)
{
	struct ply_list *first = ply_list_first(&c->flight);

	if (c->cur || !first)
		return -EPROTO;
	if (!c->solo)
		return group_done(c);
	answer(c, container_of(first, struct ply_db_txn, node));
	c->cur = unit_at(&c->flight, c->flight.next);
	c->cur_pos = 0;
	return 0;
}

int ply_db_segment_read(struct conn *c)
{
	unsigned nothing = 0;
	int r = 0;

	while (!r && !ply_list_empty(&c->flight) && !PQisBusy(c->pg)) {
		PGresult *res = PQgetResult(c->pg);

		if (!res) {
			/* One ends a statement's results; two are no protocol. */
			if (nothing++)
				return -EPROTO;
			continue;
		}
		nothing = 0;
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			r = take_sync(c);
		} else {
			r = take_row_result(c, res);
		}
	}
	return r;
}
