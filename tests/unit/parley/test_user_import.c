#include "tests/lib/unit.h"

#include "base/ply.h"
#include "deploy/parley/user_import.h"

#include <stdio.h>
#include <string.h>

static void cuts_records_into_fields(void **state)
{
	static const struct {
		const char *why, *text;
		int n;
		const char *field[4];
	} cases[] = {
		{"plain", "a,b,c\n", 3, {"a", "b", "c"}},
		{"no line end", "a,b", 2, {"a", "b"}},
		{"CR LF", "a,b\r\nx", 2, {"a", "b"}},
		{"empty fields", ",,\n", 3, {"", "", ""}},
		{"quoted comma", "\"a,b\",c\n", 2, {"a,b", "c"}},
		{"quoted quote", "\"a\"\"b\"\n", 1, {"a\"b"}},
		{"quoted line end", "\"a\nb\",c\n", 2, {"a\nb", "c"}},
		{"empty quotes", "\"\",x\n", 2, {"", "x"}},
		{"blank lines before", "\n\r\n\na\n", 1, {"a"}},
		{"UTF-8", "Łódź,ß\n", 2, {"Łódź", "ß"}},
		{"nothing", "", 0, {0}},
		{"blank lines alone", "\r\n\n", 0, {0}},
		{"open quote", "a,\"b\n", -1, {0}},
		{"too many", "1,2,3,4,5\n", -1, {0}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[64], *rest = text, *field[4];

		(void)snprintf(text, sizeof text, "%s", cases[i].text);
		if (cli_csv_record(&rest, field, 4) != cases[i].n)
			fail_msg("%s", cases[i].why);
		for (int f = 0; f < cases[i].n; f++)
			assert_string_equal(field[f], cases[i].field[f]);
	}
}

static void reads_record_after_record(void **state)
{
	char text[] = "user,password\r\nalice,\"x\"\"y\"\n\nbob,\r\n", *rest = text, *field[4];

	(void)state;
	assert_int_equal(cli_csv_record(&rest, field, 4), 2);
	assert_int_equal(cli_csv_record(&rest, field, 4), 2);
	assert_string_equal(field[0], "alice");
	assert_string_equal(field[1], "x\"y");
	assert_int_equal(cli_csv_record(&rest, field, 4), 2);
	assert_string_equal(field[0], "bob");
	assert_string_equal(field[1], "");
	assert_int_equal(cli_csv_record(&rest, field, 4), 0);
}

static void makes_addresses_canonical_or_refuses(void **state)
{
	static const struct {
		const char *word, *uri; /* NULL: refused */
	} cases[] = {
		{"alice@example.com", "sip:alice@example.com"},
		{"sip:alice@example.com", "sip:alice@example.com"},
		{"SIP:Alice@Example.COM", "sip:alice@example.com"},
		{"alice", NULL},
		{"@example.com", NULL},
		{"alice@", NULL},
		{"", NULL},
		{"a b@example.com", NULL},
		{"tel:+15550100", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char uri[CLI_URI_MAX];
		bool ok = cli_user_uri(cases[i].word, uri);

		if (ok != (cases[i].uri != NULL))
			fail_msg("%s", cases[i].word);
		if (ok)
			assert_string_equal(uri, cases[i].uri);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_records_into_fields),
		cmocka_unit_test(reads_record_after_record),
		cmocka_unit_test(makes_addresses_canonical_or_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
