/* Subscriptions: made by a SUBSCRIBE, found by its later ones, ended by either side or by time
 * (RFC 6665 §4.2; [MS-SIP] 3.3-3.6 for BENOTIFY, piggyback and auto-extend). */
#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

enum { STANDARD_SECONDS = 3600, OCS_MIN_SECONDS = 23000, OCS_SPREAD = 17000, MAX_SECONDS = 50000 };

PLY_GAUGE(subs_gauge, "parley_frontend_subscriptions", "subscriptions alive");

static uint64_t flow_hash(uint64_t flow)
{
	return ply_hash_bytes(&flow, sizeof flow);
}

static void link_flow(struct fe_sub *s)
{
	if (s->flow_hashed)
		ply_hash_del(&s->fe->presence->flows, &s->by_flow);
	s->flow_hashed =
		s->dialog->hop.proto != PLY_SIP_UDP &&
		!ply_hash_add(&s->fe->presence->flows, &s->by_flow, flow_hash(s->dialog->hop.flow));
}

/* One NOTIFY on its way. */
struct fe_notify {
	struct ply_list node;
	struct fe_sub *sub;
	struct ply_sip_ctx *tx;
};

void fe_notify_forget(struct fe_sub *s)
{
	struct fe_notify *o = container_of(s->open.next, struct fe_notify, node);

	ply_list_del(&o->node);
	ply_free(o);
}

void fe_sub_free(struct fe_sub *s)
{
	struct fe_presence *x = s->fe->presence;
	struct ply_list *n;

	ply_timer_stop(&s->expiry);
	while ((n = ply_list_first(&s->open))) {
		struct fe_notify *o = container_of(n, struct fe_notify, node);

		ply_list_del(n);
		ply_sip_ctx_abandon(o->tx);
		ply_free(o);
	}
	while ((n = ply_list_first(&s->watches)))
		fe_watch_free(container_of(n, struct fe_watch, in_sub));
	if (s->hashed)
		ply_hash_del(&x->dialogs, &s->by_dialog);
	if (s->flow_hashed)
		ply_hash_del(&x->flows, &s->by_flow);
	ply_list_del(&s->queued);
	ply_list_del(&s->in_pres);
	x->n_subs--;
	ply_counter_add(&subs_gauge, -1);
	if (s->pres) {
		s->pres->n_subs--;
		fe_user_release(s->pres->user);
	}
	ply_sip_dialog_free(s->dialog);
	ply_free(s->event_value);
	ply_free(s);
}

static bool says(const struct fe_req *q, enum ply_ms_option o)
{
	return ply_sip_has_token(q->msg, PLY_HDR_SUPPORTED, ply_ms_option_name(o));
}

static void read_options(struct fe_sub *s, const struct fe_req *q)
{
	s->benotify = says(q, PLY_MS_OPTION_BENOTIFY) ||
		      ply_sip_has_token(q->msg, PLY_HDR_PROXY_REQUIRE, "ms-benotify");
	s->piggyback = says(q, PLY_MS_OPTION_PIGGYBACK);
	s->autoextend = says(q, PLY_MS_OPTION_AUTOEXTEND);
}

static void link_owner(struct fe_sub *s, struct fe_presentity *own)
{
	s->pres = own;
	if (!own) {
		ply_list_push(&s->fe->presence->foreign, &s->in_pres);
		return;
	}
	fe_user_hold(own->user);
	ply_list_push(&own->subs, &s->in_pres);
	own->n_subs++;
}

struct fe_sub *fe_sub_new(struct fe_req *q, enum ply_ms_event event, struct fe_presentity *own)
{
	struct fe *fe = q->fe;
	struct fe_sub *s = ply_calloc(1, sizeof *s);
	struct ply_slice tag = ply_sip_stx_to_tag(q->stx);

	if (!s)
		return NULL;
	s->fe = fe;
	s->event = event;
	ply_list_init(&s->queued);
	ply_list_init(&s->watches);
	ply_list_init(&s->open);
	fe->presence->n_subs++;
	ply_counter_inc(&subs_gauge);
	link_owner(s, own);
	s->ep = q->sender_ep;
	s->event_value = ply_slice_dup(ply_sip_hdr(q->msg, PLY_HDR_EVENT));
	read_options(s, q);
	memcpy(s->watcher, q->from_aor, sizeof s->watcher);
	if (!s->event_value || ply_sip_dialog_uas(&s->dialog, q->msg, &q->from, tag) ||
	    ply_hash_add(
		    &fe->presence->dialogs, &s->by_dialog,
		    ply_sip_dialog_hash(ply_sip_hdr(q->msg, PLY_HDR_CALL_ID), tag, q->from_tag))) {
		fe_sub_free(s);
		return NULL;
	}
	s->hashed = true;
	link_flow(s);
	return s;
}

