/* xmppload: group chat on an XMPP server on this host, in one thread.
 *
 *   xmppload -t 127.0.0.1:PORT -T tcp|tls -M members of a room -r rooms -w messages under way in a
 *     room -d seconds -W seconds of warm-up -R messages a second (0: closed loop) -D domain
 *     -s name=pid: a server whose CPU and memory count
 *
 * Prints one line of JSON. Exit: 0 done, 1 the members did not get in, 2 wrong usage. */
#include "base/mem.h"
#include "base/ply.h"
#include "tests/bench/xmpp/xmpp.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENTERING = 20 }; /* members at once */
static const double enter_limit_s = 120;

static bool set_option(struct xmpp *x, int option, const char *value)
{
	unsigned number = (unsigned)strtoul(value, NULL, 10);

	switch (option) {
	/* clang-format off */
	case 't': return transport_target_parse(value, &x->transport.server);
	case 'T': return transport_kind_parse(value, &x->transport.kind) && x->transport.kind != OVER_UDP;
	case 's': return servers_add(&x->servers, value);
	case 'M': return (x->members = number) > 1;
	case 'r': return (x->rooms = number) > 0;
	case 'w': return (x->window = number) > 0;
	case 'd': return (x->seconds = strtod(value, NULL)) > 0;
	case 'W': x->warm_up = strtod(value, NULL); return true;
	case 'R': x->rate = strtod(value, NULL); return true;
	case 'D': x->domain = value; return true;
	default: return false;
		/* clang-format on */
	}
}

static void on_message(void *arg, struct conn *c, struct ply_slice text)
{
	struct xmpp *x = arg;
	unsigned member = (unsigned)(c - x->transport.conn);

	if (x->step[member] == INSIDE)
		room_take(x, member / x->members, text);
	else
		member_step(x, member, text);
}

static bool read_options(struct xmpp *x, int argc, char **argv)
{
	int option;

	*x = (struct xmpp){.members = 100,
			   .rooms = 1,
			   .window = 8,
			   .seconds = 5,
			   .warm_up = 1,
			   .domain = "bench.local",
			   .transport.kind = OVER_TCP};
	while ((option = getopt(argc, argv, "t:T:M:r:w:d:W:R:D:s:")) != -1)
		if (!set_option(x, option, optarg ? optarg : ""))
			return false;
	x->step = ply_calloc((size_t)x->members * x->rooms, sizeof(*x->step));
	x->message = ply_calloc((size_t)x->window * x->rooms, sizeof(*x->message));
	x->next = ply_calloc(x->rooms, sizeof(*x->next));
	x->transport.arg = x;
	x->transport.on_message = on_message;
	x->transport.frame = member_frame;
	return x->transport.server.sin_port && optind == argc && x->step && x->message && x->next;
}

static double seconds_since(const struct xmpp *x, uint64_t begin)
{
	return (double)(x->transport.now_ns - begin) / 1e9;
}

static bool enter_rooms(struct xmpp *x)
{
	unsigned all = x->members * x->rooms, begun = 0;
	uint64_t begin = monotonic_ns();

	if (!transport_connect(&x->transport, all, 16))
		return false;
	while (x->inside < all) {
		while (begun < all && begun - x->inside < ENTERING)
			member_begin(x, begun++);
		transport_poll(&x->transport, 20);
		if (x->transport.lost || seconds_since(x, begin) > enter_limit_s)
			return false;
	}
	return true;
}

/* Returns the measured seconds. */
static double talk(struct xmpp *x)
{
	uint64_t begin = monotonic_ns(), measured = 0;

	x->transport.now_ns = begin;
	while (!x->measuring || seconds_since(x, measured) < x->seconds) {
		if (!x->measuring && seconds_since(x, begin) >= x->warm_up) {
			servers_sample_cpu(&x->servers, AT_BEGIN);
			x->transport.now_ns = measured = monotonic_ns();
			x->measuring = true;
			x->lost = 0;
		}
		room_tick(x, seconds_since(x, begin) * x->rate);
		transport_poll(&x->transport, x->rate > 0 ? 1 : 20);
	}
	x->measuring = false;
	servers_sample_cpu(&x->servers, AT_END);
	return seconds_since(x, measured);
}

static void report(struct xmpp *x, double seconds, double own_cpu)
{
	double ops = (double)x->delivered;

	latencies_sort(&x->latencies);
	printf("{\"mode\":\"room\",\"transport\":\"%s\",\"members\":%u,\"rooms\":%u,\"window\":%u,"
	       "\"seconds\":%.2f,\"ops\":%.0f,\"ops_per_s\":%.0f,\"messages_per_s\":%.1f,"
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"failed\":%lu,\"lost\":%lu,\"load_cpu\":%.2f,"
	       "\"calibration_ns\":%.2f",
	       transport_uri_name(x->transport.kind), x->members, x->rooms, x->window, seconds, ops,
	       ops / seconds, (double)x->messages / seconds, latencies_quantile(&x->latencies, .5),
	       latencies_quantile(&x->latencies, .99), (unsigned long)x->lost,
	       (unsigned long)x->transport.lost, own_cpu, calibration_ns());
	servers_print(&x->servers, stdout, ops);
	printf("}\n");
}

int main(int argc, char **argv)
{
	static struct xmpp x;
	double own_cpu, seconds;

	if (!read_options(&x, argc, argv) || !transport_init(&x.transport)) {
		fprintf(stderr,
			"xmppload: wrong usage; the head of tests/bench/xmpp/main.c says how\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!enter_rooms(&x)) {
		fprintf(stderr, "xmppload: %u of %u members got in\n", x.inside,
			x.members * x.rooms);
		return 1;
	}
	own_cpu = own_cpu_seconds();
	seconds = talk(&x);
	servers_sample_memory(&x.servers, AT_END);
	report(&x, seconds, own_cpu_seconds() - own_cpu);
	return 0;
}
