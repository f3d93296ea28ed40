#include "tests/lib/unit.h"

#include "sip/sip_fanout.h"

#define COMMON "Ms-Sender: <sip:a@x>\r\nContent-Type: text/plain\r\n\r\nhello"
#define COPY                                                                                       \
	"sip:b@x;gruu\r\ntoken\r\n<sip:a@x;opaque=app:conf:chat:id:1>;tag=1 | "                    \
	"<sip:b@x>;tag=2;epid=3\r\ncall 7\r\n"

static void reads_what_it_writes(void **state)
{
	const struct ply_sip_fanout_copy want = {
		.ruri = PLY_SLICE_LIT("sip:b@192.0.2.1:5061;transport=tls"),
		.token = PLY_SLICE_LIT("t0-k_n"),
		.from = PLY_SLICE_LIT("<sip:c@x;gruu;opaque=app:conf:chat:id:1>;tag=1"),
		.to = PLY_SLICE_LIT("\"a | b\" <sip:b@x>;tag=2;epid=3"),
		.call_id = PLY_SLICE_LIT("87B0"),
		.cseq = 12,
	};
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_fanout f;
	struct ply_sip_fanout_copy got;

	(void)state;
	ply_sip_fanout_begin(&b, "MESSAGE", 2, ply_slice_str(COMMON));
	ply_sip_fanout_add(&b, &want);
	ply_sip_fanout_add(&b, &want);
	assert_int_equal(ply_sip_fanout_parse(ply_strbuf_slice(&b), &f), 0);
	assert_int_equal(f.method, PLY_SIP_MESSAGE);
	assert_int_equal(f.n, 2);
	assert_true(ply_slice_is(f.common, COMMON));
	assert_true(ply_slice_is(f.body, "hello"));
	assert_false(f.has_length);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(ply_sip_fanout_next(&f, &got));
		assert_true(ply_slice_eq(got.ruri, want.ruri));
		assert_true(ply_slice_eq(got.token, want.token));
		assert_true(ply_slice_eq(got.from, want.from));
		assert_true(ply_slice_eq(got.to, want.to));
		assert_true(ply_slice_eq(got.call_id, want.call_id));
		assert_int_equal(got.cseq, 12);
	}
	assert_false(ply_sip_fanout_next(&f, &got));
	ply_strbuf_deinit(&b);
}

static void takes_and_refuses_common_parts(void **state)
{
	static const struct {
		const char *why, *common;
		int r;
	} cases[] = {
		{"a body", COMMON, 0},
		{"nothing at all", "\r\n", 0},
		{"its own length, right", "Content-Length: 2\r\n\r\nab", 0},
		{"compact, right", "l:2\r\n\r\nab", 0},
		{"a wrong length", "Content-Length: 3\r\n\r\nab", -1},
		{"no number", "Content-Length: x\r\n\r\nab", -1},
		{"two lengths", "Content-Length: 2\r\nl: 2\r\n\r\nab", -1},
		{"no empty line", "A: b\r\n", -1},
		{"a bare LF", "A: b\n\r\n", -1},
		{"a CR inside", "A: b\rc\r\n\r\n", -1},
		{"no colon", "Ab\r\n\r\n", -1},
		{"a fold", "A: b\r\n c\r\n\r\n", 0},
		{"a Via", "Via: x\r\n\r\n", -1},
		{"a compact Via", "v: x\r\n\r\n", -1},
		{"a Call-ID", "i : x\r\n\r\n", -1},
		{"a Route", "Route: <sip:x;lr>\r\n\r\n", -1},
		{"CSeq", "cseq: 1 MESSAGE\r\n\r\n", -1},
		{"To", "t: <sip:x>\r\n\r\n", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf b = PLY_STRBUF_INIT;
		struct ply_sip_fanout f;
		int r;

		ply_sip_fanout_begin(&b, "INFO", 1, ply_slice_str(cases[i].common));
		ply_strbuf_adds(&b, COPY);
		r = ply_sip_fanout_parse(ply_strbuf_slice(&b), &f);
		if (!r != !cases[i].r)
			fail_msg("%s: got %d", cases[i].why, r);
		ply_strbuf_deinit(&b);
	}
}

static void refuses_what_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"\r\n",
		"MESSAGE\r\n\r\n",
		"MESSAGE 1\r\n\r\n",
		"MESSAGE 0 2\r\n\r\n",
		"MESSAGE 1 3\r\n\r\n",
		"MESSAGE 1 18446744073709551615\r\n\r\n",
		"MESSAGE 4097 2\r\n\r\n",
		"MESSAGE -1 2\r\n\r\n",
		"INVITE 1 2\r\n\r\n",
		"ACK 1 2\r\n\r\n",
		"CANCEL 1 2\r\n\r\n",
		"WHATEVER 1 2\r\n\r\n",
		"MESSAGE 1 0\r\n\r\n",
	};
	struct ply_sip_fanout f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!ply_sip_fanout_parse(ply_slice_str(texts[i]), &f))
			fail_msg("\"%s\" was taken", texts[i]);
	assert_int_not_equal(ply_sip_fanout_parse(ply_slice(NULL, 0), &f), 0);
}

