/* addUser with mcuUri: "expect me" (dial-in) or "call him" (dial-out) at a conferencing server,
 * which is found first. [MS-CONFBAS] 2.2.3.15 - 2.2.3.18. */
#include "frontend/conference/focus.h"

static void answered(struct fe_c3p_call *call, enum ply_c3p_reason reason,
		     const struct ply_c3p_response *last)
{
	struct ply_c3p_response r;

	ply_c3p_response_to(&r, &call->req, reason);
	if (!reason && last) {
		r.keys.conf = ply_slice_str(call->focus->entity);
		r.has_user = last->has_user;
		r.user = last->user;
		r.info = last->info; /* where he will find it */
		r.n_info = last->n_info;
	}
	fe_c3p_done_with(call, &r);
}

static void found(void *ctx, enum ply_c3p_reason r, struct fe_enlist *e)
{
	struct fe_c3p_call *call = ctx;

	(void)e;
	if (r)
		fe_c3p_done(call, r);
	else
		fe_c3p_relay(call, answered);
}

/* A role is given by the Focus alone. */
static void set_user(struct fe_c3p_call *call)
{
	const struct fe_party *p = fe_c3p_target(call);

	call->req.user.role = p ? p->role : PLY_CI_ATTENDEE;
	if (p && *p->display_name)
		call->req.user.display_text = ply_slice_str(p->display_name);
}

static enum ply_c3p_reason check_dial_out(struct fe_c3p_call *call)
{
	const struct fe_focus *f = call->focus;
	uint32_t size = f->def->policy.meeting_size;

	if (fe_c3p_by(call)->role != PLY_CI_PRESENTER) {
		call->diag = 3015; /* third-party dial-out by attendees */
		return PLY_C3P_R_UNAUTHORIZED;
	}
	if (!fe_c3p_target(call) && size && f->n_parties + f->n_joining >= size)
		return PLY_C3P_R_MAXIMUM_MEETING_SIZE;
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason check(struct fe_c3p_call *call)
{
	const struct ply_c3p_request *req = &call->req;

	if (!*call->type) {
		call->diag = 3005; /* joining the Focus is an INVITE */
		return PLY_C3P_R_NOT_SUPPORTED;
	}
	if (req->n_user != 1 || !req->has_user || !*call->user || req->user.n_endpoint != 1 ||
	    !req->user.endpoint[0].entity.len)
		return PLY_C3P_R_REQUEST_MALFORMED;
	if (!fe_meeting_wants_mcu(call->focus->def, call->type))
		return PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE;
	if (req->user.endpoint[0].joining == PLY_CI_DIALED_OUT)
		return check_dial_out(call);
	return strcmp(call->user, call->by) != 0 ? PLY_C3P_R_UNAUTHORIZED : PLY_C3P_R_NONE;
}

static void run(struct fe_c3p_call *call)
{
	enum ply_c3p_reason r = check(call);

	if (r) {
		fe_c3p_done(call, r);
		return;
	}
	set_user(call);
	if (call->req.user.endpoint[0].joining == PLY_CI_DIALED_OUT)
		fe_c3p_takes_long(call);
	if (fe_enlist_want(call->focus, call->type, found, call))
		fe_c3p_done(call, PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE);
}

const struct fe_c3p_cmd fe_c3p_add_user = {
	.cmd = PLY_C3P_ADD_USER,
	.who = FE_WHO_ANYONE, /* run() knows the difference between oneself and others */
	.run = run,
};
