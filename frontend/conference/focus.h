/* One active meeting: the Focus, its roster, its dialogs. Everything on the signalling thread; a
 * Focus lives from its first successful join to its deactivation (meeting-lifecycle.md §1-3).
 *
 * fe_meetings owns focuses; a focus owns its meeting record, parties, enlistments and roster
 * subscriptions; a party owns its endpoints. */
#ifndef FE_CONFERENCE_FOCUS_H
#define FE_CONFERENCE_FOCUS_H

#include "frontend/conference/meeting.h"
#include "frontend/event/subscription.h"
#include "sip/sip_dialog.h"

struct fe_mcu_factory; /* mcu_factory.c */
struct fe_policies;    /* policy.c */
struct ply_http_server;

/* Private to the files of this folder. */
struct fe_meetings {
	struct fe *fe;
	struct ply_log log;
	struct ply_role_ctx *role;
	struct ply_hash focuses;        /* struct fe_focus by key */
	struct ply_hash dialogs;        /* struct fe_place by dialog with the Focus */
	struct ply_hash flows;          /* struct fe_place by flow number */
	struct fe_subscriptions subs;   /* struct fe_roster_sub: focus_subscribe.c */
	struct fe_mcu_factory *factory; /* mcu_factory.c */
	struct fe_policies *policies;   /* policy.c */
	struct fe_meeting_admin *admin; /* admin_meeting.c */
	struct ply_timer sweep;         /* expiry.c */
	uint8_t secret[32];             /* meeting_key.c: seals conference keys */
	unsigned n_parties;             /* of all meetings */
	uint64_t epoch;                 /* of this owner; raised when another takes over */
};

enum { FE_ENTITY_MAX = 128 }; /* of an endpoint's name */

enum fe_focus_state { FE_FOCUS_ACTIVATING, FE_FOCUS_ACTIVE, FE_FOCUS_ENDING };

struct fe_focus {
	struct ply_hnode by_key; /* ply_c3p_uri.key */
	struct fe_meetings *meetings;
	struct fe *fe;
	struct ply_log log; /* conf=... */
	struct ply_c3p_uri uri;
	char *entity; /* "sip:o@d;gruu;opaque=app:conf:focus:id:ID" */
	struct fe_meeting *def;
	enum fe_focus_state state;
	char instance[PLY_GUID_TEXT_LEN + 1]; /* of this activation */
	uint64_t epoch;
	bool locked, knows_policy;           /* the organizer's policy is in def */
	bool unscheduled;                    /* it ends because its record is gone */
	uint64_t activated_ms, last_join_ms; /* wall clock */
	uint64_t enterprise_left_ms; /* wall clock: since when nobody of the directory is here; 0:
					one is */
	/* roster.c */
	struct ply_list parties; /* struct fe_party, in order of joining */
	struct ply_hash by_uri;
	unsigned n_parties;    /* all of them, those with a conferencing server's leg alone too */
	unsigned n_enterprise; /* those of the local directory with a place in the Focus (T2) */
	uint64_t change;       /* counts every change of the roster or of what is told */
	uint64_t description_change, view_change; /* when description and views changed last */
	struct ply_list gone; /* struct fe_gone: who left, for partial documents */
	unsigned n_gone;
	uint64_t forgotten; /* subscribers that know less than this change get a full document */
	/* roster_rows.c */
	struct ply_list leaving; /* who left and is still in rtc */
	struct ply_timer leave_retry;
	/* focus_notify.c */
	struct ply_list subs;
	unsigned n_subs;
	struct ply_timer batch;
	void *notify; /* struct fe_roster_feed, private to focus_notify.c */
	/* mcu_enlist.c */
	struct ply_list enlists; /* struct fe_enlist, one for each media type in use */
	/* focus_expiry.c */
	struct ply_timer t1, t2, linger;
	struct ply_list joins;      /* struct fe_join: joins not answered yet */
	unsigned n_joining;         /* of these, on their way to rtc: they count for the size */
	struct ply_list calls;      /* struct fe_c3p_call: commands not answered yet */
	struct fe_focus_ref *asked; /* rtc is asked for the record, or told of the end */
	struct ply_timer retry;     /* focus.c: rtc was away when the meeting ended */
};

/* What rtc's answers are given: focus is NULL when that was freed before the answer came. */
struct fe_focus_ref {
	struct fe_focus *focus;
};

