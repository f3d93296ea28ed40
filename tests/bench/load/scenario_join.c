/* Meetings as such: many join one within some seconds, and many small ones lie idle. */
#include "tests/bench/load/rooms.h"

#include <stdio.h>

static bool take_roster(struct load *l, const struct siptext *m)
{
	return scenario_room.delivered(l, m);
}

/* --- one meeting, all join within `seconds` --- */

static void report_storm(const struct load *l, double seconds, bool reached)
{
	const struct rooms *r = l->rooms;
	double n = l->o.members, bytes = (double)r->notification_bytes;

	printf("{\"mode\":\"join-storm\",\"members\":%u,\"failed\":%lu,\"seconds\":%.2f,"
	       "\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"notifications\":%lu,\"bytes\":%.0f",
	       l->o.members, (unsigned long)l->stats.failed, seconds,
	       latencies_quantile(&l->stats.all, .5), latencies_quantile(&l->stats.all, .99),
	       (unsigned long)r->notifications, bytes);
	printf(",\"notifications_each\":%.1f,\"bytes_per_n\":%.0f,\"bytes_per_n2\":%.1f,"
	       "\"message_reached_all\":%s",
	       (double)r->notifications / n, bytes / n, bytes / n / n, reached ? "true" : "false");
	servers_print(&l->servers, stdout, n);
	printf("}\n");
}

static bool storm_course(struct load *l)
{
	struct stats joins;
	double seconds;
	bool reached;

	if (!setup_run(l, &scenario_create, 1))
		return false;
	servers_sample_cpu(&l->servers, AT_BEGIN);
	seconds =
		paced_run(l, &scenario_join, 0, l->o.members, (double)l->o.members / l->o.seconds);
	wait_for_quiet(l, 1, 30);
	servers_sample_cpu(&l->servers, AT_END);
	joins = l->stats;
	l->stats = (struct stats){0};
	paced_run(l, &scenario_room, 0, 1, 0);
	reached = l->stats.done == 1;
	l->stats = joins;
	latencies_sort(&l->stats.all);
	report_storm(l, seconds, reached);
	return joins.done;
}

const struct scenario scenario_storm = {
	.name = "join-storm",
	.delivered = take_roster,
	.course = storm_course,
	.tear_down = rooms_tear_down,
	.signed_in = true,
	.rooms = true,
};

/* --- many meetings at rest: first one member in each, then the others --- */

static double kib(const struct server *v, enum sample from, enum sample to)
{
	return (double)(v->pss_kb[to] - v->pss_kb[from]);
}

static void report_memory(const struct load *l)
{
	double rooms = l->o.rooms, others = rooms * (l->o.members - 1);

	printf("{\"mode\":\"rooms-memory\",\"rooms\":%u,\"members\":%u,\"failed\":%lu", l->o.rooms,
	       l->o.members, (unsigned long)l->stats.failed);
	for (size_t i = 0; i < l->servers.n; i++) {
		const struct server *v = &l->servers.at[i];
		double participant = kib(v, AT_MIDDLE, AT_END) / others;

		printf(",\"%s_kib_per_participant\":%.2f,\"%s_kib_per_meeting\":%.2f,"
		       "\"%s_kib_per_meeting_with_members\":%.2f",
		       v->name, participant, v->name,
		       kib(v, AT_BEGIN, AT_MIDDLE) / rooms - participant, v->name,
		       kib(v, AT_BEGIN, AT_END) / rooms);
	}
	printf("}\n");
}

static bool memory_course(struct load *l)
{
	servers_sample_memory(&l->servers, AT_BEGIN);
	if (!setup_run(l, &scenario_create, l->o.rooms))
		return false;
	paced_run(l, &scenario_join, 0, l->o.rooms, 0);
	wait_for_quiet(l, 2, 30);
	servers_sample_memory(&l->servers, AT_MIDDLE);
	paced_run(l, &scenario_join, l->o.rooms, l->o.users, 0);
	wait_for_quiet(l, 2, 30);
	servers_sample_memory(&l->servers, AT_END);
	report_memory(l);
	return l->stats.done;
}

const struct scenario scenario_rooms_memory = {
	.name = "rooms-memory",
	.delivered = take_roster,
	.course = memory_course,
	.tear_down = rooms_tear_down,
	.signed_in = true,
	.rooms = true,
};
