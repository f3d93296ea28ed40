/* What the Focus commands, and what it is told: one roster on both sides whatever happens. */
#include "tests/lib/unit.h"

#include "tests/lib/dice.h"
#include "tests/unit/mcu-im/front.h"

static void commands_of_another_life_are_stale(void **state)
{
	struct front *f = *state;
	struct party *p = front_party(f, 0, "C1");
	struct ply_c3p_request req;

	assert_int_equal(front_add_conference(f, "C1", "i1", 5), PLY_C3P_R_NONE);
	assert_int_equal(front_add_conference(f, "C1", "i1", 4), PLY_C3P_R_STALE);
	assert_int_equal(front_add_user(f, p), PLY_C3P_R_STALE); /* epoch 1 */
	assert_int_equal(front_add_conference(f, "C1", "i1", 5), PLY_C3P_R_NONE);
	req = front_about(PLY_C3P_DELETE_USER, "C1", "sip:u0@lab.example");
	req.instance = ply_slice_str("i2");
	req.epoch = 9;
	assert_int_equal(front_command(f, &req), PLY_C3P_R_STALE);
	req = front_about(PLY_C3P_GET_CONFERENCE, "C2", NULL);
	assert_int_equal(front_command(f, &req), PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST);
	req = front_about(PLY_C3P_DELETE_CONFERENCE, "C2", NULL);
	assert_int_equal(front_command(f, &req), PLY_C3P_R_NONE);
}

static void another_instance_ends_what_was_there(void **state)
{
	struct front *f = *state;
	struct party *p;

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	p = front_join(front_party(f, 0, "C1"));
	assert_int_equal(front_add_conference(f, "C1", "i2", 2), PLY_C3P_R_NONE);
	front_wait(f, p->ended);
	assert_int_equal(ply_mcu_n_conf(f->mim->mcu), 1);
	assert_int_equal(ply_mcu_n_leg(f->mim->mcu), 0);
}

static void bad_documents_get_a_reason_and_the_connection_stays(void **state)
{
	static const struct {
		const char *why, *xml;
		enum ply_c3p_reason want;
	} cases[] = {
		{"no XML", "hello", PLY_C3P_R_REQUEST_MALFORMED},
		{"no command", "<request xmlns='urn:ietf:params:xml:ns:cccp' requestId='1'/>",
		 PLY_C3P_R_REQUEST_MALFORMED},
		{"a command nobody knows",
		 "<request xmlns='urn:ietf:params:xml:ns:cccp' requestId='1'><danceAll/></request>",
		 PLY_C3P_R_NOT_SUPPORTED},
		{"no conference named",
		 "<request xmlns='urn:ietf:params:xml:ns:cccp' "
		 "requestId='1'><deleteUser/></request>",
		 PLY_C3P_R_REQUEST_MALFORMED},
	};
	struct front *f = *state;
	char *large = ply_calloc(1, PLY_C3P_MAX_REQUEST + 10);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		front_post(f, ply_slice_str(cases[i].xml));
		front_wait(f, f->answered);
		if (f->status != 200 || f->reason != cases[i].want)
			fail_msg("%s: %d %s", cases[i].why, f->status,
				 ply_c3p_reason_name(f->reason));
	}
	memset(large, ' ', PLY_C3P_MAX_REQUEST + 9);
	front_post(f, ply_slice_str(large));
	front_wait(f, f->answered);
	assert_int_equal(f->status, 413);
	ply_free(large);
	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
}

static void who_is_not_expected_stays_outside(void **state)
{
	struct front *f = *state;
	struct party *p = front_party(f, 0, "C1"), *q = front_party(f, 1, "C1");

	front_invite(p);
	front_wait(f, p->status >= 200);
	assert_int_equal(p->status, 404);
	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	assert_int_equal(front_add_user(f, p), PLY_C3P_R_NONE);
	assert_non_null(strstr(ply_strbuf_str(&f->answer), "Mcu-Conference-Uri"));
	front_invite(q);
	front_wait(f, q->status >= 200);
	assert_int_equal(q->status, 403);
	p->no_sdp = "v=0\r\nm=audio 4000 RTP/AVP 0\r\n";
	front_invite(p);
	front_wait(f, p->status >= 200);
	assert_int_equal(p->status, 488);
	p->no_sdp = "v=0\r\nm=audio 4000 RTP/AVP 0\r\nm=message 5060 sip null\r\n";
	front_invite(p);
	front_wait(f, p->joined);
	assert_non_null(strstr(ply_strbuf_str(&p->last), "m=audio 0 RTP/AVP 0\r\nm=message "));
}

static void the_same_endpoint_anew_replaces_its_first_dialog(void **state)
{
	struct front *f = *state;
	struct party *p, *q;

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	p = front_join(front_party(f, 0, "C1"));
	q = front_party(f, 1, "C1");
	(void)snprintf(q->user, sizeof q->user, "%s", p->user);
	(void)snprintf(q->endpoint, sizeof q->endpoint, "%s", p->endpoint);
	front_join(q);
	front_wait(f, p->ended && q->joined);
	front_turns(f);
	assert_false(q->ended);
	assert_int_equal(f->mim->n_leg, 1);
	assert_int_equal(f->n_known, 1);
}

