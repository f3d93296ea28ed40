/* Stateful forking: one request to one or more targets, the best answer back. RFC 3261 §16.6-16.11,
 * RFC 6026. A 2xx that comes after the winner's is acknowledged and ended here, so that no endpoint
 * keeps a session nobody else has: SIPE does not take CANCEL for one (it answers 200 some seconds
 * later all the same). */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/conference.h"
#include "frontend/im/im.h"
#include "frontend/proxy/proxy.h"

#include <errno.h>

struct branch {
	struct fork *fork;
	struct ply_sip_ctx *tx; /* NULL once it is over */
	struct fe_target target;
	char id[PLY_SIP_BRANCH_MAX];
	bool started, won, late;
};

struct fork {
	struct ply_list node; /* in fe->forks */
	struct fe *fe;
	struct ply_sip_stx *stx; /* NULL once finally answered, and when it is our own request */
	struct ply_sip_msg *req;
	struct ply_sip_hop from;
	uint64_t from_endpoint;
	struct ply_sip_fwd_route route;
	struct ply_sip_fwd_best best;
	struct ply_timer timer_c;
	struct ply_strbuf identity; /* P-Asserted-Identity to be written, or empty */
	char loop_hash[PLY_SIP_LOOP_HASH];
	uint64_t begun_ms; /* wall clock */
	bool serial, trusted, own, cancelled, ended;
	size_t n, n_open;
	struct branch branch[];
};

PLY_COUNTER(forwarded, "parley_frontend_forwarded_total", "requests forwarded, each branch");
PLY_COUNTER(late_2xx, "parley_frontend_late_2xx_total",
	    "2xx of losing branches, acknowledged and ended here");

/* What a client may not tell others about itself: trust marks of servers ([MS-SIPAE] 3.3, RFC 3325
 * §5). */
static const char *const untrusted_names[] = {
	"ms-edge-proxy-message-trust",
	"ms-asserted-verification-level",
	"ms-user-logon-data",
	"ms-asserted-identity",
	"C3P-Endpoint",
	NULL,
};

static bool forms_dialog(const struct ply_sip_msg *m, bool has_to_tag)
{
	return !has_to_tag && (m->method == PLY_SIP_INVITE || m->method == PLY_SIP_SUBSCRIBE ||
			       m->method == PLY_SIP_REFER);
}

static bool has_to_tag(const struct ply_sip_msg *m)
{
	struct ply_sip_addr a;
	struct ply_slice tag, epid;

	return !ply_sip_from_to(m, PLY_HDR_TO, &a, &tag, &epid) && tag.len;
}

/* P-Asserted-Identity of the authenticated sender: his address, and his line where he has one. */
static void add_identity(const struct fe_req *q, struct ply_strbuf *out)
{
	const struct fe_user *u = q->sender;

	if (!u || !forms_dialog(q->msg, q->to_tag.len > 0))
		return;
	ply_strbuf_addf(out, "P-Asserted-Identity: <%s>", u->aor);
	if (u->line_uri && u->line_uri[0])
		ply_strbuf_addf(out, ", <%s>", u->line_uri);
	ply_strbuf_adds(out, "\r\n");
}

struct outgoing {
	const struct ply_sip_msg *req;
	const struct ply_sip_fwd_route *route;
	struct fe_route_side from;
	const struct fe_target *target;
	const char *branch;
	struct ply_slice identity;
	bool trusted, own;
};

