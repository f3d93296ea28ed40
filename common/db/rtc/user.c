#include "db/rtc/rtc_internal.h"
#include "db/rtc/user_sql.h"

#include "base/hash.h"

#include <errno.h>

const struct ply_db_stmt_set ply_rtc_user_set_ = {ply_rtc_user_stmt, ARRAY_LEN(ply_rtc_user_stmt)};

/* The text fields in the order of their columns and arguments, uri first. */
static const size_t text_field[] = {
	offsetof(struct ply_rtc_user, uri),          offsetof(struct ply_rtc_user, login),
	offsetof(struct ply_rtc_user, display_name), offsetof(struct ply_rtc_user, mail),
	offsetof(struct ply_rtc_user, line_uri),     offsetof(struct ply_rtc_user, home_pool),
	offsetof(struct ply_rtc_user, given_name),   offsetof(struct ply_rtc_user, sn),
	offsetof(struct ply_rtc_user, title),        offsetof(struct ply_rtc_user, department),
	offsetof(struct ply_rtc_user, company),      offsetof(struct ply_rtc_user, office),
	offsetof(struct ply_rtc_user, phone),        offsetof(struct ply_rtc_user, city),
	offsetof(struct ply_rtc_user, country),      offsetof(struct ply_rtc_user, meeting_policy),
};
_Static_assert(ARRAY_LEN(text_field) + 2 == RTC_USER_COLS, "id, texts, flags");

static struct ply_slice get_text(const struct ply_rtc_user *u, size_t i)
{
	return *(const struct ply_slice *)(const void *)((const char *)u + text_field[i]);
}

void ply_rtc_user_row(const struct ply_db_res *res, size_t st, size_t row, struct ply_rtc_user *u)
{
	u->id = ply_db_i64(res, st, row, 0);
	for (size_t i = 0; i < ARRAY_LEN(text_field); i++)
		*(struct ply_slice *)(void *)((char *)u + text_field[i]) =
			ply_db_text(res, st, row, i + 1);
	u->flags = ply_db_u32(res, st, row, RTC_USER_COLS - 1);
}

static bool get_key(const struct ply_db_res *res, size_t col, uint8_t *out, size_t len)
{
	struct ply_slice s = ply_db_text(res, 0, 0, col);

	if (s.len != len)
		return false;
	memcpy(out, s.p, len);
	return true;
}

static void cred_row(const struct ply_db_res *res, struct ply_rtc_cred *c)
{
	size_t col = RTC_USER_COLS;

	*c = (struct ply_rtc_cred){0};
	c->has_nt = get_key(res, col, c->nt_hash, sizeof(c->nt_hash));
	c->has_ha1 = get_key(res, col + 1, c->ha1_md5, sizeof(c->ha1_md5)) &&
		     get_key(res, col + 2, c->ha1_sha256, sizeof(c->ha1_sha256));
	c->realm = ply_db_text(res, 0, 0, col + 3);
	c->web_hash = ply_db_text(res, 0, 0, col + 4);
}

static void user_done(const struct ply_db_answer *a)
{
	ply_rtc_user_fn fn = (ply_rtc_user_fn)a->fn;
	struct ply_rtc_user u;
	struct ply_rtc_cred c;

	if (a->r || !ply_db_rows(a->res, 0)) {
		fn(a->ctx, a->r ? a->r : PLY_DB_E_NONE, NULL, NULL);
		return;
	}
	ply_rtc_user_row(a->res, 0, 0, &u);
	cred_row(a->res, &c);
	fn(a->ctx, 0, &u, &c);
	explicit_bzero(&c, sizeof(c));
}

static int load(struct ply_rtc *rtc, unsigned q, struct ply_slice by, ply_rtc_user_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = user_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	ply_db_arg_text(&a, by);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_user_stmt[q], &a);
}

int ply_rtc_user_load(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_user_fn fn, void *ctx)
{
	return load(rtc, Q_LOAD, uri, fn, ctx);
}

int ply_rtc_user_load_login(struct ply_rtc *rtc, struct ply_slice login, ply_rtc_user_fn fn,
			    void *ctx)
{
	return load(rtc, Q_LOAD_LOGIN, login, fn, ctx);
}

static void count_done(const struct ply_db_answer *a)
{
	ply_rtc_count_fn fn = (ply_rtc_count_fn)a->fn;

	fn(a->ctx, a->r, a->r ? 0 : ply_db_i64(a->res, 0, 0, 0));
}

int ply_rtc_user_count(struct ply_rtc *rtc, ply_rtc_count_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.flags = PLY_DB_READ,
		.done = count_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	return ply_db_exec(rtc->db, &ask, &ply_rtc_user_stmt[Q_COUNT], &a);
}

/* --- writing --- */

uint64_t ply_rtc_order_key(struct ply_slice uri)
{
	return ply_hash_slice(uri) | 1u << 31;
}

static void arg_user(struct ply_db_args *a, const struct ply_rtc_user *u)
{
	for (size_t i = 0; i < ARRAY_LEN(text_field); i++)
		ply_db_arg_text(a, get_text(u, i));
	ply_db_arg_i32(a, (int32_t)u->flags);
}

