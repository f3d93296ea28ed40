#include "tests/lib/realm.h"
#include "tests/lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { NOT_INSTALLED = 77 };

static char dir[] = "/tmp/parley-kdc-XXXXXX";
static bool is_there;

static int kdc(const char *verb, const char *args)
{
	char cmd[512];

	(void)snprintf(cmd, sizeof cmd, "tests/lib/kdc %s %s %s", verb, dir, args);
	return WEXITSTATUS(system(cmd)); /* NOLINT(cert-env33-c): a fixture of ours */
}

const char *test_realm_path(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

int test_realm_start(const char *const *services)
{
	char cache[140];
	int r;

	if (!mkdtemp(dir))
		return -1;
	r = kdc("start", "LAB.EXAMPLE");
	if (r == NOT_INSTALLED)
		return 0;
	is_there = r == 0;
	if (r || kdc("add", "alice alice.keytab"))
		return -1;
	for (; *services; services++)
		if (kdc("add", *services))
			return -1;
	if (kdc("login", "alice alice.keytab cc"))
		return -1;
	(void)setenv("KRB5_CONFIG", test_realm_path("krb5.conf"), 1);
	(void)snprintf(cache, sizeof cache, "FILE:%s", test_realm_path("cc"));
	(void)setenv("KRB5CCNAME", cache, 1);
	return 0;
}

bool test_realm_is_there(void)
{
	return is_there;
}

void test_realm_need(void)
{
	if (!is_there) {
		print_message("no KDC is installed\n");
		skip();
	}
}

int test_realm_stop(void)
{
	return is_there ? kdc("stop", "") : 0;
}