/* A participant: one for each user, whatever the number of his clients. */
struct fe_party {
	struct ply_list in_focus;
	struct ply_hnode by_uri;
	struct fe_focus *focus;
	char *uri; /* canonical */
	char *display_name;
	enum ply_ci_role role;
	enum ply_ci_auth auth;
	enum ply_ci_access access;
	uint64_t changed; /* focus->change of the last change */
	struct ply_list places;
	unsigned n_places, n_focus; /* all endpoints; those of session type "focus" */
};

/* An endpoint of a participant: his client in the Focus, or his leg on a conferencing server. */
struct fe_place {
	struct ply_list in_party;
	struct fe_party *party;
	char *entity; /* "{GUID}" */
	char *type;   /* session type: "focus", "chat" */
	enum ply_ci_status status;
	enum ply_ci_joining joining;
	uint64_t joined_ms;   /* wall clock */
	uint64_t recorded_ms; /* focus_record.c: when the stay began there; 0: none is open */
	char *recorded_on;    /* and on which server; NULL: not known */
	struct ply_ci_media media[4];
	size_t n_media; /* texts of media are literals or owned by `texts` */
	char *texts;
	/* session type "focus" only */
	struct ply_sip_dialog *dialog; /* NULL: kept after a restart, waits for its rejoin */
	struct ply_hnode by_dialog, by_flow;
	bool hashed, flow_hashed;
	struct ply_timer lapse; /* rejoin grace, session timer */
	uint32_t session_expires;
};

struct fe_gone {
	struct ply_list node;
	char *uri;
	uint64_t changed;
};

/* --- policy.c --- */
int fe_policies_new(struct fe_meetings *m);
void fe_policies_free(struct fe_meetings *m);

/* --- focus.c --- */
/* The active meeting; NULL: none, or one that is just beginning or ending. */
struct fe_focus *fe_focus_find(const struct fe *fe, const struct ply_c3p_uri *uri);
/* In whatever state. */
struct fe_focus *fe_focus_lookup(const struct fe *fe, const struct ply_c3p_uri *uri);
/* One that is beginning, without record. GIVES *out to the table of focuses. 0 or -ENOMEM. */
int fe_focus_new(struct fe_meetings *m, const struct ply_c3p_uri *uri, struct fe_focus **out);
/* Takes away what hangs on it, without a word to anybody. */
void fe_focus_free(struct fe_focus *f);
/* The first join succeeded, or it came back after a restart. */
void fe_focus_activated(struct fe_focus *f);
/* The record was changed (Focus Factory, administrator): takes effect at once. TAKES def. */
void fe_focus_redefine(struct fe_focus *f, struct fe_meeting *def);
/* Why a meeting ends; the word goes to log, record and metrics. */
enum fe_focus_end {
	FE_END_COMMAND,
	FE_END_ORGANIZER,
	FE_END_EMPTY,
	FE_END_LENGTH,
	FE_END_UNAUTHENTICATED,
	FE_END_DELETED,
	FE_END_STOP
};
/* Deactivates: conferencing servers, final NOTIFY, BYE to every dialog, rows gone
 * (meeting-lifecycle.md §3). The focus is freed when rtc has answered. */
void fe_focus_end(struct fe_focus *f, enum fe_focus_end why);
/* What somebody is told who comes while it ends: to try again, unless it was unscheduled. */
enum fe_diag fe_focus_ending(const struct fe_focus *f);

/* --- roster.c: every change of who is there goes through here --- */
struct fe_party *fe_roster_find(const struct fe_focus *f, struct ply_slice uri);
struct fe_party *fe_roster_add(struct fe_focus *f, const char *uri, const char *display_name,
			       enum ply_ci_role role, enum ply_ci_auth auth);
struct fe_place *fe_place_find(const struct fe_party *p, struct ply_slice entity, const char *type);
struct fe_place *fe_place_add(struct fe_party *p, struct ply_slice entity, const char *type,
			      enum ply_ci_status status);
/* The place is gone; the party too when it was the last one. Timers and rows are told; the meeting
 * may have begun to end when this returns. */
void fe_place_remove(struct fe_place *pl);
/* Into the tables by dialog and by flow. TAKES d on 0. */
int fe_place_set_dialog(struct fe_place *pl, struct ply_sip_dialog *d);
void fe_place_drop_dialog(struct fe_place *pl);
void fe_place_link_flow(struct fe_place *pl); /* after its hop changed */
/* All his places: BYE to his dialogs; conferencing servers are told by the caller. */
void fe_party_remove(struct fe_party *p, const char *reason);
/* A conferencing server's news of one user: his endpoints of this type are exactly these. A user
 * whom the Focus does not know (dial-out, legacy client) comes in as attendee. */
