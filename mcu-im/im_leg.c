/* One participant's dialog, from his INVITE to BYE. Nothing of ours ever changes a dialog: no
 * re-INVITE and no UPDATE, SIPE takes neither (sessions are as alive as their flows). */
#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "mcu-im/mim.h"

#include <errno.h>

enum { EV_ACK, EV_NO_ACK, EV_END };
enum { T_NONE, T_ACK };

PLY_GAUGE(legs_gauge, "parley_mcu_im_legs", "participants' dialogs");
PLY_COUNTER(joins, "parley_mcu_im_joins_total", "dialogs that were answered");
PLY_COUNTER(no_ack, "parley_mcu_im_unacknowledged_total", "answers that got no ACK within 32 s");

static struct mim_leg *leg_of(struct ply_fsm *f)
{
	return container_of(f, struct mim_leg, fsm);
}

/* --- state table --- */

static void on_answered(struct ply_fsm *f, unsigned event, void *arg)
{
	(void)arg;
	if (event == EV_NO_ACK)
		ply_counter_inc(&no_ack);
	(void)ply_fsm_goto(f, event == EV_ACK ? MIM_CONNECTED : MIM_GONE);
}

static void enter_connected(struct ply_fsm *f)
{
	struct mim_leg *l = leg_of(f);

	ply_timer_stop(&l->resend);
	ply_strbuf_deinit(&l->ok);
	if (l->place)
		ply_mcu_leg_connect(l->place, l);
	mim_relay_ready(l);
}

static void on_connected(struct ply_fsm *f, unsigned event, void *arg)
{
	(void)arg;
	if (event != EV_ACK) /* another: of a re-INVITE */
		(void)ply_fsm_goto(f, MIM_GONE);
}

static void enter_gone(struct ply_fsm *f);

static struct ply_timerdef timers[] = {
	[T_NONE] = {.name = "none"},
	[T_ACK] = {.name = "ACK",
		   .spec = "RFC 3261 §13.3.1.4",
		   .help = "a 200 without ACK is taken for a failed call",
		   .def_ms = 32000,
		   .min_ms = 1000,
		   .max_ms = 64000},
	{.name = NULL},
};

static const char *const events[] = {[EV_ACK] = "ack", [EV_NO_ACK] = "no-ack", [EV_END] = "end"};

/* clang-format off */
static const struct ply_fsm_state states[] = {
[MIM_ANSWERED]	= { .name = "answered",  .in = BIT(EV_ACK) | BIT(EV_NO_ACK) | BIT(EV_END),
		    .out = BIT(MIM_CONNECTED) | BIT(MIM_GONE), .timer = T_ACK, .event = on_answered },
[MIM_CONNECTED]	= { .name = "connected", .in = BIT(EV_ACK) | BIT(EV_END),
		    .out = BIT(MIM_GONE), .enter = enter_connected, .event = on_connected },
[MIM_GONE]	= { .name = "gone", .enter = enter_gone },
};
/* clang-format on */

static void timed_out(void *ctx)
{
	struct mim_leg *l = ctx;

	l->end_reason = "No ACK";
	(void)ply_fsm_event(&l->fsm, EV_NO_ACK, NULL);
}

static void set_timer(struct ply_fsm *f, uint32_t ms)
{
	struct mim_leg *l = leg_of(f);

	if (ms)
		ply_timer_start(l->mim->loop, &l->timer, ms, timed_out, l);
	else
		ply_timer_stop(&l->timer);
}

static const struct ply_fsm_def def = {
	.name = "im-leg",
	.state = states,
	.n_state = ARRAY_LEN(states),
	.event = events,
	.n_event = ARRAY_LEN(events),
	.timers = timers,
	.set_timer = set_timer,
};

bool mim_leg_is_connected(const struct mim_leg *l)
{
	return l->fsm.state == MIM_CONNECTED;
}

/* --- ended and freed --- */

static void leg_free(struct mim_leg *l)
{
	struct mim *m = l->mim;

	ply_timer_stop(&l->timer);
	ply_timer_stop(&l->resend);
	ply_list_del(&l->in_room);
	ply_list_del(&l->ready);
	mim_way_leave(l);
	if (l->by_dialog.hash) {
		ply_hash_del(&m->legs, &l->by_dialog);
		m->n_leg--;
		ply_counter_set(&legs_gauge, m->n_leg);
	}
	ply_sip_dialog_free(l->dialog);
	ply_strbuf_deinit(&l->ok);
	ply_free(l->fan);
	ply_free(l->sender);
	ply_free(l->name);
	ply_free(l->accept);
	ply_free(l);
}

