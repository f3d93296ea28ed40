#include "tests/lib/unit.h"

#include "base/ply.h"
#include "c3p/c3p_replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INSTANCE "0123456789abcdef0123456789abcdef"

static struct c3p_replay memory;
static unsigned n_orphans;

static void orphan(struct c3p_entry *e)
{
	(void)e;
	n_orphans++;
}

static int set_up(void **state)
{
	const struct c3p_replay_conf conf = {
		.keep_ms = 1000, .max_entries = 4, .max_senders = 2, .max_bytes = 100};

	(void)state;
	n_orphans = 0;
	c3p_replay_init(&memory, &conf);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	c3p_replay_deinit(&memory, orphan);
	return 0;
}

static enum c3p_replay_verdict ask(struct c3p_entry **e, const char *peer, uint64_t number,
				   uint64_t done, uint64_t now)
{
	struct c3p_id id = {.instance = INSTANCE, .number = number, .done = done};
	struct c3p_entry *none;

	return c3p_replay_ask(&memory, e ? e : &none, peer, &id, now);
}

static void execute(uint64_t number, uint64_t done, uint64_t now, const char *text)
{
	struct c3p_entry *e = NULL;

	assert_int_equal(ask(&e, "mcu", number, done, now), C3P_REPLAY_NEW);
	c3p_replay_done(&memory, e, 200, ply_slice_str(text), now);
}

static void a_request_is_new_once(void **state)
{
	struct c3p_entry *e = NULL, *again = NULL;

	(void)state;
	assert_int_equal(ask(&e, "mcu", 1, 0, 0), C3P_REPLAY_NEW);
	assert_int_equal(ask(&again, "mcu", 1, 0, 0), C3P_REPLAY_UNDER_WAY);
	assert_ptr_equal(e, again);
	c3p_replay_done(&memory, e, 202, ply_slice_str("text"), 10);
	assert_int_equal(ask(&again, "mcu", 1, 0, 900), C3P_REPLAY_DONE);
	assert_int_equal(again->status, 202);
	assert_string_equal(ply_strbuf_str(&again->body), "text");
	/* The same number of another sender is another request. */
	assert_int_equal(ask(NULL, "edge", 1, 0, 0), C3P_REPLAY_NEW);
}

static void what_is_forgotten_is_never_new_again(void **state)
{
	(void)state;
	execute(1, 0, 0, "");
	assert_int_equal(ask(NULL, "mcu", 1, 0, 999), C3P_REPLAY_DONE);
	assert_int_equal(ask(NULL, "mcu", 1, 0, 1000), C3P_REPLAY_FORGOTTEN);
	for (uint64_t i = 2; i <= 6; i++)
		execute(i, 0, 1000, "");
	assert_int_equal(ask(NULL, "mcu", 2, 0, 1000), C3P_REPLAY_FORGOTTEN); /* the fifth of 4 */
	assert_int_equal(ask(NULL, "mcu", 3, 0, 1000), C3P_REPLAY_DONE);
}

static void answers_are_bounded_in_bytes(void **state)
{
	char text[61];

	(void)state;
	memset(text, 'x', 60);
	text[60] = '\0';
	execute(1, 0, 0, text);
	execute(2, 0, 0, text);
	assert_int_equal(ask(NULL, "mcu", 1, 0, 0), C3P_REPLAY_FORGOTTEN);
	assert_int_equal(ask(NULL, "mcu", 2, 0, 0), C3P_REPLAY_DONE);
}

static void what_the_sender_has_finished_makes_room(void **state)
{
	struct c3p_entry *slow = NULL;

	(void)state;
	assert_int_equal(ask(&slow, "mcu", 1, 0, 0), C3P_REPLAY_NEW);
	execute(2, 0, 0, "");
	execute(3, 0, 0, "");
	/* Given up by its sender while it was executed: its answer is not kept. */
	execute(4, 2, 0, "");
	c3p_replay_done(&memory, slow, 200, ply_slice_str("late"), 0);
	assert_int_equal(ask(NULL, "mcu", 1, 0, 0), C3P_REPLAY_FORGOTTEN);
	assert_int_equal(ask(NULL, "mcu", 2, 0, 0), C3P_REPLAY_FORGOTTEN);
	assert_int_equal(ask(NULL, "mcu", 3, 0, 0), C3P_REPLAY_DONE);
	assert_int_equal(ask(NULL, "mcu", 4, 0, 0), C3P_REPLAY_DONE);
}

