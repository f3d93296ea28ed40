#include "tests/lib/unit.h"

#include "base/ascii.h"
#include "base/ply.h"
#include "sip/sip_msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORE                                                                                       \
	"Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKa\r\n"                                      \
	"From: <sip:alice@lab.example>;tag=1;epid=cf0b98dadeb9\r\n"                                \
	"To: <sip:bob@lab.example>\r\nCall-ID: c1@h\r\n"

static const char service[] =
	"SERVICE sip:alice@lab.example SIP/2.0\r\n" CORE "CSeq: 1 SERVICE\r\nMax-Forwards: 70\r\n"
	"P-Asserted-Identity: <sip:alice@lab.example>\r\n"
	"Content-Type: application/msrtc-category-publish+xml\r\n"
	"Content-Length: 4\r\n\r\n<a/>";

static struct ply_sip_msg *make(const char *text, int want)
{
	struct ply_sip_msg *m;
	int r = ply_sip_msg_new(&m, text, strlen(text));

	if (r != want)
		fail_msg("r=%d for %s", r, text);
	return m;
}

static void sofia_parses_a_service_request(void **state)
{
	struct ply_sip_msg *m = make(service, 0);
	const char *why;
	const sip_t *sip = ply_sip_msg_parse(m, &why);

	(void)state;
	assert_non_null(sip);
	assert_null(why);
	assert_int_equal(sip->sip_request->rq_method, sip_method_unknown);
	assert_string_equal(sip->sip_request->rq_method_name, "SERVICE");
	assert_string_equal(sip->sip_cseq->cs_method_name, "SERVICE");
	assert_string_equal(sip->sip_from->a_url->url_user, "alice");
	assert_ptr_equal(sip, ply_sip_msg_parse(m, NULL));
	ply_sip_msg_unref(m);
}

static void sofia_parses_every_method_we_know(void **state)
{
	(void)state;
	for (unsigned i = 1; i < PLY_SIP_N_METHOD; i++) {
		const char *name = ply_sip_method_name((enum ply_sip_method)i);
		char text[1024];
		struct ply_sip_msg *m;

		snprintf(text, sizeof text,
			 "%s sip:a@b SIP/2.0\r\n" CORE "CSeq: 7 %s\r\nContent-Length: 0\r\n\r\n",
			 name, name);
		m = make(text, 0);
		assert_int_equal(m->method, i);
		assert_int_equal(m->cseq, 7);
		if (!ply_sip_msg_parse(m, NULL))
			fail_msg("%s refused", name);
		assert_string_equal(ply_sip_msg_parse(m, NULL)->sip_request->rq_method_name, name);
		ply_sip_msg_unref(m);
	}
}

static void every_header_name_finds_its_number(void **state)
{
	(void)state;
	for (unsigned i = 1; i < PLY_HDR_N; i++) {
		struct ply_slice name = ply_slice_str(ply_sip_hdr_name((enum ply_sip_hdr)i));
		char loud[64];

		assert_int_equal(ply_sip_hdr_of(name), i);
		for (size_t k = 0; k < name.len; k++)
			loud[k] = ply_ascii_upper(name.p[k]);
		assert_int_equal(ply_sip_hdr_of(ply_slice(loud, name.len)), i);
		loud[0] = (char)(loud[0] ^ 0x40);
		assert_int_equal(ply_sip_hdr_of(ply_slice(loud, name.len)), PLY_HDR_OTHER);
	}
	assert_int_equal(ply_sip_hdr_of(ply_slice_str("I")), PLY_HDR_CALL_ID);
	assert_int_equal(ply_sip_hdr_of(ply_slice_str("x")), PLY_HDR_OTHER);
	assert_int_equal(ply_sip_hdr_of(ply_slice_str("\x14")), PLY_HDR_OTHER);
	assert_int_equal(ply_sip_hdr_of(ply_slice_str("call\rid")), PLY_HDR_OTHER);
}

static void indexes_lines_with_folds_and_compact_names(void **state)
{
	struct ply_sip_msg *m = make("OPTIONS sip:b SIP/2.0\r\nv: SIP/2.0/UDP a\r\nv: SIP/2.0/UDP "
				     "b\r\nf: <sip:a>;tag=x\r\n"
				     "t : <sip:b>\r\ni: 1\r\nCSeq: 1\r\n OPTIONS\r\nX-Other: "
				     "a\r\n\tb\r\nk: \r\n\r\nbody",
				     0);
	struct ply_slice v;
	unsigned pos = 0;

	(void)state;
	assert_true(m->is_request);
	assert_int_equal(m->method, PLY_SIP_OPTIONS);
	assert_int_equal(m->n_line, 8);
	assert_true(ply_slice_is(ply_sip_hdr(m, PLY_HDR_TO), "<sip:b>"));
	assert_true(ply_slice_is(m->line[3].name, "t"));
	assert_true(ply_slice_is(ply_sip_hdr_named(m, "x-other"), "a\r\n\tb"));
	assert_true(ply_slice_is(m->line[6].text, "X-Other: a\r\n\tb\r\n"));
	assert_true(ply_slice_is(m->body, "body"));
	assert_true(ply_sip_hdr_next(m, PLY_HDR_VIA, &pos, &v) && ply_slice_is(v, "SIP/2.0/UDP a"));
	assert_true(ply_sip_hdr_next(m, PLY_HDR_VIA, &pos, &v) && ply_slice_is(v, "SIP/2.0/UDP b"));
	assert_false(ply_sip_hdr_next(m, PLY_HDR_VIA, &pos, &v));
	assert_non_null(ply_sip_hdr_named(m, "Supported").p);
	assert_int_equal(ply_sip_hdr_named(m, "Supported").len, 0);
	assert_null(ply_sip_hdr(m, PLY_HDR_EVENT).p);
	ply_sip_msg_unref(m);
}

