/* Other domains: RFC 3263 from the next Route value or the Request-URI to places to try, one after
 * the other (§4.3). A TLS server has to carry the name that the URI had (RFC 5922 §4). */
#include "base/mem.h"
#include "frontend/proxy/proxy.h"
#include "sip/sip_target.h"

#include <errno.h>

enum { MAX_TRIED = 8 };

/* Lives from the question to its answer. */
struct asked {
	struct fe_req *q;
	struct ply_sip_target_query *query;
};

static void dropped(struct fe_req *q)
{
	struct asked *a = q->stage_ctx;

	q->stage_ctx = NULL;
	q->stage_drop = NULL;
	ply_sip_target_cancel(a->query);
	ply_free(a);
}

static bool is_own(const struct fe *fe, const struct ply_addr *addr)
{
	char ip[PLY_ADDR_MAX];

	return ply_sip_is_us(fe->transport, ply_slice_str(ply_addr_format_ip(addr, ip)),
			     addr->port);
}

static enum fe_diag why_not(int status)
{
	switch (status) {
	case -ENOENT:
		return FE_D_NO_DNS;
	case -EPROTONOSUPPORT:
	case -EBADMSG:
		return FE_D_DOMAIN;
	default:
		return FE_D_NEXT_HOP;
	}
}

/* Once, to the first place that can be connected to. */
static void send_once(struct fe_req *q, struct fe_target *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ply_addr addr = t[i].hop.addr;

		if (ply_sip_connect(q->fe->transport, t[i].hop.proto, &addr, t[i].tls_name,
				    &t[i].hop))
			continue;
		fe_forward_stateless(q, &t[i]);
		break;
	}
	fe_targets_free(t, n);
	fe_req_done(q);
}

static void resolved(void *ctx, int status, const struct ply_sip_target *at, size_t n,
		     const char *tls_name)
{
	struct asked *a = ctx;
	struct fe_req *q = a->q;
	struct fe_target t[MAX_TRIED] = {0};
	size_t used = 0;

	ply_free(a);
	q->stage_ctx = NULL;
	q->stage_drop = NULL;
	for (size_t i = 0; !status && i < n && used < ARRAY_LEN(t); i++) {
		/* To ourselves: what is for us was known as such before. */
		if (is_own(q->fe, &at[i].addr))
			continue;
		t[used].connect = true;
		t[used].hop.proto = (uint8_t)at[i].proto;
		t[used].hop.addr = at[i].addr;
		t[used].tls_name =
			tls_name && at[i].proto == PLY_SIP_TLS ? ply_strdup(tls_name) : NULL;
		used++;
	}
	if (!used)
		(void)fe_refuse_proxied(q, status ? why_not(status) : FE_D_LOOP);
	else if (fe_is_stateful(q))
		(void)fe_forward(q, t, used, true);
	else
		send_once(q, t, used);
}

enum fe_verdict fe_external(struct fe_req *q)
{
	unsigned protos = BIT(PLY_SIP_TCP) | BIT(PLY_SIP_TLS);
	struct ply_slice uri = q->route.next.p ? q->route.next : q->route.ruri;
	struct asked *a;
	int r;

	if (!q->fe->dns)
		return fe_refuse_proxied(q, FE_D_DOMAIN);
	if (q->fe->conf->udp_listen && q->fe->conf->udp_listen[0])
		protos |= BIT(PLY_SIP_UDP);
	a = ply_calloc(1, sizeof *a);
	if (!a)
		return fe_refuse_proxied(q, FE_D_OVERLOAD);
	a->q = q;
	r = ply_sip_target_resolve(q->fe->dns, &a->query, uri, protos, resolved, a);
	if (r) {
		ply_free(a);
		return fe_refuse_proxied(q, r == -ENOMEM ? FE_D_OVERLOAD : FE_D_DOMAIN);
	}
	q->stage_ctx = a;
	q->stage_drop = dropped;
	return FE_WAIT;
}
