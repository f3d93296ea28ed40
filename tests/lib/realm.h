/* A private KDC for one test binary: realm LAB.EXAMPLE, a user alice with a ticket, and the
 * environment of this process set to it. Made of tests/lib/kdc. */
#ifndef TESTS_LIB_REALM_H
#define TESTS_LIB_REALM_H

#include <stdbool.h>

/* services: "PRINCIPAL KEYTAB", NULL at the end. 0, also when no KDC is installed; or -1. */
int test_realm_start(const char *const *services);
bool test_realm_is_there(void);
/* Skips the running test when no KDC is installed. */
void test_realm_need(void);
/* A file of the realm's folder. LENDS: until the next call. */
const char *test_realm_path(const char *name);
int test_realm_stop(void);

#endif
