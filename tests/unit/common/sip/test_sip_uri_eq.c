#include "tests/lib/unit.h"

#include "sip/sip_uri_eq.h"

static void compares_as_rfc_3261_19_1_4(void **state)
{
	static const struct {
		const char *why, *a, *b;
		bool same;
	} cases[] = {
		/* The examples of the RFC. */
		{"escaped letter, case of host and transport",
		 "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp",
		 true},
		{"unknown parameter on one side", "sip:carol@chicago.com",
		 "sip:carol@chicago.com;newparam=5", true},
		{"different ones on both sides", "sip:carol@chicago.com;newparam=5",
		 "sip:carol@chicago.com;security=on", true},
		{"order of parameters",
		 "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40b",
		 "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40b", true},
		{"case of user", "SIP:ALICE@AtLanTa.CoM;Transport=udp",
		 "sip:alice@AtLanTa.CoM;Transport=UDP", false},
		{"default port written", "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
		{"default transport written", "sip:bob@biloxi.com",
		 "sip:bob@biloxi.com;transport=udp", false},
		{"other port", "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp",
		 false},
		{"header", "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting",
		 false},
		{"name and address", "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
		/* Ours. */
		{"scheme", "sip:a@b", "sips:a@b", false},
		{"reserved character escaped", "sip:a%3bb@c", "sip:a;b@c", false},
		{"case of hex digits", "sip:a%3Bb@c", "sip:a%3bb@c", true},
		{"user and none", "sip:b", "sip:a@b", false},
		{"other value of a parameter", "sip:a@b;x=1", "sip:a@b;x=2", false},
		{"GRUU", "sip:a@b;opaque=user:epid:X;gruu", "sip:a@b;gruu;opaque=user:epid:x",
		 true},
		{"maddr on one side", "sip:a@b;maddr=192.0.2.1", "sip:a@b", false},
		{"tel separators", "tel:+1-(425)-555.0101", "tel:+14255550101", true},
		{"tel digits", "tel:+14255550101", "tel:+14255550102", false},
		{"tel context", "tel:7042;phone-context=example.com", "tel:7042", false},
		{"tel and sip", "tel:7042", "sip:7042@b", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_uri a, b;

		assert_int_equal(ply_sip_uri_parse(ply_slice_str(cases[i].a), &a), 0);
		assert_int_equal(ply_sip_uri_parse(ply_slice_str(cases[i].b), &b), 0);
		if (ply_sip_uri_eq(&a, &b) != cases[i].same ||
		    ply_sip_uri_eq(&b, &a) != cases[i].same)
			fail_msg("%s", cases[i].why);
		assert_true(ply_sip_uri_eq(&a, &a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_as_rfc_3261_19_1_4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
