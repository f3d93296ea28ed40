#include "tests/lib/unit.h"

#include "presence/pres.h"

static void every_outcome_has_a_status_and_an_id(void **state)
{
	(void)state;
	for (int e = 1; e < PLY_PRES_E_COUNT; e++) {
		const struct ply_pres_diag *d = ply_pres_diag(e);

		if (d->status < 400 || d->status > 499 || d->id < 2000 || !d->reason)
			fail_msg("outcome %d: %u %u", e, d->status, d->id);
	}
	assert_int_equal(ply_pres_diag(0)->id, 4000);
	assert_int_equal(ply_pres_diag(-12)->status, 500);
	assert_int_equal(ply_pres_diag(PLY_PRES_E_COUNT)->status, 500);
	assert_int_equal(ply_pres_diag(PLY_PRES_E_READ_ONLY)->id, 2003);
	assert_int_equal(ply_pres_diag(PLY_PRES_E_DUPLICATE_GROUP)->id, 2015);
}

static void addresses_lose_their_scheme(void **state)
{
	(void)state;
	assert_true(ply_slice_is(ply_pres_bare_uri(ply_slice_str("sip:a@b")), "a@b"));
	assert_true(ply_slice_is(ply_pres_bare_uri(ply_slice_str("SIPS:a@b")), "a@b"));
	assert_true(ply_slice_is(ply_pres_bare_uri(ply_slice_str("a@b")), "a@b"));
	assert_int_equal(ply_pres_bare_uri(ply_slice(NULL, 0)).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_a_status_and_an_id),
		cmocka_unit_test(addresses_lose_their_scheme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
