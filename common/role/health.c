#include "role/health.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/http_server.h"
#include "net/addr.h"
#include "net/loop.h"
#include "role/role.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

struct check {
	struct ply_list node;
	const char *name;
	void (*fn)(void *ctx, struct ply_health_state *out);
	void *ctx;
};

struct probe {
	struct ply_list node;
	void (*fn)(void *ctx);
	void *ctx;
};

struct ply_health {
	struct ply_http_server *http;
	const char *role;
	struct ply_list checks, probes;
	uint64_t born_ms; /* wall clock */
	bool started, draining;
};

static bool look(const struct check *c, struct ply_health_state *st)
{
	*st = (struct ply_health_state){false, "", 0};
	c->fn(c->ctx, st);
	return st->ok;
}

bool ply_health_is_ready(const struct ply_health *h)
{
	struct ply_health_state st;

	if (!h->started || h->draining)
		return false;
	PLY_LIST_FOR(n, &h->checks) {
		if (!look(container_of(n, struct check, node), &st))
			return false;
	}
	return true;
}

static void add_bool(struct ply_strbuf *out, bool *first, const char *key, bool value)
{
	ply_json_key(out, first, key);
	ply_strbuf_adds(out, value ? "true" : "false");
}

static void add_text(struct ply_strbuf *out, bool *first, const char *key, const char *value)
{
	ply_json_key(out, first, key);
	ply_json_string(out, ply_slice_str(value));
}

static void print_check(const struct check *c, struct ply_strbuf *out)
{
	struct ply_health_state st;
	char iso[PLY_TIME_MAX];
	bool first = true;

	(void)look(c, &st);
	ply_strbuf_addc(out, '{');
	add_text(out, &first, "name", c->name);
	add_bool(out, &first, "ok", st.ok);
	add_text(out, &first, "state", st.text ? st.text : "");
	if (st.last_ok_ms)
		add_text(out, &first, "last_success", ply_time_iso(st.last_ok_ms, iso));
	ply_strbuf_addc(out, '}');
}

void ply_health_print(const struct ply_health *h, struct ply_strbuf *out)
{
	bool first = true;

	ply_strbuf_addc(out, '{');
	add_bool(out, &first, "ready", ply_health_is_ready(h));
	add_text(out, &first, "role", h->role);
	add_text(out, &first, "version", ply_version());
	add_text(out, &first, "state",
		 h->draining  ? "draining"
		 : h->started ? "running"
			      : "starting");
	ply_json_key(out, &first, "uptime_seconds");
	ply_strbuf_add_u64(out, (ply_wall_ms() - h->born_ms) / 1000);
	ply_json_key(out, &first, "checks");
	ply_strbuf_addc(out, '[');
	PLY_LIST_FOR(n, &h->checks) {
		if (n != h->checks.next)
			ply_strbuf_addc(out, ',');
		print_check(container_of(n, struct check, node), out);
	}
	ply_strbuf_adds(out, "]}\n");
}

static void livez(void *ctx, struct ply_slice query, struct ply_http_answer *a)
{
	(void)ctx;
	(void)query;
	ply_strbuf_adds(&a->body, "ok\n");
}

static void readyz(void *ctx, struct ply_slice query, struct ply_http_answer *a)
{
	(void)query;
	a->status = ply_health_is_ready(ctx) ? 200 : 503;
	a->type = "application/json";
	ply_health_print(ctx, &a->body);
}

static void gauge(struct ply_strbuf *out, const char *name, const char *help, const char *type)
{
	ply_strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", name, help, name, type, name);
}

static uint64_t resident_bytes(void)
{
	unsigned long long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &pages) != 2) /* NOLINT(cert-err34-c): the kernel's */
		pages = 0;
	(void)fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n > 3 ? n - 3 : 0; /* ".", "..", and that of the folder */
}