struct fe_sub *fe_sub_find(struct fe *fe, const struct fe_req *q)
{
	struct ply_slice call_id = ply_sip_hdr(q->msg, PLY_HDR_CALL_ID);
	uint64_t h = ply_sip_dialog_hash(call_id, q->to_tag, q->from_tag);
	struct ply_hnode *n = ply_hash_first(&fe->presence->dialogs, h);

	for (; n; n = ply_hash_next(n)) {
		struct fe_sub *s = container_of(n, struct fe_sub, by_dialog);

		if (ply_sip_dialog_is(s->dialog, call_id, q->to_tag, q->from_tag))
			return s;
	}
	return NULL;
}

uint32_t fe_sub_wanted(const struct fe_req *q, bool ocs)
{
	struct ply_slice text = ply_sip_hdr(q->msg, PLY_HDR_EXPIRES);
	uint32_t secs;

	if (text.p && ply_slice_to_u32(ply_slice_trim(text), &secs))
		return secs > MAX_SECONDS ? MAX_SECONDS : secs;
	if (!ocs)
		return STANDARD_SECONDS;
	/* spread, so that refreshes do not come together */
	return OCS_MIN_SECONDS + ply_random_below(OCS_SPREAD);
}

static void expired(void *ctx)
{
	struct fe_sub *s = ctx;

	fe_sub_notify_end(s, "timeout");
	fe_sub_free(s);
}

void fe_sub_extend(struct fe_sub *s, uint32_t seconds)
{
	s->expires = seconds;
	s->ends_ms = ply_mono_ms() + seconds * 1000ULL;
	/* some grace: a refresh under way is not to meet a dead dialog */
	ply_timer_start(s->fe->loop, &s->expiry, seconds * 1000ULL + 2000, expired, s);
}

int fe_sub_refreshed(struct fe_sub *s, const struct fe_req *q)
{
	int r = ply_sip_dialog_refresh(s->dialog, q->msg, &q->from);

	if (!r)
		link_flow(s);
	s->ep = q->sender_ep;
	return r;
}

struct fe_watch *fe_watch_add(struct fe_sub *s, struct fe_user *u, struct ply_slice uri)
{
	struct fe_watch *w;

	PLY_LIST_FOR(it, &s->watches) {
		w = container_of(it, struct fe_watch, in_sub);
		if (u && w->pres ? w->pres->user == u : ply_slice_caseis(uri, w->uri))
			return w;
	}
	if (s->n_watches >= FE_PRES_MAX_WATCHES)
		return NULL;
	w = ply_calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->uri = ply_slice_dup(uri);
	if (!w->uri) {
		ply_free(w);
		return NULL;
	}
	w->sub = s;
	ply_list_init(&w->queued);
	ply_list_init(&w->in_pres);
	ply_list_push(&s->watches, &w->in_sub);
	s->n_watches++;
	if (u && u->pres) {
		w->pres = u->pres;
		fe_user_hold(u);
		ply_list_push(&u->pres->watches, &w->in_pres);
		w->container = fe_pres_container_of(u->pres, ply_slice_str(s->watcher));
	}
	return w;
}

void fe_watch_free(struct fe_watch *w)
{
	ply_list_del(&w->in_sub);
	ply_list_del(&w->in_pres);
	ply_list_del(&w->queued);
	w->sub->n_watches--;
	if (w->pres)
		fe_user_release(w->pres->user);
	ply_free(w->uri);
	ply_free(w);
}

/* --- notifications --- */

static void answered(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *m, unsigned status)
{
	struct fe_notify *o = ctx;
	struct fe_sub *s = o->sub;
	unsigned code = m ? m->status : status;

	(void)c;
	if (m && code < 200)
		return;
	ply_list_del(&o->node);
	ply_free(o);
	if (code >= 300 && code != 401 && code != 407 && code != 491 && code != 500) {
		ply_info(&s->fe->log, "subscription.ended", KI("status", code),
			 KS("event", s->event_value), KS("from", s->watcher));
		fe_sub_free(s);
		return;
	}
	PLY_LIST_FOR(it, &s->watches) {
		struct fe_watch *w = container_of(it, struct fe_watch, in_sub);

		if (w->dirty && ply_list_empty(&w->queued))
			ply_list_push(&s->fe->presence->queue, &w->queued);
	}
	fe_flush_now(s->fe->presence);
}