/* The text that leaves for one target, in fe->scratch[0]. */
static int write_request(struct fe *fe, const struct outgoing *o, struct ply_slice *text)
{
	struct ply_strbuf *out = &fe->scratch[0], *via = &fe->scratch[1], *rr = &fe->scratch[2];
	struct ply_sip_fwd_to to = {.branch = o->branch};
	int r;

	ply_strbuf_reset(out);
	ply_strbuf_reset(via);
	ply_strbuf_reset(rr);
	ply_sip_add_sent_by(fe->transport, &o->target->hop, via);
	if (!o->own && forms_dialog(o->req, has_to_tag(o->req))) {
		const struct fe_route_token t = {o->from, {o->target->hop, o->target->endpoint}};

		fe_record_route(fe, &t, rr);
	}
	to.ruri = ply_slice_str(o->target->ruri);
	to.sent_by = ply_strbuf_slice(via);
	to.record_route = ply_strbuf_slice(rr);
	to.tail = o->target->lines ? ply_slice_str(o->target->lines) : o->identity;
	to.drop = PLY_HDR_BIT(PLY_HDR_AUTHORIZATION) | PLY_HDR_BIT(PLY_HDR_PROXY_AUTHORIZATION);
	if (!o->trusted || o->target->lines) {
		to.drop |= PLY_HDR_BIT(PLY_HDR_P_ASSERTED_IDENTITY) |
			   PLY_HDR_BIT(PLY_HDR_P_PREFERRED_IDENTITY);
		to.drop_named = untrusted_names;
	}
	r = ply_sip_fwd_request(out, o->req, o->route, &to);
	*text = ply_strbuf_slice(out);
	return r;
}

static void fork_free(struct fork *f)
{
	ply_list_del(&f->node);
	ply_timer_stop(&f->timer_c);
	for (size_t i = 0; i < f->n; i++)
		fe_targets_free(&f->branch[i].target, 1);
	ply_sip_fwd_best_deinit(&f->best);
	ply_strbuf_deinit(&f->identity);
	ply_sip_msg_unref(f->req);
	ply_free(f);
}

/* For the records of sessions. rsp NULL: an answer of ours. */
static void tell_answered(struct fork *f, const struct ply_sip_msg *rsp, unsigned status)
{
	const struct fe_answer a = {
		.req = f->req, .rsp = rsp, .status = status, .invite_ms = f->begun_ms};

	if (f->stx && (f->req->method == PLY_SIP_INVITE || f->req->method == PLY_SIP_MESSAGE))
		fe_im_answered(f->fe, &a);
}

static void answer(struct fork *f, unsigned status, unsigned diag, const char *why)
{
	tell_answered(f, NULL, status);
	if (f->stx)
		(void)ply_sip_stx_answer(f->stx, status, diag, why, f->fe->fqdn);
	f->stx = NULL;
}

/* A final answer of a branch, or the best of all, goes back as it came, without our Via. */
static void pass_back(struct fork *f, const struct ply_sip_msg *m, bool final)
{
	struct ply_strbuf *out = &f->fe->scratch[0];

	if (!f->stx)
		return;
	ply_strbuf_reset(out);
	if (ply_sip_fwd_response(out, m, ply_slice(NULL, 0))) {
		if (final)
			answer(f, 502, 0, NULL);
		return;
	}
	(void)ply_sip_stx_respond(f->stx, m->status, ply_strbuf_slice(out));
	if (!final)
		return;
	tell_answered(f, m, m->status);
	f->stx = NULL;
}

/* An INVITE to a conferencing server that did not answer, or takes nobody. */
static bool conferencing_failed(const struct fork *f)
{
	return f->branch[0].target.endpoint == FE_MARK_MCU && f->req->method == PLY_SIP_INVITE &&
	       (!f->best.msg || f->best.status == 503);
}

static void refuse(struct fork *f, enum fe_diag why)
{
	const struct ply_sip_reply r = fe_diag_reply(f->fe, why);

	(void)ply_sip_stx_reply(f->stx, &r);
	f->stx = NULL;
}

static void answer_best(struct fork *f)
{
	struct ply_strbuf *out = &f->fe->scratch[0];
	unsigned status = ply_sip_fwd_best_status(&f->best);

	if (!f->stx)
		return;
	ply_strbuf_reset(out);
	if (conferencing_failed(f)) {
		if (!f->best.msg)
			fe_focus_media_failed(f->fe, &f->branch[0].target.hop.addr);
		refuse(f, FE_D_CONF_NO_MCU);
	} else if (ply_sip_fwd_best_write(out, &f->best, ply_slice(NULL, 0))) {
		if (status == 408)
			answer(f, 408, 0, NULL);
		else
			answer(f, status == 500 || status == 503 ? 480 : status, 1006,
			       "Error routing on client connection");
	} else {
		(void)ply_sip_stx_respond(f->stx, status, ply_strbuf_slice(out));
		tell_answered(f, f->best.msg, status);
		f->stx = NULL;
	}
}

