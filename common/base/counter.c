#include "base/counter.h"

#include <string.h>

/* Both sorted by name, then labels: the exposition format wants a family's samples together. */
static struct ply_counter *counters;
static struct ply_hist *hists;

static int order(const struct ply_counter *a, const struct ply_counter *b)
{
	int c = strcmp(a->name, b->name);

	return c ? c : strcmp(a->labels ? a->labels : "", b->labels ? b->labels : "");
}

void ply_counter_register(struct ply_counter *c)
{
	struct ply_counter **at = &counters;

	if (c->registered)
		return;
	while (*at && order(*at, c) <= 0)
		at = &(*at)->next;
	c->next = *at;
	*at = c;
	c->registered = true;
}

static void hist_register(struct ply_hist *h)
{
	struct ply_hist **at = &hists;

	while (*at && strcmp((*at)->name, h->name) <= 0)
		at = &(*at)->next;
	h->next = *at;
	*at = h;
	h->registered = true;
}

void ply_hist_add(struct ply_hist *h, uint64_t us)
{
	uint64_t top = 100;
	size_t i = 0;

	if (!h->registered)
		hist_register(h);
	while (i < PLY_HIST_BUCKETS && us > top) {
		top *= 2;
		i++;
	}
	if (i < PLY_HIST_BUCKETS)
		h->bucket[i]++;
	h->n++;
	h->sum_us += us;
}

static void print_head(struct ply_strbuf *out, const char *name, const char *help, const char *type)
{
	ply_strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help ? help : "", name, type);
}

static void print_counters(struct ply_strbuf *out)
{
	const char *family = "";

	for (const struct ply_counter *c = counters, *next; c; c = next) {
		int64_t sum = 0;

		if (strcmp(family, c->name) != 0)
			print_head(out, c->name, c->help, c->gauge ? "gauge" : "counter");
		family = c->name;
		/* The same metric counted in two files is one sample. */
		for (next = c; next && order(next, c) == 0; next = next->next)
			sum += next->value;
		if (c->labels)
			ply_strbuf_addf(out, "%s{%s} %lld\n", c->name, c->labels, (long long)sum);
		else
			ply_strbuf_addf(out, "%s %lld\n", c->name, (long long)sum);
	}
}

static void print_us(struct ply_strbuf *out, uint64_t us)
{
	ply_strbuf_addf(out, "%llu.%06llu", (unsigned long long)(us / 1000000),
			(unsigned long long)(us % 1000000));
}

static void print_hist(struct ply_strbuf *out, const struct ply_hist *h)
{
	uint64_t below = 0, top = 100;

	print_head(out, h->name, h->help, "histogram");
	for (size_t i = 0; i < PLY_HIST_BUCKETS; i++, top *= 2) {
		below += h->bucket[i];
		ply_strbuf_addf(out, "%s_bucket{le=\"0.%04llu\"} %llu\n", h->name,
				(unsigned long long)(top / 100), (unsigned long long)below);
	}
	ply_strbuf_addf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum ", h->name,
			(unsigned long long)h->n, h->name);
	print_us(out, h->sum_us);
	ply_strbuf_addf(out, "\n%s_count %llu\n", h->name, (unsigned long long)h->n);
}

void ply_counter_print(struct ply_strbuf *out)
{
	print_counters(out);
	for (const struct ply_hist *h = hists; h; h = h->next)
		print_hist(out, h);
}

int64_t ply_counter_get(const char *name, const char *labels)
{
	const struct ply_counter want = {.name = name, .labels = labels};
	int64_t sum = 0;

	for (const struct ply_counter *c = counters; c; c = c->next)
		if (order(c, &want) == 0)
			sum += c->value;
	return sum;
}
