/* A message to everyone else ([MS-CONFIM]; conferences of RFC 4353). One order for a conference:
 * the order in which messages are taken here. Every receiver has a queue of his own and one message
 * under way; whoever does not keep up is put out, and nobody waits for him. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "mcu-im/mim.h"
#include "xml/xml_write.h"

#include <errno.h>
#include <stdio.h>

#define CT_IMDN "application/ms-imdn+xml"
#define NS_IMDN "http://schemas.microsoft.com/rtc/2005/08/imdn"

PLY_COUNTER(messages, "parley_mcu_im_messages_total", "messages taken from participants");
PLY_COUNTER(copies, "parley_mcu_im_copies_total", "copies delivered to participants");
PLY_COUNTER(failures, "parley_mcu_im_copies_failed_total", "copies that were not delivered");
PLY_COUNTER(dropped, "parley_mcu_im_dropped_total",
	    "participants put out: queue full, or no answer to a message");
PLY_COUNTER(reports, "parley_mcu_im_reports_total", "delivery reports sent to authors");

/* --- messages --- */

/* "<sip:bob@lab.example;...>" with its status, for the report. */
static void add_failed(struct mim_message *msg, const struct mim_leg *l, unsigned status)
{
	struct ply_strbuf uri = PLY_STRBUF_INIT;

	ply_strbuf_addf(&uri, "<%s>", l->dialog->remote_target);
	ply_strbuf_adds(&msg->failed, "<recipient uri=\"");
	(void)ply_xml_escape(&msg->failed, ply_strbuf_slice(&uri), true);
	ply_strbuf_addf(&msg->failed, "\"><status>%u</status>", status);
	if (status == 408)
		ply_strbuf_adds(&msg->failed,
				"<entry><key>ms-diagnostics</key><value>6001;reason=\"Request "
				"Timeout\";component=\"ImMcu\"</value></entry>");
	ply_strbuf_adds(&msg->failed, "</recipient>");
	ply_strbuf_deinit(&uri);
}

/* BENOTIFY: without an answer, so without a transaction. */
static void report(struct mim_message *msg)
{
	struct mim_leg *l = msg->author;
	struct ply_strbuf body = PLY_STRBUF_INIT, *out = &l->mim->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_hop hop;

	ply_strbuf_addf(&body, "<imdn xmlns=\"" NS_IMDN "\"><message-id>%u</message-id>", msg->id);
	ply_strbuf_add_slice(&body, ply_strbuf_slice(&msg->failed));
	ply_strbuf_adds(&body, "</imdn>");
	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (!ply_strbuf_err(&body) && !mim_hop(l, &hop) &&
	    !ply_sip_dialog_write(l->dialog, l->mim->transport, "BENOTIFY", branch,
				  ply_slice("", 0), CT_IMDN, ply_strbuf_slice(&body), out) &&
	    !ply_sip_send(l->mim->transport, &hop, ply_strbuf_slice(out)))
		ply_counter_inc(&reports);
	ply_strbuf_deinit(&body);
}

static void message_free(struct mim_message *msg)
{
	ply_list_del(&msg->in_author);
	for (size_t i = 0; i < MIM_N_FORM; i++) {
		ply_free(msg->form[i].type);
		ply_free(msg->form[i].body);
	}
	ply_free(msg->sender);
	ply_free(msg->name);
	ply_strbuf_deinit(&msg->failed);
	ply_free(msg);
}

/* One of its copies, or the making of it, has ended. */
static void message_less(struct mim_message *msg)
{
	if (--msg->n_open)
		return;
	if (msg->author && mim_leg_is_connected(msg->author) &&
	    mim_accepts(msg->author->accept, ply_slice_str(CT_IMDN)))
		report(msg);
	message_free(msg);
}

static struct mim_message *message_new(struct mim_leg *author, const struct ply_sip_msg *req)
{
	struct mim_message *msg = ply_calloc(1, sizeof *msg);
	struct mim_text *t;

