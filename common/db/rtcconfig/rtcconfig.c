#include "db/rtcconfig/rtcconfig.h"
#include "db/exec.h"
#include "db/notify.h"
#include "db/rtcconfig/setting_sql.h"

#include "base/mem.h"

#include <errno.h>

struct ply_rtcconfig {
	struct ply_db *db;
	ply_rtcconfig_change_fn change;
	void *change_ctx;
};

/* "level class"; a level has no blank. */
static void on_notify(void *ctx, struct ply_slice payload)
{
	const struct ply_rtcconfig *cfg = ctx;
	struct ply_slice level = {NULL, 0};

	if (!cfg->change)
		return;
	if (payload.p)
		ply_slice_split(&payload, ' ', &level);
	cfg->change(cfg->change_ctx, level, payload);
}

int ply_rtcconfig_open(struct ply_rtcconfig **out, struct ply_loop *loop,
		       const struct ply_db_conf *conf)
{
	const struct ply_db_stmt_set set = {ply_rtcconfig_setting_stmt,
					    ARRAY_LEN(ply_rtcconfig_setting_stmt)};
	const struct ply_db_open open = {
		.name = "rtcconfig", .set = &set, .n_set = 1, .default_conns = 1};
	struct ply_rtcconfig *cfg = ply_calloc(1, sizeof(*cfg));
	int r;

	if (!cfg)
		return -ENOMEM;
	r = ply_db_open(&cfg->db, loop, &open, conf);
	if (!r)
		r = ply_db_listen(cfg->db, "rtcconfig_setting", on_notify, cfg);
	if (r) {
		ply_rtcconfig_close(cfg);
		return r;
	}
	*out = cfg;
	return 0;
}

void ply_rtcconfig_close(struct ply_rtcconfig *cfg)
{
	if (!cfg)
		return;
	cfg->change = NULL;
	ply_db_close(cfg->db);
	ply_free(cfg);
}

struct ply_db *ply_rtcconfig_db(struct ply_rtcconfig *cfg)
{
	return cfg->db;
}

void ply_rtcconfig_on_change(struct ply_rtcconfig *cfg, ply_rtcconfig_change_fn fn, void *ctx)
{
	cfg->change = fn;
	cfg->change_ctx = ctx;
}

static struct ply_rtcconfig_setting *rows_of(const struct ply_db_res *res, size_t n)
{
	struct ply_rtcconfig_setting *s = ply_calloc(n + 1, sizeof(*s));

	for (size_t i = 0; s && i < n; i++)
		s[i] = (struct ply_rtcconfig_setting){
			.level = ply_db_text(res, 0, i, 0),
			.class_ = ply_db_text(res, 0, i, 1),
			.instance = ply_db_text(res, 0, i, 2),
			.property = ply_db_text(res, 0, i, 3),
			.value = ply_db_text(res, 0, i, 4),
			.mtime_ms = ply_db_time(res, 0, i, 5),
		};
	return s;
}

static void give(const struct ply_db_answer *a, bool one)
{
	ply_rtcconfig_list_fn fn = (ply_rtcconfig_list_fn)a->fn;
	size_t n = a->r ? 0 : ply_db_rows(a->res, 0);
	struct ply_rtcconfig_setting *s;

	if (a->r || (one && !n)) {
		fn(a->ctx, a->r ? a->r : PLY_DB_E_NONE, NULL, 0);
		return;
	}
	s = rows_of(a->res, n);
	fn(a->ctx, s ? 0 : -ENOMEM, s, s ? n : 0);
	ply_free(s);
}

static void list_done(const struct ply_db_answer *a)
{
	give(a, false);
}

static void get_done(const struct ply_db_answer *a)
{
	give(a, true);
}

static void set_done(const struct ply_db_answer *a)
{
	ply_rtcconfig_done_fn fn = (ply_rtcconfig_done_fn)a->fn;

	if (fn)
		fn(a->ctx, a->r);
}

static struct ply_slice or_empty(struct ply_slice s)
{
	return s.p ? s : ply_slice("", 0);
}

static void arg_key(struct ply_db_args *a, const struct ply_rtcconfig_setting *s)
{
	ply_db_arg_text(a, or_empty(s->level));
	ply_db_arg_text(a, or_empty(s->class_));
	ply_db_arg_text(a, or_empty(s->instance));
	ply_db_arg_text(a, or_empty(s->property));
}

int ply_rtcconfig_list(struct ply_rtcconfig *cfg, struct ply_slice level, struct ply_slice class_,
		       ply_rtcconfig_list_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {.key = 1,
				       .flags = PLY_DB_READ,
				       .done = list_done,
				       .fn = (void (*)(void))fn,
				       .ctx = ctx};

	ply_db_arg_text(&a, or_empty(level));
	ply_db_arg_text(&a, or_empty(class_));
	return ply_db_exec(cfg->db, &ask, &ply_rtcconfig_setting_stmt[Q_LIST], &a);
}

int ply_rtcconfig_get(struct ply_rtcconfig *cfg, const struct ply_rtcconfig_setting *key,
		      ply_rtcconfig_list_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {.key = 1,
				       .flags = PLY_DB_READ,
				       .done = get_done,
				       .fn = (void (*)(void))fn,
				       .ctx = ctx};

	arg_key(&a, key);
	return ply_db_exec(cfg->db, &ask, &ply_rtcconfig_setting_stmt[Q_GET], &a);
}

int ply_rtcconfig_set(struct ply_rtcconfig *cfg, const struct ply_rtcconfig_setting *s,
		      ply_rtcconfig_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.key = 1, .done = set_done, .fn = (void (*)(void))fn, .ctx = ctx};

	arg_key(&a, s);
	if (s->value.p)
		ply_db_arg_text(&a, s->value);
	return ply_db_exec(cfg->db, &ask,
			   &ply_rtcconfig_setting_stmt[s->value.p ? Q_PUT : Q_DELETE], &a);
}
