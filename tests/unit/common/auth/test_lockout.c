#include "tests/lib/unit.h"

#include "auth/lockout.h"
#include "base/ply.h"

#include <stdio.h>

static struct ply_lockout *make(size_t cap)
{
	const struct ply_lockout_policy p = {
		.free = 3, .base_ms = 1000, .max_ms = 8000, .forget_ms = 60000, .cap = cap};
	struct ply_lockout *l = NULL;

	assert_int_equal(ply_lockout_new(&l, &p), 0);
	return l;
}

static const struct ply_slice alice = PLY_SLICE_LIT("alice"), bob = PLY_SLICE_LIT("bob");

static void doubles_the_wait_after_the_free_failures(void **state)
{
	static const uint64_t want[] = {0, 0, 0, 1000, 2000, 4000, 8000, 8000, 8000};
	struct ply_lockout *l = make(16);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(ply_lockout_fail(l, alice, 5000), want[i]);
	assert_int_equal(ply_lockout_wait(l, alice, 5000), 8000);
	assert_int_equal(ply_lockout_wait(l, alice, 12999), 1);
	assert_int_equal(ply_lockout_wait(l, alice, 13000), 0);
	assert_int_equal(ply_lockout_wait(l, bob, 5000), 0);
	assert_int_equal(ply_lockout_wait(l, ply_slice_str("ALICE"), 5000), 8000);
	ply_lockout_free(l);
}

static void forgets_after_success_and_after_quiet_time(void **state)
{
	struct ply_lockout *l = make(16);

	(void)state;
	for (int i = 0; i < 4; i++)
		ply_lockout_fail(l, alice, 0);
	assert_int_equal(ply_lockout_fail(l, alice, 59999), 2000);
	assert_int_equal(ply_lockout_fail(l, alice, 59999 + 60000), 0);
	for (int i = 0; i < 4; i++)
		ply_lockout_fail(l, bob, 0);
	ply_lockout_clear(l, bob);
	assert_int_equal(ply_lockout_wait(l, bob, 0), 0);
	assert_int_equal(ply_lockout_count(l), 1);
	ply_lockout_free(l);
}

static void stays_bounded_and_keeps_those_who_wait(void **state)
{
	struct ply_lockout *l = make(8);
	char name[16];

	(void)state;
	for (int i = 0; i < 6; i++)
		ply_lockout_fail(l, alice, 0);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof name, "user%d", i);
		ply_lockout_fail(l, ply_slice_str(name), 1);
	}
	assert_int_equal(ply_lockout_count(l), 8);
	assert_int_equal(ply_lockout_wait(l, alice, 0), 4000);
	ply_lockout_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_the_wait_after_the_free_failures),
		cmocka_unit_test(forgets_after_success_and_after_quiet_time),
		cmocka_unit_test(stays_bounded_and_keeps_those_who_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
