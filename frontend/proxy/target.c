/* Where a request goes: RFC 3261 §16.5, [MS-SIPRE] (GRUU to the endpoint, epid in To to that
 * endpoint). A request leaves on the flow its target registered over. */
#include "base/mem.h"
#include "frontend/conference/conference.h"
#include "frontend/proxy/proxy.h"
#include "frontend/registrar/registrar.h"
#include "sip/sip_gruu.h"

void fe_targets_free(struct fe_target *target, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ply_free(target[i].ruri);
		ply_free(target[i].tls_name);
		ply_free(target[i].lines);
	}
}

static bool same_hop(const struct ply_sip_hop *a, const struct ply_sip_hop *b)
{
	if (a->proto != b->proto)
		return false;
	return a->proto == PLY_SIP_UDP ? ply_addr_eq(&a->addr, &b->addr) : a->flow == b->flow;
}

static bool alive(const struct fe *fe, const struct ply_sip_hop *h)
{
	return h->proto == PLY_SIP_UDP || ply_sip_flow_is_open(fe->transport, h->flow);
}

static enum fe_verdict send_one(struct fe_req *q, const struct fe_target *t)
{
	struct fe_target one = *t;

	if (fe_is_stateful(q))
		return fe_forward(q, &one, 1, false);
	fe_forward_stateless(q, &one);
	fe_targets_free(&one, 1);
	fe_req_done(q);
	return FE_DONE;
}

/* Without a transaction there is nobody to tell. */
enum fe_verdict fe_refuse_proxied(struct fe_req *q, enum fe_diag why)
{
	if (q->stx)
		fe_refuse(q, why, NULL);
	else
		fe_req_done(q);
	return FE_DONE;
}

/* Came the request from this side? Over its connection, or from the endpoint that had it. */
static bool is_from(const struct fe_req *q, const struct fe_route_side *s)
{
	return same_hop(&s->hop, &q->from) ||
	       (q->sender_ep && s->endpoint && fe_endpoint_mark(q->sender_ep) == s->endpoint);
}

static bool read_token(const struct fe_req *q, struct fe_route_token *out)
{
	struct ply_sip_uri own;

	return q->route.own.p && !ply_sip_uri_parse(q->route.own, &own) && own.user.p &&
	       fe_route_token_read(own.user, out);
}

bool fe_from_outside(const struct fe_req *q)
{
	struct fe_route_token t;

	if (!read_token(q, &t))
		return false;
	return (!t.a.endpoint && same_hop(&t.a.hop, &q->from)) ||
	       (!t.b.endpoint && same_hop(&t.b.hop, &q->from));
}

const struct fe_route_side *fe_route_client(const struct fe_route_token *t)
{
	if ((t->a.endpoint == FE_MARK_MCU) == (t->b.endpoint == FE_MARK_MCU))
		return NULL;
	return t->a.endpoint == FE_MARK_MCU ? &t->b : &t->a;
}

uint64_t fe_route_mark(const struct fe_req *q)
{
	struct ply_sip_uri from;
	struct ply_sip_gruu g;

	if (q->sender_ep)
		return fe_endpoint_mark(q->sender_ep);
	if (!q->trusted || ply_sip_uri_parse(q->from_addr.uri, &from) ||
	    ply_sip_gruu_parse(&from, &g) || g.kind != PLY_SIP_GRUU_CONF)
		return 0;
	return FE_MARK_MCU;
}

bool fe_route_hop(struct fe *fe, const struct fe_route_side *s, struct ply_sip_hop *out)
{
	const struct fe_endpoint *e;

	*out = s->hop;
	if (alive(fe, out))
		return true;
	e = fe_endpoint_by_mark(fe, s->endpoint);
	if (e)
		*out = e->hop;
	return e != NULL;
}

/* The other side of the dialog by the token we put into Record-Route: over the connection it had,
 * or the one its endpoint has now. */
static bool by_token(const struct fe_req *q, struct fe_target *t)
{
	struct fe_route_token token;
	const struct fe_route_side *to;

	if (!read_token(q, &token))
		return false;
	if (same_hop(&token.a.hop, &q->from))
		to = &token.b; /* NOLINT(bugprone-branch-clone): the better proof goes first */
	else if (same_hop(&token.b.hop, &q->from) || is_from(q, &token.b))
		to = &token.a;
	else if (is_from(q, &token.a))
		to = &token.b;
	else if (fe_route_mark(q) == FE_MARK_MCU)
		to = fe_route_client(&token); /* over a connection of the server's own making */
	else
		return false;
	return to && fe_route_hop(q->fe, to, &t->hop);
}

