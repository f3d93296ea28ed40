#include "net/loop.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/loop_internal.h"
#include "net/tls_conn.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Waking up is the whole effect: the turn then looks at the wheel. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ply_loop *loop = arg;

	(void)fd;
	(void)what;
	loop->armed = UINT64_MAX;
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void on_wake(void *ctx, unsigned ready)
{
	struct ply_loop *loop = ctx;
	uint64_t n;

	(void)ready;
	if (read(loop->wake.fd, &n, sizeof n) == (ssize_t)sizeof n)
		loop->stop = true;
}

static int open_wake(struct ply_loop *loop)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int r;

	if (fd < 0)
		return ply_err_origin(-errno);
	r = ply_watch_start(loop, &loop->wake, fd, PLY_READ, on_wake, loop);
	if (r)
		(void)close(fd);
	return r;
}

int ply_loop_new(struct ply_loop **out)
{
	struct ply_loop *loop = ply_calloc(1, sizeof *loop);
	int r = -ENOMEM;

	if (!loop)
		return ply_err_origin(r);
	loop->armed = UINT64_MAX;
	ply_list_init(&loop->defer[0]);
	ply_list_init(&loop->defer[1]);
	ply_wheel_init(&loop->wheel, ply_mono_ms());
	loop->base = event_base_new();
	if (!loop->base)
		goto out;
	loop->timer = evtimer_new(loop->base, on_timer, loop);
	loop->limit = evtimer_new(loop->base, on_limit, loop);
	if (!loop->timer || !loop->limit)
		goto out;
	r = open_wake(loop);
	if (r)
		goto out;
	*out = loop;
	return 0;
out:
	ply_loop_free(loop);
	return ply_err_origin(r);
}

void ply_loop_free(struct ply_loop *loop)
{
	if (!loop)
		return;
	if (ply_watch_is_active(&loop->wake)) {
		int fd = loop->wake.fd;

		ply_watch_stop(&loop->wake);
		(void)close(fd);
	}
	ply_tls_io_free(loop->tls_io);
	ply_free(loop->udp_batch);
	ply_free(loop->buf[0]);
	ply_free(loop->buf[1]);
	if (loop->timer)
		event_free(loop->timer);
	if (loop->limit)
		event_free(loop->limit);
	if (loop->base)
		event_base_free(loop->base);
	ply_free(loop);
}

char *ply_loop_buf(struct ply_loop *loop, unsigned which)
{
	if (!loop->buf[which])
		loop->buf[which] = ply_calloc(1, PLY_LOOP_BUF);
	return loop->buf[which];
}

