#include "tests/unit/common/db/rtc/rtc_fixture.h"

#include "db/rtc/rtc_dl.h"

#include <errno.h>

#define STAFF "sip:staff@lab.example"
#define TEAM  "sip:team@lab.example"
#define CREW  "sip:crew@lab.example"
#define ZOE   "sip:zoe@partner.example"

static int empty(void **state)
{
	return clean(state) || test_pg_exec(pg, "rtc", "TRUNCATE dl CASCADE");
}

static void group(const char *uri)
{
	const struct ply_rtc_dl g = {.uri = S(uri)};

	assert_int_equal(answer(ply_rtc_dl_add(rtc, &g, on_done, NULL)), 0);
}

static int64_t last_n;

static void on_count(void *ctx, int r, int64_t n)
{
	on_done(ctx, r);
	last_n = n;
}

static void put(const char *into, const char *member)
{
	const struct ply_slice m = S(member);

	assert_int_equal(answer(ply_rtc_dl_member_add(rtc, S(into), &m, 1, on_count, NULL)), 0);
}

/* What the last expansion gave, one after the other. */
static char expanded[4096];
static size_t n_expanded;

static void on_expand(void *ctx, int r, const struct ply_slice *uri, size_t n)
{
	size_t at = 0;

	assert_int_equal(r == 0, uri != NULL);
	expanded[0] = '\0';
	n_expanded = n;
	for (size_t i = 0; uri && i < n && at + uri[i].len + 2 < sizeof(expanded); i++)
		at += (size_t)snprintf(expanded + at, sizeof(expanded) - at, "%s%.*s",
				       at ? " " : "", PLY_SLICE_ARG(uri[i]));
	on_done(ctx, r);
}

static int expand(const char *uri, uint32_t max)
{
	return answer(ply_rtc_dl_expand(rtc, S(uri), max, on_expand, NULL));
}

static struct ply_rtc_dl seen[4];
static size_t n_seen;
static bool more_seen;

/* Texts are gone afterwards: only whether they are there is looked at, and the numbers. */
static void on_groups(void *ctx, int r, const struct ply_rtc_dl *g, size_t n, bool more)
{
	n_seen = n;
	more_seen = more;
	for (size_t i = 0; i < n && i < ARRAY_LEN(seen); i++)
		seen[i] = g[i];
	if (!r && n && g[0].display_name.p)
		assert_true(ply_slice_is(g[0].display_name, "Everybody"));
	on_done(ctx, r);
}

static void a_group_is_added_loaded_and_deleted(void **state)
{
	const struct ply_rtc_dl g = {
		.uri = S(STAFF), .display_name = S("Everybody"), .mail = S("staff@lab.example")};

	(void)state;
	assert_int_equal(answer(ply_rtc_dl_load(rtc, S(STAFF), on_groups, NULL)), PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtc_dl_add(rtc, &g, on_done, NULL)), 0);
	put(STAFF, ANN);
	assert_int_equal(answer(ply_rtc_dl_load(rtc, S(STAFF), on_groups, NULL)), 0);
	assert_int_equal(n_seen, 1);
	assert_int_equal(seen[0].n_member, 1);
	assert_non_null(seen[0].display_name.p);
	assert_non_null(seen[0].mail.p);
	assert_int_equal(answer(ply_rtc_dl_delete(rtc, S(STAFF), on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_dl_delete(rtc, S(STAFF), on_done, NULL)), PLY_DB_E_NONE);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM dl_member"), 0);
}

