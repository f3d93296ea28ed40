#include "tests/lib/unit.h"

#include "base/strbuf.h"
#include "crypto/cipher.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

#include <errno.h>
#include <pthread.h>

static void assert_hex(const char *why, const uint8_t *got, size_t len, const char *want)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_strbuf_add_hex(&b, got, len);
	if (strcmp(ply_strbuf_str(&b), want) != 0)
		fail_msg("%s: got %s", why, b.p);
	ply_strbuf_deinit(&b);
}

static void digests_as_the_rfcs_say(void **state)
{
	/* RFC 1320 A.5, RFC 1321 A.5, RFC 3174 7.3, RFC 6234 8.5 */
	static const struct {
		const char *why;
		int (*fn)(const void *p, size_t len, uint8_t *out);
		size_t len;
		const char *in, *want;
	} cases[] = {
		{"MD4 of nothing", ply_md4, 16, "", "31d6cfe0d16ae931b73c59d7e0c089c0"},
		{"MD4", ply_md4, 16, "abc", "a448017aaf21d8525fc10ae87aa6729d"},
		{"MD5 of nothing", ply_md5, 16, "", "d41d8cd98f00b204e9800998ecf8427e"},
		{"MD5", ply_md5, 16, "abc", "900150983cd24fb0d6963f7d28e17f72"},
		{"SHA-1", ply_sha1, 20, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"SHA-256", ply_sha256, 32, "abc",
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t out[32];

		assert_int_equal(cases[i].fn(cases[i].in, strlen(cases[i].in), out), 0);
		assert_hex(cases[i].why, out, cases[i].len, cases[i].want);
	}
}

static void hmacs_as_the_rfcs_say(void **state)
{
	static const char *const jefe = "what do ya want for nothing?";
	const struct ply_slice parts[] = {
		{"what do ya want ", 16}, {NULL, 0}, {"for nothing?", 12}};
	char key[80];
	uint8_t out[32];

	(void)state; /* RFC 2202, RFC 4231 */
	memset(key, 0x0b, sizeof key);
	assert_int_equal(ply_hmac_md5(key, 16, "Hi There", 8, out), 0);
	assert_hex("MD5 1", out, 16, "9294727a3638bb1c13f48ef8158bfc9d");
	assert_int_equal(ply_hmac_md5("Jefe", 4, jefe, strlen(jefe), out), 0);
	assert_hex("MD5 2", out, 16, "750c783e6ab0b503eaa86e310a5db738");
	assert_int_equal(ply_hmac_md5_parts("Jefe", 4, parts, 3, out), 0);
	assert_hex("MD5 2 in parts", out, 16, "750c783e6ab0b503eaa86e310a5db738");
	memset(key, 0xaa, sizeof key);
	assert_int_equal(ply_hmac_md5(key, 80,
				      "Test Using Larger Than Block-Size Key - Hash Key First", 54,
				      out),
			 0);
	assert_hex("MD5 6: key longer than a block", out, 16, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
	assert_int_equal(ply_hmac_sha1("Jefe", 4, jefe, strlen(jefe), out), 0);
	assert_hex("SHA-1 2", out, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_int_equal(ply_hmac_sha256("Jefe", 4, jefe, strlen(jefe), out), 0);
	assert_hex("SHA-256 2", out, 32,
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void rc4_as_published(void **state)
{
	uint8_t out[16] = {0};

	(void)state;
	assert_int_equal(ply_rc4("Key", 3, "Plaintext", 9, out), 0);
	assert_hex("Key", out, 9, "bbf316e8d940af0ad3");
	memset(out, 0, sizeof out);
	assert_int_equal(ply_rc4("\1\2\3\4\5", 5, out, 16, out), 0); /* in place; RFC 6229 */
	assert_hex("RFC 6229", out, 16, "b2396305f03dc027ccc3524a0a1118a8");
	assert_int_equal(ply_rc4("", 0, out, 16, out), -EINVAL);
}

static void *digest_in_a_thread(void *ok)
{
	uint8_t out[16];

	*(bool *)ok = ply_md5("abc", 3, out) == 0 && out[0] == 0x90;
	return NULL;
}

static void works_in_every_thread(void **state)
{
	bool ok[4] = {false};
	pthread_t t[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, digest_in_a_thread, &ok[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_true(ok[i]);
	}
}

static void secrets_compare_and_vanish(void **state)
{
	char s[] = "secret";

	(void)state;
	assert_true(ply_secret_eq("abc", "abd", 2));
	assert_false(ply_secret_eq("abc", "abd", 3));
	assert_true(ply_secret_eq(NULL, NULL, 0));
	ply_secret_wipe(s, sizeof s);
	for (size_t i = 0; i < sizeof s; i++)
		assert_int_equal(s[i], 0);
	ply_secret_free_str(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_as_the_rfcs_say),
		cmocka_unit_test(hmacs_as_the_rfcs_say),
		cmocka_unit_test(rc4_as_published),
		cmocka_unit_test(works_in_every_thread),
		cmocka_unit_test(secrets_compare_and_vanish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