static void what_was_not_executed_may_come_again(void **state)
{
	struct c3p_entry *e = NULL;

	(void)state;
	assert_int_equal(ask(&e, "mcu", 1, 0, 0), C3P_REPLAY_NEW);
	c3p_replay_forget(e);
	assert_int_equal(ask(&e, "mcu", 1, 0, 0), C3P_REPLAY_NEW);
}

static void too_much_under_way_is_refused(void **state)
{
	struct c3p_entry *e = NULL;

	(void)state;
	for (uint64_t i = 1; i <= 4; i++)
		assert_int_equal(ask(&e, "mcu", i, 0, 0), C3P_REPLAY_NEW);
	assert_int_equal(ask(NULL, "mcu", 5, 0, 0), C3P_REPLAY_FULL);
	c3p_replay_done(&memory, e, 200, ply_slice_str(""), 0);
	assert_int_equal(ask(NULL, "mcu", 5, 0, 0), C3P_REPLAY_NEW);
	c3p_replay_deinit(&memory, orphan);
	assert_int_equal(n_orphans, 4);
	(void)set_up(NULL);
}

static void silent_senders_make_room_for_others(void **state)
{
	struct c3p_entry *e = NULL;

	(void)state;
	execute(1, 0, 0, "");
	assert_int_equal(ask(&e, "busy", 1, 0, 0), C3P_REPLAY_NEW);
	assert_int_equal(ask(NULL, "third", 1, 0, 999), C3P_REPLAY_FULL);
	assert_int_equal(ask(NULL, "third", 1, 0, 1000), C3P_REPLAY_NEW);
	assert_int_equal(memory.n_senders, 2);
	assert_int_equal(ask(NULL, "busy", 1, 0, 5000), C3P_REPLAY_UNDER_WAY);
	c3p_replay_done(&memory, e, 200, ply_slice_str(""), 5000);
	c3p_replay_sweep(&memory, 5999);
	assert_int_equal(memory.n_senders, 2);
	c3p_replay_sweep(&memory, 6000);
	assert_int_equal(memory.n_senders, 1);
}

static void identifiers_are_read_strictly(void **state)
{
	static const struct {
		const char *why, *text;
		uint64_t number, done; /* number 0: refused */
	} cases[] = {
		{"the first", INSTANCE ":1:0", 1, 0},
		{"later", INSTANCE ":700:699", 700, 699},
		{"number 0", INSTANCE ":0:0", 0, 0},
		{"done itself", INSTANCE ":7:7", 0, 0},
		{"no done", INSTANCE ":7", 0, 0},
		{"empty done", INSTANCE ":7:", 0, 0},
		{"more", INSTANCE ":7:1:", 0, 0},
		{"signs", INSTANCE ":+7:1", 0, 0},
		{"upper case", "0123456789ABCDEF0123456789abcdef:7:1", 0, 0},
		{"short instance", "0123:7:1", 0, 0},
		{"beyond numbers", INSTANCE ":9223372036854775808:1", 0, 0},
		{"empty", "", 0, 0},
	};
	char text[C3P_ID_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct c3p_id id;
		int r = c3p_id_parse(&id, ply_slice_str(cases[i].text));

		if (r != (cases[i].number ? 0 : -EBADMSG))
			fail_msg("%s: %d", cases[i].why, r);
		if (r)
			continue;
		assert_int_equal(id.number, cases[i].number);
		assert_int_equal(id.done, cases[i].done);
		assert_true(ply_slice_is(c3p_id_format(&id, text), cases[i].text));
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_request_is_new_once),
		T(what_is_forgotten_is_never_new_again),
		T(answers_are_bounded_in_bytes),
		T(what_the_sender_has_finished_makes_room),
		T(what_was_not_executed_may_come_again),
		T(too_much_under_way_is_refused),
		T(silent_senders_make_room_for_others),
		cmocka_unit_test(identifiers_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
