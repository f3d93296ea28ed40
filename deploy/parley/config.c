/* parley config ...: settings of the deployment in rtcconfig, and a check of this host's file by
 * the roles themselves. */
#include "base/clock.h"
#include "base/mem.h"
#include "db/rtcconfig/rtcconfig.h"
#include "deploy/parley/cli.h"

#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct cli_verb *this_verb(const char *verb)
{
	const struct cli_verb *v = cli_config_verbs;

	while (v->noun && strcmp(v->verb, verb) != 0)
		v++;
	return v;
}

/* CLASS.PROPERTY or CLASS.INSTANCE.PROPERTY, at --level global (default), pool:FQDN or
 * machine:FQDN. */
static bool read_key(struct cli *c, const char *verb, int words, struct ply_rtcconfig_setting *s)
{
	const char *level = cli_option(c, "--level");
	struct ply_slice rest, part[3];
	size_t n = 0;

	if (!cli_words(c, words, this_verb(verb)))
		return false;
	rest = ply_slice_str(c->argv[0]);
	while (n < 3 && ply_slice_split(&rest, '.', &part[n]))
		n++;
	if (n < 2 || rest.p) {
		(void)cli_errorf(CLI_USAGE, "PRL-CONFIG-001", NULL,
				 "\"%s\" is no key: write CLASS.PROPERTY or "
				 "CLASS.INSTANCE.PROPERTY",
				 c->argv[0]);
		return false;
	}
	*s = (struct ply_rtcconfig_setting){
		.level = ply_slice_str(level ? level : "global"),
		.class_ = part[0],
		.instance = n == 3 ? part[1] : ply_slice_str(""),
		.property = part[n - 1],
	};
	return true;
}

struct found {
	struct cli *c;
	struct cli_table *t;
};

static const struct cli_column columns[] = {
	{"level", "LEVEL"},
	{"key", "KEY"},
	{"value", "VALUE"},
	{"changed", "CHANGED"},
};

static void rows(void *ctx, int r, const struct ply_rtcconfig_setting *s, size_t n)
{
	struct found *f = ctx;

	for (size_t i = 0; !r && i < n; i++) {
		char level[300], key[600], time[PLY_TIME_MAX];
		char *value = ply_slice_dup(s[i].value);

		(void)snprintf(level, sizeof level, "%.*s", PLY_SLICE_ARG(s[i].level));
		(void)snprintf(key, sizeof key, "%.*s%s%.*s.%.*s", PLY_SLICE_ARG(s[i].class_),
			       s[i].instance.len ? "." : "", PLY_SLICE_ARG(s[i].instance),
			       PLY_SLICE_ARG(s[i].property));
		cli_table_row(f->t, (const char *const[]){level, key, value,
							  ply_time_iso(s[i].mtime_ms, time)});
		ply_free(value);
	}
	cli_answer(f->c, r);
}

static int config_list(struct cli *c)
{
	const char *level = cli_option(c, "--level");
	struct found f = {.c = c};
	int r;

	if (!cli_words(c, 0, this_verb("list")))
		return CLI_USAGE;
	if (!cli_open_rtcconfig(c))
		return CLI_UNREACHABLE;
	if (cli_table_begin(&f.t, c, columns, ARRAY_LEN(columns)))
		return CLI_REFUSED;
	r = cli_wait(c, ply_rtcconfig_list(c->rtcconfig, ply_slice_str(level ? level : ""),
					   ply_slice_str(""), rows, &f));
	cli_table_end(f.t);
	return r ? cli_db_error(c, r) : CLI_OK;
}

static int not_set(const char *key)
{
	return cli_errorf(CLI_NOT_FOUND, "PRL-CONFIG-002", "parley config list shows what is set",
			  "%s is not set", key);
}

