/* Distribution groups: an administrator writes them, an invitation is expanded by them. */
#include "db/rtc/dl_sql.h"
#include "db/rtc/rtc_dl.h"
#include "db/rtc/rtc_internal.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_dl_set_ = {ply_rtc_dl_stmt, ARRAY_LEN(ply_rtc_dl_stmt)};

/* --- writing --- */

static struct ply_db_ask ask_write(struct ply_slice uri, void (*done)(const struct ply_db_answer *),
				   void (*fn)(void), void *ctx)
{
	return (struct ply_db_ask){
		.key = ply_rtc_order_key(uri),
		.done = done,
		.fn = fn,
		.ctx = ctx,
	};
}

static void add_done(const struct ply_db_answer *a)
{
	ply_rtc_done_fn fn = (ply_rtc_done_fn)a->fn;

	fn(a->ctx, !a->r && !ply_db_rows(a->res, 0) ? PLY_DB_E_EXISTS : a->r);
}

int ply_rtc_dl_add(struct ply_rtc *rtc, const struct ply_rtc_dl *g, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_write(g->uri, add_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, g->uri);
	ply_db_arg_text(&a, g->display_name);
	ply_db_arg_text(&a, g->mail);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[Q_ADD], &a);
}

int ply_rtc_dl_delete(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_write(uri, ply_rtc_found, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, uri);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[Q_DELETE], &a);
}

/* Columns: groups of that address, members changed. */
static void change_done(const struct ply_db_answer *a)
{
	ply_rtc_count_fn fn = (ply_rtc_count_fn)a->fn;

	if (a->r || !ply_db_i64(a->res, 0, 0, 0))
		fn(a->ctx, a->r ? a->r : PLY_DB_E_NONE, 0);
	else
		fn(a->ctx, 0, ply_db_i64(a->res, 0, 0, 1));
}

struct change {
	unsigned q;
	struct ply_slice uri;
	const struct ply_slice *member;
	size_t n;
};

static int change(struct ply_rtc *rtc, const struct change *c, ply_rtc_count_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_write(c->uri, change_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	if (c->n > PLY_RTC_DL_CHANGE_MAX)
		return -EMSGSIZE;
	ply_db_arg_text(&a, c->uri);
	ply_db_arr_open(&a, PLY_DB_TEXT);
	for (size_t i = 0; i < c->n; i++)
		ply_db_arr_text(&a, c->member[i]);
	ply_db_arr_close(&a);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[c->q], &a);
}

int ply_rtc_dl_member_add(struct ply_rtc *rtc, struct ply_slice uri, const struct ply_slice *member,
			  size_t n_member, ply_rtc_count_fn fn, void *ctx)
{
	return change(rtc, &(struct change){Q_MEMBER_ADD, uri, member, n_member}, fn, ctx);
}

int ply_rtc_dl_member_remove(struct ply_rtc *rtc, struct ply_slice uri,
			     const struct ply_slice *member, size_t n_member, ply_rtc_count_fn fn,
			     void *ctx)
{
	return change(rtc, &(struct change){Q_MEMBER_REMOVE, uri, member, n_member}, fn, ctx);
}

/* --- reading --- */

static struct ply_db_ask ask_read(void (*done)(const struct ply_db_answer *), void (*fn)(void),
				  void *ctx)
{
	return (struct ply_db_ask){.flags = PLY_DB_READ, .done = done, .fn = fn, .ctx = ctx};
}

/* One row more than wanted is asked for; the number comes back in a column of each row. */
static void arg_page(struct ply_db_args *a, uint32_t max, uint32_t most)
{
	ply_db_arg_i64(a, (int64_t)(max < 1 ? 1 : max > most ? most : max) + 1);
}

static bool has_more(const struct ply_db_res *res, size_t col)
{
	size_t n = ply_db_rows(res, 0);

	return n && (int64_t)n == ply_db_i64(res, 0, 0, col);
}

