/* RFC 3263 from the URI on, over a hosts file. */
#include "tests/lib/unit.h"

#include "sip/sip_target.h"
#include "tests/lib/certs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char hosts[] = "192.0.2.10 fe.example.com\n"
			    "192.0.2.11 gw.example.com\n"
			    "SRV _sips._tcp.example.com 10 0 5061 fe.example.com\n"
			    "SRV _sip._tcp.example.com 20 0 5060 gw.example.com\n";

struct got {
	bool done;
	char text[300];
};

static void on_targets(void *ctx, int status, const struct ply_sip_target *t, size_t n,
		       const char *tls_name)
{
	struct got *g = ctx;
	size_t at = 0;

	g->done = true;
	if (status) {
		snprintf(g->text, sizeof g->text, "%d", status);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char addr[PLY_ADDR_MAX];

		at += (size_t)snprintf(g->text + at, sizeof g->text - at, "%s:%s ",
				       ply_sip_proto_name(t[i].proto),
				       ply_addr_format(&t[i].addr, addr));
	}
	snprintf(g->text + at, sizeof g->text - at, "%s", tls_name ? tls_name : "-");
}

enum { ALL = BIT(PLY_SIP_UDP) | BIT(PLY_SIP_TCP) | BIT(PLY_SIP_TLS) };

static const struct {
	const char *why, *uri;
	unsigned protos;
	int r;
	const char *want;
} cases[] = {
	{"an address", "sip:192.0.2.1", ALL, 0, "udp:192.0.2.1:5060 -"},
	{"an address, transport named", "sip:bob@192.0.2.1:5070;transport=TCP", ALL, 0,
	 "tcp:192.0.2.1:5070 -"},
	{"a name with port and transport", "sip:bob@gw.example.com:5071;transport=tls;lr", ALL, 0,
	 "tls:192.0.2.11:5071 gw.example.com"},
	{"maddr", "sip:bob@gw.example.com:5071;transport=tls;maddr=192.0.2.77", ALL, 0,
	 "tls:192.0.2.77:5071 gw.example.com"},
	{"sips with transport tcp is TLS", "sips:gw.example.com:5061;transport=tcp", ALL, 0,
	 "tls:192.0.2.11:5061 gw.example.com"},
	{"sips by SRV", "sips:bob@example.com", ALL, 0, "tls:192.0.2.10:5061 example.com"},
	{"only TLS may be used", "sip:bob@example.com", BIT(PLY_SIP_TLS), 0,
	 "tls:192.0.2.10:5061 example.com"},
	{"transport that may not be used", "sip:192.0.2.1;transport=udp",
	 BIT(PLY_SIP_TCP) | BIT(PLY_SIP_TLS), 0, NULL},
	{"unknown transport", "sip:192.0.2.1;transport=sctp", ALL, -EPROTONOSUPPORT, NULL},
	{"sips over udp", "sips:192.0.2.1;transport=udp", ALL, -EPROTONOSUPPORT, NULL},
	{"tel", "tel:+4930", ALL, -EPROTONOSUPPORT, NULL},
	{"no URI", "bob", ALL, -EBADMSG, NULL},
};

static void finds_hops_by_uri(void **state)
{
	struct ply_dns_conf conf = {.servers = "127.0.0.1:9", .timeout_ms = 200};
	char *dir = test_dir_new(), path[256];
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct ply_loop *loop;
	struct ply_dns *dns;

	(void)state;
	snprintf(path, sizeof path, "%s", test_path(dir, "hosts"));
	test_write_file(path, hosts);
	conf.hosts_file = path;
	assert_int_equal(ply_loop_new(&loop), 0);
	if (ply_dns_new(&dns, loop, &conf, &err))
		fail_msg("%s", ply_strbuf_str(&err));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct got g = {.done = false};
		int r = ply_sip_target_resolve(dns, NULL, ply_slice_str(cases[i].uri),
					       cases[i].protos, on_targets, &g);
		char none[16];

		if ((r < 0) != (cases[i].r < 0))
			fail_msg("%s: got %d", cases[i].why, r);
		if (r)
			continue;
		assert_false(g.done); /* never from inside */
		for (int n = 0; n < 1000 && !g.done; n++)
			ply_loop_step(loop, 5);
		snprintf(none, sizeof none, "%d", -EPROTONOSUPPORT);
		if (strcmp(g.text, cases[i].want ? cases[i].want : none) != 0)
			fail_msg("%s: got \"%s\"", cases[i].why, g.text);
	}
	ply_dns_free(dns);
	ply_loop_free(loop);
	ply_strbuf_deinit(&err);
	test_dir_free(dir);
}

static void can_be_cancelled(void **state)
{
	struct ply_dns_conf conf = {.servers = "127.0.0.1:9"};
	struct ply_sip_target_query *q;
	struct got g = {.done = false};
	struct ply_loop *loop;
	struct ply_dns *dns;

	(void)state;
	assert_int_equal(ply_loop_new(&loop), 0);
	assert_int_equal(ply_dns_new(&dns, loop, &conf, NULL), 0);
	assert_int_equal(ply_sip_target_resolve(dns, &q, ply_slice_str("sip:192.0.2.1"), ALL,
						on_targets, &g),
			 0);
	ply_sip_target_cancel(q);
	ply_sip_target_cancel(NULL);
	for (int i = 0; i < 3; i++)
		ply_loop_step(loop, 1);
	assert_false(g.done);
	ply_dns_free(dns);
	ply_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_hops_by_uri),
		cmocka_unit_test(can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
