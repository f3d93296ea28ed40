/* The bridge between the two ways of instant messaging: an OCS client opens a session (INVITE
 * m=message) to a user who has standard endpoints only. Here the session ends; each MESSAGE in it
 * goes on as a pager MESSAGE (RFC 3428) to all the user's endpoints, and what the first of them
 * answers goes back. The other direction needs no bridge: SIPE and Communicator take a MESSAGE
 * outside a dialog. */
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/im/im_internal.h"

#include <errno.h>

enum { MAX_BRIDGES = 20000, IDLE_MS = 60 * 60 * 1000 };

PLY_GAUGE(bridges_gauge, "parley_frontend_im_bridges", "IM sessions bridged to pager messages");

struct bridge {
	struct ply_hnode node;
	struct fe *fe;
	struct ply_sip_dialog *dialog; /* with the caller; we are the callee */
	struct fe_user *caller, *callee;
	char call_id[33], from_tag[17]; /* of the pager messages */
	uint32_t cseq;
	struct ply_timer idle;
};

/* One MESSAGE on its way to the callee's endpoints. */
struct relay {
	struct ply_list node; /* in im->relays */
	struct fe *fe;
	struct ply_sip_stx *stx; /* NULL once answered */
	unsigned open, best;
};

static void bridge_free(struct bridge *b)
{
	fe_im_gone(b->fe, b->dialog);
	ply_timer_stop(&b->idle);
	ply_hash_del(&b->fe->im->bridges, &b->node);
	b->fe->im->n_bridges--;
	ply_counter_add(&bridges_gauge, -1);
	fe_user_release(b->caller);
	fe_user_release(b->callee);
	ply_sip_dialog_free(b->dialog);
	ply_free(b);
}

static void idle_out(void *ctx)
{
	bridge_free(ctx);
}

static struct bridge *bridge_new(struct fe_req *q)
{
	struct fe *fe = q->fe;
	struct bridge *b;
	struct ply_slice tag = ply_sip_stx_to_tag(q->stx);

	if (fe->im->n_bridges >= MAX_BRIDGES)
		return NULL;
	b = ply_calloc(1, sizeof *b);
	if (!b)
		return NULL;
	if (ply_sip_dialog_uas(&b->dialog, q->msg, &q->from, tag) ||
	    ply_hash_add(
		    &fe->im->bridges, &b->node,
		    ply_sip_dialog_hash(ply_sip_hdr(q->msg, PLY_HDR_CALL_ID), tag, q->from_tag))) {
		ply_sip_dialog_free(b->dialog);
		ply_free(b);
		return NULL;
	}
	b->fe = fe;
	b->caller = q->sender;
	b->callee = q->target;
	if (b->caller)
		fe_user_hold(b->caller);
	fe_user_hold(b->callee);
	ply_random_hex(b->call_id, sizeof b->call_id - 1);
	ply_random_hex(b->from_tag, sizeof b->from_tag - 1);
	fe->im->n_bridges++;
	ply_counter_inc(&bridges_gauge);
	ply_timer_start(fe->loop, &b->idle, IDLE_MS, idle_out, b);
	return b;
}

static struct bridge *find(struct fe_req *q)
{
	struct ply_slice call_id = ply_sip_hdr(q->msg, PLY_HDR_CALL_ID);
	uint64_t h = ply_sip_dialog_hash(call_id, q->to_tag, q->from_tag);
	struct ply_hnode *n = ply_hash_first(&q->fe->im->bridges, h);

	for (; n; n = ply_hash_next(n)) {
		struct bridge *b = container_of(n, struct bridge, node);

		if (ply_sip_dialog_is(b->dialog, call_id, q->to_tag, q->from_tag))
			return b;
	}
	return NULL;
}

static void answered(struct fe_req *q)
{
	const struct fe_answer a = {.req = q->msg,
				    .status = 200,
				    .to_tag = ply_sip_stx_to_tag(q->stx),
				    .invite_ms = ply_wall_ms()};

	fe_im_answered(q->fe, &a);
}

/* 200 with the description an IM callee gives. No `Supported: ms-text-format`: the caller then
 * sends the first message once more as MESSAGE, which is how it gets here. */
enum fe_verdict fe_pager_invite(struct fe_req *q)
{
	struct bridge *b = bridge_new(q);
	char lines[PLY_SIP_AOR_MAX + 64], sdp[PLY_SIP_AOR_MAX + 128];
	struct ply_sip_reply r = {.status = 200, .content_type = "application/sdp"};

	if (!b) {
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return FE_DONE;
	}
	(void)snprintf(lines, sizeof lines, "Contact: <%s;opaque=app:im-bridge>\r\n",
		       b->callee->aor);
	(void)snprintf(sdp, sizeof sdp,
		       "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=session\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
		       "m=message 5060 sip %s\r\na=accept-types:text/plain\r\n",
		       b->callee->aor);
	r.lines = ply_slice_str(lines);
	r.body = ply_slice_str(sdp);
	answered(q);
	fe_req_reply(q, &r);
	return FE_DONE;
}

static void relay_over(struct relay *m)
{
	if (m->open)
		return;
	if (m->stx)
		(void)ply_sip_stx_answer(m->stx, m->best ? m->best : 480, 0, NULL, m->fe->fqdn);
	ply_list_del(&m->node);
	ply_free(m);
}

