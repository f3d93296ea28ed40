#include "sip/sip_target.h"

#include "base/err.h"
#include "base/mem.h"

#include <errno.h>

struct ply_sip_target_query {
	struct ply_dns_query *dns;
	unsigned protos;
	ply_sip_target_fn *fn;
	void *ctx;
	char *tls_name; /* NULL: an address */
};

static void query_free(struct ply_sip_target_query *q)
{
	ply_free(q->tls_name);
	ply_free(q);
}

static bool proto_of(enum ply_transport t, enum ply_sip_proto *out)
{
	switch (t) {
	case PLY_UDP:
		*out = PLY_SIP_UDP;
		return true;
	case PLY_TCP:
		*out = PLY_SIP_TCP;
		return true;
	case PLY_TLS:
		*out = PLY_SIP_TLS;
		return true;
	case PLY_ANY_TRANSPORT:
		break;
	}
	return false;
}

static void on_answer(void *ctx, int status, const struct ply_dns_target *t, size_t n)
{
	struct ply_sip_target_query *q = ctx;
	struct ply_sip_target list[PLY_DNS_MAX_TARGETS];
	size_t used = 0;

	for (size_t i = 0; !status && i < n && used < ARRAY_LEN(list); i++) {
		enum ply_sip_proto proto;

		if (!proto_of(t[i].transport, &proto) || !(q->protos & BIT(proto)))
			continue;
		list[used++] = (struct ply_sip_target){proto, t[i].addr};
	}
	if (!status && !used)
		status = -EPROTONOSUPPORT;
	q->fn(q->ctx, status, list, used, q->tls_name);
	query_free(q);
}

/* RFC 3263 §4.1: the transport that the URI names. -EPROTONOSUPPORT for another one. */
static int transport_of(const struct ply_sip_uri *u, unsigned protos, enum ply_transport *out)
{
	static const struct {
		const char *name;
		enum ply_transport t, sips;
	} known[] = {
		{"udp", PLY_UDP, PLY_ANY_TRANSPORT},
		{"tcp", PLY_TCP,
		 PLY_TLS}, /* sips with transport=tcp is TLS over TCP, RFC 3261 §26.2.2 */
		{"tls", PLY_TLS, PLY_TLS},
	};
	struct ply_slice name;

	*out = u->sips || protos == BIT(PLY_SIP_TLS) ? PLY_TLS : PLY_ANY_TRANSPORT;
	if (!ply_sip_param(u->params, "transport", &name))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (ply_slice_caseis(name, known[i].name)) {
			*out = u->sips ? known[i].sips : known[i].t;
			return *out == PLY_ANY_TRANSPORT ? -EPROTONOSUPPORT : 0;
		}
	return -EPROTONOSUPPORT;
}

int ply_sip_target_resolve(struct ply_dns *dns, struct ply_sip_target_query **out,
			   struct ply_slice uri, unsigned protos, ply_sip_target_fn *fn, void *ctx)
{
	struct ply_dns_ask ask = {.only_host = false};
	struct ply_sip_target_query *q;
	struct ply_sip_uri u;
	struct ply_slice maddr;
	struct ply_addr numeric;
	int r = ply_sip_uri_parse(uri, &u);

	if (r)
		return r;
	if (u.tel)
		return -EPROTONOSUPPORT;
	if (u.port > UINT16_MAX)
		return -EBADMSG;
	r = transport_of(&u, protos, &ask.transport);
	if (r)
		return r;
	ask.host = u.host;
	if (ply_sip_param(u.params, "maddr", &maddr) && maddr.len)
		ask.host = maddr;
	ask.port = (uint16_t)u.port;
	ask.sips = u.sips;
	q = ply_calloc(1, sizeof *q);
	if (!q)
		return ply_err_origin(-ENOMEM);
	*q = (struct ply_sip_target_query){.protos = protos, .fn = fn, .ctx = ctx};
	if (ply_addr_parse_ip(&numeric, u.host, 0)) {
		q->tls_name = ply_slice_dup(u.host);
		r = q->tls_name ? 0 : -ENOMEM;
	}
	if (!r)
		r = ply_dns_resolve(dns, &q->dns, &ask, on_answer, q);
	if (r) {
		query_free(q);
		return r;
	}
	if (out)
		*out = q;
	return 0;
}

void ply_sip_target_cancel(struct ply_sip_target_query *q)
{
	if (!q)
		return;
	ply_dns_cancel(q->dns);
	query_free(q);
}