static void refuses_what_cannot_be_routed(void **state)
{
#define REST CORE "CSeq: 1 INVITE\r\n"
	static const struct {
		const char *why, *text;
		int r;
		bool answerable;
	} cases[] = {
		{"nothing", "", PLY_SIP_E_START, false},
		{"blank lines only", "\r\n\r\n", PLY_SIP_E_START, false},
		{"no version", "INVITE sip:a\r\n" REST "\r\n", PLY_SIP_E_START, false},
		{"HTTP", "GET / HTTP/1.1\r\n" REST "\r\n", PLY_SIP_E_START, false},
		{"newer version", "INVITE sip:a SIP/3.0\r\n" REST "\r\n", PLY_SIP_E_VERSION, true},
		{"two blanks", "INVITE  sip:a SIP/2.0\r\n" REST "\r\n", PLY_SIP_E_HEADER, true},
		{"bracketed target", "INVITE <sip:a> SIP/2.0\r\n" REST "\r\n", PLY_SIP_E_HEADER,
		 true},
		{"no colon", "INVITE sip:a SIP/2.0\r\n" REST "what\r\n\r\n", PLY_SIP_E_HEADER,
		 true},
		{"blank in a name", "INVITE sip:a SIP/2.0\r\n" REST "a b: c\r\n\r\n",
		 PLY_SIP_E_HEADER, true},
		{"lone CR", "INVITE sip:a SIP/2.0\r\n" REST "A: b\rVia: x\r\n\r\n",
		 PLY_SIP_E_HEADER, true},
		{"lone CR in a fold", "INVITE sip:a SIP/2.0\r\n" REST "A: b\r\n c\rd\r\n\r\n",
		 PLY_SIP_E_HEADER, true},
		{"folded start line", "INVITE sip:a SIP/2.0\r\n x\r\n" REST "\r\n",
		 PLY_SIP_E_HEADER, true},
		{"no empty line", "INVITE sip:a SIP/2.0\r\n" REST, PLY_SIP_E_HEADER, true},
		{"two To", "INVITE sip:a SIP/2.0\r\n" REST "To: <sip:x>\r\n\r\n", PLY_SIP_E_MISSING,
		 true},
		{"two Call-ID", "INVITE sip:a SIP/2.0\r\n" REST "i: x\r\n\r\n", PLY_SIP_E_MISSING,
		 true},
		{"no CSeq", "INVITE sip:a SIP/2.0\r\n" CORE "\r\n", PLY_SIP_E_MISSING, true},
		{"no Via", "INVITE sip:a SIP/2.0\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n\r\n",
		 PLY_SIP_E_MISSING, false},
		{"CSeq of another method", "BYE sip:a SIP/2.0\r\n" REST "\r\n", PLY_SIP_E_CSEQ,
		 true},
		{"CSeq too large", "BYE sip:a SIP/2.0\r\n" CORE "CSeq: 4294967296 BYE\r\n\r\n",
		 PLY_SIP_E_CSEQ, true},
		{"negative length", "INVITE sip:a SIP/2.0\r\n" REST "l: -1\r\n\r\n",
		 PLY_SIP_E_LENGTH, true},
		{"length over the end", "INVITE sip:a SIP/2.0\r\n" REST "l: 5\r\n\r\nabcd",
		 PLY_SIP_E_LENGTH, true},
		{"two lengths", "INVITE sip:a SIP/2.0\r\n" REST "l: 1\r\nl: 2\r\n\r\nabcd",
		 PLY_SIP_E_LENGTH, true},
		{"status of four digits", "SIP/2.0 2000 OK\r\n" REST "\r\n", PLY_SIP_E_START,
		 false},
		{"status 099", "SIP/2.0 099 OK\r\n" REST "\r\n", PLY_SIP_E_START, false},
		{"response without To is not answered",
		 "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>\r\nCall-ID: 1\r\nCSeq: 1 "
		 "INVITE\r\n\r\n",
		 PLY_SIP_E_MISSING, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_msg *m;
		int r = ply_sip_msg_new(&m, cases[i].text, strlen(cases[i].text));

		if (r != cases[i].r || !!m != cases[i].answerable)
			fail_msg("%s: r=%d m=%d", cases[i].why, r, !!m);
		ply_sip_msg_unref(m);
	}
}

static void refuses_a_nul_in_the_headers_and_lets_it_pass_in_the_body(void **state)
{
	static const char bad[] = "INVITE sip:a SIP/2.0\r\n" REST "A: b\0c\r\n\r\n";
	static const char good[] = "INVITE sip:a SIP/2.0\r\n" REST "l: 3\r\n\r\na\0c";
	struct ply_sip_msg *m;

	(void)state;
	assert_int_equal(ply_sip_msg_new(&m, bad, sizeof bad - 1), PLY_SIP_E_HEADER);
	assert_null(ply_sip_hdr_named(m, "A").p);
	ply_sip_msg_unref(m);
	assert_int_equal(ply_sip_msg_new(&m, good, sizeof good - 1), 0);
	assert_int_equal(m->body.len, 3);
	ply_sip_msg_unref(m);
}

static void cuts_the_body_by_content_length_and_counts_lines(void **state)
{
	struct ply_sip_msg *m =
		make("INVITE sip:a SIP/2.0\r\n" REST "l: 2\r\nl: 02\r\n\r\nabcd", 0);
	char *many = malloc(300 * 6 + 1000);
	char *p = many;

	(void)state;
	assert_true(ply_slice_is(m->body, "ab"));
	assert_true(m->raw.p + m->raw.len == m->body.p + 2);
	ply_sip_msg_unref(m);
	p += sprintf(p, "INVITE sip:a SIP/2.0\r\n" REST);
	for (int i = 0; i < PLY_SIP_MAX_LINES - 4; i++)
		p += sprintf(p, "A: b\r\n");
	memcpy(p, "\r\n", 3);
	assert_null(make(many, PLY_SIP_E_TOO_MANY));
	memcpy(p - 6, "\r\n", 3);
	m = make(many, 0);
	assert_int_equal(m->n_line, PLY_SIP_MAX_LINES);
	ply_sip_msg_unref(m);
	free(many);
}

static void reads_responses_with_the_method_of_cseq(void **state)
{
	struct ply_sip_msg *m = make("SIP/2.0 200\r\n" CORE "CSeq: 3 NEGOTIATE\r\n\r\n", 0);

	(void)state;
	assert_false(m->is_request);
	assert_int_equal(m->status, 200);
	assert_int_equal(m->method, PLY_SIP_NEGOTIATE);
	assert_int_equal(m->reason.len, 0);
	ply_sip_msg_unref(m);
	m = make("sip/2.0 486 Not now\r\n" CORE "CSeq: 3 WHAT\r\n\r\n", 0);
	assert_true(ply_slice_is(m->reason, "Not now"));
	assert_true(ply_slice_is(m->method_name, "WHAT"));
	ply_sip_msg_unref(m);
}

static void says_which_header_sofia_refuses(void **state)
{
	struct ply_sip_msg *m =
		make("INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>\r\n"
		     "To: <sip:a@b\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
		     0);
	const char *why = NULL;

	(void)state;
	assert_null(ply_sip_msg_parse(m, &why));
	assert_string_equal(why, "To");
	ply_sip_msg_unref(m);
	m = make("INVITE sip:a SIP/2.0\r\n" REST "Contact: <sip:a@b\r\n\r\n", 0);
	assert_non_null(ply_sip_msg_parse(m, &why));
	assert_null(ply_sip_msg_parse(m, &why)->sip_contact);
	assert_string_equal(ply_sip_msg_parse(m, &why)->sip_error->er_name, "Contact");
	ply_sip_msg_unref(m);
}

static void keeps_sofia_from_lists_it_is_slow_with(void **state)
{
	static char text[40000];
	char *p = text + sprintf(text, "INVITE sip:a SIP/2.0\r\n" REST "Subject: x\r\nCall-Info: ");
	struct ply_sip_msg *m;

	(void)state;
	while (p < text + 30000)
		p += sprintf(p, "<sip:a>,");
	(void)sprintf(p, "<sip:b>\r\na: *;audio\r\n\r\n");
	m = make(text, 0);
	assert_non_null(ply_sip_msg_parse(m, NULL));
	assert_null(ply_sip_msg_parse(m, NULL)->sip_call_info);
	assert_non_null(ply_sip_msg_parse(m, NULL)->sip_subject);
	assert_non_null(ply_sip_hdr_named(m, "call-info").p);
	ply_sip_msg_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sofia_parses_a_service_request),
		cmocka_unit_test(sofia_parses_every_method_we_know),
		cmocka_unit_test(every_header_name_finds_its_number),
		cmocka_unit_test(indexes_lines_with_folds_and_compact_names),
		cmocka_unit_test(refuses_what_cannot_be_routed),
		cmocka_unit_test(refuses_a_nul_in_the_headers_and_lets_it_pass_in_the_body),
		cmocka_unit_test(cuts_the_body_by_content_length_and_counts_lines),
		cmocka_unit_test(reads_responses_with_the_method_of_cseq),
		cmocka_unit_test(says_which_header_sofia_refuses),
		cmocka_unit_test(keeps_sofia_from_lists_it_is_slow_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
