#include "tests/lib/unit.h"

#include "db/rtc/rtc.h"
#include "tests/lib/dbrun.h"

#include <stdio.h>

static struct test_pg *pg;
static struct ply_loop *loop;
static struct ply_rtc *rtc;

#define S(lit) ply_slice_str(lit)

static int start(void **state)
{
	struct ply_db_conf conf;

	(void)state;
	return test_db_start(&pg, &loop, &conf, "rtc") || ply_rtc_open(&rtc, loop, &conf);
}

static int stop(void **state)
{
	(void)state;
	ply_rtc_close(rtc);
	return test_db_stop(pg, loop);
}

static int clean(void **state)
{
	(void)state;
	return test_pg_exec(pg, "rtc", "TRUNCATE resource CASCADE");
}

/* The last answer. */
static int n_done, last_r;
static int64_t last_id;

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	n_done++;
}

static void on_id(void *ctx, int r, int64_t id)
{
	on_done(ctx, r);
	last_id = id;
}

/* Waits for the answer to an ask that gave `asked`. */
static int answer(int asked)
{
	assert_int_equal(asked, 0);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	return last_r;
}

static const struct ply_rtc_user alice = {
	.uri = {"sip:alice@lab.example", 21},
	.login = {"alice", 5},
	.display_name = {"Alice Ångström", 16},
	.mail = {"alice@lab.example", 17},
	.given_name = {"Alice", 5},
	.sn = {"Ångström", 10},
	.company = {"Lab 100%", 8},
	.country = {"SE", 2},
	.flags = PLY_RTC_ENABLED | PLY_RTC_REMOTE,
};

static int64_t add(const char *uri, const char *login)
{
	struct ply_rtc_user u = alice;

	u.uri = S(uri);
	u.login = S(login);
	assert_int_equal(answer(ply_rtc_user_add(rtc, &u, NULL, on_id, NULL)), 0);
	return last_id;
}

/* --- users --- */

struct seen_user {
	struct ply_rtc_user u;
	struct ply_rtc_cred c;
	char name[64], realm[64], policy[64];
};

static void on_user(void *ctx, int r, const struct ply_rtc_user *u, const struct ply_rtc_cred *c)
{
	struct seen_user *seen = ctx;

	on_done(NULL, r);
	if (r)
		return;
	seen->u = *u;
	seen->c = *c;
	ply_slice_copy(u->display_name, seen->name, sizeof(seen->name));
	ply_slice_copy(c->realm, seen->realm, sizeof(seen->realm));
	ply_slice_copy(u->meeting_policy, seen->policy, sizeof(seen->policy));
}

static void a_user_is_added_once_and_found_by_uri_and_login(void **state)
{
	struct ply_rtc_cred cred = {.has_nt = true, .has_ha1 = true, .realm = {"lab.example", 11}};
	struct seen_user seen = {0};
	struct ply_rtc_user other = alice;

	(void)state;
	memset(cred.nt_hash, 0xa1, sizeof(cred.nt_hash));
	memset(cred.ha1_md5, 0, sizeof(cred.ha1_md5));
	memset(cred.ha1_sha256, 0xff, sizeof(cred.ha1_sha256));
	assert_int_equal(answer(ply_rtc_user_add(rtc, &alice, &cred, on_id, NULL)), 0);
	assert_true(last_id > 0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), 0);
	assert_string_equal(seen.name, "Alice Ångström");
	assert_string_equal(seen.realm, "lab.example");
	assert_int_equal(seen.u.id, last_id);
	assert_int_equal(seen.u.flags, PLY_RTC_ENABLED | PLY_RTC_REMOTE);
	assert_null(seen.u.line_uri.p);
	assert_true(seen.c.has_nt && seen.c.has_ha1);
	assert_memory_equal(seen.c.nt_hash, cred.nt_hash, 16);
	assert_memory_equal(seen.c.ha1_md5, cred.ha1_md5, 16);
	assert_memory_equal(seen.c.ha1_sha256, cred.ha1_sha256, 32);

	seen.name[0] = '\0';
	assert_int_equal(answer(ply_rtc_user_load_login(rtc, S("alice"), on_user, &seen)), 0);
	assert_string_equal(seen.name, "Alice Ångström");
	assert_int_equal(answer(ply_rtc_user_load(rtc, S("sip:bob@lab.example"), on_user, &seen)),
			 PLY_DB_E_NONE);

	assert_int_equal(answer(ply_rtc_user_add(rtc, &alice, NULL, on_id, NULL)), PLY_DB_E_EXISTS);
	other.uri = S("sip:alice2@lab.example");
	assert_int_equal(answer(ply_rtc_user_add(rtc, &other, NULL, on_id, NULL)), PLY_DB_E_EXISTS);
}

