#include "tests/lib/unit.h"

#include "base/ply.h"
#include "http/http_head.h"

static void heads_of_requests_are_read_or_refused(void **state)
{
	static const struct {
		const char *why, *in;
		enum ply_http_verdict v;
		bool keep;
		const char *path, *query;
		uint64_t length;
	} cases[] = {
		{"plain", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", PLY_HTTP_OK, true, "/a", "", 0},
		{"with query and length",
		 "POST /a?b=c HTTP/1.1\r\nHost: x\r\ncontent-length: 7\r\n\r\n", PLY_HTTP_OK, true,
		 "/a", "b=c", 7},
		{"closing", "GET / HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n",
		 PLY_HTTP_OK, false, "/", "", 0},
		{"1.0 without host", "GET / HTTP/1.0\r\n\r\n", PLY_HTTP_OK, false, "/", "", 0},
		{"as to a proxy", "GET http://h:1/p HTTP/1.1\r\nHost: h\r\n\r\n", PLY_HTTP_OK, true,
		 "/p", "", 0},
		{"to a proxy, no path", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", PLY_HTTP_OK,
		 true, "/", "", 0},
		{"empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", PLY_HTTP_OK,
		 true, "/", "", 0},
		{"the same length twice",
		 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
		 PLY_HTTP_OK, true, "/", "", 3},
		{"not whole", "GET / HTTP/1.1\r\nHost: x\r\n", PLY_HTTP_MORE, false, "", "", 0},
		{"nothing", "", PLY_HTTP_MORE, false, "", "", 0},
		{"two lengths",
		 "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
		 PLY_HTTP_BAD, false, "", "", 0},
		{"a list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\n",
		 PLY_HTTP_BAD, false, "", "", 0},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", PLY_HTTP_BAD, false,
		 "", "", 0},
		{"a bare line feed", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", PLY_HTTP_BAD, false,
		 "", "", 0},
		{"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", PLY_HTTP_BAD, false, "", "",
		 0},
		{"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", PLY_HTTP_BAD, false, "",
		 "", 0},
		{"no version", "GET /\r\n\r\n", PLY_HTTP_BAD, false, "", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_http_head h;
		enum ply_http_verdict v = ply_http_head_request(ply_slice_str(cases[i].in), &h);

		if (v != cases[i].v)
			fail_msg("%s: verdict %d", cases[i].why, (int)v);
		if (v != PLY_HTTP_OK)
			continue;
		if (!ply_slice_is(h.path, cases[i].path) ||
		    !ply_slice_is(h.query, cases[i].query) || h.length != cases[i].length ||
		    h.keep != cases[i].keep || h.size != strlen(cases[i].in))
			fail_msg("%s: path %.*s length %llu", cases[i].why, PLY_SLICE_ARG(h.path),
				 (unsigned long long)h.length);
	}
}

static void headers_cannot_be_split_by_their_values(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	ply_http_add_field(&out, "A", ply_slice_str("one"));
	ply_http_add_field(&out, "B", ply_slice_str("two\r\nX: y"));
	assert_string_equal(out.p, "A: one\r\n");
	assert_true(ply_slice_is(ply_http_field(ply_strbuf_slice(&out), "a"), "one"));
	assert_null(ply_http_field(ply_strbuf_slice(&out), "b").p);
	ply_strbuf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_of_requests_are_read_or_refused),
		cmocka_unit_test(headers_cannot_be_split_by_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