static void cancel_others(struct fork *f, const struct branch *but, const char *reason)
{
	for (size_t i = 0; i < f->n; i++)
		if (&f->branch[i] != but && f->branch[i].tx)
			ply_sip_ctx_cancel(f->branch[i].tx, ply_slice_str(reason));
}

/* One request of ours towards the endpoint that answered too late, or took an invitation of our
 * own: ACK or BYE of its 2xx. Nobody waits for an answer. */
static void send_after_2xx(struct fork *f, const struct branch *b, const struct ply_sip_msg *m,
			   enum ply_sip_method method)
{
	uint32_t cseq = m->cseq + (method == PLY_SIP_BYE);
	const char *name = ply_sip_method_name(method);
	struct ply_sip_ctx *tx;
	struct ply_strbuf *out = &f->fe->scratch[0];
	struct ply_sip_addr contact = {0};
	char id[PLY_SIP_BRANCH_MAX];

	if (ply_sip_addr_parse(ply_sip_hdr(m, PLY_HDR_CONTACT), &contact) || !contact.uri.len)
		contact.uri = f->route.ruri;
	ply_sip_make_branch(ply_slice(NULL, 0), id);
	ply_strbuf_reset(out);
	ply_strbuf_addf(out, "%s %.*s SIP/2.0\r\nVia: ", name, PLY_SLICE_ARG(contact.uri));
	ply_sip_add_sent_by(f->fe->transport, &b->target.hop, out);
	ply_strbuf_addf(out,
			";branch=%s\r\nMax-Forwards: 70\r\nFrom: %.*s\r\nTo: %.*s\r\nCall-ID: "
			"%.*s\r\nCSeq: %u %s\r\n",
			id, PLY_SLICE_ARG(ply_sip_hdr(m, PLY_HDR_FROM)),
			PLY_SLICE_ARG(ply_sip_hdr(m, PLY_HDR_TO)),
			PLY_SLICE_ARG(ply_sip_hdr(m, PLY_HDR_CALL_ID)), cseq, name);
	ply_strbuf_adds(out, "Content-Length: 0\r\n\r\n");
	if (ply_strbuf_err(out))
		return;
	if (method == PLY_SIP_ACK)
		(void)ply_sip_send(f->fe->transport, &b->target.hop, ply_strbuf_slice(out));
	else
		(void)ply_sip_ctx_start(f->fe->txl, &tx, method, id, &b->target.hop,
					ply_strbuf_slice(out), NULL, NULL);
}

static void end_late(struct fork *f, struct branch *b, const struct ply_sip_msg *m)
{
	send_after_2xx(f, b, m, PLY_SIP_ACK);
	if (b->late) /* only its ACK was lost */
		return;
	b->late = true;
	ply_counter_inc(&late_2xx);
	send_after_2xx(f, b, m, PLY_SIP_BYE);
}

static int start_branch(struct fork *f, struct branch *b);

/* A branch is over; when all are, so is the fork. */
static void branch_over(struct branch *b)
{
	struct fork *f = b->fork;

	b->tx = NULL;
	f->n_open--;
	if (f->serial && (f->stx || f->own) && !f->ended && (!f->best.msg || f->best.status == 503))
		for (size_t i = 0; i < f->n; i++)
			if (!f->branch[i].started && !start_branch(f, &f->branch[i]))
				return;
	if (f->n_open)
		return;
	answer_best(f);
	fork_free(f);
}

