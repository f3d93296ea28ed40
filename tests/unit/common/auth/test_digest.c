#include "tests/lib/unit.h"

#include "auth/digest.h"
#include "base/ply.h"

#include <errno.h>

#define RFC7616                                                                                    \
	"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", "   \
	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "                    \
	"cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "

static int parse(const char *text, struct ply_digest_cred *c)
{
	struct ply_authhdr h;

	if (ply_authhdr_parse(ply_slice_str(text), &h))
		return -EBADMSG;
	return ply_digest_cred(&h, c);
}

static void agrees_with_the_published_examples(void **state)
{
	static const struct {
		const char *why, *header, *realm, *password;
	} cases[] = {
		{"RFC 2617 §3.5",
		 "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
		 "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
		 "qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
		 "response=\"6629fae49393a05397450978507c4ef1\", "
		 "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
		 "testrealm@host.com", "Circle Of Life"},
		{"RFC 7616 §3.9.1, MD5",
		 RFC7616 "algorithm=MD5, response=\"8ca523f5e9506fed4657c9700eebdbec\"",
		 "http-auth@example.org", "Circle of Life"},
		{"RFC 7616 §3.9.1, SHA-256",
		 RFC7616 "algorithm=SHA-256, response=\"753927fa0e85d155564e2e272a28d1802ca10daf449"
			 "6794697cf8db5856cb6c1\"",
		 "http-auth@example.org", "Circle of Life"},
		{"upper case digits and quotes around qop and algorithm",
		 RFC7616 "algorithm=\"md5\", response=\"8CA523F5E9506FED4657C9700EEBDBEC\"",
		 "http-auth@example.org", "Circle of Life"},
		{"the same, MD5-sess",
		 RFC7616 "algorithm=MD5-sess, response=\"e783283f46242139c486a698fec7211d\"",
		 "http-auth@example.org", "Circle of Life"},
		{"the same, SHA-256-sess",
		 RFC7616
		 "algorithm=SHA-256-sess, "
		 "response=\"2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7\"",
		 "http-auth@example.org", "Circle of Life"},
		{"RFC 2069 erratum 749: no qop",
		 "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
		 "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
		 "response=\"1949323746fe6a43ef61f9606e7febea\"",
		 "testrealm@host.com", "CircleOfLife"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_digest_cred c = {.alg = PLY_DIGEST_MD5};
		uint8_t ha1[PLY_DIGEST_MAX_LEN];
		const struct ply_slice get = PLY_SLICE_LIT("GET"), put = PLY_SLICE_LIT("PUT");

		if (parse(cases[i].header, &c))
			fail_msg("%s: not read", cases[i].why);
		assert_int_equal(ply_digest_ha1(c.alg, ply_slice_str("Mufasa"),
						ply_slice_str(cases[i].realm),
						ply_slice_str(cases[i].password), ha1),
				 0);
		if (ply_digest_check(&c, get, ha1))
			fail_msg("%s: refused", cases[i].why);
		assert_int_equal(ply_digest_check(&c, put, ha1), PLY_DIGEST_E_DENIED);
		assert_int_equal(ply_digest_check(&c, get, NULL), PLY_DIGEST_E_DENIED);
		ha1[0] ^= 1;
		assert_int_equal(ply_digest_check(&c, get, ha1), PLY_DIGEST_E_DENIED);
	}
}

#define BASE "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:x\""
#define R32  "response=\"00112233445566778899aabbccddeeff\""

static void refuses_incomplete_and_foreign_credentials(void **state)
{
	static const struct {
		const char *why, *in;
		int r;
	} cases[] = {
		{"complete", BASE ", qop=auth, nc=00000001, cnonce=\"c\", " R32, 0},
		{"integrity of the body", BASE ", qop=auth-int, nc=00000001, cnonce=\"c\", " R32,
		 PLY_DIGEST_E_UNSUPPORTED},
		{"algorithm of the future", BASE ", algorithm=SHA-512-256, " R32,
		 PLY_DIGEST_E_UNSUPPORTED},
		{"no nonce count", BASE ", qop=auth, cnonce=\"c\", " R32, -EBADMSG},
		{"count of zero", BASE ", qop=auth, nc=00000000, cnonce=\"c\", " R32, -EBADMSG},
		{"short count", BASE ", qop=auth, nc=1, cnonce=\"c\", " R32, -EBADMSG},
		{"no client nonce", BASE ", qop=auth, nc=00000001, " R32, -EBADMSG},
		{"no response", BASE, -EBADMSG},
		{"MD5 response under SHA-256", BASE ", algorithm=SHA-256, " R32, -EBADMSG},
		{"session form without client nonce", BASE ", algorithm=MD5-sess, " R32, -EBADMSG},
		{"no user", "Digest realm=\"r\", nonce=\"n\", uri=\"sip:x\", " R32, -EBADMSG},
		{"another scheme", "NTLM realm=\"r\"", -EBADMSG},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_digest_cred c;
		int r = parse(cases[i].in, &c);

		if (r != cases[i].r)
			fail_msg("%s: got %d", cases[i].why, r);
	}
}

static void undoes_backslashes_in_the_name(void **state)
{
	struct ply_digest_cred c;
	char name[8];

	(void)state;
	assert_int_equal(parse("Digest username=\"a\\\"b\\\\c\", realm=\"r\", nonce=\"n\", "
			       "uri=\"sip:x\", " R32,
			       &c),
			 0);
	assert_true(ply_digest_username(&c, name, sizeof name));
	assert_string_equal(name, "a\"b\\c");
	assert_false(ply_digest_username(&c, name, 5));
}

static const uint8_t key[PLY_DIGEST_KEY_LEN] = {1, 2, 3};

static const struct ply_digest_nonce_ctx here = {key, PLY_SLICE_LIT("\x7f\0\0\1"),
						 PLY_SLICE_LIT("lab.example")};

static void binds_the_nonce_to_source_realm_and_age(void **state)
{
	struct ply_digest_nonce_ctx ctx = here;
	uint8_t other_key[PLY_DIGEST_KEY_LEN] = {9};
	char nonce[PLY_DIGEST_NONCE_LEN + 1];
	uint32_t made = 0;

	(void)state;
	ply_digest_nonce(&ctx, 1000, 42, nonce);
	const struct ply_slice n = ply_slice_str(nonce);

	assert_int_equal(n.len, PLY_DIGEST_NONCE_LEN);
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 1300, 300, &made), 0);
	assert_int_equal(made, 1000);
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 1301, 300, &made), PLY_DIGEST_E_STALE);
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 940, 300, &made), 0);
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 939, 300, &made), PLY_DIGEST_E_STALE);
	ctx.source = ply_slice("\x7f\0\0\2", 4);
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 1000, 300, &made), PLY_DIGEST_E_STALE);
	ctx = here;
	ctx.realm = ply_slice_str("other.example");
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 1000, 300, &made), PLY_DIGEST_E_STALE);
	ctx = here;
	ctx.key = other_key;
	assert_int_equal(ply_digest_nonce_check(&ctx, n, 1000, 300, &made), PLY_DIGEST_E_STALE);
	nonce[10] = nonce[10] == '0' ? '1' : '0';
	assert_int_equal(ply_digest_nonce_check(&here, n, 1000, 300, &made), PLY_DIGEST_E_STALE);
	assert_int_equal(ply_digest_nonce_check(&here, ply_slice_str("dcd98b71"), 1, 300, &made),
			 PLY_DIGEST_E_STALE);
}

