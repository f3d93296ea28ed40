/* getConference: everything, as a subscription's full document has it. [MS-CONFBAS] 2.2.3. */
#include "frontend/conference/focus.h"

static void describe_users(const struct fe_focus *f, struct ply_arena *mem, struct ply_ci *out)
{
	out->users_state = PLY_CI_FULL;
	out->user = ply_arena_alloc(mem, (f->n_parties + 1) * sizeof *out->user);
	if (!out->user)
		return;
	PLY_LIST_FOR(it, &f->parties)
		fe_party_describe(container_of(it, struct fe_party, in_focus), PLY_CI_FULL, mem,
				  &out->user[out->n_user++]);
}

static void run(struct fe_c3p_call *call)
{
	struct ply_c3p_response r;
	struct ply_arena mem;

	ply_arena_init(&mem, 4096);
	ply_c3p_response_to(&r, &call->req, PLY_C3P_R_NONE);
	r.has_conf = true;
	r.keys.conf = ply_slice_str(call->focus->entity);
	fe_focus_describe(call->focus, &mem, &r.conf);
	describe_users(call->focus, &mem, &r.conf);
	fe_c3p_done_with(call, &r);
	ply_arena_deinit(&mem);
}

const struct fe_c3p_cmd fe_c3p_get_conference = {
	.cmd = PLY_C3P_GET_CONFERENCE,
	.who = FE_WHO_ANYONE,
	.run = run,
};
