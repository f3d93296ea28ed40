#include "tests/lib/unit.h"

#include "auth/ntlm.h"
#include "base/ply.h"

#include <errno.h>

/* A client's sign-in as captured: user alice, empty domain, password "secret". */
static const char challenge_b64[] =
	"TlRMTVNTUAACAAAADgAOADgAAABVgpniT0r7X7Hdh9MAAAAAAAAAAFgAWABGAAAABQLODgAAAA9FAFgAQQBNAFAA"
	"TABFAAIADgBFAFgAQQBNAFAATABFAAEABABGAEUABAAWAGUAeABhAG0AcABsAGUALgBjAG8AbQADABwAZgBlAC4A"
	"ZQB4AGEAbQBwAGwAZQAuAGMAbwBtAAAAAAA=";
static const char auth_b64[] =
	"TlRMTVNTUAADAAAAGAAYAFYAAACIAIgAbgAAAAAAAABIAAAACgAKAEgAAAAEAAQAUgAAABAAEAD2AAAAVYKYYgUB"
	"KAoAAAAPYQBsAGkAYwBlAFYATQAp/i8ajclraM5/moazOhdclZs7GV5uiXo8SuBHSd4HzzenTmk+9lmCAQEAAAAA"
	"AAAAorgs/HndAZWbOxlebol6AAAAAAIADgBFAFgAQQBNAFAATABFAAEABABGAEUABAAWAGUAeABhAG0AcABsAGUA"
	"LgBjAG8AbQADABwAZgBlAC4AZQB4AGEAbQBwAGwAZQAuAGMAbwBtAAAAAAAAAAAARcXh7pRjFCqPFz1QWOyVog==";

#define CALL                                                                                       \
	"<SIP Communications Service><fe.example.com><87B0gEFAAaF519iECACm0AC3t2290b03BCx75AFx>"
static const char client_text[] =
	"<NTLM><1b01a0da><1>" CALL "<3><REGISTER><sip:alice@example.com><1915655542>"
	"<sip:alice@example.com><><><><>";
static const char server_text[] =
	"<NTLM><b19f31f1><1>" CALL "<3><REGISTER><sip:alice@example.com><1915655542>"
	"<sip:alice@example.com><8CA479C8><><><7200><200>";

enum { CHALLENGE_AT = 24 };

struct raw {
	uint8_t b[512];
	size_t len;
};

static struct raw decode(const char *b64)
{
	struct raw r;

	assert_int_equal(ply_base64_decode(ply_slice_str(b64), r.b, sizeof r.b, &r.len), 0);
	return r;
}

static struct ply_slice bytes(const struct raw *r)
{
	return ply_slice((const char *)r->b, r->len);
}

static bool signature_is(const struct ply_ntlm_dir *dir, const char *text, const char *hex)
{
	uint8_t sig[PLY_NTLM_SIG_LEN], want[PLY_NTLM_SIG_LEN];
	size_t len;

	assert_int_equal(ply_hex_decode(ply_slice_str(hex), want, sizeof want, &len), 0);
	assert_int_equal(ply_ntlm_sign(dir, ply_slice_str(text), sig), 0);
	return !memcmp(sig, want, sizeof want) &&
	       ply_ntlm_verify(dir, ply_slice_str(text), ply_slice((char *)want, len));
}

static void makes_the_challenge_that_was_captured(void **state)
{
	const struct ply_ntlm_target target = {PLY_SLICE_LIT("EXAMPLE"), PLY_SLICE_LIT("FE"),
					       PLY_SLICE_LIT("example.com"),
					       PLY_SLICE_LIT("fe.example.com")};
	struct raw want = decode(challenge_b64);
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(ply_ntlm_add_challenge(&b, PLY_NTLM_OFFER, want.b + CHALLENGE_AT, &target),
			 0);
	assert_int_equal(b.len, want.len);
	assert_memory_equal(b.p, want.b, want.len);
	ply_strbuf_deinit(&b);
}