static void fields_not_given_stay_and_flags_outside_the_mask_too(void **state)
{
	struct seen_user seen = {0};
	struct ply_rtc_user u = {.uri = alice.uri, .line_uri = {"tel:+461", 8}, .mail = {"", 0}};
	const struct ply_rtc_cred cred = {.web_hash = {"$x$", 3}};

	(void)state;
	add("sip:alice@lab.example", "alice");
	u.flags = PLY_RTC_LOCKED;
	assert_int_equal(
		answer(ply_rtc_user_set(rtc, &u, PLY_RTC_LOCKED | PLY_RTC_REMOTE, on_done, NULL)),
		0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), 0);
	assert_string_equal(seen.name, "Alice Ångström");
	assert_int_equal(seen.u.flags, PLY_RTC_ENABLED | PLY_RTC_LOCKED);
	assert_int_equal(seen.u.line_uri.len, 8);
	assert_null(seen.u.mail.p);
	assert_false(seen.c.has_nt || seen.c.has_ha1);

	assert_int_equal(answer(ply_rtc_cred_set(rtc, alice.uri, &cred, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), 0);
	assert_int_equal(seen.c.web_hash.len, 3);

	u.uri = S("sip:nobody@lab.example");
	assert_int_equal(answer(ply_rtc_user_set(rtc, &u, 0, on_done, NULL)), PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtc_cred_set(rtc, u.uri, &cred, on_done, NULL)), PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtc_user_delete(rtc, u.uri, on_done, NULL)), PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtc_user_delete(rtc, alice.uri, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), PLY_DB_E_NONE);
}

static size_t n_users, n_added, n_changed;
static bool more_users;
static char first_uri[64], last_uri[64];

static void on_users(void *ctx, int r, const struct ply_rtc_user *u, size_t n, bool more)
{
	on_done(ctx, r);
	n_users = n;
	more_users = more;
	if (n) {
		ply_slice_copy(u[0].uri, first_uri, sizeof(first_uri));
		ply_slice_copy(u[n - 1].uri, last_uri, sizeof(last_uri));
	}
}

static void on_import(void *ctx, int r, size_t added, size_t changed)
{
	on_done(ctx, r);
	n_added = added;
	n_changed = changed;
}

static void on_count(void *ctx, int r, int64_t n)
{
	on_done(ctx, r);
	n_users = (size_t)n;
}

static void a_meeting_policy_is_kept_until_another_is_assigned(void **state)
{
	struct ply_rtc_user u = alice;
	struct seen_user seen = {0};

	(void)state;
	u.meeting_policy = S("Policy 5 (high)");
	assert_int_equal(answer(ply_rtc_user_add(rtc, &u, NULL, on_id, NULL)), 0);
	u = (struct ply_rtc_user){.uri = alice.uri, .title = S("Head")};
	assert_int_equal(answer(ply_rtc_user_set(rtc, &u, 0, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_user_import(rtc, &u, NULL, 1, on_import, NULL)), 0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), 0);
	assert_string_equal(seen.policy, "Policy 5 (high)");
	u.meeting_policy = S("low");
	assert_int_equal(answer(ply_rtc_user_import(rtc, &u, NULL, 1, on_import, NULL)), 0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), 0);
	assert_string_equal(seen.policy, "low");
	u.meeting_policy = S("");
	assert_int_equal(answer(ply_rtc_user_set(rtc, &u, 0, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_user_load(rtc, alice.uri, on_user, &seen)), 0);
	assert_null(seen.u.meeting_policy.p);
}

