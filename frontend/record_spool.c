/* Records stand in three places, one after the other: `queue` in memory, the oldest; then `behind`
 * records in files alone, from (from, at) on; at last `pending`, not written yet. With nothing
 * behind, the queue has everything. Each file counts its records, so that the oldest in the queue
 * is the first not acknowledged of the first file that has any. */
#include "frontend/record_spool.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/record_file.h"

#include <errno.h>

enum { SYNC_MS = 1000, SHARE = 16, FILE_LEAST = 16 * 1024, FILE_MOST = 4 << 20 };

struct fe_spool {
	struct ply_loop *loop;
	const struct ply_log *log;
	char *dir;
	size_t max, memory, file_max;
	char feed[PLY_UUID_MAX];
	uint64_t number, last_id, shed;
	struct ply_list files;         /* oldest first */
	struct fe_spool_file *current; /* the one written to; NULL: the next record makes one */
	struct ply_strbuf queue;
	size_t taken;               /* octets at its beginning that are acknowledged */
	size_t n_queue;             /* records after those */
	size_t behind;              /* records in files alone */
	struct fe_spool_file *from; /* where those begin */
	size_t at;
	struct ply_strbuf pending;
	size_t n_pending;
	struct ply_defer write;
	struct ply_timer tick; /* sync; a new try after a write that failed */
	struct fe_sync sync;
	bool failed, said, dirty;
};

PLY_COUNTER(shed_total, "parley_frontend_records_shed_total",
	    "call detail records lost because the spool was full or could not be written");

static struct fe_spool_file *file_of(struct ply_list *n)
{
	return container_of(n, struct fe_spool_file, node);
}

static void lose(struct fe_spool *s, size_t n)
{
	if (n && !s->shed)
		ply_warn(s->log, "record.shed", KI("records", n), KI("waiting", s->n_queue),
			 KS("why", s->failed ? "spool cannot be written" : "spool is full"));
	s->shed += n;
	ply_counter_add(&shed_total, (int64_t)n);
}

/* --- files --- */

static size_t total(struct fe_spool *s)
{
	size_t sum = s->pending.len;

	PLY_LIST_FOR(it, &s->files)
		sum += file_of(it)->size;
	return sum;
}

/* The file is gone; what memory has of it stays, the rest is lost. */
static void drop_file(struct fe_spool *s, struct fe_spool_file *f)
{
	if (s->behind && s->from == f) {
		size_t in_queue = s->n_queue, lost;

		PLY_LIST_FOR(it, &s->files) {
			if (file_of(it) == f)
				break;
			in_queue -= file_of(it)->n - file_of(it)->done;
		}
		lost = f->n - f->done - in_queue;
		f->n -= lost;
		s->behind -= lost;
		s->from = s->behind && f->node.next != &s->files ? file_of(f->node.next) : NULL;
		s->at = PLY_CDR_HEAD_LEN;
		lose(s, lost);
	}
	fe_spool_file_remove(s->dir, f);
}

static void keep_bound(struct fe_spool *s)
{
	struct ply_list *n = s->files.next;

	while (n != &s->files && total(s) > s->max) {
		struct fe_spool_file *f = file_of(n);

		n = n->next;
		if (f->file && f != s->current)
			drop_file(s, f);
	}
}

/* Files of which everything is acknowledged. */
static void trim(struct fe_spool *s)
{
	PLY_LIST_FOR_SAFE(it, next, &s->files) {
		struct fe_spool_file *f = file_of(it);

		if (f->done < f->n)
			return;
		if (f == s->current && f->file && !s->n_pending && !fe_spool_file_empty(f))
			return;
		if (f == s->current)
			return;
		fe_spool_file_remove(s->dir, f);
		fe_spool_file_free(f);
	}
}

static void spool_failed(struct fe_spool *s, int r)
{
	if (!s->said)
		ply_warn(s->log, "record.spool-failed", KS("dir", s->dir), KI("err", r));
	s->failed = s->said = true;
}

/* It is not written to any more. */
static void close_current(struct fe_spool *s)
{
	fe_spool_file_close(s->current);
	s->current = NULL;
}

/* What waited to be written and is in memory too goes on from there; the rest is lost. */
static void write_failed(struct fe_spool *s, int r)
{
	size_t lost = ply_min_size(s->behind, s->n_pending);

	spool_failed(s, r);
	s->behind -= lost;
	s->current->n -= lost;
	if (!s->behind)
		s->from = NULL;
	close_current(s);
	lose(s, lost);
}

