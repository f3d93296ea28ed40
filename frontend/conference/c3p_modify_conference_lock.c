/* modifyConferenceLock: nobody new comes in. The Focus enforces it; the conferencing servers are
 * told before the answer. [MS-CONFBAS] 2.2.3.12. */
#include "db/rtc/rtc_conf.h"
#include "frontend/conference/focus.h"

static void committed(void *ctx, int r)
{
	struct fe_c3p_call *call = ctx;

	if (!fe_c3p_committed(call, r))
		return;
	if (call->focus->locked != call->req.locked) {
		call->focus->locked = call->req.locked;
		ply_info(&call->focus->log, "focus.lock-changed", KI("locked", call->req.locked),
			 KS("from", call->by));
		fe_focus_touch_views(call->focus);
	}
	*call->type = '\0';
	fe_c3p_relay(call, fe_c3p_done_anyway);
}

static void run(struct fe_c3p_call *call)
{
	if (!call->req.has_locked)
		fe_c3p_done(call, PLY_C3P_R_REQUEST_MALFORMED);
	else
		fe_c3p_asked(call, ply_rtc_conf_lock(call->fe->rtc, call->focus->def->id,
						     call->req.locked, committed, call));
}

const struct fe_c3p_cmd fe_c3p_modify_conference_lock = {
	.cmd = PLY_C3P_MODIFY_CONFERENCE_LOCK,
	.who = FE_WHO_PRESENTER,
	.run = run,
};