void fe_roster_news(struct fe_focus *f, const char *type, const struct ply_ci_user *u);
/* Under which URI a server's user stands in the roster; false: too long. */
bool fe_roster_aor(struct ply_slice entity, char aor[PLY_SIP_AOR_MAX]);
/* The server of this type is lost: its endpoints are disconnected, then gone. */
void fe_roster_drop_type(struct fe_focus *f, const char *type);
void fe_roster_set_role(struct fe_party *p, enum ply_ci_role role);
/* Something in what is told of p changed: it will be in the next notification. */
void fe_roster_touch(struct fe_party *p);
/* The same for the description, and for the views (lock, conferencing servers). */
void fe_focus_touch_description(struct fe_focus *f);
void fe_focus_touch_views(struct fe_focus *f);
/* The party as document. Arrays from mem; texts LENT. */
void fe_party_describe(const struct fe_party *p, enum ply_ci_state state, struct ply_arena *mem,
		       struct ply_ci_user *out);
/* Description with conf-uris, and the views of Focus and conferencing servers. */
void fe_focus_describe(const struct fe_focus *f, struct ply_arena *mem, struct ply_ci *out);

void fe_roster_free(struct fe_focus *f); /* all of it, without a word */

/* --- roster_rows.c: for roster.c alone --- */
/* He left this place in the Focus: rtc forgets it, as soon as it can. */
void fe_roster_row_delete(const struct fe_place *pl);
/* What is owed to rtc is not its business any more: the meeting is over, or the process. */
void fe_roster_rows_forget(struct fe_focus *f);

/* --- who asks (focus_admit.c) --- */
struct fe_who {
	const char *uri; /* canonical */
	struct ply_slice display_name;
	enum ply_ci_auth auth;
	enum ply_ci_access access;
};
/* From the request's proven identity: a user of ours, a partner's user by a trusted server's
 * assertion (ms-edge-proxy-message-trust), an anonymous one by his Digest. false: none of these. */
bool fe_who_of(const struct fe_req *q, struct fe_who *out);
enum fe_admit {
	FE_ADMIT_OK,
	FE_ADMIT_NOT_INVITED,
	FE_ADMIT_ANONYMOUS,
	FE_ADMIT_FEDERATED,
	FE_ADMIT_LOCKED,
	FE_ADMIT_FULL,
	FE_ADMIT_EXPIRED
};
/* The admission table (conferencing-c3p.md §6, meeting-lifecycle.md §4, §6). f NULL: the meeting is
 * not active. now_ms: wall clock. Pure. */
enum fe_admit fe_admit(const struct fe_meeting *m, const struct fe_focus *f,
		       const struct fe_meeting_times *rules, const struct fe_who *who,
		       uint64_t now_ms, enum ply_ci_role *granted);

/* --- focus_join.c, focus_enter.c, focus_dialog.c --- */
enum fe_verdict fe_focus_join(struct fe_req *q, const struct ply_c3p_uri *uri); /* INVITE */
enum fe_verdict fe_focus_in_dialog(struct fe_req *q); /* ACK INFO BYE ... */
/* Joins that wait in f get their answer or go on; all are refused when f is ending. */
void fe_focus_joins_run(struct fe_focus *f);
void fe_focus_joins_drop(struct fe_focus *f); /* f is about to be freed */
/* Header lines of a 200 to INVITE and UPDATE: Contact, Allow, session timer. */
void fe_focus_add_lines(const struct fe_place *pl, struct ply_strbuf *lines);
/* What the request says of session timers, into pl (RFC 4028). */
void fe_place_read_timer(struct fe_place *pl, const struct fe_req *q);
/* It is gone then, unless its client comes back. */
void fe_place_lapse_in(struct fe_place *pl, uint64_t ms);
/* Ends its dialog, if it has one and its flow lives. reason: a word for Reason, or NULL. */
void fe_place_bye(struct fe_place *pl, const char *reason);
/* He leaves: his legs on conferencing servers are told, his places are gone. */
void fe_party_leave(struct fe_party *p);
/* One of his clients leaves; he himself with the last one. */
void fe_place_leave(struct fe_place *pl);
/* The places that hung on this connection lapse. */
void fe_focus_flow_closed(struct fe *fe, uint64_t flow);
struct fe_place *fe_place_by_dialog(const struct fe *fe, const struct fe_req *q);

