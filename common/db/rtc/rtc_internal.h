/* For common/db/rtc/ only. */
#ifndef PLY_DB_RTC_RTC_INTERNAL_H
#define PLY_DB_RTC_RTC_INTERNAL_H

#include "db/exec.h"
#include "db/rtc/rtc_conf.h"
#include "db/txn.h"

struct ply_rtc {
	struct ply_db *db;
	ply_rtc_change_fn change;
	void *change_ctx;
	ply_rtc_conf_change_fn conf_change;
	void *conf_change_ctx;
};

extern const struct ply_db_stmt_set ply_rtc_user_set_, ply_rtc_search_set_, ply_rtc_epoch_set_,
	ply_rtc_presence_set_, ply_rtc_contact_set_, ply_rtc_presentity_set_, ply_rtc_conf_set_,
	ply_rtc_conf_load_set_, ply_rtc_conf_run_set_, ply_rtc_dl_set_;
extern const struct ply_db_stmt *const ply_rtc_fence;

enum { RTC_USER_COLS = 18 }; /* from `col` on, in the order of user.sql */
void ply_rtc_user_row(const struct ply_db_res *res, size_t st, size_t row, struct ply_rtc_user *u);

/* Changes of one user, by uri, are done in the order they were asked for: the key of the ask. */
uint64_t ply_rtc_order_key(struct ply_slice uri);

/* An ask of the done-function kind. */
struct ply_db_ask ply_rtc_ask(uint64_t key, unsigned flags, ply_rtc_done_fn fn, void *ctx);
void ply_rtc_done(const struct ply_db_answer *a);
/* For statements that give back the row they found: PLY_DB_E_NONE when there is none. */
void ply_rtc_found(const struct ply_db_answer *a);

/* --- deal.c: rows that belong to others, dealt out to them --- */

struct ply_rtc_rows { /* of one statement, the key of the owner in column 0 */
	size_t size;  /* of the struct a row becomes */
	void (*row)(const struct ply_db_res *res, size_t row, void *out);
	void (*place)(void *owner, void *first, size_t n);
};

struct ply_rtc_owners {
	void *first;
	size_t size, n;
	int64_t (*id)(const void *owner);
};

/* GIVES the array in *out (ply_free). Rows come in the order of the owners. An owner that was added
 * between two of the statements has rows, but is none here: they are skipped. */
int ply_rtc_deal(const struct ply_db_res *res, size_t st, const struct ply_rtc_rows *k,
		 const struct ply_rtc_owners *o, void **out);

/* --- conferences --- */

/* conf_notify.c: of channel rtc_conf. */
void ply_rtc_conf_notify(void *rtc, struct ply_slice payload);

#endif
