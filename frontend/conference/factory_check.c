/* What a client may have scheduled: [MS-CONFPRO] 2.2.1.2, meeting-lifecycle E1-E4. Pure. */
#include "base/ascii.h"
#include "frontend/conference/factory.h"

#include <time.h>

/* Words and numbers of rtc are those of the documents. */
_Static_assert((int)PLY_RTC_CLOSED_AUTHENTICATED == (int)PLY_CI_CLOSED &&
		       (int)PLY_RTC_OPEN_AUTHENTICATED == (int)PLY_CI_OPEN &&
		       (int)PLY_RTC_ANONYMOUS == (int)PLY_CI_ANONYMOUS,
	       "admission");
_Static_assert((int)PLY_RTC_ATTENDEE == (int)PLY_CI_ATTENDEE &&
		       (int)PLY_RTC_PRESENTER == (int)PLY_CI_PRESENTER,
	       "roles");

enum {
	ID_MIN = 8,
	KEY_MAX = 64,
	SETTINGS_MAX = 4096, /* of one medium */
	SLIDING_MONTHS = 6,
	PAST_YEARS = 1,
	FUTURE_YEARS = 10,
};

bool fe_conf_id_ok(struct ply_slice id)
{
	if (id.len < ID_MIN || id.len > PLY_CI_MAX_CONF_ID)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		char c = ply_ascii_lower(id.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

static int days_of(int year, int month) /* month from 0 */
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 1 && leap ? 29 : days[month];
}

uint64_t fe_add_months(uint64_t wall_ms, unsigned months)
{
	time_t secs = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&secs, &tm))
		return wall_ms;
	tm.tm_mon += (int)months;
	tm.tm_year += tm.tm_mon / 12;
	tm.tm_mon %= 12;
	if (tm.tm_mday > days_of(tm.tm_year + 1900, tm.tm_mon))
		tm.tm_mday = days_of(tm.tm_year + 1900, tm.tm_mon);
	return (uint64_t)timegm(&tm) * 1000 + wall_ms % 1000;
}

static bool is_key(struct ply_slice key)
{
	if (!key.len || key.len > KEY_MAX)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return false;
	return true;
}

/* An anonymous meeting nobody has the key of is of no use, and keys are never given out again: its
 * creator must choose one. A modification without one keeps the old one. */
static enum ply_c3p_reason check_admission(const struct ply_ci_description *d,
					   const struct fe_draft_rules *rules, struct fe_draft *out)
{
	out->admission = d->admission;
	if (d->says_admission && !d->admission)
		return PLY_C3P_R_INVALID_ADMISSION_POLICY;
	if (!d->says_admission)
		out->admission = rules->old ? rules->old->admission
				 : rules->times->default_anonymous && rules->policy->allow_anonymous
					 ? PLY_CI_ANONYMOUS
					 : PLY_CI_OPEN;
	if (out->admission == PLY_CI_ANONYMOUS && !rules->policy->allow_anonymous)
		return PLY_C3P_R_ANONYMOUS_NOT_ALLOWED;
	out->key = d->conference_key;
	if (!out->key.len && rules->old)
		out->key = ply_slice_str(rules->old->key);
	if (out->key.len ? !is_key(out->key) : out->admission == PLY_CI_ANONYMOUS)
		return PLY_C3P_R_INVALID_PASSCODE;
	return PLY_C3P_R_NONE;
}

static bool is_known_type(struct ply_slice type)
{
	static const char *const types[] = {"chat", "audio-video", "meeting", "phone-conf",
					    "applicationsharing"};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (ply_slice_is(type, types[i]))
			return true;
	return false;
}

/* In a view the medium's name, or the URI of the conferencing server (a client that sends back what
 * getConference gave it); the view of the Focus itself is none. */
static struct ply_slice type_of(struct ply_slice entity, struct ply_arena *mem)
{
	struct ply_c3p_uri uri;
	const char *copy;

	if (!ply_slice_casestarts(entity, "sip:") || ply_c3p_uri_parse(&uri, entity))
		return entity;
	copy = ply_arena_copy(mem, uri.type, strlen(uri.type));
	return ply_slice_str(copy);
}

/* Servers of a medium may come and go until the meeting begins: what the policy allows can be
 * wanted. */
static enum ply_c3p_reason check_media(const struct ply_ci *want,
				       const struct fe_draft_rules *rules, struct ply_arena *mem,
				       struct fe_draft *out)
{
	out->mcu = ply_arena_alloc(mem, (want->n_view + 1) * sizeof *out->mcu);
	if (!out->mcu)
		return PLY_C3P_R_OTHER_FAILURE;
	for (size_t i = 0; i < want->n_view; i++) {
		struct ply_slice type = type_of(want->view[i].entity, mem);

		if (ply_slice_is(type, "focus"))
			continue;
		if (!is_known_type(type))
			return PLY_C3P_R_UNKNOWN_MCU_TYPE;
		if (!fe_policy_allows_type(rules->policy, type))
			return PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE;
		if (want->view[i].settings.len > SETTINGS_MAX)
			return PLY_C3P_R_SETTINGS_TOO_LARGE;
		out->mcu[out->n_mcu++] = (struct ply_rtc_conf_mcu){
			.type = type,
			.settings = want->view[i].settings,
		};
	}
	return PLY_C3P_R_NONE;
}

