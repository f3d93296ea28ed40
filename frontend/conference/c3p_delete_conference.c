/* deleteConference to the Focus: a presenter ends the meeting, which stays scheduled; anybody else
 * who asks for it merely leaves. [MS-CONFBAS] 2.2.3.13, 2.2.3.14. */
#include "frontend/conference/focus.h"

static void answer(struct fe_c3p_call *call)
{
	struct ply_c3p_response r;

	ply_c3p_response_to(&r, &call->req, PLY_C3P_R_NONE);
	r.has_conf = true;
	r.conf.entity = ply_slice_str(call->focus->entity);
	fe_c3p_done_with(call, &r);
}

static void run(struct fe_c3p_call *call)
{
	struct fe_focus *f = call->focus;
	struct fe_party *by = fe_c3p_by(call);

	answer(call);
	if (by->role == PLY_CI_PRESENTER) {
		fe_focus_end(f, FE_END_COMMAND);
		return;
	}
	PLY_LIST_FOR(it, &by->places)
		fe_place_bye(container_of(it, struct fe_place, in_party), NULL);
	fe_party_leave(by);
}

const struct fe_c3p_cmd fe_c3p_delete_conference = {
	.cmd = PLY_C3P_DELETE_CONFERENCE,
	.who = FE_WHO_ANYONE,
	.run = run,
};