static void groups_done(const struct ply_db_answer *a)
{
	ply_rtc_dls_fn fn = (ply_rtc_dls_fn)a->fn;
	size_t n = a->r ? 0 : ply_db_rows(a->res, 0);
	bool more = !a->r && has_more(a->res, 4);
	struct ply_rtc_dl *g = ply_calloc(n + 1, sizeof(*g));

	if (a->r || !g) {
		fn(a->ctx, a->r ? a->r : -ENOMEM, NULL, 0, false);
		ply_free(g);
		return;
	}
	n -= more;
	for (size_t i = 0; i < n; i++)
		g[i] = (struct ply_rtc_dl){
			.uri = ply_db_text(a->res, 0, i, 0),
			.display_name = ply_db_text(a->res, 0, i, 1),
			.mail = ply_db_text(a->res, 0, i, 2),
			.n_member = (uint64_t)ply_db_i64(a->res, 0, i, 3),
		};
	fn(a->ctx, 0, g, n, more);
	ply_free(g);
}

int ply_rtc_dl_list(struct ply_rtc *rtc, struct ply_slice after, uint32_t max, ply_rtc_dls_fn fn,
		    void *ctx)
{
	const struct ply_db_ask ask = ask_read(groups_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, after.p ? after : ply_slice("", 0));
	arg_page(&a, max, PLY_RTC_DL_LIST_MAX);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[Q_LIST], &a);
}

static void load_done(const struct ply_db_answer *a)
{
	if (!a->r && !ply_db_rows(a->res, 0))
		((ply_rtc_dls_fn)a->fn)(a->ctx, PLY_DB_E_NONE, NULL, 0, false);
	else
		groups_done(a);
}

int ply_rtc_dl_load(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_dls_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_read(load_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, uri);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[Q_LOAD], &a);
}

static void members_done(const struct ply_db_answer *a)
{
	ply_rtc_dl_members_fn fn = (ply_rtc_dl_members_fn)a->fn;
	size_t n = a->r ? 0 : ply_db_rows(a->res, 0);
	bool more = !a->r && has_more(a->res, 3);
	struct ply_rtc_dl_member_row *m = ply_calloc(n + 1, sizeof(*m));

	if (a->r || !m) {
		fn(a->ctx, a->r ? a->r : -ENOMEM, NULL, 0, false);
		ply_free(m);
		return;
	}
	n -= more;
	for (size_t i = 0; i < n; i++)
		m[i] = (struct ply_rtc_dl_member_row){
			.uri = ply_db_text(a->res, 0, i, 0),
			.kind = ply_db_u32(a->res, 0, i, 1),
			.display_name = ply_db_text(a->res, 0, i, 2),
		};
	fn(a->ctx, 0, m, n, more);
	ply_free(m);
}

int ply_rtc_dl_members(struct ply_rtc *rtc, struct ply_slice uri, struct ply_slice after,
		       uint32_t max, ply_rtc_dl_members_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_read(members_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, uri);
	ply_db_arg_text(&a, after.p ? after : ply_slice("", 0));
	arg_page(&a, max, PLY_RTC_DL_LIST_MAX);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[Q_MEMBERS], &a);
}

/* A group with nobody in it is one row without an address. */
static void expand_done(const struct ply_db_answer *a)
{
	ply_rtc_dl_expand_fn fn = (ply_rtc_dl_expand_fn)a->fn;
	size_t n = a->r ? 0 : ply_db_rows(a->res, 0);
	struct ply_slice *uri = ply_calloc(n + 1, sizeof(*uri));
	int r = a->r;

	if (!r && !n)
		r = PLY_DB_E_NONE;
	else if (!r && has_more(a->res, 1))
		r = PLY_RTC_DL_E_LARGE;
	else if (!r && !uri)
		r = -ENOMEM;
	if (!r && ply_db_is_null(a->res, 0, 0, 0))
		n = 0;
	for (size_t i = 0; !r && i < n; i++)
		uri[i] = ply_db_text(a->res, 0, i, 0);
	fn(a->ctx, r, r ? NULL : uri, r ? 0 : n);
	ply_free(uri);
}

int ply_rtc_dl_expand(struct ply_rtc *rtc, struct ply_slice uri, uint32_t max,
		      ply_rtc_dl_expand_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ask_read(expand_done, (void (*)(void))fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, uri);
	arg_page(&a, max, PLY_RTC_DL_EXPAND_MAX);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_dl_stmt[Q_EXPAND], &a);
}
