#include "tests/unit/common/db/rtc/conf_fixture.h"

static void look_added(const struct ply_rtc_conf_full *c)
{
	assert_int_equal(c->conf.id, last_id);
	assert_true(ply_slice_is(c->conf.organizer, ANN));
	assert_true(ply_slice_is(c->conf.conf_id, "8KQ2abcd"));
	assert_true(ply_slice_is(c->conf.guid, "0d6f"));
	assert_true(ply_slice_is(c->conf.subject, "Weekly"));
	assert_null(c->conf.description.p);
	assert_true(ply_slice_is(c->conf.key, "sealed"));
	assert_true(ply_slice_is(c->conf.notification_data, "<n/>"));
	assert_true(ply_slice_is(c->conf.organizer_data, "<o/>"));
	assert_int_equal(c->conf.admission, PLY_RTC_ANONYMOUS);
	assert_int_equal(c->conf.expiry_rule, PLY_RTC_EXPIRY_SLIDING);
	assert_int_equal(c->conf.expires_ms, CREATED + DAY);
	assert_int_equal(c->conf.created_ms, CREATED);
	assert_int_equal(c->conf.updated_ms, CREATED);
	assert_int_equal(c->conf.activated_ms, 0);
	assert_int_equal(c->conf.version, 1);
	assert_int_equal(c->lists.n_user, 2);
	assert_true(ply_slice_is(c->lists.user[0].uri, BEN));
	assert_int_equal(c->lists.user[0].role, PLY_RTC_PRESENTER);
	assert_int_equal(c->lists.user[1].role, PLY_RTC_ATTENDEE);
	assert_int_equal(c->lists.n_mcu, 1);
	assert_true(ply_slice_is(c->lists.mcu[0].type, "chat"));
	assert_null(c->lists.mcu[0].settings.p);
	assert_null(c->active);
	assert_int_equal(c->n_party, 0);
}

static void what_was_added_is_loaded_by_organizer_and_id_without_case(void **state)
{
	const struct ply_rtc_conf_user users[] = {
		{S("sip:zoe@partner.example"), PLY_RTC_ATTENDEE},
		{S(BEN), PLY_RTC_PRESENTER},
		{S(BEN), PLY_RTC_ATTENDEE},
	};
	const struct ply_rtc_conf_mcu mcus[] = {{S("chat"), {NULL, 0}}, {S("chat"), S("<x/>")}};
	const struct ply_rtc_conf_lists lists = {users, mcus, 3, 2};
	struct ply_rtc_conf c = conference(ANN, "8KQ2abcd");

	(void)state;
	c.key = S("sealed");
	c.notification_data = S("<n/>");
	c.organizer_data = S("<o/>");
	c.admission = PLY_RTC_ANONYMOUS;
	c.expiry_rule = PLY_RTC_EXPIRY_SLIDING;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &lists, 0, on_id, NULL)), 0);
	assert_true(last_id > 0);
	assert_int_equal(load(ANN, "8kq2ABCD", look_added), 0);
	assert_int_equal(load(ANN, "8KQ2", NULL), PLY_DB_E_NONE);
	assert_int_equal(load(BEN, "8KQ2abcd", NULL), PLY_DB_E_NONE);
}

static void an_organizer_has_an_id_once_and_no_more_than_allowed(void **state)
{
	static const struct {
		const char *why, *organizer, *conf_id;
		uint32_t max;
		int r;
	} cases[] = {
		{"the first", ANN, "aaaa", 2, 0},
		{"the same in other case", ANN, "AAAA", 2, PLY_DB_E_EXISTS},
		{"of another organizer", BEN, "aaaa", 2, 0},
		{"the second", ANN, "bbbb", 2, 0},
		{"one too many", ANN, "cccc", 2, PLY_RTC_CONF_E_MAXIMUM},
		{"one that is there already, when full", ANN, "bbbb", 2, PLY_DB_E_EXISTS},
		{"no limit", ANN, "cccc", 0, 0},
		{"nobody known", "sip:nobody@lab.example", "aaaa", 2, PLY_DB_E_REFERS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_rtc_conf c = conference(cases[i].organizer, cases[i].conf_id);
		int r = answer(ply_rtc_conf_add(rtc, &c, &no_lists, cases[i].max, on_id, NULL));

		if (r != cases[i].r || (last_id > 0) != (r == 0))
			fail_msg("%s: r=%d", cases[i].why, r);
	}
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf"), 4);
}

static void what_has_expired_leaves_room_for_another(void **state)
{
	struct ply_rtc_conf c = conference(ANN, "later");

	(void)state;
	add(ANN, "early");
	c.created_ms = CREATED + DAY - 1;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 1, on_id, NULL)),
			 PLY_RTC_CONF_E_MAXIMUM);
	c.created_ms = CREATED + DAY;
	c.expires_ms = CREATED + 2 * DAY;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 1, on_id, NULL)), 0);
}

