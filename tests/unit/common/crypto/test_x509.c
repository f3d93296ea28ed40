#include "tests/lib/unit.h"

#include "base/clock.h"
#include "crypto/x509.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ply_x509_pem ca;

static int make_ca(void **state)
{
	const struct ply_x509_req req = {"Lab CA", NULL, 3650, PLY_X509_P256};

	(void)state;
	return ply_x509_make_ca(&ca, &req);
}

static int drop_ca(void **state)
{
	(void)state;
	ply_x509_pem_deinit(&ca);
	return 0;
}

static void the_authority_says_that_it_is_one(void **state)
{
	struct ply_x509_info i;

	(void)state;
	assert_int_equal(ply_x509_info(&i, ply_slice_str(ca.cert)), 0);
	assert_string_equal(i.subject_cn, "Lab CA");
	assert_string_equal(i.issuer_cn, "Lab CA");
	assert_null(i.san);
	assert_true(i.is_ca);
	ply_x509_info_deinit(&i);
}

static void a_server_has_its_names_and_the_authoritys_signature(void **state)
{
	static const char *const san[] = {"pool.lab.example", "fe1.lab.example", "127.0.0.1", "::1",
					  NULL};
	static const enum ply_x509_key kinds[] = {PLY_X509_P256, PLY_X509_RSA2048};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		const struct ply_x509_req req = {"pool.lab.example", san, 30, kinds[k]};
		struct ply_x509_pem p;
		struct ply_x509_info i;
		uint64_t now = ply_wall_ms();

		assert_int_equal(ply_x509_make_server(&p, &req, &ca), 0);
		assert_int_equal(ply_x509_check_pair(ply_slice_str(p.cert), ply_slice_str(p.key)),
				 0);
		assert_int_equal(ply_x509_check_pair(ply_slice_str(p.cert), ply_slice_str(ca.key)),
				 PLY_X509_E_BAD);
		assert_int_equal(ply_x509_info(&i, ply_slice_str(p.cert)), 0);
		assert_string_equal(i.subject_cn, "pool.lab.example");
		assert_string_equal(i.issuer_cn, "Lab CA");
		assert_string_equal(i.san, "pool.lab.example,fe1.lab.example,127.0.0.1,::1");
		assert_false(i.is_ca);
		assert_int_equal(strlen(i.fingerprint), 64);
		assert_true(i.not_before_ms < now);
		assert_in_range(i.not_after_ms - now, 29 * 86400000ULL, 31 * 86400000ULL);
		ply_x509_info_deinit(&i);
		ply_x509_pem_deinit(&p);
	}
}

static void refuses_names_that_could_smuggle_entries(void **state)
{
	static const char *const bad[] = {"a,DNS:b", "a:b", "", "a\nb", "a/b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *const san[] = {bad[i], NULL};
		const struct ply_x509_req req = {"a", san, 1, PLY_X509_P256};
		struct ply_x509_pem p;

		assert_int_equal(ply_x509_make_server(&p, &req, &ca), -EINVAL);
	}
}

static void says_when_a_text_is_no_certificate(void **state)
{
	struct ply_x509_info i;

	(void)state;
	assert_int_equal(ply_x509_info(&i, ply_slice_str("hello")), PLY_X509_E_BAD);
	assert_int_equal(ply_x509_info(&i, ply_slice_str("")), PLY_X509_E_BAD);
	assert_int_equal(ply_x509_info(&i, ply_slice_str(ca.key)), PLY_X509_E_BAD);
}

static void writes_keys_for_the_owner_alone(void **state)
{
	char dir[] = "/tmp/test_x509.XXXXXX", path[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/key.pem", dir);
	assert_int_equal(ply_x509_write(path, "old", false), 0);
	assert_int_equal(ply_x509_write(path, ca.key, true), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, strlen(ca.key));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* nothing left behind */
	assert_int_equal(ply_x509_write(path, "x", true), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_authority_says_that_it_is_one),
		cmocka_unit_test(a_server_has_its_names_and_the_authoritys_signature),
		cmocka_unit_test(refuses_names_that_could_smuggle_entries),
		cmocka_unit_test(says_when_a_text_is_no_certificate),
		cmocka_unit_test(writes_keys_for_the_owner_alone),
	};

	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
