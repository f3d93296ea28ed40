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

static void whoever_fails_is_named_to_the_author(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	three(f, p);
	p[1]->answer = REFUSES;
	p[2]->answer = GONE;
	front_say(p[0], "hello");
	front_wait(f, p[0]->n_reports == 1);
	assert_non_null(
		strstr(ply_strbuf_str(&p[0]->report),
		       "<recipient uri=\"&lt;sip:u1@lab.example;opaque=user:epid:g1;gruu&gt;\">"
		       "<status>415</status>"));
	assert_non_null(strstr(ply_strbuf_str(&p[0]->report), "<status>481</status>"));
	/* 481: he is out of the conference; 415 was about the message alone */
	front_wait(f, p[2]->ended && !front_known(f, ply_slice_str(p[2]->user)));
	assert_non_null(front_known(f, ply_slice_str(p[1]->user)));
}

static void without_fan_outs_each_copy_goes_alone(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	f->knows_fanout = false;
	three(f, p);
	for (unsigned i = 0; i < 3; i++) {
		front_say(p[0], "x");
		front_wait(f, p[0]->n_reports == i + 1);
	}
	assert_string_equal(ply_strbuf_str(&p[2]->got),
			    "sip:u0@lab.example>x|sip:u0@lab.example>x|sip:u0@lab.example>x|");
	assert_int_equal(f->n_message, 6);
}

static void only_the_stuck_participant_is_put_out(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	f->settings.queue_messages = 4;
	f->settings.sender_burst = f->settings.sender_rate = 1000;
	f->settings.fan_out = false;
	three(f, p);
	p[2]->answer = STUCK;
	for (unsigned i = 0; i < 5; i++) { /* one under way, four wait */
		front_say(p[0], "x");
		front_wait(f, p[0]->status == 202);
	}
	front_turns(f);
	assert_false(p[2]->ended);
	front_say(p[0], "x");
	front_wait(f, p[2]->ended && p[0]->n_reports == 6);
	assert_non_null(strstr(ply_strbuf_str(&p[2]->last), "text=\"Too slow\""));
	assert_false(p[1]->ended);
	assert_int_equal(p[1]->got.len, 6 * strlen("sip:u0@lab.example>x|"));
	front_wait(f, !front_known(f, ply_slice_str(p[2]->user)));
}

static void a_late_outcome_holds_up_nobody(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	three(f, p);
	p[2]->answer = STUCK;
	front_say(p[0], "one");
	front_wait(f, p[1]->got.len && p[2]->got.len);
	front_say(p[0], "two");
	front_wait(f, strstr(ply_strbuf_str(&p[1]->got), "two"));
	assert_null(strstr(ply_strbuf_str(&p[2]->got), "two")); /* waits for the first */
	assert_int_equal(p[0]->n_reports, 0);
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	ply_loop_advance(f->loop, 41000);
	front_wait(f, p[2]->ended && p[0]->n_reports == 2);
	assert_non_null(strstr(ply_strbuf_str(&p[0]->report), "<status>408</status>"));
	assert_false(p[1]->ended);
}

static void an_outcome_told_later_frees_the_way(void **state)
{
	struct front *f = *state;
	struct party *p[3];
	struct ply_strbuf out = PLY_STRBUF_INIT;
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;

	three(f, p);
	p[2]->answer = STUCK;
	front_say(p[0], "one");
	front_wait(f, p[2]->got.len);
	front_turns(f);
	p[2]->answer = TAKES;
	ply_sip_make_branch(ply_slice("", 0), branch);
	ply_strbuf_adds(&out, "SERVICE sip:mcu.test.example SIP/2.0\r\nVia: ");
	ply_sip_add_sent_by(ply_sip_txl_transport(f->txl), &f->hop, &out);
	ply_strbuf_addf(
		&out,
		";branch=%s\r\nMax-Forwards: 70\r\nFrom: <sip:fe>;tag=1\r\nTo: <sip:mcu>\r\n"
		"Call-ID: %s\r\nCSeq: 1 SERVICE\r\n",
		branch, f->late_call_id);
	ply_sip_write_body(&out, "application/vnd.parley.fanout-result",
			   ply_slice_str("1 200\r\n"));
	assert_int_equal(ply_sip_ctx_start(f->txl, &tx, PLY_SIP_SERVICE, branch, &f->hop,
					   ply_strbuf_slice(&out), front_on_answer, p[2]),
			 0);
	ply_strbuf_deinit(&out);
	front_wait(f, p[0]->n_reports == 1 && p[2]->status == 200);
	assert_null(strstr(ply_strbuf_str(&p[0]->report), "recipient"));
	front_say(p[0], "two");
	front_wait(f, strstr(ply_strbuf_str(&p[2]->got), "two"));
}