static void many_of_one_turn_keep_to_the_maximum(void **state)
{
	static int64_t ids[5];
	char id[5][8];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct ply_rtc_conf c;

		snprintf(id[i], sizeof(id[i]), "c%zu", i);
		c = conference(ANN, id[i]);
		assert_int_equal(ply_rtc_conf_add(rtc, &c, &no_lists, 3, on_id, &ids[i]), 0);
	}
	assert_true(test_run_until(loop, n_done == 5));
	n_done = 0;
	assert_int_equal(last_r, PLY_RTC_CONF_E_MAXIMUM);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf"), 3);
}

/* --- replacing --- */

static uint32_t last_version;

static void on_version(void *ctx, int r, uint32_t version)
{
	on_done(ctx, r);
	last_version = version;
}

static void look_replaced(const struct ply_rtc_conf_full *c)
{
	assert_int_equal(c->conf.version, 2);
	assert_true(ply_slice_is(c->conf.guid, "0d6f"));
	assert_null(c->conf.subject.p);
	assert_true(ply_slice_is(c->conf.description, "moved"));
	assert_int_equal(c->conf.admission, PLY_RTC_CLOSED_AUTHENTICATED);
	assert_int_equal(c->conf.expires_ms, CREATED + 3 * DAY);
	assert_int_equal(c->conf.created_ms, CREATED);
	assert_int_equal(c->conf.updated_ms, CREATED + DAY);
	assert_int_equal(c->lists.n_user, 2);
	assert_true(ply_slice_is(c->lists.user[0].uri, BEN));
	assert_int_equal(c->lists.user[0].role, PLY_RTC_ATTENDEE);
	assert_true(ply_slice_is(c->lists.user[1].uri, "sip:new@lab.example"));
	assert_int_equal(c->lists.n_mcu, 1);
	assert_true(ply_slice_is(c->lists.mcu[0].type, "meeting"));
	assert_true(ply_slice_is(c->lists.mcu[0].settings, "<m/>"));
}

static void a_definition_is_replaced_only_from_its_current_version(void **state)
{
	const struct ply_rtc_conf_user before[] = {{S(BEN), PLY_RTC_PRESENTER},
						   {S("sip:old@lab.example"), PLY_RTC_ATTENDEE}};
	const struct ply_rtc_conf_user after[] = {{S("sip:new@lab.example"), PLY_RTC_PRESENTER},
						  {S(BEN), PLY_RTC_ATTENDEE}};
	const struct ply_rtc_conf_mcu chat = {S("chat"), {NULL, 0}},
				      web = {S("meeting"), S("<m/>")};
	const struct ply_rtc_conf_lists old = {before, &chat, 2, 1}, new = {after, &web, 2, 1};
	struct ply_rtc_conf c = conference(ANN, "aaaa");

	(void)state;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &old, 0, on_id, NULL)), 0);
	c.conf_id = S("AAAA");
	c.subject = (struct ply_slice){NULL, 0};
	c.description = S("moved");
	c.guid = S("not-this-one");
	c.admission = PLY_RTC_CLOSED_AUTHENTICATED;
	c.expires_ms = CREATED + 3 * DAY;
	c.updated_ms = CREATED + DAY;
	c.version = 1;
	assert_int_equal(answer(ply_rtc_conf_replace(rtc, &c, &new, on_version, NULL)), 0);
	assert_int_equal(last_version, 2);
	assert_int_equal(load(ANN, "aaaa", look_replaced), 0);

	c.description = S("by one who missed it");
	assert_int_equal(answer(ply_rtc_conf_replace(rtc, &c, &old, on_version, NULL)),
			 PLY_RTC_CONF_E_STALE);
	assert_int_equal(last_version, 2);
	assert_int_equal(load(ANN, "aaaa", look_replaced), 0);
	c.conf_id = S("bbbb");
	assert_int_equal(answer(ply_rtc_conf_replace(rtc, &c, &old, on_version, NULL)),
			 PLY_DB_E_NONE);
}

