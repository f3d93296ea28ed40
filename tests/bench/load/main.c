/* sipload: a SIP load on a server on this host, in one thread.
 *
 *   sipload -t 127.0.0.1:PORT -T udp|tcp|tls
 *     -m register|message|call|presence|options|idle|room|join-storm|rooms-memory
 *     -n users  -c connections  -w operations under way  -d seconds  -W seconds of warm-up
 *     -F watchers of each presentity   -M members of a room   -r rooms (-m room: -w is for each)
 *     -R operations a second (0: closed loop)
 *     -D domain  -p password  -x expires  -H handshakes under way
 *     -s name=pid: a server whose CPU and memory count; the first is the one the figures are given
 * for
 *
 * Prints one line of JSON. Exit: 0 done, 1 no operation came to its end, 2 wrong usage. */
#include "base/mem.h"
#include "tests/bench/load/rooms.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct scenario *const scenarios[] = {
	&scenario_register, &scenario_message, &scenario_call,
	&scenario_publish,  &scenario_options, &scenario_idle,
	&scenario_room,     &scenario_storm,   &scenario_rooms_memory,
};

static const struct scenario *scenario_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++)
		if (strcmp(scenarios[i]->name, name) == 0)
			return scenarios[i];
	return NULL;
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static bool set_option(struct load *l, int option, const char *value)
{
	struct load_options *o = &l->o;

	switch (option) {
	/* clang-format off */
	case 't': return transport_target_parse(value, &l->transport.server);
	case 'T': return transport_kind_parse(value, &l->transport.kind);
	case 'm': return (o->scenario = scenario_named(value)) != NULL;
	case 's': return servers_add(&l->servers, value);
	case 'n': return (o->users = number(value)) > 0;
	case 'c': return (o->connections = number(value)) > 0;
	case 'w': return (o->window = number(value)) > 0;
	case 'F': return (o->watchers = number(value)) > 0;
	case 'M': return (o->members = number(value)) > 1;
	case 'r': return (o->rooms = number(value)) > 0;
	case 'H': return (o->shaking = number(value)) > 0;
	case 'x': o->expires = number(value); return true;
	case 'd': return (o->seconds = strtod(value, NULL)) > 0;
	case 'W': o->warm_up = strtod(value, NULL); return true;
	case 'R': o->rate = strtod(value, NULL); return true;
	case 'D': o->domain = value; return true;
	case 'p': o->password = value; return true;
	default: return false;
		/* clang-format on */
	}
}

static bool read_options(struct load *l, int argc, char **argv)
{
	int option;

	l->o = (struct load_options){
		.users = 1000,
		.connections = 16,
		.window = 64,
		.watchers = 100,
		.members = 100,
		.rooms = 1,
		.expires = 3600,
		.shaking = 16,
		.seconds = 5,
		.warm_up = 1,
		.domain = "bench.local",
		.password = "secret",
	};
	while ((option = getopt(argc, argv, "t:T:m:n:c:w:d:W:F:M:r:R:D:p:x:s:H:")) != -1)
		if (!set_option(l, option, optarg ? optarg : ""))
			return false;
	if (!l->o.scenario || !l->transport.server.sin_port || optind != argc)
		return false;
	if (l->o.scenario->rooms) {
		l->o.users = l->o.members * l->o.rooms;
		l->o.window *= l->o.scenario->per_notify ? l->o.rooms : 1;
	} else if (l->o.scenario->per_notify) {
		if (l->o.users < l->o.watchers + 1)
			l->o.users = l->o.watchers + 1;
		if (l->o.window > l->o.users / (l->o.watchers + 1))
			l->o.window = l->o.users / (l->o.watchers + 1);
	}
	return true;
}

static bool prepare(struct load *l)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	l->run = (unsigned)(monotonic_ns() ^ (uint64_t)getpid()) & 0xffffff;
	l->user = ply_calloc(l->o.users, sizeof(*l->user));
	l->transport.on_message = load_on_message;
	l->transport.frame = siptext_frame;
	l->transport.arg = l;
	return l->user && ops_init(l) && (!l->o.scenario->rooms || rooms_init(l)) &&
	       transport_init(&l->transport);
}

static bool set_up(struct load *l)
{
	const struct scenario *s = l->o.scenario;

	if (s->signed_in && !setup_run(l, &scenario_register, l->o.users))
		return false;
	if (s->subscribed &&
	    !setup_run(l, &scenario_subscribe, l->o.users / (l->o.watchers + 1) * l->o.watchers))
		return false;
	return !s->set_up || s->set_up(l);
}

static bool measure(struct load *l, double handshake_cpu)
{
	double own_cpu = own_cpu_seconds(), seconds;

	seconds = measure_run(l);
	own_cpu = own_cpu_seconds() - own_cpu;
	servers_sample_memory(&l->servers, AT_END);
	latencies_sort(&l->stats.all);
	latencies_sort(&l->stats.publish);
	if (l->o.scenario->idle)
		report_idle(l, handshake_cpu);
	else
		report_load(l, seconds, own_cpu);
	return l->o.scenario->idle || l->stats.done;
}

static bool run(struct load *l)
{
	const struct scenario *s = l->o.scenario;
	double handshake_cpu;
	bool done;

	servers_sample_memory(&l->servers, AT_BEGIN);
	servers_sample_cpu(&l->servers, AT_BEGIN);
	if (!transport_connect(&l->transport, l->o.connections, l->o.shaking))
		return false;
	servers_sample_cpu(&l->servers, AT_END);
	handshake_cpu = servers_cpu(&l->servers);
	if (!set_up(l))
		return false;
	done = s->course ? s->course(l) : measure(l, handshake_cpu);
	if (transport_count(&l->transport, CONN_READY) < l->transport.n)
		return done;
	if (s->tear_down)
		s->tear_down(l);
	setup_run(l, &scenario_sign_out, l->o.users);
	return done;
}

int main(int argc, char **argv)
{
	static struct load load;

	if (!read_options(&load, argc, argv) || !prepare(&load)) {
		fprintf(stderr,
			"sipload: wrong usage; the head of tests/bench/load/main.c says how\n");
		return 2;
	}
	if (!run(&load)) {
		fprintf(stderr, "sipload: %s: no operation came to its end\n",
			load.o.scenario->name);
		return 1;
	}
	return 0;
}
