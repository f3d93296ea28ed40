/* What is written is read back: every field of every document. */
#include "tests/lib/memfail.h"
#include "tests/lib/unit.h"

#include "base/mem.h"
#include "tests/unit/common/c3p/print.h"

#define S(lit) PLY_SLICE_LIT(lit)

/* clang-format off */
static struct ply_ci_media media[] = {
	{.id = S("1"), .type = S("audio"), .label = S("main-audio"), .display_text = S("a < b"),
	 .src_id = S("4711"), .status = PLY_CI_SENDRECV, .ingress = PLY_CI_BLOCK,
	 .egress = PLY_CI_UNBLOCK, .media_state = PLY_CI_CONNECTED},
	{.id = S("2"), .status = PLY_CI_INACTIVE},
};
static struct ply_ci_media available[] = {
	{.label = S("chat"), .type = S("chat"), .status = PLY_CI_SENDRECV, .display_text = S("x")},
};
static struct ply_ci_endpoint endpoints[] = {
	{.entity = S("{A}"), .state = PLY_CI_FULL, .session_type = S("audio-video"),
	 .uri = S("sip:x@y"), .refer_to = S("tel:+1"), .status = PLY_CI_MUTED_VIA_FOCUS,
	 .joining = PLY_CI_DIALED_OUT, .joined_ms = 1764000000123, .auth = PLY_CI_AUTH_FEDERATED,
	 .access = PLY_CI_EXTERNAL, .media = media, .n_media = ARRAY_LEN(media)},
	{.entity = S("{B}"), .session_type = S("chat"), .status = PLY_CI_CONNECTED},
};
static struct ply_ci_user users[] = {
	{.entity = S("sip:a@x"), .state = PLY_CI_FULL, .display_text = S("A & \"B\""),
	 .role = PLY_CI_PRESENTER, .endpoint = endpoints, .n_endpoint = ARRAY_LEN(endpoints)},
	{.entity = S("sip:b@x"), .state = PLY_CI_DELETED},
	{.entity = S("sip:a@x"), .role = PLY_CI_ATTENDEE},
};
static struct ply_ci_conf_uri conf_uris[] = {
	{.uri = S("sip:a@x;gruu;opaque=app:conf:chat:id:1"), .display_text = S("chat"),
	 .purpose = S("chat")},
	{.uri = S("sip:a@x;gruu;opaque=app:conf:audio-video:id:1")},
};
static struct ply_ci_view views[] = {
	{.entity = S("sip:a@x;gruu;opaque=app:conf:chat:id:1"), .state = PLY_CI_PARTIAL,
	 .locked = true, .says_locked = true, .media = available,
	 .n_media = ARRAY_LEN(available),
	 .settings = S("<s:entity-settings xmlns:s=\"urn:s\"><s:a/></s:entity-settings>")},
	{.entity = S("chat")},
};
static struct ply_ci conf = {
	.entity = S("sip:a@x;gruu;opaque=app:conf:focus:id:1"), .state = PLY_CI_PARTIAL,
	.version = 7,
	.description = {.there = true, .subject = S(""), .display_text = S("plan"),
		.conference_id = S("1"), .conference_key = S("k<"), .organizer = S("sip:a@x"),
		.organizer_name = S("A"), .notification_data = S("one &amp; <t:t xmlns:t=\"u\"/>"),
		.organizer_data = S("<![CDATA[<]]>"), .admission = PLY_CI_ANONYMOUS,
		.says_admission = true, .expiry_ms = 1764000000000, .last_update_ms = 1,
		.last_activate_ms = 1763000000999, .says_active = true, .recurring = true,
		.version = 3, .conf_uri = conf_uris, .n_conf_uri = ARRAY_LEN(conf_uris)},
	.users_state = PLY_CI_PARTIAL, .user = users, .n_user = ARRAY_LEN(users),
	.view = views, .n_view = ARRAY_LEN(views),
};
static struct ply_ci other = {.entity = S("sip:o@x")};

