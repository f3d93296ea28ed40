/* C3P commands in the dialog with the Focus: read, checked against the table of who may issue what,
 * run, answered in the 200 (SIPE answers no INFO of ours, so there is one only after a dial-out
 * that rang for long). One file for each command. [MS-CONFBAS] 2.2.3, 3.1.5. */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/focus.h"

#include <errno.h>

enum { PATIENCE_MS = 5000 };

/* A command not in here is notSupported. Later versions' (setLobbyAccess ...) are among these. */
static const struct fe_c3p_cmd *const commands[] = {
	&fe_c3p_add_user,
	&fe_c3p_delete_user,
	&fe_c3p_modify_user,
	&fe_c3p_modify_user_roles,
	&fe_c3p_modify_conference_lock,
	&fe_c3p_delete_conference,
	&fe_c3p_get_conference,
	&fe_c3p_modify_conference,
	&fe_c3p_modify_endpoint_media,
};

PLY_COUNTER(run_total, "parley_frontend_meeting_commands_total", "C3P commands in meetings");
PLY_COUNTER(refused_total, "parley_frontend_meeting_commands_refused_total",
	    "C3P commands answered with a failure");

const struct fe_c3p_cmd *fe_c3p_find(enum ply_c3p_cmd cmd)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i]->cmd == cmd)
			return commands[i];
	return NULL;
}

bool fe_c3p_may(enum fe_c3p_who who, enum ply_ci_role role, bool self)
{
	switch (who) {
	case FE_WHO_ANYONE:
		return true;
	case FE_WHO_SELF:
		return self;
	case FE_WHO_SELF_OR_PRESENTER:
		return self || role == PLY_CI_PRESENTER;
	case FE_WHO_PRESENTER:
		return role == PLY_CI_PRESENTER;
	}
	return false;
}

struct fe_party *fe_c3p_by(const struct fe_c3p_call *call)
{
	return call->focus ? fe_roster_find(call->focus, ply_slice_str(call->by)) : NULL;
}

struct fe_party *fe_c3p_target(const struct fe_c3p_call *call)
{
	return call->focus ? fe_roster_find(call->focus, ply_slice_str(call->user)) : NULL;
}

/* --- answers --- */

static void call_free(struct fe_c3p_call *call)
{
	if (call->focus)
		fe_enlist_forget(call->focus, call);
	ply_list_del(&call->node);
	ply_timer_stop(&call->patience);
	ply_c3p_request_deinit(&call->req);
	ply_free(call);
}

static void log_refusal(const struct fe_c3p_call *call, enum ply_c3p_reason reason)
{
	const struct ply_log *log = call->focus ? &call->focus->log : &call->fe->log;

	ply_counter_inc(&refused_total);
	ply_warn(log, "focus.command-refused", KSL("command", call->req.name), KS("from", call->by),
		 KS("user", call->user), KS("reason", ply_c3p_reason_name(reason)));
}

/* The answer after 202, in the dialog that the command came in; nobody waits for what becomes of
 * it. */
static void send_info(const struct fe_c3p_call *call, struct ply_slice body)
{
	const struct fe_party *p = fe_c3p_by(call);
	const struct fe_place *pl =
		p ? fe_place_find(p, ply_slice_str(call->place), "focus") : NULL;
	struct ply_strbuf *out = &call->fe->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;

	if (!pl || !pl->dialog)
		return;
	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (!ply_sip_dialog_write(pl->dialog, call->fe->transport, "INFO", branch, ply_slice("", 0),
				  PLY_CT_CCCP, body, out) &&
	    !ply_sip_ctx_start(call->fe->txl, &tx, PLY_SIP_INFO, branch, &pl->dialog->hop,
			       ply_strbuf_slice(out), NULL, NULL))
		ply_sip_ctx_abandon(tx);
}

static void accept(void *ctx)
{
	struct fe_c3p_call *call = ctx;
	struct fe_req *q = call->q;

	if (!q)
		return;
	call->q = NULL;
	call->accepted = true;
	q->stage_drop = NULL;
	fe_req_reply(q, &(struct ply_sip_reply){.status = 202});
}

void fe_c3p_takes_long(struct fe_c3p_call *call)
{
	ply_timer_start(call->fe->loop, &call->patience, PATIENCE_MS, accept, call);
}

static void reply(struct fe_c3p_call *call, const struct ply_c3p_response *r)
{
	struct ply_strbuf *body = &call->fe->scratch[1];
	struct ply_sip_reply out = {.status = 200, .content_type = PLY_CT_CCCP};
	struct fe_req *q = call->q;

	if (r->code == PLY_C3P_FAILURE)
		log_refusal(call, r->reason);
	if (!q && !call->accepted)
		return;
	if (r->code == PLY_C3P_FAILURE) {
		out.diag = call->diag ? call->diag : ply_c3p_reason_diag(r->reason);
		out.diag_reason = ply_c3p_reason_name(r->reason);
		out.source = call->fe->fqdn;
	}
	ply_strbuf_reset(body);
	ply_c3p_response_write(body, r);
	out.body = ply_strbuf_slice(body);
	if (!q) {
		call->accepted = false;
		send_info(call, out.body);
		return;
	}
	call->q = NULL;
	q->stage_drop = NULL;
	fe_req_reply(q, &out);
}

void fe_c3p_done_with(struct fe_c3p_call *call, const struct ply_c3p_response *r)
{
	reply(call, r);
	call_free(call);
}

void fe_c3p_done(struct fe_c3p_call *call, enum ply_c3p_reason reason)
{
	struct ply_c3p_response r;

	ply_c3p_response_to(&r, &call->req, reason);
	fe_c3p_done_with(call, &r);
}

