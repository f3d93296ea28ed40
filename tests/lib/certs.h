/* Certificates for tests, made on the spot with short EC keys. */
#ifndef TESTS_LIB_CERTS_H
#define TESTS_LIB_CERTS_H

#include <stdbool.h>

struct test_ca; /* an authority: key and certificate in memory */

struct test_ca *test_ca_new(const char *cn);
void test_ca_free(struct test_ca *ca);
/* Writes the authority's certificate as PEM. Ends the test on failure, as all of these do. */
void test_ca_write(const struct test_ca *ca, const char *path);
/* Writes a certificate signed by ca and its key. sans: "DNS:a.example,IP:127.0.0.1" or NULL. days
 * may be negative: expired. */
void test_cert_write(const struct test_ca *ca, const char *cn, const char *sans, int days,
		     const char *cert_path, const char *key_path);

/* A folder of the test's own; GIVES its path (free with test_dir_free, which removes it). */
char *test_dir_new(void);
void test_dir_free(char *dir);
/* "dir/name" in a ring of static buffers: good for a few calls. */
const char *test_path(const char *dir, const char *name);
void test_write_file(const char *path, const char *text);

#endif