static void on_2xx(struct branch *b, struct ply_sip_msg *m)
{
	struct fork *f = b->fork;
	bool late = f->ended && !b->won;

	if (late) {
		end_late(f, b, m);
		return;
	}
	if (f->own)
		send_after_2xx(f, b, m, PLY_SIP_ACK);
	if (b->won) { /* again: the ACK was lost on the way */
		struct ply_strbuf *out = &f->fe->scratch[0];

		ply_strbuf_reset(out);
		if (!f->own && !ply_sip_fwd_response(out, m, ply_slice(NULL, 0)))
			(void)ply_sip_send_response(f->fe->transport, &f->from,
						    ply_strbuf_slice(out));
		return;
	}
	b->won = true;
	f->ended = true;
	ply_timer_stop(&f->timer_c);
	pass_back(f, m, true);
	cancel_others(f, b, "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");
}

static void on_timer_c(void *ctx)
{
	struct fork *f = ctx;

	f->cancelled = true;
	f->ended = true;
	answer(f, 408, 0, NULL);
	cancel_others(f, NULL, "");
}

static void on_provisional(struct fork *f, struct ply_sip_msg *m)
{
	if (m->status == 100)
		return;
	/* RFC 3261 §16.7 step 2 */
	if (ply_timer_is_active(&f->timer_c))
		ply_timer_start(f->fe->loop, &f->timer_c, f->fe->conf->timer_c * 1000ULL,
				on_timer_c, f);
	pass_back(f, m, false);
}

/* RFC 3261 §16.7 step 5: a 6xx ends all searching. Said to the caller at once: an endpoint that
 * does not answer CANCEL would hold it up for half a minute. */
static void declined(struct branch *b)
{
	struct fork *f = b->fork;

	f->ended = true;
	ply_timer_stop(&f->timer_c);
	answer_best(f);
	cancel_others(f, b, "");
}

static void on_response(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *m, unsigned status)
{
	struct branch *b = ctx;
	struct fork *f = b->fork;
	bool invite = f->req->method == PLY_SIP_INVITE;

	(void)c;
	if (m && status < 200) {
		on_provisional(f, m);
		return;
	}
	if (m && status < 300) {
		on_2xx(b, m);
		if (!invite)
			branch_over(b);
		return;
	}
	if (status)
		ply_sip_fwd_best_add(&f->best, m, status);
	if (status >= 600)
		declined(b);
	branch_over(b);
}

static int connect_target(struct fe *fe, struct fe_target *t)
{
	struct ply_addr addr = t->hop.addr;

	if (!t->connect)
		return 0;
	t->connect = false;
	return ply_sip_connect(fe->transport, t->hop.proto, &addr, t->tls_name, &t->hop);
}

static int start_branch(struct fork *f, struct branch *b)
{
	struct outgoing o = {
		.req = f->req,
		.route = &f->route,
		.from = {f->from, f->from_endpoint},
		.target = &b->target,
		.branch = b->id,
		.identity = ply_strbuf_slice(&f->identity),
		.trusted = f->trusted,
		.own = f->own,
	};
	struct ply_slice text;
	int r;

	b->started = true;
	ply_sip_make_branch(ply_slice_str(f->loop_hash), b->id);
	r = connect_target(f->fe, &b->target);
	if (!r)
		r = write_request(f->fe, &o, &text);
	if (!r)
		r = ply_sip_ctx_start(f->fe->txl, &b->tx, f->req->method, b->id, &b->target.hop,
				      text, on_response, b);
	if (r) {
		ply_sip_fwd_best_add(&f->best, NULL, 503);
		return r;
	}
	ply_counter_inc(&forwarded);
	f->n_open++;
	return 0;
}

static struct fork *fork_new(struct fe_req *q, struct fe_target *target, size_t n)
{
	struct fork *f = ply_calloc(1, sizeof *f + n * sizeof f->branch[0]);