static void send_bye(struct mim_leg *l)
{
	struct mim *m = l->mim;
	struct ply_strbuf *out = &m->scratch[0], *lines = &m->scratch[1];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;
	struct ply_sip_hop hop;

	if (mim_hop(l, &hop))
		return;
	ply_strbuf_reset(out);
	ply_strbuf_reset(lines);
	ply_strbuf_addf(lines, "Reason: SIP;cause=200;text=\"%s\"\r\n", l->end_reason);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (!ply_sip_dialog_write(l->dialog, m->transport, "BYE", branch, ply_strbuf_slice(lines),
				  NULL, ply_slice(NULL, 0), out) &&
	    !ply_sip_ctx_start(m->txl, &tx, PLY_SIP_BYE, branch, &hop, ply_strbuf_slice(out), NULL,
			       NULL))
		ply_sip_ctx_abandon(tx);
}

static void enter_gone(struct ply_fsm *f)
{
	struct mim_leg *l = leg_of(f);

	if (l->end_reason)
		send_bye(l);
	mim_relay_drop(l, l->end_status);
	if (l->place)
		ply_mcu_leg_gone(l->place);
	leg_free(l);
}

void mim_leg_end(struct mim_leg *l, const char *reason, unsigned status, const char *why)
{
	ply_info(&l->log, "leg.ended", KS("why", why), KI("queued", l->n_queue));
	l->end_reason = reason;
	l->end_status = status;
	(void)ply_fsm_event(&l->fsm, EV_END, NULL);
}

/* --- made --- */

/* "alice" of a URI for those who have no display name. */
static struct ply_slice name_of(const struct ply_mcu_leg *place)
{
	struct ply_slice uri = ply_slice_str(ply_mcu_leg_user(place));
	struct ply_sip_uri u;

	if (*ply_mcu_leg_name(place) &&
	    !ply_slice_casestarts(ply_slice_str(ply_mcu_leg_name(place)), "sip:"))
		return ply_slice_str(ply_mcu_leg_name(place));
	return ply_sip_uri_parse(uri, &u) || !u.user.len ? uri : u.user;
}

/* Names stand in front of texts: on one line. */
static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			*text = ' ';
}

static int fill(struct mim_leg *l, const struct ply_sip_msg *req, struct ply_slice accept)
{
	struct ply_strbuf sender = PLY_STRBUF_INIT;

	ply_strbuf_addf(&sender, "Ms-Sender: <%s>\r\n", ply_mcu_leg_user(l->place));
	l->sender = ply_strbuf_steal(&sender);
	l->name = ply_slice_dup(name_of(l->place));
	l->accept = accept.len ? ply_slice_dup(accept) : ply_strdup("");
	if (!l->sender || !l->name || !l->accept)
		return ply_err_origin(-ENOMEM);
	one_line(l->name);
	l->muted = ply_mcu_leg_is_blocked(l->place);
	l->knows_sender = ply_sip_has_token(req, PLY_HDR_SUPPORTED, "ms-sender");
	ply_bucket_init(&l->rate, l->mim->conf->sender_rate, l->mim->conf->sender_burst,
			ply_mono_ms());
	ply_log_init(&l->log, &l->mim->log);
	ply_log_set(&l->log, 0, "user", ply_mcu_leg_user(l->place));
	return 0;
}

/* The peer is described by his INVITE, or his 200 to ours. TAKES d on success. NULL: memory, or a
 * route that cannot be read. */
static struct mim_leg *leg_new(struct mim *m, struct ply_mcu_leg *place, struct ply_sip_dialog *d,
			       const struct ply_sip_msg *peer)
{
	struct mim_leg *l = ply_calloc(1, sizeof *l);
	struct ply_slice accept;
	int r;

	if (!l)
		return NULL;
	(void)mim_sdp_read(peer->body, &accept);
	l->mim = m;
	l->place = place;
	l->room = ply_mcu_conf_data(ply_mcu_leg_conf(place));
	ply_list_init(&l->in_room);
	ply_list_init(&l->queue);
	ply_list_init(&l->ready);
	ply_list_init(&l->written);
	ply_fsm_init(&l->fsm, &def, &l->log);
	l->dialog = d;
	r = fill(l, peer, accept);
	if (!r)
		r = mim_way_find(l);
	if (!r)
		r = ply_hash_add(&m->legs, &l->by_dialog,
				 ply_sip_dialog_hash(ply_slice_str(d->call_id),
						     ply_slice_str(d->local_tag),
						     ply_slice_str(d->remote_tag)));
	if (r) {
		l->dialog = NULL;
		leg_free(l);
		return NULL;
	}
	ply_list_push(&l->room->legs, &l->in_room);
	ply_counter_set(&legs_gauge, ++m->n_leg);
	return l;
}

