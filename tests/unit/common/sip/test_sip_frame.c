#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_msg.h"

#include <string.h>

#define START "OPTIONS sip:a SIP/2.0\r\n"

static void finds_the_end_of_a_message(void **state)
{
	static const struct {
		const char *why, *text;
		enum ply_sip_frame want;
		size_t size;
	} cases[] = {
		{"nothing", "", PLY_SIP_FRAME_MORE, 0},
		{"double CRLF", "\r\n\r\n", PLY_SIP_FRAME_PING, 4},
		{"double CRLF and more", "\r\n\r\nO", PLY_SIP_FRAME_PING, 4},
		{"half a double CRLF", "\r\n", PLY_SIP_FRAME_MORE, 0},
		{"three quarters", "\r\n\r", PLY_SIP_FRAME_MORE, 0},
		{"blank lines of LF", "\n\n\n\n\n", PLY_SIP_FRAME_MORE, 5},
		{"CRLF and a start", "\r\nOPT", PLY_SIP_FRAME_MORE, 2},
		{"CRLF and a message", "\r\n" START "\r\n", PLY_SIP_FRAME_MESSAGE, 27},
		{"no body", START "A: b\r\n\r\nNEXT", PLY_SIP_FRAME_MESSAGE, 31},
		{"LF only", "OPTIONS sip:a SIP/2.0\nl: 1\n\nxNEXT", PLY_SIP_FRAME_MESSAGE, 29},
		{"headers not whole", START "A: b\r\n", PLY_SIP_FRAME_MORE, 0},
		{"body not whole", START "l: 2\r\n\r\nx", PLY_SIP_FRAME_MORE, 0},
		{"body", START "Content-Length  : 2\r\n\r\nxyz", PLY_SIP_FRAME_MESSAGE, 48},
		{"length in a fold", START "content-length:\r\n  1\r\n\r\nxyz",
		 PLY_SIP_FRAME_MESSAGE, 48},
		{"name in a fold", START "A: b\r\n l: 5\r\n\r\nxyz", PLY_SIP_FRAME_MESSAGE, 38},
		{"type and length", START "c: a/b\r\nl: 1\r\n\r\nxyz", PLY_SIP_FRAME_MESSAGE, 40},
		{"type without length", START "c: a/b\r\n\r\nxyz", PLY_SIP_FRAME_NO_LENGTH, 33},
		{"negative length", START "l: -1\r\n\r\n", PLY_SIP_FRAME_NO_LENGTH, 32},
		{"two lengths", START "l: 1\r\nl: 2\r\n\r\nxx", PLY_SIP_FRAME_NO_LENGTH, 37},
		{"the same length twice", START "l: 1\r\nl: 01\r\n\r\nxx", PLY_SIP_FRAME_MESSAGE,
		 39},
		{"body too large", START "l: 9999\r\n\r\n", PLY_SIP_FRAME_TOO_LARGE, 34},
		{"length of 20 digits", START "l: 18446744073709551616\r\n\r\n",
		 PLY_SIP_FRAME_NO_LENGTH, 50},
		{"length of 19 digits", START "l: 9999999999999999999\r\n\r\n",
		 PLY_SIP_FRAME_TOO_LARGE, 49},
		{"TLS record", "\x16\x03\x01", PLY_SIP_FRAME_BAD, 0},
		{"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", PLY_SIP_FRAME_BAD, 0},
		{"text", "hello\r\n", PLY_SIP_FRAME_BAD, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t size = 12345;
		enum ply_sip_frame r =
			ply_sip_frame(cases[i].text, strlen(cases[i].text), 1000, &size);

		if (r != cases[i].want || size != cases[i].size)
			fail_msg("%s: %d %zu", cases[i].why, r, size);
	}
}

static void finds_it_as_well_octet_by_octet(void **state)
{
	static const char text[] = "\r\n" START "A: b\r\n c\r\nc: x/y\r\nl: 5\r\n\r\nhello";
	struct ply_sip_frame_state st = {0};
	size_t size, n;

	(void)state;
	for (n = 1; n < sizeof text - 1; n++)
		assert_int_equal(ply_sip_frame_at(&st, text, n, 1000, &size), PLY_SIP_FRAME_MORE);
	assert_int_equal(ply_sip_frame_at(&st, text, n, 1000, &size), PLY_SIP_FRAME_MESSAGE);
	assert_int_equal(size, n);
}

static void refuses_headers_over_the_limit(void **state)
{
	static char text[3000] = START;
	struct ply_sip_frame_state st = {0};
	enum ply_sip_frame r = PLY_SIP_FRAME_MORE;
	size_t size, n;

	(void)state;
	memset(text + strlen(START), 'x', sizeof text - strlen(START));
	for (n = 100; n < sizeof text && r == PLY_SIP_FRAME_MORE; n += 100)
		r = ply_sip_frame_at(&st, text, n, 1000, &size);
	assert_int_equal(r, PLY_SIP_FRAME_TOO_LARGE);
	assert_int_equal(size, 0);
	assert_true(n <= 1300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_end_of_a_message),
		cmocka_unit_test(finds_it_as_well_octet_by_octet),
		cmocka_unit_test(refuses_headers_over_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
