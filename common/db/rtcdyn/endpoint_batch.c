/* Writes of endpoints, gathered: what comes in one turn, or while a batch is under way, makes the
 * next batch: one upsert and one delete over arrays, one commit. A later write of the same endpoint
 * replaces one that still waits; whoever asked for either is answered by the commit of the last. */
#include "db/rtcdyn/endpoint_write_sql.h"
#include "db/rtcdyn/rtcdyn_internal.h"

#include "base/mem.h"

#include <errno.h>

enum { BATCH_MAX = 256, TEXTS = 11 };

struct waiter {
	struct waiter *next;
	ply_rtcdyn_done_fn fn;
	void *ctx;
};

/* One endpoint's latest state. Texts follow in one allocation. */
struct row {
	struct ply_list node;
	struct ply_hnode hnode;
	struct ply_rtcdyn_endpoint e;
	bool del;
	struct waiter *first, *last;
	char *text; /* owned */
};

struct batch {
	struct ply_rtcdyn *dyn;
	struct ply_list rows;
};

/* The text columns in the order of the statement, key first. */
static const size_t text_field[TEXTS] = {
	offsetof(struct ply_rtcdyn_endpoint, key),
	offsetof(struct ply_rtcdyn_endpoint, uri),
	offsetof(struct ply_rtcdyn_endpoint, epid),
	offsetof(struct ply_rtcdyn_endpoint, instance),
	offsetof(struct ply_rtcdyn_endpoint, gruu),
	offsetof(struct ply_rtcdyn_endpoint, contact),
	offsetof(struct ply_rtcdyn_endpoint, path),
	offsetof(struct ply_rtcdyn_endpoint, user_agent),
	offsetof(struct ply_rtcdyn_endpoint, fe),
	offsetof(struct ply_rtcdyn_endpoint, call_id),
	offsetof(struct ply_rtcdyn_endpoint, data),
};

const struct ply_db_stmt_set ply_rtcdyn_write_set_ = {ply_rtcdyn_endpoint_write_stmt,
						      ARRAY_LEN(ply_rtcdyn_endpoint_write_stmt)};

static struct ply_slice *text_of(struct ply_rtcdyn_endpoint *e, size_t i)
{
	return (struct ply_slice *)(void *)((char *)e + text_field[i]);
}

static uint64_t hash_of(int64_t user_id, struct ply_slice key)
{
	return ply_hash_slice(key) ^ (uint64_t)user_id * 0x9e3779b97f4a7c15u;
}

static struct row *find(const struct ply_rtcdyn *dyn, int64_t user_id, struct ply_slice key)
{
	struct ply_hnode *n = ply_hash_first(&dyn->by_key, hash_of(user_id, key));

	for (; n; n = ply_hash_next(n)) {
		struct row *row = container_of(n, struct row, hnode);

		if (row->e.user_id == user_id && ply_slice_eq(row->e.key, key))
			return row;
	}
	return NULL;
}

/* Takes e's values and copies its texts. 0 or -ENOMEM, and then the row is as before. */
static int fill(struct row *row, const struct ply_rtcdyn_endpoint *e)
{
	struct ply_rtcdyn_endpoint copy = *e;
	size_t len = 0;
	char *text, *p;

	for (size_t i = 0; i < TEXTS; i++)
		len += text_of(&copy, i)->len;
	text = p = ply_calloc(1, len + 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < TEXTS; i++) {
		struct ply_slice *s = text_of(&copy, i);

		if (!s->p)
			continue;
		memcpy(p, s->p, s->len);
		s->p = p;
		p += s->len;
	}
	ply_free(row->text);
	row->text = text;
	row->e = copy;
	return 0;
}

static void row_free(struct row *row)
{
	for (struct waiter *w = row->first, *next; w; w = next) {
		next = w->next;
		ply_free(w);
	}
	ply_free(row->text);
	ply_free(row);
}

static int add_waiter(struct row *row, ply_rtcdyn_done_fn fn, void *ctx)
{
	struct waiter *w;

	if (!fn)
		return 0;
	w = ply_calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct waiter){NULL, fn, ctx};
	if (row->last)
		row->last->next = w;
	else
		row->first = w;
	row->last = w;
	return 0;
}