static void accepts_the_captured_sign_in_and_both_signatures(void **state)
{
	struct raw challenge = decode(challenge_b64), msg = decode(auth_b64);
	uint8_t hash[PLY_NTLM_HASH_LEN];
	struct ply_ntlm_auth a;
	struct ply_ntlm_keys keys;
	char name[64];

	(void)state;
	assert_int_equal(ply_ntlm_parse_auth(bytes(&msg), &a), 0);
	assert_int_equal(ply_ntlm_name(a.user, name, sizeof name), 0);
	assert_string_equal(name, "alice");
	assert_int_equal(ply_ntlm_name(a.workstation, name, sizeof name), 0);
	assert_string_equal(name, "VM");
	assert_int_equal(a.domain.len, 0);
	/* 2026-11-21T20:38:35Z, not so far from the Date of the challenge */
	assert_true(ply_ntlm_client_time(&a) / 86400000 == 20778);

	assert_int_equal(ply_ntlm_hash(ply_slice_str("secret"), hash), 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, hash, &keys), 0);
	assert_true(signature_is(&keys.client, client_text, "010000005D61978BA1D2DB3F64000000"));
	assert_true(signature_is(&keys.server, server_text, "0100000053a44660d3106bc664000000"));
	assert_false(signature_is(&keys.client, server_text, "0100000053a44660d3106bc664000000"));
}

static void denies_wrong_passwords_and_unknown_users_alike(void **state)
{
	struct raw challenge = decode(challenge_b64), msg = decode(auth_b64);
	uint8_t hash[PLY_NTLM_HASH_LEN];
	struct ply_ntlm_auth a;
	struct ply_ntlm_keys keys;

	(void)state;
	assert_int_equal(ply_ntlm_parse_auth(bytes(&msg), &a), 0);
	assert_int_equal(ply_ntlm_hash(ply_slice_str("Secret"), hash), 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, hash, &keys),
			 PLY_NTLM_E_DENIED);
	assert_int_equal(keys.client.sign_key[0] | keys.exported[0], 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, NULL, &keys),
			 PLY_NTLM_E_DENIED);
	assert_int_equal(ply_ntlm_hash(ply_slice_str("secret"), hash), 0);
	challenge.b[CHALLENGE_AT] ^= 1;
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, hash, &keys),
			 PLY_NTLM_E_DENIED);
}

/* The hash of nobody must not be a password: all zero bytes, which no MD4 was ever seen to give. */
static void does_not_take_the_stand_in_hash_for_a_user(void **state)
{
	struct raw challenge = decode(challenge_b64), msg = decode(auth_b64);
	static const uint8_t zero[PLY_NTLM_HASH_LEN];
	struct ply_ntlm_auth a;
	struct ply_ntlm_keys keys;

	(void)state;
	assert_int_equal(ply_ntlm_parse_auth(bytes(&msg), &a), 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, zero, &keys),
			 PLY_NTLM_E_DENIED);
}

/* [MS-SIPAE] version 4 exchange of OCS 2007 R2, recomputed from the password. */
static void agrees_with_the_published_signatures(void **state)
{
	static const char call[] = "<SIP Communications Service><cosmo-ocs-r2.cosmo.local>"
				   "<4037df9284354df39065195bd57a4b14><3><REGISTER>"
				   "<sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local>";
	const uint8_t exported[16] = {0x67, 0x42, 0xFB, 0xE3, 0x7B, 0xB1, 0x94, 0x6B,
				      0x49, 0xD8, 0x6A, 0x52, 0x5B, 0xD2, 0x9A, 0x9B};
	struct ply_ntlm_keys keys;
	struct ply_strbuf client = PLY_STRBUF_INIT, server = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(ply_ntlm_derive(exported, 0xE29882F3U, &keys), 0);
	ply_strbuf_addf(&client, "<NTLM><13317733><1>%s<><><><>", call);
	ply_strbuf_addf(&server,
			"<NTLM><9616454F><1>%s<5E61CCD925D17E043D9A74835A88F664><><><7200><200>",
			call);
	assert_true(signature_is(&keys.client, client.p, "0100000029618e9651b65a7764000000"));
	assert_true(signature_is(&keys.server, server.p, "01000000E615438A917661BE64000000"));
	ply_strbuf_deinit(&client);
	ply_strbuf_deinit(&server);
}