static void stops_at_a_copy_that_is_none(void **state)
{
	static const char *const copies[] = {
		"",
		"sip:b@x\r\n",
		"\r\nt\r\n<a> | <b>\r\nc 1\r\n",
		"sip:b x\r\nt\r\n<a> | <b>\r\nc 1\r\n",
		"sip:b\r\nt\r\n<a> <b>\r\nc 1\r\n",
		"sip:b\r\nt\r\n<a> | \r\nc 1\r\n",
		"sip:b\r\nt\r\n<a> | <b>\r\nc\r\n",
		"sip:b\r\nt\r\n<a> | <b>\r\nc x\r\n",
		"sip:b\r\nt\r\n<a> | <b>\r\nc 4294967296\r\n",
		"sip:b\r\nt\r\n<a> | <b>\r\nc 1",
		"sip:b\r\nt\r\n<a>\rX | <b>\r\nc 1\r\n",
		"sip:b\nt\r\n<a> | <b>\r\nc 1\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
		struct ply_strbuf b = PLY_STRBUF_INIT;
		struct ply_sip_fanout f;
		struct ply_sip_fanout_copy c;

		ply_sip_fanout_begin(&b, "MESSAGE", 2, ply_slice_str("\r\n"));
		ply_strbuf_adds(&b, COPY);
		ply_strbuf_adds(&b, copies[i]);
		assert_int_equal(ply_sip_fanout_parse(ply_strbuf_slice(&b), &f), 0);
		assert_true(ply_sip_fanout_next(&f, &c));
		if (ply_sip_fanout_next(&f, &c))
			fail_msg("case %zu was taken", i);
		assert_false(ply_sip_fanout_next(&f, &c));
		ply_strbuf_deinit(&b);
	}
}

static void results_come_line_by_line(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice rest;
	uint32_t index;
	unsigned status;

	(void)state;
	ply_sip_fanout_result_add(&b, 0, 408);
	ply_sip_fanout_result_add(&b, 4095, 100);
	ply_strbuf_adds(&b, "1 99\r\n");
	rest = ply_strbuf_slice(&b);
	assert_true(ply_sip_fanout_result_next(&rest, &index, &status));
	assert_int_equal(index, 0);
	assert_int_equal(status, 408);
	assert_true(ply_sip_fanout_result_next(&rest, &index, &status));
	assert_int_equal(index, 4095);
	assert_int_equal(status, 100);
	assert_false(ply_sip_fanout_result_next(&rest, &index, &status));
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(takes_and_refuses_common_parts),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(stops_at_a_copy_that_is_none),
		cmocka_unit_test(results_come_line_by_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
