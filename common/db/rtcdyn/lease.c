/* Leases of Front Ends and conferencing servers. */
#include "db/rtcdyn/lease_sql.h"
#include "db/rtcdyn/rtcdyn_internal.h"
#include "db/rtcdyn/rtcdyn_lease.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtcdyn_lease_set_ = {ply_rtcdyn_lease_stmt,
						      ARRAY_LEN(ply_rtcdyn_lease_stmt)};

/* Renewals and the end of one lease keep their order. */
static uint64_t order_key(struct ply_slice instance)
{
	return ply_hash_slice(instance) | 1u << 31;
}

static void put_done(const struct ply_db_answer *a)
{
	ply_rtcdyn_done_fn fn = (ply_rtcdyn_done_fn)a->fn;

	if (fn)
		fn(a->ctx, !a->r && !ply_db_rows(a->res, 0) ? PLY_DB_E_FENCED : a->r);
}

int ply_rtcdyn_lease_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_lease *l,
			 ply_rtcdyn_done_fn fn, void *ctx)
{
	struct ply_db_ask ask = ply_rtcdyn_ask(order_key(l->instance), fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ask.done = put_done;
	ply_db_arg_text(&a, l->kind);
	ply_db_arg_text(&a, l->instance);
	ply_db_arg_text(&a, l->fqdn);
	ply_db_arg_text(&a, l->url);
	ply_db_arg_text(&a, l->type);
	ply_db_arg_text(&a, l->data);
	ply_db_arg_i64(&a, l->epoch);
	ply_db_arg_time(&a, l->expires_ms);
	return ply_db_exec(dyn->db, &ask, &ply_rtcdyn_lease_stmt[Q_PUT], &a);
}

int ply_rtcdyn_lease_delete(struct ply_rtcdyn *dyn, struct ply_slice kind,
			    struct ply_slice instance, ply_rtcdyn_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = ply_rtcdyn_ask(order_key(instance), fn, ctx);
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, kind);
	ply_db_arg_text(&a, instance);
	return ply_db_exec(dyn->db, &ask, &ply_rtcdyn_lease_stmt[Q_DELETE], &a);
}

static void lease_row(const struct ply_db_res *res, size_t row, struct ply_rtcdyn_lease *l)
{
	*l = (struct ply_rtcdyn_lease){
		.kind = ply_db_text(res, 0, row, 0),
		.instance = ply_db_text(res, 0, row, 1),
		.fqdn = ply_db_text(res, 0, row, 2),
		.url = ply_db_text(res, 0, row, 3),
		.type = ply_db_text(res, 0, row, 4),
		.data = ply_db_text(res, 0, row, 5),
		.epoch = ply_db_i64(res, 0, row, 6),
		.expires_ms = ply_db_time(res, 0, row, 7),
	};
}

static void load_done(const struct ply_db_answer *a)
{
	ply_rtcdyn_leases_fn fn = (ply_rtcdyn_leases_fn)a->fn;
	size_t n = a->r ? 0 : ply_db_rows(a->res, 0);
	struct ply_rtcdyn_lease *l = a->r ? NULL : ply_calloc(n + 1, sizeof(*l));

	for (size_t i = 0; l && i < n; i++)
		lease_row(a->res, i, &l[i]);
	if (l)
		fn(a->ctx, 0, l, n);
	else
		fn(a->ctx, a->r ? a->r : -ENOMEM, NULL, 0);
	ply_free(l);
}

int ply_rtcdyn_lease_load_expired(struct ply_rtcdyn *dyn, struct ply_slice kind, uint64_t now_ms,
				  ply_rtcdyn_leases_fn fn, void *ctx)
{
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = load_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, kind.p ? kind : ply_slice("", 0));
	ply_db_arg_time(&a, now_ms);
	return ply_db_exec(dyn->db, &ask, &ply_rtcdyn_lease_stmt[Q_LOAD], &a);
}

int ply_rtcdyn_lease_load(struct ply_rtcdyn *dyn, struct ply_slice kind, ply_rtcdyn_leases_fn fn,
			  void *ctx)
{
	return ply_rtcdyn_lease_load_expired(dyn, kind, 0, fn, ctx);
}
