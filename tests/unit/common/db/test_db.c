/* The pool against a real server: order, errors, deadlines, lost connections, group commit. */
#include "tests/lib/unit.h"

#include "base/counter.h"
#include "base/mem.h"
#include "db/exec.h"
#include "db/notify.h"
#include "db/txn.h"
#include "tests/lib/dbrun.h"
#include "tests/lib/memfail.h"
#include "tests/lib/pg.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct test_pg *pg;
static struct ply_loop *loop;

enum { Q_ADD, Q_GET, Q_MARK, Q_BAD, Q_LOCKED, Q_MANY, Q_NOTIFY, Q_FENCE };

static const struct ply_db_stmt stmts[] = {
	[Q_ADD] = {"t_add", "INSERT INTO t (id, seq) VALUES ($1, nextval('s'))"},
	[Q_GET] = {"t_get", "SELECT id, seq FROM t WHERE id = $1"},
	[Q_MARK] = {"t_mark", "UPDATE t SET seq = nextval('s') WHERE id = $1"},
	[Q_BAD] = {"t_bad", "SELECT 1 / $1::int"},
	[Q_LOCKED] = {"t_locked", "UPDATE held SET v = v + 1 WHERE id = $1"},
	[Q_MANY] = {"t_many", "INSERT INTO t (id, seq) SELECT i, 0 FROM unnest($1::bigint[]) AS i"},
	[Q_NOTIFY] = {"t_notify", "SELECT pg_notify('t_channel', $1)"},
	[Q_FENCE] = {"t_fence", "SELECT fence($1)"},
};
static const struct ply_db_stmt_set set = {stmts, ARRAY_LEN(stmts)};

static int start(void **state)
{
	(void)state;
	pg = test_pg_new();
	if (!pg || ply_loop_new(&loop))
		return -1;
	return test_pg_exec(
		pg, "postgres",
		"CREATE TABLE t (id bigint PRIMARY KEY, seq bigint); CREATE SEQUENCE s;"
		"CREATE TABLE held (id bigint PRIMARY KEY, v int); INSERT INTO held VALUES (1, 0);"
		"CREATE TABLE epoch (e bigint); INSERT INTO epoch VALUES (7);"
		"CREATE FUNCTION fence(mine bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
		"IF mine <> (SELECT e FROM epoch) THEN RAISE EXCEPTION 'fenced' USING ERRCODE = "
		"'PL001'; END IF; END $$;");
}

static int stop(void **state)
{
	(void)state;
	ply_loop_free(loop);
	test_pg_free(pg);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	return test_pg_exec(pg, "postgres", "TRUNCATE t; ALTER SEQUENCE s RESTART");
}

static struct ply_db *open_db(const struct ply_db_conf *more)
{
	const struct ply_db_open open = {.name = "test",
					 .set = &set,
					 .n_set = 1,
					 .fence = &stmts[Q_FENCE],
					 .default_conns = 1};
	struct ply_db_conf conf = more ? *more : (struct ply_db_conf){0};
	struct ply_db *db = NULL;

	conf.conninfo = test_pg_conninfo(pg, "postgres");
	assert_int_equal(ply_db_open(&db, loop, &open, &conf), 0);
	return db;
}

static bool is_up(const struct ply_db *db)
{
	struct ply_db_state st;

	ply_db_state(db, &st);
	return st.up;
}

static uint32_t pending(const struct ply_db *db)
{
	struct ply_db_state st;

	ply_db_state(db, &st);
	return st.queued;
}

/* What came back, in the order it came. */
struct got {
	int id;
	int r;
	int64_t value;
};
static struct got got[20000];
static size_t n_got;
static bool inside;

/* An ask's id travels as the address of its slot; -1 has one too. */
static char slots[40000];

static void *slot(int id)
{
	return &slots[id + 1];
}

static void note(const struct ply_db_answer *a)
{
	assert_false(inside);
	assert_true(n_got < ARRAY_LEN(got));
	got[n_got].id = (int)((const char *)a->ctx - slots) - 1;
	got[n_got].r = a->r;
	got[n_got].value = !a->r && ply_db_rows(a->res, 0) ? ply_db_i64(a->res, 0, 0, 0) : -1;
	n_got++;
}

