#include "tests/lib/unit.h"

#include "deploy/parley/ask.h"

#include <string.h>

static void finds_values_by_key(void **state)
{
	static const struct {
		const char *why, *object, *key, *want; /* NULL: none */
	} cases[] = {
		{"a text", "{\"a\":\"b\"}", "a", "b"},
		{"the second", "{\"a\":\"b\", \"c\": \"d\"}", "c", "d"},
		{"a number", "{\"n\":12,\"m\":-3}", "n", "12"},
		{"the last number", "{\"n\":12,\"m\":-3}", "m", "-3"},
		{"an empty text", "{\"a\":\"\"}", "a", ""},
		{"null is none", "{\"a\":null,\"b\":1}", "a", NULL},
		{"the text null is one", "{\"a\":\"null\"}", "a", "null"},
		{"no such key", "{\"a\":\"x\"}", "x", NULL},
		{"a value that looks like a key", "{\"a\":\"\\\"x\\\":1\",\"x\":2}", "x", "2"},
		{"escapes", "{\"a\":\"q\\\"b\\\\n\\nu\\u00fc\"}", "a", "q\"b\\n\nu\xc3\xbc"},
		{"cut off in a text", "{\"a\":\"b", "a", "b"},
		{"cut off in an escape", "{\"a\":\"b\\u00", "a", "b"},
		{"cut off after the key", "{\"a\"", "a", ""},
		{"nothing", "", "a", NULL},
		{"no object", "hello", "a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf out = PLY_STRBUF_INIT;
		bool found = cli_json_get(ply_slice_str(cases[i].object), cases[i].key, &out);

		if (found != (cases[i].want != NULL) ||
		    (found && strcmp(ply_strbuf_str(&out), cases[i].want) != 0))
			fail_msg("%s: \"%s\"", cases[i].why, ply_strbuf_str(&out));
		ply_strbuf_deinit(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(finds_values_by_key)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