static bool expiry_in_range(int64_t expiry_ms, uint64_t now)
{
	return expiry_ms > 0 && fe_add_months((uint64_t)expiry_ms, PAST_YEARS * 12) >= now &&
	       (uint64_t)expiry_ms <= fe_add_months(now, FUTURE_YEARS * 12);
}

/* Absent: 8 h (E3); for one that recurs without end 6 calendar months, which each activation starts
 * anew (E4). A past time makes it one for the next sweep. */
static enum ply_c3p_reason check_expiry(const struct ply_ci_description *d,
					const struct fe_draft_rules *rules, struct fe_draft *out)
{
	uint64_t now = rules->now_ms;

	out->expiry_rule = d->recurring ? PLY_RTC_EXPIRY_SLIDING : PLY_RTC_EXPIRY_FIXED;
	out->expires_ms = d->recurring ? fe_add_months(now, SLIDING_MONTHS)
				       : now + rules->times->ad_hoc_expiry;
	if (d->expiry_ms) {
		out->expires_ms = (uint64_t)d->expiry_ms;
		return expiry_in_range(d->expiry_ms, now) ? PLY_C3P_R_NONE
							  : PLY_C3P_R_INVALID_EXPIRY_TIME;
	}
	if (rules->old && !d->recurring) {
		out->expiry_rule = rules->old->expiry_rule;
		out->expires_ms = rules->old->expires_ms;
	}
	return PLY_C3P_R_NONE;
}

static bool canonical(struct ply_slice entity, struct ply_arena *mem, struct ply_slice *out)
{
	char aor[PLY_SIP_AOR_MAX];
	struct ply_sip_uri u;

	if (ply_sip_uri_parse(ply_slice_trim(entity), &u) || u.tel || !u.user.len ||
	    ply_sip_uri_aor(&u, aor))
		return false;
	*out = ply_slice_str(ply_arena_copy(mem, aor, strlen(aor)));
	return true;
}

/* The organizer need not be on the list: he is a presenter whatever it says. */
static enum ply_c3p_reason check_users(const struct ply_ci *want,
				       const struct fe_draft_rules *rules, struct ply_arena *mem,
				       struct fe_draft *out)
{
	out->user = ply_arena_alloc(mem, (want->n_user + 1) * sizeof *out->user);
	if (!out->user)
		return PLY_C3P_R_OTHER_FAILURE;
	for (size_t i = 0; i < want->n_user; i++) {
		struct ply_rtc_conf_user *u = &out->user[out->n_user];

		if (!canonical(want->user[i].entity, mem, &u->uri))
			return PLY_C3P_R_INVALID_USER_ENTITY;
		if (!u->uri.p)
			return PLY_C3P_R_OTHER_FAILURE;
		u->role = want->user[i].role == PLY_CI_PRESENTER ? PLY_RTC_PRESENTER
								 : PLY_RTC_ATTENDEE;
		out->n_user += !ply_slice_is(u->uri, rules->organizer);
	}
	if (out->n_user + 1 > rules->policy->meeting_size)
		return PLY_C3P_R_MAXIMUM_MEETING_SIZE;
	return PLY_C3P_R_NONE;
}

enum ply_c3p_reason fe_draft_check(const struct ply_ci *want, const struct fe_draft_rules *rules,
				   struct ply_arena *mem, struct fe_draft *out)
{
	const struct ply_ci_description *d = &want->description;
	enum ply_c3p_reason r;

	*out = (struct fe_draft){
		.conf_id = ply_slice_trim(d->conference_id),
		.subject = d->subject,
		.description = d->display_text,
		.notification_data = d->notification_data,
		.organizer_data = d->organizer_data,
		.version = d->version,
	};
	r = check_admission(d, rules, out);
	if (!r)
		r = check_media(want, rules, mem, out);
	if (!r && !fe_conf_id_ok(out->conf_id))
		r = PLY_C3P_R_INVALID_CONFERENCE_ID;
	if (!r)
		r = check_expiry(d, rules, out);
	if (!r)
		r = check_users(want, rules, mem, out);
	return r;
}

void fe_draft_record(const struct fe_draft *d, const char *organizer, struct ply_slice sealed,
		     uint64_t now_ms, struct ply_rtc_conf *conf, struct ply_rtc_conf_lists *lists)
{
	*conf = (struct ply_rtc_conf){
		.organizer = ply_slice_str(organizer),
		.conf_id = d->conf_id,
		.subject = d->subject,
		.description = d->description,
		.key = sealed.len ? sealed : ply_slice(NULL, 0),
		.notification_data = d->notification_data,
		.organizer_data = d->organizer_data,
		.admission = (uint32_t)d->admission,
		.expiry_rule = d->expiry_rule,
		.expires_ms = d->expires_ms,
		.created_ms = now_ms,
		.updated_ms = now_ms,
		.version = d->version,
	};
	*lists = (struct ply_rtc_conf_lists){d->user, d->mcu, d->n_user, d->n_mcu};
}
