/* A meeting and its conferencing server, over a wire that the test holds in its hands. */
#include "tests/lib/unit.h"

#include "base/mem.h"
#include "frontend/conference/mcu.h"
#include "net/loop.h"

/* --- the wire: what was sent, to be answered by the test --- */

enum { MAX_SENT = 32 };
static struct sent {
	struct fe_mcu *to;
	char *body;
	ply_c3p_peer_fn *fn;
	void *ctx;
	bool done;
} sent[MAX_SENT];
static unsigned n_sent;
static bool wire_down;

static int wire_open(struct fe_mcu *s)
{
	(void)s;
	return 0;
}

static void wire_close(struct fe_mcu *s)
{
	for (unsigned i = 0; i < n_sent; i++)
		if (sent[i].to == s)
			sent[i].done = true;
}

static int wire_post(struct fe_mcu *s, const struct ply_c3p_post *post, ply_c3p_peer_fn *fn,
		     void *ctx)
{
	if (wire_down || n_sent == MAX_SENT)
		return -1;
	sent[n_sent++] = (struct sent){s, ply_slice_dup(post->body), fn, ctx, false};
	return 0;
}

static const struct fe_mcu_wire wire = {wire_open, wire_close, wire_post};

/* --- the meeting --- */

static struct fe fe;
static struct fe_conf conf;
static struct fe_meetings meetings;
static struct fe_focus *focus;
static unsigned n_told;
static enum ply_c3p_reason told;
static struct fe_enlist *told_enlist;

static int setup(void **state)
{
	/* nobody there: the settings are the defaults */
	const struct ply_db_conf nowhere = {.conninfo = "host=127.0.0.1 port=1 dbname=none"};
	struct ply_c3p_uri uri;

	(void)state;
	ply_clock_hold(1000, 1700000000000);
	fe = (struct fe){.conf = &conf, .fqdn = "fe.example", .pool = "fe.example"};
	meetings = (struct fe_meetings){.fe = &fe, .epoch = 7};
	fe.meetings = &meetings;
	ply_hash_init(&meetings.focuses);
	n_sent = n_told = 0;
	wire_down = false;
	if (ply_loop_new(&fe.loop) || ply_rtcconfig_open(&fe.rtcconfig, fe.loop, &nowhere) ||
	    fe_policies_new(&meetings) || fe_mcu_factory_new(&meetings) ||
	    ply_c3p_uri_parse(&uri,
			      ply_slice_str("sip:o@x.example;gruu;opaque=app:conf:focus:id:ID1")) ||
	    fe_focus_new(&meetings, &uri, &focus))
		return -1;
	meetings.factory->wire = &wire;
	focus->state = FE_FOCUS_ACTIVE;
	(void)snprintf(focus->instance, sizeof focus->instance, "inst-1");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	focus->state = FE_FOCUS_ENDING; /* it was not counted */
	fe_focus_free(focus);
	fe_mcu_factory_free(&meetings);
	ply_rtcconfig_close(fe.rtcconfig);
	fe_policies_free(&meetings);
	ply_hash_deinit(&meetings.focuses);
	for (unsigned i = 0; i < n_sent; i++)
		ply_free(sent[i].body);
	ply_loop_free(fe.loop);
	ply_clock_release();
	return 0;
}

static void beat(const char *name, const char *instance)
{
	char fqdn[64], url[96], sip[96];
	struct ply_c3p_mcu_status st = {
		.type = PLY_SLICE_LIT("chat"),
		.instance = ply_slice_str(instance),
		.address = PLY_SLICE_LIT("192.0.2.7"),
		.max_endpoints = 1000,
	};

	(void)snprintf(fqdn, sizeof fqdn, "%s.example", name);
	(void)snprintf(url, sizeof url, "https://%s/c3p", fqdn);
	(void)snprintf(sip, sizeof sip, "sip:%s", fqdn);
	st.fqdn = ply_slice_str(fqdn);
	st.url = ply_slice_str(url);
	st.sip = ply_slice_str(sip);
	assert_int_equal(fe_mcu_heard(meetings.factory, fqdn, &st), PLY_C3P_R_NONE);
}

