/* Conferences in database rtc: definitions, and what a running one must get back after a crash
 * (meeting-lifecycle.md §1-4, §8-9). Conventions of db/rtc/rtc.h: LENT results, COPIED arguments,
 * lower-case URIs with scheme; writes carry the pool epoch and may give PLY_DB_E_FENCED (the ones
 * marked "not fenced" are for administrators and carry none). Every function answers after the
 * commit; what is asked for in one turn goes in one group commit. A load sees what is committed:
 * not a write that is still unanswered. Times are wall clock milliseconds of the caller's clock; 0
 * is "never". Writes of one conference (by id) are done in the order they were asked for, so are
 * those of one organizer's definitions. Rank 3. Signalling thread only. */
#ifndef PLY_DB_RTC_RTC_CONF_H
#define PLY_DB_RTC_RTC_CONF_H

#include "db/rtc/rtc.h"

/* Positive results besides those of db/db.h. */
enum {
	PLY_RTC_CONF_E_MAXIMUM = 32, /* the organizer has as many as allowed */
	PLY_RTC_CONF_E_STALE,        /* changed since the version that was given */
	PLY_RTC_CONF_E_OWNED,        /* active on another Front End of the same or a later epoch */
	PLY_RTC_CONF_E_INACTIVE,     /* there is such a conference, but it is not active */
};

enum ply_rtc_admission { /* msci:admission-policy */
			 PLY_RTC_CLOSED_AUTHENTICATED = 1,
			 PLY_RTC_OPEN_AUTHENTICATED,
			 PLY_RTC_ANONYMOUS,
};

enum ply_rtc_expiry_rule {
	PLY_RTC_EXPIRY_FIXED = 1, /* at expires_ms */
	PLY_RTC_EXPIRY_SLIDING,   /* activation moves it to 6 calendar months later */
};

enum ply_rtc_conf_role { /* of a user in a conference */
			 PLY_RTC_ATTENDEE = 1,
			 PLY_RTC_PRESENTER,
};

enum ply_rtc_conf_auth { /* what a participant is known by */
			 PLY_RTC_AUTH_ENTERPRISE = 1,
			 PLY_RTC_AUTH_FEDERATED,
			 PLY_RTC_AUTH_ANONYMOUS,
};

/* Absent slices (p NULL) are NULL columns. */
struct ply_rtc_conf {
	int64_t id;                 /* 0 in arguments of add and replace */
	struct ply_slice organizer; /* URI of a user of this pool */
	struct ply_slice conf_id;   /* msci:conference-id as given, 1-64; unique for its organizer,
				       compared without case */
	struct ply_slice guid;      /* of this creation, text; never changes */
	struct ply_slice subject, description;
	struct ply_slice key; /* sealed by the caller: opaque here */
	struct ply_slice notification_data, organizer_data;
	uint32_t admission;    /* enum ply_rtc_admission */
	uint32_t expiry_rule;  /* enum ply_rtc_expiry_rule */
	uint64_t expires_ms;   /* must be given */
	uint64_t created_ms;   /* must be given to add */
	uint64_t updated_ms;   /* given to replace; result */
	uint64_t activated_ms; /* the last time, 0: never. Result */
	uint32_t version;      /* 1 when added; replace: the current one */
};

struct ply_rtc_conf_user {
	struct ply_slice uri;
	uint32_t role; /* enum ply_rtc_conf_role */
};

struct ply_rtc_conf_mcu {
	struct ply_slice type;     /* "chat", "audio-video", "meeting", ... */
	struct ply_slice settings; /* opaque here */
};

/* The lists of a definition, each ordered by its key. */
struct ply_rtc_conf_lists {
	const struct ply_rtc_conf_user *user;
	const struct ply_rtc_conf_mcu *mcu;
	size_t n_user, n_mcu;
};

/* The running instance. */
struct ply_rtc_conf_active {
	struct ply_slice frontend; /* FQDN of the owner */
	int64_t epoch;             /* pool epoch it was activated or taken under */
	struct ply_slice instance; /* GUID of this running instance, for call detail records */
	uint64_t activated_ms;
	uint64_t last_join_ms;
	uint64_t enterprise_left_ms; /* when the last one left; 0: one is here */
	bool locked;
	bool end_wanted; /* an administrator asked for its end */
};

/* One participant's endpoint; (uri, endpoint) is its identity in the conference. */
struct ply_rtc_conf_party {
	struct ply_slice uri;
	struct ply_slice endpoint; /* GUID text of the client's endpoint */
	struct ply_slice display_name;
	uint32_t auth; /* enum ply_rtc_conf_auth */
	uint32_t role; /* now; enum ply_rtc_conf_role */
	uint64_t joined_ms;
};

