/* The table of conferencing servers: who is alive, and who gets the next meeting. */
#include "tests/lib/unit.h"

#include "base/mem.h"
#include "frontend/conference/mcu.h"
#include "net/loop.h"

static struct fe fe;
static struct fe_conf conf;
static struct fe_meetings meetings;
static unsigned n_open, n_close;

static int wire_open(struct fe_mcu *s)
{
	(void)s;
	n_open++;
	return 0;
}

static void wire_close(struct fe_mcu *s)
{
	(void)s;
	n_close++;
}

static int wire_post(struct fe_mcu *s, const struct ply_c3p_post *post, ply_c3p_peer_fn *fn,
		     void *ctx)
{
	(void)s, (void)post, (void)fn, (void)ctx;
	return -1;
}

static const struct fe_mcu_wire wire = {wire_open, wire_close, wire_post};

static int setup(void **state)
{
	(void)state;
	ply_clock_hold(1000, 1700000000000);
	fe = (struct fe){.conf = &conf};
	meetings = (struct fe_meetings){.fe = &fe};
	fe.meetings = &meetings;
	n_open = n_close = 0;
	if (ply_loop_new(&fe.loop) || fe_mcu_factory_new(&meetings))
		return -1;
	meetings.factory->wire = &wire;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fe_mcu_factory_free(&meetings);
	ply_loop_free(fe.loop);
	ply_clock_release();
	return 0;
}

/* "a" to a.example; port tells several on one host apart. */
static enum ply_c3p_reason beat(const char *name, unsigned port, const char *instance,
				uint32_t load, uint32_t endpoints, bool draining)
{
	char fqdn[64], url[96], sip[96];
	struct ply_c3p_mcu_status st = {
		.type = PLY_SLICE_LIT("chat"),
		.instance = ply_slice_str(instance),
		.address = PLY_SLICE_LIT("192.0.2.7"),
		.version = PLY_SLICE_LIT("1"),
		.load = load,
		.endpoints = endpoints,
		.max_endpoints = 1000,
		.draining = draining,
	};

	(void)snprintf(fqdn, sizeof fqdn, "%s.example", name);
	(void)snprintf(url, sizeof url, "https://%s:%u/c3p", fqdn, port);
	(void)snprintf(sip, sizeof sip, "sip:%s:5062;transport=tls", fqdn);
	st.fqdn = ply_slice_str(fqdn);
	st.url = ply_slice_str(url);
	st.sip = ply_slice_str(sip);
	return fe_mcu_heard(meetings.factory, fqdn, &st);
}

static const char *allocated(uint32_t room)
{
	const struct fe_mcu *s = fe_mcu_allocate(meetings.factory, "chat", room, NULL);

	return s ? s->fqdn : "";
}

static unsigned n_types(void)
{
	struct ply_slice t[4];

	return (unsigned)fe_mcu_types(&fe, t, 4);
}

static void is_suspected_after_two_missed_heartbeats_and_dead_after_four(void **state)
{
	(void)state;
	assert_int_equal(beat("a", 1, "i1", 0, 0, false), PLY_C3P_R_NONE);
	ply_loop_advance(fe.loop, 3999);
	assert_string_equal(allocated(1), "a.example");
	ply_loop_advance(fe.loop, 1);
	assert_string_equal(allocated(1), "");
	assert_true(fe_mcu_is_one(meetings.factory, "a.example"));
	assert_int_equal(n_types(), 1);
	assert_int_equal(beat("a", 1, "i1", 0, 0, false), PLY_C3P_R_NONE);
	assert_string_equal(allocated(1), "a.example");
	ply_loop_advance(fe.loop, 7999);
	assert_true(fe_mcu_is_one(meetings.factory, "A.example"));
	ply_loop_advance(fe.loop, 1);
	assert_false(fe_mcu_is_one(meetings.factory, "a.example"));
	assert_int_equal(n_types(), 0);
	assert_int_equal(n_open, 1);
	assert_int_equal(beat("a", 1, "i1", 0, 0, false), PLY_C3P_R_NONE);
	assert_int_equal(n_open, 2);
	assert_string_equal(allocated(1), "a.example");
}

static void another_instance_is_another_life(void **state)
{
	const struct fe_mcu *s;

	(void)state;
	(void)beat("a", 1, "i1", 0, 0, false);
	s = fe_mcu_allocate(meetings.factory, "chat", 1, NULL);
	assert_string_equal(s->instance, "i1");
	(void)beat("a", 1, "i2", 0, 0, false);
	assert_int_equal(n_open, 2);
	assert_true(n_close > 0);
	assert_string_equal(s->instance, "i2");
	assert_int_equal(meetings.factory->n_servers, 1);
}

