#include "tests/lib/unit.h"

#include "base/fsm.h"

#include <errno.h>

enum { ST_IDLE, ST_ASKING, ST_READY, ST_GONE };
enum { EV_WANTED, EV_OK, EV_TIMEOUT };
enum { T_NONE, T_ASK };

static struct ply_timerdef timers[] = {
	[T_NONE] = {"none", "", "", 0, 0, 0, 0},
	[T_ASK] = {"ask", "ours", "wait for the answer", 2000, 100, 60000, 0},
	{0},
};

struct machine {
	struct ply_fsm fsm;
	uint32_t timer_ms;
	unsigned entered;
};

static struct machine *of(struct ply_fsm *f)
{
	return container_of(f, struct machine, fsm);
}

static void set_timer(struct ply_fsm *f, uint32_t ms)
{
	of(f)->timer_ms = ms;
}

static void on_idle(struct ply_fsm *f, unsigned event, void *arg)
{
	(void)event;
	(void)arg;
	(void)ply_fsm_goto(f, ST_ASKING);
}

static void on_asking(struct ply_fsm *f, unsigned event, void *arg)
{
	(void)arg;
	(void)ply_fsm_goto(f, event == EV_OK ? ST_READY : ST_GONE);
}

static void count(struct ply_fsm *f)
{
	of(f)->entered++;
}

static void pass_on(struct ply_fsm *f)
{
	(void)ply_fsm_goto(f, ST_GONE);
}

static const struct ply_fsm_state states[] = {
	[ST_IDLE] = {"idle", BIT(EV_WANTED), BIT(ST_ASKING), 0, NULL, on_idle},
	[ST_ASKING] = {"asking", BIT(EV_OK) | BIT(EV_TIMEOUT), BIT(ST_READY) | BIT(ST_GONE), T_ASK,
		       count, on_asking},
	[ST_READY] = {"ready", 0, BIT(ST_GONE), 0, pass_on, NULL},
	[ST_GONE] = {"gone", 0, 0, 0, count, NULL},
};
static const char *const events[] = {"wanted", "ok", "timeout"};
static const struct ply_fsm_def def = {
	.name = "test",
	.state = states,
	.n_state = ARRAY_LEN(states),
	.event = events,
	.n_event = ARRAY_LEN(events),
	.timers = timers,
	.set_timer = set_timer,
};

static void follows_the_table_and_moves_the_timer(void **state)
{
	struct machine m = {0};

	(void)state;
	ply_fsm_init(&m.fsm, &def, NULL);
	assert_string_equal(ply_fsm_state_name(&m.fsm), "idle");
	assert_false(ply_fsm_event(&m.fsm, EV_OK, NULL)); /* not taken here */
	assert_true(ply_fsm_event(&m.fsm, EV_WANTED, NULL));
	assert_int_equal(m.fsm.state, ST_ASKING);
	assert_int_equal(m.timer_ms, 2000);
	assert_int_equal(m.entered, 1);
	assert_true(ply_fsm_event(&m.fsm, EV_OK, NULL));
	assert_int_equal(m.fsm.state, ST_GONE); /* ready passed on while it was entered */
	assert_int_equal(m.timer_ms, 0);
	assert_int_equal(m.entered, 2);
	assert_false(ply_fsm_event(&m.fsm, EV_TIMEOUT, NULL));
}

static void timers_change_by_name_within_their_range(void **state)
{
	(void)state;
	assert_int_equal(ply_timerdef_set(timers, ply_slice_str("ask"), 500), 0);
	assert_int_equal(ply_timerdef_ms(timers, T_ASK), 500);
	assert_int_equal(ply_timerdef_set(timers, ply_slice_str("ask"), 50), -ERANGE);
	assert_int_equal(ply_timerdef_set(timers, ply_slice_str("tell"), 500), -ENOENT);
	assert_int_equal(ply_timerdef_set(timers, ply_slice_str("ask"), 2000), 0);
}

static void draws_itself(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_fsm_print_dot(&def, &b);
	assert_string_equal(b.p, "digraph \"test\" {\n"
				 "\t\"idle\" [label=\"idle\\nwanted\"]\n"
				 "\t\"idle\" -> \"asking\"\n"
				 "\t\"asking\" [label=\"asking\\nok\\ntimeout\\n[ask]\"]\n"
				 "\t\"asking\" -> \"ready\"\n"
				 "\t\"asking\" -> \"gone\"\n"
				 "\t\"ready\" [label=\"ready\"]\n"
				 "\t\"ready\" -> \"gone\"\n"
				 "\t\"gone\" [label=\"gone\"]\n"
				 "}\n");
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table_and_moves_the_timer),
		cmocka_unit_test(timers_change_by_name_within_their_range),
		cmocka_unit_test(draws_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
