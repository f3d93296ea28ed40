/* Distribution groups in database rtc: a group has an address, members are addresses of users or of
 * other groups (address-book.md §5). Conventions of db/rtc/rtc.h: LENT results, COPIED arguments,
 * lower-case URIs with scheme. Writes are for administrators and are not fenced; those of one group
 * are done in the order they were asked for. Rank 3. Signalling thread only. */
#ifndef PLY_DB_RTC_RTC_DL_H
#define PLY_DB_RTC_RTC_DL_H

#include "db/rtc/rtc.h"

/* Positive results besides those of db/db.h. */
enum {
	PLY_RTC_DL_E_LARGE = 48, /* more members than wanted: none is given */
};

enum {
	PLY_RTC_DL_LIST_MAX = 1000,   /* rows of a page */
	PLY_RTC_DL_CHANGE_MAX = 1000, /* members added or removed by one call */
	PLY_RTC_DL_EXPAND_MAX = 1000, /* users a group is expanded to */
};

/* Absent slices (p NULL) are NULL columns. */
struct ply_rtc_dl {
	struct ply_slice uri;
	struct ply_slice display_name;
	struct ply_slice mail;
	uint64_t n_member; /* groups in it count as one. Result */
};

/* PLY_DB_E_EXISTS: a group or a user has the address. */
int ply_rtc_dl_add(struct ply_rtc *rtc, const struct ply_rtc_dl *g, ply_rtc_done_fn fn, void *ctx);
/* Also takes it out of the groups it is in. PLY_DB_E_NONE. */
int ply_rtc_dl_delete(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_done_fn fn, void *ctx);

/* n: how many are new, or were in it. PLY_DB_E_NONE: no such group. -EMSGSIZE for more than
 * PLY_RTC_DL_CHANGE_MAX. */
int ply_rtc_dl_member_add(struct ply_rtc *rtc, struct ply_slice uri, const struct ply_slice *member,
			  size_t n_member, ply_rtc_count_fn fn, void *ctx);
int ply_rtc_dl_member_remove(struct ply_rtc *rtc, struct ply_slice uri,
			     const struct ply_slice *member, size_t n_member, ply_rtc_count_fn fn,
			     void *ctx);

/* `more`: there are further rows. */
typedef void (*ply_rtc_dls_fn)(void *ctx, int r, const struct ply_rtc_dl *g, size_t n, bool more);
/* In order of uri, those after `after` (empty: from the start), at most `max`
 * (1-PLY_RTC_DL_LIST_MAX). */
int ply_rtc_dl_list(struct ply_rtc *rtc, struct ply_slice after, uint32_t max, ply_rtc_dls_fn fn,
		    void *ctx);
/* One row, or PLY_DB_E_NONE. */
int ply_rtc_dl_load(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_dls_fn fn, void *ctx);

enum ply_rtc_dl_kind {
	PLY_RTC_DL_IS_OTHER, /* of another domain, or nobody */
	PLY_RTC_DL_IS_USER,
	PLY_RTC_DL_IS_GROUP,
};

struct ply_rtc_dl_member_row {
	struct ply_slice uri;
	struct ply_slice display_name;
	uint32_t kind; /* enum ply_rtc_dl_kind */
};

typedef void (*ply_rtc_dl_members_fn)(void *ctx, int r, const struct ply_rtc_dl_member_row *m,
				      size_t n, bool more);
/* Of the group itself, paged like the list. No row for a group that is not there. */
int ply_rtc_dl_members(struct ply_rtc *rtc, struct ply_slice uri, struct ply_slice after,
		       uint32_t max, ply_rtc_dl_members_fn fn, void *ctx);

/* Addresses in order; n 0 for a group with nobody in it. */
typedef void (*ply_rtc_dl_expand_fn)(void *ctx, int r, const struct ply_slice *uri, size_t n);
/* All who are in the group or in a group in it at any depth, each once; groups may contain each
 * other. PLY_DB_E_NONE: no such group. PLY_RTC_DL_E_LARGE: more than max
 * (1-PLY_RTC_DL_EXPAND_MAX). */
int ply_rtc_dl_expand(struct ply_rtc *rtc, struct ply_slice uri, uint32_t max,
		      ply_rtc_dl_expand_fn fn, void *ctx);

#endif