static int ask_flags(struct ply_db *db, int id, int q, int64_t arg, unsigned flags)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {.key = 1, .flags = flags, .done = note, .ctx = slot(id)};
	int r;

	if (q == Q_BAD)
		ply_db_arg_i32(&a, (int32_t)arg);
	else
		ply_db_arg_i64(&a, arg);
	inside = true;
	r = ply_db_exec(db, &ask, &stmts[q], &a);
	inside = false;
	return r;
}

static int ask(struct ply_db *db, int id, int q, int64_t arg)
{
	return ask_flags(db, id, q, arg, 0);
}

static const struct got *find(int id)
{
	for (size_t i = 0; i < n_got; i++)
		if (got[i].id == id)
			return &got[i];
	fail_msg("no answer to %d", id);
	return NULL;
}

static void answers_in_the_order_of_the_asks_with_one_commit_a_turn(void **state)
{
	struct ply_db *db = open_db(NULL);
	int64_t before;

	(void)state;
	n_got = 0;
	assert_true(test_run_until(loop, is_up(db)));
	before = ply_counter_get("parley_db_segments_total", NULL);
	for (int i = 0; i < 200; i++)
		assert_int_equal(ask(db, i, Q_ADD, i), 0);
	assert_int_equal(n_got, 0);
	assert_true(test_run_until(loop, n_got == 200));
	for (int i = 0; i < 200; i++) {
		assert_int_equal(got[i].id, i);
		assert_int_equal(got[i].r, 0);
	}
	assert_int_equal(ply_counter_get("parley_db_segments_total", NULL) - before, 1);
	assert_int_equal(
		test_pg_number(pg, "postgres", "SELECT count(*) FROM t WHERE seq = id + 1"), 200);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT count(DISTINCT xmin::text) FROM t"),
			 1);
	assert_int_equal(ask(db, 300, Q_GET, 41), 0);
	assert_true(test_run_until(loop, n_got == 201));
	assert_int_equal(got[200].value, 41);
	ply_db_close(db);
}

static void a_bad_statement_hits_only_its_owner(void **state)
{
	struct ply_db *db = open_db(NULL);
	struct ply_db_state st;

	(void)state;
	n_got = 0;
	assert_int_equal(ask(db, 1, Q_ADD, 1), 0);
	assert_int_equal(ask(db, 2, Q_BAD, 0), 0);
	assert_int_equal(ask(db, 3, Q_ADD, 1), 0);
	assert_int_equal(ask(db, 4, Q_ADD, 4), 0);
	assert_int_equal(ask(db, 5, Q_BAD, 1), 0);
	assert_true(test_run_until(loop, n_got == 5));
	for (int i = 0; i < 5; i++)
		assert_int_equal(got[i].id, i + 1);
	assert_int_equal(got[0].r, 0);
	assert_int_equal(got[1].r, -EIO);
	assert_int_equal(got[2].r, PLY_DB_E_EXISTS);
	assert_int_equal(got[3].r, 0);
	assert_int_equal(got[4].r, 0);
	assert_int_equal(got[4].value, 1);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT count(*) FROM t"), 2);
	ply_db_state(db, &st);
	assert_string_equal(st.last_err, "division by zero");
	assert_true(st.up);
	ply_db_close(db);
}

static void add_to(struct ply_db_txn *t, int q, int64_t arg)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	if (q == Q_BAD)
		ply_db_arg_i32(&a, (int32_t)arg);
	else
		ply_db_arg_i64(&a, arg);
	ply_db_txn_add(t, &stmts[q], &a);
}

static void a_transaction_is_done_whole_or_not_at_all(void **state)
{
	struct ply_db *db = open_db(NULL);
	const struct ply_db_ask first = {.key = 1, .done = note, .ctx = slot(1)};
	const struct ply_db_ask second = {.key = 1, .done = note, .ctx = slot(2)};
	struct ply_db_txn *t;

	(void)state;
	n_got = 0;
	t = ply_db_txn_new();
	add_to(t, Q_ADD, 10);
	add_to(t, Q_BAD, 0);
	add_to(t, Q_ADD, 11);
	assert_int_equal(ply_db_txn_run(db, &first, t), 0);
	t = ply_db_txn_new();
	add_to(t, Q_ADD, 20);
	add_to(t, Q_ADD, 21);
	assert_int_equal(ply_db_txn_run(db, &second, t), 0);
	assert_true(test_run_until(loop, n_got == 2));
	assert_int_equal(find(1)->r, -EIO);
	assert_int_equal(find(2)->r, 0);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT count(*) FROM t WHERE id >= 20"),
			 2);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT count(*) FROM t"), 2);
	ply_db_close(db);
}

