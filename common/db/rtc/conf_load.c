/* Loading conferences: five result sets ordered by id are dealt out. The list of summaries. */
#include "db/rtc/conf_load_sql.h"
#include "db/rtc/rtc_internal.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_conf_load_set_ = {ply_rtc_conf_load_stmt,
						       ARRAY_LEN(ply_rtc_conf_load_stmt)};

enum { CONF_COLS = 16 };

static void conf_row(const struct ply_db_res *res, size_t row, struct ply_rtc_conf *c)
{
	*c = (struct ply_rtc_conf){
		.id = ply_db_i64(res, 0, row, 0),
		.organizer = ply_db_text(res, 0, row, 1),
		.conf_id = ply_db_text(res, 0, row, 2),
		.guid = ply_db_text(res, 0, row, 3),
		.subject = ply_db_text(res, 0, row, 4),
		.description = ply_db_text(res, 0, row, 5),
		.key = ply_db_text(res, 0, row, 6),
		.notification_data = ply_db_text(res, 0, row, 7),
		.organizer_data = ply_db_text(res, 0, row, 8),
		.admission = ply_db_u32(res, 0, row, 9),
		.expiry_rule = ply_db_u32(res, 0, row, 10),
		.expires_ms = ply_db_time(res, 0, row, 11),
		.created_ms = ply_db_time(res, 0, row, 12),
		.updated_ms = ply_db_time(res, 0, row, 13),
		.activated_ms = ply_db_time(res, 0, row, 14),
		.version = ply_db_u32(res, 0, row, 15),
	};
}

static void user_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_conf_user *)out = (struct ply_rtc_conf_user){
		.uri = ply_db_text(res, Q_USER, row, 1),
		.role = ply_db_u32(res, Q_USER, row, 2),
	};
}

static void user_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_conf_full *c = owner;

	c->lists.user = first;
	c->lists.n_user = n;
}

static void mcu_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_conf_mcu *)out = (struct ply_rtc_conf_mcu){
		.type = ply_db_text(res, Q_MCU, row, 1),
		.settings = ply_db_text(res, Q_MCU, row, 2),
	};
}

static void mcu_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_conf_full *c = owner;

	c->lists.mcu = first;
	c->lists.n_mcu = n;
}

static void active_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_conf_active *)out = (struct ply_rtc_conf_active){
		.frontend = ply_db_text(res, Q_ACTIVE, row, 1),
		.epoch = ply_db_i64(res, Q_ACTIVE, row, 2),
		.instance = ply_db_text(res, Q_ACTIVE, row, 3),
		.activated_ms = ply_db_time(res, Q_ACTIVE, row, 4),
		.last_join_ms = ply_db_time(res, Q_ACTIVE, row, 5),
		.enterprise_left_ms = ply_db_time(res, Q_ACTIVE, row, 6),
		.locked = ply_db_i64(res, Q_ACTIVE, row, 7) != 0,
		.end_wanted = ply_db_i64(res, Q_ACTIVE, row, 8) != 0,
	};
}

static void active_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_conf_full *c = owner;

	c->active = n ? first : NULL;
}

static void party_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_conf_party *)out = (struct ply_rtc_conf_party){
		.uri = ply_db_text(res, Q_PARTY, row, 1),
		.endpoint = ply_db_text(res, Q_PARTY, row, 2),
		.display_name = ply_db_text(res, Q_PARTY, row, 3),
		.auth = ply_db_u32(res, Q_PARTY, row, 4),
		.role = ply_db_u32(res, Q_PARTY, row, 5),
		.joined_ms = ply_db_time(res, Q_PARTY, row, 6),
	};
}

/* It was not active when the statement before this one looked: then nobody is in it. */
static void party_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_conf_full *c = owner;

	c->party = first;
	c->n_party = c->active ? n : 0;
}

static const struct ply_rtc_rows kinds[] = {
	[Q_CONF] = {0, NULL, NULL},
	[Q_USER] = {sizeof(struct ply_rtc_conf_user), user_row, user_place},
	[Q_MCU] = {sizeof(struct ply_rtc_conf_mcu), mcu_row, mcu_place},
	[Q_ACTIVE] = {sizeof(struct ply_rtc_conf_active), active_row, active_place},
	[Q_PARTY] = {sizeof(struct ply_rtc_conf_party), party_row, party_place},
};

static int64_t conf_key(const void *owner)
{
	return ((const struct ply_rtc_conf_full *)owner)->conf.id;
}

/* What ply_conf_pick() takes: a name, or a page. */
struct pick {
	struct ply_slice organizer, conf_id, frontend;
	int64_t after;
};

static int ask_load(struct ply_rtc *rtc, const struct ply_db_ask *ask, const struct pick *p)
{
	struct ply_db_txn *t = ply_db_txn_new();

	for (size_t st = 0; st < ARRAY_LEN(kinds); st++) {
		struct ply_db_args a = PLY_DB_ARGS_INIT;

		ply_db_arg_text(&a, p->organizer);
		ply_db_arg_text(&a, p->conf_id);
		ply_db_arg_text(&a, p->frontend);
		ply_db_arg_i64(&a, p->after);
		ply_db_arg_i64(&a, PLY_RTC_CONF_PAGE);
		ply_db_txn_add(t, &ply_rtc_conf_load_stmt[st], &a);
	}
	return ply_db_txn_run(rtc->db, ask, t);
}

typedef void (*give_fn)(void *to, int r, const struct ply_rtc_conf_full *c, size_t n);

