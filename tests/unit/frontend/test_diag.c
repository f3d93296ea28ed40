#include "tests/lib/unit.h"

#include "frontend/fe.h"

#include <string.h>

static const struct fe fe = {.fqdn = "fe.lab.example"};

static void has_a_status_and_a_plain_reason_for_every_outcome(void **state)
{
	(void)state;
	for (int why = 0; why < FE_D_N; why++) {
		struct ply_sip_reply r = fe_diag_reply(&fe, (enum fe_diag)why);

		assert_in_range(r.status, 400, 699);
		assert_non_null(r.diag_reason);
		assert_true(strlen(r.diag_reason) > 10);
		assert_null(strpbrk(r.diag_reason, "\"\r\n\\"));
		assert_true(ply_sip_reason(r.status)[0] != '\0');
		assert_string_equal(r.source, "fe.lab.example");
	}
}

static void asks_to_come_again_with_503_alone(void **state)
{
	(void)state;
	for (int why = 0; why < FE_D_N; why++) {
		struct ply_sip_reply r = fe_diag_reply(&fe, (enum fe_diag)why);

		assert_int_equal(r.retry_after > 0, r.status == 503);
	}
}

/* SIPE hangs on any other final answer to REGISTER (sipe-client.md section 1.4 has 401, 403, 404,
 * 503, 504), so what stops a sign-in for good has to be one of these. */
static void lets_sipe_know_when_a_sign_in_failed(void **state)
{
	static const enum fe_diag ends[] = {
		FE_D_AUTH_FAILED, FE_D_AUTH_SKEW, FE_D_NOT_YOU,  FE_D_USER_UNKNOWN,
		FE_D_DISABLED,    FE_D_LOCKED,    FE_D_SLOWED,   FE_D_LOOPBACK_ONLY,
		FE_D_DOMAIN,      FE_D_DATABASE,  FE_D_OVERLOAD,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		unsigned status = fe_diag_reply(&fe, ends[i]).status;

		assert_true(status == 401 || status == 403 || status == 404 || status == 503 ||
			    status == 504);
	}
}

/* A blocked person must not be told from one who meets nobody. */
static void hides_a_block_behind_offline(void **state)
{
	struct ply_sip_reply a = fe_diag_reply(&fe, FE_D_BLOCKED),
			     b = fe_diag_reply(&fe, FE_D_OFFLINE);

	(void)state;
	assert_int_equal(a.status, b.status);
	assert_int_equal(a.diag, b.diag);
	assert_int_equal(a.diag_public, b.diag_public);
	assert_string_equal(a.diag_reason, b.diag_reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_status_and_a_plain_reason_for_every_outcome),
		cmocka_unit_test(asks_to_come_again_with_503_alone),
		cmocka_unit_test(lets_sipe_know_when_a_sign_in_failed),
		cmocka_unit_test(hides_a_block_behind_offline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
