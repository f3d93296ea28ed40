#include "tests/lib/memfail.h"
#include "tests/lib/unit.h"

#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct conf {
	char *fqdn, *cert, *domains, *listen, *secret;
	bool udp;
	uint32_t endpoints, expires, message, mode;
};

#define AT(f) offsetof(struct conf, f)
/* clang-format off */
static const struct ply_conf_item items[] = {
	{"common", "fqdn", PLY_CONF_STR, PLY_CONF_REQUIRED, AT(fqdn), 0, 0, NULL, NULL, "name of this server"},
	{"common", "tls_cert", PLY_CONF_PATH, 0, AT(cert), 0, 0, NULL, NULL, "certificate"},
	{"common", "domains", PLY_CONF_LIST, 0, AT(domains), 0, 0, NULL, NULL, "SIP domains"},
	{"common", "db_password", PLY_CONF_STR, PLY_CONF_SECRET, AT(secret), 0, 0, NULL, NULL, "password"},
	{"frontend", "listen_tls", PLY_CONF_ADDR, 0, AT(listen), 0, 0, "0.0.0.0:5061", NULL, "for clients"},
	{"frontend", "udp", PLY_CONF_BOOL, 0, AT(udp), 0, 0, "no", NULL, "UDP as well"},
	{"frontend", "max_endpoints", PLY_CONF_UINT, PLY_CONF_RELOAD, AT(endpoints), 1, 64, "8", NULL, "of one user"},
	{"frontend", "max_expires", PLY_CONF_SECS, PLY_CONF_RELOAD, AT(expires), 10, 86400, "2h", NULL, "longest"},
	{"frontend", "max_message", PLY_CONF_SIZE, 0, AT(message), 1024, 1048576, "64KiB", NULL, "largest"},
	{"frontend", "mode", PLY_CONF_ENUM, 0, AT(mode), 0, 0, "open", "open|closed|shut", "who may in"},
	{0},
};
/* clang-format on */

static const struct ply_conf_item *const tables[] = {items, NULL};
static const char *const others[] = {"mcu-im", NULL};

static int load_text(struct conf *c, const char *text, struct ply_strbuf *err)
{
	void *const confs[] = {c, NULL};

	return ply_conf_load_text("p.conf", ply_slice_str(text), tables, confs, others, err);
}

static void reads_every_type(void **state)
{
	struct conf c = {0};
	struct ply_strbuf err = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(
		load_text(&c,
			  "# our host\n[common]\n  fqdn = fe1.lab.example # own name\r\n"
			  "tls_cert=pki/a.pem\ndomains = a.example , b.example,\n"
			  "db_password = \" x # y \"\n[mcu-im]\nanything = goes\n[frontend]\n"
			  "listen_tls = [::1]:0\nudp = yes\nmax_endpoints = 64\n"
			  "max_expires = 5m\nmax_message = 1MiB\nmode = closed\n",
			  &err),
		0);
	assert_string_equal(c.fqdn, "fe1.lab.example");
	assert_string_equal(c.cert, "./pki/a.pem");
	assert_string_equal(c.domains, "a.example,b.example");
	assert_string_equal(c.secret, " x # y ");
	assert_string_equal(c.listen, "[::1]:0");
	assert_true(c.udp);
	assert_int_equal(c.endpoints, 64);
	assert_int_equal(c.expires, 300);
	assert_int_equal(c.message, 1048576);
	assert_int_equal(c.mode, 1);
	ply_conf_clear(items, &c);
	assert_null(c.fqdn);
}

static void takes_defaults_and_switches_listeners_off(void **state)
{
	struct conf c = {0};
	struct ply_strbuf err = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(load_text(&c, "[common]\nfqdn = a\n[frontend]\nlisten_tls =\n", &err), 0);
	assert_null(c.listen);
	assert_int_equal(c.expires, 7200);
	assert_int_equal(c.endpoints, 8);
	ply_conf_clear(items, &c);
}

