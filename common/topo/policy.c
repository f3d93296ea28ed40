#include "topo/policy.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SHARING "None|SingleApplication|Desktop"
#define COLOR   "none|GrayScale|256Colors|HighColor|TrueColor"
#define C       PLY_POLICY_CLASS
#define V(f)    offsetof(struct ply_policy_values, f)

/* clang-format off */
const struct ply_conf_item ply_policy_fields[PLY_POLICY_FIELDS + 1] = {
 { C, "MeetingSize",                       PLY_CONF_UINT, 0, V(meeting_size), 2, 1000, NULL, NULL, "participants at once, the organizer among them" },
 { C, "AllowIPAudio",                      PLY_CONF_BOOL, 0, V(allow_ip_audio), 0, 0, NULL, NULL, "audio over the network" },
 { C, "AllowIPVideo",                      PLY_CONF_BOOL, 0, V(allow_ip_video), 0, 0, NULL, NULL, "video beside it" },
 { C, "EnableDataCollaboration",           PLY_CONF_BOOL, 0, V(enable_data_collaboration), 0, 0, NULL, NULL, "slides, whiteboards, polls" },
 { C, "EnableAppDesktopSharing",           PLY_CONF_BOOL, 0, V(enable_app_sharing), 0, 0, NULL, NULL, "sharing of applications and of the desktop" },
 { C, "AllowAppSharingForExternalMeeting", PLY_CONF_ENUM, 0, V(external_sharing), 0, 0, NULL, SHARING, "what may be shared when partners or anonymous users can take part" },
 { C, "ColorDepth",                        PLY_CONF_ENUM, 0, V(color_depth), 0, 0, NULL, COLOR, "colours of what is shared; none: the client decides" },
 { C, "AllowPresenterToRecord",            PLY_CONF_BOOL, 0, V(allow_record), 0, 0, NULL, NULL, "presenters may record" },
 { C, "AllowPresenterToDelegateRecording", PLY_CONF_BOOL, 0, V(allow_delegate_record), 0, 0, NULL, NULL, "and let attendees record" },
 { C, "RetainPPTForExternalMeeting",       PLY_CONF_BOOL, 0, V(retain_ppt), 0, 0, NULL, NULL, "slides stay files when partners or anonymous users can take part" },
 { C, "AllowAnonymousParticipants",        PLY_CONF_BOOL, 0, V(allow_anonymous), 0, 0, NULL, NULL, "anonymous users may be invited, where the global switch leaves it to the policy" },
 { C, "EnablePSTNConferencing",            PLY_CONF_BOOL, 0, V(enable_pstn), 0, 0, NULL, NULL, "dial-in by telephone" },
 { C, "DefaultPolicy",                     PLY_CONF_BOOL, 0, V(is_default), 0, 0, NULL, NULL, "for users who have none of their own" },
 { NULL, NULL, PLY_CONF_STR, 0, 0, 0, 0, NULL, NULL, NULL },
};

/* The product's names. Its values are in no published text: these fall from all to the least. */
static const struct ply_policy built_in[] = {
/*  name                               size audio  video  data   share  with externals      colour record deleg. ppt    anon.  pstn   default */
 { .name = PLY_POLICY_DEFAULT, .v = {  250, true,  true,  true,  true,  PLY_SHARING_NONE,    0,    false, false, false, true,  false, true } },
 { .name = "Policy 1 (High)",  .v = {  250, true,  true,  true,  true,  PLY_SHARING_DESKTOP, 0,    true,  true,  true,  true,  false, false } },
 { .name = "Policy 2",         .v = {  250, true,  true,  true,  true,  PLY_SHARING_SINGLE,  0,    true,  false, true,  true,  false, false } },
 { .name = "Policy 3",         .v = {  100, true,  true,  true,  true,  PLY_SHARING_NONE,    0,    true,  false, false, true,  false, false } },
 { .name = "Policy 4",         .v = {   50, true,  false, true,  false, PLY_SHARING_NONE,    0,    false, false, false, true,  false, false } },
 { .name = "Policy 5 (Low)",   .v = {   10, false, false, true,  false, PLY_SHARING_NONE,    0,    false, false, false, false, false, false } },
};
/* clang-format on */
#undef C
#undef V