/* --- C3P commands of the Focus: one row each (c3p_*.c), table in c3p_table.c --- */
enum fe_c3p_who { FE_WHO_ANYONE, FE_WHO_SELF, FE_WHO_SELF_OR_PRESENTER, FE_WHO_PRESENTER };
struct fe_c3p_call; /* one command under way: answered in the dialog by 200 with body */
struct fe_c3p_cmd {
	enum ply_c3p_cmd cmd;
	enum fe_c3p_who who; /* checked before run() */
	void (*run)(struct fe_c3p_call *call);
};
struct fe_c3p_call {
	struct ply_list node; /* in focus->calls */
	struct fe_req *q;     /* NULL: nobody waits any more */
	struct fe *fe;
	struct fe_focus *focus; /* NULL: it is gone */
	char by[PLY_SIP_AOR_MAX];
	char place[FE_ENTITY_MAX + 1]; /* his endpoint, whose dialog it came in */
	struct ply_timer patience;     /* fe_c3p_takes_long() */
	bool accepted;                 /* with 202: the answer goes by INFO */
	struct ply_c3p_request req;
	char user[PLY_SIP_AOR_MAX];  /* keys.user or the user named, canonical; "" none */
	char type[PLY_C3P_TYPE_MAX]; /* of mcuUri; "" the Focus itself */
	unsigned diag;               /* ms-diagnostics in place of the reason's own; 0: that */
	bool asked;                  /* rtc has it as context: fe_c3p_committed() ends that */
	void (*then)(struct fe_c3p_call *call, enum ply_c3p_reason r,
		     const struct ply_c3p_response *last);
};
/* A command in the dialog of pl: read, checked, run, answered. */
enum fe_verdict fe_c3p_run(struct fe_req *q, struct fe_place *pl);
const struct fe_c3p_cmd *fe_c3p_find(enum ply_c3p_cmd cmd); /* NULL: not known here */
/* "Who may issue what" (conferencing-c3p.md §4). Pure. self: the command names its own sender. */
bool fe_c3p_may(enum fe_c3p_who who, enum ply_ci_role role, bool self);
/* People decide on it: its sender gets 202 when it is not over in a few seconds, and the answer by
 * an INFO of ours in his dialog ([MS-CONFBAS] 3.1.5). */
void fe_c3p_takes_long(struct fe_c3p_call *call);
/* Answers and frees. */
void fe_c3p_done(struct fe_c3p_call *call, enum ply_c3p_reason reason);
void fe_c3p_done_with(struct fe_c3p_call *call, const struct ply_c3p_response *r);
/* Sender and target, if they are still in the meeting. */
struct fe_party *fe_c3p_by(const struct fe_c3p_call *call);
struct fe_party *fe_c3p_target(const struct fe_c3p_call *call);
/* The meeting is about to be freed: commands under way are answered. */
void fe_c3p_drop(struct fe_focus *f);
/* The command as it is goes to the conferencing server of call->type ("": to all); then() with the
 * worst reason and the last response, or NULL. then() may be NULL: the reason is the answer. */
typedef void fe_c3p_then(struct fe_c3p_call *call, enum ply_c3p_reason r,
			 const struct ply_c3p_response *last);
void fe_c3p_relay(struct fe_c3p_call *call, fe_c3p_then *then);
/* rtc was given the call as context (r of that; answers when it failed), and has answered: false
 * when that was the end of the call. */
void fe_c3p_asked(struct fe_c3p_call *call, int r);
bool fe_c3p_committed(struct fe_c3p_call *call, int r);
/* For then(): success, whatever the servers said; they will hear it again. */
void fe_c3p_done_anyway(struct fe_c3p_call *call, enum ply_c3p_reason r,
			const struct ply_c3p_response *last);
extern const struct fe_c3p_cmd fe_c3p_add_user, fe_c3p_delete_user, fe_c3p_modify_user,
	fe_c3p_modify_user_roles, fe_c3p_modify_conference_lock, fe_c3p_delete_conference,
	fe_c3p_get_conference, fe_c3p_modify_conference, fe_c3p_modify_endpoint_media;

/* --- focus_record.c: call detail records --- */
void fe_focus_record_start(struct fe_focus *f);                /* whoever is there has joined */
void fe_focus_record_end(struct fe_focus *f, const char *why); /* and left */
void fe_place_record_join(struct fe_place *pl); /* nothing while the meeting is beginning */
void fe_place_record_leave(struct fe_place *pl);
/* How much each wrote is said in the answer to deleteConference, when the meeting is gone already:
 * a callback of fe_mcu_send and its context, which it frees. NULL: nothing is recorded. */
struct ply_c3p_response;
struct fe_record_last *fe_focus_record_last(const struct fe_focus *f);
void fe_record_last_take(void *last, enum ply_c3p_reason r, const struct ply_c3p_response *rsp);

