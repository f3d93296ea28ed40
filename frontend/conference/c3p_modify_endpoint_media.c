/* modifyEndpointMedia: mute, of oneself or (presenters) of others, at the conferencing server that
 * has the medium. [MS-CONFBAS] 2.2.3. */
#include "frontend/conference/focus.h"

/* Clients that leave mcuUri out name an endpoint, which is of one server. */
static void find_type(struct fe_c3p_call *call, const struct fe_party *p)
{
	if (*call->type)
		return;
	PLY_LIST_FOR(it, &p->places) {
		const struct fe_place *pl = container_of(it, struct fe_place, in_party);

		if (strcmp(pl->type, "focus") != 0 &&
		    ply_slice_caseis(call->req.keys.endpoint, pl->entity))
			(void)snprintf(call->type, sizeof call->type, "%s", pl->type);
	}
}

static void run(struct fe_c3p_call *call)
{
	const struct fe_party *p;

	if (!*call->user) {
		fe_c3p_done(call, PLY_C3P_R_REQUEST_MALFORMED);
		return;
	}
	p = fe_c3p_target(call);
	if (p)
		find_type(call, p);
	if (!p)
		fe_c3p_done(call, PLY_C3P_R_USER_DOES_NOT_EXIST);
	else if (!*call->type || !fe_enlist_find(call->focus, call->type))
		fe_c3p_done(call, PLY_C3P_R_ENDPOINT_DOES_NOT_EXIST);
	else
		fe_c3p_relay(call, NULL);
}

const struct fe_c3p_cmd fe_c3p_modify_endpoint_media = {
	.cmd = PLY_C3P_MODIFY_ENDPOINT_MEDIA,
	.who = FE_WHO_SELF_OR_PRESENTER,
	.run = run,
};
