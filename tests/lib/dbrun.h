/* A test with a database: the cluster and the loop, and running that until something has happened.
 */
#ifndef TESTS_LIB_DBRUN_H
#define TESTS_LIB_DBRUN_H

#include "base/clock.h"
#include "db/db.h"
#include "net/loop.h"
#include "tests/lib/pg.h"

/* Turns of the loop until `cond`; false (after 20 s) when it never became true. */
#define test_run_until(loop, cond)                                                                 \
	({                                                                                         \
		uint64_t end_ = ply_mono_ms() + 20000;                                             \
		while (!(cond) && ply_mono_ms() < end_)                                            \
			ply_loop_step((loop), 20);                                                 \
		(cond);                                                                            \
	})

/* For group set-ups: a cluster with `database`, a loop, and how to connect. 0 or -1. */
static inline int test_db_start(struct test_pg **pg, struct ply_loop **loop,
				struct ply_db_conf *conf, const char *database)
{
	*conf = (struct ply_db_conf){0};
	*pg = test_pg_new();
	if (!*pg || ply_loop_new(loop) || test_pg_migrate(*pg, database))
		return -1;
	conf->conninfo = test_pg_conninfo(*pg, database);
	return 0;
}

static inline int test_db_stop(struct test_pg *pg, struct ply_loop *loop)
{
	ply_loop_free(loop);
	test_pg_free(pg);
	return 0;
}

#endif
