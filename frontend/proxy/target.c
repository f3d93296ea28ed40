/* Where a request goes: RFC 3261 §16.5, [MS-SIPRE] (GRUU to the endpoint, epid in To to that
 * endpoint). A request leaves on the flow its target registered over. */
#include "base/mem.h"
#include "frontend/proxy/proxy.h"
#include "frontend/registrar/registrar.h"
#include "sip/sip_gruu.h"

void fe_targets_free(struct fe_target *target, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ply_free(target[i].ruri);
		ply_free(target[i].route);
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

	if (q->stx)
		return fe_forward(q, &one, 1, false);
	fe_forward_stateless(q, &one);
	fe_targets_free(&one, 1);
	fe_req_done(q);
	return FE_DONE;
}

/* Without a transaction there is nobody to tell. */
static enum fe_verdict refuse(struct fe_req *q, enum fe_diag why)
{
	if (q->stx)
		fe_refuse(q, why, NULL);
	else
		fe_req_done(q);
	return FE_DONE;
}

/* The other side of the dialog by the token we put into Record-Route. */
static bool by_token(const struct fe_req *q, struct fe_target *t)
{
	struct ply_sip_uri own;
	struct fe_route_token token;

	if (!q->route.own.p || ply_sip_uri_parse(q->route.own, &own) || !own.user.p ||
	    !fe_route_token_read(own.user, &token))
		return false;
	if (same_hop(&token.a, &q->from))
		t->hop = token.b;
	else if (same_hop(&token.b, &q->from))
		t->hop = token.a;
	else
		return false; /* came back on a new connection: found by GRUU or contact */
	return alive(q->fe, &t->hop);
}

static struct fe_endpoint *by_gruu(const struct fe_req *q)
{
	struct ply_sip_gruu g;

	if (ply_sip_gruu_parse(&q->ruri, &g) || g.kind != PLY_SIP_GRUU_USER)
		return NULL;
	return fe_endpoint_by_gruu(q->fe, ply_slice_str(q->ruri_aor), g.id);
}

/* A Request-URI that is some endpoint's contact, as standard clients have it in a dialog whose
 * route set was lost. */
static struct fe_endpoint *by_contact(const struct fe_req *q)
{
	return q->target ? fe_endpoint_by_key(q->target, q->route.ruri) : NULL;
}

static bool to_endpoint(struct fe_target *t, struct fe_endpoint *e, bool keep_ruri)
{
	if (!keep_ruri) {
		t->ruri = ply_strdup(e->contact);
		if (!t->ruri)
			return false;
	}
	t->hop = e->hop;
	t->endpoint = e;
	return true;
}

static enum fe_verdict in_dialog(struct fe_req *q)
{
	struct fe_target t = {0};
	struct fe_endpoint *e;

	if (by_token(q, &t))
		return send_one(q, &t);
	e = by_gruu(q);
	if (!e)
		e = by_contact(q);
	if (!e)
		return refuse(q, q->route.own.p ? FE_D_ROUTE : FE_D_NO_DIALOG);
	if (!to_endpoint(&t, e, true))
		return refuse(q, FE_D_OVERLOAD);
	return send_one(q, &t);
}

/* All endpoints of the target user that take the method; the one named by To's epid alone. */
static enum fe_verdict fork_user(struct fe_req *q)
{
	struct fe_target t[64];
	size_t n = 0;
	bool some = false;

	PLY_LIST_FOR(it, &q->target->endpoints)
	{
		struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);

		if (q->to_epid.len && !ply_slice_is(q->to_epid, e->epid))
			continue;
		if (q->ocs_only && !(e->flags & FE_EP_OCS))
			continue;
		some = true;
		/* Not back to where it came from: a message to oneself goes to the other endpoints.
		 */
		if (e == q->sender_ep || !(e->methods & BIT(q->msg->method)) ||
		    !alive(q->fe, &e->hop))
			continue;
		t[n] = (struct fe_target){0};
		if (n == ARRAY_LEN(t) || !to_endpoint(&t[n], e, false))
			break;
		n++;
	}
	if (!n)
		return refuse(q, some ? FE_D_NO_METHOD : FE_D_OFFLINE);
	if (q->stx)
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

	if (q->msg->method == PLY_SIP_REGISTER)
		return refuse(q, FE_D_DOMAIN);
	if (q->to_tag.len)
		return in_dialog(q);
	if (!fe_is_our_domain(q->fe, q->ruri.host) || q->ruri.tel)
		return refuse(q, FE_D_DOMAIN);
	if (!q->ruri.user.len)
		return refuse(q, FE_D_METHOD);
	if (!q->target)
		return refuse(q, FE_D_USER_UNKNOWN);
	if (!(q->target->flags & PLY_RTC_ENABLED))
		return refuse(q, FE_D_NOT_SIP_ENABLED);
	if (ply_sip_param(q->ruri.params, "gruu", NULL)) {
		e = by_gruu(q);
		if (!e)
			return refuse(q, FE_D_GRUU_GONE);
		return to_endpoint(&t, e, true) ? send_one(q, &t) : refuse(q, FE_D_OVERLOAD);
	}
	return fork_user(q);
}
