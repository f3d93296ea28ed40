/* Database rtc: what must survive everything. Users and their credentials, containers,
 * publications, contacts, watchers (databases.md §1, presence.md §1-4 and §8). Every write of an
 * owner carries the pool epoch (ply_rtc_set_epoch) and fails with PLY_DB_E_FENCED when another
 * one is current. Results and return values: see db/db.h. Slices in results are LENT for the
 * callback; slices in arguments are COPIED. URIs are lower-case with their scheme
 * ("sip:alice@lab.example"); the caller folds case. Rank 3. Signalling thread only. */
#ifndef PLY_DB_RTC_RTC_H
#define PLY_DB_RTC_RTC_H

#include "db/db.h"

struct ply_rtc;

/* GIVES *out; connects in the background. -EINVAL (logged) for a bad connection string. */
int ply_rtc_open(struct ply_rtc **out, struct ply_loop *loop, const struct ply_db_conf *conf);
/* Everything pending is answered -ECANCELED from inside this call. NULL is fine. */
void ply_rtc_close(struct ply_rtc *rtc);
struct ply_db *ply_rtc_db(struct ply_rtc *rtc); /* LENDS, for state and readiness */

typedef void (*ply_rtc_done_fn)(void *ctx, int r);

/* --- users --- */

enum ply_rtc_user_flag {
	PLY_RTC_ENABLED = 1,    /* msRTCSIP-UserEnabled */
	PLY_RTC_LOCKED = 2,     /* locked by an administrator */
	PLY_RTC_REMOTE = 4,     /* msRTCSIP-OptionFlags: remote access */
	PLY_RTC_FEDERATION = 8, /* msRTCSIP-FederationEnabled */
	PLY_RTC_PIC = 16,       /* msRTCSIP-OptionFlags: public IM connectivity */
};

/* Absent slices (p NULL) are NULL columns. */
struct ply_rtc_user {
	int64_t id;             /* 0 in arguments that make one */
	struct ply_slice uri;   /* msRTCSIP-PrimaryUserAddress, lower-case */
	struct ply_slice login; /* sAMAccountName, lower-case: the NTLM and Kerberos user name */
	struct ply_slice display_name;
	struct ply_slice mail;
	struct ply_slice line_uri;  /* msRTCSIP-Line */
	struct ply_slice home_pool; /* msRTCSIP-PrimaryHomeServer */
	struct ply_slice given_name, sn, title, department, company, office, phone, city, country;
	struct ply_slice meeting_policy; /* name of the policy assigned; absent: the default one */
	uint32_t flags;                  /* PLY_RTC_ENABLED ... */
};

struct ply_rtc_cred {
	bool has_nt, has_ha1; /* ha1: both algorithms */
	uint8_t nt_hash[16];  /* MD4 of the password in UTF-16LE */
	uint8_t ha1_md5[16];  /* MD5(user:realm:password), RFC 7616 §3.4.2 */
	uint8_t ha1_sha256[32];
	struct ply_slice realm;    /* of the two above */
	struct ply_slice web_hash; /* slow hash, text form with its parameters */
};

/* r: 0, PLY_DB_E_NONE, negative. u and c are NULL unless r is 0. */
typedef void (*ply_rtc_user_fn)(void *ctx, int r, const struct ply_rtc_user *u,
				const struct ply_rtc_cred *c);
int ply_rtc_user_load(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_user_fn fn, void *ctx);
/* By login name (lower-case), for NTLM and Kerberos. */
int ply_rtc_user_load_login(struct ply_rtc *rtc, struct ply_slice login, ply_rtc_user_fn fn,
			    void *ctx);

/* `more`: there are further rows. */
typedef void (*ply_rtc_users_fn)(void *ctx, int r, const struct ply_rtc_user *u, size_t n,
				 bool more);
/* In order of uri, those after `after` (empty: from the start), at most `max` (1-1000). */
int ply_rtc_user_list(struct ply_rtc *rtc, struct ply_slice after, uint32_t max,
		      ply_rtc_users_fn fn, void *ctx);

/* directorySearch (presence.md §8): prefixes without case, all present ones must match. Only
 * enabled users. */
struct ply_rtc_search {
	struct ply_slice given_name, sn, mail, company, country, uri;
	uint32_t max; /* 1-1000 */
};
int ply_rtc_user_search(struct ply_rtc *rtc, const struct ply_rtc_search *s, ply_rtc_users_fn fn,
			void *ctx);

