/* What a run counts, and how long operations took. */
#ifndef TESTS_BENCH_LOAD_STATS_H
#define TESTS_BENCH_LOAD_STATS_H

#include <stddef.h>
#include <stdint.h>

struct latencies {
	uint32_t *us;
	size_t n, cap;
};

void latencies_add(struct latencies *l, uint64_t ns);
void latencies_sort(struct latencies *l);
/* In milliseconds, of a sorted list; 0 when it is empty. */
double latencies_quantile(const struct latencies *l, double q);
void latencies_free(struct latencies *l);

struct stats {
	uint64_t done, failed, timed_out;
	uint64_t delivered;   /* requests that reached the far end */
	uint64_t challenges;  /* 401 and 407 answered */
	uint64_t resent;      /* UDP retransmissions, and sends the kernel refused */
	struct latencies all; /* of the operation; with presence from PUBLISH to each NOTIFY */
	struct latencies publish;
};

uint64_t monotonic_ns(void);
double own_cpu_seconds(void);
/* CPU nanoseconds of a fixed piece of work: how fast the machine is at this moment. */
double calibration_ns(void);

#endif