/* --- focus_recover.c --- */
struct ply_rtc_conf_full;
/* f, which is beginning and has its record, was active before: parties, roles and lock come back,
 * places wait for their rejoin. 0 or -ENOMEM. */
int fe_focus_recover(struct fe_focus *f, const struct ply_rtc_conf_full *c);
/* Reads the record into f, which is beginning, and the organizer's policy when he is in memory. */
int fe_focus_define(struct fe_focus *f, const struct ply_rtc_conf_full *c);
void fe_focus_read_policy(struct fe_focus *f);
/* Settings may be read after meetings came back: places that wait for their rejoin wait so long. */
void fe_meetings_grace_changed(struct fe_meetings *m);

/* --- focus_subscribe.c, focus_notify.c: SUBSCRIBE Event: conference --- */
extern const struct fe_subscription_ops fe_roster_sub_ops;
enum fe_verdict fe_focus_subscribe(struct fe_req *q, const struct ply_c3p_uri *uri);
bool fe_focus_owns_subscription(const struct fe *fe, const struct fe_req *q);
enum fe_verdict fe_focus_resubscribe(struct fe_req *q); /* in its dialog */
/* Something was touched: a notification goes out when the batch time is over. */
void fe_focus_changed(struct fe_focus *f);
/* Called whenever a place of type focus of this user is gone: those of his clients that have none
 * any more hear no more. */
void fe_focus_unsubscribe(struct fe_focus *f, const char *uri, const char *reason);
/* All of them, with a last NOTIFY; reason NULL: without a word. What is kept for subscribers goes.
 */
void fe_focus_subs_end(struct fe_focus *f, const char *reason);
void fe_focus_subs_flow_closed(struct fe *fe, uint64_t flow);

/* --- mcu_factory.c, mcu_enlist.c, mcu_link.c, focus_media.c --- */
struct fe_enlist {
	struct ply_list in_focus;
	struct fe_focus *focus;
	char type[PLY_C3P_TYPE_MAX];
	char *uri;  /* MCU conference URI: entity->type replaced */
	bool ready; /* addConference succeeded */
	void *link; /* private to mcu_enlist.c */
};
int fe_mcu_factory_new(struct fe_meetings *m);
void fe_mcu_factory_free(struct fe_meetings *m);
/* Media types that live conferencing servers offer, each once; LENT until the next turn. */
size_t fe_mcu_types(const struct fe *fe, struct ply_slice *out, size_t max);
struct fe_enlist *fe_enlist_find(const struct fe_focus *f, const char *type);
/* The conference gets a server of this type if it has none. Called back from the loop: 0 or a
 * reason. */
typedef void fe_enlist_cb(void *ctx, enum ply_c3p_reason r, struct fe_enlist *e);
int fe_enlist_want(struct fe_focus *f, const char *type, fe_enlist_cb *cb, void *ctx);
void fe_enlist_forget(struct fe_focus *f, void *ctx); /* no callback to ctx any more */
/* Sends a command to every ready server (type NULL) or one; called back once when all answered,
 * with the worst reason. */
typedef void fe_enlist_sent_cb(void *ctx, enum ply_c3p_reason r,
			       const struct ply_c3p_response *last);
void fe_enlist_send(struct fe_focus *f, const char *type, struct ply_c3p_request *req,
		    const struct fe_party *actor, fe_enlist_sent_cb *cb, void *ctx);
/* Tells all servers that it is over and frees the enlistments. */
void fe_enlist_end(struct fe_focus *f);
/* Frees them without a word: the process stops, and the servers are found again. */
void fe_enlist_drop(struct fe_focus *f);
/* A request to a conferencing server's URI: INVITE is let through when its sender is in the Focus
 * (403 otherwise), others in their dialog. */
enum fe_verdict fe_focus_media(struct fe_req *q, const struct ply_c3p_uri *uri);
/* fanout.c: a conferencing server's message to many. */
enum fe_verdict fe_fanout(struct fe_req *q);

/* --- admin_meeting.c: `parley meeting` --- */
int fe_meeting_admin_new(struct fe_meetings *m);
void fe_meeting_admin_free(struct fe_meetings *m);

/* --- factory.c: SERVICE to the Focus Factory --- */
enum fe_verdict fe_focus_factory(struct fe_req *q, const struct ply_c3p_uri *uri);

/* --- focus_expiry.c --- */
void fe_focus_timers_joined(struct fe_focus *f); /* somebody joined: T1 anew, T2, linger */
void fe_focus_timers_left(struct fe_focus *f);   /* somebody left: D3, T2 */
void fe_meetings_sweep_start(struct fe_meetings *m);

#endif
