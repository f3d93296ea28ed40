/* Messages among participants of a conference, as a Front End sees them. */
#include "tests/unit/mcu-im/front.h"

static void three(struct front *f, struct party *p[3])
{
	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	for (unsigned i = 0; i < 3; i++)
		p[i] = front_join(front_party(f, i, "C1"));
}

static void a_message_reaches_everybody_else_once(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	three(f, p);
	front_say(p[0], "hello");
	front_wait(f, p[0]->status && p[1]->got.len && p[2]->got.len);
	assert_int_equal(p[0]->status, 202);
	assert_string_equal(p[0]->message_id, "1");
	assert_string_equal(ply_strbuf_str(&p[1]->got), "sip:u0@lab.example>hello|");
	assert_string_equal(ply_strbuf_str(&p[2]->got), "sip:u0@lab.example>hello|");
	assert_non_null(strstr(ply_strbuf_str(&p[1]->last), "msgr=WAAt"));
	front_wait(f, p[0]->n_reports == 1);
	assert_non_null(strstr(ply_strbuf_str(&p[0]->report), "<message-id>1</message-id>"));
	assert_null(strstr(ply_strbuf_str(&p[0]->report), "recipient"));
	assert_int_equal(p[0]->got.len, 0);
	assert_int_equal(f->n_service, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_reaches_everybody_else_once, front_open,
						front_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
