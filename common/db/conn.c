/* One connection: opening, waiting, deadlines, losing and opening again. */
#include "db/db_internal.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"

#include <errno.h>

enum { BACKOFF_MIN_MS = 100, BACKOFF_MAX_MS = 5000, OPEN_MAX_MS = 5000, TICK_MS = 50 };

PLY_COUNTER(opened, "parley_db_opened_total", "Connections opened and ready.");
PLY_COUNTER(lost, "parley_db_lost_total", "Connections lost after they were ready.");

static void on_ready(void *ctx, unsigned ready);

static void on_notice(void *ctx, const PGresult *res)
{
	const struct conn *c = ctx;
	const char *level = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	ply_debug(NULL, "db.notice-received", KS("db", c->db->name),
		  KS("level", level ? level : ""), KS("text", text ? text : ""));
}

void ply_db_conn_init(struct conn *c, struct ply_db *db, unsigned index)
{
	c->db = db;
	c->index = index;
	ply_list_init(&c->queue);
	ply_list_init(&c->flight);
	c->backoff_ms = BACKOFF_MIN_MS;
}

static void hang_up(struct conn *c)
{
	ply_watch_stop(&c->watch);
	ply_timer_stop(&c->retry);
	ply_defer_stop(&c->flush);
	PQfinish(c->pg);
	c->pg = NULL;
	c->cur = NULL;
	c->solo = c->seg_failed = c->seg_dead = false;
}

static struct ply_db_txn *take(struct ply_list *head)
{
	struct ply_list *n = ply_list_first(head);

	if (!n)
		return NULL;
	ply_list_del(n);
	return container_of(n, struct ply_db_txn, node);
}

void ply_db_conn_deinit(struct conn *c)
{
	struct ply_db_txn *t;

	hang_up(c);
	ply_timer_stop(&c->tick);
	c->failed = true;
	while ((t = take(&c->flight)) || (t = take(&c->queue)))
		ply_db_txn_answer(c->db, t, -ECANCELED);
}

/* --- opening --- */

static void attempt_failed(struct conn *c, const char *why)
{
	struct ply_db *db = c->db;

	ply_db_say(db, why);
	if (!c->failed)
		ply_warn(NULL, "db.connect-failed", KS("db", db->name), KI("conn", c->index),
			 KS("err", db->last_err));
	else
		ply_debug(NULL, "db.connect-failed", KS("db", db->name), KI("conn", c->index),
			  KS("err", db->last_err));
	hang_up(c);
	c->state = CONN_IDLE;
	c->failed = true;
	ply_db_conn_start(c);
	if (!db->n_up)
		ply_db_state_changed(db, false);
}

static void on_patience(void *ctx)
{
	attempt_failed(ctx, "no answer to the attempt to connect");
}

static int watch_as_polled(struct conn *c, PostgresPollingStatusType poll)
{
	unsigned want = poll == PGRES_POLLING_READING ? PLY_READ : PLY_WRITE;

	return ply_watch_start(c->db->loop, &c->watch, PQsocket(c->pg), want, on_ready, c);
}

static void become_prepared(struct conn *c)
{
	PQsetNoticeReceiver(c->pg, on_notice, c);
	c->state = CONN_PREPARING;
	if (PQsetnonblocking(c->pg, 1) || !PQenterPipelineMode(c->pg) || ply_db_prepare_send(c) ||
	    ply_watch_start(c->db->loop, &c->watch, PQsocket(c->pg), PLY_READ, on_ready, c) ||
	    ply_db_conn_rearm(c))
		attempt_failed(c, PQerrorMessage(c->pg));
}

static void poll_connect(struct conn *c)
{
	PostgresPollingStatusType poll;

	ply_watch_stop(&c->watch); /* the descriptor may be another one afterwards */
	poll = PQconnectPoll(c->pg);
	if (poll == PGRES_POLLING_OK)
		become_prepared(c);
	else if (poll == PGRES_POLLING_FAILED || watch_as_polled(c, poll))
		attempt_failed(c, PQerrorMessage(c->pg));
}

