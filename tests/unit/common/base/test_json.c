#include "tests/lib/unit.h"

#include "base/json.h"

static void writes_strings_that_every_reader_takes(void **state)
{
	static const char in[] = "q\" b\\ n\n t\t z\0 \x7f u\xc3\xa9 x\xff";
	struct ply_strbuf b = PLY_STRBUF_INIT;
	bool first = true;

	(void)state;
	ply_json_key(&b, &first, "a");
	ply_json_string(&b, ply_slice(in, sizeof in - 1));
	ply_json_key(&b, &first, "b");
	assert_string_equal(b.p, "\"a\":\"q\\\" b\\\\ n\\n t\\u0009 z\\u0000 \\u007f u\xc3\xa9 "
				 "x\xef\xbf\xbd\",\"b\":");
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_strings_that_every_reader_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