static void signs_texts_of_any_length(void **state)
{
	const uint8_t exported[16] = {1};
	struct ply_ntlm_keys keys;
	struct ply_strbuf text = PLY_STRBUF_INIT;
	uint8_t a[PLY_NTLM_SIG_LEN], b[PLY_NTLM_SIG_LEN];

	(void)state;
	assert_int_equal(ply_ntlm_derive(exported, PLY_NTLM_OFFER, &keys), 0);
	for (int i = 0; i < 5000; i++)
		ply_strbuf_addc(&text, 'x');
	assert_int_equal(ply_ntlm_sign(&keys.client, ply_strbuf_slice(&text), a), 0);
	text.p[4999] = 'y';
	assert_int_equal(ply_ntlm_sign(&keys.client, ply_strbuf_slice(&text), b), 0);
	assert_memory_not_equal(a, b, sizeof a);
	ply_strbuf_deinit(&text);
}

static void hashes_passwords_as_the_specification_does(void **state)
{
	static const struct {
		const char *password, *want;
	} cases[] = {
		/* [MS-NLMP] 4.2.2.1.2 */
		{"Password", "a4f49c406510bdcab6824ee7c30fd852"},
		{"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
	};
	uint8_t hash[PLY_NTLM_HASH_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_strbuf b = PLY_STRBUF_INIT;

		assert_int_equal(ply_ntlm_hash(ply_slice_str(cases[i].password), hash), 0);
		ply_strbuf_add_hex(&b, hash, sizeof hash);
		assert_string_equal(b.p, cases[i].want);
		ply_strbuf_deinit(&b);
	}
	assert_int_equal(ply_ntlm_hash(ply_slice_str("\xff"), hash), -EINVAL);
}

static void put16(struct raw *m, size_t at, unsigned v)
{
	m->b[at] = (uint8_t)v;
	m->b[at + 1] = (uint8_t)(v >> 8);
}

static void put32(struct raw *m, size_t at, uint32_t v)
{
	put16(m, at, v & 0xffff);
	put16(m, at + 2, v >> 16);
}

/* Offsets of the fields of an AUTHENTICATE_MESSAGE: length, maximum, offset. */
enum { LM = 12, NT = 20, DOMAIN = 28, USER = 36, WORKSTATION = 44, KEY = 52, FLAGS = 60 };

static void reads_no_field_outside_of_the_message(void **state)
{
	static const struct {
		const char *why;
		size_t at;
		unsigned len;
		uint32_t off;
		int r;
	} cases[] = {
		{"empty with a wild offset", DOMAIN, 0, 0xffffffff, 0},
		{"ends with the message", KEY, 16, 246, 0},
		{"one byte past the end", KEY, 17, 246, -EBADMSG},
		{"starts at the end", KEY, 1, 262, -EBADMSG},
		{"starts past the end", NT, 100, 263, -EBADMSG},
		{"offset that wraps", NT, 0x100, 0xffffff80, -EBADMSG},
		{"largest length", NT, 0xffff, 64, -EBADMSG},
		{"inside the header", USER, 10, 8, -EBADMSG},
		{"odd name", USER, 9, 72, -EBADMSG},
		{"odd domain", DOMAIN, 1, 72, -EBADMSG},
		{"odd workstation", WORKSTATION, 3, 72, -EBADMSG},
		{"fields over each other do no harm", LM, 24, 110, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct raw m = decode(auth_b64);
		struct ply_ntlm_auth a;
		int r;

		put16(&m, cases[i].at, cases[i].len);
		put32(&m, cases[i].at + 4, cases[i].off);
		r = ply_ntlm_parse_auth(bytes(&m), &a);
		if (r != cases[i].r)
			fail_msg("%s: got %d", cases[i].why, r);
	}
}

static void refuses_cut_and_foreign_messages(void **state)
{
	struct raw m = decode(auth_b64);
	struct ply_ntlm_auth a;

	(void)state;
	for (size_t len = 0; len < m.len; len++)
		assert_int_equal(ply_ntlm_parse_auth(ply_slice((char *)m.b, len), &a), -EBADMSG);
	m.b[8] = 2;
	assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), -EBADMSG);
	m.b[8] = 3;
	m.b[0] = 'X';
	assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), -EBADMSG);
}

