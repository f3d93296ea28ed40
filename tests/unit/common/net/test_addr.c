#include "tests/lib/unit.h"

#include "base/ply.h"
#include "net/addr.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void parses_addresses_with_and_without_port(void **state)
{
	static const struct {
		const char *why, *in, *want; /* NULL: refused */
	} cases[] = {
		{"IPv4 with port", "192.0.2.1:5061", "192.0.2.1:5061"},
		{"IPv4 without", "192.0.2.1", "192.0.2.1:5060"},
		{"IPv6 with port", "[2001:db8::1]:5061", "[2001:db8::1]:5061"},
		{"IPv6 without", "[2001:DB8:0::1]", "[2001:db8::1]:5060"},
		{"mapped IPv4 becomes IPv4", "[::ffff:192.0.2.1]:7", "192.0.2.1:7"},
		{"port 0", "0.0.0.0:0", "0.0.0.0:0"},
		{"IPv6 without brackets", "2001:db8::1", NULL},
		{"IPv4 in brackets", "[192.0.2.1]:5", NULL},
		{"port too large", "192.0.2.1:65536", NULL},
		{"empty port", "192.0.2.1:", NULL},
		{"empty port of IPv6", "[::1]:", NULL},
		{"text after the bracket", "[::1]x", NULL},
		{"open bracket", "[::1", NULL},
		{"name", "pool.lab.example:5061", NULL},
		{"empty", "", NULL},
		{"short IPv4", "127.1", NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_addr a;
		char text[PLY_ADDR_MAX] = "";
		int r = ply_addr_parse(&a, ply_slice_str(cases[i].in), 5060);

		if (!r)
			ply_addr_format(&a, text);
		if ((r == 0) != (cases[i].want != NULL) ||
		    (cases[i].want && strcmp(text, cases[i].want) != 0))
			fail_msg("%s: r=%d \"%s\"", cases[i].why, r, text);
	}
}

static void survives_the_way_through_the_kernels_form(void **state)
{
	static const char *const cases[] = {"127.0.0.1:1", "[::1]:65535", "[2001:db8::7]:5060"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sockaddr_storage ss;
		struct ply_addr a, b;

		assert_int_equal(ply_addr_parse(&a, ply_slice_str(cases[i]), 0), 0);
		assert_true(ply_addr_to_sockaddr(&a, &ss) > 0);
		assert_int_equal(ply_addr_from_sockaddr(&b, (struct sockaddr *)&ss), 0);
		assert_true(ply_addr_eq(&a, &b));
		assert_true(ply_addr_hash(&a) == ply_addr_hash(&b));
		b.port++;
		assert_false(ply_addr_eq(&a, &b));
		assert_true(ply_addr_eq_ip(&a, &b));
	}
}

static void knows_the_kinds_of_addresses(void **state)
{
	static const struct {
		const char *ip;
		bool loopback, any, private;
	} cases[] = {{"127.9.9.9", true, false, false},   {"::1", true, false, false},
		     {"0.0.0.0", false, true, false},     {"::", false, true, false},
		     {"10.1.2.3", false, false, true},    {"172.31.0.1", false, false, true},
		     {"172.32.0.1", false, false, false}, {"192.168.0.1", false, false, true},
		     {"fd00::1", false, false, true},     {"fe80::1", false, false, true},
		     {"2001:db8::1", false, false, false}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_addr a;

		assert_int_equal(ply_addr_parse_ip(&a, ply_slice_str(cases[i].ip), 1), 0);
		if (ply_addr_is_loopback(&a) != cases[i].loopback ||
		    ply_addr_is_any(&a) != cases[i].any ||
		    ply_addr_is_private(&a) != cases[i].private)
			fail_msg("%s", cases[i].ip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_addresses_with_and_without_port),
		cmocka_unit_test(survives_the_way_through_the_kernels_form),
		cmocka_unit_test(knows_the_kinds_of_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
