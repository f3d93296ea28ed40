/* modifyConference with mcuUri: settings of one conferencing server, which it understands and the
 * Focus does not. [MS-CONFBAS] 4.4.10. */
#include "frontend/conference/focus.h"

static void run(struct fe_c3p_call *call)
{
	if (!*call->type)
		fe_c3p_done(call, PLY_C3P_R_NOT_SUPPORTED);
	else if (!fe_enlist_find(call->focus, call->type))
		fe_c3p_done(call, PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE);
	else
		fe_c3p_relay(call, NULL);
}

const struct fe_c3p_cmd fe_c3p_modify_conference = {
	.cmd = PLY_C3P_MODIFY_CONFERENCE,
	.who = FE_WHO_PRESENTER,
	.run = run,
};