static void on_enlisted(void *ctx, enum ply_c3p_reason r, struct fe_enlist *e)
{
	(void)ctx;
	n_told++;
	told = r;
	told_enlist = e;
}

static void on_sent(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *last)
{
	(void)ctx, (void)last;
	n_told++;
	told = r;
}

static void turn(void)
{
	for (unsigned i = 0; i < 3; i++)
		(void)ply_loop_step(fe.loop, 0);
}

/* The last thing sent; its command is checked. */
static struct sent *last(enum ply_c3p_cmd cmd, struct ply_c3p_request *req)
{
	assert_true(n_sent > 0);
	assert_int_equal(ply_c3p_request_parse(req, ply_slice_str(sent[n_sent - 1].body)), 0);
	assert_int_equal(req->cmd, cmd);
	return &sent[n_sent - 1];
}

static void answer(struct sent *s, const struct ply_c3p_request *req, enum ply_c3p_reason r,
		   struct ply_c3p_response *rsp)
{
	struct ply_c3p_response none = {0};
	struct ply_c3p_response head = {0};
	struct ply_strbuf xml = PLY_STRBUF_INIT;

	if (!rsp)
		rsp = &none;
	ply_c3p_response_to(&head, req, r);
	rsp->request_id = head.request_id;
	rsp->from = head.from;
	rsp->to = head.to;
	rsp->code = head.code;
	rsp->cmd = head.cmd;
	rsp->name = head.name;
	rsp->reason = head.reason;
	ply_c3p_response_write(&xml, rsp);
	assert_false(s->done);
	s->done = true;
	s->fn(s->ctx, 200, ply_strbuf_slice(&xml));
	ply_strbuf_deinit(&xml);
}

/* Answers the command that was sent last. */
static void answer_last(enum ply_c3p_cmd cmd, enum ply_c3p_reason r, struct ply_c3p_response *rsp)
{
	struct ply_c3p_request req;
	struct sent *s = last(cmd, &req);

	answer(s, &req, r, rsp);
	ply_c3p_request_deinit(&req);
}

static struct fe_enlist *make_ready(void)
{
	beat("a", "i1");
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	answer_last(PLY_C3P_GET_CONFERENCE, PLY_C3P_R_NONE, NULL);
	turn();
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_NONE);
	n_told = 0;
	return told_enlist;
}

/* --- enlisting --- */

static void a_wanted_type_gets_a_server_and_its_conference(void **state)
{
	struct ply_c3p_request req;
	struct sent *s;

	(void)state;
	beat("a", "i1");
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	s = last(PLY_C3P_ADD_CONFERENCE, &req);
	assert_true(ply_slice_is(req.conf.entity, focus->entity));
	assert_true(ply_slice_is(req.instance, "inst-1"));
	assert_true(req.epoch == 7);
	assert_true(ply_slice_is(req.to, "sip:o@x.example;gruu;opaque=app:conf:chat:id:ID1"));
	turn();
	assert_int_equal(n_told, 0);
	answer(s, &req, PLY_C3P_R_NONE, NULL);
	ply_c3p_request_deinit(&req);
	turn();
	assert_int_equal(n_told, 2);
	assert_int_equal(told, PLY_C3P_R_NONE);
	assert_true(told_enlist->ready);
	assert_string_equal(told_enlist->uri, "sip:o@x.example;gruu;opaque=app:conf:chat:id:ID1");
}

static void one_who_comes_later_is_told_at_once(void **state)
{
	unsigned before;

	(void)state;
	(void)make_ready();
	before = n_sent;
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	assert_int_equal(n_told, 0);
	turn();
	assert_int_equal(n_told, 1);
	assert_int_equal(n_sent, before);
}

static void a_server_that_turns_up_late_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	ply_loop_advance(fe.loop, 5000);
	assert_int_equal(n_told, 0);
	beat("a", "i1");
	ply_loop_advance(fe.loop, 300);
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	turn();
	assert_int_equal(told, PLY_C3P_R_NONE);
	assert_int_equal(n_told, 1);
}

