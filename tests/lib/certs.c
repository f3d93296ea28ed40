#include "tests/lib/certs.h"

#include "tests/lib/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct test_ca {
	EVP_PKEY *key;
	X509 *cert;
};

static void must(int ok, const char *what)
{
	if (ok != 1)
		fail_msg("cannot %s", what);
}

static FILE *must_open(const char *path)
{
	FILE *f = fopen(path, "w");

	must(f != NULL, path);
	return f;
}

static void add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext != NULL, value);
	must(X509_add_ext(cert, ext, -1), "add an extension");
	X509_EXTENSION_free(ext);
}

static X509 *make_cert(EVP_PKEY *key, const char *cn, int days)
{
	static long serial = 1;
	X509 *cert = X509_new();

	must(cert != NULL, "make a certificate");
	(void)X509_set_version(cert, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), -86400L * 365);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days);
	(void)X509_set_pubkey(cert, key);
	must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
					(const unsigned char *)cn, -1, -1, 0),
	     "set a name");
	return cert;
}

struct test_ca *test_ca_new(const char *cn)
{
	struct test_ca *ca = calloc(1, sizeof *ca);

	if (!ca)
		abort();
	ca->key = EVP_EC_gen("P-256");
	ca->cert = make_cert(ca->key, cn, 365);
	(void)X509_set_issuer_name(ca->cert, X509_get_subject_name(ca->cert));
	add_ext(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE");
	must(X509_sign(ca->cert, ca->key, EVP_sha256()) > 0, "sign");
	return ca;
}

void test_ca_free(struct test_ca *ca)
{
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	free(ca);
}

void test_ca_write(const struct test_ca *ca, const char *path)
{
	FILE *f = must_open(path);

	must(PEM_write_X509(f, ca->cert), path);
	(void)fclose(f);
}

void test_cert_write(const struct test_ca *ca, const char *cn, const char *sans, int days,
		     const char *cert_path, const char *key_path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = make_cert(key, cn, days);
	FILE *f;

	(void)X509_set_issuer_name(cert, X509_get_subject_name(ca->cert));
	if (sans)
		add_ext(cert, ca->cert, NID_subject_alt_name, sans);
	add_ext(cert, ca->cert, NID_ext_key_usage, "serverAuth");
	must(X509_sign(cert, ca->key, EVP_sha256()) > 0, "sign");
	f = must_open(cert_path);
	must(PEM_write_X509(f, cert), cert_path);
	(void)fclose(f);
	f = must_open(key_path);
	must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), key_path);
	(void)fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}

char *test_dir_new(void)
{
	char *dir = strdup("/tmp/parley-test.XXXXXX");

	must(dir && mkdtemp(dir) != NULL, "make a folder");
	return dir;
}

void test_dir_free(char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	if (!d)
		abort();
	while ((e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0); /* not "." and ".." */
	(void)closedir(d);
	must(rmdir(dir) == 0, dir);
	free(dir);
}

const char *test_path(const char *dir, const char *name)
{
	static char ring[8][256];
	static unsigned at;
	char *p = ring[at++ % 8];

	(void)snprintf(p, sizeof ring[0], "%s/%s", dir, name);
	return p;
}

void test_write_file(const char *path, const char *text)
{
	FILE *f = must_open(path);

	must(fputs(text, f) >= 0, path);
	(void)fclose(f);
}
