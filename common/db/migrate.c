#include "db/migrate_internal.h"

#include "base/mem.h"
#include "db/db.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

const char *const ply_migrate_databases[] = {"rtc", "rtcconfig", "rtcdyn", "lcslog", NULL};

#define LOCK_SQL   "SELECT pg_advisory_lock(20551, 2)"
#define EXISTS_SQL "SELECT to_regclass('schema_version') IS NOT NULL"
#define TABLE_SQL                                                                                  \
	"CREATE TABLE IF NOT EXISTS schema_version (number integer PRIMARY KEY, name text NOT "    \
	"NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"            \
	"COMMENT ON TABLE schema_version IS 'migrations applied; the version is the largest "      \
	"number'"
#define LIST_SQL                                                                                   \
	"SELECT number, name, checksum, to_char(applied_at AT TIME ZONE 'UTC', "                   \
	"'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM schema_version ORDER BY number"
#define SUM_SQL  "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')"
#define NOTE_SQL "INSERT INTO schema_version (number, name, checksum) VALUES ($1, $2, $3)"

static void quiet(void *ctx, const PGresult *res)
{
	(void)ctx;
	(void)res;
}

static void add_line(struct ply_strbuf *err, const char *what, const char *text)
{
	struct ply_slice line = ply_slice_trim(ply_slice_str(text));

	ply_strbuf_addf(err, "%s: %.*s\n", what, PLY_SLICE_ARG(line));
}

static int connect_to(PGconn **out, const char *conninfo, const char *db, struct ply_strbuf *err)
{
	const char *keys[] = {"dbname",          "dbname",          "fallback_application_name",
			      "client_encoding", "connect_timeout", NULL};
	const char *vals[] = {conninfo, db, "parley", "UTF8", "10", NULL};
	bool missing;

	*out = PQconnectdbParams(keys, vals, 1);
	if (PQstatus(*out) == CONNECTION_OK) {
		PQsetNoticeReceiver(*out, quiet, NULL);
		return 0;
	}
	missing = strstr(PQerrorMessage(*out), "does not exist") &&
		  strstr(PQerrorMessage(*out), "database \"");
	add_line(err, db, PQerrorMessage(*out));
	PQfinish(*out);
	*out = NULL;
	return missing ? PLY_DB_E_NONE : -ENOTCONN;
}

static bool is_good(const PGresult *res)
{
	ExecStatusType st = PQresultStatus(res);

	return st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK;
}

static int run(PGconn *pg, const char *sql, struct ply_strbuf *err)
{
	PGresult *res = PQexec(pg, sql);
	int r = is_good(res) ? 0 : -EIO;

	if (r)
		add_line(err, PQdb(pg), PQresultErrorMessage(res));
	PQclear(res);
	return r;
}

int ply_migrate_create(const char *conninfo, const char *db, bool *created, struct ply_strbuf *err)
{
	/* Sorting by bytes keeps indexes valid over changes of the system's locale. */
	static const char *const how[] = {
		" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
		" TEMPLATE template0 ENCODING 'UTF8'",
	};
	PGconn *pg;
	char sql[200];
	int r = connect_to(&pg, conninfo, "postgres", err);
	const char *state = NULL;

	*created = false;
	if (r)
		return r > 0 ? -ENOTCONN : r;
	for (size_t i = 0; i < ARRAY_LEN(how) && !*created; i++) {
		PGresult *res;

		snprintf(sql, sizeof(sql), "CREATE DATABASE \"%s\"%s", db, how[i]);
		res = PQexec(pg, sql);
		*created = is_good(res);
		state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		r = *created ? 0 : -EIO;
		/* There already, or made by somebody else this moment. */
		if (state && (strcmp(state, "42P04") == 0 || strcmp(state, "23505") == 0))
			r = 0;
		if (r && i + 1 == ARRAY_LEN(how))
			add_line(err, db, PQresultErrorMessage(res));
		PQclear(res);
		if (!r)
			break;
	}
	PQfinish(pg);
	return r;
}

static int checksum(PGconn *pg, const char *sql, char out[65], struct ply_strbuf *err)
{
	PGresult *res = PQexecParams(pg, SUM_SQL, 1, NULL, &sql, NULL, NULL, 0);
	int r = PQresultStatus(res) == PGRES_TUPLES_OK ? 0 : -EIO;

	if (r)
		add_line(err, PQdb(pg), PQresultErrorMessage(res));
	else
		snprintf(out, 65, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return r;
}

static int list_applied(PGconn *pg, PGresult **out, struct ply_strbuf *err)
{
	PGresult *res = PQexec(pg, EXISTS_SQL);
	bool there = PQresultStatus(res) == PGRES_TUPLES_OK && *PQgetvalue(res, 0, 0) == 't';

	*out = NULL;
	if (!there && is_good(res)) {
		PQclear(res);
		return 0;
	}
	PQclear(res);
	res = PQexec(pg, LIST_SQL);
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		add_line(err, PQdb(pg), PQresultErrorMessage(res));
		PQclear(res);
		return -EIO;
	}
	*out = res;
	return 0;
}

/* Rows and files side by side: both are numbered from 1 without gaps. */
static int compare(PGconn *pg, const PGresult *rows, const struct migrate_files *f,
		   struct ply_migration **out, size_t *n, struct ply_strbuf *err)
{
	size_t n_rows = rows ? (size_t)PQntuples(rows) : 0;
	char sum[65];
	int r = 0;

