#include "tests/lib/unit.h"

#include "base/strbuf.h"
#include "net/dns_cache.h"
#include "net/dns_hosts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char zone[] = "# the zone of the cases\n"
			   "192.0.2.1 a.example\n"
			   "2001:db8::1 a.example\n"
			   "192.0.2.2 b.example b2.example.\n"
			   "192.0.2.9 plain.example\n"
			   "192.0.2.8 onlyudp.example\n"
			   "192.0.2.7 naptr.example\n"
			   "SRV _sip._udp.onlyudp.example 1 1 5070 b.example\n"
			   "SRV _sip._tcp.prio.example 20 0 5060 b.example\n"
			   "SRV _sip._tcp.prio.example 10 0 5062 a.example\n"
			   "SRV _sips._tcp.prio.example 1 0 5071 b.example\n"
			   "SRV _sip._tcp.none.example 0 0 0 .\n"
			   "SRV _sip._tcp.numeric.example 0 0 5065 192.0.2.77\n"
			   "SRV _sip._tcp.dead.example 0 0 5065 missing.example\n"
			   "192.0.2.6 unrelated.missing.example\n"
			   "SRV _x._tcp.missing.example 0 0 1 b.example\n"
			   "SRV _tls.naptr.example 0 0 5099 a.example\n"
			   "SRV _udp.naptr.example 0 0 5098 b.example\n"
			   "SRV _sipfederationtls._tcp.prio.example 0 0 5061 a.example\n";

struct fake {
	struct ply_dns_hosts *hosts;
	struct ply_dns_kept *kept[64];
	size_t n;
	unsigned n_missing; /* how often it said "not yet" */
	const uint32_t *draws;
};

/* Like the resolver: the first time a name is asked for it is not there yet. */
static const struct ply_dns_answer *fake_get(void *ctx, enum ply_dns_type type, const char *name)
{
	struct fake *f = ctx;
	struct ply_dns_reply reply = {.status = -ENOENT};

	for (size_t i = 0; i < f->n; i++)
		if (ply_dns_kept_is(f->kept[i], type, name))
			return &f->kept[i]->answer;
	if (type == PLY_DNS_NAPTR && strcmp(name, "naptr.example") == 0) {
		const struct ply_dns_record udp = {.priority = 20, .transport = PLY_UDP};
		const struct ply_dns_record tls = {.priority = 10, .transport = PLY_TLS};

		reply.status = 0;
		assert_true(ply_dns_reply_add(&reply, &udp, "_udp.naptr.example"));
		assert_true(ply_dns_reply_add(&reply, &tls, "_tls.naptr.example"));
	} else if (type == PLY_DNS_NAPTR && strcmp(name, "udponly.naptr.example") == 0) {
		const struct ply_dns_record udp = {.priority = 20, .transport = PLY_UDP};

		reply.status = 0;
		assert_true(ply_dns_reply_add(&reply, &udp, "_udp.naptr.example"));
	} else if (strcmp(name, "slow.example") == 0) {
		reply.status = -ETIMEDOUT;
	} else if (type != PLY_DNS_NAPTR) {
		(void)ply_dns_hosts_find(f->hosts, type, name, &reply);
	}
	assert_true(f->n < ARRAY_LEN(f->kept));
	f->kept[f->n++] = ply_dns_kept_new(type, name, &reply);
	f->n_missing++;
	return NULL;
}

static uint32_t fake_random(void *ctx, uint32_t bound)
{
	struct fake *f = ctx;

	return f->draws ? *f->draws++ % bound : 0;
}

static int select_all(struct fake *f, const struct ply_dns_ask *ask, struct ply_dns_plan *plan)
{
	const struct ply_dns_source src = {fake_get, fake_random, f, f};
	int r;

	assert_int_equal(ply_dns_hosts_parse(&f->hosts, ply_slice_str(zone), NULL), 0);
	do {
		f->n_missing = 0;
		r = ply_dns_select(plan, ask, &src);
		assert_int_equal(r == -EAGAIN, f->n_missing > 0);
	} while (r == -EAGAIN);
	return r;
}

static void fake_done(struct fake *f)
{
	for (size_t i = 0; i < f->n; i++)
		ply_dns_kept_unref(f->kept[i]);
	ply_dns_hosts_free(f->hosts);
}

