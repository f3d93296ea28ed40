/* Words and addresses of conferencing. */
#include "tests/lib/unit.h"

#include "base/datetime.h"
#include "c3p/c3p.h"

#include <errno.h>
#include <stdio.h>

static void every_command_is_found_by_its_name(void **state)
{
	(void)state;
	for (unsigned c = PLY_C3P_OTHER + 1; c < PLY_C3P_N_CMD; c++) {
		const char *name = ply_c3p_cmd_name((enum ply_c3p_cmd)c);

		if (!name[0] || ply_c3p_cmd_of(ply_slice_str(name)) != c)
			fail_msg("command %u: %s", c, name);
	}
	assert_int_equal(ply_c3p_cmd_of(ply_slice_str("renameUser")), PLY_C3P_MODIFY_USER);
	assert_int_equal(ply_c3p_cmd_of(ply_slice_str("AddUser")), PLY_C3P_OTHER);
	assert_int_equal(ply_c3p_cmd_of(ply_slice_str("")), PLY_C3P_OTHER);
	assert_string_equal(ply_c3p_cmd_name(PLY_C3P_N_CMD), "");
}

static void every_reason_is_found_by_its_name(void **state)
{
	(void)state;
	for (unsigned r = PLY_C3P_R_NONE + 1; r < PLY_C3P_N_REASON; r++) {
		const char *name = ply_c3p_reason_name((enum ply_c3p_reason)r);

		if (!name[0] || ply_c3p_reason_of(ply_slice_str(name)) != r)
			fail_msg("reason %u: %s", r, name);
	}
	assert_string_equal(ply_c3p_reason_name(PLY_C3P_R_NONE), "");
	assert_string_equal(ply_c3p_reason_name(PLY_C3P_N_REASON), "");
}

static void reasons_are_read_however_they_are_spelled(void **state)
{
	static const struct {
		const char *in;
		enum ply_c3p_reason want;
	} cases[] = {
		{"ConferenceDoesNotExist", PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST},
		{"conferenceDoesntExist", PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST},
		{"USERDOESNTEXIST", PLY_C3P_R_USER_DOES_NOT_EXIST},
		{" forbidden\n", PLY_C3P_R_FORBIDDEN},
		{"requestTimeout", PLY_C3P_R_TIMEOUT},
		{"somethingNew", PLY_C3P_R_OTHER_FAILURE},
		{"", PLY_C3P_R_OTHER_FAILURE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (ply_c3p_reason_of(ply_slice_str(cases[i].in)) != cases[i].want)
			fail_msg("%s", cases[i].in);
	assert_int_equal(ply_c3p_reason_of(ply_slice(NULL, 0)), PLY_C3P_R_OTHER_FAILURE);
}

static void reasons_have_their_diagnostics(void **state)
{
	(void)state;
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_R_REQUEST_MALFORMED), 3006);
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_R_NOT_SUPPORTED), 3004);
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_R_FORBIDDEN), 3014);
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST), 3003);
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_R_INVALID_ROLE), 3016);
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_R_NONE), 0);
	assert_int_equal(ply_c3p_reason_diag(PLY_C3P_N_REASON), 0);
}

static void words_are_read_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(ply_ci_admission_of(ply_slice_str("OpenAuthenticated")), PLY_CI_OPEN);
	assert_int_equal(ply_ci_role_of(ply_slice_str(" presenter ")), PLY_CI_PRESENTER);
	assert_int_equal(ply_ci_status_of(ply_slice_str("dialing-OUT")), PLY_CI_DIALING_OUT);
	assert_int_equal(ply_ci_auth_of(ply_slice_str("anonymous")), PLY_CI_AUTH_ANONYMOUS);
	assert_int_equal(ply_ci_role_of(ply_slice_str("leader")), PLY_CI_ROLE_NONE);
	assert_int_equal(ply_ci_role_of(ply_slice_str("")), PLY_CI_ROLE_NONE);
	assert_string_equal(ply_ci_status_name(PLY_CI_MUTED_VIA_FOCUS), "muted-via-focus");
	assert_string_equal(ply_ci_status_name((enum ply_ci_status)99), "");
}

#define ID32 "C5E00CD0CC7B07EE75ABCB3A34B867A2"

