/* modifyUserRoles: a presenter makes somebody a presenter, until he leaves. rtc first (it survives
 * this process), then the conferencing servers, then the answer. [MS-CONFBAS] 2.2.3.11. */
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/focus.h"

static void committed(void *ctx, int r)
{
	struct fe_c3p_call *call = ctx;
	struct fe_party *p;

	if (!fe_c3p_committed(call, r))
		return;
	p = fe_c3p_target(call);
	if (!p) {
		fe_c3p_done(call, PLY_C3P_R_USER_DOES_NOT_EXIST);
		return;
	}
	fe_roster_set_role(p, call->req.role);
	ply_info(&call->focus->log, "focus.role-changed", KS("user", p->uri),
		 KS("role", ply_ci_role_name(p->role)), KS("from", call->by));
	*call->type = '\0';
	fe_c3p_relay(call, fe_c3p_done_anyway);
}

/* Presenters stay presenters in this generation, the organizer in all of them; who is here by
 * telephone only has nothing to present. */
static bool is_supported(const struct fe_c3p_call *call, const struct fe_party *p)
{
	if (!p->n_focus)
		return false;
	return call->req.role == PLY_CI_PRESENTER ||
	       (fe_meeting_times(call->fe)->allow_demotion &&
		strcmp(p->uri, call->focus->def->organizer) != 0);
}

static void run(struct fe_c3p_call *call)
{
	const struct fe_party *p = fe_c3p_target(call);
	enum ply_ci_role role = call->req.role;

	if (!*call->user || !role) {
		fe_c3p_done(call,
			    *call->user ? PLY_C3P_R_INVALID_ROLE : PLY_C3P_R_REQUEST_MALFORMED);
	} else if (!p) {
		fe_c3p_done(call, PLY_C3P_R_USER_DOES_NOT_EXIST);
	} else if (p->role == role) {
		fe_c3p_done(call, PLY_C3P_R_NONE);
	} else if (!is_supported(call, p)) {
		fe_c3p_done(call, PLY_C3P_R_NOT_SUPPORTED);
	} else {
		fe_c3p_asked(call, ply_rtc_conf_role(call->fe->rtc, call->focus->def->id,
						     ply_slice_str(p->uri),
						     role == PLY_CI_PRESENTER ? PLY_RTC_PRESENTER
									      : PLY_RTC_ATTENDEE,
						     committed, call));
	}
}

const struct fe_c3p_cmd fe_c3p_modify_user_roles = {
	.cmd = PLY_C3P_MODIFY_USER_ROLES,
	.who = FE_WHO_PRESENTER,
	.run = run,
};