static int send(struct fe_sub *s, const char *state, const char *content_type,
		struct ply_slice body)
{
	struct fe *fe = s->fe;
	struct ply_strbuf *out = &fe->scratch[1], *lines = &fe->scratch[2];
	const char *method = s->benotify ? "BENOTIFY" : "NOTIFY";
	char branch[PLY_SIP_BRANCH_MAX];
	struct fe_notify *o;
	int r;

	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_strbuf_reset(out);
	ply_strbuf_reset(lines);
	if (!s->benotify)
		ply_strbuf_addf(lines, "Contact: <%s>\r\n", s->dialog->local_uri);
	ply_strbuf_addf(lines, "Event: %s\r\nsubscription-state: %s\r\n", s->event_value, state);
	if (s->list && !s->batch)
		ply_strbuf_adds(lines, "Require: eventlist\r\n");
	r = ply_sip_dialog_write(s->dialog, fe->transport, method, branch, ply_strbuf_slice(lines),
				 content_type, body, out);
	if (r)
		return r;
	if (s->benotify)
		return ply_sip_send(fe->transport, &s->dialog->hop, ply_strbuf_slice(out));
	o = ply_calloc(1, sizeof *o);
	if (!o)
		return -ENOMEM;
	o->sub = s;
	r = ply_sip_ctx_start(fe->txl, &o->tx, PLY_SIP_NOTIFY, branch, &s->dialog->hop,
			      ply_strbuf_slice(out), answered, o);
	if (r) {
		ply_free(o);
		return r;
	}
	ply_list_push(&s->open, &o->node);
	return 0;
}

PLY_COUNTER(notifies, "parley_frontend_notifications_total", "presence notifications sent");

bool fe_sub_notify(struct fe_sub *s, const char *content_type, struct ply_slice body)
{
	uint64_t now = ply_mono_ms();
	char state[48];
	int r;

	if (s->autoextend && s->expires)
		fe_sub_extend(s, s->expires);
	(void)snprintf(state, sizeof state, "active;expires=%llu",
		       s->ends_ms > now ? (unsigned long long)(s->ends_ms - now + 999) / 1000 : 0);
	r = send(s, state, content_type, body);
	ply_counter_inc(&notifies);
	if (r != -ENOTCONN)
		return true;
	fe_sub_free(s); /* its flow is gone */
	return false;
}

void fe_sub_notify_end(struct fe_sub *s, const char *reason)
{
	char state[64];

	(void)snprintf(state, sizeof state, "terminated;reason=%s", reason);
	if (!s->benotify)
		(void)send(s, state, NULL, ply_slice("", 0));
}

/* --- answers --- */

static void add_contact(struct fe_req *q, struct ply_strbuf *lines)
{
	struct ply_addr a = ply_sip_transport_listener_addr(q->fe->transport, q->from.listener);

	ply_strbuf_addf(lines, "Contact: <sip:%s:%u;transport=%s;lr>\r\n", q->fe->fqdn, a.port,
			ply_sip_proto_name((enum ply_sip_proto)q->from.proto));
}

void fe_sub_end(struct fe_req *q, struct fe_sub *s)
{
	bool benotify = s->benotify;

	fe_sub_answer(q, s, s->event, 0, NULL, ply_slice("", 0), false);
	if (!benotify)
		fe_sub_notify_end(s, "timeout");
	fe_sub_free(s);
}

/* NOLINTNEXTLINE(readability-function-size): seven parameters, and no caller leaves one out */
void fe_sub_answer(struct fe_req *q, struct fe_sub *s, enum ply_ms_event event, uint32_t seconds,
		   const char *content_type, struct ply_slice body, bool list)
{
	struct ply_strbuf *lines = &q->fe->scratch[0];
	bool piggyback = content_type && says(q, PLY_MS_OPTION_PIGGYBACK);
	struct ply_slice value = ply_sip_hdr(q->msg, PLY_HDR_EVENT);
	struct ply_sip_reply r = {.status = 200, .record_route = true};

	ply_strbuf_reset(lines);
	add_contact(q, lines);
	ply_strbuf_addf(lines, "Expires: %u\r\n", seconds);
	(void)ply_sip_add_unfolded(lines, "Event",
				   value.p ? value : ply_slice_str(ply_ms_event_name(event)));
	if (piggyback)
		ply_strbuf_adds(lines, "ms-piggyback-cseq: 1\r\n");
	ply_strbuf_addf(lines, "subscription-state: %s;expires=%u\r\n",
			seconds ? "active" : "terminated", seconds);
	if (s && s->benotify && piggyback)
		ply_strbuf_adds(lines, "Supported: ms-benotify, ms-piggyback-first-notify\r\n");
	else if (s && s->benotify)
		ply_strbuf_adds(lines, "Supported: ms-benotify\r\n");
	if (s && s->autoextend)
		ply_strbuf_adds(lines, "Supported: com.microsoft.autoextend\r\n");
	if (list)
		ply_strbuf_adds(lines, "Require: eventlist\r\n");
	r.lines = ply_strbuf_slice(lines);
	if (piggyback) {
		r.content_type = content_type;
		r.body = body;
		if (s && !s->dialog->local_cseq)
			s->dialog->local_cseq = 1;
	}
	fe_req_reply(q, &r);
	if (!piggyback && s && content_type)
		(void)fe_sub_notify(s, content_type, body);
}