static void imports_hundreds_at_once_and_lists_them_in_pages(void **state)
{
	static struct ply_rtc_user u[PLY_RTC_IMPORT_MAX];
	static struct ply_rtc_cred c[PLY_RTC_IMPORT_MAX];
	static char uri[PLY_RTC_IMPORT_MAX][40];
	struct seen_user seen = {0};

	(void)state;
	for (size_t i = 0; i < PLY_RTC_IMPORT_MAX; i++) {
		snprintf(uri[i], sizeof(uri[i]), "sip:user%03zu@lab.example", i);
		u[i] = (struct ply_rtc_user){.uri = S(uri[i]), .flags = PLY_RTC_ENABLED};
		u[i].display_name = ply_slice(uri[i] + 4, 7);
		c[i].has_nt = i % 2 == 0;
	}
	add(uri[7], "seven");
	assert_int_equal(
		answer(ply_rtc_user_import(rtc, u, c, PLY_RTC_IMPORT_MAX, on_import, NULL)), 0);
	assert_int_equal(n_added, PLY_RTC_IMPORT_MAX - 1);
	assert_int_equal(n_changed, 1);
	assert_int_equal(answer(ply_rtc_user_import(rtc, u, NULL, 3, on_import, NULL)), 0);
	assert_int_equal(n_changed, 3);
	assert_int_equal(answer(ply_rtc_user_count(rtc, on_count, NULL)), 0);
	assert_int_equal(n_users, PLY_RTC_IMPORT_MAX);
	assert_int_equal(answer(ply_rtc_user_load(rtc, S(uri[2]), on_user, &seen)), 0);
	assert_true(seen.c.has_nt);
	assert_int_equal(answer(ply_rtc_user_load(rtc, S(uri[3]), on_user, &seen)), 0);
	assert_false(seen.c.has_nt);

	assert_int_equal(answer(ply_rtc_user_list(rtc, S(""), 300, on_users, NULL)), 0);
	assert_int_equal(n_users, 300);
	assert_true(more_users);
	assert_string_equal(first_uri, uri[0]);
	assert_int_equal(answer(ply_rtc_user_list(rtc, S(last_uri), 300, on_users, NULL)), 0);
	assert_int_equal(n_users, 200);
	assert_false(more_users);
	assert_string_equal(last_uri, uri[499]);
}

static void the_directory_search_matches_all_prefixes_without_case(void **state)
{
	static const struct {
		struct ply_rtc_search s;
		size_t want;
		bool more;
		const char *why;
	} cases[] = {
		{{.sn = {"ångs", 5}, .max = 10}, 3, false, "prefix, other case, other alphabet"},
		{{.sn = {"\xc3\x85NGS", 5}, .max = 10}, 3, false, "case of letters beyond ASCII"},
		{{.sn = {"ström", 6}, .max = 10}, 0, false, "not a prefix"},
		{{.sn = {"å", 2}, .max = 2}, 2, true, "more than asked for"},
		{{.uri = {"sip:AL", 6}, .max = 10}, 2, false, "the address"},
		{{.uri = {"sip:al", 6}, .company = {"lab 100%", 8}, .max = 9}, 2, false, "both"},
		{{.uri = {"sip:al", 6}, .country = {"NO", 2}, .max = 9}, 0, false, "one fails"},
		{{.company = {"lab _00", 7}, .max = 9}, 0, false, "special characters are plain"},
		{{.company = {"%", 1}, .max = 9}, 0, false, "special characters are plain"},
		{{.max = 9}, 3, false, "no filter"},
	};
	struct ply_rtc_user off = {.uri = S("sip:carol@lab.example")};

	(void)state;
	add("sip:alice@lab.example", "alice");
	add("sip:albert@lab.example", "albert");
	add("sip:bob@lab.example", "bob");
	add("sip:carol@lab.example", "carol");
	assert_int_equal(answer(ply_rtc_user_set(rtc, &off, PLY_RTC_ENABLED, on_done, NULL)), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = answer(ply_rtc_user_search(rtc, &cases[i].s, on_users, NULL));

		if (r || n_users != cases[i].want || more_users != cases[i].more)
			fail_msg("%s: r=%d n=%zu", cases[i].why, r, n_users);
	}
}

static int n_changes;
static char changed_uri[64];

static void on_change(void *ctx, struct ply_slice uri)
{
	(void)ctx;
	n_changes++;
	ply_slice_copy(uri, changed_uri, sizeof(changed_uri));
}