static void the_least_loaded_gets_it_and_that_counts_at_once(void **state)
{
	(void)state;
	(void)beat("a", 1, "i", 20, 0, false);
	(void)beat("b", 1, "i", 10, 0, false);
	assert_string_equal(allocated(90), "b.example");  /* 19 now */
	assert_string_equal(allocated(100), "b.example"); /* 29 */
	assert_string_equal(allocated(1), "a.example");
	(void)beat("b", 1, "i", 10, 0, false);
	assert_string_equal(allocated(1), "b.example");
}

static void equals_share(void **state)
{
	unsigned n[2] = {0};

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		(void)beat("a", 1, "i", 10, 0, false);
		(void)beat("a", 2, "i", 10, 0, false);
		n[strstr(fe_mcu_allocate(meetings.factory, "chat", 1, NULL)->url, ":2/") != NULL]++;
	}
	assert_in_range(n[0], 50, 150);
	assert_int_equal(n[0] + n[1], 200);
}

static void who_is_full_loaded_or_draining_gets_none(void **state)
{
	static const struct {
		const char *why, *want;
		uint32_t load, endpoints, room;
		bool draining, marked;
	} cases[] = {
		{"fine", "a.example", 89, 0, 1, false, false},
		{"loaded", "", 90, 0, 1, false, false},
		{"room for just so many", "a.example", 0, 996, 4, false, false},
		{"one too many", "", 0, 997, 4, false, false},
		{"it drains", "", 0, 0, 1, true, false},
		{"an administrator drains it", "", 0, 0, 1, false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fe_mcu *s;

		(void)beat("a", 1, "i", cases[i].load, cases[i].endpoints, cases[i].draining);
		s = container_of(meetings.factory->servers.next, struct fe_mcu, in_factory);
		s->marked = cases[i].marked;
		if (strcmp(allocated(cases[i].room), cases[i].want) != 0)
			fail_msg("%s", cases[i].why);
	}
}

static void speaks_for_itself_alone(void **state)
{
	struct ply_c3p_mcu_status st = {
		.type = PLY_SLICE_LIT("chat"),
		.instance = PLY_SLICE_LIT("i"),
		.fqdn = PLY_SLICE_LIT("a.example"),
		.url = PLY_SLICE_LIT("https://a.example:1/c3p"),
		.sip = PLY_SLICE_LIT("sip:a.example:2;transport=tls"),
		.address = PLY_SLICE_LIT("192.0.2.1"),
	};

	(void)state;
	assert_int_equal(fe_mcu_heard(meetings.factory, "b.example", &st), PLY_C3P_R_FORBIDDEN);
	assert_int_equal(fe_mcu_heard(meetings.factory, "A.example", &st), PLY_C3P_R_NONE);
	st.url = ply_slice_str("https://b.example:1/c3p");
	assert_int_equal(fe_mcu_heard(meetings.factory, "a.example", &st),
			 PLY_C3P_R_REQUEST_MALFORMED);
	st.url = ply_slice_str("http://a.example:1/c3p");
	assert_int_equal(fe_mcu_heard(meetings.factory, "a.example", &st),
			 PLY_C3P_R_REQUEST_MALFORMED);
	st.url = ply_slice_str("https://a.example");
	st.sip = ply_slice_str("sip:b.example");
	assert_int_equal(fe_mcu_heard(meetings.factory, "a.example", &st),
			 PLY_C3P_R_REQUEST_MALFORMED);
	st.sip = ply_slice_str("sip:a.example");
	st.type = ply_slice_str("");
	assert_int_equal(fe_mcu_heard(meetings.factory, "a.example", &st),
			 PLY_C3P_R_REQUEST_MALFORMED);
}

static void the_table_has_an_end_and_lets_the_dead_go(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		(void)snprintf(name, sizeof name, "m%u", i);
		assert_int_equal(beat(name, 1, "i", 0, 0, false), PLY_C3P_R_NONE);
	}
	assert_int_equal(beat("one-more", 1, "i", 0, 0, false), PLY_C3P_R_SERVER_BUSY);
	ply_loop_advance(fe.loop, 8000);
	assert_int_equal(beat("one-more", 1, "i", 0, 0, false), PLY_C3P_R_NONE);
	assert_int_equal(meetings.factory->n_servers, 64);
	ply_loop_advance(fe.loop, 700000);
	assert_int_equal(meetings.factory->n_servers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			is_suspected_after_two_missed_heartbeats_and_dead_after_four, setup,
			teardown),
		cmocka_unit_test_setup_teardown(another_instance_is_another_life, setup, teardown),
		cmocka_unit_test_setup_teardown(the_least_loaded_gets_it_and_that_counts_at_once,
						setup, teardown),
		cmocka_unit_test_setup_teardown(equals_share, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_full_loaded_or_draining_gets_none, setup,
						teardown),
		cmocka_unit_test_setup_teardown(speaks_for_itself_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(the_table_has_an_end_and_lets_the_dead_go, setup,
						teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