static const struct ply_c3p_request requests[] = {
	{.cmd = PLY_C3P_NOTIFY, .name = S("notify"), .conf = {.entity = S("e")}, .has_conf = true,
	 .instance = S("i"), .mcu_version = 9, .full = true},
	{.cmd = PLY_C3P_MCU_STATUS, .name = S("mcuStatus"), .request_id = S("8"),
	 .status = {.type = S("chat"), .instance = S("{I}"), .fqdn = S("m.lab.example"),
		.url = S("https://m/c3p"), .sip = S("sip:m:5062"), .address = S("127.0.0.1"),
		.version = S("1"), .load = 50, .conferences = 1, .endpoints = 2,
		.max_endpoints = 3, .draining = true}},
	{.cmd = PLY_C3P_ADD_USER, .name = S("addUser"), .request_id = S("5"), .from = S("sip:a@x"),
	 .to = S("sip:b@x"), .mcu_uri = S("sip:m@x"),
	 .keys = {.conf = S("sip:c@x"), .conf_id = S("1")}, .user = {.entity = S("sip:u@x"),
		.role = PLY_CI_ATTENDEE, .endpoint = endpoints, .n_endpoint = 2}, .has_user = true,
	 .n_user = 1, .actor = {.uri = S("sip:act@x"), .role = PLY_CI_PRESENTER,
		.auth = PLY_CI_AUTH_ENTERPRISE}, .instance = S("i"), .epoch = 12},
	{.cmd = PLY_C3P_MODIFY_USER_ROLES, .name = S("modifyUserRoles"), .role = PLY_CI_PRESENTER,
	 .keys = {.conf = S("sip:c@x"), .user = S("sip:u@x")}},
	{.cmd = PLY_C3P_MODIFY_CONFERENCE_LOCK, .name = S("modifyConferenceLock"),
	 .has_locked = true, .keys = {.conf = S("sip:c@x")}},
	{.cmd = PLY_C3P_MODIFY_ENDPOINT, .name = S("modifyEndpoint"), .has_endpoint = true,
	 .endpoint = {.entity = S("{A}"), .status = PLY_CI_ON_HOLD},
	 .keys = {.conf = S("sip:c@x"), .user = S("sip:u@x"), .endpoint = S("{A}")}},
	{.cmd = PLY_C3P_MODIFY_ENDPOINT_MEDIA, .name = S("modifyEndpointMedia"),
	 .has_endpoint = true, .endpoint = {.entity = S("{A}"), .media = media, .n_media = 2},
	 .keys = {.conf = S("sip:c@x"), .user = S("sip:u@x"), .endpoint = S("{A}"),
		.media = S("1")}},
	{.cmd = PLY_C3P_OTHER, .name = S("setLobbyAccess"), .keys = {.conf = S("sip:c@x")}},
};

static const struct ply_slice types[] = {S("chat"), S("audio-video")};
static const struct ply_c3p_region regions[] = {{S("Here & there"), S("+1 2")}};
static const struct ply_c3p_pair info[] = {
	{S("Mcu-Server-Uri"), S("sip:m")}, {S("sAuthId1"), S("12")},
};
static const struct ply_c3p_response responses[] = {
	{.cmd = PLY_C3P_ADD_USER, .name = S("addUser"), .request_id = S("1"), .from = S("sip:f"),
	 .to = S("sip:t"), .keys = {.conf = S("sip:c@x")}, .user = {.entity = S("sip:u@x"),
		.role = PLY_CI_PRESENTER}, .has_user = true, .info = info, .n_info = 2},
	{.cmd = PLY_C3P_GET_CAPABILITIES, .name = S("getConferencingCapabilities"),
	 .mcu_type = types, .n_mcu_type = 2, .region = regions, .n_region = 1,
	 .default_region = S("Here")},
	{.cmd = PLY_C3P_ADD_USER, .name = S("addUser"), .code = PLY_C3P_PENDING},
	{.cmd = PLY_C3P_GET_CONFERENCES, .name = S("getConferences"), .list = &other, .n_list = 1},
	{.cmd = PLY_C3P_NOTIFY, .name = S("notify"), .code = PLY_C3P_FAILURE,
	 .reason = PLY_C3P_R_STALE, .instance = S("i"), .mcu_version = 4},
	{.cmd = PLY_C3P_OTHER, .name = S("setLobbyAccess"), .code = PLY_C3P_FAILURE,
	 .reason = PLY_C3P_R_NOT_SUPPORTED},
};
/* clang-format on */