static void arg_cred(struct ply_db_args *a, const struct ply_rtc_cred *c)
{
	static const struct ply_rtc_cred none;

	c = c ? c : &none;
	ply_db_arg_bytes(a, c->has_nt ? c->nt_hash : NULL, sizeof(c->nt_hash));
	ply_db_arg_bytes(a, c->has_ha1 ? c->ha1_md5 : NULL, sizeof(c->ha1_md5));
	ply_db_arg_bytes(a, c->has_ha1 ? c->ha1_sha256 : NULL, sizeof(c->ha1_sha256));
	ply_db_arg_text(a, c->realm);
	ply_db_arg_text(a, c->web_hash);
}

static void id_done(const struct ply_db_answer *a)
{
	ply_rtc_id_fn fn = (ply_rtc_id_fn)a->fn;

	if (!a->r && !ply_db_rows(a->res, 0))
		fn(a->ctx, PLY_DB_E_EXISTS, 0);
	else
		fn(a->ctx, a->r, a->r ? 0 : ply_db_i64(a->res, 0, 0, 0));
}

int ply_rtc_user_add(struct ply_rtc *rtc, const struct ply_rtc_user *u,
		     const struct ply_rtc_cred *c, ply_rtc_id_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.key = ply_rtc_order_key(u->uri),
		.done = id_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	arg_user(&a, u);
	arg_cred(&a, c);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_user_stmt[Q_ADD], &a);
}

static int change(struct ply_rtc *rtc, unsigned q, struct ply_slice uri, struct ply_db_args *a,
		  ply_rtc_done_fn fn, void *ctx)
{
	const struct ply_db_ask ask = {
		.key = ply_rtc_order_key(uri),
		.done = ply_rtc_found,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	return ply_db_exec(rtc->db, &ask, &ply_rtc_user_stmt[q], a);
}

int ply_rtc_user_set(struct ply_rtc *rtc, const struct ply_rtc_user *u, uint32_t mask,
		     ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	arg_user(&a, u);
	ply_db_arg_i32(&a, (int32_t)mask);
	return change(rtc, Q_SET, u->uri, &a, fn, ctx);
}

int ply_rtc_user_delete(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, uri);
	return change(rtc, Q_DELETE, uri, &a, fn, ctx);
}

int ply_rtc_cred_set(struct ply_rtc *rtc, struct ply_slice uri, const struct ply_rtc_cred *c,
		     ply_rtc_done_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;

	ply_db_arg_text(&a, uri);
	arg_cred(&a, c);
	return change(rtc, Q_CRED_SET, uri, &a, fn, ctx);
}

/* --- import: the same columns as arrays --- */

static void arr_texts(struct ply_db_args *a, const struct ply_rtc_user *u, size_t n, size_t field)
{
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++) {
		struct ply_slice s = get_text(&u[i], field);

		ply_db_arr_text(a, s.len ? s : ply_slice(NULL, 0));
	}
	ply_db_arr_close(a);
}

enum cred_key { KEY_NT, KEY_MD5, KEY_SHA256 };

static const uint8_t *cred_key(const struct ply_rtc_cred *c, enum cred_key which)
{
	switch (which) {
	case KEY_NT:
		return c->has_nt ? c->nt_hash : NULL;
	case KEY_MD5:
		return c->has_ha1 ? c->ha1_md5 : NULL;
	default:
		return c->has_ha1 ? c->ha1_sha256 : NULL;
	}
}

static void arr_keys(struct ply_db_args *a, const struct ply_rtc_cred *c, size_t n,
		     enum cred_key which)
{
	ply_db_arr_open(a, PLY_DB_BYTEA);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_bytes(a, c ? cred_key(&c[i], which) : NULL,
				 which == KEY_SHA256 ? 32 : 16);
	ply_db_arr_close(a);
}

static void arr_creds(struct ply_db_args *a, const struct ply_rtc_cred *c, size_t n)
{
	const struct ply_slice none = {NULL, 0};

	arr_keys(a, c, n, KEY_NT);
	arr_keys(a, c, n, KEY_MD5);
	arr_keys(a, c, n, KEY_SHA256);
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_text(a, c ? c[i].realm : none);
	ply_db_arr_close(a);
	ply_db_arr_open(a, PLY_DB_TEXT);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_text(a, c ? c[i].web_hash : none);
	ply_db_arr_close(a);
}

static void import_done(const struct ply_db_answer *a)
{
	ply_rtc_import_fn fn = (ply_rtc_import_fn)a->fn;

	if (a->r)
		fn(a->ctx, a->r, 0, 0);
	else
		fn(a->ctx, 0, (size_t)ply_db_i64(a->res, 0, 0, 0),
		   (size_t)ply_db_i64(a->res, 0, 0, 1));
}

int ply_rtc_user_import(struct ply_rtc *rtc, const struct ply_rtc_user *u,
			const struct ply_rtc_cred *c, size_t n, ply_rtc_import_fn fn, void *ctx)
{
	struct ply_db_args a = PLY_DB_ARGS_INIT;
	const struct ply_db_ask ask = {
		.done = import_done,
		.fn = (void (*)(void))fn,
		.ctx = ctx,
	};

	if (n > PLY_RTC_IMPORT_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < ARRAY_LEN(text_field); i++)
		arr_texts(&a, u, n, i);
	ply_db_arr_open(&a, PLY_DB_INT4);
	for (size_t i = 0; i < n; i++)
		ply_db_arr_i32(&a, (int32_t)u[i].flags);
	ply_db_arr_close(&a);
	arr_creds(&a, c, n);
	return ply_db_exec(rtc->db, &ask, &ply_rtc_user_stmt[Q_IMPORT], &a);
}