static void finds_targets_as_rfc_3263_says(void **state)
{
	static const struct {
		const char *why, *host;
		uint16_t port;
		enum ply_transport t;
		bool sips;
		int r;
		const char *want;
	} cases[] = {
		{"numeric, nothing given", "192.0.2.5", 0, 0, false, 0, "UDP 192.0.2.5:5060 "},
		{"numeric, sips", "192.0.2.5", 0, 0, true, 0, "TLS 192.0.2.5:5061 "},
		{"numeric IPv6 with port", "[2001:db8::9]", 7, PLY_TCP, false, 0,
		 "TCP [2001:db8::9]:7 "},
		{"numeric, TLS without port", "192.0.2.5", 0, PLY_TLS, false, 0,
		 "TLS 192.0.2.5:5061 "},
		{"port given: addresses alone", "a.example", 5080, 0, false, 0,
		 "UDP 192.0.2.1:5080 UDP [2001:db8::1]:5080 "},
		{"port given and sips", "b.example", 5080, 0, true, 0, "TLS 192.0.2.2:5080 "},
		{"transport given: its SRV, by priority", "prio.example", 0, PLY_TCP, false, 0,
		 "TCP 192.0.2.1:5062 TCP [2001:db8::1]:5062 TCP 192.0.2.2:5060 "},
		{"sips with TCP means TLS", "prio.example", 0, PLY_TCP, true, 0,
		 "TLS 192.0.2.2:5071 "},
		{"transport given, no SRV: addresses", "plain.example", 0, PLY_TLS, false, 0,
		 "TLS 192.0.2.9:5061 "},
		{"nothing given, no SRV: UDP", "plain.example", 0, 0, false, 0,
		 "UDP 192.0.2.9:5060 "},
		{"sips, no SRV: TLS", "plain.example", 0, 0, true, 0, "TLS 192.0.2.9:5061 "},
		{"nothing given: all transports with SRV", "prio.example", 0, 0, false, 0,
		 "TCP 192.0.2.1:5062 TCP [2001:db8::1]:5062 TCP 192.0.2.2:5060 "
		 "TLS 192.0.2.2:5071 "},
		{"SRV for UDP alone", "onlyudp.example", 0, 0, false, 0, "UDP 192.0.2.2:5070 "},
		{"NAPTR in its order", "naptr.example", 0, 0, false, 0,
		 "TLS 192.0.2.1:5099 TLS [2001:db8::1]:5099 UDP 192.0.2.2:5098 "},
		{"NAPTR, sips: TLS alone", "naptr.example", 0, 0, true, 0,
		 "TLS 192.0.2.1:5099 TLS [2001:db8::1]:5099 "},
		{"NAPTR offers nothing for sips", "udponly.naptr.example", 0, 0, true,
		 -EPROTONOSUPPORT, ""},
		{"SRV says that there is no service", "none.example", 0, PLY_TCP, false,
		 -EPROTONOSUPPORT, ""},
		{"SRV with an address as target", "numeric.example", 0, PLY_TCP, false, 0,
		 "TCP 192.0.2.77:5065 "},
		{"SRV target without address", "dead.example", 0, PLY_TCP, false, -ENOENT, ""},
		{"unknown name", "nowhere.example", 0, 0, false, -ENOENT, ""},
		{"servers silent", "slow.example", 5060, PLY_TCP, false, -ETIMEDOUT, ""},
		{"sips over UDP cannot be", "a.example", 0, PLY_UDP, true, -EPROTONOSUPPORT, ""},
		{"second name of a line, final dot in the file", "B2.Example", 5060, PLY_TCP, false,
		 0, "TCP 192.0.2.2:5060 "},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_dns_ask ask = {.host = ply_slice_str(cases[i].host),
					  .port = cases[i].port,
					  .transport = cases[i].t,
					  .sips = cases[i].sips};
		struct ply_dns_plan plan;
		struct fake f = {0};
		char got[512] = "", addr[PLY_ADDR_MAX];
		int r = select_all(&f, &ask, &plan);

		for (size_t k = 0; k < plan.n; k++) {
			size_t len = strlen(got);

			(void)snprintf(got + len, sizeof got - len, "%s %s ",
				       ply_transport_name(plan.target[k].transport),
				       ply_addr_format(&plan.target[k].addr, addr));
		}
		if (r != cases[i].r || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: r=%d \"%s\"", cases[i].why, r, got);
		fake_done(&f);
	}
}

static void asks_for_one_srv_name_or_for_addresses_alone(void **state)
{
	struct ply_dns_ask srv = {.srv = ply_slice_str("_sipfederationtls._tcp.prio.example"),
				  .transport = PLY_TLS};
	struct ply_dns_ask host = {.host = ply_slice_str("a.example"), .only_host = true};
	struct ply_dns_plan plan;
	struct fake f = {0};

	(void)state;
	assert_int_equal(select_all(&f, &srv, &plan), 0);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.target[0].addr.port, 5061);
	assert_string_equal(plan.target[0].host, "a.example");
	fake_done(&f);
	f = (struct fake){0};
	assert_int_equal(select_all(&f, &host, &plan), 0);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.target[1].addr.family, 6);
	assert_int_equal(plan.target[1].addr.port, 0);
	fake_done(&f);
}

