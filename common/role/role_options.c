#include "role/role_internal.h"

#include "base/err.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { OPT_CONFIG = 1, OPT_CHECK, OPT_HELP_CONFIG, OPT_VERSION, OPT_HELP, OPT_FOREGROUND };
enum { EXIT_USAGE = 2 };

static const struct option options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"help-config", no_argument, NULL, OPT_HELP_CONFIG},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static int print_usage(const struct ply_role *role)
{
	(void)printf("parley-%s: %s\n\n"
		     "usage: parley-%s [--config FILE]\n\n"
		     "  --config FILE    configuration, default /etc/parley/parley.conf\n"
		     "  --check-config   read it, say what is wrong, end\n"
		     "  --help-config    print every key with its default and meaning\n"
		     "  --foreground     stay in the foreground (always so)\n"
		     "  --version        print the version\n"
		     "  --help           print this\n\n"
		     "examples:\n"
		     "  parley-%s --check-config --config /etc/parley/parley.conf\n"
		     "  parley-%s --help-config > parley.conf.example\n\n"
		     "signals: TERM finishes and ends, HUP reads the configuration again\n",
		     role->name, role->help, role->name, role->name, role->name);
	return 0;
}

static int print_config_help(struct ply_role_set *set)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_role_set_print_help(set, &b);
	(void)fputs(ply_strbuf_str(&b), stdout);
	ply_strbuf_deinit(&b);
	return 0;
}

/* The exit code, or -1 to go on. */
static int load(struct ply_role_set *set, bool check)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int r = ply_role_set_load(set, &err);

	if (r)
		(void)fprintf(stderr, "error %s\n", err.len ? err.p : ply_err_text(r));
	else if (check)
		(void)printf("%s: ok\n", set->path);
	ply_strbuf_deinit(&err);
	if (r)
		return EXIT_USAGE;
	return check ? 0 : -1;
}

int ply_role_options(struct ply_role_run *run, int argc, char **argv)
{
	const struct ply_role *role = run->ctx.role;
	const char *path = "/etc/parley/parley.conf";
	bool check = false, help_config = false;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == OPT_CONFIG)
			path = optarg;
		else if (o == OPT_CHECK)
			check = true;
		else if (o == OPT_HELP_CONFIG)
			help_config = true;
		else if (o == OPT_HELP)
			return print_usage(role);
		else if (o == OPT_VERSION)
			return printf("parley-%s %s\n", role->name, ply_version()) < 0;
		else if (o != OPT_FOREGROUND)
			return EXIT_USAGE; /* getopt has said why */
	}
	if (optind < argc) {
		(void)fprintf(stderr, "error unexpected word \"%s\"\n  next:    parley-%s --help\n",
			      argv[optind], role->name);
		return EXIT_USAGE;
	}
	if (ply_role_set_init(&run->set, role, path))
		return 1;
	return help_config ? print_config_help(&run->set) : load(&run->set, check);
}

int ply_role_drop_rights(const char *user, struct ply_admin *admin)
{
	struct passwd *pw;
	int r;

	errno = 0;
	pw = getpwnam(user); /* NOLINT(concurrency-mt-unsafe): no other thread yet */
	if (!pw)
		return ply_err_origin(errno ? -errno : -ENOENT);
	r = ply_admin_chown(admin, pw->pw_uid, pw->pw_gid);
	if (r)
		return r;
	if (initgroups(user, pw->pw_gid) || setgid(pw->pw_gid) || setuid(pw->pw_uid))
		return ply_err_origin(-errno);
	if (pw->pw_uid && !setuid(0)) /* it must not be possible to come back */
		return ply_err_origin(-EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return ply_err_origin(-errno);
	return 0;
}
