/* Dialogs of subscriptions: see subscription.h. */
#include "frontend/event/subscription.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "sip/sip_ms.h"

#include <errno.h>

enum { STANDARD_SECONDS = 3600, OCS_MIN_SECONDS = 23000, OCS_SPREAD = 17000, MAX_SECONDS = 50000 };

PLY_GAUGE(subs_gauge, "parley_frontend_subscriptions", "subscriptions alive");

void fe_subscriptions_init(struct fe_subscriptions *all, struct fe *fe,
			   const struct fe_subscription_ops *ops)
{
	all->fe = fe;
	all->ops = ops;
	ply_hash_init(&all->dialogs);
	ply_hash_init(&all->flows);
}

static uint64_t flow_hash(uint64_t flow)
{
	return ply_hash_bytes(&flow, sizeof flow);
}

static void link_flow(struct fe_subscription *s)
{
	if (s->flow_hashed)
		ply_hash_del(&s->all->flows, &s->by_flow);
	s->flow_hashed = s->dialog->hop.proto != PLY_SIP_UDP &&
			 !ply_hash_add(&s->all->flows, &s->by_flow, flow_hash(s->dialog->hop.flow));
}

/* One NOTIFY on its way. */
struct fe_notify {
	struct ply_list node;
	struct fe_subscription *sub;
	struct ply_sip_ctx *tx; /* NULL: gone with its layer */
};

static void forget_notifies(struct fe_subscription *s)
{
	struct ply_list *n;

	while ((n = ply_list_first(&s->open))) {
		struct fe_notify *o = container_of(n, struct fe_notify, node);

		ply_list_del(n);
		if (o->tx)
			ply_sip_ctx_abandon(o->tx);
		ply_free(o);
	}
}

static void free_one(struct ply_hnode *n, void *transactions_gone)
{
	struct fe_subscription *s = container_of(n, struct fe_subscription, by_dialog);

	if (transactions_gone)
		PLY_LIST_FOR(it, &s->open)
			container_of(it, struct fe_notify, node)->tx = NULL;
	s->all->ops->free(s);
}

void fe_subscriptions_deinit(struct fe_subscriptions *all, bool transactions_gone)
{
	ply_hash_each(&all->dialogs, free_one, transactions_gone ? all : NULL);
	ply_hash_deinit(&all->dialogs);
	ply_hash_deinit(&all->flows);
}

void fe_subscriptions_flow_closed(struct fe_subscriptions *all, uint64_t flow)
{
	struct ply_hnode *n = ply_hash_first(&all->flows, flow_hash(flow)), *next;

	for (; n; n = next) {
		struct fe_subscription *s = container_of(n, struct fe_subscription, by_flow);

		next = ply_hash_next(n);
		if (s->dialog->hop.flow == flow)
			all->ops->free(s);
	}
}

void fe_subscription_deinit(struct fe_subscription *s)
{
	ply_timer_stop(&s->expiry);
	forget_notifies(s);
	if (s->hashed)
		ply_hash_del(&s->all->dialogs, &s->by_dialog);
	if (s->flow_hashed)
		ply_hash_del(&s->all->flows, &s->by_flow);
	s->all->n--;
	ply_counter_add(&subs_gauge, -1);
	ply_sip_dialog_free(s->dialog);
	ply_free(s->event_value);
}

static bool says(const struct fe_req *q, enum ply_ms_option o)
{
	return ply_sip_has_token(q->msg, PLY_HDR_SUPPORTED, ply_ms_option_name(o));
}

bool fe_subscription_piggybacks(const struct fe_req *q)
{
	return says(q, PLY_MS_OPTION_PIGGYBACK);
}

static void read_options(struct fe_subscription *s, const struct fe_req *q)
{
	s->benotify = says(q, PLY_MS_OPTION_BENOTIFY) ||
		      ply_sip_has_token(q->msg, PLY_HDR_PROXY_REQUIRE, "ms-benotify");
	s->piggyback = fe_subscription_piggybacks(q);
	s->autoextend = says(q, PLY_MS_OPTION_AUTOEXTEND);
}

int fe_subscription_init(struct fe_subscription *s, struct fe_subscriptions *all,
			 const struct fe_req *q)
{
	struct ply_slice tag = ply_sip_stx_to_tag(q->stx);
	int r;

	s->all = all;
	s->fe = all->fe;
	ply_list_init(&s->open);
	all->n++;
	ply_counter_inc(&subs_gauge);
	read_options(s, q);
	memcpy(s->watcher, q->from_aor, sizeof s->watcher);
	s->event_value = ply_slice_dup(ply_sip_hdr(q->msg, PLY_HDR_EVENT));
	if (!s->event_value)
		return -ENOMEM;
	r = ply_sip_dialog_uas(&s->dialog, q->msg, &q->from, tag);
	if (!r)
		r = ply_hash_add(&all->dialogs, &s->by_dialog,
				 ply_sip_dialog_hash(ply_sip_hdr(q->msg, PLY_HDR_CALL_ID), tag,
						     q->from_tag));
	if (r)
		return r;
	s->hashed = true;
	link_flow(s);
	return 0;
}

struct fe_subscription *fe_subscription_find(const struct fe_subscriptions *all,
					     const struct fe_req *q)
{
	struct ply_slice call_id = ply_sip_hdr(q->msg, PLY_HDR_CALL_ID);
	uint64_t h = ply_sip_dialog_hash(call_id, q->to_tag, q->from_tag);
	struct ply_hnode *n = ply_hash_first(&all->dialogs, h);

	for (; n; n = ply_hash_next(n)) {
		struct fe_subscription *s = container_of(n, struct fe_subscription, by_dialog);

		if (ply_sip_dialog_is(s->dialog, call_id, q->to_tag, q->from_tag))
			return s;
	}
	return NULL;
}

