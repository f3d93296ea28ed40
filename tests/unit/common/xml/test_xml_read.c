#include "tests/lib/unit.h"

#include "tests/lib/memfail.h"
#include "xml/xml_ns.h"
#include "xml/xml_read.h"

#include <stdio.h>

static struct ply_xml *doc(const char *text)
{
	struct ply_xml *x = NULL;
	int r = ply_xml_parse(&x, ply_slice_str(text), NULL);

	if (r)
		fail_msg("%s: r=%d", text, r);
	return x;
}

static void assert_slice(struct ply_slice got, const char *want)
{
	if (!ply_slice_is(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", PLY_SLICE_ARG(got), want);
}

static void accepts_well_formed_documents_only(void **state)
{
	static const struct {
		const char *why, *in;
		int want;
	} cases[] = {
		{"smallest", "<a/>", 0},
		{"with declaration", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<a/>\r\n", 0},
		{"blank lines before the declaration", "\r\n<?xml version=\"1.0\"?><a/>", 0},
		{"byte order mark", "\xef\xbb\xbf<a/>", 0},
		{"comment and instruction", "<!--x--><a><?p i?><!--y--></a>", 0},
		{"claims UTF-16 and is not", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", 0},
		{"empty", "", PLY_XML_E_MALFORMED},
		{"text", "hello", PLY_XML_E_MALFORMED},
		{"not closed", "<a><b></a>", PLY_XML_E_MALFORMED},
		{"two roots", "<a/><b/>", PLY_XML_E_MALFORMED},
		{"cut short", "<a", PLY_XML_E_MALFORMED},
		{"prefix never declared", "<p:a/>", PLY_XML_E_MALFORMED},
		{"attribute twice", "<a b='1' b='2'/>", PLY_XML_E_MALFORMED},
		{"not UTF-8", "<a>\xff</a>", PLY_XML_E_MALFORMED},
		{"zero character", "<a>&#0;</a>", PLY_XML_E_MALFORMED},
		{"entity of its own", "<a>&x;</a>", PLY_XML_E_MALFORMED},
		{"DOCTYPE", "<!DOCTYPE a><a/>", PLY_XML_E_DOCTYPE},
		{"billion laughs",
		 "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
		 PLY_XML_E_DOCTYPE},
		{"file entity",
		 "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		 PLY_XML_E_DOCTYPE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_xml *x = NULL;
		int r = ply_xml_parse(&x, ply_slice_str(cases[i].in), NULL);

		if (r != cases[i].want || !x != !!r)
			fail_msg("%s: r=%d", cases[i].why, r);
		ply_xml_free(x);
	}
}

static void holds_the_limits(void **state)
{
	static const struct ply_xml_limits small = {.size = 60, .depth = 3, .nodes = 5};
	static const struct {
		const char *why, *in;
		int want;
	} cases[] = {
		{"three deep", "<a><b><c/></b></a>", 0},
		{"four deep", "<a><b><c><d/></c></b></a>", PLY_XML_E_LIMIT},
		{"five nodes", "<a b='' c=''><d/><e/></a>", 0},
		{"six nodes", "<a b='' c=''><d/><e/><f/></a>", PLY_XML_E_LIMIT},
		{"declarations count", "<a xmlns:b='b' xmlns:c='c'><d/><e/><f/></a>",
		 PLY_XML_E_LIMIT},
		{"too large", "<a>0123456789012345678901234567890123456789012345678901234567</a>",
		 PLY_XML_E_LIMIT},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_xml *x = NULL;
		int r = ply_xml_parse(&x, ply_slice_str(cases[i].in), &small);

		if (r != cases[i].want)
			fail_msg("%s: r=%d", cases[i].why, r);
		ply_xml_free(x);
	}
}

static void finds_elements_by_name_and_namespace(void **state)
{
	struct ply_xml *x = doc("<a xmlns='u:1' xmlns:p='u:2'><b n='1'/><p:b n='2' p:n='3'/>"
				"<b n='4'>t</b><c xmlns=''/></a>");
	const struct ply_xml_el *a = ply_xml_root(x), *b;
	uint32_t sum = 0, n;

	(void)state;
	assert_true(ply_xml_is(a, "u:1", "a"));
	assert_false(ply_xml_is(a, "u:2", "a"));
	b = ply_xml_child(a, "u:2", "b");
	assert_slice(ply_xml_attr(b, "n"), "2");
	assert_slice(ply_xml_attr_ns(b, "u:2", "n"), "3");
	assert_null(ply_xml_attr(b, "m").p);
	b = ply_xml_next(b, "u:1", "b");
	assert_slice(ply_xml_text(b), "t");
	assert_null(ply_xml_next(b, NULL, "b"));
	assert_slice(ply_xml_ns(ply_xml_child(a, NULL, "c")), "");
	PLY_XML_FOR(e, a, NULL, "b")
		if (ply_xml_attr_u32(e, "n", &n))
			sum += n;
	assert_int_equal(sum, 7);
	assert_null(ply_xml_child(ply_xml_child(a, NULL, "none"), NULL, "b"));
	assert_null(ply_xml_child_text(a, NULL, "none").p);
	assert_non_null(ply_xml_child_text(a, NULL, "c").p);
	ply_xml_free(x);
}

static void decodes_text_and_attributes(void **state)
{
	struct ply_xml *x = doc(
		"<a v='&lt;&amp;&quot;&#233; x\ty' on='TRUE' off='0' odd='maybe'>1 &lt; <b>in</b>"
		"&#x20AC;<![CDATA[<&]]>\r\n</a>");
	const struct ply_xml_el *a = ply_xml_root(x);

	(void)state;
	assert_slice(ply_xml_attr(a, "v"), "<&\"\xc3\xa9 x y");
	assert_slice(ply_xml_text(a), "1 < \xe2\x82\xac<&\n");
	assert_slice(ply_xml_text_trim(a), "1 < \xe2\x82\xac<&");
	assert_true(ply_xml_attr_bool(a, "on", false));
	assert_false(ply_xml_attr_bool(a, "off", true));
	assert_true(ply_xml_attr_bool(a, "odd", true));
	assert_true(ply_xml_attr_bool(a, "none", true));
	ply_xml_free(x);
}

static void lends_elements_as_they_stood(void **state)
{
	static const struct {
		const char *why, *in, *raw, *inner;
	} cases[] = {
		{"blanks and quotes kept", "<a> <b  x = 'y>' >t &amp;<c/></b > </a>",
		 "<b  x = 'y>' >t &amp;<c/></b >", "t &amp;<c/>"},
		{"empty", "<a><b x='1' /></a>", "<b x='1' />", ""},
		{"empty with two tags", "<a><b></b></a>", "<b></b>", ""},
		{"after the mark and UTF-8", "\xef\xbb\xbf<a>\xe2\x82\xac<b>\xc3\xa9</b>x</a>",
		 "<b>\xc3\xa9</b>", "\xc3\xa9"},
		{"CDATA with a tag in it", "<a><b><![CDATA[</b>]]></b></a>",
		 "<b><![CDATA[</b>]]></b>", "<![CDATA[</b>]]>"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_xml *x = doc(cases[i].in);
		const struct ply_xml_el *b = ply_xml_child(ply_xml_root(x), NULL, "b");

		if (!ply_slice_is(ply_xml_raw(b), cases[i].raw) ||
		    !ply_slice_is(ply_xml_raw_inner(b), cases[i].inner))
			fail_msg("%s: \"%.*s\" \"%.*s\"", cases[i].why,
				 PLY_SLICE_ARG(ply_xml_raw(b)),
				 PLY_SLICE_ARG(ply_xml_raw_inner(b)));
		ply_xml_free(x);
	}
}

static void finds_raw_text_far_into_a_large_document(void **state)
{
	struct ply_strbuf in = PLY_STRBUF_INIT;
	const struct ply_xml_el *e;
	struct ply_xml *x;
	unsigned n = 0;

	(void)state;
	ply_strbuf_adds(&in, "<a>");
	for (unsigned i = 0; i < 4000; i++)
		ply_strbuf_addf(&in, "<b n='%u'>some text that fills the buffer %u</b>\r\n", i, i);
	ply_strbuf_adds(&in, "</a>");
	x = doc(in.p);
	for (e = ply_xml_child(ply_xml_root(x), NULL, "b"); e; e = ply_xml_next(e, NULL, "b")) {
		char want[80];

		(void)snprintf(want, sizeof want,
			       "<b n='%u'>some text that fills the buffer %u</b>", n, n);
		assert_slice(ply_xml_raw(e), want);
		n++;
	}
	assert_int_equal(n, 4000);
	ply_xml_free(x);
	ply_strbuf_deinit(&in);
}

static void carries_namespaces_along_with_a_fragment(void **state)
{
	static const struct {
		const char *why, *in, *want;
	} cases[] = {
		{"default from outside", "<a xmlns='u:1'><b><c/></b></a>",
		 "<b xmlns=\"u:1\"><c/></b>"},
		{"own declaration wins", "<a xmlns='u:1'><b xmlns='u:2'><c/></b></a>",
		 "<b xmlns='u:2'><c/></b>"},
		{"prefix of a descendant", "<a xmlns:p='u:1'><b><p:c/><p:d/></b></a>",
		 "<b xmlns:p=\"u:1\"><p:c/><p:d/></b>"},
		{"prefix of an attribute", "<a xmlns:p='u&amp;1'><b p:x='1'/></a>",
		 "<b xmlns:p=\"u&amp;1\" p:x='1'/>"},
		{"prefixed element", "<a xmlns:p='u:1'><p:b y='z'/></a>",
		 "<p:b xmlns:p=\"u:1\" y='z'/>"},
		{"type in an attribute value",
		 "<a xmlns:i='x:si' xmlns:e='u:e'><b i:type='e:state'/></a>",
		 "<b xmlns:i=\"x:si\" xmlns:e=\"u:e\" i:type='e:state'/>"},
		{"unused ones stay behind", "<a xmlns:p='u:1' xmlns:q='u:2'><b><q:c/></b></a>",
		 "<b xmlns:q=\"u:2\"><q:c/></b>"},
		{"nearest declaration", "<r xmlns='u:0'><a xmlns='u:1'><b/></a></r>", NULL},
		{"a URI is no prefix", "<a xmlns:p='u:1'><b c='sip:x@y'/></a>", "<b c='sip:x@y'/>"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_xml *x = doc(cases[i].in);
		const struct ply_xml_el *b = ply_xml_child(ply_xml_root(x), NULL, NULL);
		struct ply_strbuf out = PLY_STRBUF_INIT;
		const char *want = cases[i].want ? cases[i].want : "<b xmlns=\"u:1\"/>";

		if (!cases[i].want)
			b = ply_xml_child(b, NULL, "b");
		ply_xml_add_outer(b, &out);
		if (strcmp(ply_strbuf_str(&out), want) != 0)
			fail_msg("%s: %s", cases[i].why, ply_strbuf_str(&out));
		ply_xml_free(doc(out.p)); /* and it stands alone */
		ply_strbuf_deinit(&out);
		ply_xml_free(x);
	}
}

static int read_and_copy(void *ctx)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_xml *x = NULL;
	int r = ply_xml_parse(&x, ply_slice_str(ctx), NULL);

	if (!r) {
		ply_xml_add_outer(ply_xml_child(ply_xml_root(x), NULL, NULL), &out);
		r = ply_strbuf_err(&out);
	}
	ply_strbuf_deinit(&out);
	ply_xml_free(x);
	return r;
}

static void memory_may_run_out_at_any_point(void **state)
{
	char in[] = "<a xmlns='u:1' xmlns:p='u:2'><b p:c='d'>t<e/>u<e/>v</b></a>";

	(void)state;
	fails_cleanly_without_memory(read_and_copy, in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_well_formed_documents_only),
		cmocka_unit_test(holds_the_limits),
		cmocka_unit_test(finds_elements_by_name_and_namespace),
		cmocka_unit_test(decodes_text_and_attributes),
		cmocka_unit_test(lends_elements_as_they_stood),
		cmocka_unit_test(finds_raw_text_far_into_a_large_document),
		cmocka_unit_test(carries_namespaces_along_with_a_fragment),
		cmocka_unit_test(memory_may_run_out_at_any_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
