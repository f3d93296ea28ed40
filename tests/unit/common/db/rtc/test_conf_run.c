#include "tests/unit/common/db/rtc/conf_fixture.h"

#define CAT "sip:cat@partner.example"

static struct ply_rtc_conf_active running(const char *frontend, int64_t epoch, uint64_t at)
{
	return (struct ply_rtc_conf_active){
		.frontend = S(frontend),
		.epoch = epoch,
		.instance = S("run-1"),
		.activated_ms = at,
		.last_join_ms = at,
	};
}

static struct ply_rtc_conf_party party(const char *uri, const char *endpoint)
{
	return (struct ply_rtc_conf_party){
		.uri = S(uri),
		.endpoint = S(endpoint),
		.display_name = S("Änn"),
		.auth = PLY_RTC_AUTH_ENTERPRISE,
		.role = PLY_RTC_ATTENDEE,
		.joined_ms = CREATED + 5,
	};
}

/* The last answer to a join; a ctx counts who activated. */
static struct ply_rtc_conf_joined joined;
static char joined_frontend[32], joined_instance[32];

static void on_joined(void *ctx, int r, const struct ply_rtc_conf_joined *j)
{
	int *n_activated = ctx;

	assert_int_equal(j != NULL, r == 0 || r == PLY_RTC_CONF_E_OWNED);
	if (j) {
		joined = *j;
		ply_slice_copy(j->frontend, joined_frontend, sizeof(joined_frontend));
		ply_slice_copy(j->instance, joined_instance, sizeof(joined_instance));
		if (n_activated)
			*n_activated += j->activated;
	}
	on_done(NULL, r);
}

static int join(int64_t id, const char *uri, const char *endpoint,
		const struct ply_rtc_conf_active *a)
{
	const struct ply_rtc_conf_party p = party(uri, endpoint);

	return answer(ply_rtc_conf_join(rtc, id, a, &p, on_joined, NULL));
}

static void look_two(const struct ply_rtc_conf_full *c)
{
	assert_non_null(c->active);
	assert_true(ply_slice_is(c->active->frontend, "fe1"));
	assert_int_equal(c->active->epoch, 7);
	assert_true(ply_slice_is(c->active->instance, "run-1"));
	assert_int_equal(c->active->activated_ms, CREATED + 10);
	assert_int_equal(c->active->last_join_ms, CREATED + 20);
	assert_int_equal(c->active->enterprise_left_ms, CREATED + 15);
	assert_false(c->active->locked || c->active->end_wanted);
	assert_int_equal(c->conf.activated_ms, CREATED + 10);
	assert_int_equal(c->conf.version, 1);
	assert_int_equal(c->n_party, 2);
	assert_true(ply_slice_is(c->party[0].uri, ANN));
	assert_true(ply_slice_is(c->party[0].endpoint, "e1"));
	assert_true(ply_slice_is(c->party[0].display_name, "Änn"));
	assert_int_equal(c->party[0].auth, PLY_RTC_AUTH_ENTERPRISE);
	assert_int_equal(c->party[0].role, PLY_RTC_ATTENDEE);
	assert_int_equal(c->party[0].joined_ms, CREATED + 5);
	assert_true(ply_slice_is(c->party[1].uri, BEN));
}

static void the_first_join_activates_and_the_others_add_themselves(void **state)
{
	struct ply_rtc_conf_active a = running("fe1", 7, CREATED + 10);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	assert_true(joined.activated);
	assert_false(joined.taken);
	assert_string_equal(joined_frontend, "fe1");
	assert_int_equal(joined.expires_ms, CREATED + DAY);

	a.instance = S("run-2");
	a.activated_ms = a.last_join_ms = CREATED + 20;
	a.enterprise_left_ms = CREATED + 15;
	a.locked = true;
	assert_int_equal(join(id, BEN, "e1", &a), 0);
	assert_false(joined.activated);
	assert_string_equal(joined_instance, "run-1");
	assert_int_equal(joined.activated_ms, CREATED + 10);
	assert_int_equal(load(ANN, "aaaa", look_two), 0);

	/* the same endpoint again is no other participant */
	assert_int_equal(join(id, BEN, "e1", &a), 0);
	assert_int_equal(load(ANN, "aaaa", look_two), 0);
	assert_int_equal(join(id + 1, BEN, "e1", &a), PLY_DB_E_NONE);
}