static void accepts_each_nonce_count_once(void **state)
{
	static const struct {
		const char *why;
		uint32_t nc;
		int r;
	} steps[] = {
		{"first", 1, 0},
		{"again", 1, PLY_DIGEST_E_REPLAY},
		{"next", 2, 0},
		{"a gap", 70, 0},
		{"late, inside the window", 7, 0},
		{"late, again", 7, PLY_DIGEST_E_REPLAY},
		{"too late", 6, PLY_DIGEST_E_REPLAY},
		{"far ahead", 0xffffffff, 0},
		{"the highest again", 0xffffffff, PLY_DIGEST_E_REPLAY},
		{"before the jump", 71, PLY_DIGEST_E_REPLAY},
	};
	struct ply_digest_seen *t = NULL;
	char nonce[PLY_DIGEST_NONCE_LEN + 1];

	(void)state;
	assert_int_equal(ply_digest_seen_new(&t, 4, 300), 0);
	ply_digest_nonce(&here, 1000, 1, nonce);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int r = ply_digest_seen_use(t, ply_slice_str(nonce), 1000, steps[i].nc, 1000);

		if (r != steps[i].r)
			fail_msg("%s: got %d", steps[i].why, r);
	}
	/* The other case of the same hex digits is the same nonce. */
	for (char *p = nonce; *p; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 32);
	assert_int_equal(ply_digest_seen_use(t, ply_slice_str(nonce), 1000, 0xffffffff, 1000),
			 PLY_DIGEST_E_REPLAY);
	ply_digest_seen_free(t);
}