static struct fe_endpoint *by_gruu(const struct fe_req *q)
{
	struct ply_sip_gruu g;

	if (ply_sip_gruu_parse(&q->ruri, &g) || g.kind != PLY_SIP_GRUU_USER)
		return NULL;
	return fe_endpoint_by_gruu(q->fe, ply_slice_str(q->ruri_aor), g.id);
}

/* A Request-URI that is some endpoint's contact: what standard clients have in a dialog whose token
 * a process before this one made. */
static struct fe_endpoint *by_contact(const struct fe_req *q)
{
	return fe_endpoint_anywhere(q->fe, q->route.ruri);
}

static bool to_endpoint(struct fe_target *t, struct fe_endpoint *e, bool keep_ruri)
{
	if (!keep_ruri) {
		t->ruri = ply_strdup(e->contact);
		if (!t->ruri)
			return false;
	}
	t->hop = e->hop;
	t->endpoint = fe_endpoint_mark(e);
	return true;
}

/* Our domain, or this server by name or address. */
static bool is_ours(const struct fe_req *q)
{
	return fe_is_our_domain(q->fe, q->ruri.host) ||
	       ply_sip_is_us(q->fe->transport, q->ruri.host, q->ruri.port);
}

static enum fe_verdict in_dialog(struct fe_req *q)
{
	struct fe_target t = {0};
	struct fe_endpoint *e;

	if (by_token(q, &t) || fe_focus_media_target(q, &t))
		return send_one(q, &t);
	if (q->route.next.p)
		return fe_external(q);
	e = by_gruu(q);
	if (!e)
		e = by_contact(q);
	if (!e && !q->ruri.tel && !is_ours(q) && q->fe->dns)
		return fe_external(q);
	if (!e)
		return fe_refuse_proxied(q, q->route.own.p ? FE_D_ROUTE : FE_D_NO_DIALOG);
	if (!to_endpoint(&t, e, true))
		return fe_refuse_proxied(q, FE_D_OVERLOAD);
	return send_one(q, &t);
}

/* All endpoints of the target user that take the method; the one named by To's epid alone. */
static enum fe_verdict fork_user(struct fe_req *q)
{
	struct fe_target t[64];
	size_t n = 0;
	bool some = false;

	PLY_LIST_FOR(it, &q->target->endpoints) {
		struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (q->to_epid.len && !ply_slice_is(q->to_epid, e->epid))
			continue;
		if (q->ocs_only && !(e->flags & FE_EP_OCS))
			continue;
		/* Not back to where it came from: a message to oneself goes to the other endpoints.
		 */
		if (e == q->sender_ep || !alive(q->fe, &e->hop))
			continue;
		some = true;
		if (!(e->methods & BIT(q->msg->method)))
			continue;
		t[n] = (struct fe_target){0};
		if (!to_endpoint(&t[n], e, false))
			break;
		if (++n == ARRAY_LEN(t))
			break;
	}
	if (!n)
		return fe_refuse_proxied(q, some ? FE_D_NO_METHOD : FE_D_OFFLINE);
	if (fe_is_stateful(q))
		return fe_forward(q, t, n, false);
	fe_forward_stateless(q, &t[0]);
	fe_targets_free(t, n);
	fe_req_done(q);
	return FE_DONE;
}

enum fe_verdict fe_proxy(struct fe_req *q)
{
	struct fe_target t = {0};
	struct fe_endpoint *e;

	if (q->to_tag.len)
		return in_dialog(q);
	if (q->ruri.tel)
		return fe_refuse_proxied(q, FE_D_DOMAIN);
	if (q->route.next.p || !is_ours(q))
		return fe_external(q);
	if (!q->ruri.user.len)
		return fe_refuse_proxied(q, FE_D_METHOD);
	if (!q->target)
		return fe_refuse_proxied(q, FE_D_USER_UNKNOWN);
	if (!(q->target->flags & PLY_RTC_ENABLED))
		return fe_refuse_proxied(q, FE_D_NOT_SIP_ENABLED);
	if (ply_sip_param(q->ruri.params, "gruu", NULL)) {
		e = by_gruu(q);
		if (!e)
			return fe_refuse_proxied(q, FE_D_GRUU_GONE);
		return to_endpoint(&t, e, true) ? send_one(q, &t)
						: fe_refuse_proxied(q, FE_D_OVERLOAD);
	}
	return fork_user(q);
}