static void look_nothing_listed(const struct ply_rtc_conf_full *c)
{
	assert_int_equal(c->lists.n_user + c->lists.n_mcu, 0);
	assert_int_equal(c->conf.version, 2);
}

static void of_two_replacements_of_one_version_one_is_stale(void **state)
{
	const struct ply_rtc_conf_user user = {S(BEN), PLY_RTC_PRESENTER};
	const struct ply_rtc_conf_lists lists = {&user, NULL, 1, 0};
	struct ply_rtc_conf c = conference(ANN, "aaaa");

	(void)state;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &lists, 0, on_id, NULL)), 0);
	c.updated_ms = CREATED + 1;
	c.version = 1;
	assert_int_equal(ply_rtc_conf_replace(rtc, &c, &no_lists, on_version, NULL), 0);
	assert_int_equal(ply_rtc_conf_replace(rtc, &c, &lists, on_version, NULL), 0);
	assert_true(test_run_until(loop, n_done == 2));
	n_done = 0;
	assert_int_equal(last_r, PLY_RTC_CONF_E_STALE);
	assert_int_equal(last_version, 2);
	assert_int_equal(load(ANN, "aaaa", look_nothing_listed), 0);
}

/* --- deleting, listing --- */

static void deleting_takes_everything_along(void **state)
{
	const struct ply_rtc_conf_user user = {S(BEN), PLY_RTC_PRESENTER};
	const struct ply_rtc_conf_lists lists = {&user, NULL, 1, 0};
	struct ply_rtc_conf c = conference(ANN, "aaaa");

	(void)state;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &lists, 0, on_id, NULL)), 0);
	assert_int_equal(answer(ply_rtc_conf_delete(rtc, S(ANN), S("Aaaa"), on_done, NULL)), 0);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_user"), 0);
	assert_int_equal(answer(ply_rtc_conf_delete(rtc, S(ANN), S("aaaa"), on_done, NULL)),
			 PLY_DB_E_NONE);
	add(ANN, "aaaa");
	assert_int_equal(answer(ply_rtc_user_delete(rtc, S(ANN), on_done, NULL)), 0);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf"), 0);
}

static size_t n_list;
static bool more_list;
static int64_t list_last;
static bool list_active;
static uint32_t list_parties;

static void on_list(void *ctx, int r, const struct ply_rtc_conf_summary *s, size_t n, bool more)
{
	n_list = n;
	more_list = more;
	if (n) {
		list_last = s[n - 1].conf.id;
		list_active = s[n - 1].active;
		list_parties = s[n - 1].n_party;
		assert_int_equal(s[0].active, s[0].frontend.p != NULL);
		assert_true(ply_slice_is(s[0].conf.subject, "Weekly"));
		assert_null(s[0].conf.key.p);
	}
	on_done(ctx, r);
}

static int list(const char *organizer, int64_t after, uint32_t max)
{
	return answer(ply_rtc_conf_list(rtc, S(organizer), after, max, on_list, NULL));
}

