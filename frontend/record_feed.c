/* Records become batches for lcslog: one under way, the next when it is committed. lcslog away or
 * slow: they wait in the spool. A batch the database refuses is sent record by record; the one it
 * cannot take, however often asked, is dropped so that the others go on. */
#include "frontend/record_feed.h"

#include "base/counter.h"
#include "base/mem.h"
#include "frontend/record_spool.h"

#include <errno.h>

enum {
	GATHER_MS = 300, /* the first record of a batch waits for others */
	RETRY_MS = 1000,
	RETRY_MAX_MS = 30000,
	REFUSED_MAX = 8, /* tries of a single record */
	MEMORY = 1 << 20,
};
#define FEED_LIFE_MS (90ULL * 24 * 3600 * 1000)

struct fe_records {
	struct fe *fe;
	struct ply_log log;
	struct ply_lcslog *lcslog;
	struct fe_spool *spool;
	struct ply_timer timer;
	size_t under_way; /* records of the batch */
	size_t limit;     /* records of the next batch */
	unsigned tries;   /* of this one, all in vain */
	bool forgot;      /* feeds of long ago */
};

PLY_COUNTER(records_total, "parley_frontend_records_total", "call detail records made");
PLY_COUNTER(stored_total, "parley_frontend_records_stored_total",
	    "call detail records committed in lcslog");
PLY_COUNTER(refused_total, "parley_frontend_records_refused_total",
	    "call detail records that lcslog did not take");
PLY_GAUGE(waiting_gauge, "parley_frontend_records_waiting",
	  "call detail records that are not in lcslog yet");

static void send(void *ctx);

static void send_in(struct fe_records *s, uint64_t ms)
{
	ply_timer_start(s->fe->loop, &s->timer, ms, send, s);
}

static void done_with(struct fe_records *s, size_t n)
{
	fe_spool_ack(s->spool, n);
	s->tries = 0;
	ply_counter_set(&waiting_gauge, (int64_t)fe_spool_waiting(s->spool));
	if (fe_spool_waiting(s->spool))
		send_in(s, s->limit > 1 ? 0 : 1);
}

/* Half a minute at most; the database says itself when it is back. */
static void again(struct fe_records *s)
{
	unsigned shift = s->tries < 5 ? s->tries : 5;

	s->tries++;
	send_in(s, ply_min_size((size_t)RETRY_MS << shift, RETRY_MAX_MS));
}

static void refused(struct fe_records *s, size_t n, int r)
{
	s->limit = 1;
	if (n > 1) {
		s->tries = 0;
		send_in(s, 1);
		return;
	}
	if (s->tries + 1 < REFUSED_MAX) {
		again(s);
		return;
	}
	ply_error(&s->log, "record.refused", KI("err", r), KI("tries", REFUSED_MAX));
	ply_counter_inc(&refused_total);
	done_with(s, 1);
}

static void stored(void *ctx, int r)
{
	struct fe_records *s = ctx;
	size_t n = s->under_way;

	s->under_way = 0;
	if (r == -ECANCELED)
		return;
	if (r == -EIO || r > 0) {
		refused(s, n, r);
		return;
	}
	if (r) {
		again(s);
		return;
	}
	ply_counter_add(&stored_total, (int64_t)n);
	s->limit = ply_min_size(s->limit * 2, PLY_LCSLOG_BATCH_MAX);
	done_with(s, n);
}

static void send(void *ctx)
{
	struct fe_records *s = ctx;
	struct ply_cdr r[PLY_LCSLOG_BATCH_MAX];
	struct ply_lcslog_feed feed = {.server = s->fe->fqdn, .pool = s->fe->pool};
	size_t n;

	if (s->under_way)
		return;
	n = fe_spool_peek(s->spool, r, s->limit, &feed.uuid);
	if (!n)
		return;
	if (ply_lcslog_put(s->lcslog, &feed, r, n, stored, s))
		again(s);
	else
		s->under_way = n;
}

static void database_state(void *ctx, bool up)
{
	struct fe_records *s = ctx;

	if (!up)
		return;
	if (!s->forgot)
		(void)ply_lcslog_forget_feeds(s->lcslog, ply_wall_ms() - FEED_LIFE_MS, NULL, NULL);
	s->forgot = true;
	if (!s->under_way && fe_spool_waiting(s->spool))
		send_in(s, 0);
}

int fe_records_new(struct fe *fe, struct ply_lcslog *lcslog, const char *state_dir)
{
	struct fe_records *s = ply_calloc(1, sizeof *s);
	struct ply_strbuf dir = PLY_STRBUF_INIT;
	struct fe_spool_conf conf = {.max = fe->conf->cdr_spool_max, .memory = MEMORY};
	int r;

	if (!s)
		return -ENOMEM;
	s->fe = fe;
	s->lcslog = lcslog;
	s->limit = PLY_LCSLOG_BATCH_MAX;
	ply_log_init(&s->log, &fe->log);
	if (state_dir)
		ply_strbuf_addf(&dir, "%s/spool", state_dir);
	conf.dir = state_dir ? ply_strbuf_str(&dir) : NULL;
	r = ply_strbuf_err(&dir);
	if (!r)
		r = fe_spool_new(&s->spool, fe->loop, &conf, &s->log);
	ply_strbuf_deinit(&dir);
	if (r) {
		ply_free(s);
		return r;
	}
	ply_db_on_state(ply_lcslog_db(lcslog), database_state, s);
	fe->records = s;
	return 0;
}

void fe_records_free(struct fe *fe)
{
	struct fe_records *s = fe->records;

	if (!s)
		return;
	ply_timer_stop(&s->timer);
	fe_spool_free(s->spool);
	ply_free(s);
	fe->records = NULL;
}

void fe_record_add(struct fe *fe, struct ply_cdr *r)
{
	struct fe_records *s = fe->records;

	if (!s)
		return;
	r->value[PLY_CDR_AT] = ply_wall_ms();
	fe_spool_add(s->spool, r);
	ply_counter_inc(&records_total);
	ply_counter_set(&waiting_gauge, (int64_t)fe_spool_waiting(s->spool));
	if (!s->under_way && !ply_timer_is_active(&s->timer))
		send_in(s, GATHER_MS);
}
