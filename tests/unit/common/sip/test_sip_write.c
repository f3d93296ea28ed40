#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_write.h"

#include <errno.h>
#include <string.h>

#define CORE                                                                                       \
	"Via: SIP/2.0/TCP 1.1.1.1;branch=z9hG4bKa , SIP/2.0/TLS 2.2.2.2\r\n"                       \
	"v: SIP/2.0/UDP 3.3.3.3\r\n"                                                               \
	"f: <sip:alice@lab.example>;tag=1;epid=cf0b98dadeb9\r\n"                                   \
	"To: <sip:bob@lab.example>\r\ni: c1@h\n"                                                   \
	"CSeq: 1  INVITE\r\nRoute: <sip:a;lr>,<sip:b;lr>\r\nRoute: <sip:c;lr>\r\n"                 \
	"Record-Route: <sip:r;lr>\r\nX-One: 1\r\nx: 1800\r\nX-Two: 2\r\n"

static struct ply_sip_msg *make(const char *text)
{
	struct ply_sip_msg *m;

	assert_int_equal(ply_sip_msg_new(&m, text, strlen(text)), 0);
	return m;
}

static void check(const char *why, const struct ply_strbuf *got, const char *want)
{
	if (strcmp(ply_strbuf_str(got), want) != 0)
		fail_msg("%s:\n--- got\n%s--- want\n%s", why, ply_strbuf_str(got), want);
}

#define ECHO                                                                                       \
	"From: <sip:alice@lab.example>;tag=1;epid=cf0b98dadeb9\r\n"                                \
	"To: <sip:bob@lab.example>;tag=t\r\nCall-ID: c1@h\r\nCSeq: 1  INVITE\r\n"