/* Everything of one conference. */
struct ply_rtc_conf_full {
	struct ply_rtc_conf conf;
	struct ply_rtc_conf_lists lists;
	const struct ply_rtc_conf_active *active; /* NULL: not active */
	const struct ply_rtc_conf_party *party;   /* ordered by uri, endpoint */
	size_t n_party;
};

/* --- definitions --- */

/* max: records of this organizer that have not expired at conf->created_ms, 0: any number. Two
 * lines for one uri or type: the first counts. PLY_DB_E_EXISTS, PLY_RTC_CONF_E_MAXIMUM;
 * PLY_DB_E_REFERS: no such organizer. */
int ply_rtc_conf_add(struct ply_rtc *rtc, const struct ply_rtc_conf *conf,
		     const struct ply_rtc_conf_lists *lists, uint32_t max, ply_rtc_id_fn fn,
		     void *ctx);

/* version: the new one; with PLY_RTC_CONF_E_STALE the current one. */
typedef void (*ply_rtc_conf_version_fn)(void *ctx, int r, uint32_t version);
/* The whole schedulable part of the conference (organizer, conf_id): subject, description, key,
 * notification_data, organizer_data, admission, expiry and lists; an absent text becomes NULL. Only
 * from conf->version, which it raises. PLY_DB_E_NONE, PLY_RTC_CONF_E_STALE. */
int ply_rtc_conf_replace(struct ply_rtc *rtc, const struct ply_rtc_conf *conf,
			 const struct ply_rtc_conf_lists *lists, ply_rtc_conf_version_fn fn,
			 void *ctx);

/* With everything of it, running or not. PLY_DB_E_NONE. */
int ply_rtc_conf_delete(struct ply_rtc *rtc, struct ply_slice organizer, struct ply_slice conf_id,
			ply_rtc_done_fn fn, void *ctx);

/* c is NULL unless r is 0. */
typedef void (*ply_rtc_conf_fn)(void *ctx, int r, const struct ply_rtc_conf_full *c);
/* One round trip. PLY_DB_E_NONE. */
int ply_rtc_conf_load(struct ply_rtc *rtc, struct ply_slice organizer, struct ply_slice conf_id,
		      ply_rtc_conf_fn fn, void *ctx);

struct ply_rtc_conf_summary {
	struct ply_rtc_conf conf; /* key, description and both data texts are left out */
	bool active;
	struct ply_slice frontend; /* absent: not active */
	uint32_t n_party;          /* endpoints in the roster */
};

enum { PLY_RTC_CONF_LIST_MAX = 1000 };
/* `more`: there are further rows. */
typedef void (*ply_rtc_conf_list_fn)(void *ctx, int r, const struct ply_rtc_conf_summary *s,
				     size_t n, bool more);
/* Of one organizer (empty: of all), in the order of id, those after id `after` (0: from the start),
 * at most `max` (1-PLY_RTC_CONF_LIST_MAX). Expired ones that were not swept yet are among them. */
int ply_rtc_conf_list(struct ply_rtc *rtc, struct ply_slice organizer, int64_t after, uint32_t max,
		      ply_rtc_conf_list_fn fn, void *ctx);

struct ply_rtc_conf_gone {
	int64_t id;
	struct ply_slice organizer, conf_id, guid;
};
typedef void (*ply_rtc_conf_gone_fn)(void *ctx, int r, const struct ply_rtc_conf_gone *g, size_t n);
/* Deletes up to `max` that expired at now_ms or before and are not active; says which. */
int ply_rtc_conf_expire(struct ply_rtc *rtc, uint64_t now_ms, uint32_t max, ply_rtc_conf_gone_fn fn,
			void *ctx);

/* --- changes made elsewhere --- */

enum ply_rtc_conf_change_kind {
	PLY_RTC_CONF_CHANGED = 1, /* its definition was replaced */
	PLY_RTC_CONF_DELETED,     /* its record is gone (deleted, expired, its organizer deleted) */
	PLY_RTC_CONF_END,         /* an administrator wants the running one ended */
	PLY_RTC_CONF_ANY,         /* the connection was lost: anything may have happened */
};