static void connect_now(void *ctx)
{
	struct conn *c = ctx;
	const char *keys[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *vals[] = {c->db->conninfo, "parley", "UTF8", NULL};

	c->pg = PQconnectStartParams(keys, vals, 1);
	c->state = CONN_CONNECTING;
	ply_timer_start(c->db->loop, &c->retry, OPEN_MAX_MS, on_patience, c);
	if (!c->pg || PQstatus(c->pg) == CONNECTION_BAD ||
	    watch_as_polled(c, PGRES_POLLING_WRITING))
		attempt_failed(c, c->pg ? PQerrorMessage(c->pg) : "out of memory");
}

void ply_db_conn_start(struct conn *c)
{
	uint32_t wait = c->failed ? c->backoff_ms : 0;

	if (c->failed && c->backoff_ms < BACKOFF_MAX_MS)
		c->backoff_ms =
			c->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : c->backoff_ms * 2;
	ply_timer_start(c->db->loop, &c->retry, wait, connect_now, c);
}

static void flush_now(void *ctx)
{
	struct conn *c = ctx;

	if (c->state == CONN_READY && ply_list_empty(&c->flight) && !ply_list_empty(&c->queue) &&
	    ply_db_segment_send(c))
		ply_db_conn_lost(c, PQerrorMessage(c->pg));
}

static void become_ready(struct conn *c)
{
	struct ply_db *db = c->db;
	bool again = c->opened;

	ply_timer_stop(&c->retry);
	c->state = CONN_READY;
	c->failed = false;
	c->opened = true;
	c->backoff_ms = BACKOFF_MIN_MS;
	db->last_ok_ms = ply_wall_ms();
	ply_counter_inc(&opened);
	ply_info(NULL, "db.opened", KS("db", db->name), KI("conn", c->index),
		 KI("server", PQserverVersion(c->pg)));
	ply_defer_flush(db->loop, &c->flush, flush_now, c);
	if (db->n_up++ == 0)
		ply_db_state_changed(db, true);
	if (again && c->index == 0)
		ply_db_notify_all(db);
}

/* --- deadlines --- */

static bool expired(const struct ply_db_txn *t, uint64_t now)
{
	return t->deadline <= now;
}

static void on_tick(void *ctx)
{
	struct conn *c = ctx;
	uint64_t now = ply_mono_ms();
	bool late = false;

	PLY_LIST_FOR(n, &c->flight)
		late |= expired(container_of(n, struct ply_db_txn, node), now);
	if (late)
		ply_db_conn_lost(c, "no answer before the deadline");
	/* An answer may queue, so each pass starts at the head again; deadlines are in order. */
	for (struct ply_list *n; (n = ply_list_first(&c->queue)) != NULL;) {
		struct ply_db_txn *t = container_of(n, struct ply_db_txn, node);

		if (!expired(t, now))
			break;
		c->n_queue--;
		ply_list_del(n);
		ply_db_txn_answer(c->db, t, -ETIMEDOUT);
	}
	if (!ply_list_empty(&c->queue) || !ply_list_empty(&c->flight))
		ply_timer_start(c->db->loop, &c->tick, TICK_MS, on_tick, c);
}

void ply_db_conn_ask(struct conn *c, struct ply_db_txn *t)
{
	ply_list_push(&c->queue, &t->node);
	c->n_queue++;
	if (!ply_timer_is_active(&c->tick))
		ply_timer_start(c->db->loop, &c->tick, TICK_MS, on_tick, c);
	if (c->state == CONN_READY && ply_list_empty(&c->flight))
		ply_defer_flush(c->db->loop, &c->flush, flush_now, c);
}

/* --- losing --- */

/* Reads go back to the head of the queue once, in their order; the rest is answered. */
static void answer_flight(struct conn *c)
{
	uint64_t now = ply_mono_ms();
	struct ply_list out, *at = c->queue.next;
	struct ply_db_txn *t;

	ply_list_init(&out);
	while ((t = take(&c->flight))) {
		ply_db_txn_clear_results(t);
		t->err = 0;
		if (!expired(t, now) && t->ask.flags & PLY_DB_READ && !t->resent) {
			t->resent = true;
			ply_list_add_before(at, &t->node);
			c->n_queue++;
		} else {
			ply_list_push(&out, &t->node);
		}
	}
	while ((t = take(&out)))
		ply_db_txn_answer(c->db, t, expired(t, now) ? -ETIMEDOUT : -ECONNRESET);
}

void ply_db_conn_lost(struct conn *c, const char *why)
{
	struct ply_db *db = c->db;

	ply_db_say(db, why && *why ? why : "the server closed the connection");
	ply_warn(NULL, "db.lost", KS("db", db->name), KI("conn", c->index),
		 KS("err", db->last_err));
	ply_counter_inc(&lost);
	hang_up(c);
	c->state = CONN_IDLE;
	ply_db_conn_start(c);
	if (--db->n_up == 0)
		ply_db_state_changed(db, false);
	answer_flight(c);
}

/* --- running --- */

int ply_db_conn_rearm(struct conn *c)
{
	int left = PQflush(c->pg);

	if (left < 0)
		return -ECONNRESET;
	return ply_watch_want(&c->watch, left ? PLY_READ | PLY_WRITE : PLY_READ);
}

static void read_prepared(struct conn *c)
{
	int r = ply_db_prepare_read(c);

	if (r > 0)
		become_ready(c);
	else if (r < 0)
		attempt_failed(c, c->db->last_err);
}

static void on_ready(void *ctx, unsigned ready)
{
	struct conn *c = ctx;

	if (c->state == CONN_CONNECTING) {
		poll_connect(c);
		return;
	}
	if ((ready & PLY_READ && !PQconsumeInput(c->pg)) || ply_db_conn_rearm(c)) {
		if (c->state == CONN_READY)
			ply_db_conn_lost(c, PQerrorMessage(c->pg));
		else
			attempt_failed(c, PQerrorMessage(c->pg));
		return;
	}
	if (c->state == CONN_PREPARING) {
		read_prepared(c);
		return;
	}
	if (ply_db_segment_read(c)) {
		ply_db_conn_lost(c, PQerrorMessage(c->pg));
		return;
	}
	if (c->index == 0)
		ply_db_notify_read(c);
	flush_now(c);
}