static void a_change_of_user_or_credentials_is_told(void **state)
{
	const struct ply_rtc_cred cred = {.has_nt = true};

	(void)state;
	ply_rtc_on_user_change(rtc, on_change, NULL);
	add("sip:dora@lab.example", "dora");
	assert_true(test_run_until(loop, n_changes == 1));
	assert_string_equal(changed_uri, "sip:dora@lab.example");
	assert_int_equal(
		answer(ply_rtc_cred_set(rtc, S("sip:dora@lab.example"), &cred, on_done, NULL)), 0);
	assert_true(test_run_until(loop, n_changes == 2));
	assert_int_equal(test_pg_exec(pg, "rtc", "UPDATE resource SET locked = true"), 0);
	assert_true(test_run_until(loop, n_changes == 3));
	assert_int_equal(test_pg_exec(pg, "rtc", "DELETE FROM resource"), 0);
	assert_true(test_run_until(loop, n_changes == 4));
	ply_rtc_on_user_change(rtc, NULL, NULL);
}

/* --- presentities --- */

static void (*look)(const struct ply_rtc_presentity *p, size_t n);

static void on_presentity(void *ctx, int r, const struct ply_rtc_presentity *p, size_t n)
{
	if (!r)
		look(p, n);
	on_done(ctx, r);
}

static int load(const char *const *uri, size_t n,
		void (*fn)(const struct ply_rtc_presentity *p, size_t n))
{
	struct ply_slice s[4];

	for (size_t i = 0; i < n; i++)
		s[i] = S(uri[i]);
	look = fn;
	return answer(ply_rtc_presentity_load(rtc, s, n, on_presentity, NULL));
}

static void look_all(const struct ply_rtc_presentity *p, size_t n)
{
	assert_int_equal(n, 3); /* by uri: alice, bob, carol; the unknown one is not there */
	assert_true(ply_slice_is(p[0].user.uri, "sip:alice@lab.example"));
	assert_int_equal(p[0].n_pub, 2);
	assert_true(ply_slice_is(p[0].pub[0].category, "note"));
	assert_int_equal(p[0].pub[0].version, 2);
	assert_int_equal(p[0].pub[0].published_ms, 1700000001000);
	assert_true(ply_slice_is(p[0].pub[0].body, "<note>ö</note>"));
	assert_int_equal(p[0].pub[0].expires_ms, 0);
	assert_true(ply_slice_is(p[0].pub[1].category, "state"));
	assert_int_equal(p[0].pub[1].instance, 0x80000001u);
	assert_int_equal(p[0].pub[1].container, 200);
	assert_int_equal(p[0].pub[1].expire, PLY_RTC_EXPIRE_TIME);
	assert_int_equal(p[0].pub[1].expires_ms, 4000000000000);
	assert_int_equal(p[0].n_container, 2);
	assert_int_equal(p[0].container[1].id, 32000);
	assert_int_equal(p[0].container[1].version, 5);
	assert_int_equal(p[0].n_member, 2);
	assert_int_equal(p[0].member[0].container, 200);
	assert_int_equal(p[0].member[0].type, PLY_RTC_MEMBER_SAME_ENTERPRISE);
	assert_true(ply_slice_is(p[0].member[1].value, "mallory@lab.example"));
	assert_int_equal(p[0].n_subscriber, 1);
	assert_true(p[0].subscriber[0].acknowledged);
	assert_true(ply_slice_is(p[0].subscriber[0].display_name, "Bob"));
	assert_int_equal(p[0].n_group, 0);
	assert_int_equal(p[0].contact_delta, 1);

	assert_int_equal(p[1].n_pub + p[1].n_container + p[1].n_contact + p[1].n_group, 0);
	assert_int_equal(p[1].contact_delta, 1);

	assert_int_equal(p[2].contact_delta, 4);
	assert_int_equal(p[2].n_group, 1);
	assert_true(ply_slice_is(p[2].group[0].name, "~"));
	assert_int_equal(p[2].n_contact, 1);
	assert_true(ply_slice_is(p[2].contact[0].uri, "alice@lab.example"));
	assert_int_equal(p[2].contact[0].groups, 1ull << 63 | 2);
	assert_true(p[2].contact[0].subscribed);
	assert_null(p[2].contact[0].external_uri.p);
	assert_true(ply_slice_is(p[2].contact[0].extension, "<x/>"));
}

