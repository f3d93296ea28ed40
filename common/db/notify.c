#include "db/notify.h"
#include "db/db_internal.h"

#include <errno.h>

int ply_db_listen(struct ply_db *db, const char *channel, ply_db_notify_fn fn, void *ctx)
{
	if (db->n_listen == PLY_DB_LISTEN_MAX)
		return -ENOSPC;
	db->listen[db->n_listen++] = (struct listen){channel, fn, ctx};
	return 0;
}

void ply_db_notify_read(struct conn *c)
{
	PGnotify *n;

	while ((n = PQnotifies(c->pg))) {
		for (size_t i = 0; i < c->db->n_listen; i++) {
			const struct listen *l = &c->db->listen[i];

			if (strcmp(l->channel, n->relname) == 0)
				l->fn(l->ctx, ply_slice_str(n->extra));
		}
		PQfreemem(n);
	}
}

void ply_db_notify_all(struct ply_db *db)
{
	for (size_t i = 0; i < db->n_listen; i++)
		db->listen[i].fn(db->listen[i].ctx, ply_slice(NULL, 0));
}