	if (!msg)
		return NULL;
	ply_list_init(&msg->in_author);
	t = &msg->form[MIM_AS_IS];
	t->made = true;
	t->type = ply_slice_dup(ply_sip_hdr(req, PLY_HDR_CONTENT_TYPE));
	t->body = req->body.len ? ply_memdup(req->body.p, req->body.len) : ply_strdup("");
	t->len = req->body.len;
	msg->sender = ply_strdup(author->sender);
	msg->name = ply_strdup(author->name);
	if (!t->type || !t->body || !msg->sender || !msg->name) {
		message_free(msg);
		return NULL;
	}
	msg->room = author->room;
	msg->author = author;
	msg->n_open = 1;
	msg->id = ++author->room->last_id;
	ply_list_push(&author->written, &msg->in_author);
	return msg;
}

/* --- copies --- */

static void copy_free(struct mim_copy *c, unsigned status)
{
	struct mim_message *msg = c->msg;

	if (status >= 300) {
		ply_counter_inc(&failures);
		add_failed(msg, c->leg, status);
	} else if (status) {
		ply_counter_inc(&copies);
	}
	if (!ply_list_empty(&c->in_queue)) {
		c->leg->n_queue--;
		c->leg->queue_bytes -= msg->form[c->form].len;
		ply_list_del(&c->in_queue);
	}
	ply_free(c);
	message_less(msg);
}

static void put_out(struct mim_leg *l, const char *why, unsigned status)
{
	ply_counter_inc(&dropped);
	ply_warn(&l->log, "leg.dropped", KS("why", why), KI("status", status));
	mim_leg_end(l, why, status, why);
}

/* False: there was no room, and the leg is gone. */
static void queue(struct mim_leg *l, struct mim_message *msg)
{
	const struct mim_settings *conf = l->mim->conf;
	enum mim_form form = mim_form_for(msg, l->accept, l->knows_sender);
	struct mim_copy *c;

	if (form == MIM_NOT_AT_ALL) {
		ply_counter_inc(&failures);
		add_failed(msg, l, 415);
		return;
	}
	if (l->n_queue >= conf->queue_messages ||
	    l->queue_bytes + msg->form[form].len > conf->queue_bytes) {
		add_failed(msg, l, 480);
		put_out(l, "Too slow", 480);
		return;
	}
	c = ply_calloc(1, sizeof *c);
	if (!c) {
		add_failed(msg, l, 500);
		return;
	}
	c->msg = msg;
	c->leg = l;
	c->form = form;
	msg->n_open++;
	ply_list_init(&c->in_queue);
	ply_list_push(&l->queue, &c->in_queue);
	l->n_queue++;
	l->queue_bytes += msg->form[form].len;
	mim_relay_ready(l);
}

void mim_relay_ready(struct mim_leg *l)
{
	if (!mim_leg_is_connected(l) || l->under_way || ply_list_empty(&l->queue) ||
	    !ply_list_empty(&l->ready))
		return;
	ply_list_push(&l->mim->ready, &l->ready);
	ply_defer_flush(l->mim->loop, &l->mim->flush, mim_fan_flush, l->mim);
}

struct mim_copy *mim_relay_take(struct mim_leg *l)
{
	struct mim_copy *c = container_of(ply_list_first(&l->queue), struct mim_copy, in_queue);

	ply_list_del(&c->in_queue);
	ply_list_del(&l->ready);
	l->n_queue--;
	l->queue_bytes -= c->msg->form[c->form].len;
	l->under_way = c;
	return c;
}

void mim_relay_untake(struct mim_leg *l, struct mim_copy *c)
{
	ply_list_push_front(&l->queue, &c->in_queue);
	l->n_queue++;
	l->queue_bytes += c->msg->form[c->form].len;
	l->under_way = NULL;
	mim_relay_ready(l);
}

/* Is the receiver lost after such an answer? RFC 5057 §5.1: the dialog is gone, or its peer. 430:
 * the flow is (RFC 5626). */
static bool is_lost(unsigned status)
{
	switch (status) {
	case 404:
	case 408:
	case 410:
	case 430:
	case 480:
	case 481:
	case 503:
		return true;
	default:
		return false;
	}
}