static void writes_under_an_old_epoch_are_fenced_and_others_are_not(void **state)
{
	struct ply_db *db = open_db(NULL);

	(void)state;
	n_got = 0;
	ply_db_set_epoch(db, 6);
	assert_int_equal(ask_flags(db, 1, Q_ADD, 1, PLY_DB_WRITE), 0);
	ply_db_set_epoch(db, 7);
	assert_int_equal(ask_flags(db, 2, Q_ADD, 2, PLY_DB_WRITE), 0);
	assert_int_equal(ask(db, 3, Q_ADD, 3), 0);
	assert_true(test_run_until(loop, n_got == 3));
	assert_int_equal(find(1)->r, PLY_DB_E_FENCED);
	assert_int_equal(find(2)->r, 0);
	assert_int_equal(find(3)->r, 0);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT sum(id) FROM t"), 5);
	ply_db_close(db);
}

static void a_locked_row_ends_in_a_timeout_and_the_connection_comes_back(void **state)
{
	const struct ply_db_conf conf = {.deadline_ms = 300};
	struct ply_db *db = open_db(&conf);
	void *s = test_pg_session(pg, "postgres");
	uint64_t from;

	(void)state;
	n_got = 0;
	assert_true(test_run_until(loop, is_up(db)));
	assert_int_equal(test_pg_session_exec(s, "BEGIN; UPDATE held SET v = 9 WHERE id = 1"), 0);
	from = ply_mono_ms();
	assert_int_equal(ask(db, 1, Q_LOCKED, 1), 0);
	assert_true(test_run_until(loop, n_got == 1));
	assert_int_equal(got[0].r, -ETIMEDOUT);
	assert_true(ply_mono_ms() - from >= 300);
	assert_true(test_run_until(loop, is_up(db)));
	assert_int_equal(ask(db, 2, Q_ADD, 5), 0);
	assert_true(test_run_until(loop, n_got == 2));
	assert_int_equal(got[1].r, 0);
	/* The server process that was left behind gives up before it gets the row. */
	assert_true(test_run_until(
		loop, test_pg_number(pg, "postgres",
				     "SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
				     "'UPDATE held SET v = v + 1%' AND state = 'active'") == 0));
	assert_int_equal(test_pg_session_exec(s, "COMMIT"), 0);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT v FROM held WHERE id = 1"), 9);
	test_pg_session_close(s);
	ply_db_close(db);
}

static void the_queue_is_bounded(void **state)
{
	const struct ply_db_conf conf = {.queue_max = 10};
	struct ply_db *db = open_db(&conf);

	(void)state;
	n_got = 0;
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(db, i, Q_ADD, i), 0);
	assert_int_equal(ask(db, 10, Q_ADD, 10), -ENOBUFS);
	assert_true(test_run_until(loop, n_got == 10));
	assert_int_equal(ask(db, 11, Q_ADD, 11), 0);
	assert_true(test_run_until(loop, n_got == 11));
	assert_int_equal(pending(db), 0);
	ply_db_close(db);
}

static void an_argument_over_the_limit_is_refused_at_once(void **state)
{
	struct ply_db *db = open_db(NULL);
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask q = {.done = note, .ctx = slot(1)};
	char *big = ply_calloc(1, PLY_DB_UNIT_BYTES + 1);

	(void)state;
	ply_db_arg_bytes(&a, big, PLY_DB_UNIT_BYTES + 1);
	assert_int_equal(ply_db_exec(db, &q, &stmts[Q_NOTIFY], &a), -EMSGSIZE);
	ply_free(big);
	ply_db_close(db);
}