static void deal_all(const struct ply_db_res *res, struct ply_rtc_conf_full *c, size_t n,
		     give_fn give, void *to)
{
	const struct ply_rtc_owners owners = {c, sizeof(*c), n, conf_key};
	void *arr[ARRAY_LEN(kinds)] = {NULL};
	int r = 0;

	for (size_t i = 0; i < n; i++)
		conf_row(res, i, &c[i].conf);
	for (size_t st = Q_CONF + 1; !r && st < ARRAY_LEN(kinds); st++)
		r = ply_rtc_deal(res, st, &kinds[st], &owners, &arr[st]);
	give(to, r, c, r ? 0 : n);
	for (size_t st = 0; st < ARRAY_LEN(kinds); st++)
		ply_free(arr[st]);
}

static void loaded(const struct ply_db_answer *a, give_fn give, void *to)
{
	size_t n = a->r ? 0 : ply_db_rows(a->res, Q_CONF);
	struct ply_rtc_conf_full *c = ply_calloc(n + 1, sizeof(*c));

	if (a->r || !c)
		give(to, a->r ? a->r : -ENOMEM, NULL, 0);
	else
		deal_all(a->res, c, n, give, to);
	ply_free(c);
}

/* --- one --- */

static void give_one(void *to, int r, const struct ply_rtc_conf_full *c, size_t n)
{
	const struct ply_db_answer *a = to;
	ply_rtc_conf_fn fn = (ply_rtc_conf_fn)a->fn;

	fn(a->ctx, !r && !n ? PLY_DB_E_NONE : r, n ? c : NULL);
}

static void load_done(const struct ply_db_answer *a)
{
	struct ply_db_answer to = *a;

	loaded(a, give_one, &to);
}

int ply_rtc_conf_load(struct ply_rtc *rtc, struct ply_slice organizer, struct ply_slice conf_id,
		      ply_rtc_conf_fn fn, void *ctx)
{
	const struct pick p = {.organizer = organizer.p ? organizer : ply_slice("", 0),
			       .conf_id = conf_id};
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = load_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	return ask_load(rtc, &ask, &p);
}

/* --- all of a Front End --- */

/* Lives from the ask to the last page. */
struct actives {
	struct ply_rtc *rtc;
	ply_rtc_conf_actives_fn fn;
	void *ctx;
	char *frontend; /* owned */
};

static int ask_actives(struct actives *l, int64_t after);

static void actives_free(struct actives *l)
{
	ply_free(l->frontend);
	ply_free(l);
}

static void give_page(void *to, int r, const struct ply_rtc_conf_full *c, size_t n)
{
	struct actives *l = to;
	bool more = !r && n == PLY_RTC_CONF_PAGE;

	if (more)
		r = ask_actives(l, c[n - 1].conf.id);
	more = more && !r;
	l->fn(l->ctx, r, r ? NULL : c, r ? 0 : n, more);
	if (!more)
		actives_free(l);
}

static void actives_done(const struct ply_db_answer *a)
{
	loaded(a, give_page, a->ctx);
}

static int ask_actives(struct actives *l, int64_t after)
{
	const struct pick p = {.frontend = ply_slice_str(l->frontend), .after = after};
	const struct ply_db_ask ask = {.flags = PLY_DB_READ, .done = actives_done, .ctx = l};

	return ask_load(l->rtc, &ask, &p);
}

int ply_rtc_conf_active_list(struct ply_rtc *rtc, struct ply_slice frontend,
			     ply_rtc_conf_actives_fn fn, void *ctx)
{
	struct actives *l = ply_calloc(1, sizeof(*l));
	int r = -ENOMEM;

	if (!l)
		return r;
	*l = (struct actives){rtc, fn, ctx, ply_slice_dup(frontend)};
	if (l->frontend)
		r = ask_actives(l, 0);
	if (r)
		actives_free(l);
	return r;
}

/* --- summaries --- */

/* One row more than wanted was asked for; the last column says how many that were. */
static void give_list(const struct ply_db_answer *a, struct ply_rtc_conf_summary *s)
{
	ply_rtc_conf_list_fn fn = (ply_rtc_conf_list_fn)a->fn;
	size_t n = ply_db_rows(a->res, 0);
	bool more = n && (int64_t)n == ply_db_i64(a->res, 0, 0, CONF_COLS + 2);

	n -= more;
	for (size_t i = 0; i < n; i++) {
		conf_row(a->res, i, &s[i].conf);
		s[i].frontend = ply_db_text(a->res, 0, i, CONF_COLS);
		s[i].active = s[i].frontend.p != NULL;
		s[i].n_party = ply_db_u32(a->res, 0, i, CONF_COLS + 1);
	}
	fn(a->ctx, 0, s, n, more);
}

static void list_done(const struct ply_db_answer *a)
{
	ply_rtc_conf_list_fn fn = (ply_rtc_conf_list_fn)a->fn;
	struct ply_rtc_conf_summary *s = NULL;

	if (!a->r)
		s = ply_calloc(ply_db_rows(a->res, 0) + 1, sizeof(*s));
	if (s)
		give_list(a, s);
	else
		fn(a->ctx, a->r ? a->r : -ENOMEM, NULL, 0, false);
	ply_free(s);
}

int ply_rtc_conf_list(struct ply_rtc *rtc, struct ply_slice organizer, int64_t after, uint32_t max,
		      ply_rtc_conf_list_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = list_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	max = max < 1 ? 1 : max > PLY_RTC_CONF_LIST_MAX ? PLY_RTC_CONF_LIST_MAX : max;
	ply_db_arg_i64(&a, after);
	ply_db_arg_i64(&a, (int64_t)max + 1);
	if (organizer.len)
		ply_db_arg_text(&a, organizer);
	return ply_db_exec(rtc->db, &ask,
			   &ply_rtc_conf_load_stmt[organizer.len ? Q_LIST_OF : Q_LIST], &a);
}