typedef void (*ply_rtc_count_fn)(void *ctx, int r, int64_t n);
int ply_rtc_user_count(struct ply_rtc *rtc, ply_rtc_count_fn fn, void *ctx);

/* r: 0, PLY_DB_E_EXISTS, negative. c may be NULL. */
typedef void (*ply_rtc_id_fn)(void *ctx, int r, int64_t id);
int ply_rtc_user_add(struct ply_rtc *rtc, const struct ply_rtc_user *u,
		     const struct ply_rtc_cred *c, ply_rtc_id_fn fn, void *ctx);
/* Absent fields stay as they are, empty ones become NULL; flags outside `mask` stay. The user is
 * found by u->uri. PLY_DB_E_NONE. */
int ply_rtc_user_set(struct ply_rtc *rtc, const struct ply_rtc_user *u, uint32_t mask,
		     ply_rtc_done_fn fn, void *ctx);
/* With everything the user owns. PLY_DB_E_NONE. */
int ply_rtc_user_delete(struct ply_rtc *rtc, struct ply_slice uri, ply_rtc_done_fn fn, void *ctx);
/* PLY_DB_E_NONE when there is no such user. Parts not there (has_*, absent slices) are cleared. */
int ply_rtc_cred_set(struct ply_rtc *rtc, struct ply_slice uri, const struct ply_rtc_cred *c,
		     ply_rtc_done_fn fn, void *ctx);

enum { PLY_RTC_IMPORT_MAX = 500 };
/* Up to PLY_RTC_IMPORT_MAX users in one transaction: unknown ones are added, known ones (by uri)
 * overwritten, but for a meeting policy that is absent. c is an array beside u, or NULL
 * (credentials are left alone). */
typedef void (*ply_rtc_import_fn)(void *ctx, int r, size_t added, size_t changed);
int ply_rtc_user_import(struct ply_rtc *rtc, const struct ply_rtc_user *u,
			const struct ply_rtc_cred *c, size_t n, ply_rtc_import_fn fn, void *ctx);

/* Another process or Front End changed a user or its credentials: drop what is cached of `uri`;
 * absent uri: anything may have changed (the connection was lost for a while). */
typedef void (*ply_rtc_change_fn)(void *ctx, struct ply_slice uri);
void ply_rtc_on_user_change(struct ply_rtc *rtc, ply_rtc_change_fn fn, void *ctx);

/* --- pool epoch (ARCHITECTURE.md, who owns which state) --- */

typedef void (*ply_rtc_epoch_fn)(void *ctx, int r, int64_t epoch);
int ply_rtc_epoch_load(struct ply_rtc *rtc, ply_rtc_epoch_fn fn, void *ctx);
/* Raises the durable epoch by one and gives the new one; waits for writes under the old. */
int ply_rtc_epoch_raise(struct ply_rtc *rtc, ply_rtc_epoch_fn fn, void *ctx);
/* Writes queued from now on carry it. Until it is set (0) writes are not fenced. */
void ply_rtc_set_epoch(struct ply_rtc *rtc, int64_t epoch);

/* --- presence: containers, publications, watchers --- */

enum ply_rtc_member_type { /* member@type */
			   PLY_RTC_MEMBER_USER = 1,
			   PLY_RTC_MEMBER_DOMAIN,
			   PLY_RTC_MEMBER_SAME_ENTERPRISE,
			   PLY_RTC_MEMBER_FEDERATED,
			   PLY_RTC_MEMBER_PUBLIC_CLOUD,
			   PLY_RTC_MEMBER_EVERYONE,
};

struct ply_rtc_member {
	uint32_t container;
	enum ply_rtc_member_type type;
	struct ply_slice value; /* user without "sip:", domain; empty for the others */
};

struct ply_rtc_container {
	uint32_t id;
	uint32_t version;
};

enum ply_rtc_expire { /* publication@expireType */
		      PLY_RTC_EXPIRE_STATIC = 1,
		      PLY_RTC_EXPIRE_USER,
		      PLY_RTC_EXPIRE_ENDPOINT,
		      PLY_RTC_EXPIRE_TIME,
};

struct ply_rtc_pub {
	struct ply_slice category;
	uint32_t instance;
	uint32_t container;
	uint32_t version;
	enum ply_rtc_expire expire;
	uint64_t expires_ms;   /* wall clock; 0: never */
	uint64_t published_ms; /* publishTime */
	struct ply_slice body; /* the category's XML value */
};

