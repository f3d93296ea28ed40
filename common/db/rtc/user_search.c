/* Lists of users: pages of all, and the directory search. */
#include "db/rtc/rtc_internal.h"
#include "db/rtc/user_search_sql.h"

#include "base/mem.h"

#include <errno.h>

enum { LIST_MAX = 1000 };

const struct ply_db_stmt_set ply_rtc_search_set_ = {ply_rtc_user_search_stmt,
						    ARRAY_LEN(ply_rtc_user_search_stmt)};

/* One row more than wanted was asked for; the limit itself comes back in ctx of the page. */
struct page {
	void *ctx;
	uint32_t max;
};

static void page_rows(const struct ply_db_answer *a, const struct page *p, ply_rtc_users_fn fn)
{
	size_t n = ply_db_rows(a->res, 0);
	bool more = n > p->max;
	struct ply_rtc_user *u;

	n = more ? p->max : n;
	u = ply_calloc(n + 1, sizeof(*u));
	if (!u) {
		fn(p->ctx, -ENOMEM, NULL, 0, false);
		return;
	}
	for (size_t i = 0; i < n; i++)
		ply_rtc_user_row(a->res, 0, i, &u[i]);
	fn(p->ctx, 0, u, n, more);
	ply_free(u);
}

static void page_done(const struct ply_db_answer *a)
{
	ply_rtc_users_fn fn = (ply_rtc_users_fn)a->fn;
	struct page *p = a->ctx;

	if (a->r)
		fn(p->ctx, a->r, NULL, 0, false);
	else
		page_rows(a, p, fn);
	ply_free(p);
}

static int ask_page(struct ply_rtc *rtc, unsigned q, struct ply_db_args *a, uint32_t max,
		    ply_rtc_users_fn fn, void *ctx)
{
	struct page *p = ply_calloc(1, sizeof(*p));
	struct ply_db_ask ask = {.flags = PLY_DB_READ, .done = page_done, .fn = (void (*)(void))fn};
	int r;

	if (!p) {
		ply_db_args_deinit(a);
		return -ENOMEM;
	}
	*p = (struct page){ctx, max};
	ask.ctx = p;
	r = ply_db_exec(rtc->db, &ask, &ply_rtc_user_search_stmt[q], a);
	if (r)
		ply_free(p);
	return r;
}

static uint32_t in_range(uint32_t max)
{
	return max < 1 ? 1 : max > LIST_MAX ? LIST_MAX : max;
}

int ply_rtc_user_list(struct ply_rtc *rtc, struct ply_slice after, uint32_t max,
		      ply_rtc_users_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	max = in_range(max);
	ply_db_arg_text(&a, after.p ? after : ply_slice("", 0));
	ply_db_arg_i64(&a, (int64_t)max + 1);
	return ask_page(rtc, Q_LIST, &a, max, fn, ctx);
}

/* A prefix as a LIKE pattern; absent or empty: any. */
static void arg_prefix(struct ply_db_args *a, struct ply_strbuf *tmp, struct ply_slice s)
{
	if (!s.len) {
		ply_db_arg_null(a);
		return;
	}
	ply_strbuf_reset(tmp);
	for (size_t i = 0; i < s.len; i++) {
		if (strchr("\\%_", s.p[i]) && s.p[i])
			ply_strbuf_addc(tmp, '\\');
		ply_strbuf_addc(tmp, s.p[i]);
	}
	ply_strbuf_addc(tmp, '%');
	ply_db_arg_text(a, ply_strbuf_slice(tmp));
}

int ply_rtc_user_search(struct ply_rtc *rtc, const struct ply_rtc_search *s, ply_rtc_users_fn fn,
			void *ctx)
{
	const struct ply_slice by[] = {s->given_name, s->sn,      s->mail,
				       s->company,    s->country, s->uri};
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	struct ply_strbuf tmp = PLY_STRBUF_INIT;
	uint32_t max = in_range(s->max);
	int err;

	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		arg_prefix(&a, &tmp, by[i]);
	err = ply_strbuf_err(&tmp);
	ply_strbuf_deinit(&tmp);
	if (err) {
		ply_db_args_deinit(&a);
		return err;
	}
	ply_db_arg_i64(&a, (int64_t)max + 1);
	return ask_page(rtc, Q_SEARCH, &a, max, fn, ctx);
}
