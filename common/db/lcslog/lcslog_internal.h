/* For common/db/lcslog/ only. */
#ifndef PLY_DB_LCSLOG_LCSLOG_INTERNAL_H
#define PLY_DB_LCSLOG_LCSLOG_INTERNAL_H

#include "db/exec.h"
#include "db/lcslog/lcslog.h"
#include "db/txn.h"

struct ply_lcslog {
	struct ply_db *db;
};

extern const struct ply_db_stmt_set ply_lcslog_put_set_, ply_lcslog_list_set_;

#endif
