#include "tests/lib/unit.h"

#include "db/lcslog/lcslog.h"
#include "db/rtcconfig/rtcconfig.h"
#include "tests/lib/dbrun.h"
#include "tests/lib/pg.h"

static struct test_pg *pg;
static struct ply_loop *loop;
static struct ply_rtcconfig *cfg;

#define S(lit) ply_slice_str(lit)

static int start(void **state)
{
	struct ply_db_conf conf = {0};

	(void)state;
	pg = test_pg_new();
	if (!pg || ply_loop_new(&loop) || test_pg_migrate(pg, "rtcconfig") ||
	    test_pg_migrate(pg, "lcslog"))
		return -1;
	conf.conninfo = test_pg_conninfo(pg, "rtcconfig");
	return ply_rtcconfig_open(&cfg, loop, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_rtcconfig_close(cfg);
	ply_loop_free(loop);
	test_pg_free(pg);
	return 0;
}

static int n_done, last_r, n_changes;
static size_t n_rows;
static char value[64], changed_level[64], changed_class[64];

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	n_done++;
}

static void on_list(void *ctx, int r, const struct ply_rtcconfig_setting *s, size_t n)
{
	on_done(ctx, r);
	n_rows = n;
	if (n)
		ply_slice_copy(s[n - 1].value, value, sizeof(value));
	if (n)
		assert_true(s[0].mtime_ms > 1700000000000);
}

static void on_change(void *ctx, struct ply_slice level, struct ply_slice class_)
{
	(void)ctx;
	n_changes++;
	ply_slice_copy(level, changed_level, sizeof(changed_level));
	ply_slice_copy(class_, changed_class, sizeof(changed_class));
}

static int answer(int asked)
{
	assert_int_equal(asked, 0);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	return last_r;
}

static void settings_are_set_read_listed_deleted_and_told(void **state)
{
	struct ply_rtcconfig_setting s = {.level = S("global"),
					  .class_ = S("MSFT_SIPRoutingSetting"),
					  .property = S("MaxEndpoints"),
					  .value = S("8")};

	(void)state;
	ply_rtcconfig_on_change(cfg, on_change, NULL);
	assert_int_equal(answer(ply_rtcconfig_get(cfg, &s, on_list, NULL)), PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtcconfig_set(cfg, &s, on_done, NULL)), 0);
	assert_true(test_run_until(loop, n_changes == 1));
	assert_string_equal(changed_level, "global");
	assert_string_equal(changed_class, "MSFT_SIPRoutingSetting");
	s.value = S("16");
	assert_int_equal(answer(ply_rtcconfig_set(cfg, &s, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtcconfig_get(cfg, &s, on_list, NULL)), 0);
	assert_string_equal(value, "16");
	s.level = S("pool:pool.lab.example");
	assert_int_equal(answer(ply_rtcconfig_set(cfg, &s, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtcconfig_list(cfg, S(""), S(""), on_list, NULL)), 0);
	assert_int_equal(n_rows, 2);
	assert_int_equal(answer(ply_rtcconfig_list(cfg, S("global"), S(""), on_list, NULL)), 0);
	assert_int_equal(n_rows, 1);
	assert_int_equal(answer(ply_rtcconfig_list(cfg, S(""), S("Other"), on_list, NULL)), 0);
	assert_int_equal(n_rows, 0);
	s.value = ply_slice(NULL, 0);
	assert_int_equal(answer(ply_rtcconfig_set(cfg, &s, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtcconfig_get(cfg, &s, on_list, NULL)), PLY_DB_E_NONE);
	assert_true(test_run_until(loop, n_changes == 4));
}

static bool lcslog_up;

static void on_state(void *ctx, bool up)
{
	(void)ctx;
	lcslog_up = up;
}

static void lcslog_opens(void **state)
{
	const struct ply_db_conf conf = {.conninfo = test_pg_conninfo(pg, "lcslog")};
	struct ply_lcslog *log;
	struct ply_db_state st;

	(void)state;
	assert_int_equal(ply_lcslog_open(&log, loop, &conf), 0);
	ply_db_on_state(ply_lcslog_db(log), on_state, NULL);
	assert_true(test_run_until(loop, lcslog_up));
	ply_db_state(ply_lcslog_db(log), &st);
	assert_string_equal(st.name, "lcslog");
	assert_true(st.up && st.last_ok_ms);
	ply_lcslog_close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_set_read_listed_deleted_and_told),
		cmocka_unit_test(lcslog_opens),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
