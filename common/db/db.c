#include "db/db_internal.h"

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

enum { CONNS_MAX = 16, QUEUE_DEFAULT = 10000, DEADLINE_DEFAULT_MS = 3000 };

static const char *option(const PQconninfoOption *o, const char *key)
{
	for (; o->keyword; o++)
		if (strcmp(o->keyword, key) == 0)
			return o->val && *o->val ? o->val : NULL;
	return NULL;
}

static bool all_numeric(const char *hosts)
{
	struct ply_slice rest = ply_slice_str(hosts), host;
	struct in6_addr a;
	char buf[INET6_ADDRSTRLEN];

	while (ply_slice_split(&rest, ',', &host)) {
		if (host.len && (host.p[0] == '/' || host.p[0] == '@'))
			continue;
		if (!ply_slice_copy(host, buf, sizeof(buf)) ||
		    (inet_pton(AF_INET, buf, &a) != 1 && inet_pton(AF_INET6, buf, &a) != 1))
			return false;
	}
	return true;
}

/* libpq resolves names blocking, so none may be left to resolve. */
static int check_conninfo(const char *name, const char *conninfo)
{
	char *text = NULL;
	PQconninfoOption *o = PQconninfoParse(conninfo, &text);
	const char *host;
	int r = 0;

	if (!o) {
		ply_error(NULL, "db.conninfo-refused", KS("db", name), KS("err", text));
		PQfreemem(text);
		return -EINVAL;
	}
	host = option(o, "host");
	if (host && !option(o, "hostaddr") && !all_numeric(host)) {
		ply_error(NULL, "db.conninfo-refused", KS("db", name), KS("host", host),
			  KS("err", "the host must be an address or a socket folder, or go with "
				    "hostaddr"));
		r = -EINVAL;
	}
	PQconninfoFree(o);
	return r;
}

int ply_db_open(struct ply_db **out, struct ply_loop *loop, const struct ply_db_open *open,
		const struct ply_db_conf *conf)
{
	uint32_t n = conf->conns ? conf->conns : open->default_conns;
	struct ply_db *db;
	int r;

	if (!n || n > CONNS_MAX || open->n_set > PLY_DB_SETS_MAX || !conf->conninfo)
		return ply_err_origin(-EINVAL);
	r = check_conninfo(open->name, conf->conninfo);
	if (r)
		return r;
	db = ply_calloc(1, sizeof(*db) + n * sizeof(struct conn));
	if (!db)
		return -ENOMEM;
	db->conninfo = ply_strdup(conf->conninfo);
	if (!db->conninfo) {
		ply_free(db);
		return -ENOMEM;
	}
	db->loop = loop;
	db->name = open->name;
	db->fence = open->fence;
	db->n_set = open->n_set;
	for (size_t i = 0; i < open->n_set; i++)
		db->set[i] = open->set[i];
	db->n_conn = n;
	db->queue_max = conf->queue_max ? conf->queue_max : QUEUE_DEFAULT;
	db->deadline_ms = conf->deadline_ms ? conf->deadline_ms : DEADLINE_DEFAULT_MS;
	for (unsigned i = 0; i < n; i++) {
		ply_db_conn_init(&db->conn[i], db, i);
		ply_db_conn_start(&db->conn[i]);
	}
	*out = db;
	return 0;
}

void ply_db_close(struct ply_db *db)
{
	if (!db)
		return;
	db->state_fn = NULL;
	for (size_t i = 0; i < db->n_conn; i++)
		ply_db_conn_deinit(&db->conn[i]);
	ply_free(db->conninfo);
	ply_free(db);
}

void ply_db_set_epoch(struct ply_db *db, int64_t epoch)
{
	db->epoch = epoch;
}

bool ply_db_is_there(const struct ply_db *db)
{
	for (size_t i = 0; i < db->n_conn; i++)
		if (!db->conn[i].failed)
			return true;
	return false;
}

void ply_db_state(const struct ply_db *db, struct ply_db_state *out)
{
	*out = (struct ply_db_state){
		.name = db->name,
		.up = db->n_up > 0,
		.conns_up = db->n_up,
		.conns = db->n_conn,
		.queued = db->n_pending,
		.last_ok_ms = db->last_ok_ms,
		.last_err = db->last_err,
	};
}

void ply_db_on_state(struct ply_db *db, ply_db_state_fn fn, void *ctx)
{
	db->state_fn = fn;
	db->state_ctx = ctx;
}

void ply_db_say(struct ply_db *db, const char *text)
{
	size_t n;

	if (text != db->last_err)
		snprintf(db->last_err, sizeof(db->last_err), "%s", text);
	n = strlen(db->last_err);
	while (n && (db->last_err[n - 1] == '\n' || db->last_err[n - 1] == ' '))
		db->last_err[--n] = '\0';
	for (char *p = db->last_err; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
}

void ply_db_state_changed(struct ply_db *db, bool up)
{
	if (db->state_fn)
		db->state_fn(db->state_ctx, up);
}
