/* Schema migrations: DIR/<database>/NNN-name.sql, numbered without gaps from 1, each applied in a
 * transaction of its own under an advisory lock and noted in schema_version (number, name,
 * checksum, applied_at) of the same database: the version is stored there and nowhere else. Safe to
 * run again and to run twice at once. Synchronous libpq: for `parley db ...`, never on a role's
 * loop. Rank 3. */
#ifndef PLY_DB_MIGRATE_H
#define PLY_DB_MIGRATE_H

#include "base/ply.h"
#include "base/strbuf.h"

/* "rtc", "rtcconfig", "rtcdyn", "lcslog"; NULL ends the list. */
extern const char *const ply_migrate_databases[];

struct ply_migration {
	uint32_t number;
	char name[64];       /* "base" of 001-base.sql */
	bool applied;        /* stands in schema_version */
	bool has_file;       /* false: the database is newer than the files */
	bool changed;        /* the file differs from what was applied */
	char applied_at[40]; /* ISO 8601, "" when pending */
};

/* `conninfo` names server and user; its dbname is replaced by `db`. In all three a failure is a
 * negative code with one or two lines for people in err. */

/* Creates `db` when it is missing (connects to "postgres" for that); *created says so. */
int ply_migrate_create(const char *conninfo, const char *db, bool *created, struct ply_strbuf *err);
/* GIVES *out (ply_free), ordered by number. A database without schema_version has all pending;
 * PLY_DB_E_NONE when the database does not exist. */
int ply_migrate_status(const char *conninfo, const char *db, const char *dir,
		       struct ply_migration **out, size_t *n, struct ply_strbuf *err);
/* Applies what is pending; *n_applied counts. -EBADMSG: a file changed after it was applied, or a
 * number is missing or double. -ENOTSUP: the database is newer than the files. */
int ply_migrate_apply(const char *conninfo, const char *db, const char *dir, size_t *n_applied,
		      struct ply_strbuf *err);

#endif
