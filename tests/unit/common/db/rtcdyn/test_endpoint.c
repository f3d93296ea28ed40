#include "tests/unit/common/db/rtcdyn/rtcdyn_fixture.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>

static int clean(void **state)
{
	(void)state;
	return test_pg_exec(pg, "rtcdyn", "TRUNCATE endpoint");
}

static int n_done, n_failed, last_r;

static void on_done(void *ctx, int r)
{
	(void)ctx;
	last_r = r;
	n_failed += r != 0;
	n_done++;
}

static struct ply_rtcdyn_endpoint endpoint(int64_t user_id, const char *key)
{
	return (struct ply_rtcdyn_endpoint){
		.user_id = user_id,
		.key = S(key),
		.uri = S("sip:alice@lab.example"),
		.epid = S("0102030405"),
		.contact = S("<sip:alice@127.0.0.1:40000;transport=tls>;proxy=replace"),
		.user_agent = S("UCCAPI/2.0"),
		.fe = S("fe1.lab.example"),
		.call_id = S("abc"),
		.transport = PLY_RTCDYN_TLS,
		.flow = PLY_RTCDYN_FLOW_KEPT,
		.cseq = 4000000000u,
		.supported = 5,
		.expires_ms = ply_wall_ms() + 60000,
		.last_active_ms = ply_wall_ms(),
	};
}

static size_t n_seen, n_pages;
static struct ply_rtcdyn_endpoint first;
static char first_contact[100];
static bool finished;

static void on_endpoints(void *ctx, int r, const struct ply_rtcdyn_endpoint *e, size_t n, bool more)
{
	(void)ctx;
	assert_int_equal(r, 0);
	if (!n_seen && n) {
		first = e[0];
		ply_slice_copy(e[0].contact, first_contact, sizeof(first_contact));
	}
	n_seen += n;
	n_pages++;
	finished = !more;
}

static size_t load(const char *fe)
{
	n_seen = n_pages = 0;
	finished = false;
	assert_int_equal(ply_rtcdyn_endpoint_load(dyn, S(fe), on_endpoints, NULL), 0);
	assert_true(test_run_until(loop, finished));
	return n_seen;
}

static void what_is_put_is_loaded_and_what_is_deleted_is_not(void **state)
{
	struct ply_rtcdyn_endpoint e = endpoint(7, "epid:1");

	(void)state;
	n_done = n_failed = 0;
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	assert_int_equal(n_done, 0);
	assert_true(test_run_until(loop, n_done == 1));
	assert_int_equal(last_r, 0);
	assert_int_equal(load("fe1.lab.example"), 1);
	assert_int_equal(first.user_id, 7);
	assert_int_equal(first.cseq, 4000000000u);
	assert_int_equal(first.transport, PLY_RTCDYN_TLS);
	assert_int_equal(first.expires_ms, e.expires_ms);
	assert_string_equal(first_contact,
			    "<sip:alice@127.0.0.1:40000;transport=tls>;proxy=replace");
	assert_null(first.instance.p);
	assert_int_equal(load("fe2.lab.example"), 0);
	assert_int_equal(ply_rtcdyn_endpoint_delete(dyn, 7, S("epid:1"), on_done, NULL), 0);
	assert_true(test_run_until(loop, n_done == 2));
	assert_int_equal(load("fe1.lab.example"), 0);
}

static void the_last_of_several_writes_of_a_turn_wins_and_all_are_answered(void **state)
{
	struct ply_rtcdyn_endpoint e = endpoint(1, "a"), f = endpoint(1, "b");

	(void)state;
	n_done = n_failed = 0;
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_delete(dyn, 1, S("a"), on_done, NULL), 0);
	e.cseq = 2;
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &f, NULL, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_delete(dyn, 1, S("b"), on_done, NULL), 0);
	assert_true(test_run_until(loop, n_done == 4));
	assert_int_equal(n_failed, 0);
	assert_int_equal(load("fe1.lab.example"), 1);
	assert_int_equal(first.cseq, 2);
}