static void row_answer(struct row *row, int r)
{
	for (const struct waiter *w = row->first; w; w = w->next)
		w->fn(w->ctx, r);
	row_free(row);
}

static void rows_answer(struct ply_list *rows, int r)
{
	struct ply_list *n;

	while ((n = ply_list_first(rows))) {
		ply_list_del(n);
		row_answer(container_of(n, struct row, node), r);
	}
}

/* --- a batch --- */

/* Columns of the upsert in its order; between user and transport come the texts. */
enum column {
	USER,
	TEXT,
	TRANSPORT = TEXT + TEXTS,
	FLOW,
	CSEQ,
	SUPPORTED,
	EXPIRES,
	ACTIVE,
	N_COLUMNS
};

static enum ply_db_type type_of(enum column col)
{
	switch (col) {
	case USER:
	case CSEQ:
	case SUPPORTED:
		return PLY_DB_INT8;
	case TRANSPORT:
	case FLOW:
		return PLY_DB_INT4;
	case EXPIRES:
	case ACTIVE:
		return PLY_DB_TIMESTAMPTZ;
	default:
		return PLY_DB_TEXT;
	}
}

static void arr_value(struct ply_db_args *a, struct ply_rtcdyn_endpoint *e, enum column col)
{
	switch (col) {
	case USER:
		ply_db_arr_i64(a, e->user_id);
		break;
	case TRANSPORT:
		ply_db_arr_i32(a, (int32_t)e->transport);
		break;
	case FLOW:
		ply_db_arr_i32(a, (int32_t)e->flow);
		break;
	case CSEQ:
		ply_db_arr_i64(a, e->cseq);
		break;
	case SUPPORTED:
		ply_db_arr_i64(a, e->supported);
		break;
	case EXPIRES:
		ply_db_arr_time(a, e->expires_ms);
		break;
	case ACTIVE:
		ply_db_arr_time(a, e->last_active_ms);
		break;
	default:
		ply_db_arr_text(a, *text_of(e, (size_t)(col - TEXT)));
	}
}

/* The rows of one kind, each column an array argument; a delete needs user and key. */
static void add_rows(struct ply_db_txn *t, struct batch *b, bool del)
{
	const enum column columns = del ? TEXT + 1 : N_COLUMNS;
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	for (enum column col = USER; col < columns; col++) {
		ply_db_arr_open(&a, type_of(col));
		PLY_LIST_FOR(n, &b->rows) {
			struct row *row = container_of(n, struct row, node);

			if (row->del == del)
				arr_value(&a, &row->e, col);
		}
		ply_db_arr_close(&a);
	}
	ply_db_txn_add(t, &ply_rtcdyn_endpoint_write_stmt[del ? Q_DELETE : Q_PUT], &a);
}

static void send_next(void *ctx);

static void wake(struct ply_rtcdyn *dyn)
{
	if (!dyn->under_way && !dyn->closing && dyn->n_waiting)
		ply_defer_start(dyn->loop, &dyn->flush, send_next, dyn);
}

static int run(struct batch *b, void (*done)(const struct ply_db_answer *a));

/* A row the server does not take fails its batch; each then goes alone, so that it fails only
 * itself. */
static void split(struct batch *b);

static void batch_done(const struct ply_db_answer *a)
{
	struct batch *b = a->ctx;
	struct ply_rtcdyn *dyn = b->dyn;

	dyn->under_way = false;
	if ((a->r == -EIO || a->r > 0) && b->rows.next != b->rows.prev)
		split(b);
	else
		rows_answer(&b->rows, a->r);
	ply_free(b);
	wake(dyn);
}

static void single_done(const struct ply_db_answer *a)
{
	struct batch *b = a->ctx;

	rows_answer(&b->rows, a->r);
	ply_free(b);
}

static void split(struct batch *b)
{
	struct ply_list *n;

	while ((n = ply_list_first(&b->rows))) {
		struct batch *one = ply_calloc(1, sizeof(*one));
		int r = -ENOMEM;

		ply_list_del(n);
		if (one) {
			one->dyn = b->dyn;
			ply_list_init(&one->rows);
			ply_list_push(&one->rows, n);
			r = run(one, single_done);
			if (r)
				ply_list_del(n);
		}
		if (r) {
			row_answer(container_of(n, struct row, node), r);
			ply_free(one);
		}
	}
}