static void insists_on_what_makes_signatures_safe(void **state)
{
	static const uint32_t demanded[] = {PLY_NTLM_UNICODE, PLY_NTLM_SIGN, PLY_NTLM_DATAGRAM,
					    PLY_NTLM_EXTENDED};
	struct raw challenge = decode(challenge_b64), m = decode(auth_b64);
	struct ply_ntlm_auth a;
	struct ply_ntlm_keys keys;
	uint8_t hash[PLY_NTLM_HASH_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(demanded); i++) {
		put32(&m, FLAGS, 0x62988255U & ~demanded[i]);
		assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), PLY_NTLM_E_FLAGS);
	}
	put32(&m, FLAGS, 0x62988255U | PLY_NTLM_ANONYMOUS);
	assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), PLY_NTLM_E_FLAGS);

	put32(&m, FLAGS, 0x62988255U);
	put16(&m, NT, 24); /* the length of an NTLMv1 response */
	assert_int_equal(ply_ntlm_hash(ply_slice_str("secret"), hash), 0);
	assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, hash, &keys),
			 PLY_NTLM_E_FLAGS);
	put16(&m, NT,
	      0); /* LMv2 alone: right, but the session key belonged to the other response */
	assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, hash, &keys), 0);
	put16(&m, KEY, 8);
	assert_int_equal(ply_ntlm_parse_auth(bytes(&m), &a), 0);
	assert_int_equal(ply_ntlm_check(&a, challenge.b + CHALLENGE_AT, hash, &keys),
			 PLY_NTLM_E_FLAGS);
}

static void turns_names_into_utf8(void **state)
{
	static const struct {
		const char *why;
		struct ply_slice in;
		int r;
		const char *want;
	} cases[] = {
		{"ASCII", PLY_SLICE_LIT("a\0b\0"), 0, "ab"},
		{"two and three bytes", PLY_SLICE_LIT("\xe4\x00\xac\x20"), 0,
		 "\xc3\xa4\xe2\x82\xac"},
		{"a pair", PLY_SLICE_LIT("\x3d\xd8\x00\xde"), 0, "\xf0\x9f\x98\x80"},
		{"half a pair", PLY_SLICE_LIT("\x3d\xd8"), -EILSEQ, ""},
		{"two first halves", PLY_SLICE_LIT("\x3d\xd8\x3d\xd8"), -EILSEQ, ""},
		{"second half alone", PLY_SLICE_LIT("\x00\xde"), -EILSEQ, ""},
		{"NUL inside", PLY_SLICE_LIT("a\0\0\0"), -EILSEQ, ""},
		{"too long", PLY_SLICE_LIT("a\0b\0c\0d\0e\0f\0g\0h\0"), -ENOSPC, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[8];
		int r = ply_ntlm_name(cases[i].in, out, sizeof out);

		if (r != cases[i].r || (!r && strcmp(out, cases[i].want) != 0))
			fail_msg("%s: got %d", cases[i].why, r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_challenge_that_was_captured),
		cmocka_unit_test(accepts_the_captured_sign_in_and_both_signatures),
		cmocka_unit_test(denies_wrong_passwords_and_unknown_users_alike),
		cmocka_unit_test(does_not_take_the_stand_in_hash_for_a_user),
		cmocka_unit_test(agrees_with_the_published_signatures),
		cmocka_unit_test(signs_texts_of_any_length),
		cmocka_unit_test(hashes_passwords_as_the_specification_does),
		cmocka_unit_test(reads_no_field_outside_of_the_message),
		cmocka_unit_test(refuses_cut_and_foreign_messages),
		cmocka_unit_test(insists_on_what_makes_signatures_safe),
		cmocka_unit_test(turns_names_into_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
