/* The whole way of a request through the Front End: start reading here. A stage looks at the
 * request and says what next; one that must wait for the database is run again when the answer
 * came. */
#include "frontend/pipeline.h"

#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/anonymous.h"
#include "frontend/conference/conference.h"
#include "frontend/im/im.h"
#include "frontend/presence/presence.h"
#include "frontend/proxy/proxy.h"
#include "frontend/registrar/registrar.h"
#include "frontend/trace.h"

static enum fe_verdict fe_dispatch(struct fe_req *q);

typedef enum fe_verdict fe_stage_fn(struct fe_req *q);

/* clang-format off */
static const struct stage {
	const char *name;
	fe_stage_fn *run;
} stages[] = {
	{ "validate",	  fe_validate },	/* syntax, hops, loops, extensions */
	{ "classify",	  fe_classify },	/* client or trusted server */
	{ "preroute",	  fe_preroute },	/* our own Route values off */
	{ "authenticate", fe_authenticate },	/* signature, digest or challenge */
	{ "identify",	  fe_identify },	/* From is the authenticated user */
	{ "find-target",  fe_find_target },	/* the user of the Request-URI */
	{ "dispatch",	  fe_dispatch },	/* registrar, presence, meetings, IM */
	{ "proxy",	  fe_proxy },		/* everything else goes on to somebody */
};
/* clang-format on */

/* Event packages that User Services answers; others are between endpoints. */
static bool is_our_event(struct ply_slice event)
{
	struct ply_slice name;

	(void)ply_slice_split(&event, ';', &name);
	name = ply_slice_trim(name);
	return ply_slice_caseis(name, "presence") || ply_slice_casestarts(name, "presence.") ||
	       ply_slice_casestarts(name, "vnd-microsoft-");
}

/* To our domain itself, or to this server by name. */
static bool for_server(const struct fe_req *q)
{
	return !q->ruri.user.p || !q->ruri.user.len;
}

static enum fe_verdict options_answer(struct fe_req *q)
{
	struct ply_sip_reply r = {
		.status = 200,
		.lines = ply_slice_str(
			"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, MESSAGE, "
			"SUBSCRIBE, "
			"NOTIFY, BENOTIFY, REFER, PUBLISH, SERVICE\r\n"
			"Supported: gruu-10, adhoclist, msrtc-event-categories, path\r\n"),
	};

	fe_req_reply(q, &r);
	return FE_DONE;
}

static enum fe_verdict dispatch_subscribe(struct fe_req *q)
{
	bool in_dialog = q->to_tag.len > 0;

	if (in_dialog)
		return fe_presence_owns_dialog(q->fe, q) ? fe_presence_subscribe(q) : FE_NEXT;
	if (q->target && is_our_event(ply_sip_hdr(q->msg, PLY_HDR_EVENT)))
		return fe_presence_subscribe(q);
	if (for_server(q)) {
		fe_refuse(q, FE_D_BAD_EVENT, NULL);
		return FE_DONE;
	}
	return FE_NEXT;
}

static enum fe_verdict fe_dispatch(struct fe_req *q)
{
	if (fe_conference_wants(q))
		return fe_conference_stage(q);
	switch (q->msg->method) {
	case PLY_SIP_REGISTER:
		return fe_register(q);
	case PLY_SIP_SUBSCRIBE:
		return dispatch_subscribe(q);
	case PLY_SIP_SERVICE:
		/* To oneself, to the domain (directory), to service URIs of ours. */
		return fe_presence_service(q);
	case PLY_SIP_PUBLISH:
		return fe_presence_publish(q);
	case PLY_SIP_OPTIONS:
		return for_server(q) ? options_answer(q) : FE_NEXT;
	case PLY_SIP_NEGOTIATE: /* [MS-SIPCOMP]: no compression here; the client goes on without */
		fe_refuse(q, FE_D_METHOD, NULL);
		return FE_DONE;
	case PLY_SIP_INVITE:
	case PLY_SIP_MESSAGE:
	case PLY_SIP_INFO:
	case PLY_SIP_BYE:
	case PLY_SIP_ACK:
		return fe_im_stage(q);
	default:
		return FE_NEXT;
	}
}

static void run(struct fe_req *q)
{
	while (q->stage < ARRAY_LEN(stages)) {
		enum fe_verdict v = stages[q->stage].run(q);

		if (v == FE_DONE)
			return;
		if (v == FE_WAIT)
			return;
		q->stage++;
	}
	fe_refuse(q, FE_D_NO_METHOD, NULL);
}

void fe_req_resume(struct fe_req *q)
{
	q->stage_drop = NULL;
	run(q);
}

