/* For common/db/rtcdyn/ only. */
#ifndef PLY_DB_RTCDYN_RTCDYN_INTERNAL_H
#define PLY_DB_RTCDYN_RTCDYN_INTERNAL_H

#include "base/hash.h"
#include "base/list.h"
#include "db/exec.h"
#include "db/rtcdyn/rtcdyn.h"
#include "db/txn.h"
#include "net/loop.h"

struct ply_rtcdyn {
	struct ply_db *db;
	struct ply_loop *loop;
	struct ply_defer flush;
	struct ply_list waiting; /* rows, in the order of their first ask */
	struct ply_hash by_key;  /* the same rows */
	uint32_t n_waiting, queue_max;
	bool under_way; /* a batch is on its way */
	bool closing;
};

extern const struct ply_db_stmt_set ply_rtcdyn_endpoint_set_, ply_rtcdyn_write_set_,
	ply_rtcdyn_conf_set_, ply_rtcdyn_lease_set_;

/* A write of the done-function kind; fn may be NULL. */
struct ply_db_ask ply_rtcdyn_ask(uint64_t key, ply_rtcdyn_done_fn fn, void *ctx);

void ply_rtcdyn_batch_init(struct ply_rtcdyn *dyn);
/* Answers what waits with -ECANCELED. */
void ply_rtcdyn_batch_deinit(struct ply_rtcdyn *dyn);

#endif
