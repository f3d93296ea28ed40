#include "tests/lib/unit.h"

#include "base/clock.h"
#include "sip/sip_trace.h"

#include <errno.h>
#include <string.h>

#define MSG                                                                                        \
	"INVITE sip:Bob@example.com;opaque=x SIP/2.0\r\nVia: SIP/2.0/TLS sip.example.com\r\n"      \
	"From: \"A\" <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"               \
	"X-Note: carol@example.com\r\nContent-Length: 30\r\n\r\n"                                  \
	"From: <sip:dave@example.com>\r\n"

static void count(void *ctx, const struct ply_sip_traced *m)
{
	unsigned *n = ctx;

	(*n)++;
	assert_true(m->out);
	assert_int_equal(m->wall_us, 1700000000000000);
}

static void follows_the_users_that_a_message_names(void **state)
{
	static const struct {
		const char *why, *aor;
		unsigned want;
	} cases[] = {
		{"everything", "", 1},
		{"Request-URI, another case", "sip:bob@EXAMPLE.com", 1},
		{"From", "alice@example.com", 1},
		{"part of a longer name", "lice@example.com", 0},
		{"part of a longer domain", "alice@example.co", 0},
		{"a header that names no party", "carol@example.com", 0},
		{"only in the body", "dave@example.com", 0},
	};
	struct ply_sip_hop hop = {.proto = PLY_SIP_TLS, .flow = 5};

	(void)state;
	ply_clock_hold(1, 1700000000000);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_trace_sink sink;
		struct ply_sip_trace tr;
		unsigned n = 0;

		ply_sip_trace_init(&tr);
		assert_false(ply_sip_trace_is_on(&tr));
		assert_int_equal(
			ply_sip_trace_add(&tr, &sink, ply_slice_str(cases[i].aor), count, &n), 0);
		assert_true(ply_sip_trace_is_on(&tr));
		ply_sip_trace_message(&tr, NULL, &hop, true, ply_slice_str(MSG));
		if (n != cases[i].want || sink.n != n)
			fail_msg("%s: got %u", cases[i].why, n);
		ply_sip_trace_del(&sink);
		ply_sip_trace_message(&tr, NULL, &hop, true, ply_slice_str(MSG));
		assert_int_equal(n, cases[i].want);
	}
	ply_clock_release();
}

static void refuses_a_name_that_is_too_long(void **state)
{
	static char name[PLY_SIP_AOR_MAX + 1];
	struct ply_sip_trace_sink sink;
	struct ply_sip_trace tr;

	(void)state;
	memset(name, 'a', PLY_SIP_AOR_MAX);
	ply_sip_trace_init(&tr);
	assert_int_equal(ply_sip_trace_add(&tr, &sink, ply_slice_str(name), count, NULL),
			 -ENAMETOOLONG);
	assert_false(ply_sip_trace_is_on(&tr));
	ply_sip_trace_del(&sink);
}

static void writes_hep_version_3(void **state)
{
	static const char want[] = "HEP3\x00\x6d"
				   "\0\0\0\x01\0\x07\x02"
				   "\0\0\0\x02\0\x07\x06"
				   "\0\0\0\x03\0\x0a\xc0\x00\x02\x01"
				   "\0\0\0\x04\0\x0a\x7f\x00\x00\x01"
				   "\0\0\0\x07\0\x08\x13\xc4"
				   "\0\0\0\x08\0\x08\x13\xc5"
				   "\0\0\0\x09\0\x0a\x00\x00\x00\x02"
				   "\0\0\0\x0a\0\x0a\x00\x00\x00\x03"
				   "\0\0\0\x0b\0\x07\x01"
				   "\0\0\0\x0c\0\x0a\x00\x00\x07\xd1"
				   "\0\0\0\x0e\0\x07k"
				   "\0\0\0\x0f\0\x09SIP";
	struct ply_sip_traced m = {.wall_us = 2000003,
				   .proto = PLY_SIP_TLS,
				   .local = ply_addr_loopback(5061),
				   .text = ply_slice_str("SIP")};
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(ply_addr_parse(&m.peer, ply_slice_str("192.0.2.1:5060"), 0), 0);
	assert_int_equal(ply_sip_hep_write(&out, &m, 2001, ply_slice_str("k")), 0);
	assert_int_equal(out.len, sizeof want - 1);
	assert_memory_equal(out.p, want, sizeof want - 1);
	m.text.len = 70000;
	assert_int_equal(ply_sip_hep_write(&out, &m, 2001, ply_slice_str("k")), -EMSGSIZE);
	ply_strbuf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_users_that_a_message_names),
		cmocka_unit_test(refuses_a_name_that_is_too_long),
		cmocka_unit_test(writes_hep_version_3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
