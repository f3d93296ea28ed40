#include "tests/lib/unit.h"

#include "base/clock.h"
#include "net/loop.h"
#include "net/sock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct probe {
	struct ply_loop *loop;
	struct ply_timer timer;
	struct ply_defer defer;
	unsigned n;
	char letter;
	char *trail; /* one letter for each call, when wanted */
	uint64_t at;
	struct probe *other;
};

static int set_up(void **state)
{
	struct ply_loop *loop;

	ply_clock_hold(1000000, 1700000000000);
	assert_int_equal(ply_loop_new(&loop), 0);
	*state = loop;
	return 0;
}

static int tear_down(void **state)
{
	ply_loop_free(*state);
	ply_clock_release();
	return 0;
}

static void note(void *ctx)
{
	struct probe *p = ctx;

	p->n++;
	p->at = ply_mono_ms();
	if (p->trail)
		p->trail[strlen(p->trail)] = p->letter;
}

static void fires_each_timer_once_at_its_own_millisecond(void **state)
{
	static const uint64_t ms[] = {0,       1,        2,          63,         64,
				      65,      127,      500,        4095,       4096,
				      4097,    32000,    180000,     262143,     262144,
				      3600000, 86400000, 2592000000, 31536000000};
	struct probe p[ARRAY_LEN(ms)] = {0};
	uint64_t start = ply_mono_ms();

	for (size_t i = 0; i < ARRAY_LEN(ms); i++)
		ply_timer_start(*state, &p[i].timer, ms[i], note, &p[i]);
	assert_int_equal(ply_loop_n_timers(*state), ARRAY_LEN(ms));
	ply_loop_advance(*state, 31536000000);
	for (size_t i = 0; i < ARRAY_LEN(ms); i++)
		if (p[i].n != 1 || p[i].at != start + ms[i])
			fail_msg("%zu ms: called %u times, last after %zu ms", (size_t)ms[i],
				 p[i].n, (size_t)(p[i].at - start));
	assert_int_equal(ply_loop_n_timers(*state), 0);
	assert_true(ply_loop_next_ms(*state) == UINT64_MAX);
}

static void does_not_fire_before_the_clock_moves(void **state)
{
	struct probe p = {0};

	ply_timer_start(*state, &p.timer, 1, note, &p);
	assert_int_equal(ply_loop_step(*state, 0), 0);
	assert_int_equal(p.n, 0);
	assert_true(ply_timer_is_active(&p.timer));
	ply_loop_advance(*state, 1);
	assert_int_equal(p.n, 1);
	assert_false(ply_timer_is_active(&p.timer));
}

static void agrees_with_a_sorted_list_on_random_starts_and_stops(void **state)
{
	enum { N = 2000, ROUNDS = 20000 };
	struct probe *p = calloc(N, sizeof *p);
	uint64_t *due = calloc(N, sizeof *due);

	srandom(7);
	for (unsigned r = 0; r < ROUNDS; r++) {
		size_t i = (size_t)random() % N;
		uint64_t ms = (uint64_t)random() % (1ULL << (random() % 24));

		switch (random() % 4) {
		case 0:
			ply_timer_stop(&p[i].timer);
			due[i] = 0;
			p[i].n = 0;
			break;
		case 1:
			ply_clock_advance(ms % 700);
			(void)ply_loop_step(*state, 0);
			break;
		default:
			p[i].n = 0;
			ply_timer_start(*state, &p[i].timer, ms, note, &p[i]);
			due[i] = ply_mono_ms() + ms;
		}
		if (r % 64)
			continue;
		(void)ply_loop_step(*state, 0);
		for (size_t k = 0; k < N; k++) {
			bool want = due[k] && due[k] <= ply_mono_ms();

			if (want != (p[k].n == 1))
				fail_msg("round %u timer %zu: called %u times", r, k, p[k].n);
			if (want) {
				due[k] = 0;
				p[k].n = 0;
			}
		}
	}
	for (size_t i = 0; i < N; i++)
		ply_timer_stop(&p[i].timer);
	assert_int_equal(ply_loop_n_timers(*state), 0);
	free(p);
	free(due);
}

static void stop_other(void *ctx)
{
	struct probe *p = ctx;

	note(p);
	ply_timer_stop(&p->other->timer);
}

static void a_timer_stopped_by_one_of_the_same_time_is_not_called(void **state)
{
	struct probe a = {0}, b = {0};

	a.other = &b;
	ply_timer_start(*state, &a.timer, 10, stop_other, &a);
	ply_timer_start(*state, &b.timer, 10, note, &b);
	ply_loop_advance(*state, 20);
	assert_int_equal(a.n, 1);
	assert_int_equal(b.n, 0);
}

static void again(void *ctx)
{
	struct probe *p = ctx;

	note(p);
	if (p->n < 3)
		ply_timer_start(p->loop, &p->timer, 0, again, p);
}

static void a_timer_restarted_with_zero_waits_for_the_next_turn(void **state)
{
	struct probe p = {.loop = *state};

	ply_timer_start(*state, &p.timer, 0, again, &p);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(ply_loop_step(*state, 0), 0);
		assert_int_equal(p.n, i);
	}
}