struct ply_rtc_subscriber {       /* prompted watchers: subscriber@user */
	struct ply_slice watcher; /* without "sip:", lower-case */
	struct ply_slice display_name;
	bool acknowledged;
};

struct ply_rtc_group {
	uint32_t id; /* 1-63; 1 is "~" */
	struct ply_slice name;
	struct ply_slice external_uri;
};

struct ply_rtc_contact {
	struct ply_slice uri; /* without "sip:", lower-case */
	struct ply_slice name;
	uint64_t groups; /* bit n: in group n */
	bool subscribed;
	struct ply_slice external_uri;
	struct ply_slice extension; /* contactExtension, XML */
};

/* Everything durable of one presentity. Arrays are ordered by key and LENT for the callback. */
struct ply_rtc_presentity {
	struct ply_rtc_user user;
	const struct ply_rtc_container *container;
	const struct ply_rtc_member *member; /* of all containers, ordered by container */
	const struct ply_rtc_pub *pub;
	const struct ply_rtc_subscriber *subscriber;
	const struct ply_rtc_group *group;
	const struct ply_rtc_contact *contact;
	size_t n_container, n_member, n_pub, n_subscriber, n_group, n_contact;
	uint32_t contact_delta; /* deltaNum; 1 while nothing was ever changed */
};

enum { PLY_RTC_LOAD_MAX = 256 };
/* One round trip for up to PLY_RTC_LOAD_MAX users; unknown ones are simply not among the results,
 * which come ordered by uri. Publications that ran out are left away. Sees what is committed: not a
 * write that is still unanswered. */
typedef void (*ply_rtc_presentity_fn)(void *ctx, int r, const struct ply_rtc_presentity *p,
				      size_t n);
int ply_rtc_presentity_load(struct ply_rtc *rtc, const struct ply_slice *uri, size_t n,
			    ply_rtc_presentity_fn fn, void *ctx);

struct ply_rtc_pub_op {
	bool del; /* only category, instance and container count */
	struct ply_rtc_pub pub;
};
/* One publish request: all or nothing, committed before the callback. The owner has checked the
 * versions. Each key at most once. */
int ply_rtc_publish(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_pub_op *op, size_t n,
		    ply_rtc_done_fn fn, void *ctx);
/* Deletes publications of expire type `user` of one user (its last endpoint went). */
int ply_rtc_publish_user_gone(struct ply_rtc *rtc, int64_t user_id, ply_rtc_done_fn fn, void *ctx);
/* Maintenance: deletes what ran out before `before_ms` (wall clock), of all users. Loads leave such
 * rows away in any case. */
int ply_rtc_publication_purge(struct ply_rtc *rtc, uint64_t before_ms, ply_rtc_done_fn fn,
			      void *ctx);

struct ply_rtc_acl {
	const struct ply_rtc_container *container; /* each at most once */
	size_t n_container;
	const struct ply_rtc_member *member; /* of all these containers */
	size_t n_member;
};
/* The new version and the whole new member list of each container named; others stay. */
int ply_rtc_containers_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_acl *acl,
			   ply_rtc_done_fn fn, void *ctx);

/* Adds the watcher, or overwrites name and acknowledged flag of a known one. */
int ply_rtc_subscriber_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_subscriber *s,
			   size_t n, ply_rtc_done_fn fn, void *ctx);
int ply_rtc_subscriber_delete(struct ply_rtc *rtc, int64_t user_id, struct ply_slice watcher,
			      ply_rtc_done_fn fn, void *ctx);

/* --- contacts and groups; `delta` is the new deltaNum, stored in the same transaction --- */

int ply_rtc_contact_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_contact *c,
			uint32_t delta, ply_rtc_done_fn fn, void *ctx);
int ply_rtc_contact_delete(struct ply_rtc *rtc, int64_t user_id, struct ply_slice uri,
			   uint32_t delta, ply_rtc_done_fn fn, void *ctx);
int ply_rtc_group_set(struct ply_rtc *rtc, int64_t user_id, const struct ply_rtc_group *g,
		      uint32_t delta, ply_rtc_done_fn fn, void *ctx);
int ply_rtc_group_delete(struct ply_rtc *rtc, int64_t user_id, uint32_t id, uint32_t delta,
			 ply_rtc_done_fn fn, void *ctx);

#endif