static void activation_moves_a_sliding_expiry_by_six_calendar_months(void **state)
{
	static const struct {
		const char *why;
		uint32_t rule;
		uint64_t at, expires;
	} cases[] = {
		{"fixed", PLY_RTC_EXPIRY_FIXED, 1788220800000, CREATED + DAY},
		{"31 August to 28 February", PLY_RTC_EXPIRY_SLIDING, 1788134400000, 1803772800000},
		{"across summer time", PLY_RTC_EXPIRY_SLIDING, 1772328600000, 1788226200000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_rtc_conf c = conference(ANN, "slide");
		struct ply_rtc_conf_active a = running("fe1", 7, cases[i].at);

		c.expiry_rule = cases[i].rule;
		assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 0, on_id, NULL)), 0);
		assert_int_equal(join(last_id, ANN, "e1", &a), 0);
		if (joined.expires_ms != cases[i].expires)
			fail_msg("%s: %llu", cases[i].why, (unsigned long long)joined.expires_ms);
		a.last_join_ms += DAY;
		assert_int_equal(join(last_id, BEN, "e1", &a), 0);
		assert_int_equal(joined.expires_ms, cases[i].expires);
		assert_int_equal(
			answer(ply_rtc_conf_delete(rtc, S(ANN), S("slide"), on_done, NULL)), 0);
	}
}

static void joins_of_one_turn_activate_once_in_one_commit(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED + 10);
	int64_t id;
	int n_activated = 0;
	char endpoint[100][8];

	(void)state;
	id = add(ANN, "aaaa");
	for (int i = 0; i < 100; i++) {
		struct ply_rtc_conf_party p;

		snprintf(endpoint[i], sizeof(endpoint[i]), "e%d", i);
		p = party(ANN, endpoint[i]);
		assert_int_equal(ply_rtc_conf_join(rtc, id, &a, &p, on_joined, &n_activated), 0);
	}
	assert_true(test_run_until(loop, n_done == 100));
	n_done = 0;
	assert_int_equal(n_activated, 1);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_participant"), 100);
	assert_int_equal(test_pg_number(pg, "rtc",
					"SELECT count(DISTINCT xmin::text) FROM conf_participant"),
			 1);
}

static void of_two_front_ends_that_race_one_activates(void **state)
{
	const struct ply_db_conf conf = {.conninfo = test_pg_conninfo(pg, "rtc")};
	const struct ply_rtc_conf_active a[] = {running("fe1", 7, CREATED),
						running("fe2", 7, CREATED)};
	const struct ply_rtc_conf_party p = party(ANN, "e1");
	struct ply_rtc *other;
	struct ply_db_state up;
	int n_activated = 0, n_owned = 0;
	char id_text[8];

	(void)state;
	assert_int_equal(ply_rtc_open(&other, loop, &conf), 0);
	assert_true(test_run_until(
		loop, (ply_db_state(ply_rtc_db(other), &up), up.conns_up == up.conns)));
	for (int i = 0; i < 50; i++) {
		int64_t id;
		int want = n_activated + 1;

		snprintf(id_text, sizeof(id_text), "r%d", i);
		id = add(ANN, id_text);
		assert_int_equal(ply_rtc_conf_join(rtc, id, &a[0], &p, on_joined, &n_activated), 0);
		assert_int_equal(ply_rtc_conf_join(other, id, &a[1], &p, on_joined, &n_activated),
				 0);
		assert_true(test_run_until(loop, n_done >= 1));
		n_owned += last_r == PLY_RTC_CONF_E_OWNED;
		if (n_done == 1) {
			assert_true(test_run_until(loop, n_done == 2));
			n_owned += last_r == PLY_RTC_CONF_E_OWNED;
		}
		n_done = 0;
		assert_int_equal(n_activated, want);
	}
	assert_true(n_owned > 0);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_active"), 50);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_participant"), 50);
	ply_rtc_close(other);
}

static void a_join_that_waited_for_another_front_end_learns_whose_it_is(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	const struct ply_rtc_conf_party p = party(ANN, "e1");
	void *other;
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	other = test_pg_session(pg, "rtc");
	assert_int_equal(test_pg_session_exec(other, "BEGIN; INSERT INTO conf_active SELECT id, "
						     "'fe2', 7, 'i', now(), now() FROM conf"),
			 0);
	assert_int_equal(ply_rtc_conf_join(rtc, id, &a, &p, on_joined, NULL), 0);
	assert_true(test_run_until(loop, test_pg_number(pg, "rtc",
							"SELECT count(*) FROM pg_stat_activity "
							"WHERE wait_event_type = 'Lock'") == 1));
	assert_int_equal(test_pg_session_exec(other, "COMMIT"), 0);
	test_pg_session_close(other);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	assert_int_equal(last_r, PLY_RTC_CONF_E_OWNED);
	assert_string_equal(joined_frontend, "fe2");
	assert_int_equal(joined.epoch, 7);
	assert_false(joined.activated || joined.taken);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_participant"), 0);
}

