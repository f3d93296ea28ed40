/* Server transactions: RFC 3261 §17.2 with the accepted state of RFC 6026. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "sip/sip_tx_internal.h"

#include <errno.h>

PLY_COUNTER(shed, "parley_sip_requests_shed_total",
	    "Requests answered 503 because of too many transactions");
PLY_COUNTER(absorbed, "parley_sip_request_retransmissions_total", "Requests received again");

enum { ST_TRYING, ST_PROCEEDING, ST_COMPLETED, ST_CONFIRMED, ST_ACCEPTED, ST_GONE, N_STATE };
enum { EV_REQUEST, EV_ACK, EV_PROVISIONAL, EV_2XX, EV_FINAL, EV_TIMER, N_EVENT };

/* What an event came with. */
struct input {
	struct ply_sip_msg *m; /* EV_ACK */
	const struct ply_sip_hop *from;
	struct ply_slice text; /* of the response */
};

struct rule {
	uint8_t next;
	void (*act)(struct ply_sip_stx *s, const struct input *in); /* NULL: ignore the event */
};

static void send_again(struct ply_sip_stx *s, const struct input *in);
static void send_provisional(struct ply_sip_stx *s, const struct input *in);
static void send_2xx(struct ply_sip_stx *s, const struct input *in);
static void send_refusal(struct ply_sip_stx *s, const struct input *in);
static void send_final(struct ply_sip_stx *s, const struct input *in);
static void send_100(struct ply_sip_stx *s, const struct input *in);
static void refusal_timer(struct ply_sip_stx *s, const struct input *in);
static void confirm(struct ply_sip_stx *s, const struct input *in);
static void ack_to_user(struct ply_sip_stx *s, const struct input *in);
static void end(struct ply_sip_stx *s, const struct input *in);

/* clang-format off */
static const struct rule invite_rules[N_STATE][N_EVENT] = {
[ST_TRYING] = {
	[EV_PROVISIONAL] = { ST_PROCEEDING, send_provisional },
	[EV_2XX]         = { ST_ACCEPTED,   send_2xx },
	[EV_FINAL]       = { ST_COMPLETED,  send_refusal },
	[EV_TIMER]       = { ST_PROCEEDING, send_100 } },
[ST_PROCEEDING] = {
	[EV_REQUEST]     = { ST_PROCEEDING, send_again },
	[EV_PROVISIONAL] = { ST_PROCEEDING, send_provisional },
	[EV_2XX]         = { ST_ACCEPTED,   send_2xx },
	[EV_FINAL]       = { ST_COMPLETED,  send_refusal } },
[ST_COMPLETED] = {
	[EV_REQUEST]     = { ST_COMPLETED,  send_again },
	[EV_ACK]         = { ST_CONFIRMED,  confirm },
	[EV_TIMER]       = { ST_COMPLETED,  refusal_timer } },		/* G and H */
[ST_CONFIRMED] = {
	[EV_TIMER]       = { ST_GONE,       end } },			/* I */
[ST_ACCEPTED] = {							/* a late INVITE: absorbed */
	[EV_ACK]         = { ST_ACCEPTED,   ack_to_user },
	[EV_TIMER]       = { ST_GONE,       end } },			/* L */
};

static const struct rule other_rules[N_STATE][N_EVENT] = {
[ST_TRYING] = {
	[EV_PROVISIONAL] = { ST_PROCEEDING, send_provisional },
	[EV_2XX]         = { ST_COMPLETED,  send_final },
	[EV_FINAL]       = { ST_COMPLETED,  send_final } },
[ST_PROCEEDING] = {
	[EV_REQUEST]     = { ST_PROCEEDING, send_again },
	[EV_PROVISIONAL] = { ST_PROCEEDING, send_provisional },
	[EV_2XX]         = { ST_COMPLETED,  send_final },
	[EV_FINAL]       = { ST_COMPLETED,  send_final } },
[ST_COMPLETED] = {
	[EV_REQUEST]     = { ST_COMPLETED,  send_again },
	[EV_TIMER]       = { ST_GONE,       end } },			/* J */
};
/* clang-format on */

static void step(struct ply_sip_stx *s, unsigned event, const struct input *in)
{
	const struct rule *r =
		s->invite ? &invite_rules[s->state][event] : &other_rules[s->state][event];

	if (!r->act)
		return;
	s->state = r->next;
	r->act(s, in);
}

static void on_timer(void *ctx)
{
	const struct input none = {0};

	step(ctx, EV_TIMER, &none);
}

static void set_timer(struct ply_sip_stx *s, uint64_t ms)
{
	ply_timer_start(s->l->loop, &s->timer, ms, on_timer, s);
}

/* --- actions --- */

static void send_text(struct ply_sip_stx *s, struct ply_slice text)
{
	(void)ply_sip_send_response(s->l->t, &s->from, text);
}

/* Keeps what a retransmitted request will be answered with: only UDP retransmits. */
static void keep(struct ply_sip_stx *s, struct ply_slice text)
{
	if (s->reliable)
		return;
	ply_free(s->last);
	s->last = ply_memdup(text.p, text.len);
	s->last_len = s->last ? text.len : 0;
}