static void each_receiver_gets_what_it_can_show(void **state)
{
	static const char both[] = "--b\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi\r\n"
				   "--b\r\nContent-Type: text/html\r\n\r\n<b>hi</b>\r\n--b--\r\n";
	struct front *f = *state;
	struct party *p[4];

	assert_int_equal(front_add_conference(f, "C1", "i1", 1), PLY_C3P_R_NONE);
	for (unsigned i = 0; i < 4; i++) {
		p[i] = front_party(f, i, "C1");
		p[i]->legacy = i == 2;
		p[i]->accept = i == 1   ? "text/plain"
			       : i == 2 ? "text/plain"
					: "text/plain multipart/alternative";
		p[i]->no_sdp = i == 2 ? "" : NULL;
		front_join(p[i]);
	}
	front_send(p[0], "MESSAGE", "", "multipart/alternative;boundary=b", ply_slice_str(both));
	front_wait(f, p[1]->got.len && p[2]->got.len && p[3]->got.len);
	assert_string_equal(ply_strbuf_str(&p[1]->got), "sip:u0@lab.example>hi|");
	assert_string_equal(ply_strbuf_str(&p[2]->got), "sip:u0@lab.example>u0: hi|");
	assert_non_null(strstr(ply_strbuf_str(&p[3]->got), "<b>hi</b>"));
	front_send(p[0], "MESSAGE", "", "image/gif", ply_slice_str("GIF"));
	front_wait(f, p[0]->status == 202);
	front_turns(f);
	assert_null(strstr(ply_strbuf_str(&p[1]->got), "GIF"));
}

static void typing_is_told_and_never_reported(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	three(f, p);
	front_send(p[0], "MESSAGE", "", "application/im-iscomposing+xml",
		   ply_slice_str("<isComposing/>"));
	front_wait(f, p[1]->got.len && p[2]->got.len && p[0]->status);
	assert_int_equal(p[0]->status, 200);
	assert_string_equal(p[0]->message_id, "");
	assert_string_equal(ply_strbuf_str(&p[1]->got), "sip:u0@lab.example types|");
	front_send(p[0], "INFO", "", "application/xml", ply_slice_str("<KeyboardActivity/>"));
	front_wait(f, p[0]->status == 200);
	front_turns(f);
	assert_string_equal(ply_strbuf_str(&p[1]->got), "sip:u0@lab.example types|"); /* too soon */
	assert_int_equal(p[0]->n_reports, 0);
}

static void a_text_too_long_is_refused(void **state)
{
	struct front *f = *state;
	char *large = ply_calloc(1, 70000);
	struct party *p[3];

	three(f, p);
	memset(large, 'x', 66000);
	front_say(p[1], large);
	front_wait(f, p[1]->status);
	assert_int_equal(p[1]->status, 413);
	ply_free(large);
}

static void who_is_muted_is_refused_until_he_no_longer_is(void **state)
{
	struct front *f = *state;
	struct ply_c3p_request mute;
	struct ply_ci_media media = {.id = ply_slice_str("1"), .ingress = PLY_CI_BLOCK};
	struct party *p[3];

	three(f, p);
	mute = front_about(PLY_C3P_MODIFY_ENDPOINT_MEDIA, "C1", "sip:u0@lab.example");
	mute.keys.endpoint = ply_slice_str("{e0}");
	mute.endpoint.media = &media;
	mute.endpoint.n_media = 1;
	mute.has_endpoint = true;
	assert_int_equal(front_command(f, &mute), PLY_C3P_R_NONE);
	front_wait(f, front_known(f, ply_slice_str(p[0]->user))->muted);
	front_say(p[0], "x");
	front_wait(f, p[0]->status);
	assert_int_equal(p[0]->status, 403);
	media.ingress = PLY_CI_UNBLOCK;
	mute.keys.conf = ply_slice_str(front_uri("focus", "C1"));
	assert_int_equal(front_command(f, &mute), PLY_C3P_R_NONE);
	front_say(p[0], "y");
	front_wait(f, p[0]->status == 202);
}

static void who_writes_too_fast_is_refused_and_nobody_else(void **state)
{
	struct front *f = *state;
	struct party *p[3];

	three(f, p);
	f->settings.sender_burst = 1;
	for (unsigned i = 0; i < 30 && p[1]->status != 503; i++) {
		front_say(p[1], "x");
		front_wait(f, p[1]->status);
	}
	assert_int_equal(p[1]->status, 503);
	front_say(p[0], "y");
	front_wait(f, p[0]->status == 202);
}

static void all_receivers_see_one_order(void **state)
{
	struct front *f = *state;
	struct party *p[3];
	unsigned n = 0;

	f->settings.sender_burst = f->settings.sender_rate = 1000;
	three(f, p);
	p[2]->answer = TAKES;
	for (unsigned i = 0; i < 20; i++) {
		char text[8];

		(void)snprintf(text, sizeof text, "%u", i);
		front_say(p[i % 2], text);
	}
	front_wait(f, p[0]->n_reports == 10 && p[1]->n_reports == 10);
	/* u2 saw the order; what u0 and u1 saw is in it, in the same order */
	for (unsigned i = 0; i < 20; i++) {
		char one[40];
		const char *at;

		(void)snprintf(one, sizeof one, "sip:u%u@lab.example>%u|", i % 2, i);
		at = strstr(ply_strbuf_str(&p[2]->got), one);
		assert_non_null(at);
		n++;
		assert_non_null(strstr(ply_strbuf_str(&p[!(i % 2)]->got), one));
	}
	assert_int_equal(n, 20);
}

#define T(name) cmocka_unit_test_setup_teardown(name, front_open, front_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_message_reaches_everybody_else_once),
		T(whoever_fails_is_named_to_the_author),
		T(without_fan_outs_each_copy_goes_alone),
		T(only_the_stuck_participant_is_put_out),
		T(a_late_outcome_holds_up_nobody),
		T(an_outcome_told_later_frees_the_way),
		T(each_receiver_gets_what_it_can_show),
		T(typing_is_told_and_never_reported),
		T(a_text_too_long_is_refused),
		T(who_is_muted_is_refused_until_he_no_longer_is),
		T(who_writes_too_fast_is_refused_and_nobody_else),
		T(all_receivers_see_one_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