static void conference_uris_are_taken_apart(void **state)
{
	static const struct { /* NOLINT(clang-analyzer-optin.performance.Padding): read as rows */
		const char *why, *in;
		int r;
		const char *organizer, *type, *conf_id, *key;
	} cases[] = {
		{"a Focus", "sip:alice@lab.example;gruu;opaque=app:conf:focus:id:" ID32, 0,
		 "sip:alice@lab.example", "focus", ID32,
		 "sip:alice@lab.example c5e00cd0cc7b07ee75abcb3a34b867a2"},
		{"case and order do not count",
		 "SIP:Alice@Lab.Example;OPAQUE=App:Conf:Chat:Id:AB12;GRUU", 0,
		 "sip:alice@lab.example", "chat", "AB12", "sip:alice@lab.example ab12"},
		{"a factory has no conference",
		 "sip:alice@lab.example;gruu;opaque=app:conf:focusfactory", 0,
		 "sip:alice@lab.example", "focusfactory", "", "sip:alice@lab.example "},
		{"a type with a dash", "sip:a@x;gruu;opaque=app:conf:audio-video:id:1", 0,
		 "sip:a@x", "audio-video", "1", "sip:a@x 1"},
		{"blanks around it", " sip:a@x;gruu;opaque=app:conf:chat:id:1\n", 0, "sip:a@x",
		 "chat", "1", "sip:a@x 1"},
		{"33 characters", "sip:a@x;gruu;opaque=app:conf:chat:id:1" ID32, -EBADMSG, "", "",
		 "", ""},
		{"no id", "sip:a@x;gruu;opaque=app:conf:focus", -EBADMSG, "", "", "", ""},
		{"an empty id", "sip:a@x;gruu;opaque=app:conf:focus:id:", -EBADMSG, "", "", "", ""},
		{"an id of other characters", "sip:a@x;gruu;opaque=app:conf:focus:id:a%62",
		 -EBADMSG, "", "", "", ""},
		{"no organizer", "sip:x;gruu;opaque=app:conf:focus:id:1", -EBADMSG, "", "", "", ""},
		{"a person", "sip:a@x", -EBADMSG, "", "", "", ""},
		{"an endpoint", "sip:a@x;opaque=user:epid:abc;gruu", -EBADMSG, "", "", "", ""},
		{"a telephone", "tel:+1", -EBADMSG, "", "", "", ""},
		{"a page", "https://x", -EBADMSG, "", "", "", ""},
		{"a long type", "sip:a@x;gruu;opaque=app:conf:abcdefghijklmnopqrstuvwxyz:id:1",
		 -EBADMSG, "", "", "", ""},
		{"nothing", "", -EBADMSG, "", "", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_c3p_uri u;
		int r = ply_c3p_uri_parse(&u, ply_slice_str(cases[i].in));

		if (r != cases[i].r || (r && (u.key[0] || u.organizer[0])) ||
		    (!r && (strcmp(u.organizer, cases[i].organizer) != 0 ||
			    strcmp(u.type, cases[i].type) != 0 ||
			    strcmp(u.conf_id, cases[i].conf_id) != 0 ||
			    strcmp(u.key, cases[i].key) != 0)))
			fail_msg("%s: r=%d [%s] [%s] [%s] [%s]", cases[i].why, r, u.organizer,
				 u.type, u.conf_id, u.key);
	}
}

static void another_type_of_the_same_conference(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_c3p_uri u;

	(void)state;
	assert_int_equal(
		ply_c3p_uri_parse(&u, ply_slice_str("sip:a@x;gruu;opaque=app:conf:focus:id:Ab1")),
		0);
	ply_c3p_uri_add(&b, &u, "chat");
	assert_string_equal(ply_strbuf_str(&b), "sip:a@x;gruu;opaque=app:conf:chat:id:Ab1");
	ply_strbuf_deinit(&b);
}

/* xs:dateTime as clients write it. */
static void the_expiry_has_many_forms(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: refused */
	} cases[] = {
		{"2026-11-22T04:08:35Z", "2026-11-22T04:08:35.000Z"},
		{"2026-11-22T04:08:35", "2026-11-22T04:08:35.000Z"},
		{"2026-11-22T04:08:35.1234567Z", "2026-11-22T04:08:35.123Z"},
		{"2026-11-22T04:08:35-08:00", "2026-11-22T12:08:35.000Z"},
		{"\n 2026-11-22T04:08:35+05:30 ", "2026-11-21T22:38:35.000Z"},
		{"2026-11-22T24:00:00Z", "2026-11-23T00:00:00.000Z"},
		{"2026-11-22", NULL},
		{"-2026-11-22T04:08:35Z", NULL},
		{"1970-01-01T00:00:00+01:00", NULL},
		{"soon", NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char xml[512], got[PLY_DATETIME_LEN + 1] = "";
		struct ply_ci ci;
		int r;

		snprintf(xml, sizeof xml,
			 "<conference-info><conference-description><expiry-time>%s</expiry-time>"
			 "</conference-description></conference-info>",
			 cases[i].in);
		r = ply_ci_parse(&ci, ply_slice_str(xml));
		if (!r)
			ply_datetime_text(got, ci.description.expiry_ms);
		if (r != (cases[i].want ? 0 : PLY_C3P_E_CONTENT) ||
		    strcmp(got, cases[i].want ? cases[i].want : "") != 0)
			fail_msg("[%s]: r=%d %s", cases[i].in, r, got);
		ply_ci_deinit(&ci);
	}
}

/* A request of a client is small; what a conferencing server tells may be a roster. */
static void only_news_may_be_large(void **state)
{
	static const struct {
		const char *cmd;
		int r;
	} cases[] = {{"notify", 0}, {"getConference", PLY_C3P_E_TOO_MANY}};
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_c3p_request req;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ply_strbuf_reset(&b);
		ply_strbuf_addf(&b, "<request requestId=\"1\" from=\"f\"><%s>", cases[i].cmd);
		for (int n = 0; n < PLY_C3P_MAX_REQUEST; n++)
			ply_strbuf_addc(&b, ' ');
		ply_strbuf_addf(&b, "</%s></request>", cases[i].cmd);
		assert_int_equal(ply_c3p_request_parse(&req, ply_strbuf_slice(&b)), cases[i].r);
		assert_true(ply_slice_is(req.from, "f") && ply_slice_is(req.request_id, "1"));
		ply_c3p_request_deinit(&req);
	}
	for (int n = 0; n < PLY_CI_MAX_DOC; n++)
		ply_strbuf_addc(&b, 'x');
	assert_int_equal(ply_c3p_request_parse(&req, ply_strbuf_slice(&b)), PLY_C3P_E_TOO_MANY);
	assert_int_equal(req.from.len, 0);
	ply_c3p_request_deinit(&req);
	ply_strbuf_deinit(&b);
}

