/* What the tests of rtcdyn share: a cluster, a loop, one open database. */
#ifndef TESTS_UNIT_COMMON_DB_RTCDYN_RTCDYN_FIXTURE_H
#define TESTS_UNIT_COMMON_DB_RTCDYN_RTCDYN_FIXTURE_H

#include "tests/lib/unit.h"

#include "db/rtcdyn/rtcdyn.h"
#include "tests/lib/dbrun.h"

#define S(lit) ply_slice_str(lit)

static struct test_pg *pg;
static struct ply_loop *loop;
static struct ply_rtcdyn *dyn;

static int start(void **state)
{
	struct ply_db_conf conf;

	(void)state;
	return test_db_start(&pg, &loop, &conf, "rtcdyn") || ply_rtcdyn_open(&dyn, loop, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_rtcdyn_close(dyn);
	return test_db_stop(pg, loop);
}

#endif