static void a_join_to_a_conference_deleted_meanwhile_finds_none(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	const struct ply_rtc_conf_party p = party(ANN, "e1");
	void *other;
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	other = test_pg_session(pg, "rtc");
	assert_int_equal(test_pg_session_exec(other, "BEGIN; DELETE FROM conf"), 0);
	assert_int_equal(ply_rtc_conf_join(rtc, id, &a, &p, on_joined, NULL), 0);
	assert_true(test_run_until(loop, test_pg_number(pg, "rtc",
							"SELECT count(*) FROM pg_stat_activity "
							"WHERE wait_event_type = 'Lock'") == 1));
	assert_int_equal(test_pg_session_exec(other, "COMMIT"), 0);
	test_pg_session_close(other);
	assert_true(test_run_until(loop, n_done == 1));
	n_done = 0;
	assert_int_equal(last_r, PLY_DB_E_NONE);
}

static void what_an_earlier_epoch_left_behind_is_taken_by_a_join(void **state)
{
	const struct ply_rtc_conf_active mine = running("fe2", 8, CREATED + 50),
					 dead = running("fe1", 7, CREATED);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(join(id, ANN, "e1", &dead), 0);
	assert_int_equal(join(id, BEN, "e2", &mine), 0);
	assert_true(joined.taken);
	assert_false(joined.activated);
	assert_string_equal(joined_instance, "run-1");
	assert_int_equal(joined.epoch, 8);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_participant"), 2);
	assert_int_equal(join(id, CAT, "e3", &dead), PLY_RTC_CONF_E_OWNED);
	assert_string_equal(joined_frontend, "fe2");
	/* under a later epoch its own stays its own */
	assert_int_equal(join(id, CAT, "e3",
			      &(struct ply_rtc_conf_active){
				      .frontend = S("fe2"),
				      .epoch = 9,
				      .instance = S("x"),
				      .activated_ms = CREATED + 60,
				      .last_join_ms = CREATED + 60,
			      }),
			 0);
	assert_false(joined.taken || joined.activated);
	assert_int_equal(joined.epoch, 9);
}

static char last_owner[32];

static void on_owner(void *ctx, int r, struct ply_slice owner)
{
	on_done(ctx, r);
	ply_slice_copy(owner, last_owner, sizeof(last_owner));
}

static void a_running_conference_is_taken_from_an_earlier_epoch_only(void **state)
{
	static const struct {
		const char *why, *frontend, *owner;
		int64_t epoch;
		int r;
	} cases[] = {
		{"same epoch", "fe2", "fe1", 7, PLY_RTC_CONF_E_OWNED},
		{"earlier epoch", "fe2", "fe1", 6, PLY_RTC_CONF_E_OWNED},
		{"later epoch", "fe2", "fe2", 8, 0},
		{"again", "fe2", "fe2", 8, 0},
		{"the former owner", "fe1", "fe2", 8, PLY_RTC_CONF_E_OWNED},
	};
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(answer(ply_rtc_conf_take(rtc, id, S("fe1"), 7, on_owner, NULL)),
			 PLY_DB_E_NONE);
	assert_string_equal(last_owner, "");
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = answer(ply_rtc_conf_take(rtc, id, S(cases[i].frontend), cases[i].epoch,
						 on_owner, NULL));

		if (r != cases[i].r || strcmp(last_owner, cases[i].owner) != 0)
			fail_msg("%s: r=%d %s", cases[i].why, r, last_owner);
	}
}

static int leave(int64_t id, const char *uri, const char *endpoint, uint64_t enterprise_left_ms)
{
	return answer(ply_rtc_conf_leave(rtc, id, S(uri), S(endpoint), enterprise_left_ms, on_done,
					 NULL));
}

