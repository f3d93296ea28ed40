/* deleteUser: one leaves, or a presenter puts somebody out. Conferencing servers first, so that he
 * is not seen to come back. [MS-CONFBAS] 2.2.3.9. */
#include "frontend/conference/focus.h"

static void told(struct fe_c3p_call *call, enum ply_c3p_reason r,
		 const struct ply_c3p_response *last)
{
	struct fe_party *p = fe_c3p_target(call);
	struct fe_focus *f = call->focus;

	if (p)
		ply_info(&f->log, "focus.removed", KS("user", p->uri), KS("from", call->by));
	fe_c3p_done_anyway(call, r, last);
	if (p) /* last: the meeting may end with him */
		fe_party_remove(p, "removed");
}

static void run(struct fe_c3p_call *call)
{
	if (!*call->user) {
		fe_c3p_done(call, PLY_C3P_R_REQUEST_MALFORMED);
		return;
	}
	if (!fe_c3p_target(call)) {
		fe_c3p_done(call, PLY_C3P_R_USER_DOES_NOT_EXIST);
		return;
	}
	/* The organizer can leave, and nobody can make him. */
	if (!strcmp(call->user, call->focus->def->organizer) && strcmp(call->user, call->by) != 0) {
		fe_c3p_done(call, PLY_C3P_R_UNAUTHORIZED);
		return;
	}
	*call->type = '\0'; /* all of them */
	fe_c3p_relay(call, told);
}

const struct fe_c3p_cmd fe_c3p_delete_user = {
	.cmd = PLY_C3P_DELETE_USER,
	.who = FE_WHO_SELF_OR_PRESENTER,
	.run = run,
};