/* "Policy 1" is "Policy 1 (High)" too. */
static bool is_named(const struct ply_policy *p, struct ply_slice name)
{
	struct ply_slice own = ply_slice_str(p->name);
	size_t at = p->built_in ? ply_slice_find(own, " (") : SIZE_MAX;

	return ply_slice_caseeq(own, name) ||
	       (at != SIZE_MAX && ply_slice_caseeq(ply_slice_sub(own, 0, at), name));
}

static struct ply_policy *find(const struct ply_policies *p, struct ply_slice name)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_named(&p->policy[i], name))
			return &p->policy[i];
	return NULL;
}

const struct ply_policy *ply_policy_find(const struct ply_policies *p, struct ply_slice name)
{
	return find(p, ply_slice_trim(name));
}

static void note(struct ply_strbuf *bad, const struct ply_rtcconfig_setting *s, const char *why)
{
	if (bad)
		ply_strbuf_addf(bad, "%.*s %.*s.%.*s.%.*s: %s\n", PLY_SLICE_ARG(s->level),
				PLY_SLICE_ARG(s->class_), PLY_SLICE_ARG(s->instance),
				PLY_SLICE_ARG(s->property), why);
}

static struct ply_policy *add_custom(struct ply_policies *p, const struct ply_rtcconfig_setting *s)
{
	struct ply_policy *c = &p->policy[p->n];

	if (p->n == PLY_POLICIES_MAX || !ply_slice_copy(s->instance, c->name, sizeof c->name))
		return NULL;
	p->n++;
	c->v = built_in[0].v;
	c->v.is_default = false;
	memset(c->origin, PLY_POLICY_BY_DEFAULT, sizeof c->origin);
	return c;
}

static void take_field(struct ply_policies *p, const struct ply_rtcconfig_setting *s,
		       enum ply_policy_origin origin, struct ply_strbuf *bad)
{
	struct ply_policy *policy = find(p, s->instance);
	struct ply_strbuf err = PLY_STRBUF_INIT;
	char value[64];
	size_t i = 0;

	while (i < PLY_POLICY_FIELDS && !ply_slice_caseis(s->property, ply_policy_fields[i].key))
		i++;
	if (!policy && s->instance.len)
		policy = add_custom(p, s);
	if (ply_slice_caseis(s->property, "Name") || ply_slice_caseis(s->property, "Type"))
		return;
	if (!policy)
		note(bad, s, "no policy of this name can be made");
	else if (i == PLY_POLICY_FIELDS)
		note(bad, s, "there is no such property");
	else if (!ply_slice_copy(ply_slice_trim(s->value), value, sizeof value) ||
		 ply_conf_set(&ply_policy_fields[i], &policy->v, value, NULL, &err))
		note(bad, s, ply_strbuf_str(&err));
	else
		policy->origin[i] = (uint8_t)origin;
	ply_strbuf_deinit(&err);
}

static void take_anonymous(struct ply_policies *p, const struct ply_rtcconfig_setting *s,
			   struct ply_strbuf *bad)
{
	static const struct {
		const char *word;
		enum ply_policy_anonymous is;
	} words[] = {
		{"All", PLY_ANONYMOUS_ALL},           {"yes", PLY_ANONYMOUS_ALL},
		{"true", PLY_ANONYMOUS_ALL},          {"None", PLY_ANONYMOUS_NONE},
		{"no", PLY_ANONYMOUS_NONE},           {"false", PLY_ANONYMOUS_NONE},
		{"PerUser", PLY_ANONYMOUS_BY_POLICY},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (ply_slice_caseis(ply_slice_trim(s->value), words[i].word)) {
			p->anonymous = words[i].is;
			return;
		}
	}
	note(bad, s, "expected All, None or PerUser");
}

