/* The opening segment of a connection: session settings, LISTEN, every statement prepared. A
 * statement the server does not take is named in the log and in the state. */
#include "db/db_internal.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>

/* A server process whose client is gone, or that waits longer than anybody here, gives up by
 * itself: what it holds locked must not outlive the caller's interest. */
#define SESSION_SQL                                                                                \
	"SELECT set_config('statement_timeout', $1, false), "                                      \
	"set_config('client_connection_check_interval', '1000', false), "                          \
	"set_config('jit', 'off', false)"

static size_t listens(const struct conn *c)
{
	return c->index == 0 ? c->db->n_listen : 0;
}

static int send_all(struct conn *c)
{
	struct ply_db *db = c->db;
	char timeout[16], sql[96];
	const char *arg = timeout;

	snprintf(timeout, sizeof(timeout), "%u", db->deadline_ms + 1000);
	if (!PQsendQueryParams(c->pg, SESSION_SQL, 1, NULL, &arg, NULL, NULL, 0))
		return -ECONNRESET;
	c->prep_n = 1;
	for (size_t i = 0; i < listens(c); i++, c->prep_n++) {
		snprintf(sql, sizeof(sql), "LISTEN %s", db->listen[i].channel);
		if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0))
			return -ECONNRESET;
	}
	for (size_t s = 0; s < db->n_set; s++) {
		for (size_t i = 0; i < db->set[s].n; i++, c->prep_n++) {
			const struct ply_db_stmt *st = &db->set[s].stmt[i];

			if (!PQsendPrepare(c->pg, st->name, st->sql, 0, NULL))
				return -ECONNRESET;
		}
	}
	return 0;
}

int ply_db_prepare_send(struct conn *c)
{
	c->prep_pos = 0;
	if (send_all(c) || !PQpipelineSync(c->pg))
		return -ECONNRESET;
	return 0;
}

static const char *name_of(const struct conn *c, size_t pos)
{
	const struct ply_db *db = c->db;

	if (pos == 0)
		return "session settings";
	pos -= 1;
	if (pos < listens(c))
		return db->listen[pos].channel;
	pos -= listens(c);
	for (size_t s = 0; s < db->n_set; s++) {
		if (pos < db->set[s].n)
			return db->set[s].stmt[pos].name;
		pos -= db->set[s].n;
	}
	return "?";
}

static void say_broken(struct conn *c, const PGresult *res)
{
	const char *name = name_of(c, c->prep_pos);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	char line[240];

	snprintf(line, sizeof(line), "statement %s: %s", name, text ? text : "refused");
	ply_db_say(c->db, line);
	if (!c->failed)
		ply_error(NULL, "db.statement-refused", KS("db", c->db->name),
			  KS("statement", name), KS("err", text ? text : ""));
}

static int take_result(struct conn *c, PGresult *res)
{
	ExecStatusType st = PQresultStatus(res);
	int r = 0;

	if (st == PGRES_PIPELINE_SYNC) {
		r = 1;
	} else if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK) {
		c->prep_pos++;
	} else {
		say_broken(c, res);
		r = -EBADMSG;
	}
	PQclear(res);
	return r;
}

int ply_db_prepare_read(struct conn *c)
{
	unsigned nothing = 0;
	int r = 0;

	while (!r && !PQisBusy(c->pg)) {
		PGresult *res = PQgetResult(c->pg);

		if (!res && nothing++) {
			ply_db_say(c->db, PQerrorMessage(c->pg));
			return -ECONNRESET;
		}
		if (res) {
			nothing = 0;
			r = take_result(c, res);
		}
	}
	return r;
}