static void a_broken_statement_is_named(void **state)
{
	static const struct ply_db_stmt broken[] = {{"t_fine", "SELECT 1"},
						    {"t_wrong", "SELECT nothing FROM nowhere"}};
	const struct ply_db_stmt_set sets = {broken, 2};
	const struct ply_db_open open = {
		.name = "test", .set = &sets, .n_set = 1, .default_conns = 1};
	const struct ply_db_conf conf = {.conninfo = test_pg_conninfo(pg, "postgres")};
	struct ply_db_state st = {0};
	struct ply_db *db;

	(void)state;
	assert_int_equal(ply_db_open(&db, loop, &open, &conf), 0);
	ply_db_state(db, &st);
	assert_true(test_run_until(loop, *st.last_err));
	assert_string_equal(st.last_err, "statement t_wrong: relation \"nowhere\" does not exist");
	assert_false(is_up(db));
	assert_int_equal(ask(db, 1, Q_ADD, 1), -ENOTCONN);
	ply_db_close(db);
}

static void a_host_name_is_refused_because_it_would_be_resolved_blocking(void **state)
{
	static const struct {
		const char *conninfo;
		int want;
	} cases[] = {
		{"host=db.example dbname=x", -EINVAL},
		{"host=127.0.0.1,db.example dbname=x", -EINVAL},
		{"postgresql://db.example/x", -EINVAL},
		{"no such thing", -EINVAL},
		{"host=db.example hostaddr=127.0.0.1 port=1 dbname=x", 0},
		{"host=127.0.0.1,::1 port=1 dbname=x", 0},
		{"host=/nonexistent dbname=x", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct ply_db_open open = {.name = "test", .default_conns = 1};
		const struct ply_db_conf conf = {.conninfo = cases[i].conninfo};
		struct ply_db *db = NULL;
		int r = ply_db_open(&db, loop, &open, &conf);

		if (r != cases[i].want)
			fail_msg("%s: %d", cases[i].conninfo, r);
		ply_db_close(db);
	}
}

static void closing_answers_what_is_pending(void **state)
{
	struct ply_db *db = open_db(NULL);

	(void)state;
	n_got = 0;
	assert_true(test_run_until(loop, is_up(db)));
	assert_int_equal(ask(db, 1, Q_ADD, 1), 0);
	ply_loop_step(loop, 0);
	assert_int_equal(ask(db, 2, Q_ADD, 2), 0);
	ply_db_close(db);
	assert_int_equal(n_got, 2);
	assert_int_equal(find(2)->r, -ECANCELED);
}

/* --- notify --- */

static char heard[64];
static int n_heard, n_missed;

static void on_heard(void *ctx, struct ply_slice payload)
{
	(void)ctx;
	if (!payload.p)
		n_missed++;
	else if (ply_slice_copy(payload, heard, sizeof(heard)))
		n_heard++;
}

static void hears_notifications_and_says_when_it_may_have_missed_some(void **state)
{
	struct ply_db *db = open_db(NULL);

	(void)state;
	n_heard = n_missed = 0;
	assert_int_equal(ply_db_listen(db, "t_channel", on_heard, NULL), 0);
	assert_true(test_run_until(loop, is_up(db)));
	assert_int_equal(test_pg_exec(pg, "postgres", "NOTIFY t_channel, 'hello'"), 0);
	assert_true(test_run_until(loop, n_heard == 1));
	assert_string_equal(heard, "hello");
	assert_int_equal(n_missed, 0);
	assert_int_equal(test_pg_exec(pg, "postgres",
				      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
				      "WHERE application_name = 'parley' AND pid <> "
				      "pg_backend_pid()"),
			 0);
	assert_true(test_run_until(loop, n_missed == 1));
	assert_int_equal(test_pg_exec(pg, "postgres", "NOTIFY t_channel, 'again'"), 0);
	assert_true(test_run_until(loop, n_heard == 2));
	assert_string_equal(heard, "again");
	ply_db_close(db);
}

/* --- the server goes away under load --- */

static int n_up, n_down;

static void on_state(void *ctx, bool up)
{
	(void)ctx;
	if (up)
		n_up++;
	else
		n_down++;
}

static void check_nothing_acknowledged_is_lost(size_t asked)
{
	size_t ok = 0, reset = 0;
	struct ply_strbuf sql = PLY_STRBUF_INIT;

	assert_int_equal(n_got, asked);
	ply_strbuf_adds(&sql, "SELECT count(*) FROM t WHERE id IN (-1");
	for (size_t i = 0; i < n_got; i++) {
		if (got[i].r == 0) {
			ply_strbuf_addf(&sql, ",%d", got[i].id);
			ok++;
		} else if (got[i].r == -ECONNRESET || got[i].r == -ETIMEDOUT) {
			reset++;
		} else {
			fail_msg("ask %d got %d", got[i].id, got[i].r);
		}
	}
	ply_strbuf_addc(&sql, ')');
	assert_true(ok > 0);
	assert_int_equal(test_pg_number(pg, "postgres", ply_strbuf_str(&sql)), ok);
	ply_strbuf_deinit(&sql);
	print_message("asked %zu, committed %zu, lost on the way %zu\n", asked, ok, reset);
}

static void restart_under_load(int signo)
{
	const struct ply_db_conf conf = {.conns = 2};
	struct ply_db *db = open_db(&conf);
	size_t asked = 0;
	uint64_t end;
	int refused = 0;

	n_got = 0;
	n_up = n_down = 0;
	ply_db_on_state(db, on_state, NULL);
	assert_true(test_run_until(loop, is_up(db)));
	end = ply_mono_ms() + 300;
	while (ply_mono_ms() < end) {
		for (int i = 0; i < 5 && asked < 6000; i++)
			asked += ask(db, (int)asked, Q_ADD, (int64_t)asked) == 0;
		ply_loop_step(loop, 1);
	}
	for (int i = 0; i < 20; i++)
		asked += ask(db, (int)asked, Q_ADD, (int64_t)asked) == 0;
	ply_loop_step(loop, 0);
	test_pg_stop(pg, signo);
	assert_true(test_run_until(loop, n_down > 0 && ask(db, -1, Q_GET, 1) == -ENOTCONN));
	refused++;
	assert_false(is_up(db));
	assert_int_equal(test_pg_start(pg), 0);
	assert_true(test_run_until(loop, is_up(db)));
	for (int i = 0; i < 20; i++)
		asked += ask(db, (int)asked + 10000, Q_ADD, (int64_t)asked + 10000) == 0;
	assert_true(test_run_until(loop, pending(db) == 0));
	/* Reads asked while the state was still found out. */
	for (size_t i = 0; i < n_got;) {
		if (got[i].id == -1)
			got[i] = got[--n_got];
		else
			i++;
	}
	assert_int_equal(refused, 1);
	check_nothing_acknowledged_is_lost(asked);
	assert_true(n_up >= 2);
	ply_db_close(db);
}

static void a_crash_of_the_server_under_load_loses_nothing_acknowledged(void **state)
{
	(void)state;
	restart_under_load(SIGQUIT);
}

static void a_restart_of_the_server_under_load_loses_nothing_acknowledged(void **state)
{
	(void)state;
	restart_under_load(SIGINT);
}

static void a_read_on_a_lost_connection_is_asked_again(void **state)
{
	struct ply_db *db = open_db(NULL);

	(void)state;
	n_got = 0;
	assert_int_equal(test_pg_exec(pg, "postgres", "INSERT INTO t VALUES (77, 1)"), 0);
	assert_true(test_run_until(loop, is_up(db)));
	assert_int_equal(test_pg_exec(pg, "postgres",
				      "SELECT pg_terminate_backend(pid, 5000) FROM "
				      "pg_stat_activity WHERE application_name = 'parley' AND pid "
				      "<> pg_backend_pid()"),
			 0);
	assert_int_equal(ask_flags(db, 1, Q_GET, 77, PLY_DB_READ), 0);
	assert_true(test_run_until(loop, n_got == 1));
	assert_int_equal(got[0].r, 0);
	assert_int_equal(got[0].value, 77);
	ply_db_close(db);
}

static void the_victim_of_a_deadlock_tries_again(void **state)
{
	struct ply_db *db = open_db(NULL);
	const struct ply_db_ask mine = {.key = 1, .done = note, .ctx = slot(1)};
	void *s = test_pg_session(pg, "postgres");
	struct ply_db_txn *t = ply_db_txn_new();

	(void)state;
	n_got = 0;
	assert_int_equal(test_pg_exec(pg, "postgres", "INSERT INTO held VALUES (2, 0), (3, 0)"), 0);
	assert_int_equal(
		test_pg_session_exec(s, "SET deadlock_timeout = '1h'; BEGIN; UPDATE held SET v = 1 "
					"WHERE id = 2"),
		0);
	add_to(t, Q_LOCKED, 3);
	add_to(t, Q_LOCKED, 2);
	assert_int_equal(ply_db_txn_run(db, &mine, t), 0);
	assert_true(test_run_until(
		loop, test_pg_number(pg, "postgres",
				     "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0));
	/* Returns when the other one, ours, was made to give way. */
	assert_int_equal(test_pg_session_exec(s, "UPDATE held SET v = 1 WHERE id = 3; COMMIT"), 0);
	assert_true(test_run_until(loop, n_got == 1));
	assert_int_equal(got[0].r, 0);
	assert_int_equal(test_pg_number(pg, "postgres", "SELECT sum(v) FROM held WHERE id > 1"), 4);
	test_pg_session_close(s);
	ply_db_close(db);
}

/* --- memory --- */

static int work_without_memory(void *ctx)
{
	struct ply_db *db = ctx;
	struct ply_db_txn *t = ply_db_txn_new();
	const struct ply_db_ask q = {.key = 1, .done = note, .ctx = slot(1)};
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	size_t before = n_got;
	int r;

	ply_db_arr_open(&a, PLY_DB_INT8);
	for (int i = 0; i < 100; i++)
		ply_db_arr_i64(&a, i);
	ply_db_arr_close(&a);
	ply_db_txn_add(t, &stmts[Q_MANY], &a);
	ply_db_arg_i32(&a, 0);
	ply_db_txn_add(t, &stmts[Q_BAD], &a);
	r = ply_db_txn_run(db, &q, t);
	if (!r)
		assert_true(test_run_until(loop, n_got == before + 1));
	return r;
}

static void without_memory_an_ask_is_refused_and_nothing_leaks(void **state)
{
	struct ply_db *db = open_db(NULL);

	(void)state;
	n_got = 0;
	assert_true(test_run_until(loop, is_up(db)));
	fails_cleanly_without_memory(work_without_memory, db);
	assert_int_equal(find(1)->r, -EIO);
	ply_db_close(db);
}

/* --- group commit, measured and printed --- */

static void tells_what_group_commit_is_worth(void **state)
{
	const struct ply_db_conf conf = {.queue_max = 100000, .deadline_ms = 60000};
	struct ply_db *db = open_db(&conf);
	static const int window[] = {1, 16, 256};
	int id = 0;

	(void)state;
	assert_true(test_run_until(loop, is_up(db)));
	for (size_t w = 0; w < ARRAY_LEN(window); w++) {
		const int total = window[w] == 1 ? 500 : 5000;
		uint64_t from = ply_mono_us();
		int asked = 0;

		n_got = 0;
		while ((int)n_got < total) {
			while (asked < total && asked - (int)n_got < window[w]) {
				assert_int_equal(ask(db, id, Q_ADD, id), 0);
				id++;
				asked++;
			}
			ply_loop_step(loop, 20);
		}
		for (size_t i = 0; i < n_got; i++)
			assert_int_equal(got[i].r, 0);
		print_message("%d at once: %.0f rows a second, each answered after its commit\n",
			      window[w], total * 1e6 / (double)(ply_mono_us() - from));
	}
	ply_db_close(db);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, clean)
	const struct CMUnitTest tests[] = {
		T(answers_in_the_order_of_the_asks_with_one_commit_a_turn),
		T(a_bad_statement_hits_only_its_owner),
		T(a_transaction_is_done_whole_or_not_at_all),
		T(writes_under_an_old_epoch_are_fenced_and_others_are_not),
		T(a_locked_row_ends_in_a_timeout_and_the_connection_comes_back),
		T(the_queue_is_bounded),
		T(an_argument_over_the_limit_is_refused_at_once),
		T(a_broken_statement_is_named),
		T(a_host_name_is_refused_because_it_would_be_resolved_blocking),
		T(closing_answers_what_is_pending),
		T(hears_notifications_and_says_when_it_may_have_missed_some),
		T(a_crash_of_the_server_under_load_loses_nothing_acknowledged),
		T(a_restart_of_the_server_under_load_loses_nothing_acknowledged),
		T(a_read_on_a_lost_connection_is_asked_again),
		T(the_victim_of_a_deadlock_tries_again),
		T(without_memory_an_ask_is_refused_and_nothing_leaks),
		T(tells_what_group_commit_is_worth),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