static void lists_all_or_those_of_one_in_pages(void **state)
{
	static const char run[] =
		"INSERT INTO conf_active SELECT id, 'fe1', 1, 'i', now(), now() FROM conf "
		"WHERE conf_id = 'c4'; INSERT INTO conf_participant "
		"SELECT conf, 'sip:u@x', n::text, NULL, 1, 1, now() "
		"FROM conf_active, generate_series(1, 3) n";
	int64_t first;

	(void)state;
	first = add(ANN, "c0");
	add(BEN, "c1");
	add(ANN, "c2");
	add(BEN, "c3");
	add(ANN, "c4");
	assert_int_equal(test_pg_exec(pg, "rtc", run), 0);
	assert_int_equal(list("", 0, 2), 0);
	assert_int_equal(n_list, 2);
	assert_true(more_list);
	assert_false(list_active);
	assert_int_equal(list("", list_last, 3), 0);
	assert_int_equal(n_list, 3);
	assert_false(more_list);
	assert_true(list_active);
	assert_int_equal(list_parties, 3);
	assert_int_equal(list("", list_last, 3), 0);
	assert_int_equal(n_list, 0);
	assert_int_equal(list(ANN, 0, 2), 0);
	assert_int_equal(n_list, 2);
	assert_true(more_list);
	assert_int_equal(list(ANN, first, 1000), 0);
	assert_int_equal(n_list, 2);
	assert_false(more_list);
	assert_int_equal(list_parties, 3);
	assert_int_equal(list(BEN, 0, 2), 0);
	assert_int_equal(n_list, 2);
	assert_false(more_list);
	assert_int_equal(list("sip:nobody@lab.example", 0, 2), 0);
	assert_int_equal(n_list, 0);
}

/* --- expiring --- */

static size_t n_gone;
static char gone_id[16], gone_organizer[64], gone_guid[16];

static void on_gone(void *ctx, int r, const struct ply_rtc_conf_gone *g, size_t n)
{
	n_gone = n;
	if (n) {
		ply_slice_copy(g[0].organizer, gone_organizer, sizeof(gone_organizer));
		ply_slice_copy(g[0].conf_id, gone_id, sizeof(gone_id));
		ply_slice_copy(g[0].guid, gone_guid, sizeof(gone_guid));
	}
	on_done(ctx, r);
}

static int expire(uint64_t now_ms, uint32_t max)
{
	return answer(ply_rtc_conf_expire(rtc, now_ms, max, on_gone, NULL));
}

static void what_expired_is_deleted_unless_it_is_active(void **state)
{
	struct ply_rtc_conf c = conference(BEN, "long");
	const uint64_t end = CREATED + DAY;

	(void)state;
	add(ANN, "idle");
	add(ANN, "running");
	c.expires_ms = end + 1;
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 0, on_id, NULL)), 0);
	assert_int_equal(
		test_pg_exec(pg, "rtc",
			     "INSERT INTO conf_active SELECT id, 'fe1', 1, 'i', now(), now() "
			     "FROM conf WHERE conf_id = 'running'"),
		0);
	assert_int_equal(expire(end - 1, 100), 0);
	assert_int_equal(n_gone, 0);
	assert_int_equal(expire(end, 100), 0);
	assert_int_equal(n_gone, 1);
	assert_string_equal(gone_organizer, ANN);
	assert_string_equal(gone_id, "idle");
	assert_string_equal(gone_guid, "0d6f");
	assert_int_equal(test_pg_exec(pg, "rtc", "DELETE FROM conf_active"), 0);
	assert_int_equal(expire(end + 1, 1), 0);
	assert_int_equal(n_gone, 1);
	assert_string_equal(gone_id, "running");
	assert_int_equal(expire(end + 1, 1), 0);
	assert_string_equal(gone_organizer, BEN);
}

static void what_is_being_joined_is_not_swept(void **state)
{
	void *other;

	(void)state;
	add(ANN, "aaaa");
	other = test_pg_session(pg, "rtc");
	assert_int_equal(test_pg_session_exec(other, "BEGIN"), 0);
	assert_int_equal(test_pg_session_exec(other, "INSERT INTO conf_active SELECT id, 'fe1', 1, "
						     "'i', now(), now() FROM conf"),
			 0);
	assert_int_equal(expire(CREATED + DAY, 100), 0);
	assert_int_equal(n_gone, 0);
	assert_int_equal(test_pg_session_exec(other, "COMMIT"), 0);
	assert_int_equal(expire(CREATED + DAY, 100), 0);
	assert_int_equal(n_gone, 0);
	test_pg_session_close(other);
}

