#include "db/rtcdyn/rtcdyn_internal.h"

#include "base/mem.h"

#include <errno.h>

enum { QUEUE_DEFAULT = 20000 };

int ply_rtcdyn_open(struct ply_rtcdyn **out, struct ply_loop *loop, const struct ply_db_conf *conf)
{
	const struct ply_db_stmt_set sets[] = {ply_rtcdyn_endpoint_set_, ply_rtcdyn_write_set_,
					       ply_rtcdyn_conf_set_, ply_rtcdyn_lease_set_};
	const struct ply_db_open open = {
		.name = "rtcdyn",
		.set = sets,
		.n_set = ARRAY_LEN(sets),
		.default_conns = 1,
	};
	struct ply_rtcdyn *dyn = ply_calloc(1, sizeof(*dyn));
	int r;

	if (!dyn)
		return -ENOMEM;
	dyn->loop = loop;
	dyn->queue_max = conf->queue_max ? conf->queue_max : QUEUE_DEFAULT;
	ply_rtcdyn_batch_init(dyn);
	r = ply_db_open(&dyn->db, loop, &open, conf);
	if (r) {
		ply_free(dyn);
		return r;
	}
	*out = dyn;
	return 0;
}

void ply_rtcdyn_close(struct ply_rtcdyn *dyn)
{
	if (!dyn)
		return;
	dyn->closing = true;
	ply_db_close(dyn->db);
	ply_rtcdyn_batch_deinit(dyn);
	ply_free(dyn);
}

struct ply_db *ply_rtcdyn_db(struct ply_rtcdyn *dyn)
{
	return dyn->db;
}

static void write_done(const struct ply_db_answer *a)
{
	ply_rtcdyn_done_fn fn = (ply_rtcdyn_done_fn)a->fn;

	if (fn)
		fn(a->ctx, a->r);
}

struct ply_db_ask ply_rtcdyn_ask(uint64_t key, ply_rtcdyn_done_fn fn, void *ctx)
{
	return (struct ply_db_ask){
		.key = key,
		.done = write_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
}
