/* Several statements of one caller: one callback, all or nothing, whole in one segment. Errors
 * while it is put together are remembered and given by the run. Rank 3. */
#ifndef PLY_DB_TXN_H
#define PLY_DB_TXN_H

#include "db/exec.h"

struct ply_db_txn;

struct ply_db_txn *ply_db_txn_new(void); /* GIVES; NULL (memory) is fine for the next two */
/* TAKES what args holds. */
void ply_db_txn_add(struct ply_db_txn *t, const struct ply_db_stmt *stmt, struct ply_db_args *args);
/* TAKES t in every case. Return value as ply_db_exec. */
int ply_db_txn_run(struct ply_db *db, const struct ply_db_ask *ask, struct ply_db_txn *t);

#endif