static void same(struct ply_strbuf *want, struct ply_strbuf *got, struct ply_strbuf *xml, int r)
{
	if (r || strcmp(ply_strbuf_str(want), ply_strbuf_str(got)) != 0)
		fail_msg("r=%d\nwanted %s\ngot %s\nfrom %s", r, ply_strbuf_str(want),
			 ply_strbuf_str(got), ply_strbuf_str(xml));
	assert_int_equal(ply_strbuf_err(xml), 0);
	ply_strbuf_deinit(want);
	ply_strbuf_deinit(got);
	ply_strbuf_deinit(xml);
}

static void a_conference_is_read_as_it_was_written(void **state)
{
	struct ply_strbuf want = PLY_STRBUF_INIT, got = PLY_STRBUF_INIT, xml = PLY_STRBUF_INIT;
	struct ply_ci ci;
	int r;

	(void)state;
	print_ci(&want, &conf);
	ply_ci_write(&xml, &conf);
	r = ply_ci_parse(&ci, ply_strbuf_slice(&xml));
	print_ci(&got, &ci);
	same(&want, &got, &xml, r);
	ply_ci_deinit(&ci);
}

static void request_and_back(const struct ply_c3p_request *req)
{
	struct ply_strbuf want = PLY_STRBUF_INIT, got = PLY_STRBUF_INIT, xml = PLY_STRBUF_INIT;
	struct ply_c3p_request parsed;
	int r;

	print_request(&want, req);
	ply_c3p_request_write(&xml, req);
	r = ply_c3p_request_parse(&parsed, ply_strbuf_slice(&xml));
	print_request(&got, &parsed);
	same(&want, &got, &xml, r);
	ply_c3p_request_deinit(&parsed);
}

static void requests_are_read_as_they_were_written(void **state)
{
	struct ply_c3p_request all = {
		.cmd = PLY_C3P_ADD_CONFERENCE,
		.name = S("addConference"),
		.conf = conf,
		.has_conf = true,
		.callback = S("https://fe/focus/notify"),
		.max_users = 100,
	};

	(void)state;
	request_and_back(&all);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		request_and_back(&requests[i]);
}

static void response_and_back(const struct ply_c3p_response *resp)
{
	struct ply_strbuf want = PLY_STRBUF_INIT, got = PLY_STRBUF_INIT, xml = PLY_STRBUF_INIT;
	struct ply_c3p_response parsed;
	int r;

	print_response(&want, resp);
	ply_c3p_response_write(&xml, resp);
	r = ply_c3p_response_parse(&parsed, ply_strbuf_slice(&xml));
	print_response(&got, &parsed);
	same(&want, &got, &xml, r);
	ply_c3p_response_deinit(&parsed);
}

static void responses_are_read_as_they_were_written(void **state)
{
	struct ply_c3p_response all = {
		.cmd = PLY_C3P_GET_CONFERENCE,
		.name = S("getConference"),
		.keys = {.conf = S("sip:c@x")},
		.conf = conf,
		.has_conf = true,
	};

	(void)state;
	response_and_back(&all);
	for (size_t i = 0; i < ARRAY_LEN(responses); i++)
		response_and_back(&responses[i]);
}

static void an_invitation_is_read_as_it_was_written(void **state)
{
	static const struct ply_conf_invite invite = {
		.focus_uri = S("sip:f@x"),
		.subject = S("a < b"),
		.conversation_id = S("12"),
		.im = true,
		.audio = true,
		.first_im = S("hello"),
	};
	struct ply_strbuf want = PLY_STRBUF_INIT, got = PLY_STRBUF_INIT, xml = PLY_STRBUF_INIT;
	struct ply_conf_invite parsed;
	int r;

	(void)state;
	print_invite(&want, &invite);
	ply_conf_invite_write(&xml, &invite);
	r = ply_conf_invite_parse(&parsed, ply_strbuf_slice(&xml));
	print_invite(&got, &parsed);
	same(&want, &got, &xml, r);
	ply_conf_invite_deinit(&parsed);
}