static void an_address_belongs_to_one_group_or_user(void **state)
{
	static const struct {
		const char *why, *uri;
		int r;
	} cases[] = {
		{"the first", STAFF, 0},
		{"once more", STAFF, PLY_DB_E_EXISTS},
		{"a user's", ANN, PLY_DB_E_EXISTS},
		{"not lower-case", "sip:Staff@lab.example", -EIO},
		{"no SIP address", "staff@lab.example", -EIO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct ply_rtc_dl g = {.uri = S(cases[i].uri)};
		int r = answer(ply_rtc_dl_add(rtc, &g, on_done, NULL));

		if (r != cases[i].r)
			fail_msg("%s: r=%d", cases[i].why, r);
	}
}

static void members_are_counted_once(void **state)
{
	const struct ply_slice three[] = {S(ANN), S(BEN), S(ANN)}, other[] = {S(BEN), S(ZOE)};

	(void)state;
	group(STAFF);
	assert_int_equal(answer(ply_rtc_dl_member_add(rtc, S(STAFF), three, 3, on_count, NULL)), 0);
	assert_int_equal(last_n, 2);
	assert_int_equal(answer(ply_rtc_dl_member_add(rtc, S(STAFF), other, 2, on_count, NULL)), 0);
	assert_int_equal(last_n, 1);
	assert_int_equal(answer(ply_rtc_dl_member_remove(rtc, S(STAFF), three, 3, on_count, NULL)),
			 0);
	assert_int_equal(last_n, 2);
	assert_int_equal(answer(ply_rtc_dl_member_remove(rtc, S(STAFF), three, 1, on_count, NULL)),
			 0);
	assert_int_equal(last_n, 0);
	assert_int_equal(answer(ply_rtc_dl_member_add(rtc, S(TEAM), three, 1, on_count, NULL)),
			 PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtc_dl_member_remove(rtc, S(TEAM), three, 1, on_count, NULL)),
			 PLY_DB_E_NONE);
	assert_int_equal(ply_rtc_dl_member_add(rtc, S(STAFF), three, PLY_RTC_DL_CHANGE_MAX + 1,
					       on_count, NULL),
			 -EMSGSIZE);
}

static void lists_come_in_pages(void **state)
{
	(void)state;
	group(STAFF);
	group(CREW);
	group(TEAM);
	assert_int_equal(answer(ply_rtc_dl_list(rtc, S(""), 2, on_groups, NULL)), 0);
	assert_int_equal(n_seen, 2);
	assert_true(more_seen);
	assert_int_equal(answer(ply_rtc_dl_list(rtc, S(STAFF), 2, on_groups, NULL)), 0);
	assert_int_equal(n_seen, 1);
	assert_false(more_seen);
	assert_int_equal(answer(ply_rtc_dl_list(rtc, S(TEAM), 2, on_groups, NULL)), 0);
	assert_int_equal(n_seen, 0);
	assert_false(more_seen);
}

static uint32_t kinds[4];
static size_t n_member;

static void on_members(void *ctx, int r, const struct ply_rtc_dl_member_row *m, size_t n, bool more)
{
	n_member = n;
	more_seen = more;
	for (size_t i = 0; i < n && i < ARRAY_LEN(kinds); i++)
		kinds[i] = m[i].kind;
	on_done(ctx, r);
}

static void members_say_what_they_are(void **state)
{
	(void)state;
	group(STAFF);
	group(TEAM);
	put(STAFF, ANN);
	put(STAFF, TEAM);
	put(STAFF, ZOE);
	assert_int_equal(answer(ply_rtc_dl_members(rtc, S(STAFF), S(""), 10, on_members, NULL)), 0);
	assert_int_equal(n_member, 3);
	assert_false(more_seen);
	assert_int_equal(kinds[0], PLY_RTC_DL_IS_USER);
	assert_int_equal(kinds[1], PLY_RTC_DL_IS_GROUP);
	assert_int_equal(kinds[2], PLY_RTC_DL_IS_OTHER);
	assert_int_equal(answer(ply_rtc_dl_members(rtc, S(STAFF), S(ANN), 1, on_members, NULL)), 0);
	assert_int_equal(n_member, 1);
	assert_true(more_seen);
	assert_int_equal(kinds[0], PLY_RTC_DL_IS_GROUP);
}