static void same_millisecond_fires_in_the_order_of_starting(void **state)
{
	char trail[8] = "";
	struct probe p[4] = {0};

	for (size_t i = 0; i < 4; i++) {
		p[i].trail = trail;
		p[i].letter = (char)('a' + i);
		/* The same time, reached from two distances: over the wheel's levels and not. */
		ply_timer_start(*state, &p[i].timer, i < 2 ? 5000 : 50, note, &p[i]);
		if (i == 1)
			ply_loop_advance(*state, 4950);
	}
	ply_loop_advance(*state, 50);
	assert_string_equal(trail, "abcd");
}

static void defer_again(void *ctx)
{
	struct probe *p = ctx;

	note(p);
	if (p->n < 2)
		ply_defer_start(p->loop, &p->defer, defer_again, p);
}

static void deferred_runs_once_a_turn_and_flush_comes_last(void **state)
{
	char trail[8] = "";
	struct probe f = {.trail = trail, .letter = 'f'}, d = {.trail = trail, .letter = 'd'};
	struct probe r = {.loop = *state};

	ply_defer_flush(*state, &f.defer, note, &f);
	ply_defer_start(*state, &d.defer, note, &d);
	ply_defer_start(*state, &d.defer, note, &d);
	ply_defer_start(*state, &r.defer, defer_again, &r);
	assert_string_equal(trail, "");
	(void)ply_loop_step(*state, 0);
	assert_string_equal(trail, "df");
	assert_int_equal(r.n, 1);
	(void)ply_loop_step(*state, 0);
	assert_int_equal(r.n, 2);
	ply_defer_start(*state, &d.defer, note, &d);
	ply_defer_stop(&d.defer);
	(void)ply_loop_step(*state, 0);
	assert_int_equal(d.n, 1);
}

struct side {
	struct ply_watch w;
	unsigned seen;
};

static void on_ready(void *ctx, unsigned ready)
{
	struct side *s = ctx;
	char c;

	s->seen |= ready;
	if (ready & PLY_READ)
		assert_int_equal(read(s->w.fd, &c, 1), 1);
	if (ready & PLY_WRITE)
		assert_int_equal(ply_watch_want(&s->w, PLY_READ), 0);
}

static void watches_tell_what_was_asked_for_and_nothing_after_stop(void **state)
{
	struct side s = {0};
	int fd[2];

	assert_int_equal(ply_sock_pair(fd), 0);
	assert_int_equal(ply_watch_start(*state, &s.w, fd[0], PLY_READ, on_ready, &s), 0);
	(void)ply_loop_step(*state, 0);
	assert_int_equal(s.seen, 0);
	assert_int_equal(ply_watch_want(&s.w, PLY_READ | PLY_WRITE), 0);
	(void)ply_loop_step(*state, 0);
	assert_int_equal(s.seen, PLY_WRITE);
	assert_int_equal(write(fd[1], "ab", 2), 2);
	(void)ply_loop_step(*state, 0);
	assert_int_equal(s.seen, PLY_WRITE | PLY_READ);
	ply_watch_stop(&s.w);
	s.seen = 0;
	(void)ply_loop_step(*state, 0);
	assert_int_equal(s.seen, 0);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void stop_loop(void *ctx)
{
	ply_loop_stop(ctx);
}

static void stop_loop_async(void *ctx)
{
	ply_loop_stop_async(ctx);
}

static void runs_until_a_signal_stops_it(void **state)
{
	struct ply_signal s = {0};
	struct probe p = {0};

	ply_clock_release();
	assert_int_equal(ply_signal_start(*state, &s, SIGUSR1, stop_loop, *state), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(ply_loop_run(*state), 0);
	ply_signal_stop(&s);
	ply_timer_start(*state, &p.timer, 5, stop_loop_async, *state);
	assert_int_equal(ply_loop_run(*state), 0);
}

static void timer_costs_are_reported(void **state)
{
	enum { N = 100000 };
	struct probe *p = calloc(N, sizeof *p);
	uint64_t t0 = ply_mono_us(), t1, t2;

	for (size_t i = 0; i < N; i++)
		ply_timer_start(*state, &p[i].timer, 500 + i % 32000, note, &p[i]);
	t1 = ply_mono_us();
	for (size_t i = 0; i < N; i += 2)
		ply_timer_stop(&p[i].timer);
	t2 = ply_mono_us();
	ply_clock_advance(40000);
	(void)ply_loop_step(*state, 0);
	print_message("note: %d timers: start %.0f ns, stop %.0f ns, fire %.0f ns each\n", N,
		      (double)(t1 - t0) * 1000 / N, (double)(t2 - t1) * 2000 / N,
		      (double)(ply_mono_us() - t2) * 2000 / N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(p[i].n, i % 2);
	free(p);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(fires_each_timer_once_at_its_own_millisecond),
		T(does_not_fire_before_the_clock_moves),
		T(agrees_with_a_sorted_list_on_random_starts_and_stops),
		T(a_timer_stopped_by_one_of_the_same_time_is_not_called),
		T(a_timer_restarted_with_zero_waits_for_the_next_turn),
		T(same_millisecond_fires_in_the_order_of_starting),
		T(deferred_runs_once_a_turn_and_flush_comes_last),
		T(watches_tell_what_was_asked_for_and_nothing_after_stop),
		T(runs_until_a_signal_stops_it),
		T(timer_costs_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