static void tick(void *ctx)
{
	struct fe_spool *s = ctx;

	s->failed = false;
	if (s->dirty && s->current && s->current->fd >= 0)
		fe_sync_start(&s->sync, s->current->fd);
	s->dirty = false;
}

static void write_pending(void *ctx)
{
	struct fe_spool *s = ctx;
	struct fe_spool_file *f = s->current;
	int r = 0;

	if (!s->n_pending)
		return;
	if (f->file)
		r = fe_spool_file_append(f, ply_strbuf_slice(&s->pending));
	if (r)
		write_failed(s, r);
	else if (f->file)
		s->said = false;
	ply_strbuf_reset(&s->pending);
	s->n_pending = 0;
	s->dirty = true;
	if (!ply_timer_is_active(&s->tick))
		ply_timer_start(s->loop, &s->tick, SYNC_MS, tick, s);
	if (s->current && f->size > s->file_max) {
		fe_sync_start(&s->sync, f->fd);
		close_current(s);
	}
	keep_bound(s);
}

static bool have_current(struct fe_spool *s)
{
	uint64_t id = ply_wall_ms();

	if (s->current)
		return true;
	s->last_id = id > s->last_id ? id : s->last_id + 1;
	s->current = fe_spool_file_new(s->failed ? NULL : s->dir, s->last_id, s->feed);
	if (!s->current)
		return false;
	ply_list_push(&s->files, &s->current->node);
	if (s->dir && !s->current->file && !s->failed)
		spool_failed(s, -errno);
	return true;
}

/* A file of memory alone is replaced by a real one when the time has come to try again. */
static void leave_memory_file(struct fe_spool *s)
{
	if (s->current && s->dir && !s->current->file && !s->failed && !s->n_pending)
		s->current = NULL;
}

/* --- adding --- */

static bool queue_has_room(const struct fe_spool *s, size_t len)
{
	return s->queue.len - s->taken + len <= s->memory;
}

/* Beside the file, in memory; or, when that is full, in the file alone. false: in neither. */
static bool place(struct fe_spool *s, struct ply_slice text)
{
	if (!s->behind && queue_has_room(s, text.len)) {
		ply_strbuf_add_slice(&s->queue, text);
		if (!ply_strbuf_err(&s->queue)) {
			s->n_queue++;
			return true;
		}
		s->queue.err = 0;
	}
	if (!s->current->file)
		return false;
	if (!s->behind) {
		s->from = s->current;
		s->at = s->current->size + (size_t)(text.p - s->pending.p);
	}
	s->behind++;
	return true;
}

void fe_spool_add(struct fe_spool *s, struct ply_cdr *r)
{
	size_t before;

	leave_memory_file(s);
	if (!have_current(s)) {
		lose(s, 1);
		return;
	}
	r->number = ++s->number;
	before = s->pending.len;
	ply_cdr_write(&s->pending, r);
	if (ply_strbuf_err(&s->pending) ||
	    !place(s, ply_slice_from(ply_strbuf_slice(&s->pending), before))) {
		s->pending.len = before;
		s->pending.err = 0;
		lose(s, 1);
		return;
	}
	s->current->n++;
	s->n_pending++;
	ply_defer_flush(s->loop, &s->write, write_pending, s);
}

size_t fe_spool_waiting(const struct fe_spool *s)
{
	return s->n_queue + s->behind;
}

uint64_t fe_spool_shed(const struct fe_spool *s)
{
	return s->shed;
}

/* --- taking --- */

static size_t count_whole(struct ply_slice text, size_t max_bytes, size_t *bytes)
{
	struct ply_cdr r;
	size_t n = 0, len;

	*bytes = 0;
	while (*bytes < max_bytes && ply_cdr_read(text, &r, &len) == PLY_CDR_OK) {
		text = ply_slice_from(text, len);
		*bytes += len;
		n++;
	}
	return n;
}

