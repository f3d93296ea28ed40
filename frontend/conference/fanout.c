/* Many copies of one message into the dialogs of as many clients, on behalf of a conferencing
 * server (docs/focus-mcu.md, "Many copies at once"; after RFC 5365). The hot path of group instant
 * messages: a copy costs one transaction, one look at its route token and one copy of the text. */
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/mcu.h"
#include "sip/sip_fanout.h"

#include <errno.h>

enum { ANSWER_MS = 1000 };

PLY_COUNTER(fanouts, "parley_frontend_fanout_total",
	    "messages of conferencing servers that were copied");
PLY_COUNTER(copies, "parley_frontend_fanout_copies_total", "copies of them sent");
PLY_COUNTER(failed, "parley_frontend_fanout_failed_total", "copies that came to no 2xx");

struct copy {
	struct job *job;
	uint16_t status; /* 0: under way */
	bool told;       /* as under way, or at all */
};

/* From the SERVICE to the end of its last copy. */
struct job {
	struct ply_list node; /* in the factory's jobs */
	struct fe *fe;
	struct ply_sip_stx *stx; /* NULL: answered */
	struct ply_sip_hop from;
	char *call_id, *peer; /* for results: of the SERVICE, and its From URI */
	struct ply_timer timer;
	struct ply_defer results;
	uint32_t n, open, cseq;
	struct copy copy[];
};

static void job_free(struct job *j)
{
	ply_list_del(&j->node);
	ply_timer_stop(&j->timer);
	ply_defer_stop(&j->results);
	ply_free(j->call_id);
	ply_free(j->peer);
	ply_free(j);
}

/* Lines for copies that are not told yet: failures, and with `waiting` those under way; or, later,
 * what became of those. */
static void add_lines(struct job *j, bool late, struct ply_strbuf *out)
{
	for (uint32_t i = 0; i < j->n; i++) {
		struct copy *c = &j->copy[i];

		if (late ? !c->status || c->told : c->status >= 200 && c->status < 300)
			continue;
		ply_sip_fanout_result_add(out, i, c->status ? c->status : 100);
		c->told = c->status;
	}
}

static void answer(struct job *j)
{
	struct ply_strbuf *out = &j->fe->scratch[2];
	struct ply_sip_reply r = {.status = 200};

	ply_strbuf_reset(out);
	add_lines(j, false, out);
	/* What is told now, good or bad, is not told again. */
	for (uint32_t i = 0; i < j->n; i++)
		j->copy[i].told = j->copy[i].status;
	r.body = ply_strbuf_slice(out);
	r.content_type = out->len ? PLY_CT_FANOUT_RESULT : NULL;
	(void)ply_sip_stx_reply(j->stx, &r);
	j->stx = NULL;
	ply_timer_stop(&j->timer);
}

/* --- results of those that took longer --- */

static void tell_results(void *ctx)
{
	struct job *j = ctx;
	struct ply_strbuf *out = &j->fe->scratch[0], *body = &j->fe->scratch[2];
	struct ply_sip_ctx *tx;
	char branch[PLY_SIP_BRANCH_MAX], tag[17];

	ply_strbuf_reset(out);
	ply_strbuf_reset(body);
	add_lines(j, true, body);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_strbuf_addf(out, "SERVICE %s SIP/2.0\r\nVia: ", j->peer);
	ply_sip_add_sent_by(j->fe->transport, &j->from, out);
	ply_strbuf_addf(out,
			";branch=%s\r\nMax-Forwards: 70\r\nFrom: <sip:%s>;tag=%s\r\nTo: <%s>\r\n"
			"Call-ID: %s\r\nCSeq: %u SERVICE\r\n",
			branch, j->fe->fqdn, ply_random_hex(tag, 16), j->peer, j->call_id,
			++j->cseq);
	ply_sip_write_body(out, PLY_CT_FANOUT_RESULT, ply_strbuf_slice(body));
	/* Lost with its connection: the server takes the receiver for lost then. */
	if (body->len && !ply_strbuf_err(out))
		(void)ply_sip_ctx_start(j->fe->txl, &tx, PLY_SIP_SERVICE, branch, &j->from,
					ply_strbuf_slice(out), NULL, NULL);
	if (!j->open)
		job_free(j);
}

static void ended(struct copy *c, unsigned status)
{
	struct job *j = c->job;

	c->status = (uint16_t)status;
	if (status >= 300)
		ply_counter_inc(&failed);
	j->open--;
	if (!j->stx)
		ply_defer_start(j->fe->loop, &j->results, tell_results, j);
	else if (!j->open) {
		answer(j);
		job_free(j);
	}
}

static void on_response(void *ctx, struct ply_sip_ctx *tx, struct ply_sip_msg *m, unsigned status)
{
	(void)tx, (void)m;
	if (status >= 200)
		ended(ctx, status);
}

static void on_timer(void *ctx)
{
	answer(ctx);
}

/* --- sending --- */

static void put(struct ply_strbuf *out, const char *name, struct ply_slice value)
{
	ply_strbuf_adds(out, name);
	ply_strbuf_add_slice(out, value);
	ply_strbuf_add(out, "\r\n", 2);
}