static void nobody_there_is_told_in_time_and_may_be_tried_again(void **state)
{
	(void)state;
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	ply_loop_advance(fe.loop, 10000);
	turn();
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE);
	assert_null(told_enlist);
	beat("a", "i1");
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	turn();
	assert_int_equal(n_told, 2);
	assert_int_equal(told, PLY_C3P_R_NONE);
}

static void a_refusal_goes_to_another_server_and_has_an_end(void **state)
{
	struct fe_mcu *first;

	(void)state;
	beat("a", "i1");
	beat("b", "i1");
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	first = sent[0].to;
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_MAXIMUM_CONFERENCES, NULL);
	ply_loop_advance(fe.loop, 300);
	assert_int_equal(n_sent, 2);
	assert_ptr_not_equal(sent[1].to, first);
	for (unsigned i = 0; i < 3; i++) {
		answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_MAXIMUM_CONFERENCES, NULL);
		ply_loop_advance(fe.loop, 600);
	}
	assert_int_equal(n_sent, 4);
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_MAXIMUM_CONFERENCES);
}

static void a_wire_that_takes_nothing_ends_too(void **state)
{
	(void)state;
	beat("a", "i1");
	wire_down = true;
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, NULL), 0);
	ply_loop_advance(fe.loop, 3000);
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_SERVER_BUSY);
}

static void a_lost_server_is_replaced(void **state)
{
	struct fe_enlist *e;

	(void)state;
	e = make_ready();
	for (unsigned i = 0; i < 5; i++) { /* a falls silent */
		beat("b", "i1");
		ply_loop_advance(fe.loop, 2000);
	}
	assert_false(e->ready);
	assert_string_equal(sent[n_sent - 1].to->fqdn, "b.example");
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	assert_true(e->ready);
	assert_int_equal(n_told, 0); /* nobody waited */
}

static void another_instance_gets_the_meeting_anew(void **state)
{
	struct fe_enlist *e;

	(void)state;
	e = make_ready();
	beat("a", "i2");
	assert_false(e->ready);
	ply_loop_advance(fe.loop, 300);
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	assert_true(e->ready);
}

static void a_server_that_knows_nothing_of_it_gets_it_again(void **state)
{
	struct fe_enlist *e;

	(void)state;
	e = make_ready();
	for (unsigned i = 0; i < 30; i++) {
		beat("a", "i1");
		ply_loop_advance(fe.loop, 2000);
	}
	answer_last(PLY_C3P_GET_CONFERENCE, PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST, NULL);
	assert_false(e->ready);
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	assert_true(e->ready);
}

static void who_is_forgotten_is_not_told(void **state)
{
	(void)state;
	beat("a", "i1");
	assert_int_equal(fe_enlist_want(focus, "chat", on_enlisted, &conf), 0);
	fe_enlist_forget(focus, &conf);
	answer_last(PLY_C3P_ADD_CONFERENCE, PLY_C3P_R_NONE, NULL);
	turn();
	assert_int_equal(n_told, 0);
}

/* --- commands --- */

static void a_command_comes_back_with_its_reason(void **state)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_DELETE_USER};

	(void)state;
	(void)make_ready();
	req.keys.user = ply_slice_str("sip:b@x.example");
	fe_enlist_send(focus, NULL, &req, NULL, on_sent, NULL);
	answer_last(PLY_C3P_DELETE_USER, PLY_C3P_R_FORBIDDEN, NULL);
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_FORBIDDEN);
}

static void nobody_to_be_asked_is_told_later(void **state)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_DELETE_USER};

	(void)state;
	fe_enlist_send(focus, NULL, &req, NULL, on_sent, NULL);
	assert_int_equal(n_told, 0);
	turn();
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_NONE);
	fe_enlist_send(focus, "chat", &req, NULL, on_sent, NULL);
	turn();
	assert_int_equal(told, PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE);
	fe_enlist_send(focus, "chat", &req, NULL, on_sent, &conf);
	fe_enlist_forget(focus, &conf);
	turn();
	assert_int_equal(n_told, 2);
}

