/* parley db ... */
#include "db/db.h"
#include "base/mem.h"
#include "db/migrate.h"
#include "deploy/parley/cli.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the migrations are: --sql DIR, PARLEY_SQL, beside a checkout's build, or where `make
 * install` puts them. */
static bool find_sql(struct cli *c, char out[PATH_MAX])
{
	const char *told = cli_option(c, "--sql"), *env = getenv("PARLEY_SQL");
	char self[PATH_MAX];
	ssize_t n;

	if (told || env) {
		(void)snprintf(out, PATH_MAX, "%s", told ? told : env);
		return true;
	}
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	for (int up = 0; n > 0 && up < 4; up++) {
		while (n > 0 && self[n - 1] != '/')
			n--;
		self[n] = '\0';
		(void)snprintf(out, PATH_MAX, "%.*sdeploy/sql", (int)n, self);
		if (access(out, R_OK) == 0)
			return true;
		(void)snprintf(out, PATH_MAX, "%.*sshare/parley/sql", (int)n, self);
		if (access(out, R_OK) == 0)
			return true;
		n--;
	}
	(void)cli_error(CLI_USAGE, "PRL-DB-005", "the migrations cannot be found", NULL,
			"name their folder with --sql DIR");
	return false;
}

static bool prepare(struct cli *c, const char *verb, char sql[PATH_MAX])
{
	const struct cli_verb *v = cli_db_verbs;

	while (v->noun && strcmp(v->verb, verb) != 0)
		v++;
	if (!find_sql(c, sql) || !cli_words(c, 0, v) || !cli_common(c))
		return false;
	if (c->common.database)
		return true;
	(void)cli_errorf(CLI_USAGE, "PRL-CONF-002", NULL, "[common] database is not set in %s",
			 c->conf_path);
	return false;
}

static int failed(const char *what, const char *db, const struct ply_strbuf *err)
{
	char text[128];

	(void)snprintf(text, sizeof text, "%s %s", what, db);
	return cli_error(CLI_UNREACHABLE, "PRL-DB-006", text, ply_strbuf_str(err),
			 "look at [common] database, and try again");
}

static int apply(struct cli *c, const char *sql, bool create)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int code = CLI_OK;

	for (const char *const *db = ply_migrate_databases; *db && !code; db++) {
		bool created = false;
		size_t n = 0;

		if (create && ply_migrate_create(c->common.database, *db, &created, &err))
			code = failed("cannot create database", *db, &err);
		else if (ply_migrate_apply(c->common.database, *db, sql, &n, &err))
			code = failed("cannot migrate database", *db, &err);
		else
			cli_say(c, "%-10s %s%zu migration%s applied\n", *db,
				created ? "created, " : "", n, n == 1 ? "" : "s");
	}
	ply_strbuf_deinit(&err);
	return code;
}

static int db_init(struct cli *c)
{
	char sql[PATH_MAX];

	return prepare(c, "init", sql) ? apply(c, sql, true) : CLI_USAGE;
}

static int db_migrate(struct cli *c)
{
	char sql[PATH_MAX];

	return prepare(c, "migrate", sql) ? apply(c, sql, false) : CLI_USAGE;
}

static const char *state_of(const struct ply_migration *m)
{
	if (m->changed)
		return "file changed since";
	if (!m->has_file)
		return "file missing";
	return m->applied ? "applied" : "pending";
}

static int db_status(struct cli *c)
{
	static const struct cli_column col[] = {
		{"database", "DATABASE"}, {"number", "NUMBER"},         {"name", "NAME"},
		{"state", "STATE"},       {"applied_at", "APPLIED AT"},
	};
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct cli_table *t;
	char sql[PATH_MAX];
	int code = CLI_OK;

	if (!prepare(c, "status", sql))
		return CLI_USAGE;
	if (cli_table_begin(&t, c, col, ARRAY_LEN(col)))
		return CLI_REFUSED;
	for (const char *const *db = ply_migrate_databases; *db && code != CLI_UNREACHABLE; db++) {
		struct ply_migration *m = NULL;
		size_t n = 0;
		int r = ply_migrate_status(c->common.database, *db, sql, &m, &n, &err);

		if (r == PLY_DB_E_NONE) {
			cli_table_row(t, (const char *const[]){*db, NULL, NULL, "database missing",
							       NULL});
			code = CLI_REFUSED;
		} else if (r) {
			code = failed("cannot ask database", *db, &err);
		}
		for (size_t i = 0; !r && i < n; i++) {
			char number[16];

			(void)snprintf(number, sizeof number, "%u", m[i].number);
			cli_table_row(t, (const char *const[]){*db, number, m[i].name,
							       state_of(&m[i]), m[i].applied_at});
			if (!m[i].applied || m[i].changed || !m[i].has_file)
				code = CLI_REFUSED;
		}
		ply_free(m);
	}
	cli_table_end(t);
	ply_strbuf_deinit(&err);
	return code;
}

/* clang-format off */
const struct cli_verb cli_db_verbs[] = {
	{ "db", "init", "[--sql DIR]", "create what is missing of rtc, rtcconfig, rtcdyn, lcslog and migrate them",
	  "  parley db init\n  parley --config /etc/parley/parley.conf db init", db_init },
	{ "db", "migrate", "[--sql DIR]", "apply pending migrations to the existing databases",
	  "  parley db migrate\n  parley db migrate --sql /usr/share/parley/sql", db_migrate },
	{ "db", "status", "[--sql DIR]", "what is applied and what is pending; exit code 1 unless all is applied",
	  "  parley db status\n  parley db status --json", db_status },
	{ 0 },
};
/* clang-format on */