static void says_file_line_what_was_found_and_what_was_expected(void **state)
{
	static const struct {
		const char *why, *text, *want;
	} cases[] = {
		{"slip of the finger", "[common]\nfqdm = a\n",
		 "p.conf:2:1: unknown key\n    fqdm = a\n  because: [common] has no key \"fqdm\"\n"
		 "  next:    did you mean \"fqdn\"? --help-config lists every key"},
		{"no such key", "[common]\n  telephone = 1\n",
		 "p.conf:2:3: unknown key\n      telephone = 1\n"
		 "  because: [common] has no key \"telephone\"\n"
		 "  next:    remove the line; --help-config lists every key"},
		{"no such section", "[fronted]\n",
		 "p.conf:1:2: unknown section\n    [fronted]\n  because: no role has this name\n"
		 "  next:    did you mean [frontend]?"},
		{"over the range", "[frontend]\nmax_endpoints = 65\n",
		 "p.conf:2:17: bad value for max_endpoints\n    max_endpoints = 65\n"
		 "  because: expected a whole number from 1 to 64\n"
		 "  next:    correct it, or remove the line for the default, 8"},
		{"unit unknown", "[frontend]\nmax_expires = 5w\n",
		 "p.conf:2:15: bad value for max_expires\n    max_expires = 5w\n"
		 "  because: expected a time from 10s to 1d, such as 30s, 5m, 2h, 1d\n"
		 "  next:    correct it, or remove the line for the default, 2h"},
		{"product over 32 bit", "[frontend]\nmax_message = 4294967295MiB\n",
		 "p.conf:2:15: bad value for max_message\n    max_message = 4294967295MiB\n"
		 "  because: expected a size from 1KiB to 1MiB, such as 64KiB, 1MiB\n"
		 "  next:    correct it, or remove the line for the default, 64KiB"},
		{"no choice", "[frontend]\nmode = ajar\n",
		 "p.conf:2:8: bad value for mode\n    mode = ajar\n"
		 "  because: expected open, closed or shut\n"
		 "  next:    correct it, or remove the line for the default, open"},
		{"no port", "[frontend]\nlisten_tls = 0.0.0.0\n",
		 "p.conf:2:14: bad value for listen_tls\n    listen_tls = 0.0.0.0\n"
		 "  because: expected an address and port, such as 0.0.0.0:5061 or [::]:5061\n"
		 "  next:    correct it, or remove the line for the default, 0.0.0.0:5061"},
		{"no pair", "[common]\nfqdn\n",
		 "p.conf:2:1: line not understood\n    fqdn\n"
		 "  because: expected key = value, [section], include DIR or a # comment\n"
		 "  next:    correct the line"},
		{"no section yet", "fqdn = a\n",
		 "p.conf:1:1: key before any section\n    fqdn = a\n"
		 "  because: every key belongs to a section\n"
		 "  next:    put [common] above it"},
		{"secrets stay out", "[common]\ndb_password = x\ndb_password = y\n",
		 "p.conf:3:1: key set twice in this file\n    db_password = \n"
		 "  because: only one value can hold\n  next:    remove one of the two lines"},
		{"required", "[common]\n",
		 "p.conf: [common] lacks \"fqdn\"\n  because: name of this server\n"
		 "  next:    add \"fqdn = ...\", a text"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf c = {0};
		struct ply_strbuf err = PLY_STRBUF_INIT;
		int r = load_text(&c, cases[i].text, &err);

		if (r != -EINVAL || strcmp(ply_strbuf_str(&err), cases[i].want) != 0)
			fail_msg("%s: r=%d\n%s", cases[i].why, r, ply_strbuf_str(&err));
		ply_strbuf_deinit(&err);
		ply_conf_clear(items, &c);
	}
}

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static void includes_a_folder_in_order_and_later_files_win(void **state)
{
	char dir[] = "/tmp/test_conf.XXXXXX", path[256], sub[256];
	struct conf c = {0};
	void *const confs[] = {&c, NULL};
	struct ply_strbuf err = PLY_STRBUF_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(sub, sizeof sub, "%s/p.d", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	put_file(dir, "p.conf", "[common]\nfqdn = a\ninclude p.d\ntls_cert = x\n");
	put_file(sub, "20.conf", "[common]\nfqdn = c\n");
	put_file(sub, "10.conf", "[common]\nfqdn = b\n");
	put_file(sub, "30.off", "nonsense\n");
	(void)snprintf(path, sizeof path, "%s/p.conf", dir);
	assert_int_equal(ply_conf_load(path, tables, confs, NULL, &err), 0);
	assert_string_equal(c.fqdn, "c");
	(void)snprintf(path, sizeof path, "%s/x", dir);
	assert_string_equal(c.cert, path);
	ply_conf_clear(items, &c);

	(void)snprintf(path, sizeof path, "%s/none.conf", dir);
	assert_int_equal(ply_conf_load(path, tables, confs, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.p, "because: No such file"));
	ply_strbuf_deinit(&err);
	ply_conf_clear(items, &c);
	(void)snprintf(path, sizeof path, "rm -r %s", dir);
	assert_int_equal(system(path), 0); /* NOLINT(cert-env33-c): our own folder */
}

static void reload_moves_only_what_may_change(void **state)
{
	struct conf live = {0}, fresh = {0};
	struct ply_strbuf err = PLY_STRBUF_INIT, report = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(load_text(&live, "[common]\nfqdn = a\n", &err), 0);
	assert_int_equal(load_text(&fresh,
				   "[common]\nfqdn = b\n[frontend]\nmax_expires = 60\n"
				   "max_endpoints = 9\n",
				   &err),
			 0);
	assert_int_equal(ply_conf_reload(items, &live, &fresh, &report), 2);
	assert_string_equal(ply_strbuf_str(&report),
			    "fqdn: needs a restart\nmax_endpoints: 8 -> 9\n"
			    "max_expires: 2h -> 1m\n");
	assert_string_equal(live.fqdn, "a");
	assert_int_equal(live.expires, 60);
	ply_strbuf_deinit(&report);
	ply_conf_clear(items, &live);
	ply_conf_clear(items, &fresh);
}

static void help_is_a_file_that_only_lacks_the_hash_signs(void **state)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	ply_conf_print_help(items, &out);
	assert_non_null(strstr(out.p,
			       "[common]\n\n# name of this server\n# a text; required\n#fqdn = "
			       "\n\n# certificate\n"));
	assert_non_null(strstr(out.p, "\n[frontend]\n"));
	assert_non_null(strstr(out.p,
			       "# longest\n# a time from 10s to 1d, such as 30s, 5m, 2h, 1d; "
			       "a reload changes it\n#max_expires = 2h\n"));
	ply_strbuf_deinit(&out);
}

static int load_everything(void *ctx)
{
	struct conf c = {0};
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int r = load_text(&c, ctx, &err);

	if (r == -EINVAL) /* the message itself may want memory */
		r = ply_strbuf_err(&err);
	ply_strbuf_deinit(&err);
	ply_conf_clear(items, &c);
	return r;
}

static void memory_may_run_out_at_any_point(void **state)
{
	char good[] = "[common]\nfqdn = a\ndomains = a, b\ntls_cert = x\n";

	(void)state;
	fails_cleanly_without_memory(load_everything, good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_type),
		cmocka_unit_test(takes_defaults_and_switches_listeners_off),
		cmocka_unit_test(says_file_line_what_was_found_and_what_was_expected),
		cmocka_unit_test(includes_a_folder_in_order_and_later_files_win),
		cmocka_unit_test(reload_moves_only_what_may_change),
		cmocka_unit_test(help_is_a_file_that_only_lacks_the_hash_signs),
		cmocka_unit_test(memory_may_run_out_at_any_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