static struct timeval as_timeval(uint64_t ms)
{
	return (struct timeval){.tv_sec = (time_t)(ms / 1000),
				.tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

/* A day at most: the wheel knows better when it wakes. */
static void arm(struct event *ev, uint64_t ms)
{
	struct timeval tv = as_timeval(ms < 86400000 ? ms : 86400000);

	(void)event_add(ev, &tv);
}

/* Arms libevent's one timer when the earliest of ours is before what it waits for. One that waits
 * too short is left alone: it wakes once for nothing, which costs less than moving it often. */
static void arm_earliest(struct ply_loop *loop, uint64_t now, uint64_t next)
{
	if (next >= loop->armed)
		return;
	arm(loop->timer, next - now);
	loop->armed = next;
}

static void fire_timers(struct ply_loop *loop)
{
	struct ply_list due, *n;
	uint64_t now = ply_mono_ms();

	if (ply_wheel_next(&loop->wheel) > now)
		return;
	ply_list_init(&due);
	ply_wheel_expire(&loop->wheel, now, &due);
	while ((n = ply_list_first(&due)) != NULL) {
		struct ply_timer *t = container_of(n, struct ply_timer, node);

		ply_wheel_del(&loop->wheel, t);
		t->fn(t->ctx);
	}
}

/* What is there now; what is added meanwhile waits for the next turn. */
static void run_deferred(struct ply_list *list)
{
	struct ply_list now, *n;

	if (ply_list_empty(list))
		return;
	now = *list;
	now.next->prev = &now;
	now.prev->next = &now;
	ply_list_init(list);
	while ((n = ply_list_first(&now)) != NULL) {
		struct ply_defer *d = container_of(n, struct ply_defer, node);

		ply_defer_stop(d);
		d->fn(d->ctx);
	}
}

static int turn(struct ply_loop *loop, bool wait)
{
	int flags = EVLOOP_ONCE;

	if (!ply_list_empty(&loop->defer[0]) || !ply_list_empty(&loop->defer[1]) || loop->stop)
		wait = false;
	if (wait) {
		uint64_t now = ply_mono_ms(), next = ply_wheel_next(&loop->wheel);

		if (next <= now)
			wait = false;
		else if (next != UINT64_MAX)
			arm_earliest(loop, now, next);
	}
	if (event_base_loop(loop->base, wait ? flags : flags | EVLOOP_NONBLOCK) < 0)
		return ply_err_origin(-EIO);
	fire_timers(loop);
	run_deferred(&loop->defer[0]);
	run_deferred(&loop->defer[1]);
	return 0;
}

int ply_loop_run(struct ply_loop *loop)
{
	int r = 0;

	while (!loop->stop && !r)
		r = turn(loop, true);
	loop->stop = false;
	return r;
}

void ply_loop_stop(struct ply_loop *loop)
{
	loop->stop = true;
}

void ply_loop_stop_async(struct ply_loop *loop)
{
	const uint64_t one = 1;

	/* Full means that it is awake. */
	if (write(loop->wake.fd, &one, sizeof one) < 0)
		return;
}

int ply_loop_step(struct ply_loop *loop, uint32_t wait_ms)
{
	int r;

	if (!wait_ms)
		return turn(loop, false);
	arm(loop->limit, wait_ms);
	r = turn(loop, true);
	(void)event_del(loop->limit);
	return r;
}

void ply_loop_advance(struct ply_loop *loop, uint64_t ms)
{
	uint64_t end = ply_mono_ms() + ms;

	for (;;) {
		uint64_t now = ply_mono_ms(), next = ply_wheel_next(&loop->wheel);

		if (next > end || now >= end)
			break;
		if (next > now)
			ply_clock_advance(next - now);
		(void)turn(loop, false);
	}
	if (ply_mono_ms() < end)
		ply_clock_advance(end - ply_mono_ms());
	(void)turn(loop, false);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct ply_watch *w = arg;

	(void)fd;
	w->fn(w->ctx, what & EV_READ ? PLY_READ : PLY_WRITE);
}

static int want_one(struct ply_watch *w, unsigned i, bool on)
{
	if (!on)
		return w->ev[i] ? event_del(w->ev[i]) : 0;
	if (!w->ev[i])
		w->ev[i] = event_new(w->loop->base, w->fd,
				     (short)((i ? EV_WRITE : EV_READ) | EV_PERSIST), on_event, w);
	return w->ev[i] ? event_add(w->ev[i], NULL) : -1;
}

int ply_watch_start(struct ply_loop *loop, struct ply_watch *w, int fd, unsigned want,
		    void (*fn)(void *ctx, unsigned ready), void *ctx)
{
	int r;

	*w = (struct ply_watch){.loop = loop, .fd = fd, .fn = fn, .ctx = ctx};
	r = ply_watch_want(w, want);
	if (r)
		ply_watch_stop(w);
	return r;
}

int ply_watch_want(struct ply_watch *w, unsigned want)
{
	unsigned change = w->want ^ want;

	if (change & PLY_READ && want_one(w, 0, want & PLY_READ))
		return ply_err_origin(-ENOMEM);
	if (change & PLY_WRITE && want_one(w, 1, want & PLY_WRITE))
		return ply_err_origin(-ENOMEM);
	w->want = want;
	return 0;
}

void ply_watch_stop(struct ply_watch *w)
{
	for (unsigned i = 0; i < 2; i++)
		if (w->ev[i])
			event_free(w->ev[i]);
	w->ev[0] = w->ev[1] = NULL;
	w->loop = NULL;
	w->want = 0;
}

void ply_timer_start(struct ply_loop *loop, struct ply_timer *t, uint64_t ms, void (*fn)(void *ctx),
		     void *ctx)
{
	uint64_t now = ply_mono_ms();

	ply_timer_stop(t);
	t->loop = loop;
	t->when = ms < UINT64_MAX - now ? now + ms : UINT64_MAX;
	t->fn = fn;
	t->ctx = ctx;
	ply_wheel_add(&loop->wheel, t);
}

void ply_timer_stop(struct ply_timer *t)
{
	if (ply_timer_is_active(t))
		ply_wheel_del(&t->loop->wheel, t);
}

size_t ply_loop_n_timers(const struct ply_loop *loop)
{
	return loop->wheel.n;
}

uint64_t ply_loop_next_ms(const struct ply_loop *loop)
{
	uint64_t now = ply_mono_ms(), next = ply_wheel_next(&loop->wheel);

	if (next == UINT64_MAX)
		return next;
	return next > now ? next - now : 0;
}

static void defer(struct ply_list *list, struct ply_defer *d, void (*fn)(void *ctx), void *ctx)
{
	if (ply_defer_is_active(d))
		return;
	d->fn = fn;
	d->ctx = ctx;
	ply_list_push(list, &d->node);
}

void ply_defer_start(struct ply_loop *loop, struct ply_defer *d, void (*fn)(void *ctx), void *ctx)
{
	defer(&loop->defer[0], d, fn, ctx);
}

void ply_defer_flush(struct ply_loop *loop, struct ply_defer *d, void (*fn)(void *ctx), void *ctx)
{
	defer(&loop->defer[1], d, fn, ctx);
}

void ply_defer_stop(struct ply_defer *d)
{
	if (!ply_defer_is_active(d))
		return;
	ply_list_del(&d->node);
	d->node.next = NULL;
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct ply_signal *s = arg;

	(void)signo;
	(void)what;
	s->fn(s->ctx);
}

int ply_signal_start(struct ply_loop *loop, struct ply_signal *s, int signo, void (*fn)(void *ctx),
		     void *ctx)
{
	*s = (struct ply_signal){.loop = loop, .fn = fn, .ctx = ctx};
	s->ev = evsignal_new(loop->base, signo, on_signal, s);
	if (!s->ev || event_add(s->ev, NULL)) {
		ply_signal_stop(s);
		return ply_err_origin(-ENOMEM);
	}
	return 0;
}

void ply_signal_stop(struct ply_signal *s)
{
	if (s->ev)
		event_free(s->ev);
	s->ev = NULL;
	s->loop = NULL;
}
