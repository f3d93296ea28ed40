/* Client transactions: RFC 3261 §17.1 and §9.1, with the accepted state of RFC 6026. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "sip/sip_transport_internal.h"
#include "sip/sip_tx_internal.h"

#include <errno.h>

PLY_COUNTER(resent, "parley_sip_retransmissions_total", "Requests of ours sent again");
PLY_COUNTER(timed_out, "parley_sip_timeouts_total", "Requests of ours that were never answered");
PLY_COUNTER(lost, "parley_sip_flow_lost_total", "Requests of ours whose connection was lost");
PLY_COUNTER(stray, "parley_sip_stray_responses_total", "Responses to no request of ours");

enum { ST_CALLING, ST_PROCEEDING, ST_COMPLETED, ST_ACCEPTED, N_STATE };
enum { EV_1XX, EV_2XX, EV_FINAL, EV_TIMER, EV_LOST, N_EVENT };

struct rule {
	uint8_t next;
	/* m: the response, NULL for EV_TIMER and EV_LOST */
	void (*act)(struct ply_sip_ctx *c, struct ply_sip_msg *m); /* NULL: ignore the event */
};

static void provisional(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void accepted(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void more(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void refused(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void ack_again(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void answered(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void again(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void timeout(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void unreachable(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void no_more(struct ply_sip_ctx *c, struct ply_sip_msg *m);
static void end(struct ply_sip_ctx *c, struct ply_sip_msg *m);

/* clang-format off */
static const struct rule invite_rules[N_STATE][N_EVENT] = {
[ST_CALLING] = {
	[EV_1XX]   = { ST_PROCEEDING, provisional },
	[EV_2XX]   = { ST_ACCEPTED,   accepted },
	[EV_FINAL] = { ST_COMPLETED,  refused },
	[EV_TIMER] = { ST_CALLING,    again },			/* A and B */
	[EV_LOST]  = { ST_CALLING,    unreachable } },
[ST_PROCEEDING] = {
	[EV_1XX]   = { ST_PROCEEDING, provisional },
	[EV_2XX]   = { ST_ACCEPTED,   accepted },
	[EV_FINAL] = { ST_COMPLETED,  refused },
	[EV_TIMER] = { ST_PROCEEDING, timeout },		/* 64*T1 after CANCEL, §9.1 */
	[EV_LOST]  = { ST_PROCEEDING, unreachable } },
[ST_COMPLETED] = {
	[EV_FINAL] = { ST_COMPLETED,  ack_again },
	[EV_TIMER] = { ST_COMPLETED,  end },			/* D */
	[EV_LOST]  = { ST_COMPLETED,  end } },
[ST_ACCEPTED] = {
	[EV_2XX]   = { ST_ACCEPTED,   more },
	[EV_TIMER] = { ST_ACCEPTED,   no_more },		/* M */
	[EV_LOST]  = { ST_ACCEPTED,   no_more } },
};

static const struct rule other_rules[N_STATE][N_EVENT] = {
[ST_CALLING] = {						/* "trying" */
	[EV_1XX]   = { ST_PROCEEDING, provisional },
	[EV_2XX]   = { ST_COMPLETED,  answered },
	[EV_FINAL] = { ST_COMPLETED,  answered },
	[EV_TIMER] = { ST_CALLING,    again },			/* E and F */
	[EV_LOST]  = { ST_CALLING,    unreachable } },
[ST_PROCEEDING] = {
	[EV_1XX]   = { ST_PROCEEDING, provisional },
	[EV_2XX]   = { ST_COMPLETED,  answered },
	[EV_FINAL] = { ST_COMPLETED,  answered },
	[EV_TIMER] = { ST_PROCEEDING, again },			/* E at T2, and F */
	[EV_LOST]  = { ST_PROCEEDING, unreachable } },
[ST_COMPLETED] = {						/* a late response: absorbed */
	[EV_TIMER] = { ST_COMPLETED,  end },			/* K */
	[EV_LOST]  = { ST_COMPLETED,  end } },
};
/* clang-format on */

static void step(struct ply_sip_ctx *c, unsigned event, struct ply_sip_msg *m)
{
	const struct rule *r =
		c->invite ? &invite_rules[c->state][event] : &other_rules[c->state][event];

	if (!r->act)
		return;
	c->state = r->next;
	r->act(c, m);
}

static void on_timer(void *ctx)
{
	step(ctx, EV_TIMER, NULL);
}

static void on_lost(void *ctx)
{
	step(ctx, EV_LOST, NULL);
}

static void set_timer(struct ply_sip_ctx *c, uint64_t ms)
{
	ply_timer_start(c->l->loop, &c->timer, ms, on_timer, c);
}

/* Never from inside a call: the loss is told in the next turn. */
static void lose(struct ply_sip_ctx *c)
{
	ply_list_del(&c->by_flow);
	ply_timer_start(c->l->loop, &c->timer, 0, on_lost, c);
}

static void tell(struct ply_sip_ctx *c, struct ply_sip_msg *m, unsigned status)
{
	if (c->cb)
		c->cb(c->ctx, c, m, status);
}

/* The last word: c is the layer's alone from here on. */
static void tell_last(struct ply_sip_ctx *c, struct ply_sip_msg *m, unsigned status)
{
	ply_sip_ctx_cb *cb = c->cb;

	c->cb = NULL;
	if (cb)
		cb(c->ctx, c, m, status);
}

static void drop_text(struct ply_sip_ctx *c)
{
	ply_free(c->text);
	c->text = NULL;
	c->text_len = 0;
}

static void send_text(struct ply_sip_ctx *c)
{
	if (ply_sip_send(c->l->t, &c->hop, ply_slice(c->text, c->text_len)) == -ENOTCONN)
		lose(c);
}

/* ACK to a refusal and CANCEL: the same hop, branch, From, Call-ID, CSeq number and Route as the
 * INVITE (RFC 3261 §17.1.1.3, §9.1). `to` is the value of To. */
static int write_follower(struct ply_sip_ctx *c, struct ply_strbuf *out, const char *method,
			  struct ply_slice to, struct ply_slice lines)
{
	struct ply_sip_line line[PLY_SIP_MAX_LINES];
	struct ply_slice rest, via, route;
	struct ply_sip_msg m;
	unsigned pos = 0;

	if (ply_sip_msg_index(&m, line, c->text, c->text_len))
		return -EBADMSG;
	rest = ply_sip_hdr(&m, PLY_HDR_VIA);
	if (!ply_sip_next_value(&rest, &via))
		return -EBADMSG;
	ply_strbuf_addf(out, "%s %.*s SIP/2.0\r\nVia: %.*s\r\nMax-Forwards: 70\r\n", method,
			PLY_SLICE_ARG(m.ruri), PLY_SLICE_ARG(via));
	(void)ply_sip_add_line(out, "From", ply_sip_hdr(&m, PLY_HDR_FROM));
	(void)ply_sip_add_line(out, "To", to.p ? to : ply_sip_hdr(&m, PLY_HDR_TO));
	(void)ply_sip_add_line(out, "Call-ID", ply_sip_hdr(&m, PLY_HDR_CALL_ID));
	ply_strbuf_addf(out, "CSeq: %u %s\r\n", m.cseq, method);
	while (ply_sip_hdr_next(&m, PLY_HDR_ROUTE, &pos, &route))
		(void)ply_sip_add_line(out, "Route", route);
	if (lines.p)
		ply_strbuf_add_slice(out, lines);
	ply_sip_write_body(out, NULL, ply_slice("", 0));
	return ply_strbuf_err(out);
}

/* The ACK takes the INVITE's place: a refusal that comes again is answered with it. */
static void ack(struct ply_sip_ctx *c, const struct ply_sip_msg *m)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;

	if (!write_follower(c, &out, "ACK", ply_sip_hdr(m, PLY_HDR_TO), ply_slice(NULL, 0))) {
		size_t len = out.len;

		drop_text(c);
		c->text = ply_strbuf_steal(&out);
		c->text_len = c->text ? len : 0;
		if (c->text)
			(void)ply_sip_send(c->l->t, &c->hop, ply_slice(c->text, c->text_len));
	}
	ply_strbuf_deinit(&out);
}

static void send_cancel(struct ply_sip_ctx *c)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_ctx *cancel;

	c->cancelled = true;
	if (!write_follower(c, &out, "CANCEL", ply_slice(NULL, 0), ply_slice_str(c->reason)))
		(void)ply_sip_ctx_start(c->l, &cancel, PLY_SIP_CANCEL, c->branch, &c->hop,
					ply_strbuf_slice(&out), NULL, NULL);
	ply_strbuf_deinit(&out);
	set_timer(c, PLY_SIP_64T1);
}

/* --- actions --- */

static void provisional(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	if (c->invite && !c->cancelled)
		ply_timer_stop(&c->timer); /* B does not count any more; C is the user's */
	if (c->cancel_wanted && !c->cancelled)
		send_cancel(c);
	tell(c, m, m->status);
}

static void accepted(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	drop_text(c);
	set_timer(c, PLY_SIP_64T1);
	tell(c, m, m->status);
}

static void more(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	tell(c, m, m->status);
}

static void rest(struct ply_sip_ctx *c, uint64_t ms)
{
	if (c->reliable) { /* D and K are zero */
		ply_sip_ctx_free(c);
		return;
	}
	ply_list_push(&c->l->client_done, &c->done);
	set_timer(c, ms);
}

static void refused(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	ack(c, m);
	tell_last(c, m, m->status);
	rest(c, PLY_SIP_64T1);
}

static void ack_again(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	(void)m;
	if (c->text)
		(void)ply_sip_send(c->l->t, &c->hop, ply_slice(c->text, c->text_len));
}

static void answered(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	ply_timer_stop(&c->timer);
	drop_text(c);
	tell_last(c, m, m->status);
	rest(c, PLY_SIP_T4);
}

static void again(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	uint64_t now = ply_mono_ms();

	if (now >= c->end_ms) {
		timeout(c, m);
		return;
	}
	c->interval *= 2; /* A doubles without end, E up to T2 */
	if (!c->invite && (c->interval > PLY_SIP_T2 || c->state == ST_PROCEEDING))
		c->interval = PLY_SIP_T2;
	set_timer(c, c->end_ms - now < c->interval ? c->end_ms - now : c->interval);
	if (c->text) {
		ply_counter_inc(&resent);
		send_text(c);
	}
}

static void timeout(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	(void)m;
	ply_counter_inc(&timed_out);
	tell_last(c, NULL, 408);
	ply_sip_ctx_free(c);
}

static void unreachable(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	(void)m;
	ply_counter_inc(&lost);
	tell_last(c, NULL, 503);
	ply_sip_ctx_free(c);
}

static void no_more(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	(void)m;
	tell_last(c, NULL, 0);
	ply_sip_ctx_free(c);
}

static void end(struct ply_sip_ctx *c, struct ply_sip_msg *m)
{
	(void)m;
	ply_sip_ctx_free(c);
}

void ply_sip_ctx_free(struct ply_sip_ctx *c)
{
	ply_timer_stop(&c->timer);
	ply_hash_del(&c->l->client, &c->node);
	ply_list_del(&c->by_flow);
	ply_list_del(&c->done);
	c->l->n--;
	ply_free(c->text);
	ply_free(c->reason);
	ply_free(c);
}

/* --- responses --- */

/* The branch is ours, cannot be foretold and comes once, so sent-by need not be compared; the CSeq
 * method tells an INVITE's transaction from its CANCEL's. */
static struct ply_sip_ctx *find(struct ply_sip_txl *l, const struct ply_sip_msg *m)
{
	struct ply_sip_via via;
	uint64_t h;

	if (ply_sip_top_via(m, &via))
		return NULL;
	h = ply_hash_slice(via.branch);
	for (struct ply_hnode *n = ply_hash_first(&l->client, h); n; n = ply_hash_next(n)) {
		struct ply_sip_ctx *c = container_of(n, struct ply_sip_ctx, node);

		if (c->method == m->method &&
		    ply_slice_eq(ply_slice(c->branch, c->branch_len), via.branch))
			return c;
	}
	return NULL;
}

void ply_sip_client_response(struct ply_sip_txl *l, struct ply_sip_msg *m,
			     const struct ply_sip_hop *from)
{
	struct ply_sip_ctx *c = find(l, m);

	if (c) {
		step(c, m->status < 200 ? EV_1XX : m->status < 300 ? EV_2XX : EV_FINAL, m);
		return;
	}
	ply_counter_inc(&stray);
	if (l->ops.on_stray)
		l->ops.on_stray(l->ctx, m, from);
}

void ply_sip_client_flow_closed(struct ply_sip_txl *l, uint64_t flow)
{
	struct ply_sip_flow *f = ply_sip_flow_find(l->t, flow);
	struct ply_list *n;

	while (f && (n = ply_list_first(&f->txs)))
		lose(container_of(n, struct ply_sip_ctx, by_flow));
}

/* --- the user's side --- */

static int keep_text(struct ply_sip_ctx *c, struct ply_slice text)
{
	if (c->reliable && !c->invite)
		return 0; /* never needed again */
	c->text = ply_memdup(text.p, text.len);
	c->text_len = text.len;
	return c->text ? 0 : -ENOMEM;
}

/* NULL when memory is out. */
static struct ply_sip_ctx *ctx_new(struct ply_sip_txl *l, enum ply_sip_method method,
				   const char *branch, const struct ply_sip_hop *to)
{
	size_t len = strlen(branch);
	struct ply_sip_ctx *c = ply_calloc(1, sizeof *c + len + 1);

	if (!c)
		return NULL;
	memcpy(c->branch, branch, len);
	c->branch_len = (uint8_t)len;
	c->l = l;
	c->hop = *to;
	c->method = (uint8_t)method;
	c->invite = method == PLY_SIP_INVITE;
	c->reliable = to->proto != PLY_SIP_UDP;
	ply_list_init(&c->by_flow);
	ply_list_init(&c->done);
	if (ply_hash_add(&l->client, &c->node, ply_hash_bytes(branch, len))) {
		ply_free(c);
		return NULL;
	}
	l->n++;
	return c;
}

/* First sending, timers A or E and B or F. */
static void begin(struct ply_sip_ctx *c, struct ply_slice text)
{
	struct ply_sip_flow *f = c->hop.flow ? ply_sip_flow_find(c->l->t, c->hop.flow) : NULL;

	c->interval = PLY_SIP_T1;
	c->end_ms = ply_mono_ms() + PLY_SIP_64T1;
	set_timer(c, c->reliable ? PLY_SIP_64T1 : PLY_SIP_T1);
	if (f && f->stream)
		ply_list_push(&f->txs, &c->by_flow);
	if (ply_sip_send(c->l->t, &c->hop, text))
		lose(c);
}

/* NOLINTNEXTLINE(readability-function-size): eight parameters, and no caller leaves one out */
int ply_sip_ctx_start(struct ply_sip_txl *l, struct ply_sip_ctx **out, enum ply_sip_method method,
		      const char *branch, const struct ply_sip_hop *to, struct ply_slice text,
		      ply_sip_ctx_cb *cb, void *ctx)
{
	struct ply_sip_ctx *c;

	if (strlen(branch) >= PLY_SIP_BRANCH_MAX)
		return ply_err_origin(-EINVAL);
	if (!ply_sip_txl_room(l))
		return ply_err_origin(-ENOBUFS);
	c = ctx_new(l, method, branch, to);
	if (!c)
		return ply_err_origin(-ENOMEM);
	if (keep_text(c, text)) {
		ply_sip_ctx_free(c);
		return ply_err_origin(-ENOMEM);
	}
	c->cb = cb;
	c->ctx = ctx;
	begin(c, text);
	*out = c;
	return 0;
}

void ply_sip_ctx_cancel(struct ply_sip_ctx *c, struct ply_slice reason)
{
	if (!c->invite || c->cancel_wanted || c->state > ST_PROCEEDING)
		return;
	c->cancel_wanted = true;
	c->reason = reason.len ? ply_slice_dup(reason) : NULL;
	if (c->state == ST_PROCEEDING)
		send_cancel(c);
}

void ply_sip_ctx_abandon(struct ply_sip_ctx *c)
{
	c->cb = NULL;
}

const struct ply_sip_hop *ply_sip_ctx_hop(const struct ply_sip_ctx *c)
{
	return &c->hop;
}