static void write_copy(struct fe *fe, const struct ply_sip_fanout *f,
		       const struct ply_sip_fanout_copy *c, const struct ply_sip_hop *to,
		       const char *branch, struct ply_strbuf *out)
{
	ply_strbuf_reset(out);
	ply_strbuf_add_slice(out, f->method_name);
	ply_strbuf_addc(out, ' ');
	ply_strbuf_add_slice(out, c->ruri);
	ply_strbuf_adds(out, " SIP/2.0\r\nVia: ");
	ply_sip_add_sent_by(fe->transport, to, out);
	ply_strbuf_adds(out, ";branch=");
	ply_strbuf_adds(out, branch);
	put(out, "\r\nMax-Forwards: 69\r\nFrom: ", c->from);
	put(out, "To: ", c->to);
	put(out, "Call-ID: ", c->call_id);
	ply_strbuf_adds(out, "CSeq: ");
	ply_strbuf_add_u64(out, c->cseq);
	put(out, " ", f->method_name);
	if (!f->has_length) {
		ply_strbuf_adds(out, "Content-Length: ");
		ply_strbuf_add_u64(out, f->body.len);
		ply_strbuf_add(out, "\r\n", 2);
	}
	ply_strbuf_add_slice(out, f->common);
}

/* 0, or the status that stands for what went wrong. */
static unsigned send_copy(struct fe *fe, const struct ply_sip_fanout *f,
			  const struct ply_sip_fanout_copy *c, struct copy *to)
{
	struct ply_strbuf *out = &fe->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct fe_route_token token;
	const struct fe_route_side *side =
		fe_route_token_read(c->token, &token) ? fe_route_client(&token) : NULL;
	struct ply_sip_hop hop;
	struct ply_sip_ctx *tx;

	if (!side || !fe_route_hop(fe, side, &hop))
		return 481;
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	write_copy(fe, f, c, &hop, branch, out);
	if (f->method == PLY_SIP_BENOTIFY) /* never answered */
		return ply_strbuf_err(out) ||
				       ply_sip_send(fe->transport, &hop, ply_strbuf_slice(out))
			       ? 503
			       : 200;
	if (ply_strbuf_err(out) || ply_sip_ctx_start(fe->txl, &tx, f->method, branch, &hop,
						     ply_strbuf_slice(out), on_response, to))
		return 503;
	return 0;
}

static void send_all(struct job *j, struct ply_sip_fanout *f)
{
	struct ply_sip_fanout_copy c;

	for (uint32_t i = 0; i < j->n; i++) {
		struct copy *to = &j->copy[i];

		to->job = j;
		to->status =
			(uint16_t)(ply_sip_fanout_next(f, &c) ? send_copy(j->fe, f, &c, to) : 400);
		if (!to->status)
			j->open++;
		else if (to->status >= 300)
			ply_counter_inc(&failed);
	}
	ply_counter_add(&copies, j->n);
}

static struct job *job_new(struct fe_req *q, const struct ply_sip_fanout *f)
{
	struct job *j = ply_calloc(1, sizeof *j + f->n * sizeof j->copy[0]);

	if (!j)
		return NULL;
	ply_list_push(&q->fe->meetings->factory->jobs, &j->node);
	j->fe = q->fe;
	j->from = q->from;
	j->n = f->n;
	j->call_id = ply_slice_dup(ply_sip_hdr(q->msg, PLY_HDR_CALL_ID));
	j->peer = ply_slice_dup(q->from_addr.uri);
	if (j->call_id && j->peer)
		return j;
	job_free(j);
	return NULL;
}

static bool from_conferencing_server(const struct fe_req *q)
{
	const char *name;

	if (!q->trusted || !q->fe->meetings->factory)
		return false;
	for (unsigned i = 0; (name = ply_sip_flow_peer_name(q->fe->transport, q->from.flow, i));
	     i++)
		if (fe_mcu_is_one(q->fe->meetings->factory, name))
			return true;
	return false;
}

void fe_fanouts_drop(struct fe_mcu_factory *fac)
{
	struct ply_list *it;

	while ((it = ply_list_first(&fac->jobs)))
		job_free(container_of(it, struct job, node));
}

bool fe_is_fanout(const struct fe_req *q)
{
	return q->msg->method == PLY_SIP_SERVICE &&
	       ply_slice_caseis(ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE), PLY_CT_FANOUT);
}

enum fe_verdict fe_fanout(struct fe_req *q)
{
	struct ply_sip_fanout f;
	struct job *j;

	if (!from_conferencing_server(q))
		return fe_refuse_proxied(q, FE_D_CONF_UNAUTHORIZED);
	if (ply_sip_fanout_parse(q->msg->body, &f))
		return fe_refuse_proxied(q, FE_D_BODY_TEXT);
	j = job_new(q, &f);
	if (!j)
		return fe_refuse_proxied(q, FE_D_OVERLOAD);
	ply_counter_inc(&fanouts);
	send_all(j, &f);
	j->stx = q->stx;
	q->stx = NULL;
	fe_req_done(q);
	if (j->open) {
		ply_timer_start(j->fe->loop, &j->timer, ANSWER_MS, on_timer, j);
		return FE_DONE;
	}
	answer(j);
	job_free(j);
	return FE_DONE;
}