static void a_command_to_a_server_that_dies_times_out(void **state)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_DELETE_USER};

	(void)state;
	(void)make_ready();
	fe_enlist_send(focus, NULL, &req, NULL, on_sent, NULL);
	ply_loop_advance(fe.loop, 8000);
	assert_int_equal(n_told, 1);
	assert_int_equal(told, PLY_C3P_R_TIMEOUT);
}

static void the_end_of_a_meeting_ends_what_waits(void **state)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_DELETE_USER}, got;

	(void)state;
	(void)make_ready();
	fe_enlist_send(focus, NULL, &req, NULL, on_sent, NULL);
	assert_int_equal(fe_enlist_want(focus, "meeting", on_enlisted, NULL), 0);
	fe_enlist_end(focus);
	assert_int_equal(n_told, 2);
	assert_null(fe_enlist_find(focus, "chat"));
	(void)last(PLY_C3P_DELETE_CONFERENCE, &got);
	assert_true(ply_slice_is(got.instance, "inst-1"));
	ply_c3p_request_deinit(&got);
	answer_last(PLY_C3P_DELETE_CONFERENCE, PLY_C3P_R_NONE, NULL);
}

/* --- news --- */

/* What the server at `peer` says; endpoints of bob: 0 or 1. */
static enum ply_c3p_reason news(const char *peer, const char *instance, uint64_t version,
				unsigned endpoints)
{
	struct ply_ci_endpoint e = {.entity = PLY_SLICE_LIT("{E1}"),
				    .session_type = PLY_SLICE_LIT("chat"),
				    .status = PLY_CI_CONNECTED};
	struct ply_ci_user u = {.entity = PLY_SLICE_LIT("sip:bob@x.example"),
				.state = endpoints ? PLY_CI_FULL : PLY_CI_DELETED,
				.endpoint = &e,
				.n_endpoint = endpoints};
	const struct ply_c3p_request req = {
		.cmd = PLY_C3P_NOTIFY,
		.from = PLY_SLICE_LIT("sip:o@x.example;gruu;opaque=app:conf:chat:id:ID1"),
		.to = PLY_SLICE_LIT("sip:o@x.example;gruu;opaque=app:conf:focus:id:ID1"),
		.instance = ply_slice_str(instance),
		.mcu_version = version,
		.has_conf = true,
		.conf = {.user = &u, .n_user = 1},
	};

	return fe_mcu_news(meetings.factory, peer, &req);
}

static bool bob_is_there(void)
{
	return fe_roster_find(focus, ply_slice_str("sip:bob@x.example")) != NULL;
}

/* Somebody stays, or the meeting would end. */
static void ann_is_there(void)
{
	struct fe_party *p = fe_roster_add(focus, "sip:ann@x.example", "Ann", PLY_CI_PRESENTER,
					   PLY_CI_AUTH_ENTERPRISE);

	assert_non_null(p);
	assert_non_null(fe_place_add(p, ply_slice_str("{A}"), "focus", PLY_CI_CONNECTED));
}

static void news_are_taken_over_in_order(void **state)
{
	(void)state;
	(void)make_ready();
	ann_is_there();
	assert_int_equal(news("a.example", "inst-1", 1, 1), PLY_C3P_R_NONE);
	assert_true(bob_is_there());
	assert_int_equal(news("A.Example", "inst-1", 1, 0), PLY_C3P_R_NONE); /* once more: old */
	assert_true(bob_is_there());
	assert_int_equal(news("a.example", "inst-1", 2, 0), PLY_C3P_R_NONE);
	assert_false(bob_is_there());
}

static void forged_and_stale_news_are_refused(void **state)
{
	(void)state;
	assert_int_equal(news("a.example", "inst-1", 1, 1), PLY_C3P_R_STALE);
	(void)make_ready();
	beat("b", "i1");
	assert_int_equal(news("b.example", "inst-1", 1, 1), PLY_C3P_R_STALE);
	assert_int_equal(news("a.example", "inst-0", 1, 1), PLY_C3P_R_STALE);
	assert_false(bob_is_there());
}

