/* What the tests of conferences in rtc share: a cluster, a loop, one open database, two organizers
 * and the last answer. */
#ifndef TESTS_UNIT_COMMON_DB_RTC_CONF_FIXTURE_H
#define TESTS_UNIT_COMMON_DB_RTC_CONF_FIXTURE_H

#include "tests/lib/unit.h"

#include "db/rtc/rtc_conf.h"
#include "tests/lib/dbrun.h"
#include "tests/lib/pg.h"

#include <stdio.h>

#define S(lit)  ply_slice_str(lit)
#define ANN     "sip:ann@lab.example"
#define BEN     "sip:ben@lab.example"
#define DAY     86400000ull
#define CREATED 1767225600000ull /* 2026-01-01 */

static struct test_pg *pg;
static struct ply_loop *loop;
static struct ply_rtc *rtc;

static int start(void **state)
{
	struct ply_db_conf conf = {0};

	(void)state;
	pg = test_pg_new();
	if (!pg || ply_loop_new(&loop) || test_pg_migrate(pg, "rtc"))
		return -1;
	conf.conninfo = test_pg_conninfo(pg, "rtc");
	return ply_rtc_open(&rtc, loop, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_rtc_close(rtc);
	ply_loop_free(loop);
	test_pg_free(pg);
	return 0;
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
static int64_t last_id;

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	n_done++;
}

static void on_id(void *ctx, int r, int64_t id)
{
	on_done(ctx, r);
	last_id = id;
}

/* Waits for the answer to an ask that gave `asked`. */
static int answer(int asked)
{
	assert_int_equal(asked, 0);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	return last_r;
}

static struct ply_rtc_conf conference(const char *organizer, const char *conf_id)
{
	return (struct ply_rtc_conf){
		.organizer = S(organizer),
		.conf_id = S(conf_id),
		.guid = S("0d6f"),
		.subject = S("Weekly"),
		.admission = PLY_RTC_OPEN_AUTHENTICATED,
		.expiry_rule = PLY_RTC_EXPIRY_FIXED,
		.expires_ms = CREATED + DAY,
		.created_ms = CREATED,
	};
}

static const struct ply_rtc_conf_lists no_lists;

static int64_t add(const char *organizer, const char *conf_id)
{
	const struct ply_rtc_conf c = conference(organizer, conf_id);

	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 0, on_id, NULL)), 0);
	return last_id;
}

/* The last conference loaded is looked at while its rows are there. */
static void (*look)(const struct ply_rtc_conf_full *c);

static void on_conf(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	assert_int_equal(r == 0, c != NULL);
	if (!r && look)
		look(c);
	on_done(ctx, r);
}

static int load(const char *organizer, const char *conf_id,
		void (*fn)(const struct ply_rtc_conf_full *c))
{
	look = fn;
	return answer(ply_rtc_conf_load(rtc, S(organizer), S(conf_id), on_conf, NULL));
}

#endif
