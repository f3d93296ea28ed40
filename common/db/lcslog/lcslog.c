#include "db/lcslog/lcslog_internal.h"

#include "base/mem.h"

#include <errno.h>

int ply_lcslog_open(struct ply_lcslog **out, struct ply_loop *loop, const struct ply_db_conf *conf)
{
	const struct ply_db_stmt_set sets[] = {ply_lcslog_put_set_, ply_lcslog_list_set_};
	const struct ply_db_open open = {
		.name = "lcslog",
		.set = sets,
		.n_set = ARRAY_LEN(sets),
		.default_conns = 1,
	};
	struct ply_lcslog *log = ply_calloc(1, sizeof(*log));
	int r;

	if (!log)
		return -ENOMEM;
	r = ply_db_open(&log->db, loop, &open, conf);
	if (r) {
		ply_free(log);
		return r;
	}
	*out = log;
	return 0;
}

void ply_lcslog_close(struct ply_lcslog *log)
{
	if (!log)
		return;
	ply_db_close(log->db);
	ply_free(log);
}

struct ply_db *ply_lcslog_db(struct ply_lcslog *log)
{
	return log->db;
}
