/* For migrate*.c only: the files of one database. */
#ifndef PLY_DB_MIGRATE_INTERNAL_H
#define PLY_DB_MIGRATE_INTERNAL_H

#include "db/migrate.h"

enum { MIGRATE_FILES_MAX = 999 };

struct migrate_file {
	uint32_t number;
	char name[64];
	char path[512];
	char *sql; /* owned */
};

struct migrate_files {
	struct migrate_file *file; /* owned, number i + 1 at i */
	size_t n;
};

/* Reads DIR/DB/NNN-name.sql. -EBADMSG for a missing or double number, said in err. */
int ply_migrate_files_read(struct migrate_files *f, const char *dir, const char *db,
			   struct ply_strbuf *err);
void ply_migrate_files_clear(struct migrate_files *f);

#endif