static void send_again(struct ply_sip_stx *s, const struct input *in)
{
	(void)in;
	if (s->last)
		send_text(s, ply_slice(s->last, s->last_len));
}

static void send_provisional(struct ply_sip_stx *s, const struct input *in)
{
	ply_timer_stop(&s->timer);
	keep(s, in->text);
	send_text(s, in->text);
}

static void send_100(struct ply_sip_stx *s, const struct input *in)
{
	const struct ply_sip_reply r = {.status = 100};
	struct input trying = {0};

	(void)in;
	ply_strbuf_reset(&s->l->out);
	if (ply_sip_write_reply(&s->l->out, s->req, &r))
		return;
	trying.text = ply_strbuf_slice(&s->l->out);
	send_provisional(s, &trying);
}

/* The request is not needed any more: what is left waits for duplicates. */
static void rest(struct ply_sip_stx *s, uint64_t ms)
{
	ply_sip_msg_unref(s->req);
	s->req = NULL;
	ply_list_push(&s->l->server_done, &s->done);
	set_timer(s, ms);
}

static void send_2xx(struct ply_sip_stx *s, const struct input *in)
{
	send_text(s, in->text);
	ply_free(s->last);
	s->last = NULL;
	rest(s, PLY_SIP_64T1);
}

static void remember_tag(struct ply_sip_stx *s, struct ply_slice text)
{
	struct ply_sip_line line[PLY_SIP_MAX_LINES];
	struct ply_sip_msg m;

	if (!ply_sip_msg_index(&m, line, text.p, text.len))
		s->final_tag = ply_sip_tx_to_tag(&m);
}

static void send_refusal(struct ply_sip_stx *s, const struct input *in)
{
	if (s->old)
		remember_tag(s, in->text);
	keep(s, in->text);
	send_text(s, in->text);
	ply_sip_msg_unref(s->req);
	s->req = NULL;
	s->end_ms = ply_mono_ms() + PLY_SIP_64T1;
	s->interval = PLY_SIP_T1;
	set_timer(s, s->reliable ? PLY_SIP_64T1 : PLY_SIP_T1);
}

static void refusal_timer(struct ply_sip_stx *s, const struct input *in)
{
	uint64_t now = ply_mono_ms();

	if (now >= s->end_ms) { /* H: the ACK never came */
		end(s, in);
		return;
	}
	send_again(s, in);
	s->interval = s->interval * 2 < PLY_SIP_T2 ? s->interval * 2 : PLY_SIP_T2;
	set_timer(s, s->end_ms - now < s->interval ? s->end_ms - now : s->interval);
}

static void confirm(struct ply_sip_stx *s, const struct input *in)
{
	if (s->reliable) { /* timer I is zero */
		end(s, in);
		return;
	}
	ply_free(s->last);
	s->last = NULL;
	rest(s, PLY_SIP_T4);
}

static void ack_to_user(struct ply_sip_stx *s, const struct input *in)
{
	if (s->l->ops.on_ack)
		s->l->ops.on_ack(s->l->ctx, in->m, in->from);
}

static void send_final(struct ply_sip_stx *s, const struct input *in)
{
	send_text(s, in->text);
	if (s->reliable) { /* timer J is zero */
		end(s, in);
		return;
	}
	keep(s, in->text);
	rest(s, PLY_SIP_64T1);
}

static void end(struct ply_sip_stx *s, const struct input *in)
{
	(void)in;
	ply_sip_stx_free(s);
}

void ply_sip_stx_free(struct ply_sip_stx *s)
{
	ply_timer_stop(&s->timer);
	ply_hash_del(&s->l->server, &s->node);
	ply_list_del(&s->done);
	s->l->n--;
	ply_sip_msg_unref(s->req);
	ply_free(s->last);
	ply_free(s);
}

/* --- requests --- */

static struct ply_sip_stx *stx_new(struct ply_sip_txl *l, struct ply_sip_msg *m,
				   const struct ply_sip_hop *from, bool old)
{
	size_t len = l->key.len;
	struct ply_sip_stx *s;

	s = ply_realloc(NULL, sizeof *s + len);
	if (!s)
		return NULL;
	memset(s, 0, sizeof *s);
	memcpy(s->key, l->key.p, len);
	s->key_base = (uint32_t)l->key_base;
	s->key_len = (uint32_t)len;
	if (ply_hash_add(&l->server, &s->node, ply_hash_bytes(s->key, s->key_base))) {
		ply_free(s);
		return NULL;
	}
	s->l = l;
	s->from = *from;
	s->req = ply_sip_msg_ref(m);
	s->invite = m->method == PLY_SIP_INVITE;
	s->reliable = from->proto != PLY_SIP_UDP;
	s->old = old;
	ply_list_init(&s->done);
	l->n++;
	return s;
}

static void refuse(struct ply_sip_txl *l, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	const struct ply_sip_reply busy = {.status = 503,
					   .retry_after = 5,
					   .diag = 1007, /* [MS-OCER]: temporarily cannot route */
					   .diag_reason = "Server is overloaded",
					   .source = ply_sip_txl_name(l)};

	ply_counter_inc(&shed);
	ply_sip_txl_answer(l, m, from, &busy);
}