static void publish_two(int64_t id)
{
	struct ply_rtc_pub_op op[] = {
		{false,
		 {S("note"), 0, 300, 1, PLY_RTC_EXPIRE_STATIC, 0, 1700000000000, S("<note/>")}},
		{false,
		 {S("state"), 0x80000001u, 200, 1, PLY_RTC_EXPIRE_TIME, 4000000000000,
		  1700000000000, S("<state/>")}},
		{false,
		 {S("state"), 1, 2, 1, PLY_RTC_EXPIRE_TIME, 1000000, 1700000000000, S("<old/>")}},
		{false, {S("state"), 2, 2, 1, PLY_RTC_EXPIRE_USER, 0, 1700000000000, S("<user/>")}},
		{false, {S("device"), 2, 2, 1, PLY_RTC_EXPIRE_STATIC, 0, 1700000000000, S("<d/>")}},
	};

	assert_int_equal(answer(ply_rtc_publish(rtc, id, op, ARRAY_LEN(op), on_done, NULL)), 0);
	op[0].pub.version = 2;
	op[0].pub.published_ms = 1700000001000;
	op[0].pub.body = S("<note>ö</note>");
	op[1] = op[4];
	op[1].del = true;
	assert_int_equal(answer(ply_rtc_publish(rtc, id, op, 2, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_publish_user_gone(rtc, id, on_done, NULL)), 0);
}

static void set_containers(int64_t id)
{
	const struct ply_rtc_container c[] = {{200, 1}, {32000, 4}};
	const struct ply_rtc_container blocked = {32000, 5};
	const struct ply_rtc_member m[] = {
		{200, PLY_RTC_MEMBER_SAME_ENTERPRISE, {NULL, 0}},
		{32000, PLY_RTC_MEMBER_USER, S("trudy@lab.example")},
	};
	const struct ply_rtc_member mallory = {32000, PLY_RTC_MEMBER_USER,
					       S("mallory@lab.example")};
	const struct ply_rtc_acl first = {c, 2, m, 2}, second = {&blocked, 1, &mallory, 1};

	assert_int_equal(answer(ply_rtc_containers_set(rtc, id, &first, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_containers_set(rtc, id, &second, on_done, NULL)), 0);
}

static void set_subscribers(int64_t id)
{
	struct ply_rtc_subscriber s[] = {{S("bob@lab.example"), S("Bob"), false},
					 {S("eve@lab.example"), S("Eve"), false}};

	assert_int_equal(answer(ply_rtc_subscriber_set(rtc, id, s, 2, on_done, NULL)), 0);
	s[0] = (struct ply_rtc_subscriber){S("bob@lab.example"), {NULL, 0}, true};
	assert_int_equal(answer(ply_rtc_subscriber_set(rtc, id, s, 1, on_done, NULL)), 0);
	assert_int_equal(
		answer(ply_rtc_subscriber_delete(rtc, id, S("eve@lab.example"), on_done, NULL)), 0);
}

static void set_contacts(int64_t id)
{
	const struct ply_rtc_group g = {1, S("~"), {NULL, 0}}, gone = {2, S("Friends"), {NULL, 0}};
	const struct ply_rtc_contact c = {.uri = S("alice@lab.example"),
					  .name = S("Al"),
					  .groups = 1ull << 63 | 2,
					  .subscribed = true,
					  .extension = S("<x/>")};
	struct ply_rtc_contact bob = c;

	bob.uri = S("bob@lab.example");
	assert_int_equal(answer(ply_rtc_group_set(rtc, id, &g, 1, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_group_set(rtc, id, &gone, 2, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_contact_set(rtc, id, &c, 2, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_contact_set(rtc, id, &bob, 3, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_contact_delete(rtc, id, bob.uri, 4, on_done, NULL)), 0);
	assert_int_equal(answer(ply_rtc_group_delete(rtc, id, 2, 4, on_done, NULL)), 0);
}

static void what_was_written_of_a_presentity_is_loaded_in_one_trip(void **state)
{
	static const char *const uris[] = {"sip:carol@lab.example", "sip:nobody@lab.example",
					   "sip:alice@lab.example", "sip:bob@lab.example"};
	int64_t a = add("sip:alice@lab.example", "alice");
	int64_t c = add("sip:carol@lab.example", "carol");

	(void)state;
	add("sip:bob@lab.example", "bob");
	publish_two(a);
	set_containers(a);
	set_subscribers(a);
	set_contacts(c);
	assert_int_equal(load(uris, 4, look_all), 0);
}

static void publications_that_ran_out_are_purged(void **state)
{
	int64_t id = add("sip:alice@lab.example", "alice");

	(void)state;
	publish_two(id);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM publication"), 3);
	assert_int_equal(answer(ply_rtc_publication_purge(rtc, ply_wall_ms(), on_done, NULL)), 0);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM publication"), 2);
}

static void a_write_for_a_user_that_is_gone_says_so(void **state)
{
	const struct ply_rtc_group g = {1, S("~"), {NULL, 0}};

	(void)state;
	assert_int_equal(answer(ply_rtc_group_set(rtc, 999999, &g, 1, on_done, NULL)),
			 PLY_DB_E_REFERS);
}

/* --- epoch --- */

static int64_t last_epoch;

static void on_epoch(void *ctx, int r, int64_t epoch)
{
	on_done(ctx, r);
	last_epoch = epoch;
}

static void a_write_under_a_passed_epoch_is_refused_whole(void **state)
{
	const struct ply_rtc_group g = {1, S("~"), {NULL, 0}};
	int64_t id = add("sip:alice@lab.example", "alice");

	(void)state;
	assert_int_equal(answer(ply_rtc_epoch_load(rtc, on_epoch, NULL)), 0);
	ply_rtc_set_epoch(rtc, last_epoch);
	assert_int_equal(answer(ply_rtc_group_set(rtc, id, &g, 2, on_done, NULL)), 0);
	assert_int_equal(test_pg_exec(pg, "rtc", "SELECT ply_epoch_raise()"), 0);
	assert_int_equal(answer(ply_rtc_group_set(rtc, id, &g, 3, on_done, NULL)), PLY_DB_E_FENCED);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT delta FROM contact_state"), 2);
	assert_int_equal(answer(ply_rtc_epoch_raise(rtc, on_epoch, NULL)), 0);
	ply_rtc_set_epoch(rtc, last_epoch);
	assert_int_equal(answer(ply_rtc_group_set(rtc, id, &g, 3, on_done, NULL)), 0);
	ply_rtc_set_epoch(rtc, 0);
}

/* --- measured and printed --- */

static int64_t ids[200];

static void publish_window(const char *what)
{
	const int total = 4000, window = 200;
	const struct ply_rtc_pub_op op[] = {
		{false,
		 {S("state"), 1, 2, 1, PLY_RTC_EXPIRE_STATIC, 0, 1700000000000, S("<state/>")}},
		{false,
		 {S("state"), 1, 3, 1, PLY_RTC_EXPIRE_STATIC, 0, 1700000000000, S("<state/>")}},
	};
	uint64_t from = ply_mono_us();

	n_done = 0;
	for (int asked = 0; n_done < total;) {
		for (; asked < total && asked - n_done < window; asked++)
			assert_int_equal(
				ply_rtc_publish(rtc, ids[asked % 200], op, 2, on_done, NULL), 0);
		ply_loop_step(loop, 20);
		assert_int_equal(last_r, 0);
	}
	n_done = 0;
	print_message("%s: %.0f publish requests a second\n", what,
		      total * 1e6 / (double)(ply_mono_us() - from));
}

static void tells_what_publishing_costs(void **state)
{
	char uri[40], login[20];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		snprintf(uri, sizeof(uri), "sip:u%zu@lab.example", i);
		snprintf(login, sizeof(login), "u%zu", i);
		ids[i] = add(uri, login);
	}
	publish_window("not fenced");
	assert_int_equal(answer(ply_rtc_epoch_load(rtc, on_epoch, NULL)), 0);
	ply_rtc_set_epoch(rtc, last_epoch);
	publish_window("fenced");
	ply_rtc_set_epoch(rtc, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(a_user_is_added_once_and_found_by_uri_and_login),
		T(fields_not_given_stay_and_flags_outside_the_mask_too),
		T(a_meeting_policy_is_kept_until_another_is_assigned),
		T(imports_hundreds_at_once_and_lists_them_in_pages),
		T(the_directory_search_matches_all_prefixes_without_case),
		T(a_change_of_user_or_credentials_is_told),
		T(what_was_written_of_a_presentity_is_loaded_in_one_trip),
		T(publications_that_ran_out_are_purged),
		T(a_write_for_a_user_that_is_gone_says_so),
		T(a_write_under_a_passed_epoch_is_refused_whole),
		T(tells_what_publishing_costs),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
