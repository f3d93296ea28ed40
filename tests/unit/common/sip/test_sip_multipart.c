#include "tests/lib/unit.h"

#include "base/ply.h"
#include "base/strbuf.h"
#include "sip/sip_multipart.h"

#include <string.h>

static void parts_are_found(void **state)
{
	static const struct {
		const char *why, *type, *body, *want;
	} cases[] = {
		{"two alternatives", "multipart/alternative; boundary=\"b1\"",
		 "--b1\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi\r\n--b1\r\n"
		 "Content-Type: text/html\r\n\r\n<b>hi</b>\r\n--b1--\r\n",
		 "[text/plain; charset=UTF-8|hi][text/html|<b>hi</b>]"},
		{"preamble and epilogue are nobody's", "multipart/mixed;boundary=x",
		 "see\r\n--x\r\n\r\nbody\r\n--x--\r\nafter\r\n--x\r\n\r\nno\r\n", "[|body]"},
		{"SIPE ends parts with two line ends", "multipart/alternative;boundary=x",
		 "--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n\r\n--x--\r\n",
		 "[text/plain|hi\r\n]"},
		{"LF alone", "multipart/alternative;boundary=x",
		 "--x\nContent-Type: text/plain\n\nhi\n--x--\n", "[text/plain|hi]"},
		{"no closing line", "multipart/alternative;boundary=x",
		 "--x\r\ncontent-type: text/plain\r\n\r\nhi", "[text/plain|hi]"},
		{"a boundary is a whole line", "multipart/alternative;boundary=x",
		 "--x\r\n\r\n--xy\r\n--x--\r\n", "[|--xy]"},
		{"no boundary parameter", "multipart/alternative", "--x\r\n\r\nhi\r\n--x--\r\n",
		 ""},
		{"no delimiter", "multipart/alternative;boundary=x", "hello\r\n", ""},
		{"nothing", "multipart/alternative;boundary=x", "", ""},
		{"a boundary that is too long",
		 "multipart/a;boundary="
		 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 "--x", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf got = PLY_STRBUF_INIT;
		struct ply_sip_parts w;
		struct ply_sip_part p;

		ply_sip_parts_init(&w, ply_slice_str(cases[i].type), ply_slice_str(cases[i].body));
		while (ply_sip_parts_next(&w, &p))
			ply_strbuf_addf(&got, "[%.*s|%.*s]", PLY_SLICE_ARG(p.type),
					PLY_SLICE_ARG(p.body));
		if (strcmp(ply_strbuf_str(&got), cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].why, ply_strbuf_str(&got));
		ply_strbuf_deinit(&got);
	}
}

static void the_media_type_is_without_parameters(void **state)
{
	(void)state;
	assert_true(ply_slice_is(ply_sip_media_type(ply_slice_str(" text/plain ;msgr=WAAt")),
				 "text/plain"));
	assert_true(ply_slice_is(ply_sip_media_type(ply_slice_str("")), ""));
	assert_true(ply_slice_is(ply_sip_media_type(ply_slice(NULL, 0)), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(the_media_type_is_without_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