static void calls_forgotten_nonces_stale_rather_than_new(void **state)
{
	struct ply_digest_seen *t = NULL;
	char nonce[6][PLY_DIGEST_NONCE_LEN + 1];

	(void)state;
	assert_int_equal(ply_digest_seen_new(&t, 4, 300), 0);
	for (uint32_t i = 0; i < 6; i++) {
		ply_digest_nonce(&here, 1000 + i, i, nonce[i]);
		assert_int_equal(ply_digest_seen_use(t, ply_slice_str(nonce[i]), 1000 + i, 1, 1010),
				 0);
	}
	assert_int_equal(ply_digest_seen_use(t, ply_slice_str(nonce[0]), 1000, 1, 1010),
			 PLY_DIGEST_E_STALE);
	assert_int_equal(ply_digest_seen_use(t, ply_slice_str(nonce[1]), 1001, 2, 1010),
			 PLY_DIGEST_E_STALE);
	assert_int_equal(ply_digest_seen_use(t, ply_slice_str(nonce[2]), 1002, 2, 1010), 0);
	ply_digest_seen_free(t);
}

static void writes_the_challenge(void **state)
{
	struct ply_digest_challenge c = {.realm = PLY_SLICE_LIT("lab.example"),
					 .nonce = PLY_SLICE_LIT("0123"),
					 .alg = PLY_DIGEST_SHA256};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)state;
	ply_digest_add_challenge(&b, &c);
	assert_string_equal(ply_strbuf_str(&b), "Digest realm=\"lab.example\", nonce=\"0123\", "
						"algorithm=SHA-256, qop=\"auth\"");
	ply_strbuf_reset(&b);
	c.alg = PLY_DIGEST_MD5_SESS;
	c.opaque = ply_slice_str("AB");
	c.stale = true;
	ply_digest_add_challenge(&b, &c);
	assert_string_equal(ply_strbuf_str(&b),
			    "Digest realm=\"lab.example\", nonce=\"0123\", opaque=\"AB\", "
			    "algorithm=MD5-sess, qop=\"auth\", stale=true");
	ply_strbuf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_published_examples),
		cmocka_unit_test(refuses_incomplete_and_foreign_credentials),
		cmocka_unit_test(undoes_backslashes_in_the_name),
		cmocka_unit_test(binds_the_nonce_to_source_realm_and_age),
		cmocka_unit_test(accepts_each_nonce_count_once),
		cmocka_unit_test(calls_forgotten_nonces_stale_rather_than_new),
		cmocka_unit_test(writes_the_challenge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
