/* For common/db/rtc/ only. */
#ifndef PLY_DB_RTC_RTC_INTERNAL_H
#define PLY_DB_RTC_RTC_INTERNAL_H

#include "db/exec.h"
#include "db/rtc/rtc.h"
#include "db/txn.h"

struct ply_rtc {
	struct ply_db *db;
	ply_rtc_change_fn change;
	void *change_ctx;
};

extern const struct ply_db_stmt_set ply_rtc_user_set_, ply_rtc_search_set_, ply_rtc_epoch_set_,
	ply_rtc_presence_set_, ply_rtc_contact_set_, ply_rtc_presentity_set_;
extern const struct ply_db_stmt *const ply_rtc_fence;

enum { RTC_USER_COLS = 17 }; /* from `col` on, in the order of user.sql */
void ply_rtc_user_row(const struct ply_db_res *res, size_t st, size_t row, struct ply_rtc_user *u);

/* An ask of the done-function kind. */
struct ply_db_ask ply_rtc_ask(uint64_t key, unsigned flags, ply_rtc_done_fn fn, void *ctx);
void ply_rtc_done(const struct ply_db_answer *a);

#endif