static void an_answer_goes_the_other_way(void **state)
{
	struct ply_c3p_response a;

	(void)state;
	ply_c3p_response_to(&a, &requests[2], PLY_C3P_R_NONE);
	assert_int_equal(a.code, PLY_C3P_SUCCESS);
	assert_true(ply_slice_is(a.from, "sip:b@x") && ply_slice_is(a.to, "sip:a@x"));
	assert_true(ply_slice_is(a.request_id, "5") && a.cmd == PLY_C3P_ADD_USER);
	ply_c3p_response_to(&a, &requests[2], PLY_C3P_R_USER_EXISTS);
	assert_int_equal(a.code, PLY_C3P_FAILURE);
	assert_int_equal(a.reason, PLY_C3P_R_USER_EXISTS);
}

static void what_only_servers_say_is_taken_from_clients(void **state)
{
	struct ply_c3p_request r = requests[2];

	(void)state;
	r.status.load = 1;
	r.callback = r.to;
	r.full = true;
	r.mcu_version = r.max_users = 1;
	ply_c3p_request_distrust(&r);
	assert_true(!r.actor.uri.len && !r.actor.role && !r.actor.auth && !r.instance.len);
	assert_true(!r.callback.len && !r.epoch && !r.mcu_version && !r.full && !r.max_users);
	assert_int_equal(r.status.load, 0);
	assert_true(ply_slice_is(r.to, "sip:b@x"));
}

static void what_xml_cannot_hold_is_not_written(void **state)
{
	struct ply_ci ci = {.entity = S("a\x01")};
	struct ply_ci_user u = {.entity = S("sip:a@x"), .display_text = S("\xff")};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_ci_write(&b, &ci);
	assert_int_equal(ply_strbuf_err(&b), -EINVAL);
	ply_strbuf_deinit(&b);
	ply_ci_write_user(&b, &u);
	assert_int_equal(ply_strbuf_err(&b), -EINVAL);
	ply_strbuf_deinit(&b);
}

static int write_and_read(void *ctx)
{
	struct ply_c3p_request req = {
		.cmd = PLY_C3P_ADD_CONFERENCE, .conf = conf, .has_conf = true};
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_c3p_request parsed;
	int r;

	(void)ctx;
	ply_c3p_request_write(&b, &req);
	r = ply_strbuf_err(&b);
	if (!r) {
		r = ply_c3p_request_parse(&parsed, ply_strbuf_slice(&b));
		ply_c3p_request_deinit(&parsed);
	}
	ply_strbuf_deinit(&b);
	return r;
}

static void without_memory_nothing_is_left(void **state)
{
	(void)state;
	fails_cleanly_without_memory(write_and_read, NULL);
}

/* A roster is written often: the buffer is all the memory it takes. */
static void a_roster_takes_no_memory_but_the_buffer(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	size_t made;

	(void)state;
	assert_int_equal(ply_strbuf_reserve(&b, PLY_CI_MAX_DOC), 0);
	ply_mem_fail_after(1000000);
	for (int i = 0; i < 1000; i++)
		ply_ci_write_user(&b, &users[1]);
	ply_ci_write_views(&b, views, ARRAY_LEN(views));
	made = ply_mem_count();
	ply_mem_fail_after(0);
	assert_int_equal(made, 0);
	assert_int_equal(ply_strbuf_err(&b), 0);
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conference_is_read_as_it_was_written),
		cmocka_unit_test(requests_are_read_as_they_were_written),
		cmocka_unit_test(responses_are_read_as_they_were_written),
		cmocka_unit_test(an_invitation_is_read_as_it_was_written),
		cmocka_unit_test(an_answer_goes_the_other_way),
		cmocka_unit_test(what_only_servers_say_is_taken_from_clients),
		cmocka_unit_test(what_xml_cannot_hold_is_not_written),
		cmocka_unit_test(without_memory_nothing_is_left),
		cmocka_unit_test(a_roster_takes_no_memory_but_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
