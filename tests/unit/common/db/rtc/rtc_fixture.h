/* What the tests of rtc share: a cluster, a loop, one open database, two users and the last answer.
 */
#ifndef TESTS_UNIT_COMMON_DB_RTC_RTC_FIXTURE_H
#define TESTS_UNIT_COMMON_DB_RTC_RTC_FIXTURE_H

#include "tests/lib/unit.h"

#include "db/rtc/rtc.h"
#include "tests/lib/dbrun.h"

#include <stdio.h>

#define S(lit) ply_slice_str(lit)
#define ANN    "sip:ann@lab.example"
#define BEN    "sip:ben@lab.example"

static struct test_pg *pg;
static struct ply_loop *loop;
static struct ply_rtc *rtc;

static int start(void **state)
{
	struct ply_db_conf conf;

	(void)state;
	return test_db_start(&pg, &loop, &conf, "rtc") || ply_rtc_open(&rtc, loop, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_rtc_close(rtc);
	return test_db_stop(pg, loop);
}

static int clean(void **state)
{
	(void)state;
	return test_pg_exec(pg, "rtc",
			    "SET lock_timeout = '5s'; SET client_min_messages = warning; "
			    "TRUNCATE resource CASCADE; INSERT INTO resource (uri) VALUES "
			    "('" ANN "'), ('" BEN "')");
}

static int n_done, last_r;

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	n_done++;
}

/* Waits for the answer to an ask that gave `asked`. */
static int answer(int asked)
{
	assert_int_equal(asked, 0);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	return last_r;
}

#endif
