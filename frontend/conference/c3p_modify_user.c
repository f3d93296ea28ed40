/* modifyUser, renameUser: the name one goes by in this meeting. */
#include "base/mem.h"
#include "frontend/conference/focus.h"

static void run(struct fe_c3p_call *call)
{
	struct fe_party *p = fe_c3p_by(call);
	struct ply_slice name = call->req.user.display_text;
	char *copy;

	if (!call->req.has_user || !name.len || name.len > PLY_CI_MAX_TEXT) {
		fe_c3p_done(call, PLY_C3P_R_REQUEST_MALFORMED);
		return;
	}
	copy = ply_slice_dup(name);
	if (!copy) {
		fe_c3p_done(call, PLY_C3P_R_SERVER_BUSY);
		return;
	}
	ply_free(p->display_name);
	p->display_name = copy;
	fe_roster_touch(p);
	fe_c3p_done(call, PLY_C3P_R_NONE);
}

const struct fe_c3p_cmd fe_c3p_modify_user = {
	.cmd = PLY_C3P_MODIFY_USER,
	.who = FE_WHO_SELF,
	.run = run,
};