static void take_global(struct ply_policies *p, const struct ply_rtcconfig_setting *s,
			enum ply_policy_origin origin, struct ply_strbuf *bad)
{
	struct ply_slice value = ply_slice_trim(s->value);

	if (ply_slice_caseis(s->property, "MeetingPolicy")) {
		if (ply_slice_caseis(value, PLY_POLICY_PER_USER))
			value.len = 0;
		if (!ply_slice_copy(value, p->everybody, sizeof p->everybody))
			note(bad, s, "the name is too long");
		p->everybody_origin = origin;
	} else if (ply_slice_caseis(s->property, "AllowOrganizeMeetingWithAnonymousParticipants")) {
		take_anonymous(p, s, bad);
		p->anonymous_origin = origin;
	} else {
		note(bad, s, "there is no such property");
	}
}

static void take_level(struct ply_policies *p, const struct ply_rtcconfig_setting *s, size_t n,
		       const char *level, enum ply_policy_origin origin, struct ply_strbuf *bad)
{
	for (size_t i = 0; i < n; i++) {
		if (!ply_slice_caseis(s[i].level, level))
			continue;
		if (ply_slice_caseis(s[i].class_, PLY_POLICY_CLASS))
			take_field(p, &s[i], origin, bad);
		else if (ply_slice_caseis(s[i].class_, PLY_POLICY_GLOBAL_CLASS))
			take_global(p, &s[i], origin, bad);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct ply_policy *)a)->name,
			  ((const struct ply_policy *)b)->name);
}

int ply_policies_make(struct ply_policies *out, const struct ply_rtcconfig_setting *s, size_t n,
		      const char *pool, struct ply_strbuf *bad)
{
	char level[300];

	*out = (struct ply_policies){0};
	out->policy = ply_calloc(PLY_POLICIES_MAX, sizeof *out->policy);
	if (!out->policy)
		return -ENOMEM;
	memcpy(out->policy, built_in, sizeof built_in);
	out->n = ARRAY_LEN(built_in);
	for (size_t i = 0; i < out->n; i++)
		out->policy[i].built_in = true;
	(void)snprintf(level, sizeof level, "pool:%s", pool);
	take_level(out, s, n, "global", PLY_POLICY_GLOBAL, bad);
	take_level(out, s, n, level, PLY_POLICY_POOL, bad);
	qsort(out->policy + ARRAY_LEN(built_in), out->n - ARRAY_LEN(built_in), sizeof *out->policy,
	      by_name);
	return 0;
}

void ply_policies_deinit(struct ply_policies *p)
{
	ply_free(p->policy);
	*p = (struct ply_policies){0};
}

/* One that an administrator made the default goes before the one that is built in. */
static const struct ply_policy *the_default(const struct ply_policies *p)
{
	if (!p->policy)
		return &built_in[0];
	for (size_t i = 1; i < p->n; i++)
		if (p->policy[i].v.is_default)
			return &p->policy[i];
	return &p->policy[0];
}

const struct ply_policy *ply_policy_of(const struct ply_policies *p, struct ply_slice assigned,
				       enum ply_policy_why *why)
{
	const struct ply_policy *found;

	assigned = ply_slice_trim(assigned);
	if (p->everybody[0]) {
		found = find(p, ply_slice_str(p->everybody));
		*why = found ? PLY_POLICY_EVERYBODY : PLY_POLICY_EVERYBODY_GONE;
	} else {
		found = assigned.len ? find(p, assigned) : NULL;
		*why = found          ? PLY_POLICY_ASSIGNED
		       : assigned.len ? PLY_POLICY_ASSIGNED_GONE
				      : PLY_POLICY_NONE_ASSIGNED;
	}
	return found ? found : the_default(p);
}

bool ply_policy_anonymous(const struct ply_policies *p, const struct ply_policy *policy)
{
	return p->anonymous == PLY_ANONYMOUS_ALL ||
	       (p->anonymous == PLY_ANONYMOUS_BY_POLICY && policy->v.allow_anonymous);
}
