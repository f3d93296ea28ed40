/* Meeting policies and the times of meetings as they stand in rtcconfig: read at start and whenever
 * a setting changes (provisioning.c watches and tells). What a policy is, and whose, is
 * topo/policy.h. */
#include "topo/policy.h"

#include "base/mem.h"
#include "frontend/conference/focus.h"
#include "presence/provision_xml.h"

#include <errno.h>

#define SCHEDULE_CLASS "MSFT_SIPMeetingScheduleSetting"
#define CONTENT_CLASS  "MSFT_SIPDataMCUCapabilitySetting"

/* As they are set; fe_meeting_times has them in milliseconds. */
struct schedule {
	uint32_t max_length, unauthenticated, ad_hoc, sweep, content_grace, rejoin_grace; /* s */
	uint32_t batch_ms, max_per_user;
	bool t2_federated, allow_demotion, federated_presenter, require_timer, anonymous;
};

struct fe_policies {
	struct fe *fe;
	struct ply_policies set;
	struct fe_meeting_times times;
	bool loaded, loading, again;
	bool closed; /* the database still owes an answer */
};

#define S    SCHEDULE_CLASS
#define W(f) offsetof(struct schedule, f)
/* clang-format off */
static const struct ply_conf_item items[] = {
 { S, "MaxMeetingLength",             PLY_CONF_SECS, 0, W(max_length),          1, 2592000,  "24h",  NULL, "a meeting ends so long after the last join" },
 { S, "UnAuthenticatedUserGracePeriod", PLY_CONF_SECS, 0, W(unauthenticated),   1, 604800,   "10m",  NULL, "a meeting ends so long after the last enterprise user left" },
 { S, "AdHocExpiry",                  PLY_CONF_SECS, 0, W(ad_hoc),              60, 31536000, "8h",  NULL, "life of a meeting whose creator names no end" },
 { S, "SweepInterval",                PLY_CONF_SECS, 0, W(sweep),               1, 86400,    "1h",   NULL, "between two looks for what has expired" },
 { CONTENT_CLASS, "ContentExpirationGracePeriod", PLY_CONF_SECS, 0, W(content_grace), 0, 31536000, "14d", NULL, "content is kept so long after the meeting expired" },
 { S, "RejoinGracePeriod",            PLY_CONF_SECS, 0, W(rejoin_grace),        1, 3600,     "60s",  NULL, "after a restart places are kept so long" },
 { S, "RosterBatchMilliseconds",      PLY_CONF_UINT, 0, W(batch_ms),            1, 10000,    "200",  NULL, "roster changes are gathered so long" },
 { S, "MaxScheduledMeetingsPerUser",  PLY_CONF_UINT, 0, W(max_per_user),        1, 100000,   "1000", NULL, "meetings of one organizer that have not expired" },
 { S, "FederatedUsersAreAuthenticated", PLY_CONF_BOOL, 0, W(t2_federated),      0, 0,        "no",   NULL, "a partner's user keeps a meeting alive as an enterprise user does" },
 { S, "AllowDemotion",                PLY_CONF_BOOL, 0, W(allow_demotion),      0, 0,        "no",   NULL, "a presenter can be made an attendee" },
 { S, "FederatedPresenters",          PLY_CONF_BOOL, 0, W(federated_presenter), 0, 0,        "no",   NULL, "a partner's user on the list may join as presenter" },
 { S, "RequireTimer",                 PLY_CONF_BOOL, 0, W(require_timer),       0, 0,        "no",   NULL, "clients without session timers are refused" },
 { S, "DefaultAdmissionTypeAnonymous", PLY_CONF_BOOL, 0, W(anonymous),          0, 0,        "no",   NULL, "a meeting whose creator does not say is open to anonymous users" },
 { NULL, NULL, PLY_CONF_STR, 0, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
#undef S
#undef W

static uint64_t ms(uint32_t secs)
{
	return (uint64_t)secs * 1000;
}

static void set_times(struct fe_meeting_times *t, const struct schedule *w)
{
	*t = (struct fe_meeting_times){
		.max_length = ms(w->max_length),
		.unauthenticated = ms(w->unauthenticated),
		.ad_hoc_expiry = ms(w->ad_hoc),
		.sweep = ms(w->sweep),
		.content_grace = ms(w->content_grace),
		.rejoin_grace = ms(w->rejoin_grace),
		.batch = w->batch_ms,
		.max_per_user = w->max_per_user,
		.t2_counts_federated = w->t2_federated,
		.allow_demotion = w->allow_demotion,
		.federated_preset_presenter = w->federated_presenter,
		.require_timer = w->require_timer,
		.default_anonymous = w->anonymous,
	};
}

static void take_time(struct schedule *w, const struct ply_rtcconfig_setting *s,
		      struct ply_strbuf *bad)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	char value[64];

	for (const struct ply_conf_item *i = items; i->section; i++) {
		if (!ply_slice_caseis(s->class_, i->section) ||
		    !ply_slice_caseis(s->property, i->key))
			continue;
		ply_strbuf_reset(&err);
		if (!ply_slice_copy(ply_slice_trim(s->value), value, sizeof value) ||
		    ply_conf_set(i, w, value, NULL, &err))
			ply_strbuf_addf(bad, "%s.%s: %s\n", i->section, i->key,
					ply_strbuf_str(&err));
	}
	ply_strbuf_deinit(&err);
}

static void take_times(struct fe_policies *p, const struct ply_rtcconfig_setting *s, size_t n,
		       struct ply_strbuf *bad)
{
	struct schedule w;
	char pool[300];

	if (ply_conf_defaults(items, &w, bad))
		return;
	(void)snprintf(pool, sizeof pool, "pool:%s", p->fe->pool);
	for (size_t i = 0; i < n; i++)
		if (ply_slice_is(s[i].level, "global"))
			take_time(&w, &s[i], bad);
	for (size_t i = 0; i < n; i++)
		if (ply_slice_caseis(s[i].level, pool))
			take_time(&w, &s[i], bad);
	set_times(&p->times, &w);
}

static int take(struct fe_policies *p, const struct ply_rtcconfig_setting *s, size_t n)
{
	struct ply_strbuf bad = PLY_STRBUF_INIT;
	const uint64_t grace = p->times.rejoin_grace;
	struct ply_policies fresh;
	struct ply_slice rest, line;
	int r = ply_policies_make(&fresh, s, n, p->fe->pool, &bad);

	if (!r) {
		ply_policies_deinit(&p->set);
		p->set = fresh;
		take_times(p, s, n, &bad);
		if (p->times.rejoin_grace != grace)
			fe_meetings_grace_changed(p->fe->meetings);
	}
	rest = ply_strbuf_slice(&bad);
	while (rest.len && ply_slice_split(&rest, '\n', &line) && line.len)
		ply_warn(&p->fe->meetings->log, "policy.unreadable", KSL("why", line));
	ply_strbuf_deinit(&bad);
	return r;
}

static void load(struct fe_policies *p);

static void read_rows(void *ctx, int r, const struct ply_rtcconfig_setting *s, size_t n)
{
	struct fe_policies *p = ctx;

	p->loading = false;
	if (p->closed) {
		ply_free(p);
		return;
	}
	if (r || take(p, s, n))
		return;
	p->loaded = true;
	if (p->again)
		load(p);
}

/* A change while a list is on its way may not be in it: then once more. */
static void load(struct fe_policies *p)
{
	struct ply_slice all = ply_slice("", 0);

	p->again = p->loading;
	if (!p->loading && !ply_rtcconfig_list(p->fe->rtcconfig, all, all, read_rows, p))
		p->loading = true;
}

void fe_policies_changed(struct fe *fe)
{
	if (fe->meetings && fe->meetings->policies)
		load(fe->meetings->policies);
}

int fe_policies_new(struct fe_meetings *m)
{
	struct fe_policies *p = ply_calloc(1, sizeof *p);
	int r;

	if (!p)
		return -ENOMEM;
	p->fe = m->fe;
	m->policies = p;
	r = take(p, NULL, 0);
	if (!r)
		load(p);
	return r;
}

void fe_policies_free(struct fe_meetings *m)
{
	struct fe_policies *p = m->policies;

	if (!p)
		return;
	ply_policies_deinit(&p->set);
	if (p->loading)
		p->closed = true;
	else
		ply_free(p);
	m->policies = NULL;
}

static const struct ply_policy *policy_of(const struct fe *fe, const struct fe_user *u)
{
	struct fe_policies *p = fe->meetings->policies;
	enum ply_policy_why why;

	if (!p->loaded)
		load(p); /* the database was away at start */
	return ply_policy_of(&p->set, ply_slice_str(u ? u->meeting_policy : NULL), &why);
}

void fe_policy_of(const struct fe *fe, const struct fe_user *u, struct fe_meeting_policy *out)
{
	const struct ply_policy *p = policy_of(fe, u);

	memcpy(out->name, p->name, sizeof out->name);
	out->meeting_size = p->v.meeting_size;
	out->allow_ip_audio = p->v.allow_ip_audio;
	out->allow_ip_video = p->v.allow_ip_video;
	out->enable_data_collaboration = p->v.enable_data_collaboration;
	out->enable_app_sharing = p->v.enable_app_sharing;
	out->allow_anonymous = ply_policy_anonymous(&fe->meetings->policies->set, p);
}

bool fe_policy_allows_type(const struct fe_meeting_policy *p, struct ply_slice type)
{
	if (ply_slice_is(type, "audio-video"))
		return p->allow_ip_audio;
	if (ply_slice_is(type, "meeting"))
		return p->enable_data_collaboration;
	if (ply_slice_is(type, "applicationsharing"))
		return p->enable_app_sharing;
	return true;
}

const struct fe_meeting_times *fe_meeting_times(const struct fe *fe)
{
	return &fe->meetings->policies->times;
}

/* --- in-band --- */

void fe_policy_provision(const struct fe *fe, const struct fe_user *u,
			 struct ply_meeting_policy *out)
{
	static const char *const sharing[] = {"None", "SingleApplication", "Desktop"};
	static const char *const color[] = {NULL, "GrayScale", "256Colors", "HighColor",
					    "TrueColor"};
	const struct ply_policy *p = policy_of(fe, u);

	*out = (struct ply_meeting_policy){
		.name = p->name,
		.allow_ip_audio = p->v.allow_ip_audio,
		.allow_ip_video = p->v.allow_ip_video,
		.allow_presenter_to_record = p->v.allow_record,
		.allow_presenter_to_delegate_recording = p->v.allow_delegate_record,
		.allow_app_sharing_for_external = sharing[p->v.external_sharing],
		.enable_app_desktop_sharing = p->v.enable_app_sharing,
		.enable_data_collaboration = p->v.enable_data_collaboration,
		.color_depth = color[p->v.color_depth],
		.meeting_size = p->v.meeting_size,
		.retain_ppt_for_external = p->v.retain_ppt,
		.allow_anonymous = ply_policy_anonymous(&fe->meetings->policies->set, p),
		.enable_pstn_conferencing = p->v.enable_pstn,
	};
}
