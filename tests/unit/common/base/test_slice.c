#include "tests/lib/unit.h"

#include "base/ascii.h"
#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

static void splits_at_the_separator_and_keeps_empty_tokens(void **state)
{
	static const struct {
		const char *why, *in, *want;
	} cases[] = {
		{"plain", "a,b", "[a][b]"},
		{"empty in the middle", "a,,b", "[a][][b]"},
		{"empty at the end", "a,", "[a][]"},
		{"nothing but an empty text", "", "[]"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_slice rest = ply_slice_str(cases[i].in), tok;
		struct ply_strbuf got = PLY_STRBUF_INIT;

		while (ply_slice_split(&rest, ',', &tok))
			ply_strbuf_addf(&got, "[%.*s]", PLY_SLICE_ARG(tok));
		if (strcmp(ply_strbuf_str(&got), cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].why, ply_strbuf_str(&got));
		ply_strbuf_deinit(&got);
	}
}

static void reads_only_whole_decimal_numbers(void **state)
{
	static const struct {
		const char *why, *in;
		bool ok;
		uint32_t want;
	} cases[] = {
		{"zero", "0", true, 0},
		{"largest", "4294967295", true, 4294967295U},
		{"one too large", "4294967296", false, 0},
		{"empty", "", false, 0},
		{"sign", "-1", false, 0},
		{"trailing letter", "12a", false, 0},
		{"twenty digits", "00000000000000000001", false, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t v = 0;
		bool ok = ply_slice_to_u32(ply_slice_str(cases[i].in), &v);

		if (ok != cases[i].ok || v != cases[i].want)
			fail_msg("%s: ok=%d v=%u", cases[i].why, ok, v);
	}
}

static void compares_without_ascii_case_only(void **state)
{
	(void)state;
	assert_true(ply_slice_caseis(ply_slice_str("Call-ID"), "call-id"));
	assert_false(ply_slice_caseis(ply_slice_str("caf\xc3\x89"), "caf\xc3\xa9"));
	assert_int_equal(ply_slice_casefind(ply_slice_str("a;TAG=x"), ";tag="), 1);
	assert_int_equal(ply_slice_casefind(ply_slice_str("ta"), "tag"), SIZE_MAX);
}

static void writes_decimal_numbers(void **state)
{
	char d[PLY_U64_DIGITS];

	(void)state;
	assert_true(ply_slice_is(ply_slice_u64(0, d), "0"));
	assert_true(ply_slice_is(ply_slice_u64(4711, d), "4711"));
	assert_true(ply_slice_is(ply_slice_u64(UINT64_MAX, d), "18446744073709551615"));
}

static void changes_the_case_of_ascii_letters_alone(void **state)
{
	char text[] = "AZ[@az\xc3\x89";

	(void)state;
	ply_ascii_lower_str(text);
	assert_string_equal(text, "az[@az\xc3\x89");
	assert_int_equal(ply_ascii_upper('z'), 'Z');
	assert_int_equal(ply_ascii_upper('{'), '{');
}

static void knows_hexadecimal_digits(void **state)
{
	static const struct {
		char c;
		int want;
	} cases[] = {{'0', 0},  {'9', 9},  {'a', 10}, {'F', 15}, {'g', -1},
		     {'/', -1}, {':', -1}, {'@', -1}, {'`', -1}, {'\0', -1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (ply_ascii_hex(cases[i].c) != cases[i].want)
			fail_msg("'%c': %d", cases[i].c, ply_ascii_hex(cases[i].c));
	assert_int_equal(ply_ascii_hex2("fF"), 255);
	assert_int_equal(ply_ascii_hex2("0g"), -1);
	assert_int_equal(ply_ascii_hex2("g0"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_at_the_separator_and_keeps_empty_tokens),
		cmocka_unit_test(reads_only_whole_decimal_numbers),
		cmocka_unit_test(writes_decimal_numbers),
		cmocka_unit_test(changes_the_case_of_ascii_letters_alone),
		cmocka_unit_test(knows_hexadecimal_digits),
		cmocka_unit_test(compares_without_ascii_case_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