static void relayed(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *rsp, unsigned status)
{
	struct relay *m = ctx;
	unsigned code = rsp ? rsp->status : status;

	(void)c;
	if (rsp && code < 200)
		return;
	m->open--;
	if (code < 300 && m->stx) {
		(void)ply_sip_stx_answer(m->stx, 200, 0, NULL, m->fe->fqdn);
		m->stx = NULL;
	} else if (!m->best || ply_sip_fwd_better(code, m->best)) {
		m->best = code == 503 ? 480 : code;
	}
	relay_over(m);
}

/* The type with its parameters, without those that carry a font or a first message. */
static void add_content_type(struct ply_strbuf *out, struct ply_slice type)
{
	struct ply_slice one;

	(void)ply_slice_split(&type, ';', &one);
	ply_strbuf_addf(out, "Content-Type: %.*s", PLY_SLICE_ARG(ply_slice_trim(one)));
	while (ply_slice_split(&type, ';', &one)) {
		one = ply_slice_trim(one);
		if (one.len && !ply_slice_casestarts(one, "msgr=") &&
		    !ply_slice_casestarts(one, "ms-body="))
			ply_strbuf_addf(out, ";%.*s", PLY_SLICE_ARG(one));
	}
	ply_strbuf_adds(out, "\r\n");
}

static int send_to(struct bridge *b, struct relay *m, const struct fe_endpoint *e,
		   const struct ply_sip_msg *msg)
{
	struct fe *fe = b->fe;
	struct ply_strbuf *out = &fe->scratch[0];
	struct ply_sip_ctx *tx;
	char branch[PLY_SIP_BRANCH_MAX];

	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_strbuf_reset(out);
	ply_strbuf_addf(out, "MESSAGE %s SIP/2.0\r\nVia: ", e->contact);
	ply_sip_add_sent_by(fe->transport, &e->hop, out);
	ply_strbuf_addf(out, ";branch=%s\r\nMax-Forwards: 70\r\nFrom: <%s>;tag=%s\r\nTo: <%s>\r\n",
			branch, b->dialog->remote_uri, b->from_tag, b->callee->aor);
	ply_strbuf_addf(out, "Call-ID: %s\r\nCSeq: %u MESSAGE\r\n", b->call_id, b->cseq);
	add_content_type(out, ply_sip_hdr(msg, PLY_HDR_CONTENT_TYPE));
	ply_strbuf_addf(out, "Content-Length: %zu\r\n\r\n", msg->body.len);
	ply_strbuf_add_slice(out, msg->body);
	if (ply_strbuf_err(out))
		return -ENOMEM;
	return ply_sip_ctx_start(fe->txl, &tx, PLY_SIP_MESSAGE, branch, &e->hop,
				 ply_strbuf_slice(out), relayed, m);
}

static enum fe_verdict relay_message(struct fe_req *q, struct bridge *b)
{
	struct relay *m = ply_calloc(1, sizeof *m);

	if (!m || !ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE).p) {
		ply_free(m);
		fe_refuse(q, m ? FE_D_BODY_TYPE : FE_D_OVERLOAD, NULL);
		return FE_DONE;
	}
	m->fe = q->fe;
	ply_list_push(&q->fe->im->relays, &m->node);
	m->stx = q->stx;
	q->stx = NULL;
	b->cseq++;
	PLY_LIST_FOR(it, &b->callee->endpoints) {
		const struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if ((e->methods & BIT(PLY_SIP_MESSAGE)) && !send_to(b, m, e, q->msg))
			m->open++;
	}
	relay_over(m);
	fe_req_done(q);
	return FE_DONE;
}

enum fe_verdict fe_pager_in_dialog(struct fe_req *q)
{
	struct bridge *b = find(q);

	if (!b)
		return FE_NEXT;
	if (q->msg->method == PLY_SIP_ACK) {
		fe_req_done(q);
		return FE_DONE;
	}
	if (ply_sip_dialog_refresh(b->dialog, q->msg, &q->from)) {
		fe_refuse(q, FE_D_BAD_REQUEST, "CSeq is lower than the last one");
		return FE_DONE;
	}
	ply_timer_start(b->fe->loop, &b->idle, IDLE_MS, idle_out, b);
	switch (q->msg->method) {
	case PLY_SIP_MESSAGE:
		return relay_message(q, b);
	case PLY_SIP_BYE:
		bridge_free(b);
		fe_req_ok(q);
		return FE_DONE;
	case PLY_SIP_INFO: /* typing: the other side has no word for it */
		fe_req_ok(q);
		return FE_DONE;
	default:
		fe_refuse(q, FE_D_METHOD, NULL);
		return FE_DONE;
	}
}

struct closing {
	uint64_t flow;
	bool all;
};

static void close_one(struct ply_hnode *n, void *ctx)
{
	struct bridge *b = container_of(n, struct bridge, node);
	const struct closing *c = ctx;

	if (c->all || (b->dialog->hop.proto != PLY_SIP_UDP && b->dialog->hop.flow == c->flow))
		bridge_free(b);
}

void fe_im_flow_closed(struct fe *fe, uint64_t flow)
{
	struct closing c = {.flow = flow};

	if (fe->im->n_bridges)
		ply_hash_each(&fe->im->bridges, close_one, &c);
}

void fe_im_free(struct fe *fe)
{
	struct closing c = {.all = true};

	if (!fe->im)
		return;
	ply_hash_each(&fe->im->bridges, close_one, &c);
	PLY_LIST_FOR_SAFE(it, next, &fe->im->relays)
		ply_free(container_of(it, struct relay, node));
	fe_group_rounds_drop(fe);
	ply_hash_deinit(&fe->im->bridges);
	fe_im_sessions_free(fe);
	ply_free(fe->im);
	fe->im = NULL;
}