void mim_relay_ended(struct mim_copy *c, unsigned status)
{
	struct mim_leg *l = c->leg;

	l->under_way = NULL;
	copy_free(c, status);
	if (is_lost(status))
		put_out(l, "No answer", status);
	else
		mim_relay_ready(l);
}

static void on_answer(void *ctx, struct ply_sip_ctx *tx, struct ply_sip_msg *rsp, unsigned status)
{
	struct mim_copy *c = ctx;

	(void)tx;
	status = rsp ? rsp->status : status;
	if (status < 200)
		return;
	c->ctx = NULL;
	mim_relay_ended(c, status);
}

void mim_relay_single(struct mim_leg *l)
{
	struct mim_copy *c = mim_relay_take(l);
	const struct mim_text *t = &c->msg->form[c->form];
	struct ply_strbuf *out = &l->mim->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_hop hop;
	int r = mim_hop(l, &hop);

	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (!r)
		r = ply_sip_dialog_write(l->dialog, l->mim->transport, "MESSAGE", branch,
					 ply_slice_str(c->msg->sender), t->type,
					 ply_slice(t->body, t->len), out);
	if (!r)
		r = ply_sip_ctx_start(l->mim->txl, &c->ctx, PLY_SIP_MESSAGE, branch, &hop,
				      ply_strbuf_slice(out), on_answer, c);
	if (r)
		mim_relay_ended(c, r == -ENOMEM ? 500 : 503);
}

void mim_relay_drop(struct mim_leg *l, unsigned status)
{
	struct mim_copy *c = l->under_way;
	struct ply_list *it;

	while ((it = ply_list_first(&l->written))) {
		struct mim_message *msg = container_of(it, struct mim_message, in_author);

		msg->author = NULL;
		ply_list_del(&msg->in_author);
	}
	l->under_way = NULL;
	if (c) {
		if (c->ctx)
			ply_sip_ctx_abandon(c->ctx);
		mim_fan_forget(c);
		copy_free(c, status);
	}
	while ((it = ply_list_first(&l->queue)))
		copy_free(container_of(it, struct mim_copy, in_queue), status);
}

/* --- a participant's message --- */

static enum mim_refusal refusal(struct mim_leg *l, const struct ply_sip_msg *req)
{
	if (l->muted)
		return MIM_MUTED;
	if (req->body.len > l->mim->conf->max_body)
		return MIM_TOO_LARGE;
	if (!ply_sip_hdr(req, PLY_HDR_CONTENT_TYPE).len)
		return MIM_NO_TYPE;
	return ply_bucket_take(&l->rate, ply_mono_ms()) ? MIM_FINE : MIM_TOO_FAST;
}

static void fan_out(struct mim_leg *author, struct mim_message *msg)
{
	PLY_LIST_FOR_SAFE(it, next, &author->room->legs) {
		struct mim_leg *l = container_of(it, struct mim_leg, in_room);

		if (l != author)
			queue(l, msg);
	}
	message_less(msg);
}

void mim_relay_message(struct mim_leg *l, struct ply_sip_stx *stx, struct ply_sip_msg *req)
{
	struct mim_message *msg;
	enum mim_refusal why;
	char line[48];

	if (mim_is_typing(ply_sip_hdr(req, PLY_HDR_CONTENT_TYPE))) {
		(void)ply_sip_stx_reply(stx, &(struct ply_sip_reply){.status = 200});
		mim_typing(l, req);
		return;
	}
	why = refusal(l, req);
	msg = why == MIM_FINE ? message_new(l, req) : NULL;
	if (!msg) {
		mim_refuse(l->mim, stx, why == MIM_FINE ? MIM_OVERLOAD : why);
		return;
	}
	ply_counter_inc(&messages);
	if (l->place)
		ply_mcu_leg_wrote(l->place);
	(void)snprintf(line, sizeof line, "Message-Id: %u\r\n", msg->id);
	(void)ply_sip_stx_reply(
		stx, &(struct ply_sip_reply){.status = 202, .lines = ply_slice_str(line)});
	fan_out(l, msg);
}