/* The largest meeting is read and written. */
static void a_meeting_of_a_thousand_fits(void **state)
{
	static struct ply_ci_user users[1000];
	struct ply_ci_endpoint endpoints[2] = {
		{.entity = PLY_SLICE_LIT("{2B7885D6-6F50-8944-807C-311E237483C3}"),
		 .session_type = PLY_SLICE_LIT("focus"),
		 .status = PLY_CI_CONNECTED,
		 .joining = PLY_CI_DIALED_IN,
		 .joined_ms = 1764000000000,
		 .auth = PLY_CI_AUTH_ENTERPRISE,
		 .access = PLY_CI_INTERNAL},
		{.entity = PLY_SLICE_LIT("{2B7885D6-6F50-8944-807C-311E237483C4}"),
		 .session_type = PLY_SLICE_LIT("chat"),
		 .status = PLY_CI_CONNECTED},
	};
	struct ply_ci ci = {.entity = PLY_SLICE_LIT("sip:f@x"),
			    .users_state = PLY_CI_FULL,
			    .user = users,
			    .n_user = ARRAY_LEN(users)};
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_ci parsed;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		users[i] = (struct ply_ci_user){
			.entity = ply_slice_str("sip:somebody.with.a.name@lab.example"),
			.display_text = ply_slice_str("Somebody With A Name"),
			.state = PLY_CI_FULL,
			.role = PLY_CI_ATTENDEE,
			.endpoint = endpoints,
			.n_endpoint = ARRAY_LEN(endpoints),
		};
	ply_ci_write(&b, &ci);
	assert_int_equal(ply_strbuf_err(&b), 0);
	assert_int_equal(ply_ci_parse(&parsed, ply_strbuf_slice(&b)), 0);
	assert_int_equal(parsed.n_user, 1000);
	assert_int_equal(parsed.user[999].n_endpoint, 2);
	ply_ci_deinit(&parsed);
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_found_by_its_name),
		cmocka_unit_test(every_reason_is_found_by_its_name),
		cmocka_unit_test(reasons_are_read_however_they_are_spelled),
		cmocka_unit_test(reasons_have_their_diagnostics),
		cmocka_unit_test(words_are_read_in_any_case),
		cmocka_unit_test(conference_uris_are_taken_apart),
		cmocka_unit_test(another_type_of_the_same_conference),
		cmocka_unit_test(the_expiry_has_many_forms),
		cmocka_unit_test(only_news_may_be_large),
		cmocka_unit_test(a_meeting_of_a_thousand_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
