/* Writes of a presentity's owner: publications, containers, watchers. */
#include "db/rtc/presence_sql.h"
#include "db/rtc/rtc_internal.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_presence_set_ = {ply_rtc_presence_stmt,
						      ARRAY_LEN(ply_rtc_presence_stmt)};

enum column { CATEGORY, INSTANCE, CONTAINER, VERSION, EXPIRE, EXPIRES, PUBLISHED, BODY, N_COLUMNS };

static const enum ply_db_type column_type[N_COLUMNS] = {
	[CATEGORY] = PLY_DB_TEXT,         [INSTANCE] = PLY_DB_INT8, [CONTAINER] = PLY_DB_INT4,
	[VERSION] = PLY_DB_INT8,          [EXPIRE] = PLY_DB_INT4,   [EXPIRES] = PLY_DB_TIMESTAMPTZ,
	[PUBLISHED] = PLY_DB_TIMESTAMPTZ, [BODY] = PLY_DB_TEXT,
};

static void arr_value(struct ply_db_args *a, const struct ply_rtc_pub *p, enum column col)
{
	switch (col) {
	case CATEGORY:
		ply_db_arr_text(a, p->category);
		break;
	case INSTANCE:
		ply_db_arr_i64(a, p->instance);
		break;
	case CONTAINER:
		ply_db_arr_i32(a, (int32_t)p->container);
		break;
	case VERSION:
		ply_db_arr_i64(a, p->version);
		break;
	case EXPIRE:
		ply_db_arr_i32(a, (int32_t)p->expire);
		break;
	case EXPIRES:
		ply_db_arr_time(a, p->expires_ms);
		break;
	case PUBLISHED:
		ply_db_arr_time(a, p->published_ms);
		break;
	default:
		ply_db_arr_text(a, p->body.p ? p->body : ply_slice("", 0));
	}
}

/* The columns of the operations of one kind, each an array argument; the key is the first three. */
static void add_ops(struct ply_db_txn *t, int64_t user_id, const struct ply_rtc_pub_op *op,
		    size_t n, bool del)
{
	const enum column columns = del ? VERSION : N_COLUMNS;
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	for (enum column col = CATEGORY; col < columns; col++) {
		ply_db_arr_open(&a, column_type[col]);
		for (size_t i = 0; i < n; i++)
			if (op[i].del == del)
				arr_value(&a, &op[i].pub, col);
		ply_db_arr_close(&a);
	}
	ply_db_txn_add(t, &ply_rtc_presence_stmt[del ? Q_PUB_DELETE : Q_PUB_PUT], &a);
}

int ply_rtc_publish(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_pub_op *op, size_t n,
		    ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_txn *t = ply_db_txn_new();
	size_t deletes = 0;

	for (size_t i = 0; i < n; i++)
		deletes += op[i].del;
	if (deletes)
		add_ops(t, user_id, op, n, true);
	if (deletes < n || !n)
		add_ops(t, user_id, op, n, false);
	return ply_db_txn_run(rtc->db, &ask, t);
}

int ply_rtc_publish_user_gone(struct ply_rtc *rtc, int64_t user_id, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_presence_stmt[Q_PUB_USER_GONE], &a);
}

int ply_rtc_publication_purge(struct ply_rtc *rtc, uint64_t before_ms, ply_rtc_done_fn fn,
			      void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask(0, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_time(&a, before_ms);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_presence_stmt[Q_PUB_PURGE], &a);
}

/* --- containers --- */

static void arr_container_ids(struct ply_db_args *a, const struct ply_rtc_container *c, size_t n)
{
	ply_db_arr_open(a, PLY_DB_INT4);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_i32(a, (int32_t)c[i].id);
	ply_db_arr_close(a);
}

static void add_containers(struct ply_db_txn *t, int64_t user_id, const struct ply_rtc_container *c,
			   size_t n)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	arr_container_ids(&a, c, n);
	ply_db_arr_open(&a, PLY_DB_INT8);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_i64(&a, c[i].version);
	ply_db_arr_close(&a);
	ply_db_txn_add(t, &ply_rtc_presence_stmt[Q_CONTAINER_PUT], &a);

	ply_db_arg_i64(&a, user_id);
	arr_container_ids(&a, c, n);
	ply_db_txn_add(t, &ply_rtc_presence_stmt[Q_MEMBER_CLEAR], &a);
}

static void add_members(struct ply_db_txn *t, int64_t user_id, const struct ply_rtc_member *m,
			size_t n)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arr_open(&a, PLY_DB_INT4);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_i32(&a, (int32_t)m[i].container);
	ply_db_arr_close(&a);
	ply_db_arr_open(&a, PLY_DB_INT4);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_i32(&a, (int32_t)m[i].type);
	ply_db_arr_close(&a);
	ply_db_arr_open(&a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_text(&a, m[i].value.p ? m[i].value : ply_slice("", 0));
	ply_db_arr_close(&a);
	ply_db_txn_add(t, &ply_rtc_presence_stmt[Q_MEMBER_PUT], &a);
}

int ply_rtc_containers_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_acl *acl,
			   ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_txn *t = ply_db_txn_new();

	add_containers(t, user_id, acl->container, acl->n_container);
	if (acl->n_member)
		add_members(t, user_id, acl->member, acl->n_member);
	return ply_db_txn_run(rtc->db, &ask, t);
}

/* --- prompted watchers --- */

int ply_rtc_subscriber_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_subscriber *s,
			   size_t n, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arr_open(&a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_text(&a, s[i].watcher);
	ply_db_arr_close(&a);
	ply_db_arr_open(&a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_text(&a, s[i].display_name);
	ply_db_arr_close(&a);
	ply_db_arr_open(&a, PLY_DB_INT4);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_i32(&a, s[i].acknowledged);
	ply_db_arr_close(&a);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_presence_stmt[Q_SUBSCRIBER_PUT], &a);
}

int ply_rtc_subscriber_delete(struct ply_rtc *rtc, int64_t user_id, struct ply_slice watcher,
			      ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	ply_db_arg_text(&a, watcher);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_presence_stmt[Q_SUBSCRIBER_DELETE], &a);
}
