/* Who asks, and may he come in: the admission table of meeting types and kinds of users.
 * [MS-CONFBAS] 3.1.5, OCS 2007 technical overview, "User types" and "Meeting security". */
#include "frontend/conference/focus.h"

/* A partner's user, or one of ours who came in through another server, by what that server says:
 * [MS-SIPRE] ms-edge-proxy-message-trust. */
static bool is_verified(const struct fe_req *q)
{
	struct ply_slice rest = ply_sip_hdr_named(q->msg, "ms-edge-proxy-message-trust"), one;

	while (rest.len && ply_slice_split(&rest, ';', &one))
		if (ply_slice_caseis(ply_slice_trim(one), "ms-source-verified-user=verified"))
			return true;
	return false;
}

static bool who_asserted(const struct fe_req *q, struct fe_who *out)
{
	const char *at = strchr(q->from_aor, '@');

	if (!at)
		return false;
	out->uri = q->from_aor;
	if (fe_is_our_domain(q->fe, ply_slice_str(at + 1))) {
		out->auth = PLY_CI_AUTH_ENTERPRISE;
		out->access = PLY_CI_INTERNAL;
		return true;
	}
	out->auth = PLY_CI_AUTH_FEDERATED;
	out->access = PLY_CI_EXTERNAL;
	return is_verified(q);
}

bool fe_who_of(const struct fe_req *q, struct fe_who *out)
{
	*out = (struct fe_who){.display_name = q->from_addr.display};
	if (q->anonymous) {
		out->uri = q->from_aor;
		out->auth = PLY_CI_AUTH_ANONYMOUS;
		out->access = PLY_CI_EXTERNAL;
		return true;
	}
	if (!q->sender)
		return q->trusted && who_asserted(q, out);
	out->uri = q->sender->aor;
	if (q->sender->display_name && *q->sender->display_name)
		out->display_name = ply_slice_str(q->sender->display_name);
	out->auth = PLY_CI_AUTH_ENTERPRISE;
	out->access = q->sender_ep && (q->sender_ep->flags & FE_EP_REMOTE) ? PLY_CI_EXTERNAL
									   : PLY_CI_INTERNAL;
	return true;
}

static enum fe_admit admit_enterprise(const struct fe_meeting *m, enum ply_ci_role listed,
				      enum ply_ci_role *granted)
{
	if (!listed && m->admission == PLY_CI_CLOSED)
		return FE_ADMIT_NOT_INVITED;
	*granted = listed ? listed : PLY_CI_ATTENDEE;
	return FE_ADMIT_OK;
}

/* Never a presenter, whatever the list says; R2 has it otherwise, so it is a switch. */
static enum fe_admit admit_federated(const struct fe_meeting *m, enum ply_ci_role listed,
				     bool preset_presenter, enum ply_ci_role *granted)
{
	if (!listed && m->admission != PLY_CI_ANONYMOUS)
		return FE_ADMIT_FEDERATED;
	*granted = listed && preset_presenter ? listed : PLY_CI_ATTENDEE;
	return FE_ADMIT_OK;
}

static enum fe_admit admit_kind(const struct fe_meeting *m, const struct fe_meeting_times *rules,
				const struct fe_who *who, enum ply_ci_role *granted)
{
	enum ply_ci_role listed = fe_meeting_listed(m, who->uri);

	switch (who->auth) {
	case PLY_CI_AUTH_ENTERPRISE:
		return admit_enterprise(m, listed, granted);
	case PLY_CI_AUTH_FEDERATED:
		return admit_federated(m, listed, rules->federated_preset_presenter, granted);
	case PLY_CI_AUTH_ANONYMOUS:
		/* The organizer may have lost the right since he made the meeting. */
		if (m->admission != PLY_CI_ANONYMOUS || !m->policy.allow_anonymous)
			return FE_ADMIT_ANONYMOUS;
		*granted = PLY_CI_ATTENDEE;
		return FE_ADMIT_OK;
	case PLY_CI_AUTH_NONE:
		break;
	}
	return FE_ADMIT_NOT_INVITED;
}

enum fe_admit fe_admit(const struct fe_meeting *m, const struct fe_focus *f,
		       const struct fe_meeting_times *rules, const struct fe_who *who,
		       uint64_t now_ms, enum ply_ci_role *granted)
{
	const struct fe_party *in = f ? fe_roster_find(f, ply_slice_str(who->uri)) : NULL;
	enum fe_admit r;

	*granted = PLY_CI_ROLE_NONE;
	if (m->expires_ms <= now_ms) /* nobody, not the organizer either, active or not */
		return FE_ADMIT_EXPIRED;
	r = admit_kind(m, rules, who, granted);
	if (r)
		return r;
	if (in) { /* back, or with a second client: a promotion lasts until he leaves */
		if (in->role > *granted)
			*granted = in->role;
		return FE_ADMIT_OK;
	}
	if (f && f->locked && strcmp(who->uri, m->organizer) != 0)
		return FE_ADMIT_LOCKED;
	if (f && m->policy.meeting_size && f->n_parties + f->n_joining >= m->policy.meeting_size)
		return FE_ADMIT_FULL;
	return FE_ADMIT_OK;
}