/* The names that every Prometheus dashboard knows. */
static void process_metrics(const struct ply_health *h, struct ply_strbuf *out)
{
	struct rusage u;

	ply_strbuf_addf(out,
			"# HELP parley_build_info What runs here\n# TYPE parley_build_info gauge\n"
			"parley_build_info{version=\"%s\",role=\"%s\"} 1\n",
			ply_version(), h->role);
	if (!getrusage(RUSAGE_SELF, &u)) {
		gauge(out, "process_cpu_seconds_total", "User and system time", "counter");
		ply_strbuf_addf(out, "%.6f\n",
				(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
					(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
	}
	gauge(out, "process_resident_memory_bytes", "Resident memory", "gauge");
	ply_strbuf_addf(out, "%llu\n", (unsigned long long)resident_bytes());
	gauge(out, "process_open_fds", "Open descriptors", "gauge");
	ply_strbuf_addf(out, "%llu\n", (unsigned long long)open_descriptors());
	gauge(out, "process_start_time_seconds", "Start since 1970", "gauge");
	ply_strbuf_addf(out, "%llu\n", (unsigned long long)(h->born_ms / 1000));
	gauge(out, "parley_log_lost_total", "Log lines that could not be written", "counter");
	ply_strbuf_addf(out, "%llu\n", (unsigned long long)ply_log_lost());
}

static void metrics(void *ctx, struct ply_slice query, struct ply_http_answer *a)
{
	struct ply_health *h = ctx;

	(void)query;
	PLY_LIST_FOR(n, &h->probes) {
		struct probe *p = container_of(n, struct probe, node);

		p->fn(p->ctx);
	}
	a->type = "text/plain; version=0.0.4; charset=utf-8";
	process_metrics(h, &a->body);
	gauge(&a->body, "parley_ready", "1 when /readyz says so", "gauge");
	ply_strbuf_addf(&a->body, "%d\n", ply_health_is_ready(h));
	ply_counter_print(&a->body);
}

static int open_page(struct ply_health *h, struct ply_loop *loop, const char *listen)
{
	struct ply_addr addr;
	int r = ply_addr_parse(&addr, ply_slice_str(listen), 0);

	if (!r)
		r = ply_http_server_open(&h->http, loop, &addr);
	if (!r)
		r = ply_http_server_route(h->http, "/livez", livez, h);
	if (!r)
		r = ply_http_server_route(h->http, "/readyz", readyz, h);
	if (!r)
		r = ply_http_server_route(h->http, "/metrics", metrics, h);
	return r;
}

int ply_health_open(struct ply_health **out, struct ply_loop *loop, const char *role,
		    const char *listen)
{
	struct ply_health *h = ply_calloc(1, sizeof *h);
	int r = 0;

	if (!h)
		return ply_err_origin(-ENOMEM);
	h->role = role;
	h->born_ms = ply_wall_ms();
	ply_list_init(&h->checks);
	ply_list_init(&h->probes);
	if (listen)
		r = open_page(h, loop, listen);
	if (r) {
		ply_health_close(h);
		return r;
	}
	*out = h;
	return 0;
}

void ply_health_close(struct ply_health *h)
{
	struct ply_list *n;

	if (!h)
		return;
	ply_http_server_close(h->http);
	while ((n = ply_list_first(&h->checks))) {
		ply_list_del(n);
		ply_free(container_of(n, struct check, node));
	}
	while ((n = ply_list_first(&h->probes))) {
		ply_list_del(n);
		ply_free(container_of(n, struct probe, node));
	}
	ply_free(h);
}

int ply_health_add(struct ply_health *h, const char *name,
		   void (*fn)(void *ctx, struct ply_health_state *out), void *ctx)
{
	struct check *c = ply_calloc(1, sizeof *c);

	if (!c)
		return ply_err_origin(-ENOMEM);
	*c = (struct check){.name = name, .fn = fn, .ctx = ctx};
	ply_list_push(&h->checks, &c->node);
	return 0;
}

int ply_health_on_metrics(struct ply_health *h, void (*fn)(void *ctx), void *ctx)
{
	struct probe *p = ply_calloc(1, sizeof *p);

	if (!p)
		return ply_err_origin(-ENOMEM);
	*p = (struct probe){.fn = fn, .ctx = ctx};
	ply_list_push(&h->probes, &p->node);
	return 0;
}

void ply_health_set_started(struct ply_health *h, bool started)
{
	h->started = started;
}

void ply_health_set_draining(struct ply_health *h, bool draining)
{
	h->draining = draining;
}

uint16_t ply_health_port(const struct ply_health *h)
{
	return h->http ? ply_http_server_port(h->http) : 0;
}
