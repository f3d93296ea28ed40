/* The course of a run: users sign in, then operations start whenever there is room. */
#include "tests/bench/load/load.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t setup_limit_ns = 120ull * 1000000000ull;

/* Its branch is "z9hG4bK" and "index.generation.run.", as request.c writes it. */
static struct op *op_of(struct load *l, const struct siptext *m)
{
	const struct field *via = siptext_field(m, FIELD_VIA);
	size_t at = via ? ply_slice_find(via->value, "=z9hG4bK") : SIZE_MAX;
	unsigned index, generation, run;
	char text[64];

	if (at == SIZE_MAX)
		return NULL;
	snprintf(text, sizeof(text), "%.*s", PLY_SLICE_ARG(ply_slice_from(via->value, at + 8)));
	if (/* NOLINTNEXTLINE(cert-err34-c): written by us; an overflow names no operation */
	    sscanf(text, "%x.%x.%x.", &index, &generation, &run) != 3 || run != l->run ||
	    index >= l->o.window || l->op[index].generation != generation)
		return NULL;
	return l->op[index].scenario ? &l->op[index] : NULL;
}

static void take_response(struct load *l, const struct siptext *m)
{
	const struct field *cseq = siptext_field(m, FIELD_CSEQ);
	struct op *o = op_of(l, m);

	if (!o || !cseq || strtoul(cseq->value.p, NULL, 10) != o->cseq)
		return;
	o->resent = RESEND_NEVER;
	if (m->status >= 200)
		o->scenario->response(l, o, m);
}

void load_on_message(void *arg, struct conn *c, struct ply_slice text)
{
	struct load *l = arg;
	struct siptext m;

	if (!siptext_read(&m, text))
		return;
	if (m.status)
		take_response(l, &m);
	else
		answer_request(l, c, &m);
}

static void turn(struct load *l, int timeout_ms)
{
	transport_poll(&l->transport, timeout_ms);
	ops_tick(l);
}

static double seconds_since(const struct load *l, uint64_t begin)
{
	return (double)(l->transport.now_ns - begin) / 1e9;
}

double paced_run(struct load *l, const struct scenario *scenario, unsigned first, unsigned last,
		 double rate)
{
	uint64_t begin = monotonic_ns();
	unsigned n = first;

	l->transport.now_ns = begin;
	while (n < last || ops_under_way(l)) {
		while (n < last && l->n_free &&
		       (rate <= 0 || n - first < seconds_since(l, begin) * rate))
			op_start(l, scenario, n++);
		turn(l, rate > 0 ? 2 : 20);
		if (l->transport.now_ns - begin > setup_limit_ns)
			break;
	}
	if (l->stats.failed || n < last)
		fprintf(stderr,
			"sipload: %s: %u of %u started, %lu failed, %lu of them timed out\n",
			scenario->name, n - first, last - first, (unsigned long)l->stats.failed,
			(unsigned long)l->stats.timed_out);
	l->stats.failed += last - n;
	return seconds_since(l, begin);
}

bool setup_run(struct load *l, const struct scenario *scenario, unsigned count)
{
	bool started;

	paced_run(l, scenario, 0, count, 0);
	started = l->stats.done + l->stats.failed == count && l->stats.done;
	l->stats = (struct stats){0};
	return started;
}

void wait_for_quiet(struct load *l, double quiet_s, double limit_s)
{
	uint64_t begin = monotonic_ns(), last = begin, seen = l->transport.messages;

	do {
		turn(l, 20);
		if (l->transport.messages != seen) {
			seen = l->transport.messages;
			last = l->transport.now_ns;
		}
	} while (seconds_since(l, last) < quiet_s && seconds_since(l, begin) < limit_s);
}

static void start_due(struct load *l, unsigned *started, double elapsed)
{
	if (l->o.scenario->idle)
		return;
	while (l->n_free && (l->o.rate <= 0 || *started < elapsed * l->o.rate))
		op_start(l, l->o.scenario, (*started)++);
}

double measure_run(struct load *l)
{
	uint64_t begin = monotonic_ns(), measured = 0;
	int timeout_ms = l->o.rate > 0 ? 1 : 20;
	unsigned started = 0;

	l->transport.now_ns = begin;
	while (!l->measuring || seconds_since(l, measured) < l->o.seconds) {
		if (!l->measuring && seconds_since(l, begin) >= l->o.warm_up) {
			l->stats = (struct stats){0};
			servers_sample_cpu(&l->servers, AT_BEGIN);
			l->transport.now_ns = measured = monotonic_ns();
			l->measuring = true;
		}
		start_due(l, &started, seconds_since(l, begin));
		turn(l, timeout_ms);
	}
	l->measuring = false;
	servers_sample_cpu(&l->servers, AT_END);
	return seconds_since(l, measured);
}
