#include "tests/lib/unit.h"

#include "base/mem.h"
#include "topo/policy.h"

#include <errno.h>
#include <string.h>

#define G    "global"
#define P    "pool:pool.lab.example"
#define DATA PLY_POLICY_CLASS
#define ALL  PLY_POLICY_GLOBAL_CLASS
#define ANON "AllowOrganizeMeetingWithAnonymousParticipants"

#define ROW(level_, cls, inst, prop, val)                                                          \
	{                                                                                          \
		.level = PLY_SLICE_LIT(level_), .class_ = PLY_SLICE_LIT(cls),                      \
		.instance = PLY_SLICE_LIT(inst), .property = PLY_SLICE_LIT(prop),                  \
		.value = PLY_SLICE_LIT(val)                                                        \
	}

static void make(struct ply_policies *p, const struct ply_rtcconfig_setting *s, size_t n)
{
	assert_int_equal(ply_policies_make(p, s, n, "pool.lab.example", NULL), 0);
}

static void has_the_products_policies_without_any_setting(void **state)
{
	static const struct {
		const char *name;
		uint32_t size;
		bool audio, video, sharing, anonymous;
	} want[] = {
		{"Default Policy", 250, true, true, true, true},
		{"Policy 1 (High)", 250, true, true, true, true},
		{"policy 1", 250, true, true, true, true},
		{"Policy 2", 250, true, true, true, true},
		{"Policy 3", 100, true, true, true, true},
		{"Policy 4", 50, true, false, false, true},
		{"Policy 5", 10, false, false, false, false},
	};
	struct ply_policies p;

	(void)state;
	make(&p, NULL, 0);
	assert_int_equal(p.n, 6);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct ply_policy *x = ply_policy_find(&p, ply_slice_str(want[i].name));

		if (!x || x->v.meeting_size != want[i].size ||
		    x->v.allow_ip_audio != want[i].audio || x->v.allow_ip_video != want[i].video ||
		    x->v.enable_app_sharing != want[i].sharing ||
		    ply_policy_anonymous(&p, x) != want[i].anonymous)
			fail_msg("%s differs", want[i].name);
	}
	assert_null(ply_policy_find(&p, ply_slice_str("Policy 6")));
	ply_policies_deinit(&p);
}

static void lets_the_pool_outdo_the_deployment(void **state)
{
	static const struct ply_rtcconfig_setting rows[] = {
		ROW(P, DATA, "Sales", "MeetingSize", "40"),
		ROW(G, DATA, "Sales", "MeetingSize", "30"),
		ROW(G, DATA, "Sales", "allowipvideo", "no"),
		ROW("pool:other.lab.example", DATA, "Sales", "AllowIPAudio", "no"),
		ROW(G, DATA, "policy 5 (low)", "MeetingSize", "12"),
	};
	struct ply_policies p;
	const struct ply_policy *sales, *low;

	(void)state;
	make(&p, rows, ARRAY_LEN(rows));
	assert_int_equal(p.n, 7);
	sales = ply_policy_find(&p, ply_slice_str("sales"));
	assert_non_null(sales);
	assert_int_equal(sales->v.meeting_size, 40);
	assert_false(sales->v.allow_ip_video);
	assert_true(sales->v.allow_ip_audio);
	assert_false(sales->built_in);
	assert_int_equal(sales->origin[0], PLY_POLICY_POOL);
	assert_int_equal(sales->origin[2], PLY_POLICY_GLOBAL);
	assert_int_equal(sales->origin[1], PLY_POLICY_BY_DEFAULT);
	low = ply_policy_find(&p, ply_slice_str("Policy 5"));
	assert_int_equal(low->v.meeting_size, 12);
	assert_int_equal(low->origin[0], PLY_POLICY_GLOBAL);
	assert_int_equal(low->origin[1], PLY_POLICY_BUILT_IN);
	ply_policies_deinit(&p);
}

