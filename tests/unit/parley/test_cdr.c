#include "tests/lib/unit.h"

#include "deploy/parley/cdr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000000ULL

static void times_are_days_moments_or_so_long_ago(void **state)
{
	static const struct {
		const char *word;
		uint64_t ms; /* 0: refused */
	} cases[] = {
		{"2026-01-31", 1769817600000ULL},
		{"2026-01-31T09:00:00Z", 1769850000000ULL},
		{"2026-01-31T09:00:00+01:00", 1769846400000ULL},
		{"90m", NOW - 90 * 60000ULL},
		{"2h", NOW - 7200000ULL},
		{"7d", NOW - 7 * 86400000ULL},
		{"100000d", 1},
		{"100001d", 0},
		{"h", 0},
		{"-2h", 0},
		{"2026-13-01", 0},
		{"2026-1-1", 0},
		{"yesterday", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t ms = 0;

		if (cli_cdr_time(cases[i].word, NOW, &ms) != (cases[i].ms != 0) ||
		    ms != cases[i].ms)
			fail_msg("\"%s\": %llu", cases[i].word, (unsigned long long)ms);
	}
}

static void fields_are_quoted_where_they_must_be(void **state)
{
	static const char *const fields[] = {"plain", "a,b", "say \"hi\"", "two\nlines", ""};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		cli_cdr_csv(to, ply_slice_str(fields[i]), i + 1 == ARRAY_LEN(fields));
	(void)fclose(to);
	assert_string_equal(text, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_days_moments_or_so_long_ago),
		cmocka_unit_test(fields_are_quoted_where_they_must_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