PLY_COUNTER(requests, "parley_frontend_requests_total", "requests that entered the pipeline");

static struct fe_req *req_new(struct fe *fe, struct ply_sip_msg *msg)
{
	struct fe_req *q = ply_calloc(1, sizeof *q);

	if (!q)
		return NULL;
	ply_counter_inc(&requests);
	q->fe = fe;
	q->msg = msg;
	ply_list_push(&fe->requests, &q->node);
	return q;
}

void fe_pipeline_run(struct fe *fe, struct ply_sip_stx *stx, struct ply_sip_msg *msg,
		     const struct ply_sip_hop *from)
{
	struct fe_req *q = req_new(fe, msg);

	if (!q) {
		if (stx)
			(void)ply_sip_stx_answer(stx, 503, 0, NULL, fe->fqdn);
		return;
	}
	(void)ply_sip_msg_ref(msg);
	q->stx = stx;
	q->from = *from;
	run(q);
}

void fe_pipeline_send(struct fe *fe, struct ply_sip_msg *msg, struct fe_user *as)
{
	struct fe_req *q = req_new(fe, msg);

	if (!q) {
		ply_sip_msg_unref(msg);
		return;
	}
	q->own = true;
	q->trusted = true;
	fe_user_hold(as);
	q->sender = as;
	run(q);
}

void fe_req_done(struct fe_req *q)
{
	if (q->stage_drop)
		q->stage_drop(q);
	fe_wait_cancel(q->wait);
	ply_list_del(&q->node);
	fe_user_release(q->sender);
	fe_user_release(q->target);
	ply_sip_msg_unref(q->msg);
	ply_free(q);
}

void fe_req_reply(struct fe_req *q, const struct ply_sip_reply *r)
{
	if (q->stx)
		(void)ply_sip_stx_reply(q->stx, r);
	q->stx = NULL;
	fe_req_done(q);
}

void fe_req_reply_body(struct fe_req *q, struct ply_sip_reply *r, struct ply_strbuf *body)
{
	r->body = ply_strbuf_slice(body);
	if (ply_strbuf_err(body) || !body->len)
		fe_refuse(q, FE_D_OVERLOAD, NULL);
	else
		fe_req_reply(q, r);
	ply_strbuf_deinit(body);
}

void fe_req_ok(struct fe_req *q)
{
	const struct ply_sip_reply r = {.status = 200};

	fe_req_reply(q, &r);
}

void fe_requests_drop(struct fe *fe)
{
	struct ply_list *n;

	while ((n = ply_list_first(&fe->requests)))
		fe_req_done(container_of(n, struct fe_req, node));
}

/* --- from the transaction layer --- */

static void on_request(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *req,
		       const struct ply_sip_hop *from)
{
	fe_pipeline_run(ctx, stx, req, from);
}

static void on_ack(void *ctx, struct ply_sip_msg *ack, const struct ply_sip_hop *from)
{
	fe_pipeline_run(ctx, NULL, ack, from);
}

static void on_cancel(void *ctx, struct ply_sip_stx *invite, struct ply_sip_msg *cancel)
{
	fe_forward_cancel(ctx, invite, cancel);
}

static void on_stray(void *ctx, struct ply_sip_msg *rsp, const struct ply_sip_hop *from)
{
	(void)from;
	fe_forward_stray(ctx, rsp);
}

static void on_flow_closed(void *ctx, uint64_t flow, const char *why)
{
	struct fe *fe = ctx;

	ply_debug(&fe->log, "flow.closed", KI("flow", (int64_t)flow), KS("why", why));
	fe_endpoints_flow_closed(fe, flow);
	fe_im_flow_closed(fe, flow);
	fe_presence_flow_closed(fe, flow);
	fe_meetings_flow_closed(fe, flow);
	fe_anonymous_flow_closed(fe, flow);
	fe_auth_flow_closed(fe, flow);
}

static void sign(void *ctx, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		 struct ply_strbuf *line)
{
	fe_auth_sign(ctx, to, m, line);
}

static void trace(void *ctx, const struct ply_sip_hop *hop, bool out, struct ply_slice text)
{
	fe_trace_message(ctx, hop, out, text);
}

static bool accept_response(void *ctx, struct ply_sip_msg *rsp, const struct ply_sip_hop *from)
{
	return fe_auth_accept_response(ctx, rsp, from);
}

const struct ply_sip_tu_ops fe_tu_ops = {
	.accept_response = accept_response,
	.on_request = on_request,
	.on_ack = on_ack,
	.on_cancel = on_cancel,
	.on_stray = on_stray,
	.on_flow_closed = on_flow_closed,
	.sign = sign,
	.trace = trace,
};