static void orders_srv_by_priority_and_weighted_chance(void **state)
{
	static const struct {
		const char *why, *want;
		uint32_t draws[4];
	} cases[] = {
		{"0 takes the one of weight 0", "zabcp", {0, 0, 0}},
		{"10 is still a", "azbcp", {10, 0, 0}},
		{"11 is b", "bzacp", {11, 0, 0}},
		{"30 is b", "bzacp", {30, 0, 0}},
		{"60 is c, then 30 is b", "cbzap", {60, 30, 0}},
	};
	static const struct ply_dns_record rec[] = {
		{.priority = 2, .weight = 99, .name = "p"},
		{.weight = 0, .name = "z"},
		{.weight = 10, .name = "a"},
		{.weight = 20, .name = "b"},
		{.weight = 30, .name = "c"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_dns_record r[ARRAY_LEN(rec)];
		struct fake f = {.draws = cases[i].draws};
		char got[8] = "";

		memcpy(r, rec, sizeof rec);
		ply_dns_order_srv(r, ARRAY_LEN(r), fake_random, &f);
		for (size_t k = 0; k < ARRAY_LEN(r); k++)
			got[k] = r[k].name[0];
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].why, got);
	}
}

static void hosts_file_names_the_bad_line(void **state)
{
	static const struct {
		const char *why, *text, *err; /* NULL: fine */
	} cases[] = {
		{"empty", "", NULL},
		{"comments, blanks, CRLF", "# x\r\n\n  192.0.2.1\tname # y\r\n", NULL},
		{"no name", "192.0.2.1 a\n192.0.2.1\n", "line 2: "},
		{"not an address", "name 192.0.2.1\n", "line 1: "},
		{"SRV without target", "SRV _sip._tcp.a 1 1 5060\n", "line 1: "},
		{"SRV with a word too many", "SRV _sip._tcp.a 1 1 5060 b c\n", "line 1: "},
		{"SRV with a port too large", "SRV _sip._tcp.a 1 1 65536 b\n", "line 1: "},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf err = PLY_STRBUF_INIT;
		struct ply_dns_hosts *h = NULL;
		int r = ply_dns_hosts_parse(&h, ply_slice_str(cases[i].text), &err);

		if (r != (cases[i].err ? -EINVAL : 0) ||
		    (cases[i].err && !strstr(ply_strbuf_str(&err), cases[i].err)))
			fail_msg("%s: r=%d %s", cases[i].why, r, ply_strbuf_str(&err));
		ply_strbuf_deinit(&err);
		ply_dns_hosts_free(h);
	}
}

static void a_domain_of_the_hosts_file_is_not_looked_up_elsewhere(void **state)
{
	struct ply_dns_reply reply;
	struct ply_dns_hosts *h;

	(void)state;
	assert_int_equal(ply_dns_hosts_parse(&h, ply_slice_str(zone), NULL), 0);
	assert_true(ply_dns_hosts_find(h, PLY_DNS_NAPTR, "prio.example", &reply));
	assert_int_equal(reply.status, -ENOENT);
	assert_true(ply_dns_hosts_find(h, PLY_DNS_SRV, "_sip._udp.a.example.", &reply));
	assert_int_equal(reply.status, -ENOENT);
	assert_false(ply_dns_hosts_find(h, PLY_DNS_A, "elsewhere.example", &reply));
	assert_false(ply_dns_hosts_find(h, PLY_DNS_SRV, "_sip._udp.elsewhere.example", &reply));
	ply_dns_hosts_free(h);
}

static void cache_forgets_at_the_time_and_beyond_its_size(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	struct ply_dns_reply reply = {.status = -ENOENT};
	struct ply_dns_cache c;

	(void)state;
	ply_dns_cache_init(&c, 2);
	for (size_t i = 0; i < 3; i++) {
		struct ply_dns_kept *k = ply_dns_kept_new(PLY_DNS_A, names[i], &reply);

		ply_dns_cache_put(&c, k, 100);
		ply_dns_kept_unref(k);
		/* Used, so b goes when c comes. */
		assert_non_null(ply_dns_cache_get(&c, PLY_DNS_A, "A", 0));
	}
	assert_null(ply_dns_cache_get(&c, PLY_DNS_A, "b", 0));
	assert_null(ply_dns_cache_get(&c, PLY_DNS_AAAA, "a", 0));
	assert_non_null(ply_dns_cache_get(&c, PLY_DNS_A, "c", 99));
	assert_null(ply_dns_cache_get(&c, PLY_DNS_A, "c", 100));
	assert_int_equal(c.n, 1);
	ply_dns_cache_deinit(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_targets_as_rfc_3263_says),
		cmocka_unit_test(asks_for_one_srv_name_or_for_addresses_alone),
		cmocka_unit_test(orders_srv_by_priority_and_weighted_chance),
		cmocka_unit_test(hosts_file_names_the_bad_line),
		cmocka_unit_test(a_domain_of_the_hosts_file_is_not_looked_up_elsewhere),
		cmocka_unit_test(cache_forgets_at_the_time_and_beyond_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