static void removed_and_ended_participants_get_a_BYE(void **state)
{
	struct front *f = *state;
	struct party *p[3];
	struct ply_c3p_request req;

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	for (unsigned i = 0; i < 3; i++)
		p[i] = front_join(front_party(f, i, "C1"));
	req = front_about(PLY_C3P_DELETE_USER, "C1", "sip:U1@lab.example");
	assert_int_equal(front_command(f, &req), PLY_C3P_R_NONE);
	front_wait(f, p[1]->ended && f->n_known == 2);
	assert_non_null(strstr(ply_strbuf_str(&p[1]->last), "text=\"Removed\""));
	req = front_about(PLY_C3P_MODIFY_CONFERENCE_LOCK, "C1", NULL);
	req.locked = req.has_locked = true;
	assert_int_equal(front_command(f, &req), PLY_C3P_R_NONE);
	front_wait(f, f->locked);
	req = front_about(PLY_C3P_DELETE_CONFERENCE, "C1", NULL);
	assert_int_equal(front_command(f, &req), PLY_C3P_R_NONE);
	front_wait(f, p[0]->ended && p[2]->ended);
	assert_int_equal(f->mim->n_leg, 0);
	assert_int_equal(ply_mcu_n_conf(f->mim->mcu), 0);
}

static void a_lost_notice_is_followed_by_everything(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	p[0] = front_join(front_party(f, 0, "C1"));
	p[1] = front_join(front_party(f, 1, "C1"));
	f->notify_status = 500;
	front_bye(p[0]);
	front_wait(f, f->n_notify == 3);
	f->notify_status = 0;
	front_wait(f, f->n_known == 1); /* again after 2 s */
	assert_non_null(front_known(f, ply_slice_str(p[1]->user)));
	p[2] = front_join(front_party(f, 2, "C1"));
	assert_int_equal(f->gaps, 0);
}

static void a_conference_its_Focus_does_not_know_is_dropped(void **state)
{
	struct front *f = *state;
	struct party *p;

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	f->notify_answer = PLY_C3P_R_STALE;
	p = front_party(f, 0, "C1");
	assert_int_equal(front_add_user(f, p), PLY_C3P_R_NONE);
	front_invite(p);
	front_wait(f, p->ended);
	assert_int_equal(ply_mcu_n_conf(f->mim->mcu), 0);
}

static void a_silent_Focus_loses_its_conference(void **state)
{
	struct front *f = *state;
	struct party *p;

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	p = front_party(f, 0, "C1");
	assert_int_equal(front_add_user(f, p), PLY_C3P_R_NONE);
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	ply_loop_advance(f->loop, 61000);
	assert_int_equal(ply_mcu_n_leg(f->mim->mcu), 0); /* never came */
	assert_int_equal(ply_mcu_n_conf(f->mim->mcu), 1);
	ply_loop_advance(f->loop, 60000);
	assert_int_equal(ply_mcu_n_conf(f->mim->mcu), 0);
}

static void it_announces_itself_and_says_when_it_drains(void **state)
{
	struct front *f = *state;

	front_wait(f, f->n_status >= 1);
	assert_false(f->last_status.draining);
	mim_drain(f->self);
	front_wait(f, f->last_status.draining);
	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_SERVER_BUSY);
}

/* --- any interleaving --- */

static unsigned n_there(const struct front *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MAX_PARTY; i++)
		n += f->party[i].joined && !f->party[i].ended;
	return n;
}

static void one_step(struct front *f, struct party *p, uint32_t *dice)
{
	struct ply_c3p_request req = front_about(PLY_C3P_DELETE_USER, "C1", p->user);

	switch (dice_below(dice, 6)) {
	case 0:
	case 1:
		if (p->joined || p->calling)
			break;
		p->answer = TAKES;
		(void)front_add_user(f, p);
		front_invite(p);
		break;
	case 2:
		if (p->joined)
			front_bye(p);
		break;
	case 3:
		(void)front_command(f, &req);
		break;
	case 4:
		if (p->joined)
			front_say(p, "x");
		break;
	default:
		p->answer = dice_below(dice, 4) ? TAKES
						: GONE; /* whoever is gone is found at a message */
	}
	for (unsigned n = dice_below(dice, 3); n; n--)
		(void)ply_loop_step(f->loop, 0);
}

static bool agree(struct front *f)
{
	if (f->n_known != n_there(f) || f->mim->n_leg != n_there(f))
		return false;
	for (unsigned i = 0; i < 8; i++)
		if (!front_known(f, ply_slice_str(f->party[i].user)) == f->party[i].joined)
			return false;
	return true;
}

static void both_sides_have_one_roster_after_any_interleaving(void **state)
{
	struct front *f = *state;
	uint32_t dice = 20071016;

	f->settings.sender_burst = f->settings.sender_rate = 10000;
	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	for (unsigned i = 0; i < 8; i++)
		(void)front_party(f, i, "C1");
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned step = 0; step < 5; step++)
			one_step(f, &f->party[dice_below(&dice, 8)], &dice);
		if (round % 10 == 9) {
			front_turns(f);
			front_wait(f, agree(f));
		}
	}
	front_wait(f, agree(f));
	assert_int_equal(f->gaps, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, front_open, front_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(commands_of_another_life_are_stale),
		T(another_instance_ends_what_was_there),
		T(bad_documents_get_a_reason_and_the_connection_stays),
		T(who_is_not_expected_stays_outside),
		T(the_same_endpoint_anew_replaces_its_first_dialog),
		T(removed_and_ended_participants_get_a_BYE),
		T(a_lost_notice_is_followed_by_everything),
		T(a_conference_its_Focus_does_not_know_is_dropped),
		T(a_silent_Focus_loses_its_conference),
		T(it_announces_itself_and_says_when_it_drains),
		T(both_sides_have_one_roster_after_any_interleaving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
