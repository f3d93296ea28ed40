#include "tests/bench/load/load.h"

#include <stdio.h>

static void report_head(const struct load *l)
{
	printf("{\"mode\":\"%s\",\"transport\":\"%s\",\"users\":%u,\"connections\":%zu,\"window\":%"
	       "u",
	       l->o.scenario->name, transport_uri_name(l->transport.kind), l->o.users,
	       l->transport.n, l->o.window);
}

static unsigned long ul(uint64_t v)
{
	return (unsigned long)v;
}

void report_load(const struct load *l, double seconds, double own_cpu)
{
	const struct stats *s = &l->stats;
	double ops = (double)(l->o.scenario->per_notify ? s->delivered : s->done);

	report_head(l);
	printf(",\"seconds\":%.2f,\"ops\":%.0f,\"ops_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f",
	       seconds, ops, ops / seconds, latencies_quantile(&s->all, .5),
	       latencies_quantile(&s->all, .99));
	printf(",\"failed\":%lu,\"timed_out\":%lu,\"challenges\":%lu,\"delivered\":%lu,"
	       "\"resent\":%lu,\"lost\":%lu,\"load_cpu\":%.2f,\"calibration_ns\":%.2f",
	       ul(s->failed), ul(s->timed_out), ul(s->challenges), ul(s->delivered),
	       ul(s->resent + l->transport.full), ul(l->transport.lost), own_cpu, calibration_ns());
	if (l->o.scenario->extra)
		l->o.scenario->extra(l, seconds);
	servers_print(&l->servers, stdout, ops);
	printf("}\n");
}

void report_idle(const struct load *l, double handshake_cpu)
{
	size_t alive = transport_count(&l->transport, CONN_READY);

	report_head(l);
	printf(",\"alive\":%zu,\"failed\":%zu,\"kib_each\":%.2f,\"handshake_cpu_ms\":%.3f", alive,
	       l->transport.n - alive,
	       (double)servers_memory_growth_kb(&l->servers) / (double)l->transport.n,
	       handshake_cpu * 1000 / (double)l->transport.n);
	servers_print(&l->servers, stdout, 0);
	printf("}\n");
}