	if (!f)
		return NULL;
	f->fe = q->fe;
	ply_list_push(&q->fe->forks, &f->node);
	f->stx = q->stx;
	f->req = ply_sip_msg_ref(q->msg);
	f->from = q->from;
	f->begun_ms = ply_wall_ms();
	f->from_endpoint = fe_route_mark(q);
	f->route = q->route;
	f->trusted = q->trusted;
	f->own = q->own;
	memcpy(f->loop_hash, q->loop_hash, sizeof f->loop_hash);
	add_identity(q, &f->identity);
	f->n = n;
	for (size_t i = 0; i < n; i++) {
		f->branch[i].fork = f;
		f->branch[i].target = target[i];
	}
	return f;
}

enum fe_verdict fe_forward(struct fe_req *q, struct fe_target *target, size_t n, bool serial)
{
	struct fork *f = fork_new(q, target, n);

	if (!f) {
		fe_targets_free(target, n);
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return FE_DONE;
	}
	f->serial = serial;
	if (q->stx)
		ply_sip_stx_set_user(q->stx, f);
	q->stx = NULL;
	if (f->req->method == PLY_SIP_INVITE) {
		const struct ply_sip_reply trying = {.status = 100};

		if (f->stx)
			(void)ply_sip_stx_reply(f->stx, &trying);
		ply_timer_start(f->fe->loop, &f->timer_c, f->fe->conf->timer_c * 1000ULL,
				on_timer_c, f);
	}
	for (size_t i = 0; i < n; i++)
		if (!start_branch(f, &f->branch[i]) && serial)
			break;
	if (!f->n_open) {
		answer_best(f);
		fork_free(f);
	}
	fe_req_done(q);
	return FE_DONE;
}

void fe_forward_stateless(struct fe_req *q, const struct fe_target *target)
{
	char id[PLY_SIP_BRANCH_MAX];
	struct outgoing o = {
		.req = q->msg,
		.route = &q->route,
		.from = {q->from, fe_route_mark(q)},
		.target = target,
		.branch = id,
		.trusted = q->trusted,
	};
	struct ply_slice text;

	ply_sip_make_branch(ply_slice_str(q->loop_hash), id);
	if (!write_request(q->fe, &o, &text))
		(void)ply_sip_send(q->fe->transport, &target->hop, text);
}

/* RFC 3261 §16.7 step 1: no transaction knows it; a proxy passes it on by the next Via. Ours are
 * all stateful: what comes here is late beyond every timer, or forged. Only a 2xx to INVITE may
 * still matter to somebody. */
void fe_forward_stray(struct fe *fe, struct ply_sip_msg *rsp)
{
	ply_debug(&fe->log, "response.dropped", KI("status", rsp->status),
		  KSL("call", ply_sip_hdr(rsp, PLY_HDR_CALL_ID)));
}

static void cancel_parked(struct fe *fe, struct ply_sip_stx *invite)
{
	PLY_LIST_FOR_SAFE(it, next, &fe->requests) {
		struct fe_req *q = container_of(it, struct fe_req, node);

		if (q->stx == invite) {
			const struct ply_sip_reply r = {.status = 487};

			fe_req_reply(q, &r);
			return;
		}
	}
}

/* RFC 3261 §16.10. Not waiting for the branches' 487: an endpoint that never answers CANCEL would
 * hold up the caller. */
void fe_forward_cancel(struct fe *fe, struct ply_sip_stx *invite, struct ply_sip_msg *cancel)
{
	struct fork *f = ply_sip_stx_user(invite);
	unsigned pos = 0;
	struct ply_slice reason;
	struct ply_strbuf lines = PLY_STRBUF_INIT;

	if (!f) {
		cancel_parked(fe, invite);
		return;
	}
	while (ply_sip_hdr_next(cancel, PLY_HDR_REASON, &pos, &reason))
		(void)ply_sip_add_line(&lines, "Reason", reason);
	f->cancelled = true;
	f->ended = true;
	ply_timer_stop(&f->timer_c);
	answer(f, 487, 0, NULL);
	cancel_others(f, NULL, ply_strbuf_str(&lines));
	ply_strbuf_deinit(&lines);
}

void fe_forward_drop(struct fe *fe)
{
	struct ply_list *n;

	while ((n = ply_list_first(&fe->forks)))
		fork_free(container_of(n, struct fork, node));
}