struct ply_rtc_conf_change {
	enum ply_rtc_conf_change_kind kind;
	int64_t id;                          /* 0: any */
	struct ply_slice organizer, conf_id; /* organizer is empty when that user is gone too */
};
/* Notification channel rtc_conf, payload "changed|deleted|end ID ORGANIZER CONF-ID". Also comes
 * back for changes of one's own; activation, joins and the like raise none. One watcher; NULL takes
 * it off. */
typedef void (*ply_rtc_conf_change_fn)(void *ctx, const struct ply_rtc_conf_change *ch);
void ply_rtc_on_conf_change(struct ply_rtc *rtc, ply_rtc_conf_change_fn fn, void *ctx);

/* For `parley meeting end`: notes it durably at the running instance (end_wanted, so that a restart
 * does not lose it) and tells its Front End, PLY_RTC_CONF_END. PLY_DB_E_NONE,
 * PLY_RTC_CONF_E_INACTIVE. Not fenced. */
int ply_rtc_conf_end(struct ply_rtc *rtc, struct ply_slice organizer, struct ply_slice conf_id,
		     ply_rtc_done_fn fn, void *ctx);

/* --- the running state, by ply_rtc_conf.id --- */

/* With PLY_RTC_CONF_E_OWNED only frontend and epoch count. */
struct ply_rtc_conf_joined {
	bool activated;            /* by this join */
	bool taken;                /* from another Front End, of an earlier epoch: load it */
	struct ply_slice frontend; /* who owns it */
	int64_t epoch;
	struct ply_slice instance; /* of the running instance: the one given only if activated */
	uint64_t activated_ms;
	uint64_t expires_ms; /* of the record, moved by an activation when its rule is sliding */
};
typedef void (*ply_rtc_conf_joined_fn)(void *ctx, int r, const struct ply_rtc_conf_joined *j);
/* A successful join. Activates the conference with `active` when nobody has (activated_ms, locked
 * and so on as given; the record's last activation is active->activated_ms); otherwise takes over
 * its last_join_ms and enterprise_left_ms, frontend and epoch. Adds the party or overwrites the one
 * of the same (uri, endpoint). PLY_DB_E_NONE: no such conference; PLY_RTC_CONF_E_OWNED (j is
 * given): nothing was changed. j is NULL for other results than these and 0. */
int ply_rtc_conf_join(struct ply_rtc *rtc, int64_t id, const struct ply_rtc_conf_active *active,
		      const struct ply_rtc_conf_party *party, ply_rtc_conf_joined_fn fn, void *ctx);
/* enterprise_left_ms is written in any case. PLY_DB_E_NONE: no such participant. */
int ply_rtc_conf_leave(struct ply_rtc *rtc, int64_t id, struct ply_slice uri,
		       struct ply_slice endpoint, uint64_t enterprise_left_ms, ply_rtc_done_fn fn,
		       void *ctx);
/* All endpoints of uri. PLY_DB_E_NONE. */
int ply_rtc_conf_role(struct ply_rtc *rtc, int64_t id, struct ply_slice uri, uint32_t role,
		      ply_rtc_done_fn fn, void *ctx);
/* PLY_DB_E_NONE: not active. */
int ply_rtc_conf_lock(struct ply_rtc *rtc, int64_t id, bool locked, ply_rtc_done_fn fn, void *ctx);
/* Roster, lock and instance are gone; the record stays. Fine when it is not active. */
int ply_rtc_conf_deactivate(struct ply_rtc *rtc, int64_t id, ply_rtc_done_fn fn, void *ctx);

/* owner: who has it when r is 0 or PLY_RTC_CONF_E_OWNED, else absent. */
typedef void (*ply_rtc_conf_owner_fn)(void *ctx, int r, struct ply_slice owner);
/* Makes `frontend` the owner under `epoch`: of one that is its own already, or whose epoch is
 * earlier. PLY_DB_E_NONE: not active. PLY_RTC_CONF_E_OWNED. */
int ply_rtc_conf_take(struct ply_rtc *rtc, int64_t id, struct ply_slice frontend, int64_t epoch,
		      ply_rtc_conf_owner_fn fn, void *ctx);

enum { PLY_RTC_CONF_PAGE = 64 };
/* Everything of all conferences active on one Front End, ordered by id: fn is called with up to
 * PLY_RTC_CONF_PAGE of them and more = true, at last with more = false (or r != 0). */
typedef void (*ply_rtc_conf_actives_fn)(void *ctx, int r, const struct ply_rtc_conf_full *c,
					size_t n, bool more);
int ply_rtc_conf_active_list(struct ply_rtc *rtc, struct ply_slice frontend,
			     ply_rtc_conf_actives_fn fn, void *ctx);

#endif
