#include "tests/lib/unit.h"

#include "base/datetime.h"
#include "base/mem.h"
#include "frontend/conference/factory.h"

#include <stdio.h>
#include <string.h>

#define ID   "C5E00CD0CC7B07EE75ABCB3A34B867A2"
#define NOW  1795320000000ull /* 2026-11-22T00:00:00Z */
#define HOUR 3600000ull
#define DAY  (24 * HOUR)

static const struct fe_meeting_policy all = {
	.meeting_size = 5,
	.allow_ip_audio = true,
	.allow_ip_video = true,
	.enable_data_collaboration = true,
	.enable_app_sharing = true,
	.allow_anonymous = true,
};
static const struct fe_meeting_policy low = {.meeting_size = 2, .enable_data_collaboration = true};
static const struct fe_meeting_times times = {.ad_hoc_expiry = 8 * HOUR};

struct arg {
	const char *id, *admission, *key, *media, *users; /* lists by commas */
	int64_t expiry_ms;
	bool recurring;
};

static size_t split(const char *list, struct ply_slice *out)
{
	struct ply_slice rest = ply_slice_str(list ? list : "");
	size_t n = 0;

	while (rest.len && ply_slice_split(&rest, ',', &out[n]))
		n++;
	return n;
}

static enum ply_c3p_reason check(const struct arg *a, const struct fe_meeting_policy *policy,
				 const struct fe_meeting *old, struct ply_arena *mem,
				 struct fe_draft *out)
{
	const struct fe_draft_rules rules = {"sip:o@lab.example", policy, &times, NOW, old};
	struct ply_ci_view view[8] = {{.says_locked = false}};
	struct ply_ci_user user[8] = {{.n_endpoint = 0}};
	struct ply_slice word[8];
	struct ply_ci ci = {
		.description =
			{
				.there = true,
				.conference_id = ply_slice_str(a->id ? a->id : ID),
				.admission = ply_ci_admission_of(ply_slice_str(a->admission)),
				.says_admission = a->admission != NULL,
				.conference_key = ply_slice_str(a->key ? a->key : ""),
				.expiry_ms = a->expiry_ms,
				.recurring = a->recurring,
			},
		.view = view,
		.user = user,
	};

	ci.n_view = split(a->media, word);
	for (size_t i = 0; i < ci.n_view; i++)
		view[i].entity = word[i];
	ci.n_user = split(a->users, word);
	for (size_t i = 0; i < ci.n_user; i++)
		user[i].entity = word[i];
	return fe_draft_check(&ci, &rules, mem, out);
}

