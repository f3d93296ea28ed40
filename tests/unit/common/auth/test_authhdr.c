#include "tests/lib/unit.h"

#include "auth/authhdr.h"
#include "base/ply.h"

#include <errno.h>

static void reads_the_credentials_of_each_leg(void **state)
{
	struct ply_authhdr h;
	const char *last = "NTLM qop=\"auth\", opaque=\"762F8CEA\", realm=\"SIP Communications "
			   "Service\", targetname=\"fe.example.com\", gssapi-data=\"TlRM\", "
			   "version=4, crand=\"1b01a0da\", cnum=\"1\", "
			   "response=\"010000005D61978BA1D2DB3F64000000\"";

	(void)state;
	assert_int_equal(ply_authhdr_parse(ply_slice_str(last), &h), 0);
	assert_int_equal(h.mech, PLY_AUTH_MECH_NTLM);
	assert_true(ply_slice_is(h.param[PLY_AP_OPAQUE], "762F8CEA"));
	assert_true(ply_slice_is(h.param[PLY_AP_REALM], "SIP Communications Service"));
	assert_true(ply_slice_is(h.param[PLY_AP_CNUM], "1"));
	assert_int_equal(ply_authhdr_version(&h), 4);

	const char *opening = "ntlm QOP=\"auth\", Realm=\"R\",targetname=\"t\" ,gssapi-data=\"\"";

	assert_int_equal(ply_authhdr_parse(ply_slice_str(opening), &h), 0);
	assert_int_equal(h.mech, PLY_AUTH_MECH_NTLM);
	assert_true(ply_slice_is(h.scheme, "ntlm")); /* as written: it is signed */
	assert_non_null(h.param[PLY_AP_GSSAPI_DATA].p);
	assert_int_equal(h.param[PLY_AP_GSSAPI_DATA].len, 0);
	assert_null(h.param[PLY_AP_OPAQUE].p);
	assert_int_equal(ply_authhdr_version(&h), 2);
}

static void tells_good_headers_from_bad_ones(void **state)
{
	static const struct {
		const char *why, *in;
		int r;
	} cases[] = {
		{"one parameter", "NTLM realm=\"x\"", 0},
		{"token value", "Digest nc=00000001", 0},
		{"blanks around the equals sign", "NTLM realm = \"x\" , version = 3", 0},
		{"folded line", "NTLM realm=\"x\",\r\n targetname=\"y\"", 0},
		{"comma at the end", "NTLM realm=\"x\",", 0},
		{"quote escaped in the value", "Digest username=\"a\\\"b\"", 0},
		{"unknown parameter", "NTLM frob=\"x\", realm=\"y\"", 0},
		{"empty", "", -EBADMSG},
		{"scheme alone", "NTLM", -EBADMSG},
		{"scheme and blank", "NTLM ", -EBADMSG},
		{"no name", "NTLM =\"x\"", -EBADMSG},
		{"no value", "NTLM realm=", -EBADMSG},
		{"no equals sign", "NTLM realm", -EBADMSG},
		{"unclosed quote", "NTLM realm=\"x", -EBADMSG},
		{"unclosed by a backslash", "NTLM realm=\"x\\", -EBADMSG},
		{"two commas", "NTLM realm=\"x\",,qop=\"auth\"", -EBADMSG},
		{"no comma", "NTLM realm=\"x\" qop=\"auth\"", -EBADMSG},
		{"same name twice", "NTLM realm=\"x\", Realm=\"y\"", -EBADMSG},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_authhdr h;
		int r = ply_authhdr_parse(ply_slice_str(cases[i].in), &h);

		if (r != cases[i].r)
			fail_msg("%s: got %d", cases[i].why, r);
	}
}