uint32_t fe_subscription_wanted(const struct fe_req *q, bool ocs)
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
	struct fe_subscription *s = ctx;

	fe_subscription_notify_end(s, "timeout");
	s->all->ops->free(s);
}

void fe_subscription_extend(struct fe_subscription *s, uint32_t seconds)
{
	s->expires = seconds;
	s->ends_ms = ply_mono_ms() + seconds * 1000ULL;
	/* some grace: a refresh under way is not to meet a dead dialog */
	ply_timer_start(s->fe->loop, &s->expiry, seconds * 1000ULL + 2000, expired, s);
}

int fe_subscription_refreshed(struct fe_subscription *s, const struct fe_req *q)
{
	int r = ply_sip_dialog_refresh(s->dialog, q->msg, &q->from);

	if (!r)
		link_flow(s);
	return r;
}

/* --- notifications --- */

static void answered(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *m, unsigned status)
{
	struct fe_notify *o = ctx;
	struct fe_subscription *s = o->sub;
	unsigned code = m ? m->status : status;

	(void)c;
	if (m && code < 200)
		return;
	ply_list_del(&o->node);
	ply_free(o);
	if (code >= 300 && code != 401 && code != 407 && code != 491 && code != 500) {
		ply_info(&s->fe->log, "subscription.ended", KI("status", code),
			 KS("event", s->event_value), KS("from", s->watcher));
		s->all->ops->free(s);
		return;
	}
	s->all->ops->answered(s);
}

static int send(struct fe_subscription *s, const char *state, const char *content_type,
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
	if (s->eventlist)
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

PLY_COUNTER(notifies, "parley_frontend_notifications_total", "notifications sent");

bool fe_subscription_notify(struct fe_subscription *s, const char *content_type,
			    struct ply_slice body)
{
	uint64_t now = ply_mono_ms();
	char state[48];
	int r;

	if (s->autoextend && s->expires)
		fe_subscription_extend(s, s->expires);
	(void)snprintf(state, sizeof state, "active;expires=%llu",
		       s->ends_ms > now ? (unsigned long long)(s->ends_ms - now + 999) / 1000 : 0);
	r = send(s, state, content_type, body);
	ply_counter_inc(&notifies);
	if (r != -ENOTCONN)
		return true;
	s->all->ops->free(s); /* its flow is gone */
	return false;
}

void fe_subscription_notify_end(struct fe_subscription *s, const char *reason)
{
	char state[64];

	(void)snprintf(state, sizeof state, "terminated;reason=%s", reason);
	if (!s->benotify || s->tells_end)
		(void)send(s, state, NULL, ply_slice("", 0));
}

/* --- answers --- */

static void add_contact(struct fe_req *q, struct ply_strbuf *lines)
{
	struct ply_addr a = ply_sip_transport_listener_addr(q->fe->transport, q->from.listener);

	ply_strbuf_addf(lines, "Contact: <sip:%s:%u;transport=%s;lr>\r\n", q->fe->fqdn, a.port,
			ply_sip_proto_name((enum ply_sip_proto)q->from.proto));
}

void fe_subscription_end(struct fe_req *q, struct fe_subscription *s, const char *event)
{
	bool benotify = s->benotify;

	fe_subscription_answer(q, s, &(struct fe_subscription_answer){.event = event});
	if (!benotify)
		fe_subscription_notify_end(s, "timeout");
	s->all->ops->free(s);
}

void fe_subscription_answer(struct fe_req *q, struct fe_subscription *s,
			    const struct fe_subscription_answer *a)
{
	struct ply_strbuf *lines = &q->fe->scratch[0];
	bool piggyback = a->content_type && fe_subscription_piggybacks(q);
	struct ply_slice value = ply_sip_hdr(q->msg, PLY_HDR_EVENT);
	struct ply_sip_reply r = {.status = 200, .record_route = true};

	ply_strbuf_reset(lines);
	add_contact(q, lines);
	ply_strbuf_addf(lines, "Expires: %u\r\n", a->seconds);
	(void)ply_sip_add_unfolded(lines, "Event", value.p ? value : ply_slice_str(a->event));
	if (piggyback)
		ply_strbuf_adds(lines, "ms-piggyback-cseq: 1\r\n");
	ply_strbuf_addf(lines, "subscription-state: %s;expires=%u\r\n",
			a->seconds ? "active" : "terminated", a->seconds);
	if (s && s->benotify && piggyback)
		ply_strbuf_adds(lines, "Supported: ms-benotify, ms-piggyback-first-notify\r\n");
	else if (s && s->benotify)
		ply_strbuf_adds(lines, "Supported: ms-benotify\r\n");
	if (s && s->autoextend)
		ply_strbuf_adds(lines, "Supported: com.microsoft.autoextend\r\n");
	if (a->eventlist)
		ply_strbuf_adds(lines, "Require: eventlist\r\n");
	r.lines = ply_strbuf_slice(lines);
	if (piggyback) {
		r.content_type = a->content_type;
		r.body = a->body;
		if (s && !s->dialog->local_cseq)
			s->dialog->local_cseq = 1;
	}
	fe_req_reply(q, &r);
	if (!piggyback && s && a->content_type)
		(void)fe_subscription_notify(s, a->content_type, a->body);
}