void fe_c3p_drop(struct fe_focus *f)
{
	PLY_LIST_FOR_SAFE(it, next, &f->calls) {
		struct fe_c3p_call *call = container_of(it, struct fe_c3p_call, node);
		struct ply_c3p_response r;

		ply_c3p_response_to(&r, &call->req, PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST);
		reply(call, &r);
		if (!call->asked) {
			call_free(call);
			continue;
		}
		fe_enlist_forget(f, call);
		ply_list_del(&call->node);
		call->focus = NULL;
	}
}

/* --- what runs later --- */

static void relayed(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *last)
{
	struct fe_c3p_call *call = ctx;

	if (call->then)
		call->then(call, r, last);
	else
		fe_c3p_done(call, r);
}

void fe_c3p_relay(struct fe_c3p_call *call, fe_c3p_then *then)
{
	/* What goes to a server has another sender; what answers the client must not. */
	struct ply_c3p_request req = call->req;

	call->then = then;
	fe_enlist_send(call->focus, *call->type ? call->type : NULL, &req, fe_c3p_by(call), relayed,
		       call);
}

void fe_c3p_done_anyway(struct fe_c3p_call *call, enum ply_c3p_reason r,
			const struct ply_c3p_response *last)
{
	(void)last;
	if (r)
		ply_warn(&call->focus->log, "focus.relay-failed", KSL("command", call->req.name),
			 KS("reason", ply_c3p_reason_name(r)));
	fe_c3p_done(call, PLY_C3P_R_NONE);
}

void fe_c3p_asked(struct fe_c3p_call *call, int r)
{
	call->asked = !r;
	if (r)
		fe_c3p_done(call, PLY_C3P_R_SERVER_BUSY);
}

bool fe_c3p_committed(struct fe_c3p_call *call, int r)
{
	call->asked = false;
	if (!call->focus)
		call_free(call);
	else if (r && r != PLY_DB_E_NONE)
		fe_c3p_done(call, PLY_C3P_R_SERVER_BUSY);
	else
		return true;
	return false;
}

/* --- reading --- */

/* What the request is about: the user of its keys, or the one it describes. */
static void read_user(struct fe_c3p_call *call)
{
	struct ply_slice text = call->req.keys.user;
	struct ply_sip_uri uri;

	if (!text.len && call->req.has_user)
		text = call->req.user.entity;
	if (ply_sip_uri_parse(text, &uri) || uri.tel || ply_sip_uri_aor(&uri, call->user))
		(void)ply_slice_copy(text, call->user, sizeof call->user);
}

/* Of this conference, as far as it says: NONE. */
static enum ply_c3p_reason read_target(struct fe_c3p_call *call)
{
	const struct ply_c3p_request *req = &call->req;
	struct ply_c3p_uri u;

	if (req->keys.conf.len &&
	    (ply_c3p_uri_parse(&u, req->keys.conf) || strcmp(u.key, call->focus->uri.key) != 0)) {
		call->diag = 3003; /* invalid conference entity */
		return PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST;
	}
	if (!req->mcu_uri.len)
		return PLY_C3P_R_NONE;
	if (ply_c3p_uri_parse(&u, req->mcu_uri) || strcmp(u.key, call->focus->uri.key) != 0) {
		call->diag = 3013; /* invalid MCU URI */
		return PLY_C3P_R_UNKNOWN_MCU_TYPE;
	}
	if (strcmp(u.type, "focus") != 0)
		(void)snprintf(call->type, sizeof call->type, "%s", u.type);
	return PLY_C3P_R_NONE;
}

static void dropped(struct fe_req *q)
{
	((struct fe_c3p_call *)q->stage_ctx)->q = NULL;
}

static struct fe_c3p_call *call_new(struct fe_req *q, const struct fe_place *pl)
{
	struct fe_c3p_call *call = ply_calloc(1, sizeof *call);

	if (!call)
		return NULL;
	call->q = q;
	call->fe = q->fe;
	call->focus = pl->party->focus;
	(void)snprintf(call->by, sizeof call->by, "%s", pl->party->uri);
	(void)snprintf(call->place, sizeof call->place, "%s", pl->entity);
	ply_list_push(&call->focus->calls, &call->node);
	q->stage_ctx = call;
	q->stage_drop = dropped;
	return call;
}

static void check_and_run(struct fe_c3p_call *call, enum ply_ci_role role)
{
	const struct fe_c3p_cmd *cmd = fe_c3p_find(call->req.cmd);
	enum ply_c3p_reason r = read_target(call);
	bool self;

	read_user(call);
	self = !*call->user || !strcmp(call->user, call->by);
	if (!r && !cmd)
		r = PLY_C3P_R_NOT_SUPPORTED;
	else if (!r && !fe_c3p_may(cmd->who, role, self))
		r = PLY_C3P_R_UNAUTHORIZED;
	if (r)
		fe_c3p_done(call, r);
	else
		cmd->run(call);
}

enum fe_verdict fe_c3p_run(struct fe_req *q, struct fe_place *pl)
{
	struct fe_c3p_call *call = call_new(q, pl);
	int r;

	if (!call) {
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return FE_DONE;
	}
	ply_counter_inc(&run_total);
	r = ply_c3p_request_parse(&call->req, q->msg->body);
	ply_c3p_request_distrust(&call->req);
	if (r && !call->req.name.len) { /* nothing to answer under */
		call->q = NULL;
		q->stage_drop = NULL;
		call_free(call);
		fe_refuse(q, FE_D_CONF_BODY, NULL);
	} else if (r) {
		fe_c3p_done(call, r == PLY_C3P_E_TOO_MANY ? PLY_C3P_R_REQUEST_TOO_LARGE
							  : PLY_C3P_R_REQUEST_MALFORMED);
	} else {
		check_and_run(call, pl->party->role);
	}
	return FE_DONE;
}