static void refuses_more_parameters_than_anybody_needs(void **state)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_authhdr h;

	(void)state;
	ply_strbuf_adds(&b, "NTLM a0=1");
	for (int i = 1; i < PLY_AUTHHDR_MAX_PARAMS; i++)
		ply_strbuf_addf(&b, ",a%d=1", i);
	assert_int_equal(ply_authhdr_parse(ply_strbuf_slice(&b), &h), 0);
	ply_strbuf_adds(&b, ",one=more");
	assert_int_equal(ply_authhdr_parse(ply_strbuf_slice(&b), &h), -EBADMSG);
	ply_strbuf_deinit(&b);
}

static void takes_only_versions_that_exist(void **state)
{
	static const struct {
		const char *in;
		unsigned want;
	} cases[] = {
		{"NTLM version=2", 2}, {"NTLM version=3", 3}, {"NTLM version=4", 4},
		{"NTLM version=1", 0}, {"NTLM version=5", 0}, {"NTLM version=x", 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_authhdr h;

		assert_int_equal(ply_authhdr_parse(ply_slice_str(cases[i].in), &h), 0);
		assert_int_equal(ply_authhdr_version(&h), cases[i].want);
	}
}

static void writes_challenges_as_clients_know_them(void **state)
{
	static const struct {
		struct ply_auth_challenge c;
		const char *want;
	} cases[] = {
		{{.mech = PLY_AUTH_MECH_NTLM,
		  .realm = PLY_SLICE_LIT("SIP Communications Service"),
		  .targetname = PLY_SLICE_LIT("fe.example.com"),
		  .version = 4},
		 "NTLM realm=\"SIP Communications Service\", targetname=\"fe.example.com\", "
		 "version=4"},
		{{.mech = PLY_AUTH_MECH_KERBEROS,
		  .realm = PLY_SLICE_LIT("R"),
		  .targetname = PLY_SLICE_LIT("sip/fe.example.com"),
		  .version = 2},
		 "Kerberos realm=\"R\", targetname=\"sip/fe.example.com\""},
		{{.mech = PLY_AUTH_MECH_NTLM,
		  .realm = PLY_SLICE_LIT("R"),
		  .targetname = PLY_SLICE_LIT("t"),
		  .version = 3,
		  .opaque = PLY_SLICE_LIT("762F8CEA"),
		  .token = PLY_SLICE_LIT("NTLMSSP")},
		 "NTLM opaque=\"762F8CEA\", gssapi-data=\"TlRMTVNTUA==\", targetname=\"t\", "
		 "realm=\"R\", version=3"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf b = PLY_STRBUF_INIT;

		ply_authhdr_add_challenge(&b, &cases[i].c);
		assert_string_equal(ply_strbuf_str(&b), cases[i].want);
		ply_strbuf_deinit(&b);
	}
}

static void writes_authentication_info_with_every_value_quoted(void **state)
{
	const struct ply_auth_info info = {
		.mech = PLY_AUTH_MECH_NTLM,
		.signature = PLY_SLICE_LIT("\x01\x02\xff"),
		.srand = PLY_SLICE_LIT("b19f31f1"),
		.snum = PLY_SLICE_LIT("1"),
		.opaque = PLY_SLICE_LIT("762F8CEA"),
		.targetname = PLY_SLICE_LIT("fe.example.com"),
		.realm = PLY_SLICE_LIT("SIP Communications Service"),
	};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_authhdr_add_info(&b, &info);
	assert_string_equal(ply_strbuf_str(&b),
			    "NTLM rspauth=\"0102ff\", srand=\"b19f31f1\", snum=\"1\", "
			    "opaque=\"762F8CEA\", qop=\"auth\", targetname=\"fe.example.com\", "
			    "realm=\"SIP Communications Service\"");
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_credentials_of_each_leg),
		cmocka_unit_test(tells_good_headers_from_bad_ones),
		cmocka_unit_test(refuses_more_parameters_than_anybody_needs),
		cmocka_unit_test(takes_only_versions_that_exist),
		cmocka_unit_test(writes_challenges_as_clients_know_them),
		cmocka_unit_test(writes_authentication_info_with_every_value_quoted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