static int run(struct batch *b, void (*done)(const struct ply_db_answer *a))
{
	const struct ply_db_ask ask = {.key = 1, .done = done, .ctx = b};
	struct ply_db_txn *t = ply_db_txn_new();
	size_t puts = 0, deletes = 0;

	PLY_LIST_FOR(n, &b->rows) {
		bool del = container_of(n, struct row, node)->del;

		deletes += del;
		puts += !del;
	}
	if (puts)
		add_rows(t, b, false);
	if (deletes)
		add_rows(t, b, true);
	return ply_db_txn_run(b->dyn->db, &ask, t);
}

static void send_next(void *ctx)
{
	struct ply_rtcdyn *dyn = ctx;
	struct batch *b;
	struct ply_list *n;
	int r;

	if (dyn->under_way || !dyn->n_waiting)
		return;
	b = ply_calloc(1, sizeof(*b));
	if (!b) {
		wake(dyn);
		return;
	}
	b->dyn = dyn;
	ply_list_init(&b->rows);
	for (size_t i = 0; i < BATCH_MAX && (n = ply_list_first(&dyn->waiting)); i++) {
		ply_list_del(n);
		ply_hash_del(&dyn->by_key, &container_of(n, struct row, node)->hnode);
		dyn->n_waiting--;
		ply_list_push(&b->rows, n);
	}
	dyn->under_way = true;
	r = run(b, batch_done);
	if (!r)
		return;
	dyn->under_way = false;
	rows_answer(&b->rows, r);
	ply_free(b);
	wake(dyn);
}

/* --- asking --- */

static int new_row(struct ply_rtcdyn *dyn, struct row **out, const struct ply_rtcdyn_endpoint *e)
{
	struct row *row;
	int r;

	if (dyn->n_waiting >= dyn->queue_max)
		return -ENOBUFS;
	row = ply_calloc(1, sizeof(*row));
	if (!row)
		return -ENOMEM;
	r = fill(row, e);
	if (!r)
		r = ply_hash_add(&dyn->by_key, &row->hnode, hash_of(e->user_id, e->key));
	if (r) {
		row_free(row);
		return r;
	}
	ply_list_push(&dyn->waiting, &row->node);
	dyn->n_waiting++;
	*out = row;
	return 0;
}

static int ask(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_endpoint *e, bool del,
	       ply_rtcdyn_done_fn fn, void *ctx)
{
	struct row *row = find(dyn, e->user_id, e->key);
	struct row *made = NULL;
	int r;

	if (!ply_db_is_there(dyn->db))
		return -ENOTCONN;
	r = row ? fill(row, e) : new_row(dyn, &made, e);
	if (r)
		return r;
	row = row ? row : made;
	r = add_waiter(row, fn, ctx);
	if (r && made) {
		ply_hash_del(&dyn->by_key, &made->hnode);
		ply_list_del(&made->node);
		dyn->n_waiting--;
		row_free(made);
	}
	if (r)
		return r;
	row->del = del;
	wake(dyn);
	return 0;
}

int ply_rtcdyn_endpoint_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_endpoint *e,
			    ply_rtcdyn_done_fn fn, void *ctx)
{
	return ask(dyn, e, false, fn, ctx);
}

int ply_rtcdyn_endpoint_delete(struct ply_rtcdyn *dyn, int64_t user_id, struct ply_slice key,
			       ply_rtcdyn_done_fn fn, void *ctx)
{
	const struct ply_rtcdyn_endpoint e = {.user_id = user_id, .key = key};

	return ask(dyn, &e, true, fn, ctx);
}

void ply_rtcdyn_batch_init(struct ply_rtcdyn *dyn)
{
	ply_list_init(&dyn->waiting);
	ply_hash_init(&dyn->by_key);
}

void ply_rtcdyn_batch_deinit(struct ply_rtcdyn *dyn)
{
	ply_defer_stop(&dyn->flush);
	rows_answer(&dyn->waiting, -ECANCELED);
	ply_hash_deinit(&dyn->by_key);
}
