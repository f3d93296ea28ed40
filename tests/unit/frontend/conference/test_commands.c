/* "Who may issue what": every command with every role, about oneself and about others. */
#include "tests/lib/unit.h"

#include "frontend/conference/focus.h"

/* clang-format off */
static const struct {
	enum ply_c3p_cmd cmd;
	bool known;
	bool presenter_self, presenter_other, attendee_self, attendee_other;
} rows[] = {
	/*					known	presenter	attendee: self, other */
	{ PLY_C3P_OTHER,			false,	0, 0,		0, 0 },
	{ PLY_C3P_ADD_CONFERENCE,		false,	0, 0,		0, 0 },
	{ PLY_C3P_MODIFY_CONFERENCE,		true,	1, 1,		0, 0 },
	{ PLY_C3P_DELETE_CONFERENCE,		true,	1, 1,		1, 1 }, /* an attendee leaves */
	{ PLY_C3P_GET_CONFERENCE,		true,	1, 1,		1, 1 },
	{ PLY_C3P_GET_CONFERENCES,		false,	0, 0,		0, 0 },
	{ PLY_C3P_GET_MCU_TYPES,		false,	0, 0,		0, 0 },
	{ PLY_C3P_GET_CAPABILITIES,		false,	0, 0,		0, 0 },
	{ PLY_C3P_GET_ENCRYPTION_KEY,		false,	0, 0,		0, 0 },
	{ PLY_C3P_ADD_USER,			true,	1, 1,		1, 1 }, /* dial-out: by run() */
	{ PLY_C3P_DELETE_USER,			true,	1, 1,		1, 0 },
	{ PLY_C3P_MODIFY_USER,			true,	1, 0,		1, 0 },
	{ PLY_C3P_MODIFY_USER_ROLES,		true,	1, 1,		0, 0 },
	{ PLY_C3P_MODIFY_CONFERENCE_LOCK,	true,	1, 1,		0, 0 },
	{ PLY_C3P_MODIFY_ENDPOINT,		false,	0, 0,		0, 0 },
	{ PLY_C3P_MODIFY_ENDPOINT_MEDIA,	true,	1, 1,		1, 0 },
	{ PLY_C3P_ENDORSE_USER,			false,	0, 0,		0, 0 },
	{ PLY_C3P_MCU_STATUS,			false,	0, 0,		0, 0 }, /* never from clients */
	{ PLY_C3P_NOTIFY,			false,	0, 0,		0, 0 },
};
/* clang-format on */

static void every_command_has_its_row(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(rows), PLY_C3P_N_CMD);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct fe_c3p_cmd *cmd = fe_c3p_find(rows[i].cmd);

		assert_int_equal(rows[i].cmd, i);
		if ((cmd != NULL) != rows[i].known)
			fail_msg("%s", ply_c3p_cmd_name(rows[i].cmd));
		assert_true(!cmd || (cmd->cmd == rows[i].cmd && cmd->run));
	}
}

static void may_be_issued_by_those_who_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct fe_c3p_cmd *cmd = fe_c3p_find(rows[i].cmd);

		if (!cmd)
			continue;
		if (fe_c3p_may(cmd->who, PLY_CI_PRESENTER, true) != rows[i].presenter_self ||
		    fe_c3p_may(cmd->who, PLY_CI_PRESENTER, false) != rows[i].presenter_other ||
		    fe_c3p_may(cmd->who, PLY_CI_ATTENDEE, true) != rows[i].attendee_self ||
		    fe_c3p_may(cmd->who, PLY_CI_ATTENDEE, false) != rows[i].attendee_other)
			fail_msg("%s", ply_c3p_cmd_name(rows[i].cmd));
		/* Who has no role has no right but those of everybody. */
		assert_int_equal(fe_c3p_may(cmd->who, PLY_CI_ROLE_NONE, false),
				 rows[i].attendee_other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_has_its_row),
		cmocka_unit_test(may_be_issued_by_those_who_may),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
