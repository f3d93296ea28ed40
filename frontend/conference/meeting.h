/* A meeting as it was scheduled, and the rules of its organizer: what the Focus Factory keeps and a
 * Focus is made from. */
#ifndef FE_CONFERENCE_MEETING_H
#define FE_CONFERENCE_MEETING_H

#include "c3p/c3p.h"
#include "frontend/fe.h"

/* --- the organizer's meeting policy (policy.c): [MSFT_SIPGlobalMeetingPolicyData] --- */
struct fe_meeting_policy {
	char name[64];
	uint32_t meeting_size;
	bool allow_ip_audio, allow_ip_video, enable_data_collaboration, enable_app_sharing;
	bool allow_anonymous; /* may invite anonymous users; global switch and user's flag applied
			       */
			      /* the rest goes to the client as it is */
};
/* The policy that governs meetings of this user now. u NULL: the default one. */
void fe_policy_of(const struct fe *fe, const struct fe_user *u, struct fe_meeting_policy *out);
/* May meetings under this policy have the medium ("chat", "audio-video", "meeting", ...)? */
bool fe_policy_allows_type(const struct fe_meeting_policy *p, struct ply_slice type);
/* What the client is told of it (in-band provisioning). Texts LENT until settings change. */
struct ply_meeting_policy;
void fe_policy_provision(const struct fe *fe, const struct fe_user *u,
			 struct ply_meeting_policy *out);
/* rtcconfig said that a setting changed: they are read again. Before conferencing is there:
 * nothing. */
void fe_policies_changed(struct fe *fe);
/* Pool settings (MSFT_SIPMeetingScheduleSetting, and Parley's own of the same class). All in
 * milliseconds; read and watched in rtcconfig. */
struct fe_meeting_times {
	uint64_t max_length;      /* T1: since the last join; 24 h */
	uint64_t unauthenticated; /* T2: without an enterprise user; 10 min */
	uint64_t ad_hoc_expiry;   /* expiry-time absent; 8 h */
	uint64_t sweep;           /* between two looks for what has expired; 1 h */
	uint64_t content_grace;   /* ContentExpirationGracePeriod; 14 d */
	uint64_t rejoin_grace;    /* after a restart: so long places are kept; 60 s */
	uint64_t batch;           /* roster changes are gathered; 200 ms */
	uint32_t max_per_user;    /* MaxScheduledMeetingsPerUser; 1000 */
	bool t2_counts_federated, allow_demotion, federated_preset_presenter, require_timer;
	bool default_anonymous; /* DefaultAdmissionTypeAnonymous */
};
const struct fe_meeting_times *fe_meeting_times(const struct fe *fe);

/* --- the record (meeting.c). A heap object of its own; texts owned, "" when none --- */
struct fe_meeting_user {
	char *uri; /* canonical address of record */
	enum ply_ci_role role;
};
struct fe_meeting_mcu {
	char *type; /* "chat" */
	char *settings;
};
struct fe_meeting {
	int64_t id; /* in rtc */
	char *organizer, *conf_id, *guid, *subject, *description;
	char *key; /* the conference key in clear; "" when none */
	char *notification_data, *organizer_data;
	enum ply_ci_admission admission;
	unsigned expiry_rule;                                      /* as in rtc: fixed, sliding */
	uint64_t created_ms, expires_ms, updated_ms, activated_ms; /* wall clock */
	uint32_t version;
	struct fe_meeting_user *user;
	size_t n_user;
	struct fe_meeting_mcu *mcu;
	size_t n_mcu;
	struct fe_meeting_policy policy; /* of the organizer, when it was loaded */
};
struct ply_rtc_conf_full;
/* From what rtc has of it; the policy is not filled. GIVES *out. 0, -ENOMEM, or -EBADMSG for a key
 * that was sealed under another secret (logged; the meeting has none then, and *out is given). */
int fe_meeting_from_rtc(const struct fe *fe, const struct ply_rtc_conf_full *c,
			struct fe_meeting **out);
void fe_meeting_free(struct fe_meeting *m); /* NULL is fine */
/* Role on the predefined list; ROLE_NONE: not listed. The organizer is a presenter. */
enum ply_ci_role fe_meeting_listed(const struct fe_meeting *m, const char *uri);
bool fe_meeting_wants_mcu(const struct fe_meeting *m, const char *type);
/* The document of a meeting: description, users, views. Everything LENT; arrays from `mem`. */
void fe_meeting_describe(const struct fe_meeting *m, bool is_active, struct ply_arena *mem,
			 struct ply_ci *out);

struct fe_meetings;
/* Reads the secret of state_dir/meeting.key, makes it at first start. 0 or negative, logged. A pool
 * of several Front Ends has to give all of them the same file. */
int fe_meeting_secret_open(struct fe_meetings *m);
/* The key at rest: sealed with this secret (AES-256-GCM), text form. open: -EBADMSG for what was
 * not sealed with it. Both append. */
int fe_meeting_key_seal(const struct fe *fe, const char *key, struct ply_strbuf *out);
int fe_meeting_key_open(const struct fe *fe, struct ply_slice sealed, struct ply_strbuf *out);

#endif
