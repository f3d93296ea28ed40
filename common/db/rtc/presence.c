/* Writes of a presentity's owner: publications, containers, watchers. */
#include "db/rtc/presence_sql.h"
#include "db/rtc/rtc_internal.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_presence_set_ = {ply_rtc_presence_stmt,
						      ARRAY_LEN(ply_rtc_presence_stmt)};

/* One array argument over the operations of one kind. */
#define ARR(a, type, ops, n, deleted, add)                                                         \
	do {                                                                                       \
		ply_db_arr_open((a), (type));                                                      \
		for (size_t i_ = 0; i_ < (n); i_++) {                                              \
			const struct ply_rtc_pub *p = &(ops)[i_].pub;                              \
			if ((ops)[i_].del == (deleted))                                            \
				add;                                                               \
		}                                                                                  \
		ply_db_arr_close(a);                                                               \
	} while (0)

static void arr_keys(struct ply_db_args *a, const struct ply_rtc_pub_op *op, size_t n, bool del)
{
	ARR(a, PLY_DB_TEXT, op, n, del, ply_db_arr_text(a, p->category));
	ARR(a, PLY_DB_INT8, op, n, del, ply_db_arr_i64(a, p->instance));
	ARR(a, PLY_DB_INT4, op, n, del, ply_db_arr_i32(a, (int32_t)p->container));
}

static void add_puts(struct ply_db_txn *t, int64_t user_id, const struct ply_rtc_pub_op *op,
		     size_t n)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	arr_keys(&a, op, n, false);
	ARR(&a, PLY_DB_INT8, op, n, false, ply_db_arr_i64(&a, p->version));
	ARR(&a, PLY_DB_INT4, op, n, false, ply_db_arr_i32(&a, (int32_t)p->expire));
	ARR(&a, PLY_DB_TIMESTAMPTZ, op, n, false, ply_db_arr_time(&a, p->expires_ms));
	ARR(&a, PLY_DB_TIMESTAMPTZ, op, n, false, ply_db_arr_time(&a, p->published_ms));
	ARR(&a, PLY_DB_TEXT, op, n, false,
	    ply_db_arr_text(&a, p->body.p ? p->body : ply_slice("", 0)));
	ply_db_txn_add(t, &ply_rtc_presence_stmt[Q_PUB_PUT], &a);
}

static void add_deletes(struct ply_db_txn *t, int64_t user_id, const struct ply_rtc_pub_op *op,
			size_t n)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_i64(&a, user_id);
	arr_keys(&a, op, n, true);
	ply_db_txn_add(t, &ply_rtc_presence_stmt[Q_PUB_DELETE], &a);
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
		add_deletes(t, user_id, op, n);
	if (deletes < n || !n)
		add_puts(t, user_id, op, n);
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

int ply_rtc_containers_set(struct ply_rtc *rtc, int64_t user_id,
			   const struct ply_rtc_container *container, size_t n_container,
			   const struct ply_rtc_member *member, size_t n_member, ply_rtc_done_fn fn,
			   void *ctx)
{
	const struct ply_db_ask ask = ply_rtc_ask((uint64_t)user_id, PLY_DB_WRITE, fn, ctx);
	struct ply_db_txn *t = ply_db_txn_new();

	add_containers(t, user_id, container, n_container);
	if (n_member)
		add_members(t, user_id, member, n_member);
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