/* The empty queue gets what comes next in the files. False: nothing could be read there. */
static bool refill(struct fe_spool *s)
{
	struct fe_spool_file *f = s->from;
	size_t left = 0, n, bytes;

	if (fe_spool_file_read(s->dir, f, s->at, &s->queue))
		ply_strbuf_reset(&s->queue);
	n = count_whole(ply_strbuf_slice(&s->queue), s->memory, &bytes);
	s->queue.len = bytes;
	left = f->n - f->done;
	if (!n || n > left) { /* the disk forgot it, or somebody wrote into it */
		ply_strbuf_reset(&s->queue);
		drop_file(s, f);
		return false;
	}
	s->n_queue = n;
	s->behind -= n;
	s->at += bytes;
	if (n == left || !s->behind) {
		s->from = s->behind ? file_of(f->node.next) : NULL;
		s->at = PLY_CDR_HEAD_LEN;
	}
	return true;
}

static struct fe_spool_file *first_open(struct fe_spool *s)
{
	PLY_LIST_FOR(it, &s->files)
		if (file_of(it)->done < file_of(it)->n)
			return file_of(it);
	return NULL;
}

size_t fe_spool_peek(struct fe_spool *s, struct ply_cdr *out, size_t max, const char **feed)
{
	struct fe_spool_file *f;
	struct ply_slice text;
	size_t n = 0, len;

	if (!s->n_queue) {
		write_pending(s);
		ply_strbuf_reset(&s->queue);
		s->taken = 0;
		while (s->behind && !refill(s))
			trim(s);
	}
	f = first_open(s);
	if (!f || !s->n_queue)
		return 0;
	*feed = f->feed;
	max = ply_min_size(max, ply_min_size(s->n_queue, f->n - f->done));
	text = ply_slice_from(ply_strbuf_slice(&s->queue), s->taken);
	while (n < max && ply_cdr_read(text, &out[n], &len) == PLY_CDR_OK) {
		text = ply_slice_from(text, len);
		n++;
	}
	return n;
}

void fe_spool_ack(struct fe_spool *s, size_t n)
{
	struct fe_spool_file *f = first_open(s);
	struct ply_cdr r;
	size_t len;

	for (; n && f && s->n_queue; n--) {
		if (ply_cdr_read(ply_slice_from(ply_strbuf_slice(&s->queue), s->taken), &r, &len))
			break;
		s->taken += len;
		s->n_queue--;
		f->done++;
	}
	if (!s->n_queue || s->taken > s->memory / 2) {
		s->queue.len -= s->taken;
		if (s->queue.p)
			memmove(s->queue.p, s->queue.p + s->taken, s->queue.len);
		s->taken = 0;
	}
	trim(s);
}

/* --- life --- */

static void take_over(struct fe_spool *s)
{
	PLY_LIST_FOR(it, &s->files) {
		s->behind += file_of(it)->n;
		s->last_id = file_of(it)->id;
	}
	if (!s->behind)
		return;
	s->from = file_of(s->files.next);
	s->at = PLY_CDR_HEAD_LEN;
	ply_info(s->log, "record.spool-found", KI("records", s->behind));
}

int fe_spool_new(struct fe_spool **out, struct ply_loop *loop, const struct fe_spool_conf *conf,
		 const struct ply_log *log)
{
	struct fe_spool *s = ply_calloc(1, sizeof *s);
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->log = log;
	s->max = conf->max;
	s->memory = conf->memory;
	s->file_max = ply_min_size(ply_max_size(conf->max / SHARE, FILE_LEAST), FILE_MOST);
	ply_random_uuid(s->feed);
	ply_list_init(&s->files);
	if (conf->dir) {
		s->dir = ply_strdup(conf->dir);
		r = s->dir ? fe_spool_file_scan(s->dir, &s->files) : -ENOMEM;
	}
	if (r) {
		fe_spool_free(s);
		return r;
	}
	take_over(s);
	*out = s;
	return 0;
}

void fe_spool_free(struct fe_spool *s)
{
	struct ply_list *n;

	if (!s)
		return;
	write_pending(s);
	if (s->current && s->current->file && s->current->done == s->current->n)
		fe_spool_file_remove(s->dir, s->current);
	ply_defer_stop(&s->write);
	ply_timer_stop(&s->tick);
	fe_sync_deinit(&s->sync);
	while ((n = ply_list_first(&s->files)))
		fe_spool_file_free(file_of(n));
	ply_strbuf_deinit(&s->queue);
	ply_strbuf_deinit(&s->pending);
	ply_free(s->dir);
	ply_free(s);
}