static int config_get(struct cli *c)
{
	struct ply_rtcconfig_setting key;
	struct found f = {.c = c};
	int r;

	if (!read_key(c, "get", 1, &key))
		return CLI_USAGE;
	if (!cli_open_rtcconfig(c))
		return CLI_UNREACHABLE;
	if (cli_table_begin(&f.t, c, columns, ARRAY_LEN(columns)))
		return CLI_REFUSED;
	r = cli_wait(c, ply_rtcconfig_get(c->rtcconfig, &key, rows, &f));
	cli_table_end(f.t);
	if (r == PLY_DB_E_NONE)
		return not_set(c->argv[0]);
	return r ? cli_db_error(c, r) : CLI_OK;
}

static int config_set(struct cli *c)
{
	struct ply_rtcconfig_setting s;
	int r;

	if (!read_key(c, "set", 2, &s))
		return CLI_USAGE;
	s.value = c->argv[1][0] ? ply_slice_str(c->argv[1]) : ply_slice(NULL, 0);
	if (c->dry_run) {
		cli_say(c, "%s would become \"%s\"\n", c->argv[0], c->argv[1]);
		return CLI_OK;
	}
	if (!cli_open_rtcconfig(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtcconfig_set(c->rtcconfig, &s, cli_answer, c));
	if (r)
		return cli_db_error(c, r);
	cli_say(c, s.value.p ? "%s set\n" : "%s unset\n", c->argv[0]);
	return CLI_OK;
}

static bool has_section(const struct ply_strbuf *text, const char *name)
{
	char want[64];

	(void)snprintf(want, sizeof want, "\n[%s]", name);
	return ply_slice_find(ply_strbuf_slice(text), want) != SIZE_MAX;
}

/* Each role knows its own keys: it is asked with --check-config. */
static int ask_role(const char *self, const char *role, const char *file)
{
	char path[PATH_MAX], name[64];
	const char *slash = strrchr(self, '/');
	int status;
	pid_t pid;

	(void)snprintf(name, sizeof name, "parley-%s", role);
	(void)snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - self + 1) : 0, self,
		       name);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)execlp(path, name, "--config", file, "--check-config", (char *)NULL);
		(void)fprintf(stderr, "note: %s is not on this host; its section was not checked\n",
			      name);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return CLI_REFUSED;
	return WEXITSTATUS(status);
}

static int config_check(struct cli *c)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;
	int code = CLI_OK;

	if (c->argc > 1)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL,
				  "usage: parley config check [FILE]");
	if (c->argc == 1)
		c->conf_path = c->argv[0];
	ply_strbuf_addc(&text, '\n');
	if (!cli_common(c) || !cli_read_file(c->conf_path, 1 << 20, &text)) {
		ply_strbuf_deinit(&text);
		return CLI_USAGE;
	}
	for (const char *const *role = ply_role_names; *role; role++)
		if (has_section(&text, *role) && ask_role(c->self, *role, c->conf_path))
			code = CLI_USAGE;
	if (!code)
		cli_say(c, "%s is fine\n", c->conf_path);
	ply_strbuf_deinit(&text);
	return code;
}

/* clang-format off */
const struct cli_verb cli_config_verbs[] = {
	{ "config", "list", "[--level LEVEL]", "settings of the deployment",
	  "  parley config list\n  parley config list --level pool:pool.example.com", config_list },
	{ "config", "get", "KEY [--level LEVEL]", "one setting",
	  "  parley config get MSFT_SIPMeetingScheduleSetting.MaxMeetingLength\n  parley config get ServerConfiguration.organization", config_get },
	{ "config", "set", "KEY VALUE [--level LEVEL]", "change a setting; an empty value unsets it",
	  "  parley config set ServerConfiguration.organization 'Example Inc.'\n"
	  "  parley config set ServerConfiguration.organization ''", config_set },
	{ "config", "check", "[FILE]", "check this host's parley.conf, every role's section by the role itself",
	  "  parley config check\n  parley config check /etc/parley/parley.conf.new", config_check },
	{ 0 },
};
/* clang-format on */
