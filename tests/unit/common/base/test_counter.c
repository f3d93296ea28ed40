#include "tests/lib/unit.h"

#include "base/counter.h"

#include <string.h>

PLY_COUNTER_L(in_bye, "parley_b_requests_total", "method=\"BYE\"", "Requests");
PLY_COUNTER_L(in_invite, "parley_b_requests_total", "method=\"INVITE\"", "Requests");
PLY_GAUGE(users, "parley_a_users", "Signed-in users");
PLY_COUNTER(lost_here, "parley_c_lost_total", "Lost");
PLY_COUNTER(lost_there, "parley_c_lost_total", "Lost");
PLY_HIST(took, "parley_d_seconds", "Time");

static void prints_families_together_with_one_head_each(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	ply_counter_inc(&in_invite);
	ply_counter_inc(&lost_here);
	ply_counter_add(&in_bye, 2);
	ply_counter_set(&users, 7);
	ply_counter_set(&users, 5);
	ply_counter_add(&lost_there, 4);
	ply_counter_print(&out);
	assert_string_equal(ply_strbuf_str(&out), "# HELP parley_a_users Signed-in users\n"
						  "# TYPE parley_a_users gauge\n"
						  "parley_a_users 5\n"
						  "# HELP parley_b_requests_total Requests\n"
						  "# TYPE parley_b_requests_total counter\n"
						  "parley_b_requests_total{method=\"BYE\"} 2\n"
						  "parley_b_requests_total{method=\"INVITE\"} 1\n"
						  "# HELP parley_c_lost_total Lost\n"
						  "# TYPE parley_c_lost_total counter\n"
						  "parley_c_lost_total 5\n");
	assert_int_equal(ply_counter_get("parley_c_lost_total", NULL), 5);
	assert_int_equal(ply_counter_get("parley_b_requests_total", "method=\"BYE\""), 2);
	assert_int_equal(ply_counter_get("parley_never", NULL), 0);
	ply_strbuf_deinit(&out);
}

static void sorts_times_into_doubling_buckets(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	ply_hist_add(&took, 100);     /* on the edge: le is "less or equal" */
	ply_hist_add(&took, 101);     /* just over */
	ply_hist_add(&took, 2000000); /* slower than every bucket */
	ply_counter_print(&out);
	assert_non_null(strstr(out.p, "parley_d_seconds_bucket{le=\"0.0001\"} 1\n"));
	assert_non_null(strstr(out.p, "parley_d_seconds_bucket{le=\"0.0002\"} 2\n"));
	assert_non_null(strstr(out.p, "parley_d_seconds_bucket{le=\"0.8192\"} 2\n"));
	assert_non_null(strstr(out.p, "parley_d_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(out.p, "parley_d_seconds_sum 2.000201\n"));
	assert_non_null(strstr(out.p, "parley_d_seconds_count 3\n"));
	ply_strbuf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_families_together_with_one_head_each),
		cmocka_unit_test(sorts_times_into_doubling_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