static void a_group_is_expanded_through_groups_in_it(void **state)
{
	(void)state;
	group(STAFF);
	group(TEAM);
	group(CREW);
	put(STAFF, ANN);
	put(STAFF, TEAM);
	put(TEAM, BEN);
	put(TEAM, ANN);
	put(TEAM, CREW);
	put(CREW, ZOE);
	assert_int_equal(expand(STAFF, 1000), 0);
	assert_string_equal(expanded, ANN " " BEN " " ZOE);
	assert_int_equal(expand(CREW, 1000), 0);
	assert_string_equal(expanded, ZOE);
}

static void groups_that_contain_each_other_end(void **state)
{
	(void)state;
	group(STAFF);
	group(TEAM);
	put(STAFF, TEAM);
	put(TEAM, STAFF);
	put(TEAM, TEAM);
	assert_int_equal(expand(STAFF, 1000), 0);
	assert_int_equal(n_expanded, 0);
	put(TEAM, BEN);
	put(STAFF, ANN);
	assert_int_equal(expand(STAFF, 1000), 0);
	assert_string_equal(expanded, ANN " " BEN);
	assert_int_equal(expand(TEAM, 1000), 0);
	assert_string_equal(expanded, ANN " " BEN);
}

static void nobody_and_no_group_are_two_answers(void **state)
{
	(void)state;
	group(STAFF);
	assert_int_equal(expand(STAFF, 1000), 0);
	assert_int_equal(n_expanded, 0);
	assert_int_equal(expand(TEAM, 1000), PLY_DB_E_NONE);
	assert_int_equal(expand(ANN, 1000), PLY_DB_E_NONE);
}

static void too_many_are_not_given_in_part(void **state)
{
	(void)state;
	group(STAFF);
	group(TEAM);
	put(STAFF, TEAM);
	assert_int_equal(test_pg_exec(pg, "rtc",
				      "INSERT INTO dl_member SELECT d.id, 'sip:u' || i || "
				      "'@lab.example' FROM dl d, generate_series(1, 1000) i "
				      "WHERE d.uri = '" TEAM "'"),
			 0);
	assert_int_equal(expand(STAFF, 1000), 0);
	assert_int_equal(n_expanded, 1000);
	assert_int_equal(expand(STAFF, 999), PLY_RTC_DL_E_LARGE);
	put(STAFF, "sip:u1@lab.example");
	assert_int_equal(expand(STAFF, 1000), 0);
	put(STAFF, ANN);
	assert_int_equal(expand(STAFF, 1000), PLY_RTC_DL_E_LARGE);
	assert_int_equal(n_expanded, 0);
	assert_int_equal(expand(STAFF, 100000), PLY_RTC_DL_E_LARGE);
}

static void who_is_deleted_leaves_the_groups(void **state)
{
	(void)state;
	group(STAFF);
	group(TEAM);
	put(STAFF, ANN);
	put(STAFF, BEN);
	put(STAFF, TEAM);
	assert_int_equal(answer(ply_rtc_user_delete(rtc, S(ANN), on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_dl_delete(rtc, S(TEAM), on_done, NULL)), 0);
	assert_int_equal(expand(STAFF, 1000), 0);
	assert_string_equal(expanded, BEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_group_is_added_loaded_and_deleted, empty),
		cmocka_unit_test_setup(an_address_belongs_to_one_group_or_user, empty),
		cmocka_unit_test_setup(members_are_counted_once, empty),
		cmocka_unit_test_setup(lists_come_in_pages, empty),
		cmocka_unit_test_setup(members_say_what_they_are, empty),
		cmocka_unit_test_setup(a_group_is_expanded_through_groups_in_it, empty),
		cmocka_unit_test_setup(groups_that_contain_each_other_end, empty),
		cmocka_unit_test_setup(nobody_and_no_group_are_two_answers, empty),
		cmocka_unit_test_setup(too_many_are_not_given_in_part, empty),
		cmocka_unit_test_setup(who_is_deleted_leaves_the_groups, empty),
	};

	return cmocka_run_group_tests_name("rtc distribution groups", tests, start, stop);
}
