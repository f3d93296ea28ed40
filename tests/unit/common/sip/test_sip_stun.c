#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_stun.h"

#include <string.h>

#define HDR(len)                                                                                   \
	"\x00\x01\x00" len "\x21\x12\xa4\x42"                                                      \
	"abcdefghijkl"

static void tells_binding_requests_from_everything_else(void **state)
{
	static const struct {
		const char *why, *p;
		size_t len;
		enum ply_sip_stun want;
		unsigned n_unknown;
	} cases[] = {
		{"plain", HDR("\x00"), 20, PLY_SIP_STUN_BINDING, 0},
		{"too short", HDR("\x00"), 19, PLY_SIP_STUN_NOT, 0},
		{"SIP", "OPTIONS sip:a SIP/2.0\r\n", 23, PLY_SIP_STUN_NOT, 0},
		{"no cookie",
		 "\x00\x01\x00\x00\x21\x12\xa4\x43"
		 "abcdefghijkl",
		 20, PLY_SIP_STUN_NOT, 0},
		{"an indication",
		 "\x00\x11\x00\x00\x21\x12\xa4\x42"
		 "abcdefghijkl",
		 20, PLY_SIP_STUN_IGNORE, 0},
		{"length over the end", HDR("\x04"), 20, PLY_SIP_STUN_IGNORE, 0},
		{"SOFTWARE",
		 HDR("\x0c") "\x80\x22\x00\x05"
			     "probe\0\0\0",
		 32, PLY_SIP_STUN_BINDING, 0},
		{"an attribute beyond the end", HDR("\x04") "\x80\x22\x00\x08", 24,
		 PLY_SIP_STUN_IGNORE, 0},
		{"length that would wrap", HDR("\x04") "\x80\x22\xff\xff", 24, PLY_SIP_STUN_IGNORE,
		 0},
		{"unknown and required",
		 HDR("\x0c") "\x70\x01\x00\x01"
			     "x\0\0\0"
			     "\x70\x02\x00\x00",
		 32, PLY_SIP_STUN_BINDING, 2},
		{"odd size", HDR("\x01") "x", 21, PLY_SIP_STUN_IGNORE, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_stun_req req = {.n_unknown = 0};
		enum ply_sip_stun got =
			ply_sip_stun_parse(&req, (const uint8_t *)cases[i].p, cases[i].len);

		if (got != cases[i].want || req.n_unknown != cases[i].n_unknown)
			fail_msg("%s: got %d, %u unknown", cases[i].why, got, req.n_unknown);
	}
}

/* RFC 5769 §2.2 and §2.3: the same transaction, IPv4 and IPv6. */
static void answers_with_the_address_of_the_vectors(void **state)
{
	static const uint8_t id[12] = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
				       0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
	static const uint8_t four[12] = {0x00, 0x20, 0x00, 0x08, 0x00, 0x01,
					 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
	static const uint8_t six[24] = {0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47,
					0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79,
					0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9};
	struct ply_sip_stun_req req = {.n_unknown = 0};
	uint8_t out[PLY_SIP_STUN_MAX_REPLY];
	struct ply_addr a;

	(void)state;
	memcpy(req.id, id, sizeof id);
	assert_int_equal(ply_addr_parse(&a, ply_slice_str("192.0.2.1:32853"), 0), 0);
	assert_int_equal(ply_sip_stun_reply(out, &req, &a), 32);
	assert_memory_equal(out, "\x01\x01\x00\x0c\x21\x12\xa4\x42", 8);
	assert_memory_equal(out + 20, four, sizeof four);
	assert_int_equal(
		ply_addr_parse(&a, ply_slice_str("[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
			       0),
		0);
	assert_int_equal(ply_sip_stun_reply(out, &req, &a), 44);
	assert_memory_equal(out + 20, six, sizeof six);
}

static void names_what_it_does_not_know(void **state)
{
	struct ply_sip_stun_req req = {.unknown = {0x7001, 0x7002, 0x7003}, .n_unknown = 3};
	struct ply_addr a = ply_addr_loopback(5060);
	uint8_t out[PLY_SIP_STUN_MAX_REPLY];
	size_t n = ply_sip_stun_reply(out, &req, &a);

	(void)state;
	assert_int_equal(n, 20 + 4 + 4 + 20 + 4 + 8);
	assert_memory_equal(out, "\x01\x11", 2);
	assert_memory_equal(out + 20, "\x00\x09\x00\x15\x00\x00\x04\x14Unknown Attribute\0\0\0",
			    28);
	assert_memory_equal(out + 48, "\x00\x0a\x00\x06\x70\x01\x70\x02\x70\x03\x00\x00", 12);
	req.n_unknown = PLY_SIP_STUN_MAX_UNKNOWN;
	assert_true(ply_sip_stun_reply(out, &req, &a) <= sizeof out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_binding_requests_from_everything_else),
		cmocka_unit_test(answers_with_the_address_of_the_vectors),
		cmocka_unit_test(names_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
