#include "tests/lib/unit.h"

#include "base/utf8.h"

static void accepts_exactly_rfc_3629(void **state)
{
	static const struct {
		const char *why, *in;
		bool want;
	} cases[] = {
		{"ASCII", "abc", true},
		{"empty", "", true},
		{"two bytes", "\xc3\xa9", true},
		{"three bytes", "\xe2\x82\xac", true},
		{"four bytes", "\xf0\x9f\x98\x80", true},
		{"last character", "\xf4\x8f\xbf\xbf", true},
		{"past the last", "\xf4\x90\x80\x80", false},
		{"overlong slash", "\xc0\xaf", false},
		{"overlong in three", "\xe0\x80\xaf", false},
		{"surrogate", "\xed\xa0\x80", false},
		{"cut short", "\xe2\x82", false},
		{"lone continuation", "\x80", false},
		{"wrong continuation", "\xc3(", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (ply_utf8_valid(ply_slice_str(cases[i].in)) != cases[i].want)
			fail_msg("%s", cases[i].why);
}

static void folds_letters_of_names(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"Ann-1", "ann-1"},
		{"\xc3\x89MILE", "\xc3\xa9mile"},
		{"\xc3\x97", "\xc3\x97"},                 /* multiplication sign */
		{"\xc5\xbd", "\xc5\xbe"},                 /* Latin Extended-A: z with caron */
		{"\xce\x91\xce\xa9", "\xce\xb1\xcf\x89"}, /* Greek */
		{"\xd0\x98\xd0\x92\xd0\x81", "\xd0\xb8\xd0\xb2\xd1\x91"}, /* Cyrillic */
		{"a\xff", "a\xef\xbf\xbd"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf out = PLY_STRBUF_INIT;

		ply_utf8_add_folded(&out, ply_slice_str(cases[i].in));
		assert_string_equal(ply_strbuf_str(&out), cases[i].want);
		ply_strbuf_deinit(&out);
	}
}

static void cuts_between_characters(void **state)
{
	struct ply_slice s = ply_slice_str("a\xe2\x82\xac"
					   "b");

	(void)state;
	assert_int_equal(ply_utf8_prefix(s, 5).len, 5);
	assert_int_equal(ply_utf8_prefix(s, 4).len, 4);
	assert_int_equal(ply_utf8_prefix(s, 3).len, 1);
	assert_int_equal(ply_utf8_prefix(s, 0).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_exactly_rfc_3629),
		cmocka_unit_test(folds_letters_of_names),
		cmocka_unit_test(cuts_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