static void answers_with_what_the_request_brought(void **state)
{
	struct ply_sip_msg *m = make("INVITE sip:bob@lab.example SIP/2.0\r\n" CORE "\r\n");
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_reply r = {.status = 404,
				  .to_tag = ply_slice_str("t"),
				  .diag = 1003,
				  .diag_reason = "User does\r\nnot \"exist\"",
				  .source = "fe.lab.example"};

	(void)state;
	assert_int_equal(ply_sip_write_reply(&out, m, &r), 0);
	check("without a top Via of the transport", &out,
	      "SIP/2.0 404 Not Found\r\n"
	      "Via: SIP/2.0/TCP 1.1.1.1;branch=z9hG4bKa , SIP/2.0/TLS 2.2.2.2\r\n"
	      "Via: SIP/2.0/UDP 3.3.3.3\r\n" ECHO
	      "ms-diagnostics: 1003;reason=\"User does  not  exist \";source=\"fe.lab.example\"\r\n"
	      "Content-Length: 0\r\n\r\n");
	ply_strbuf_reset(&out);
	assert_int_equal(ply_sip_msg_set_top_via(
				 m, ply_slice_str("Via: SIP/2.0/TCP 1.1.1.1;received=9.9.9.9\r\n")),
			 0);
	r = (struct ply_sip_reply){.status = 200,
				   .reason = "Fine",
				   .to_tag = ply_slice_str("t"),
				   .lines = ply_slice_str("Server: x\r\n"),
				   .record_route = true,
				   .content_type = "text/plain",
				   .body = ply_slice_str("hi"),
				   .diag = 5,
				   .diag_public = true,
				   .diag_reason = "r",
				   .source = "secret",
				   .retry_after = 30};
	assert_int_equal(ply_sip_write_reply(&out, m, &r), 0);
	check("with everything", &out,
	      "SIP/2.0 200 Fine\r\n"
	      "Via: SIP/2.0/TCP 1.1.1.1;received=9.9.9.9\r\n"
	      "Via: SIP/2.0/TLS 2.2.2.2\r\n"
	      "Via: SIP/2.0/UDP 3.3.3.3\r\nRecord-Route: <sip:r;lr>\r\n" ECHO
	      "ms-diagnostics-public: 5;reason=\"r\"\r\nRetry-After: 30\r\nServer: x\r\n"
	      "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
	ply_strbuf_deinit(&out);
	ply_sip_msg_unref(m);
}

static void leaves_a_to_tag_alone(void **state)
{
	static const struct {
		const char *why, *to, *want;
	} cases[] = {
		{"tag outside", "<sip:b>;x=1;TAG=q", "To: <sip:b>;x=1;TAG=q\r\n"},
		{"addr-spec", "sip:b;tag=q", "To: sip:b;tag=q\r\n"},
		{"tag is a URI parameter", "<sip:b;tag=no>", "To: <sip:b;tag=no>;tag=t\r\n"},
		{"in the display name", "\";tag=x\" <sip:b>", "To: \";tag=x\" <sip:b>;tag=t\r\n"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf text = PLY_STRBUF_INIT, out = PLY_STRBUF_INIT;
		struct ply_sip_reply r = {.status = 200, .to_tag = ply_slice_str("t")};
		struct ply_sip_msg *m;

		ply_strbuf_addf(&text,
				"BYE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>;tag=1\r\n"
				"To: %s\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n\r\n",
				cases[i].to);
		m = make(ply_strbuf_str(&text));
		assert_int_equal(ply_sip_write_reply(&out, m, &r), 0);
		if (!strstr(out.p, cases[i].want))
			fail_msg("%s: %s", cases[i].why, out.p);
		ply_sip_msg_unref(m);
		ply_strbuf_deinit(&out);
		ply_strbuf_deinit(&text);
	}
}

#define FROM_TO                                                                                    \
	"From: <sip:alice@lab.example>;tag=1;epid=cf0b98dadeb9\r\n"                                \
	"To: <sip:bob@lab.example>\r\nCall-ID: c1@h\r\n"

static void edits_by_line_and_keeps_the_rest_as_it_was(void **state)
{
	static const char *const names[] = {"x-one", "Session-Expires", NULL};
	struct ply_sip_msg *m = make("INVITE sip:bob@lab.example SIP/2.0\r\n" CORE
				     "Content-Type: a/b\r\nl: 3\r\n\r\nabc");
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_edit e = {0};

	(void)state;
	assert_int_equal(ply_sip_write_edit(&out, m, &e), 0);
	check("nothing changed but compact names and line ends", &out,
	      "INVITE sip:bob@lab.example SIP/2.0\r\n"
	      "Via: SIP/2.0/TCP 1.1.1.1;branch=z9hG4bKa , SIP/2.0/TLS 2.2.2.2\r\n"
	      "Via: SIP/2.0/UDP 3.3.3.3\r\n" FROM_TO
	      "CSeq: 1  INVITE\r\nRoute: <sip:a;lr>,<sip:b;lr>\r\nRoute: <sip:c;lr>\r\n"
	      "Record-Route: <sip:r;lr>\r\nX-One: 1\r\nSession-Expires: 1800\r\nX-Two: 2\r\n"
	      "Content-Type: a/b\r\nContent-Length: 3\r\n\r\nabc");
	ply_strbuf_reset(&out);
	ply_sip_msg_set_top_via(m, ply_slice_str("Via: SIP/2.0/TCP 1.1.1.1;received=9.9.9.9"));
	e = (struct ply_sip_edit){
		.ruri = ply_slice_str("sip:bob@10.0.0.1"),
		.top = ply_slice_str("Via: SIP/2.0/TLS fe;branch=z9hG4bKb\r\n"),
		.tail = ply_slice_str("X-Last: z\r\n"),
		.drop = PLY_HDR_BIT(PLY_HDR_RECORD_ROUTE),
		.pop_route = true,
		.keep_top_via = true,
		.drop_named = names,
		.n_replace = 2,
		.replace = {{PLY_HDR_MAX_FORWARDS, ply_slice_str("69")},
			    {PLY_HDR_CSEQ, ply_slice_str("1 INVITE")}},
		.new_body = true,
		.content_type = "text/plain",
		.body = ply_slice_str("hello"),
	};
	assert_int_equal(ply_sip_write_edit(&out, m, &e), 0);
	check("forwarded", &out,
	      "INVITE sip:bob@10.0.0.1 SIP/2.0\r\n"
	      "Via: SIP/2.0/TLS fe;branch=z9hG4bKb\r\n"
	      "Via: SIP/2.0/TCP 1.1.1.1;received=9.9.9.9\r\n"
	      "Via: SIP/2.0/TLS 2.2.2.2\r\n"
	      "Via: SIP/2.0/UDP 3.3.3.3\r\n" FROM_TO
	      "CSeq: 1 INVITE\r\nRoute: <sip:b;lr>\r\nRoute: <sip:c;lr>\r\nX-Two: 2\r\n"
	      "Max-Forwards: 69\r\nX-Last: z\r\n"
	      "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
	ply_strbuf_deinit(&out);
	ply_sip_msg_unref(m);
}

static void pops_one_via_value_of_a_response(void **state)
{
	struct ply_sip_msg *m = make("SIP/2.0 200 \r\n" CORE "\r\nbody");
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_edit e = {.pop_via = true, .drop = ~UINT64_C(0) ^ PLY_HDR_BIT(PLY_HDR_VIA)};

	(void)state;
	assert_int_equal(ply_sip_write_edit(&out, m, &e), 0);
	check("popped", &out,
	      "SIP/2.0 200 \r\nVia: SIP/2.0/TLS 2.2.2.2\r\nVia: SIP/2.0/UDP 3.3.3.3\r\n"
	      "X-One: 1\r\nSession-Expires: 1800\r\nX-Two: 2\r\nContent-Length: 4\r\n\r\nbody");
	ply_strbuf_deinit(&out);
	ply_sip_msg_unref(m);
}

static void refuses_line_ends_smuggled_into_values(void **state)
{
	struct ply_sip_msg *m = make("INVITE sip:bob@lab.example SIP/2.0\r\n" CORE "\r\n");
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_edit e = {.ruri = ply_slice_str("sip:a\r\nX: y")};

	(void)state;
	assert_int_equal(ply_sip_write_edit(&out, m, &e), -EINVAL);
	e = (struct ply_sip_edit){.n_replace = 1};
	e.replace[0].id = PLY_HDR_SUBJECT;
	e.replace[0].value = ply_slice_str("a\nX: y");
	assert_int_equal(ply_sip_write_edit(&out, m, &e), -EINVAL);
	assert_int_equal(ply_sip_add_line(&out, "A", ply_slice_str("b\rc")), -EINVAL);
	assert_int_equal(ply_sip_add_line(&out, "A", ply_slice("b\0c", 3)), -EINVAL);
	assert_int_equal(ply_sip_add_unfolded(&out, "A", ply_slice_str("b\r\nVia: c")), -EINVAL);
	assert_int_equal(ply_sip_add_unfolded(&out, "A", ply_slice_str("b\r")), -EINVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(ply_sip_add_unfolded(&out, "A", ply_slice_str("b\r\n \tc\n d")), 0);
	assert_int_equal(ply_sip_add_line(&out, "B", ply_slice_str("")), 0);
	check("unfolded", &out, "A: b c d\r\nB: \r\n");
	ply_strbuf_deinit(&out);
	ply_sip_msg_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_with_what_the_request_brought),
		cmocka_unit_test(leaves_a_to_tag_alone),
		cmocka_unit_test(edits_by_line_and_keeps_the_rest_as_it_was),
		cmocka_unit_test(pops_one_via_value_of_a_response),
		cmocka_unit_test(refuses_line_ends_smuggled_into_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
