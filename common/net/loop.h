/* The one loop of a thread: descriptors, timers, "call me at the end of this turn", signals. On
 * libevent, which nobody else sees. A turn is: wait for descriptors, call their watches, call the
 * timers that are due, call what was deferred, flush output.
 *
 * watch, timer, defer and signal are embedded in the object that uses them; zeroed memory is an
 * idle one. Stopping an idle one is fine. A callback is never called before the function that
 * registered it has returned, and never again after the stop. Callbacks may stop or restart
 * anything and free the object that embeds what called them.
 * Thread rule: everything from the loop's own thread, but ply_loop_stop_async. Rank 2. */
#ifndef PLY_NET_LOOP_H
#define PLY_NET_LOOP_H

#include "base/list.h"
#include "base/ply.h"

struct ply_loop;

int ply_loop_new(struct ply_loop **out); /* GIVES *out */
/* Everything registered must have been stopped before. NULL is fine. */
void ply_loop_free(struct ply_loop *loop);
/* Until ply_loop_stop; 0 or a negative code. */
int ply_loop_run(struct ply_loop *loop);
void ply_loop_stop(struct ply_loop *loop);
/* The same from another thread or a signal handler. */
void ply_loop_stop_async(struct ply_loop *loop);
/* One turn. Waits at most wait_ms for something to do (0: does not wait; for tests and nesting). */
int ply_loop_step(struct ply_loop *loop, uint32_t wait_ms);
/* Tests with a held clock: moves the clock by ms, stopping at every deadline on the way so that
 * each timer sees its own time, and takes a turn at each. */
void ply_loop_advance(struct ply_loop *loop, uint64_t ms);

/* --- descriptors --- */
enum { PLY_READ = 1, PLY_WRITE = 2 };

struct ply_watch {
	struct ply_loop *loop;
	int fd;
	unsigned want;
	void (*fn)(void *ctx, unsigned ready); /* ready: PLY_READ | PLY_WRITE; errors set both */
	void *ctx;
	void *ev[2]; /* for reading, for writing; made when first wanted */
};

/* Level triggered. fd stays the caller's; stop before closing it. want may be 0. */
int ply_watch_start(struct ply_loop *loop, struct ply_watch *w, int fd, unsigned want,
		    void (*fn)(void *ctx, unsigned ready), void *ctx);
int ply_watch_want(struct ply_watch *w, unsigned want);
void ply_watch_stop(struct ply_watch *w);

static inline bool ply_watch_is_active(const struct ply_watch *w)
{
	return w->loop != NULL;
}

/* --- timers: start and stop are O(1), allocate nothing and cannot fail --- */
struct ply_timer {
	struct ply_list node;
	struct ply_loop *loop;
	uint64_t when; /* ply_mono_ms */
	void (*fn)(void *ctx);
	void *ctx;
};

/* Once, ms from now (at the earliest; to the millisecond), never in this turn's timer round. A
 * running one is moved. Timers of the same millisecond fire in the order they were started. */
void ply_timer_start(struct ply_loop *loop, struct ply_timer *t, uint64_t ms, void (*fn)(void *ctx),
		     void *ctx);
void ply_timer_stop(struct ply_timer *t);

static inline bool ply_timer_is_active(const struct ply_timer *t)
{
	return t->node.next != NULL;
}

/* Running timers; milliseconds to the earliest wake-up, UINT64_MAX when there is none. */
size_t ply_loop_n_timers(const struct ply_loop *loop);
uint64_t ply_loop_next_ms(const struct ply_loop *loop);

/* --- once at the end of this turn --- */
struct ply_defer {
	struct ply_list node;
	void (*fn)(void *ctx);
	void *ctx;
};

/* Called once at the end of the turn, however often asked for (the first fn and ctx stay). Asked
 * for while the deferred are called: the next turn, which does not wait. */
void ply_defer_start(struct ply_loop *loop, struct ply_defer *d, void (*fn)(void *ctx), void *ctx);
/* The same, after all of the above: for sending what a turn has gathered. */
void ply_defer_flush(struct ply_loop *loop, struct ply_defer *d, void (*fn)(void *ctx), void *ctx);
void ply_defer_stop(struct ply_defer *d);

static inline bool ply_defer_is_active(const struct ply_defer *d)
{
	return d->node.next != NULL;
}

/* --- signals, delivered as events --- */
struct ply_signal {
	struct ply_loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
	void *ev;
};

int ply_signal_start(struct ply_loop *loop, struct ply_signal *s, int signo, void (*fn)(void *ctx),
		     void *ctx);
void ply_signal_stop(struct ply_signal *s);

#endif