static void a_row_the_server_refuses_fails_only_itself(void **state)
{
	struct ply_rtcdyn_endpoint e = endpoint(1, "a"), bad = endpoint(2, "b"),
				   f = endpoint(3, "c");

	(void)state;
	n_done = n_failed = 0;
	bad.contact = S("\xff not UTF-8");
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &bad, on_done, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &f, on_done, NULL), 0);
	assert_true(test_run_until(loop, n_done == 3));
	assert_int_equal(n_failed, 1);
	assert_int_equal(load("fe1.lab.example"), 2);
}

static void purges_what_has_run_out_or_everything(void **state)
{
	struct ply_rtcdyn_endpoint e = endpoint(1, "a"), old = endpoint(1, "b"),
				   other = endpoint(2, "a");
	uint64_t now = ply_wall_ms();

	(void)state;
	n_done = n_failed = 0;
	old.expires_ms = now - 5000;
	other.fe = S("fe2.lab.example");
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &old, on_done, NULL), 0);
	assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &other, on_done, NULL), 0);
	assert_true(test_run_until(loop, n_done == 3));
	assert_int_equal(load("fe1.lab.example"), 1);
	assert_int_equal(ply_rtcdyn_endpoint_purge(dyn, e.fe, now, on_done, NULL), 0);
	assert_true(test_run_until(loop, n_done == 4));
	assert_int_equal(test_pg_number(pg, "rtcdyn", "SELECT count(*) FROM endpoint"), 2);
	assert_int_equal(ply_rtcdyn_endpoint_purge(dyn, e.fe, UINT64_MAX, on_done, NULL), 0);
	assert_true(test_run_until(loop, n_done == 5));
	assert_int_equal(test_pg_number(pg, "rtcdyn", "SELECT count(*) FROM endpoint"), 1);
}

static void thousands_go_in_batches_and_come_in_pages(void **state)
{
	const int total = 5000;
	uint64_t from = ply_mono_us();

	(void)state;
	n_done = n_failed = 0;
	for (int i = 0; i < total; i++) {
		struct ply_rtcdyn_endpoint e = endpoint(i, "a");

		assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	}
	assert_true(test_run_until(loop, n_done == total));
	assert_int_equal(n_failed, 0);
	print_message("%.0f endpoints a second\n", total * 1e6 / (double)(ply_mono_us() - from));
	from = ply_mono_us();
	n_done = 0;
	for (int i = 0; i < total; i++) {
		struct ply_rtcdyn_endpoint e = endpoint(i, "a");

		assert_int_equal(ply_rtcdyn_endpoint_put(dyn, &e, on_done, NULL), 0);
	}
	assert_true(test_run_until(loop, n_done == total));
	print_message("%.0f refreshes a second\n", total * 1e6 / (double)(ply_mono_us() - from));
	assert_int_equal(load("fe1.lab.example"), total);
	assert_int_equal(n_pages, 6);
}

static void closing_answers_what_waits(void **state)
{
	struct ply_db_conf conf = {.conninfo = test_pg_conninfo(pg, "rtcdyn")};
	struct ply_rtcdyn_endpoint e = endpoint(1, "a");
	struct ply_rtcdyn *own;

	(void)state;
	n_done = n_failed = 0;
	assert_int_equal(ply_rtcdyn_open(&own, loop, &conf), 0);
	assert_int_equal(ply_rtcdyn_endpoint_put(own, &e, on_done, NULL), 0);
	ply_loop_step(loop, 0);
	e.user_id = 2;
	assert_int_equal(ply_rtcdyn_endpoint_put(own, &e, on_done, NULL), 0);
	ply_rtcdyn_close(own);
	assert_int_equal(n_done, 2);
	assert_int_equal(n_failed, 2);
	assert_int_equal(last_r, -ECANCELED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(what_is_put_is_loaded_and_what_is_deleted_is_not),
		T(the_last_of_several_writes_of_a_turn_wins_and_all_are_answered),
		T(a_row_the_server_refuses_fails_only_itself),
		T(purges_what_has_run_out_or_everything),
		T(thousands_go_in_batches_and_come_in_pages),
		T(closing_answers_what_waits),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