static void a_gap_makes_it_ask_for_everything(void **state)
{
	struct ply_ci_endpoint e = {.entity = PLY_SLICE_LIT("{E2}"),
				    .session_type = PLY_SLICE_LIT("chat"),
				    .status = PLY_CI_CONNECTED};
	struct ply_ci_user carol = {
		.entity = PLY_SLICE_LIT("sip:carol@x.example"), .endpoint = &e, .n_endpoint = 1};
	struct ply_c3p_response full = {
		.has_conf = true,
		.conf = {.entity = PLY_SLICE_LIT("sip:o@x.example"), .user = &carol, .n_user = 1},
		.mcu_version = 5,
	};
	unsigned before;

	(void)state;
	(void)make_ready();
	ann_is_there();
	assert_int_equal(news("a.example", "inst-1", 1, 1), PLY_C3P_R_NONE);
	before = n_sent;
	assert_int_equal(news("a.example", "inst-1", 4, 0), PLY_C3P_R_NONE);
	assert_int_equal(news("a.example", "inst-1", 5, 0), PLY_C3P_R_NONE);
	assert_int_equal(n_sent, before + 1);
	assert_true(bob_is_there());
	answer_last(PLY_C3P_GET_CONFERENCE, PLY_C3P_R_NONE, &full);
	assert_false(bob_is_there());
	assert_non_null(fe_roster_find(focus, ply_slice_str("sip:carol@x.example")));
	assert_non_null(fe_roster_find(focus, ply_slice_str("sip:ann@x.example")));
	assert_int_equal(n_sent, before + 1);
	assert_int_equal(news("a.example", "inst-1", 6, 1), PLY_C3P_R_NONE);
	assert_true(bob_is_there());
}

static void what_came_while_it_asked_makes_it_ask_again(void **state)
{
	struct ply_c3p_response full = {.has_conf = true,
					.conf = {.entity = PLY_SLICE_LIT("sip:o@x.example")},
					.mcu_version = 3};
	unsigned before;

	(void)state;
	(void)make_ready();
	ann_is_there();
	before = n_sent;
	(void)news("a.example", "inst-1", 3, 1);
	(void)news("a.example", "inst-1", 4, 1);
	answer_last(PLY_C3P_GET_CONFERENCE, PLY_C3P_R_NONE, &full);
	assert_int_equal(n_sent, before + 2);
	full.mcu_version = 4;
	answer_last(PLY_C3P_GET_CONFERENCE, PLY_C3P_R_NONE, &full);
	assert_int_equal(n_sent, before + 2);
}

static void a_lost_server_takes_its_endpoints_along(void **state)
{
	(void)state;
	(void)make_ready();
	ann_is_there();
	(void)news("a.example", "inst-1", 1, 1);
	ply_loop_advance(fe.loop, 8000);
	assert_false(bob_is_there());
	assert_non_null(fe_roster_find(focus, ply_slice_str("sip:ann@x.example")));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_wanted_type_gets_a_server_and_its_conference),
		T(one_who_comes_later_is_told_at_once),
		T(a_server_that_turns_up_late_is_waited_for),
		T(nobody_there_is_told_in_time_and_may_be_tried_again),
		T(a_refusal_goes_to_another_server_and_has_an_end),
		T(a_wire_that_takes_nothing_ends_too),
		T(a_lost_server_is_replaced),
		T(another_instance_gets_the_meeting_anew),
		T(a_server_that_knows_nothing_of_it_gets_it_again),
		T(who_is_forgotten_is_not_told),
		T(a_command_comes_back_with_its_reason),
		T(nobody_to_be_asked_is_told_later),
		T(a_command_to_a_server_that_dies_times_out),
		T(the_end_of_a_meeting_ends_what_waits),
		T(news_are_taken_over_in_order),
		T(forged_and_stale_news_are_refused),
		T(a_gap_makes_it_ask_for_everything),
		T(what_came_while_it_asked_makes_it_ask_again),
		T(a_lost_server_takes_its_endpoints_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