/* --- INVITE --- */

static void resend_ok(void *ctx)
{
	struct mim_leg *l = ctx;

	(void)ply_sip_send_response(l->mim->transport, &l->ok_hop, ply_strbuf_slice(&l->ok));
	l->resend_ms = l->resend_ms * 2 > 4000 ? 4000 : l->resend_ms * 2;
	ply_timer_start(l->mim->loop, &l->resend, l->resend_ms, resend_ok, l);
}

/* The 200 as text: kept for sending it again. */
static int write_ok(struct mim_leg *l, const struct ply_sip_msg *req, struct ply_strbuf *out)
{
	struct ply_strbuf *lines = &l->mim->scratch[0], *sdp = &l->mim->scratch[1];
	struct ply_addr own = ply_sip_transport_listener_addr(l->mim->transport, l->mim->listener);
	struct ply_sip_reply r = {.status = 200,
				  .to_tag = ply_slice_str(l->dialog->local_tag),
				  .record_route = true,
				  .content_type = "application/sdp"};
	const char *uri = ply_mcu_conf_uri(l->room->conf);

	ply_strbuf_reset(lines);
	ply_strbuf_reset(sdp);
	ply_strbuf_addf(lines, "Contact: <%s>;isfocus\r\n" MIM_ALLOW "Supported: ms-sender\r\n",
			uri);
	mim_sdp_answer(sdp, req->body, uri, own.port);
	if (ply_strbuf_err(lines) || ply_strbuf_err(sdp))
		return ply_err_origin(-ENOMEM);
	r.lines = ply_strbuf_slice(lines);
	r.body = ply_strbuf_slice(sdp);
	return ply_sip_write_reply(out, req, &r);
}

static int answer(struct mim_leg *l, struct ply_sip_stx *stx, const struct ply_sip_msg *req)
{
	int r = write_ok(l, req, &l->ok);

	if (r)
		return r;
	l->ok_hop = *ply_sip_stx_from(stx);
	r = ply_sip_stx_respond(stx, 200, ply_strbuf_slice(&l->ok));
	if (r)
		return r;
	l->resend_ms = 500;
	ply_timer_start(l->mim->loop, &l->resend, l->resend_ms, resend_ok, l);
	set_timer(&l->fsm, ply_timerdef_ms(timers, T_ACK));
	return 0;
}

/* Who it is, as the Front End says. */
static enum mim_refusal place_of(struct mim *m, const struct ply_sip_msg *req,
				 struct ply_mcu_leg **out)
{
	struct ply_mcu_conf *conf = ply_mcu_conf_find(m->mcu, req->ruri);
	struct ply_slice line = ply_sip_hdr(req, PLY_HDR_P_ASSERTED_IDENTITY), value;
	struct ply_sip_addr who;

	if (!conf)
		return MIM_NO_CONFERENCE;
	if (!ply_sip_next_value(&line, &value) || ply_sip_addr_parse(value, &who))
		return MIM_NOT_EXPECTED;
	*out = ply_mcu_leg_find(conf, who.uri, ply_sip_hdr_named(req, "C3P-Endpoint"));
	return *out ? MIM_FINE : MIM_NOT_EXPECTED;
}

static struct mim_leg *leg_invited(struct mim *m, struct ply_mcu_leg *place,
				   struct ply_sip_stx *stx, const struct ply_sip_msg *req)
{
	struct ply_sip_dialog *d;
	struct mim_leg *l;

	if (ply_sip_dialog_uas(&d, req, ply_sip_stx_from(stx), ply_sip_stx_to_tag(stx)))
		return NULL;
	l = leg_new(m, place, d, req);
	if (!l)
		ply_sip_dialog_free(d);
	return l;
}

struct mim_leg *mim_leg_called(struct mim *m, struct ply_mcu_leg *place, struct ply_sip_dialog *d,
			       const struct ply_sip_msg *ok)
{
	struct mim_leg *l = leg_new(m, place, d, ok);

	if (l)
		(void)ply_fsm_event(&l->fsm, EV_ACK, NULL);
	return l;
}

