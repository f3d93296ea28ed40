#include "tests/lib/unit.h"

#include "xml/xml_write.h"

#include <errno.h>

static void writes_nested_elements_and_escapes(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_xmlw w;

	(void)state;
	ply_xmlw_init(&w, &out);
	ply_xmlw_open(&w, "a");
	ply_xmlw_attr(&w, "xmlns", "u:1");
	ply_xmlw_attr(&w, "t", "<\"&\t\r\n'>");
	ply_xmlw_attr_u64(&w, "n", 18446744073709551615ULL);
	ply_xmlw_attr_bool(&w, "b", true);
	ply_xmlw_open(&w, "empty");
	ply_xmlw_close(&w);
	ply_xmlw_leaf(&w, "t", ply_slice_str("1 < 2 & \"caf\xc3\xa9\"\r\n\t]]>"));
	ply_xmlw_leaf(&w, "e", ply_slice_str(""));
	ply_xmlw_raw(&w, ply_slice_str("<r/>"));
	ply_xmlw_close(&w);
	assert_int_equal(ply_xmlw_end(&w), 0);
	assert_string_equal(out.p,
			    "<a xmlns=\"u:1\" t=\"&lt;&quot;&amp;&#9;&#13;&#10;'&gt;\" "
			    "n=\"18446744073709551615\" b=\"true\"><empty/>"
			    "<t>1 &lt; 2 &amp; \"caf\xc3\xa9\"&#13;\n\t]]&gt;</t><e/><r/></a>");
	ply_strbuf_deinit(&out);
}

static void refuses_what_xml_cannot_hold(void **state)
{
	static const char *const bad[] = {"\x01", "a\x1b", "\xff", "\xed\xa0\x80", "\xef\xbf\xbe"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ply_strbuf out = PLY_STRBUF_INIT;
		struct ply_xmlw w;

		ply_xmlw_init(&w, &out);
		ply_xmlw_leaf(&w, "a", ply_slice_str(bad[i]));
		assert_int_equal(ply_xmlw_end(&w), -EINVAL);
		ply_strbuf_deinit(&out);
	}
}

static void notices_mistakes_of_the_caller(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_xmlw w;

	(void)state;
	ply_xmlw_init(&w, &out);
	ply_xmlw_open(&w, "a");
	assert_int_equal(ply_xmlw_end(&w), -EINVAL); /* left open */
	ply_xmlw_text(&w, ply_slice_str("x"));
	ply_xmlw_attr(&w, "late", "1");
	ply_xmlw_close(&w);
	assert_int_equal(ply_xmlw_end(&w), -EINVAL);
	ply_xmlw_init(&w, &out);
	ply_xmlw_close(&w);
	assert_int_equal(ply_xmlw_end(&w), -EINVAL);
	ply_xmlw_init(&w, &out);
	for (unsigned i = 0; i <= PLY_XMLW_DEPTH; i++)
		ply_xmlw_open(&w, "a");
	for (unsigned i = 0; i < PLY_XMLW_DEPTH; i++)
		ply_xmlw_close(&w);
	assert_int_equal(ply_xmlw_end(&w), -EINVAL);
	ply_strbuf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_nested_elements_and_escapes),
		cmocka_unit_test(refuses_what_xml_cannot_hold),
		cmocka_unit_test(notices_mistakes_of_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