static void look_left(const struct ply_rtc_conf_full *c)
{
	assert_int_equal(c->n_party, 1);
	assert_true(ply_slice_is(c->party[0].endpoint, "e2"));
	assert_int_equal(c->active->enterprise_left_ms, CREATED + 77);
	assert_int_equal(c->active->last_join_ms, CREATED);
}

static void who_leaves_is_gone_and_it_is_noted_when_no_enterprise_user_is_left(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	assert_int_equal(join(id, ANN, "e2", &a), 0);
	assert_int_equal(leave(id, ANN, "e3", 0), PLY_DB_E_NONE);
	assert_int_equal(leave(id, ANN, "e1", CREATED + 77), 0);
	assert_int_equal(load(ANN, "aaaa", look_left), 0);
}

static void look_changed(const struct ply_rtc_conf_full *c)
{
	assert_true(c->active->locked);
	assert_int_equal(c->n_party, 3);
	assert_int_equal(c->party[0].role, PLY_RTC_PRESENTER);
	assert_int_equal(c->party[1].role, PLY_RTC_PRESENTER);
	assert_int_equal(c->party[2].role, PLY_RTC_ATTENDEE);
}

static void look_idle(const struct ply_rtc_conf_full *c)
{
	assert_null(c->active);
	assert_int_equal(c->n_party, 0);
	assert_int_equal(c->conf.activated_ms, CREATED);
}

static void roles_and_the_lock_last_until_the_end(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(answer(ply_rtc_conf_lock(rtc, id, true, on_done, NULL)), PLY_DB_E_NONE);
	assert_int_equal(
		answer(ply_rtc_conf_role(rtc, id, S(ANN), PLY_RTC_PRESENTER, on_done, NULL)),
		PLY_DB_E_NONE);
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	assert_int_equal(join(id, ANN, "e2", &a), 0);
	assert_int_equal(join(id, BEN, "e3", &a), 0);
	assert_int_equal(answer(ply_rtc_conf_lock(rtc, id, true, on_done, NULL)), 0);
	assert_int_equal(
		answer(ply_rtc_conf_role(rtc, id, S(ANN), PLY_RTC_PRESENTER, on_done, NULL)), 0);
	assert_int_equal(load(ANN, "aaaa", look_changed), 0);
	assert_int_equal(answer(ply_rtc_conf_lock(rtc, id, false, on_done, NULL)), 0);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT locked::int FROM conf_active"), 0);
	assert_int_equal(answer(ply_rtc_conf_deactivate(rtc, id, on_done, NULL)), 0);
	assert_int_equal(test_pg_number(pg, "rtc", "SELECT count(*) FROM conf_participant"), 0);
	assert_int_equal(load(ANN, "aaaa", look_idle), 0);
	assert_int_equal(answer(ply_rtc_conf_deactivate(rtc, id, on_done, NULL)), 0);
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	assert_true(joined.activated);
}

static void look_end_wanted(const struct ply_rtc_conf_full *c)
{
	assert_true(c->active->end_wanted);
}

static void an_administrator_may_want_the_end_of_an_active_one(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(answer(ply_rtc_conf_end(rtc, S(ANN), S("bbbb"), on_done, NULL)),
			 PLY_DB_E_NONE);
	assert_int_equal(answer(ply_rtc_conf_end(rtc, S(ANN), S("aaaa"), on_done, NULL)),
			 PLY_RTC_CONF_E_INACTIVE);
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	assert_int_equal(answer(ply_rtc_conf_end(rtc, S(ANN), S("aaaa"), on_done, NULL)), 0);
	assert_int_equal(load(ANN, "aaaa", look_end_wanted), 0);
}

static void every_write_under_a_passed_epoch_is_refused(void **state)
{
	struct ply_rtc_conf c = conference(ANN, "bbbb");
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	assert_int_equal(join(id, ANN, "e1", &a), 0);
	ply_rtc_set_epoch(rtc, 1000000);
	assert_int_equal(answer(ply_rtc_conf_add(rtc, &c, &no_lists, 0, on_id, NULL)),
			 PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtc_conf_delete(rtc, S(ANN), S("aaaa"), on_done, NULL)),
			 PLY_DB_E_FENCED);
	assert_int_equal(join(id, BEN, "e1", &a), PLY_DB_E_FENCED);
	assert_int_equal(leave(id, ANN, "e1", 0), PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtc_conf_role(rtc, id, S(ANN), 2, on_done, NULL)),
			 PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtc_conf_lock(rtc, id, true, on_done, NULL)), PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtc_conf_deactivate(rtc, id, on_done, NULL)), PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtc_conf_take(rtc, id, S("fe1"), 8, on_owner, NULL)),
			 PLY_DB_E_FENCED);
	assert_int_equal(answer(ply_rtc_conf_end(rtc, S(ANN), S("aaaa"), on_done, NULL)), 0);
	ply_rtc_set_epoch(rtc, 0);
}

