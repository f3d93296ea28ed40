/* One endpoint of a user: from its REGISTER to its end. A table of states would have one row: an
 * endpoint is bound, refreshed any number of times, and ends for one of the reasons of enum
 * fe_gone. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/conference/conference.h"
#include "frontend/presence/presence.h"
#include "frontend/registrar/registrar.h"

#include <errno.h>

PLY_GAUGE(registrations, "parley_frontend_registrations", "endpoints signed in");

void fe_endpoint_uri(const struct fe_endpoint *e, struct ply_strbuf *out)
{
	if (e->gruu_id[0])
		ply_strbuf_addf(out, "%s;opaque=user:epid:%s;gruu", e->user->aor, e->gruu_id);
	else
		ply_strbuf_adds(out, e->contact);
}

static int set_text(char **field, struct ply_slice value)
{
	char *copy = ply_slice_dup(value);

	if (!copy)
		return -ENOMEM;
	ply_free(*field);
	*field = copy;
	return 0;
}

static void endpoint_free(struct fe_endpoint *e)
{
	ply_timer_stop(&e->expiry);
	ply_free(e->key);
	ply_free(e->contact);
	ply_free(e->user_agent);
	ply_free(e->call_id);
	ply_free(e->from_tag);
	ply_free(e);
}

/* What the notice says, and whether there is one ([MS-SIPREGE] 3.2, sip-registration "Deregister
 * NOTIFY"). */
/* clang-format off */
static const struct gone {
	const char *name, *event;
	unsigned diag;
	const char *text;
} gone[] = {
	[FE_GONE_ASKED]	   = { "asked",    NULL,	   0,	 NULL },
	[FE_GONE_EXPIRED]  = { "expired",  NULL,	   0,	 NULL },
	[FE_GONE_FLOW]	   = { "flow",     NULL,	   0,	 NULL },
	[FE_GONE_REPLACED] = { "replaced", NULL,	   0,	 NULL },
	[FE_GONE_QUOTA]	   = { "quota",    "unregistered", 4140, "Signed in at too many places" },
	[FE_GONE_DISABLED] = { "disabled", "rejected",	   4141, "User disabled" },
	[FE_GONE_STOP]	   = { "stop",     NULL,	   0,	 NULL },
};
/* clang-format on */

static void notice_answered(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *m,
			    unsigned status)
{
	(void)ctx, (void)c, (void)m, (void)status;
}

/* [MS-SIPREGE] the implicit subscription of REGISTER: NOTIFY on the REGISTER's Call-ID. */
static void send_notice(const struct fe_endpoint *e, const struct gone *why)
{
	struct fe *fe = e->user->fe;
	struct ply_strbuf *out = &fe->scratch[0];
	struct ply_sip_ctx *tx;
	char branch[PLY_SIP_BRANCH_MAX], tag[17];

	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_random_hex(tag, 16);
	ply_strbuf_reset(out);
	ply_strbuf_addf(out, "NOTIFY %s SIP/2.0\r\nVia: ", e->contact);
	ply_sip_add_sent_by(fe->transport, &e->hop, out);
	ply_strbuf_addf(out,
			";branch=%s\r\nMax-Forwards: 70\r\nFrom: <%s>;tag=%s\r\nTo: "
			"<%s>;tag=%s;epid=%s\r\n",
			branch, e->user->aor, tag, e->user->aor, e->from_tag, e->epid);
	ply_strbuf_addf(out, "Call-ID: %s\r\nCSeq: 1 NOTIFY\r\nEvent: registration-notify\r\n",
			e->call_id);
	ply_strbuf_addf(out,
			"subscription-state: terminated;expires=0\r\nms-diagnostics-public: "
			"%u;reason=\"%s\"\r\n",
			why->diag, why->text);
	ply_strbuf_adds(out, "Content-Type: text/registration-event\r\n");
	ply_strbuf_addf(out, "Content-Length: %zu\r\n\r\nderegistered;event=%s",
			19 + strlen(why->event), why->event);
	if (!ply_strbuf_err(out))
		(void)ply_sip_ctx_start(fe->txl, &tx, PLY_SIP_NOTIFY, branch, &e->hop,
					ply_strbuf_slice(out), notice_answered, NULL);
}

