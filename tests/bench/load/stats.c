#include "tests/bench/load/stats.h"

#include "base/mem.h"

#include <stdlib.h>
#include <time.h>

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

double own_cpu_seconds(void)
{
	return (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
}

double calibration_ns(void)
{
	enum { STEPS = 2000000 };
	static volatile uint32_t sink;
	static uint8_t table[65536];
	uint64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	uint32_t x = 1;

	for (int i = 0; i < STEPS; i++) {
		x = x * 1664525u + 1013904223u;
		x ^= table[x >> 16];
		table[x & 65535] = (uint8_t)x;
	}
	sink = x;
	(void)sink;
	return (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin) / STEPS;
}

void latencies_add(struct latencies *l, uint64_t ns)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 65536;
		uint32_t *more = ply_realloc(l->us, cap * sizeof(*more));

		if (!more)
			return;
		l->us = more;
		l->cap = cap;
	}
	l->us[l->n++] = ns / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(ns / 1000);
}

static int by_length(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void latencies_sort(struct latencies *l)
{
	if (l->n)
		qsort(l->us, l->n, sizeof(*l->us), by_length);
}

double latencies_quantile(const struct latencies *l, double q)
{
	return l->n ? l->us[(size_t)(q * (double)(l->n - 1))] / 1000.0 : 0;
}

void latencies_free(struct latencies *l)
{
	ply_free(l->us);
	*l = (struct latencies){0};
}