/* --- changes --- */

static int n_changes;
static struct ply_rtc_conf_change change;
static char change_id[64], change_organizer[64];

static void on_change(void *ctx, const struct ply_rtc_conf_change *ch)
{
	(void)ctx;
	change = *ch;
	ply_slice_copy(ch->organizer, change_organizer, sizeof(change_organizer));
	ply_slice_copy(ch->conf_id, change_id, sizeof(change_id));
	n_changes++;
}

/* The next change is of this kind and about this one. */
static void told(enum ply_rtc_conf_change_kind kind, int64_t id, const char *organizer)
{
	assert_true(test_run_until(loop, n_changes > 0));
	assert_int_equal(n_changes, 1);
	assert_int_equal(change.kind, kind);
	assert_int_equal(change.id, id);
	assert_string_equal(change_organizer, organizer);
	assert_string_equal(change_id, "aAaA");
	n_changes = 0;
}

static void changes_are_told_and_activation_is_none(void **state)
{
	struct ply_rtc_conf c = conference(ANN, "aAaA");
	int64_t id;

	(void)state;
	ply_rtc_on_conf_change(rtc, on_change, NULL);
	id = add(ANN, "aAaA");
	assert_int_equal(test_pg_exec(pg, "rtc",
				      "UPDATE conf SET activated_at = now(), expires_at = now();"
				      "INSERT INTO conf_active "
				      "SELECT id, 'fe1', 1, 'i', now(), now() FROM conf;"
				      "UPDATE conf_active SET locked = true;"
				      "NOTIFY rtc_conf, 'nonsense'; NOTIFY rtc_conf, 'end x y z'"),
			 0);
	c.version = 1;
	c.updated_ms = CREATED;
	assert_int_equal(answer(ply_rtc_conf_replace(rtc, &c, &no_lists, on_version, NULL)), 0);
	told(PLY_RTC_CONF_CHANGED, id, ANN);
	assert_int_equal(answer(ply_rtc_conf_end(rtc, S(ANN), S("AAAA"), on_done, NULL)), 0);
	told(PLY_RTC_CONF_END, id, ANN);
	assert_int_equal(test_pg_exec(pg, "rtc", "DELETE FROM conf"), 0);
	told(PLY_RTC_CONF_DELETED, id, ANN);
	id = add(ANN, "aAaA");
	assert_int_equal(answer(ply_rtc_user_delete(rtc, S(ANN), on_done, NULL)), 0);
	told(PLY_RTC_CONF_DELETED, id, "");
	ply_rtc_on_conf_change(rtc, NULL, NULL);
}

static void a_lost_connection_may_have_missed_anything(void **state)
{
	(void)state;
	n_changes = 0;
	ply_rtc_on_conf_change(rtc, on_change, NULL);
	add(ANN, "aaaa");
	assert_int_equal(test_pg_exec(pg, "postgres",
				      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
				      "WHERE application_name = 'parley'"),
			 0);
	assert_true(test_run_until(loop, n_changes == 1));
	assert_int_equal(change.kind, PLY_RTC_CONF_ANY);
	ply_rtc_on_conf_change(rtc, NULL, NULL);
	n_changes = 0;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(what_was_added_is_loaded_by_organizer_and_id_without_case),
		T(an_organizer_has_an_id_once_and_no_more_than_allowed),
		T(what_has_expired_leaves_room_for_another),
		T(many_of_one_turn_keep_to_the_maximum),
		T(a_definition_is_replaced_only_from_its_current_version),
		T(of_two_replacements_of_one_version_one_is_stale),
		T(deleting_takes_everything_along),
		T(lists_all_or_those_of_one_in_pages),
		T(what_expired_is_deleted_unless_it_is_active),
		T(what_is_being_joined_is_not_swept),
		T(changes_are_told_and_activation_is_none),
		T(a_lost_connection_may_have_missed_anything),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
