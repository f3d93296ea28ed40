/* Named counters, gauges and histograms, printed as Prometheus text by role/health. A metric is a
 * static object that registers itself at first use; label values come from small fixed sets, never
 * from users. Signalling thread only (media workers have their own and are summed). Rank 0. */
#ifndef PLY_BASE_COUNTER_H
#define PLY_BASE_COUNTER_H

#include "base/ply.h"
#include "base/strbuf.h"

struct ply_counter {
	const char *name; /* parley_ROLE_THING_UNIT[_total] */
	const char *help;
	const char *labels; /* "method=\"INVITE\",listener=\"tls\"" or NULL; fixed text */
	bool gauge;
	bool registered;
	int64_t value;
	struct ply_counter *next;
};

#define PLY_COUNTER(var, n, h) static struct ply_counter var = {.name = (n), .help = (h)}
#define PLY_COUNTER_L(var, n, l, h)                                                                \
	static struct ply_counter var = {.name = (n), .labels = (l), .help = (h)}
#define PLY_GAUGE(var, n, h)                                                                       \
	static struct ply_counter var = {.name = (n), .help = (h), .gauge = true}

void ply_counter_register(struct ply_counter *c);

static inline void ply_counter_add(struct ply_counter *c, int64_t n)
{
	if (!c->registered)
		ply_counter_register(c);
	c->value += n;
}

static inline void ply_counter_inc(struct ply_counter *c)
{
	ply_counter_add(c, 1);
}

static inline void ply_counter_set(struct ply_counter *c, int64_t v)
{
	ply_counter_add(c, v - c->value);
}

enum { PLY_HIST_BUCKETS = 14 };
struct ply_hist {
	const char *name; /* ..._seconds */
	const char *help;
	bool registered;
	uint64_t bucket[PLY_HIST_BUCKETS]; /* 100 us doubling: 0.0001 ... 0.8192 s; slower ones only
					      in n */
	uint64_t sum_us, n;
	struct ply_hist *next;
};
#define PLY_HIST(var, n, h) static struct ply_hist var = {.name = (n), .help = (h)}
void ply_hist_add(struct ply_hist *h, uint64_t us);

/* All metrics as Prometheus text exposition format 0.0.4. */
void ply_counter_print(struct ply_strbuf *out);
/* Value of the metric with this name and labels (NULL: none); 0 when it never counted. */
int64_t ply_counter_get(const char *name, const char *labels);

#endif