static size_t n_actives, n_pages, n_parties;
static int64_t last_active;

static void on_actives(void *ctx, int r, const struct ply_rtc_conf_full *c, size_t n, bool more)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(c[i].conf.id > last_active);
		last_active = c[i].conf.id;
		assert_non_null(c[i].active);
		assert_int_equal(c[i].lists.n_user, 1);
		assert_int_equal(c[i].n_party, 2);
		n_parties += c[i].n_party;
	}
	n_actives += n;
	n_pages++;
	if (!more)
		on_done(ctx, r);
}

static void all_that_run_on_a_front_end_come_in_pages(void **state)
{
	static const char fill[] =
		"INSERT INTO conf (organizer, conf_id, guid, admission, expiry_rule, expires_at, "
		"created_at, updated_at) SELECT u.id, 'c' || n, 'g', 1, 1, now(), now(), now() "
		"FROM resource u, generate_series(1, 130) n WHERE u.uri = '" ANN "';"
		"INSERT INTO conf_user SELECT id, 'sip:u@x', 1 FROM conf;"
		"INSERT INTO conf_active SELECT id, CASE conf_id WHEN 'c3' THEN 'fe2' ELSE 'fe1' "
		"END, 1, 'i', now(), now() FROM conf WHERE conf_id <> 'c2';"
		"INSERT INTO conf_participant SELECT conf, 'sip:u' || n, 'e', NULL, 1, 1, now() "
		"FROM conf_active, generate_series(1, 2) n";

	(void)state;
	assert_int_equal(test_pg_exec(pg, "rtc", fill), 0);
	n_actives = n_pages = n_parties = 0;
	last_active = 0;
	assert_int_equal(answer(ply_rtc_conf_active_list(rtc, S("fe1"), on_actives, NULL)), 0);
	assert_int_equal(n_actives, 128);
	assert_int_equal(n_pages, 3);
	assert_int_equal(n_parties, 256);
	n_actives = 0;
	assert_int_equal(answer(ply_rtc_conf_active_list(rtc, S("fe3"), on_actives, NULL)), 0);
	assert_int_equal(n_actives, 0);
}

/* --- measured and printed --- */

static void tells_what_joining_costs(void **state)
{
	const struct ply_rtc_conf_active a = running("fe1", 7, CREATED);
	const int total = 5000, window = 250;
	char endpoint[16];
	uint64_t from;
	int64_t id;

	(void)state;
	id = add(ANN, "aaaa");
	from = ply_mono_us();
	for (int asked = 0; n_done < total;) {
		for (; asked < total && asked - n_done < window; asked++) {
			struct ply_rtc_conf_party p;

			snprintf(endpoint, sizeof(endpoint), "e%d", asked);
			p = party(ANN, endpoint);
			assert_int_equal(ply_rtc_conf_join(rtc, id, &a, &p, on_joined, NULL), 0);
		}
		ply_loop_step(loop, 20);
	}
	n_done = 0;
	assert_int_equal(last_r, 0);
	print_message("%.0f joins a second\n", total * 1e6 / (double)(ply_mono_us() - from));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(the_first_join_activates_and_the_others_add_themselves),
		T(activation_moves_a_sliding_expiry_by_six_calendar_months),
		T(joins_of_one_turn_activate_once_in_one_commit),
		T(of_two_front_ends_that_race_one_activates),
		T(a_join_that_waited_for_another_front_end_learns_whose_it_is),
		T(a_join_to_a_conference_deleted_meanwhile_finds_none),
		T(what_an_earlier_epoch_left_behind_is_taken_by_a_join),
		T(a_running_conference_is_taken_from_an_earlier_epoch_only),
		T(who_leaves_is_gone_and_it_is_noted_when_no_enterprise_user_is_left),
		T(roles_and_the_lock_last_until_the_end),
		T(an_administrator_may_want_the_end_of_an_active_one),
		T(every_write_under_a_passed_epoch_is_refused),
		T(all_that_run_on_a_front_end_come_in_pages),
		T(tells_what_joining_costs),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
