/* Loading and purging the endpoints of one Front End. */
#include "db/rtcdyn/endpoint_sql.h"
#include "db/rtcdyn/rtcdyn_internal.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtcdyn_endpoint_set_ = {ply_rtcdyn_endpoint_stmt,
							 ARRAY_LEN(ply_rtcdyn_endpoint_stmt)};

/* Lives from the ask to the last page. */
struct load {
	struct ply_rtcdyn *dyn;
	ply_rtcdyn_endpoints_fn fn;
	void *ctx;
	char *fe; /* owned */
};

static void load_free(struct load *l)
{
	ply_free(l->fe);
	ply_free(l);
}

static void endpoint_row(const struct ply_db_res *res, size_t row, struct ply_rtcdyn_endpoint *e)
{
	*e = (struct ply_rtcdyn_endpoint){
		.user_id = ply_db_i64(res, 0, row, 0),
		.key = ply_db_text(res, 0, row, 1),
		.uri = ply_db_text(res, 0, row, 2),
		.epid = ply_db_text(res, 0, row, 3),
		.instance = ply_db_text(res, 0, row, 4),
		.gruu = ply_db_text(res, 0, row, 5),
		.contact = ply_db_text(res, 0, row, 6),
		.path = ply_db_text(res, 0, row, 7),
		.user_agent = ply_db_text(res, 0, row, 8),
		.fe = ply_db_text(res, 0, row, 9),
		.call_id = ply_db_text(res, 0, row, 10),
		.data = ply_db_text(res, 0, row, 11),
		.transport = (enum ply_rtcdyn_transport)ply_db_i64(res, 0, row, 12),
		.flow = (enum ply_rtcdyn_flow)ply_db_i64(res, 0, row, 13),
		.cseq = ply_db_u32(res, 0, row, 14),
		.supported = ply_db_u32(res, 0, row, 15),
		.expires_ms = ply_db_time(res, 0, row, 16),
		.last_active_ms = ply_db_time(res, 0, row, 17),
	};
}

static int ask_page(struct load *l, int64_t user_id, struct ply_slice key);

static void give(struct load *l, const struct ply_db_res *res, size_t n)
{
	struct ply_rtcdyn_endpoint *e = ply_calloc(n + 1, sizeof(*e));
	bool more = n == PLY_RTCDYN_PAGE;
	int r = 0;

	if (!e) {
		l->fn(l->ctx, -ENOMEM, NULL, 0, false);
		load_free(l);
		return;
	}
	for (size_t i = 0; i < n; i++)
		endpoint_row(res, i, &e[i]);
	if (more)
		r = ask_page(l, e[n - 1].user_id, e[n - 1].key);
	if (r)
		l->fn(l->ctx, r, NULL, 0, false);
	else
		l->fn(l->ctx, 0, e, n, more);
	if (r || !more)
		load_free(l);
	ply_free(e);
}

static void load_done(const struct ply_db_answer *a)
{
	struct load *l = a->ctx;

	if (!a->r) {
		give(l, a->res, ply_db_rows(a->res, 0));
		return;
	}
	l->fn(l->ctx, a->r, NULL, 0, false);
	load_free(l);
}

static int ask_page(struct load *l, int64_t user_id, struct ply_slice key)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {.key = 1, .flags = PLY_DB_READ, .done = load_done, .ctx = l};

	ply_db_arg_text(&a, ply_slice_str(l->fe));
	ply_db_arg_i64(&a, user_id);
	ply_db_arg_text(&a, key);
	ply_db_arg_i64(&a, PLY_RTCDYN_PAGE);
	return ply_db_exec(l->dyn->db, &ask, &ply_rtcdyn_endpoint_stmt[Q_LOAD], &a);
}

int ply_rtcdyn_endpoint_load(struct ply_rtcdyn *dyn, struct ply_slice fe,
			     ply_rtcdyn_endpoints_fn fn, void *ctx)
{
	struct load *l = ply_calloc(1, sizeof(*l));
	int r = -ENOMEM;

	if (!l)
		return r;
	*l = (struct load){dyn, fn, ctx, ply_slice_dup(fe)};
	if (l->fe)
		r = ask_page(l, INT64_MIN, ply_slice("", 0));
	if (r)
		load_free(l);
	return r;
}

int ply_rtcdyn_endpoint_purge(struct ply_rtcdyn *dyn, struct ply_slice fe, uint64_t before_ms,
			      ply_rtcdyn_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = ply_rtcdyn_ask(1, fn, ctx);

	ply_db_arg_text(&a, fe);
	ply_db_arg_time(&a, before_ms == UINT64_MAX ? 0 : before_ms);
	return ply_db_exec(dyn->db, &ask, &ply_rtcdyn_endpoint_stmt[Q_PURGE], &a);
}