static void refuses_what_policy_and_form_forbid(void **state)
{
	static const struct {
		const char *why;
		struct arg a;
		const struct fe_meeting_policy *policy;
		enum ply_c3p_reason want;
	} cases[] = {
		{"SIPE's room",
		 {.admission = "openAuthenticated", .media = "chat,audio-video"},
		 &all,
		 PLY_C3P_R_NONE},
		{"nothing said", {0}, &low, PLY_C3P_R_NONE},
		{"unknown admission",
		 {.admission = "everybody"},
		 &all,
		 PLY_C3P_R_INVALID_ADMISSION_POLICY},
		{"anonymous without a key",
		 {.admission = "anonymous"},
		 &all,
		 PLY_C3P_R_INVALID_PASSCODE},
		{"anonymous with a key",
		 {.admission = "anonymous", .key = "s3cr3t"},
		 &all,
		 PLY_C3P_R_NONE},
		{"a key with a blank",
		 {.admission = "anonymous", .key = "s3 cr3t"},
		 &all,
		 PLY_C3P_R_INVALID_PASSCODE},
		{"anonymous against the policy",
		 {.admission = "anonymous", .key = "k"},
		 &low,
		 PLY_C3P_R_ANONYMOUS_NOT_ALLOWED},
		{"admission is looked at before media",
		 {.admission = "anonymous", .key = "k", .media = "smell"},
		 &low,
		 PLY_C3P_R_ANONYMOUS_NOT_ALLOWED},
		{"audio against the policy",
		 {.media = "chat,audio-video"},
		 &low,
		 PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE},
		{"no such medium", {.media = "smell"}, &all, PLY_C3P_R_UNKNOWN_MCU_TYPE},
		{"media before the identifier",
		 {.id = "x", .media = "smell"},
		 &all,
		 PLY_C3P_R_UNKNOWN_MCU_TYPE},
		{"7 letters", {.id = "ABCDEFG"}, &all, PLY_C3P_R_INVALID_CONFERENCE_ID},
		{"8 letters", {.id = "ABCDEFG8"}, &all, PLY_C3P_R_NONE},
		{"33 letters", {.id = ID "0"}, &all, PLY_C3P_R_INVALID_CONFERENCE_ID},
		{"a percent sign", {.id = "ABCDEFG%41"}, &all, PLY_C3P_R_INVALID_CONFERENCE_ID},
		{"none", {.id = ""}, &all, PLY_C3P_R_INVALID_CONFERENCE_ID},
		{"a year ago", {.expiry_ms = (int64_t)(NOW - 364 * DAY)}, &all, PLY_C3P_R_NONE},
		{"more",
		 {.expiry_ms = (int64_t)(NOW - 366 * DAY)},
		 &all,
		 PLY_C3P_R_INVALID_EXPIRY_TIME},
		{"ten years", {.expiry_ms = (int64_t)(NOW + 3652 * DAY)}, &all, PLY_C3P_R_NONE},
		{"more than ten",
		 {.expiry_ms = (int64_t)(NOW + 3654 * DAY)},
		 &all,
		 PLY_C3P_R_INVALID_EXPIRY_TIME},
		{"no address",
		 {.users = "sip:a@lab.example,tel:+1"},
		 &all,
		 PLY_C3P_R_INVALID_USER_ENTITY},
		{"as many as allowed", {.users = "sip:a@x.y"}, &low, PLY_C3P_R_NONE},
		{"the organizer counts once",
		 {.users = "sip:a@x.y,sip:O@LAB.example"},
		 &low,
		 PLY_C3P_R_NONE},
		{"one too many",
		 {.users = "sip:a@x.y,sip:b@x.y"},
		 &low,
		 PLY_C3P_R_MAXIMUM_MEETING_SIZE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_arena mem;
		struct fe_draft d;
		enum ply_c3p_reason got;

		ply_arena_init(&mem, 1024);
		got = check(&cases[i].a, cases[i].policy, NULL, &mem, &d);
		if (got != cases[i].want)
			fail_msg("%s: %s", cases[i].why, ply_c3p_reason_name(got));
		ply_arena_deinit(&mem);
	}
}

static void gives_each_kind_its_expiry(void **state)
{
	const struct fe_meeting old = {
		.key = ply_unconst(""),
		.admission = PLY_CI_CLOSED,
		.expiry_rule = PLY_RTC_EXPIRY_SLIDING,
		.expires_ms = NOW + 5 * DAY,
	};
	const struct {
		const char *why;
		struct arg a;
		const struct fe_meeting *old;
		uint64_t expires;
		unsigned rule;
	} cases[] = {
		{"E1, E2: as the client says",
		 {.expiry_ms = (int64_t)(NOW + 14 * DAY)},
		 NULL,
		 NOW + 14 * DAY,
		 PLY_RTC_EXPIRY_FIXED},
		{"E3: 8 hours", {0}, NULL, NOW + 8 * HOUR, PLY_RTC_EXPIRY_FIXED},
		{"E4: 6 months",
		 {.recurring = true},
		 NULL,
		 NOW + 181 * DAY,
		 PLY_RTC_EXPIRY_SLIDING},
		{"a change keeps it", {0}, &old, NOW + 5 * DAY, PLY_RTC_EXPIRY_SLIDING},
		{"a change changes it",
		 {.expiry_ms = (int64_t)(NOW + DAY)},
		 &old,
		 NOW + DAY,
		 PLY_RTC_EXPIRY_FIXED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_arena mem;
		struct fe_draft d;

		ply_arena_init(&mem, 1024);
		if (check(&cases[i].a, &all, cases[i].old, &mem, &d) ||
		    d.expires_ms != cases[i].expires || d.expiry_rule != cases[i].rule)
			fail_msg("%s: %llu h", cases[i].why,
				 (unsigned long long)((d.expires_ms - NOW) / HOUR));
		ply_arena_deinit(&mem);
	}
}

static void keeps_the_key_that_a_change_leaves_out(void **state)
{
	const struct fe_meeting old = {.key = ply_unconst("0ld"), .admission = PLY_CI_ANONYMOUS};
	const struct arg a = {.users = "sip:Ben@LAB.example;transport=tls"};
	struct ply_arena mem;
	struct fe_draft d;

	(void)state;
	ply_arena_init(&mem, 1024);
	assert_int_equal(check(&a, &all, &old, &mem, &d), PLY_C3P_R_NONE);
	assert_true(ply_slice_is(d.key, "0ld"));
	assert_int_equal(d.admission, PLY_CI_ANONYMOUS);
	assert_int_equal(d.n_user, 1);
	assert_true(ply_slice_is(d.user[0].uri, "sip:ben@lab.example"));
	assert_int_equal(d.user[0].role, PLY_RTC_ATTENDEE);
	ply_arena_deinit(&mem);
}

static void counts_calendar_months(void **state)
{
	static const struct {
		const char *from, *to;
		unsigned months;
	} cases[] = {
		{"2026-01-31T10:00:00.500Z", "2026-02-28T10:00:00.500Z", 1},
		{"2027-08-31T10:00:00.000Z", "2028-02-29T10:00:00.000Z", 6},
		{"2026-11-22T00:00:00.000Z", "2027-05-22T00:00:00.000Z", 6},
		{"2026-12-31T23:59:59.999Z", "2036-12-31T23:59:59.999Z", 120},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[PLY_DATETIME_LEN + 1];
		int64_t from;

		assert_true(ply_datetime_read(ply_slice_str(cases[i].from), &from));
		ply_datetime_text(text, (int64_t)fe_add_months((uint64_t)from, cases[i].months));
		assert_string_equal(text, cases[i].to);
	}
}

static void says_when_memory_is_out(void **state)
{
	const struct arg a = {.media = "chat", .users = "sip:a@x.y"};
	bool done = false;

	(void)state;
	for (size_t n = 1; !done; n++) {
		struct ply_arena mem;
		struct fe_draft d;
		enum ply_c3p_reason r;

		ply_arena_init(&mem, 16);
		ply_mem_fail_after(n);
		r = check(&a, &all, NULL, &mem, &d);
		done = !r;
		assert_true(done || r == PLY_C3P_R_OTHER_FAILURE);
		ply_mem_fail_after(0);
		ply_arena_deinit(&mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_policy_and_form_forbid),
		cmocka_unit_test(gives_each_kind_its_expiry),
		cmocka_unit_test(keeps_the_key_that_a_change_leaves_out),
		cmocka_unit_test(counts_calendar_months),
		cmocka_unit_test(says_when_memory_is_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