static void finds_a_users_policy_and_says_why(void **state)
{
	static const struct ply_rtcconfig_setting custom[] = {
		ROW(G, DATA, "Sales", "MeetingSize", "30"),
	};
	static const struct ply_rtcconfig_setting marked[] = {
		ROW(G, DATA, "Sales", "DefaultPolicy", "yes"),
	};
	static const struct ply_rtcconfig_setting one[] = {
		ROW(G, ALL, "", "MeetingPolicy", "Policy 4"),
	};
	static const struct ply_rtcconfig_setting gone[] = {
		ROW(G, ALL, "", "MeetingPolicy", "Nowhere"),
	};
	static const struct ply_rtcconfig_setting each[] = {
		ROW(G, ALL, "", "MeetingPolicy", "Policy 4"),
		ROW(P, ALL, "", "MeetingPolicy", "UsePerUserMeetingPolicy"),
	};
	static const struct {
		const char *why;
		const struct ply_rtcconfig_setting *rows;
		size_t n;
		const char *assigned, *want;
		enum ply_policy_why reason;
	} cases[] = {
		{"nothing is set", NULL, 0, NULL, "Default Policy", PLY_POLICY_NONE_ASSIGNED},
		{"empty is none", NULL, 0, "", "Default Policy", PLY_POLICY_NONE_ASSIGNED},
		{"built in", NULL, 0, "Policy 3", "Policy 3", PLY_POLICY_ASSIGNED},
		{"custom, any case", custom, 1, "SALES", "Sales", PLY_POLICY_ASSIGNED},
		{"deleted since", NULL, 0, "Sales", "Default Policy", PLY_POLICY_ASSIGNED_GONE},
		{"another default", marked, 1, NULL, "Sales", PLY_POLICY_NONE_ASSIGNED},
		{"one for all", one, 1, "Policy 1", "Policy 4", PLY_POLICY_EVERYBODY},
		{"one for all is not there", gone, 1, "Policy 1", "Default Policy",
		 PLY_POLICY_EVERYBODY_GONE},
		{"per user in this pool", each, 2, "Policy 1", "Policy 1 (High)",
		 PLY_POLICY_ASSIGNED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_policies p;
		enum ply_policy_why why;
		const struct ply_policy *got;

		make(&p, cases[i].rows, cases[i].n);
		got = ply_policy_of(&p, ply_slice_str(cases[i].assigned), &why);
		if (strcmp(got->name, cases[i].want) != 0 || why != cases[i].reason)
			fail_msg("%s: got \"%s\", %d", cases[i].why, got->name, (int)why);
		ply_policies_deinit(&p);
	}
}

static void leaves_anonymous_users_to_switch_and_policy(void **state)
{
	static const struct {
		const char *word;
		bool in_default, in_low;
	} cases[] = {
		{"PerUser", true, false}, {"All", true, true},  {"true", true, true},
		{"None", false, false},   {"NO", false, false}, {"rubbish", true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_rtcconfig_setting row = ROW(G, ALL, "", ANON, "");
		struct ply_policies p;

		row.value = ply_slice_str(cases[i].word);
		make(&p, &row, 1);
		if (ply_policy_anonymous(&p, &p.policy[0]) != cases[i].in_default ||
		    ply_policy_anonymous(&p, &p.policy[5]) != cases[i].in_low)
			fail_msg("%s", cases[i].word);
		ply_policies_deinit(&p);
	}
}

static void names_what_it_cannot_use_and_goes_on(void **state)
{
	static const struct ply_rtcconfig_setting rows[] = {
		ROW(G, DATA, "Sales", "MeetingSize", "5000"),
		ROW(G, DATA, "Sales", "MeetingSizes", "50"),
		ROW(G, DATA, "", "MeetingSize", "50"),
		ROW(G, ALL, "", "Colour", "blue"),
		ROW(G, DATA, "Sales", "AllowIPAudio", "no"),
		ROW(G, "Other", "x", "y", "z"),
	};
	struct ply_strbuf bad = PLY_STRBUF_INIT;
	struct ply_policies p;
	size_t lines = 0;

	(void)state;
	assert_int_equal(ply_policies_make(&p, rows, ARRAY_LEN(rows), "pool.lab.example", &bad), 0);
	for (const char *c = ply_strbuf_str(&bad); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 4);
	assert_non_null(strstr(bad.p, "from 2 to 1000"));
	assert_false(ply_policy_find(&p, ply_slice_str("Sales"))->v.allow_ip_audio);
	ply_policies_deinit(&p);
	ply_strbuf_deinit(&bad);
}

static void says_when_memory_is_out(void **state)
{
	struct ply_policies p;
	enum ply_policy_why why;

	(void)state;
	ply_mem_fail_after(1);
	assert_int_equal(ply_policies_make(&p, NULL, 0, "", NULL), -ENOMEM);
	ply_mem_fail_after(0);
	assert_string_equal(ply_policy_of(&p, ply_slice_str("x"), &why)->name, "Default Policy");
	ply_policies_deinit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_products_policies_without_any_setting),
		cmocka_unit_test(lets_the_pool_outdo_the_deployment),
		cmocka_unit_test(finds_a_users_policy_and_says_why),
		cmocka_unit_test(leaves_anonymous_users_to_switch_and_policy),
		cmocka_unit_test(names_what_it_cannot_use_and_goes_on),
		cmocka_unit_test(says_when_memory_is_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