/* The same endpoint again: its client lost the first dialog. */
static void replace(struct mim_leg *old)
{
	old->place = NULL;
	mim_leg_end(old, "Replaced", 0, "the endpoint joined anew");
}

void mim_leg_invite(struct mim *m, struct ply_sip_stx *stx, const struct ply_sip_msg *req)
{
	struct ply_mcu_leg *place = NULL;
	enum mim_refusal no = place_of(m, req, &place);
	struct mim_leg *l = NULL, *old;
	struct ply_slice accept;

	if (no == MIM_FINE && !mim_sdp_read(req->body, &accept))
		no = MIM_NO_OFFER;
	if (no == MIM_FINE)
		l = leg_invited(m, place, stx, req);
	if (!l) {
		mim_refuse(m, stx, no == MIM_FINE ? MIM_OVERLOAD : no);
		return;
	}
	old = ply_mcu_leg_data(place);
	ply_mcu_leg_claim(place, l);
	if (old)
		replace(old);
	if (answer(l, stx, req)) {
		mim_leg_end(l, NULL, 0, "no memory");
		return;
	}
	ply_counter_inc(&joins);
	ply_debug(&l->log, "leg.answered", KS("endpoint", ply_mcu_leg_endpoint(place)),
		  KI("sender", l->knows_sender));
}

/* --- requests in the dialog --- */

struct mim_leg *mim_leg_find(const struct mim *m, const struct ply_sip_msg *req)
{
	struct ply_slice call_id = ply_sip_hdr(req, PLY_HDR_CALL_ID), local, remote, epid;
	struct ply_sip_addr addr;
	struct ply_hnode *n;

	if (ply_sip_from_to(req, PLY_HDR_TO, &addr, &local, &epid) ||
	    ply_sip_from_to(req, PLY_HDR_FROM, &addr, &remote, &epid))
		return NULL;
	n = ply_hash_first(&m->legs, ply_sip_dialog_hash(call_id, local, remote));
	for (; n; n = ply_hash_next(n)) {
		struct mim_leg *l = container_of(n, struct mim_leg, by_dialog);

		if (ply_sip_dialog_is(l->dialog, call_id, local, remote))
			return l;
	}
	return NULL;
}

/* A refresh, by a client that offers what it offered. */
static void reinvite(struct mim_leg *l, struct ply_sip_stx *stx, const struct ply_sip_msg *req)
{
	struct ply_strbuf out = PLY_STRBUF_INIT;

	if (!write_ok(l, req, &out))
		(void)ply_sip_stx_respond(stx, 200, ply_strbuf_slice(&out));
	else
		(void)ply_sip_stx_answer(stx, 500, 0, NULL, l->mim->fqdn);
	ply_strbuf_deinit(&out);
}

static void simple_ok(struct ply_sip_stx *stx)
{
	(void)ply_sip_stx_reply(
		stx, &(struct ply_sip_reply){.status = 200, .lines = ply_slice_str(MIM_ALLOW)});
}

void mim_leg_request(struct mim_leg *l, struct ply_sip_stx *stx, struct ply_sip_msg *req,
		     const struct ply_sip_hop *from)
{
	if (!stx) {
		if (req->method == PLY_SIP_ACK)
			(void)ply_fsm_event(&l->fsm, EV_ACK, NULL);
		return;
	}
	if (ply_sip_dialog_refresh(l->dialog, req, from)) {
		/* RFC 3261 §12.2.2 */
		(void)ply_sip_stx_answer(stx, 500, 0, NULL, l->mim->fqdn);
		return;
	}
	switch (req->method) {
	case PLY_SIP_MESSAGE:
		mim_relay_message(l, stx, req);
		break;
	case PLY_SIP_INFO:
		simple_ok(stx);
		mim_typing(l, req);
		break;
	case PLY_SIP_BYE:
		simple_ok(stx);
		mim_leg_end(l, NULL, 0, "BYE");
		break;
	case PLY_SIP_INVITE:
		reinvite(l, stx, req);
		break;
	case PLY_SIP_UPDATE:
	case PLY_SIP_OPTIONS:
		simple_ok(stx);
		break;
	default:
		(void)ply_sip_stx_reply(
			stx,
			&(struct ply_sip_reply){.status = 405, .lines = ply_slice_str(MIM_ALLOW)});
	}
}
