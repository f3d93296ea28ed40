/* Loading presentities: seven result sets ordered by uri are dealt out to their users. */
#include "db/rtc/presentity_sql.h"
#include "db/rtc/rtc_internal.h"

#include "base/mem.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_presentity_set_ = {ply_rtc_presentity_stmt,
							ARRAY_LEN(ply_rtc_presentity_stmt)};

static void container_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_container *)out = (struct ply_rtc_container){
		.id = ply_db_u32(res, Q_CONTAINER, row, 1),
		.version = ply_db_u32(res, Q_CONTAINER, row, 2),
	};
}

static void container_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_presentity *p = owner;

	p->container = first;
	p->n_container = n;
}

static void member_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_member *)out = (struct ply_rtc_member){
		.container = ply_db_u32(res, Q_MEMBER, row, 1),
		.type = (enum ply_rtc_member_type)ply_db_i64(res, Q_MEMBER, row, 2),
		.value = ply_db_text(res, Q_MEMBER, row, 3),
	};
}

static void member_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_presentity *p = owner;

	p->member = first;
	p->n_member = n;
}

static void pub_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_pub *)out = (struct ply_rtc_pub){
		.category = ply_db_text(res, Q_PUB, row, 1),
		.instance = ply_db_u32(res, Q_PUB, row, 2),
		.container = ply_db_u32(res, Q_PUB, row, 3),
		.version = ply_db_u32(res, Q_PUB, row, 4),
		.expire = (enum ply_rtc_expire)ply_db_i64(res, Q_PUB, row, 5),
		.expires_ms = ply_db_time(res, Q_PUB, row, 6),
		.published_ms = ply_db_time(res, Q_PUB, row, 7),
		.body = ply_db_text(res, Q_PUB, row, 8),
	};
}

static void pub_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_presentity *p = owner;

	p->pub = first;
	p->n_pub = n;
}

static void subscriber_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_subscriber *)out = (struct ply_rtc_subscriber){
		.watcher = ply_db_text(res, Q_SUBSCRIBER, row, 1),
		.display_name = ply_db_text(res, Q_SUBSCRIBER, row, 2),
		.acknowledged = ply_db_i64(res, Q_SUBSCRIBER, row, 3) != 0,
	};
}

static void subscriber_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_presentity *p = owner;

	p->subscriber = first;
	p->n_subscriber = n;
}

static void group_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_group *)out = (struct ply_rtc_group){
		.id = ply_db_u32(res, Q_GROUP, row, 1),
		.name = ply_db_text(res, Q_GROUP, row, 2),
		.external_uri = ply_db_text(res, Q_GROUP, row, 3),
	};
}

static void group_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_presentity *p = owner;

	p->group = first;
	p->n_group = n;
}

static void contact_row(const struct ply_db_res *res, size_t row, void *out)
{
	*(struct ply_rtc_contact *)out = (struct ply_rtc_contact){
		.uri = ply_db_text(res, Q_CONTACT, row, 1),
		.name = ply_db_text(res, Q_CONTACT, row, 2),
		.groups = (uint64_t)ply_db_i64(res, Q_CONTACT, row, 3),
		.subscribed = ply_db_i64(res, Q_CONTACT, row, 4) != 0,
		.external_uri = ply_db_text(res, Q_CONTACT, row, 5),
		.extension = ply_db_text(res, Q_CONTACT, row, 6),
	};
}

static void contact_place(void *owner, void *first, size_t n)
{
	struct ply_rtc_presentity *p = owner;

	p->contact = first;
	p->n_contact = n;
}

static const struct ply_rtc_rows kinds[] = {
	[Q_USER] = {0, NULL, NULL},
	[Q_CONTAINER] = {sizeof(struct ply_rtc_container), container_row, container_place},
	[Q_MEMBER] = {sizeof(struct ply_rtc_member), member_row, member_place},
	[Q_PUB] = {sizeof(struct ply_rtc_pub), pub_row, pub_place},
	[Q_SUBSCRIBER] = {sizeof(struct ply_rtc_subscriber), subscriber_row, subscriber_place},
	[Q_GROUP] = {sizeof(struct ply_rtc_group), group_row, group_place},
	[Q_CONTACT] = {sizeof(struct ply_rtc_contact), contact_row, contact_place},
};

static int64_t presentity_id(const void *owner)
{
	return ((const struct ply_rtc_presentity *)owner)->user.id;
}

static void deal_all(const struct ply_db_answer *a, struct ply_rtc_presentity *p, size_t n)
{
	ply_rtc_presentity_fn fn = (ply_rtc_presentity_fn)a->fn;
	const struct ply_rtc_owners owners = {p, sizeof(*p), n, presentity_id};
	void *arr[ARRAY_LEN(kinds)] = {NULL};
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		ply_rtc_user_row(a->res, Q_USER, i, &p[i].user);
		p[i].contact_delta = ply_db_u32(a->res, Q_USER, i, RTC_USER_COLS);
	}
	for (size_t st = Q_USER + 1; !r && st < ARRAY_LEN(kinds); st++)
		r = ply_rtc_deal(a->res, st, &kinds[st], &owners, &arr[st]);
	fn(a->ctx, r, r ? NULL : p, r ? 0 : n);
	for (size_t st = 0; st < ARRAY_LEN(kinds); st++)
		ply_free(arr[st]);
}

static void load_done(const struct ply_db_answer *a)
{
	ply_rtc_presentity_fn fn = (ply_rtc_presentity_fn)a->fn;
	struct ply_rtc_presentity *p;
	size_t n;

	if (a->r) {
		fn(a->ctx, a->r, NULL, 0);
		return;
	}
	n = ply_db_rows(a->res, Q_USER);
	p = ply_calloc(n + 1, sizeof(*p));
	if (!p) {
		fn(a->ctx, -ENOMEM, NULL, 0);
		return;
	}
	deal_all(a, p, n);
	ply_free(p);
}

int ply_rtc_presentity_load(struct ply_rtc *rtc, const struct ply_slice *uri, size_t n,
			    ply_rtc_presentity_fn fn, void *ctx)
{
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = load_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};
	struct ply_db_txn *t;

	if (n > PLY_RTC_LOAD_MAX)
		return -EMSGSIZE;
	t = ply_db_txn_new();
	for (size_t st = 0; st < ARRAY_LEN(kinds); st++) {
		struct ply_db_args a = PLY_DB_ARGS_INIT;

		ply_db_arr_open(&a, PLY_DB_TEXT);
		for (size_t i = 0; i < n; i++)
			ply_db_arr_text(&a, uri[i]);
		ply_db_arr_close(&a);
		ply_db_txn_add(t, &ply_rtc_presentity_stmt[st], &a);
	}
	return ply_db_txn_run(rtc->db, &ask, t);
}