static void on_new(struct ply_sip_txl *l, struct ply_sip_msg *m, const struct ply_sip_hop *from,
		   bool old)
{
	struct ply_sip_stx *s = NULL;

	if (ply_sip_txl_room(l))
		s = stx_new(l, m, from, old);
	if (!s) {
		refuse(l, m, from);
		return;
	}
	if (s->invite)
		set_timer(s, PLY_SIP_T_TRYING);
	l->ops.on_request(l->ctx, s, m, from);
}

/* Without a branch the ACK of a refusal is told from that of a 2xx by the To tag. */
static void on_ack(struct ply_sip_txl *l, struct ply_sip_msg *m, const struct ply_sip_hop *from,
		   bool old)
{
	const struct input in = {.m = m, .from = from};
	struct ply_sip_stx *s = ply_sip_stx_find(l, !old);

	if (s && old && (s->state == ST_COMPLETED || s->state == ST_CONFIRMED) &&
	    s->final_tag != ply_sip_tx_to_tag(m))
		s = NULL;
	if (s)
		step(s, EV_ACK, &in);
	else if (l->ops.on_ack)
		l->ops.on_ack(l->ctx, m, from);
}

/* RFC 3261 §9.2. Answered without a transaction of its own: a CANCEL that comes again finds the
 * INVITE again, and gets the same answer. */
static void on_cancel(struct ply_sip_txl *l, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	struct ply_sip_stx *s = ply_sip_stx_find(l, true);
	struct ply_sip_reply r = {.status = s ? 200 : 481};

	if (s)
		r.to_tag = ply_sip_stx_to_tag(s);
	ply_sip_txl_answer(l, m, from, &r);
	if (!s || s->cancelled || !s->req)
		return;
	s->cancelled = true;
	if (l->ops.on_cancel)
		l->ops.on_cancel(l->ctx, s, m);
}

void ply_sip_server_request(struct ply_sip_txl *l, struct ply_sip_msg *m,
			    const struct ply_sip_hop *from)
{
	static const struct ply_slice invite = PLY_SLICE_LIT("INVITE");
	bool for_invite = m->method == PLY_SIP_ACK || m->method == PLY_SIP_CANCEL;
	const struct input none = {0};
	struct ply_sip_stx *s;
	bool old;

	if (m->method == PLY_SIP_BENOTIFY) {
		l->ops.on_request(l->ctx, NULL, m, from);
		return;
	}
	if (ply_sip_tx_key(l, m, from, for_invite ? invite : m->method_name, &old))
		return; /* a Via that cannot be read: there is nowhere to answer to */
	if (m->method == PLY_SIP_ACK) {
		on_ack(l, m, from, old);
	} else if (m->method == PLY_SIP_CANCEL) {
		on_cancel(l, m, from);
	} else {
		s = ply_sip_stx_find(l, true);
		if (s) {
			ply_counter_inc(&absorbed);
			step(s, EV_REQUEST, &none);
		} else {
			on_new(l, m, from, old);
		}
	}
}

/* --- the user's side --- */

struct ply_sip_msg *ply_sip_stx_request(const struct ply_sip_stx *s)
{
	return s->req;
}

const struct ply_sip_hop *ply_sip_stx_from(const struct ply_sip_stx *s)
{
	return &s->from;
}

struct ply_slice ply_sip_stx_to_tag(struct ply_sip_stx *s)
{
	if (!s->tag[0])
		ply_sip_tx_make_tag(s->tag);
	return ply_slice(s->tag, sizeof s->tag - 1);
}

void ply_sip_stx_set_user(struct ply_sip_stx *s, void *user)
{
	s->user = user;
}

void *ply_sip_stx_user(const struct ply_sip_stx *s)
{
	return s->user;
}

int ply_sip_stx_respond(struct ply_sip_stx *s, unsigned status, struct ply_slice text)
{
	const struct input in = {.text = text};

	step(s, status < 200 ? EV_PROVISIONAL : status < 300 ? EV_2XX : EV_FINAL, &in);
	return 0;
}

int ply_sip_stx_reply(struct ply_sip_stx *s, const struct ply_sip_reply *reply)
{
	struct ply_strbuf *out = &s->l->out;
	struct ply_sip_reply r = *reply;
	int err;

	if (!s->req)
		return ply_err_origin(-EALREADY);
	if (!r.to_tag.p && r.status != 100)
		r.to_tag = ply_sip_stx_to_tag(s);
	ply_strbuf_reset(out);
	err = ply_sip_write_reply(out, s->req, &r);
	if (err)
		return err;
	return ply_sip_stx_respond(s, r.status, ply_strbuf_slice(out));
}

int ply_sip_stx_answer(struct ply_sip_stx *s, unsigned status, unsigned diag,
		       const char *diag_reason, const char *source)
{
	const struct ply_sip_reply r = {
		.status = status, .diag = diag, .diag_reason = diag_reason, .source = source};

	return ply_sip_stx_reply(s, &r);
}

void ply_sip_stx_drop(struct ply_sip_stx *s)
{
	ply_sip_stx_free(s);
}
