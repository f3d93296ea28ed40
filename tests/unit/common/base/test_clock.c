#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/limit.h"

#include <errno.h>
#include <string.h>

static void writes_times_as_the_formats_want(void **state)
{
	char t[PLY_TIME_MAX];

	(void)state;
	assert_string_equal(ply_time_iso(1767605400120, t), "2026-01-05T09:30:00.120Z");
	assert_string_equal(ply_time_iso(0, t), "1970-01-01T00:00:00.000Z");
	assert_string_equal(ply_time_sip(1767605400120, t), "Mon, 05 Jan 2026 09:30:00 GMT");
	assert_string_equal(ply_time_sip(951782399000, t), "Mon, 28 Feb 2000 23:59:59 GMT");
	assert_string_equal(ply_time_sip(951782400000, t), "Tue, 29 Feb 2000 00:00:00 GMT");
}

static void stands_still_while_held(void **state)
{
	(void)state;
	ply_clock_hold(1000, 5000);
	assert_int_equal(ply_mono_ms(), 1000);
	ply_clock_advance(250);
	assert_int_equal(ply_mono_ms(), 1250);
	assert_int_equal(ply_wall_ms(), 5250);
	ply_clock_release();
	assert_true(ply_wall_ms() > 1700000000000);
}

static void a_bucket_lets_through_its_burst_and_then_its_rate(void **state)
{
	struct ply_bucket b;
	unsigned n = 0;

	(void)state;
	ply_bucket_init(&b, 10, 3, 1000);
	for (unsigned i = 0; i < 5; i++)
		n += ply_bucket_take(&b, 1000);
	assert_int_equal(n, 3);
	assert_false(ply_bucket_take(&b, 1099));
	assert_true(ply_bucket_take(&b, 1100)); /* a tenth of a second: one token */
	assert_false(ply_bucket_take(&b, 1100));
	for (unsigned i = n = 0; i < 5; i++) /* a long rest gives no more than the burst */
		n += ply_bucket_take(&b, 1000000);
	assert_int_equal(n, 3);
}

static void codes_keep_their_sign_and_their_place(void **state)
{
	(void)state;
	assert_int_equal(ply_err_fold(0), 0);
	assert_int_equal(ply_err_fold(-EIO), -EIO);
	assert_int_equal(ply_err_fold(3), -ENOTRECOVERABLE);
	assert_non_null(strstr(ply_err_where(), "test_clock.c:"));
	assert_int_equal(ply_err_origin(-ENOENT), -ENOENT);
	assert_string_equal(ply_err_text(-ENOENT), "No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_times_as_the_formats_want),
		cmocka_unit_test(stands_still_while_held),
		cmocka_unit_test(a_bucket_lets_through_its_burst_and_then_its_rate),
		cmocka_unit_test(codes_keep_their_sign_and_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