void fe_endpoint_end(struct fe_endpoint *e, enum fe_gone why)
{
	struct fe_user *u = e->user;
	struct fe *fe = u->fe;

	fe_user_hold(u);
	if (gone[why].event && (e->flags & FE_EP_OCS))
		send_notice(e, &gone[why]);
	if (why != FE_GONE_STOP)
		fe_presence_endpoint_gone(e);
	fe_meetings_endpoint_gone(e);
	ply_info(&u->log, "endpoint.ended", KS("why", gone[why].name), KS("epid", e->epid),
		 KS("contact", e->contact));
	ply_list_del(&e->in_user);
	u->n_endpoints--;
	fe_endpoint_unindex(e);
	ply_counter_add(&registrations, -1);
	PLY_LIST_FOR(it, &fe->requests) {
		struct fe_req *q = container_of(it, struct fe_req, node);

		if (q->sender_ep == e)
			q->sender_ep = NULL;
	}
	if (why != FE_GONE_STOP)
		fe_endpoint_unstore(e);
	endpoint_free(e);
	fe_user_release(u);
}

static void expired(void *ctx)
{
	fe_endpoint_end(ctx, FE_GONE_EXPIRED);
}

struct ply_slice fe_binding_key(const struct fe_binding *b)
{
	if (b->epid.len)
		return b->epid;
	return b->instance[0] ? ply_slice_str(b->instance) : b->contact;
}

static struct fe_endpoint *endpoint_new(struct fe_user *u, const struct fe_binding *b)
{
	struct fe_endpoint *e = ply_calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->user = u;
	if (!ply_slice_copy(b->epid, e->epid, sizeof e->epid) ||
	    set_text(&e->key, fe_binding_key(b))) {
		endpoint_free(e);
		return NULL;
	}
	memcpy(e->instance, b->instance, sizeof e->instance);
	return e;
}

static int endpoint_set(struct fe_endpoint *e, const struct fe_binding *b)
{
	int r = 0;

	r |= set_text(&e->contact, b->contact);
	r |= set_text(&e->user_agent, b->user_agent);
	r |= set_text(&e->call_id, b->call_id);
	r |= set_text(&e->from_tag, b->from_tag);
	memcpy(e->gruu_id, b->gruu_id, sizeof e->gruu_id);
	e->cseq = b->cseq;
	e->methods = b->methods;
	e->flags = b->flags;
	return r ? -ENOMEM : 0;
}

/* The newest is last: the quota takes the oldest registration, not the longest unused one. */
static void link_new(struct fe_endpoint *e)
{
	ply_list_push(&e->user->endpoints, &e->in_user);
	e->user->n_endpoints++;
	e->registered_ms = ply_mono_ms();
	ply_counter_inc(&registrations);
}

static void keep_quota(struct fe_user *u)
{
	while (u->n_endpoints > u->fe->conf->max_endpoints)
		fe_endpoint_end(
			container_of(ply_list_first(&u->endpoints), struct fe_endpoint, in_user),
			FE_GONE_QUOTA);
}

int fe_endpoint_bind(struct fe_user *u, const struct fe_binding *b, struct fe_endpoint **out,
		     bool *added)
{
	struct fe_endpoint *e = fe_endpoint_by_key(u, fe_binding_key(b));
	int r;

	*added = !e;
	if (e) {
		fe_endpoint_unindex(e);
	} else {
		e = endpoint_new(u, b);
		if (!e)
			return -ENOMEM;
		link_new(e);
	}
	r = endpoint_set(e, b);
	e->hop = b->hop;
	if (!r)
		r = fe_endpoint_index(e);
	if (r) {
		fe_endpoint_end(e, FE_GONE_REPLACED);
		return r;
	}
	e->expires_ms = ply_mono_ms() + b->expires * 1000ULL;
	ply_timer_start(u->fe->loop, &e->expiry, b->expires * 1000ULL, expired, e);
	if (*added) {
		keep_quota(u);
		ply_info(&u->log, "endpoint.added", KS("epid", e->epid), KS("contact", e->contact),
			 KS("agent", e->user_agent), KI("endpoints", u->n_endpoints));
	}
	*out = e;
	return 0;
}

void fe_endpoints_flow_closed(struct fe *fe, uint64_t flow)
{
	struct fe_endpoint *e;

	while ((e = fe_endpoint_by_flow(fe, flow)))
		fe_endpoint_end(e, FE_GONE_FLOW);
}

void fe_endpoints_user_refused(struct fe_user *u)
{
	struct ply_list *n;

	fe_user_hold(u);
	while ((n = ply_list_first(&u->endpoints)))
		fe_endpoint_end(container_of(n, struct fe_endpoint, in_user), FE_GONE_DISABLED);
	fe_user_release(u);
}
