#include "tests/lib/unit.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>

static void grows_and_stays_terminated(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char *text;

	(void)state;
	assert_string_equal(ply_strbuf_str(&b), "");
	for (unsigned i = 0; i < 1000; i++)
		ply_strbuf_addf(&b, "%03u,", i);
	assert_int_equal(b.len, 4000);
	assert_int_equal(strlen(b.p), 4000);
	ply_strbuf_reset(&b);
	assert_int_equal(b.len, 0);
	ply_strbuf_addc(&b, 'x');
	ply_strbuf_add_u64(&b, 0);
	ply_strbuf_add_u64(&b, UINT64_MAX);
	ply_strbuf_add_hex(&b, "\x0f\xa0", 2);
	ply_strbuf_add_slice(&b, ply_slice("abc", 2));
	text = ply_strbuf_steal(&b);
	assert_string_equal(text, "x0184467440737095516150fa0ab");
	ply_free(text);
	text = ply_strbuf_steal(&b); /* empty again: an empty text, not NULL */
	assert_string_equal(text, "");
	ply_free(text);
}

static void a_line_longer_than_the_room_is_not_cut(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char big[5001];

	(void)state;
	memset(big, 'a', 5000);
	big[5000] = '\0';
	ply_strbuf_addf(&b, "[%s]", big);
	assert_int_equal(b.len, 5002);
	assert_int_equal(b.p[5001], ']');
	ply_strbuf_reset(&b);
	for (unsigned i = 0; i < 40; i++)
		ply_strbuf_add(&b, big, 5000);
	ply_strbuf_reset(&b); /* much memory is given back */
	assert_null(b.p);
	ply_strbuf_deinit(&b);
}

static void remembers_that_memory_was_out(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_mem_fail_after(1);
	ply_strbuf_adds(&b, "lost");
	ply_mem_fail_after(0);
	assert_int_equal(ply_strbuf_err(&b), -ENOMEM);
	ply_strbuf_adds(&b, "also lost");
	ply_strbuf_addf(&b, "%d", 1);
	assert_int_equal(b.len, 0);
	assert_null(ply_strbuf_steal(&b));
	assert_int_equal(ply_strbuf_err(&b), 0);
	assert_int_equal(ply_strbuf_reserve(&b, SIZE_MAX - 10), -ENOMEM);
	ply_strbuf_deinit(&b);
}

static void base64_both_ways(void **state)
{
	/* RFC 4648 section 10 */
	static const char *const cases[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
	};
	uint8_t out[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf b = PLY_STRBUF_INIT;

		ply_strbuf_add_base64(&b, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(ply_strbuf_str(&b), cases[i][1]);
		assert_int_equal(ply_base64_decode(ply_slice_str(cases[i][1]), out, sizeof out, &n),
				 0);
		assert_int_equal(n, strlen(cases[i][0]));
		assert_memory_equal(out, cases[i][0], n);
		ply_strbuf_deinit(&b);
	}
}

static void refuses_what_is_no_base64_or_hex(void **state)
{
	static const struct {
		const char *why, *in;
		int want;
	} b64[] = {
		{"without padding", "Zg", 0},
		{"blank", "Zm 9", -EBADMSG},
		{"one letter over", "Zm9vY", -EBADMSG},
		{"padding inside", "Zg==Zg==", -EBADMSG},
		{"three signs of padding", "Zm9v===", -EBADMSG},
		{"too long", "Zm9vYmFy", -ENOSPC},
	};
	uint8_t out[4];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(b64); i++)
		if (ply_base64_decode(ply_slice_str(b64[i].in), out, sizeof out, &n) != b64[i].want)
			fail_msg("%s", b64[i].why);
	assert_int_equal(ply_hex_decode(ply_slice_str("0Aff"), out, sizeof out, &n), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(out, "\x0a\xff", 2);
	assert_int_equal(ply_hex_decode(ply_slice_str("0"), out, sizeof out, &n), -EBADMSG);
	assert_int_equal(ply_hex_decode(ply_slice_str("0g"), out, sizeof out, &n), -EBADMSG);
	assert_int_equal(ply_hex_decode(ply_slice_str("0011223344"), out, sizeof out, &n), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(a_line_longer_than_the_room_is_not_cut),
		cmocka_unit_test(remembers_that_memory_was_out),
		cmocka_unit_test(base64_both_ways),
		cmocka_unit_test(refuses_what_is_no_base64_or_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
