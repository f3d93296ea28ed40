#include "tests/lib/unit.h"

#include "auth/sigbuf.h"
#include "base/ply.h"

static const struct ply_sig_auth auth = {PLY_SLICE_LIT("NTLM"), PLY_SLICE_LIT("9616454F"),
					 PLY_SLICE_LIT("1"), PLY_SLICE_LIT("Realm"),
					 PLY_SLICE_LIT("fe.lab.example")};

static struct ply_sig_msg message(int status)
{
	return (struct ply_sig_msg){
		.call_id = PLY_SLICE_LIT("call"),
		.cseq = PLY_SLICE_LIT("3"),
		.method = PLY_SLICE_LIT("REGISTER"),
		.from_uri = PLY_SLICE_LIT("sip:a@x"),
		.from_tag = PLY_SLICE_LIT("ft"),
		.to_uri = PLY_SLICE_LIT("sip:b@x"),
		.to_tag = PLY_SLICE_LIT("tt"),
		.pai_sip = PLY_SLICE_LIT("sip:c@x"),
		.pai_tel = PLY_SLICE_LIT("tel:+1"),
		.expires = PLY_SLICE_LIT("7200"),
		.status = status,
	};
}

#define HEAD "<NTLM><9616454F><1><Realm><fe.lab.example><call><3><REGISTER><sip:a@x><ft>"

static void has_the_groups_of_each_version(void **state)
{
	static const struct {
		const char *why;
		unsigned version;
		int status;
		const char *want;
	} cases[] = {
		{"version 4 response", 4, 200, HEAD "<sip:b@x><tt><sip:c@x><tel:+1><7200><200>"},
		{"version 3 is the same text", 3, 200,
		 HEAD "<sip:b@x><tt><sip:c@x><tel:+1><7200><200>"},
		{"version 2 has neither To URI nor identity", 2, 200, HEAD "<tt><7200><200>"},
		{"no version in the challenge counts as 2", 0, 200, HEAD "<tt><7200><200>"},
		{"a request has no status group", 4, -1,
		 HEAD "<sip:b@x><tt><sip:c@x><tel:+1><7200>"},
		{"nor in version 2", 2, -1, HEAD "<tt><7200>"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sig_msg m = message(cases[i].status);
		struct ply_strbuf b = PLY_STRBUF_INIT;

		ply_sigbuf_add(&b, cases[i].version, &auth, &m);
		if (strcmp(ply_strbuf_str(&b), cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].why, ply_strbuf_str(&b));
		ply_strbuf_deinit(&b);
	}
}

static void writes_what_is_missing_as_an_empty_group(void **state)
{
	struct ply_sig_msg m = {.status = -1};
	struct ply_sig_auth a = {.mech = PLY_SLICE_LIT("Kerberos")};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_strbuf_adds(&b, "before");
	ply_sigbuf_add(&b, 4, &a, &m);
	assert_string_equal(ply_strbuf_str(&b), "before<Kerberos><><><><><><><><><><><><><><>");
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_groups_of_each_version),
		cmocka_unit_test(writes_what_is_missing_as_an_empty_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
