#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>
#include <unistd.h>

static int pipe_fd[2];
static char got[8192];

static const char *last_line(void)
{
	ssize_t n = read(pipe_fd[0], got, sizeof got - 1);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

static int open_log(void **state)
{
	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	ply_log_set_host("fe1");
	ply_log_open("frontend", PLY_LOG_INFO, pipe_fd[1]);
	ply_clock_hold(0, 1767605400120);
	return 0;
}

static int close_log(void **state)
{
	(void)state;
	ply_log_set_json(false);
	ply_log_open("test", PLY_LOG_ERROR, -1);
	ply_clock_release();
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	return 0;
}

#define HEAD "ts=2026-01-05T09:30:00.120Z lvl=info host=fe1 role=frontend ev=focus.activated "

static void writes_one_line_an_event_and_quotes_what_needs_it(void **state)
{
	static const struct {
		const char *why, *val, *want;
	} cases[] = {
		{"plain", "8KQ2", HEAD "conf=8KQ2\n"},
		{"empty", "", HEAD "conf=\"\"\n"},
		{"blank", "a b", HEAD "conf=\"a b\"\n"},
		{"quote and backslash", "a\"\\", HEAD "conf=\"a\\\"\\\\\"\n"},
		{"line feed cannot forge a line", "a\nb", HEAD "conf=\"a\\nb\"\n"},
		{"escape character", "\033[1m", HEAD "conf=\"\\x1b[1m\"\n"},
		{"UTF-8 stays", "caf\xc3\xa9", HEAD "conf=\"caf\xc3\xa9\"\n"},
		{"bytes that are no UTF-8", "\xff", HEAD "conf=\"\\xff\"\n"},
		{"absent", NULL, HEAD "conf=\"\"\n"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ply_info(NULL, "focus.activated", KS("conf", cases[i].val));
		if (strcmp(last_line(), cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].why, got);
	}
}

static void inherits_context_from_the_outermost_object_in(void **state)
{
	struct ply_log conf, user;

	(void)state;
	ply_log_init(&conf, NULL);
	ply_log_set(&conf, 0, "conf", "8KQ2");
	ply_log_init(&user, &conf);
	ply_log_set(&user, 1, "user", "sip:ann@ex.org");
	ply_info(&user, "focus.activated", KI("mcus", -2), KSL("x", ply_slice("abc", 2)));
	assert_string_equal(last_line(), HEAD "conf=8KQ2 user=sip:ann@ex.org mcus=-2 x=ab\n");
}

static void leaves_out_what_is_below_the_level(void **state)
{
	enum ply_log_level level;

	(void)state;
	ply_debug(NULL, "focus.activated", KI("n", 1));
	assert_int_equal(ply_log_level_parse(ply_slice_str("warn"), &level), 0);
	ply_log_set_level(level);
	ply_info(NULL, "focus.activated", KI("n", 2));
	ply_warn(NULL, "focus.lost", KI("n", 3));
	assert_non_null(strstr(last_line(), "lvl=warn"));
	assert_null(strstr(got, "n=2"));
	assert_int_not_equal(ply_log_level_parse(ply_slice_str("loud"), &level), 0);
}

static void writes_json_with_the_same_keys(void **state)
{
	(void)state;
	ply_log_set_json(true);
	ply_info(NULL, "focus.activated", KS("conf", "a\"\x01\xff"), KI("mcus", 2));
	assert_string_equal(
		last_line(),
		"{\"ts\":\"2026-01-05T09:30:00.120Z\",\"lvl\":\"info\",\"host\":\"fe1\","
		"\"role\":\"frontend\",\"ev\":\"focus.activated\","
		"\"conf\":\"a\\\"\\u0001\\u00ff\",\"mcus\":2}\n");
}

static void marks_a_line_that_was_cut(void **state)
{
	char big[3001];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	ply_info(NULL, "focus.activated", KS("a", big), KS("b", big), KS("c", big), KS("d", big),
		 KI("e", 5));
	assert_true(strlen(last_line()) <= 4096);
	assert_non_null(strstr(got, " e=5 cut=yes\n"));
	assert_null(strstr(got, " d="));
}

static void counts_lines_that_nobody_could_take(void **state)
{
	uint64_t before = ply_log_lost();

	(void)state;
	ply_log_open("frontend", PLY_LOG_INFO, 1 << 20);
	ply_info(NULL, "focus.activated", KI("n", 1));
	assert_int_equal(ply_log_lost(), before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_one_line_an_event_and_quotes_what_needs_it,
						open_log, close_log),
		cmocka_unit_test_setup_teardown(inherits_context_from_the_outermost_object_in,
						open_log, close_log),
		cmocka_unit_test_setup_teardown(leaves_out_what_is_below_the_level, open_log,
						close_log),
		cmocka_unit_test_setup_teardown(writes_json_with_the_same_keys, open_log,
						close_log),
		cmocka_unit_test_setup_teardown(marks_a_line_that_was_cut, open_log, close_log),
		cmocka_unit_test_setup_teardown(counts_lines_that_nobody_could_take, open_log,
						close_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