	*n = ply_max_size(n_rows, f->n);
	*out = ply_calloc(*n + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; !r && i < *n; i++) {
		struct ply_migration *m = &(*out)[i];

		m->number = (uint32_t)i + 1;
		m->applied = i < n_rows;
		m->has_file = i < f->n;
		snprintf(m->name, sizeof(m->name), "%s",
			 m->has_file ? f->file[i].name : PQgetvalue(rows, (int)i, 1));
		if (m->applied)
			snprintf(m->applied_at, sizeof(m->applied_at), "%s",
				 PQgetvalue(rows, (int)i, 3));
		if (m->applied && m->has_file) {
			r = checksum(pg, f->file[i].sql, sum, err);
			m->changed = !r && strcmp(sum, PQgetvalue(rows, (int)i, 2)) != 0;
		}
	}
	if (r) {
		ply_free(*out);
		*out = NULL;
	}
	return r;
}

static int look(PGconn *pg, const struct migrate_files *f, struct ply_migration **out, size_t *n,
		struct ply_strbuf *err)
{
	PGresult *rows = NULL;
	int r = list_applied(pg, &rows, err);

	if (!r)
		r = compare(pg, rows, f, out, n, err);
	PQclear(rows);
	return r;
}

/* One database and its migration files. */
struct work {
	struct migrate_files f;
	PGconn *pg;
};

static int work_open(struct work *w, const char *conninfo, const char *db, const char *dir,
		     struct ply_strbuf *err)
{
	int r = ply_migrate_files_read(&w->f, dir, db, err);

	w->pg = NULL;
	return r ? r : connect_to(&w->pg, conninfo, db, err);
}

static void work_close(struct work *w)
{
	PQfinish(w->pg);
	ply_migrate_files_clear(&w->f);
}

int ply_migrate_status(const char *conninfo, const char *db, const char *dir,
		       struct ply_migration **out, size_t *n, struct ply_strbuf *err)
{
	struct work w;
	int r;

	*out = NULL;
	*n = 0;
	r = work_open(&w, conninfo, db, dir, err);
	if (!r)
		r = look(w.pg, &w.f, out, n, err);
	work_close(&w);
	return r;
}

/* "path:LINE: text" of a failed migration. */
static void say_where(const struct migrate_file *m, const PGresult *res, struct ply_strbuf *err)
{
	const char *pos = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	unsigned long at = pos ? strtoul(pos, NULL, 10) : 0;
	unsigned line = 1;

	for (const char *p = m->sql; *p && at > 1; p++, at--)
		line += *p == '\n';
	ply_strbuf_addf(err, "%s:%u: %s\n", m->path, line, text ? text : "refused");
}

static int apply_in_transaction(PGconn *pg, const struct migrate_file *m, struct ply_strbuf *err)
{
	char number[16], sum[65];
	const char *vals[] = {number, m->name, sum};
	PGresult *res;
	int r;

	res = PQexec(pg, m->sql);
	r = is_good(res) || PQresultStatus(res) == PGRES_EMPTY_QUERY ? 0 : -EIO;
	if (r)
		say_where(m, res, err);
	PQclear(res);
	if (!r)
		r = checksum(pg, m->sql, sum, err);
	if (r)
		return r;
	snprintf(number, sizeof(number), "%u", m->number);
	res = PQexecParams(pg, NOTE_SQL, 3, NULL, vals, NULL, NULL, 0);
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		add_line(err, m->path, PQresultErrorMessage(res));
		r = -EIO;
	}
	PQclear(res);
	return r;
}

static int apply_one(PGconn *pg, const struct migrate_file *m, struct ply_strbuf *err)
{
	int r = run(pg, "BEGIN", err);

	if (r)
		return r;
	r = apply_in_transaction(pg, m, err);
	if (!r)
		return run(pg, "COMMIT", err);
	PQclear(PQexec(pg, "ROLLBACK"));
	return r;
}

static int check(const struct ply_migration *m, size_t n, const struct migrate_files *f,
		 const char *db, struct ply_strbuf *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!m[i].has_file) {
			ply_strbuf_addf(err,
					"%s: the database has migration %03u-%s, which is newer "
					"than this release\n",
					db, m[i].number, m[i].name);
			return -ENOTSUP;
		}
		if (m[i].changed) {
			ply_strbuf_addf(err, "%s: changed after it was applied at %s\n",
					f->file[i].path, m[i].applied_at);
			return -EBADMSG;
		}
	}
	return 0;
}

static int apply_pending(PGconn *pg, const struct migrate_files *f, size_t *n_applied,
			 struct ply_strbuf *err)
{
	struct ply_migration *m = NULL;
	size_t n = 0;
	int r = run(pg, LOCK_SQL, err); /* until the connection closes */

	if (!r)
		r = run(pg, TABLE_SQL, err);
	if (!r)
		r = look(pg, f, &m, &n, err);
	if (!r)
		r = check(m, n, f, PQdb(pg), err);
	for (size_t i = 0; !r && i < n; i++) {
		if (m[i].applied)
			continue;
		r = apply_one(pg, &f->file[i], err);
		*n_applied += r == 0;
	}
	ply_free(m);
	return r;
}

int ply_migrate_apply(const char *conninfo, const char *db, const char *dir, size_t *n_applied,
		      struct ply_strbuf *err)
{
	struct work w;
	int r;

	*n_applied = 0;
	r = work_open(&w, conninfo, db, dir, err);
	if (!r)
		r = apply_pending(w.pg, &w.f, n_applied, err);
	work_close(&w);
	return r;
}
