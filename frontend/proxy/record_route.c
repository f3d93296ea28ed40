/* Record-Route of ours: where both sides of a dialog are reached, in a token that only this process
 * makes (keyed hash). SIPE looks for the text ";lr" and splits the value at commas: the token has
 * none. RFC 3261 §16.6 step 4, RFC 5658. */
#include "base/hash.h"
#include "frontend/proxy/proxy.h"

#include <errno.h>

enum { MARK = 8, SIDE_MAX = 2 + 1 + 16 + 2 + MARK, MAC = 8 };

static size_t put_hop(uint8_t *p, const struct ply_sip_hop *h)
{
	size_t n = 0, ip = h->addr.family == 4 ? 4 : 16;

	p[n++] = h->proto;
	p[n++] = h->listener;
	if (h->proto != PLY_SIP_UDP) {
		memcpy(p + n, &h->flow, 8);
		return n + 8;
	}
	p[n++] = h->addr.family;
	memcpy(p + n, h->addr.ip, ip);
	n += ip;
	memcpy(p + n, &h->addr.port, 2);
	return n + 2;
}

/* Returns how much was read, 0 when it is no hop. */
static size_t get_hop(const uint8_t *p, size_t len, struct ply_sip_hop *h)
{
	size_t n = 2, ip;

	*h = (struct ply_sip_hop){0};
	if (len < n + 1 || p[0] >= PLY_SIP_N_PROTO)
		return 0;
	h->proto = p[0];
	h->listener = p[1];
	if (h->proto != PLY_SIP_UDP) {
		if (len < n + 8)
			return 0;
		memcpy(&h->flow, p + n, 8);
		return n + 8;
	}
	h->addr.family = p[n++];
	ip = h->addr.family == 4 ? 4 : 16;
	if (len < n + ip + 2)
		return 0;
	memcpy(h->addr.ip, p + n, ip);
	n += ip;
	memcpy(&h->addr.port, p + n, 2);
	return n + 2;
}

static size_t put_side(uint8_t *p, const struct fe_route_side *s)
{
	size_t n = put_hop(p, &s->hop);

	memcpy(p + n, &s->endpoint, MARK);
	return n + MARK;
}

static size_t get_side(const uint8_t *p, size_t len, struct fe_route_side *s)
{
	size_t n = get_hop(p, len, &s->hop);

	if (!n || len < n + MARK)
		return 0;
	memcpy(&s->endpoint, p + n, MARK);
	return n + MARK;
}

/* base64 with the two characters that a SIP user part takes unescaped; no padding. */
void fe_route_token_add(const struct fe_route_token *t, struct ply_strbuf *out)
{
	uint8_t raw[2 * SIDE_MAX + MAC];
	size_t n = put_side(raw, &t->a), from = out->len;
	uint64_t mac;

	n += put_side(raw + n, &t->b);
	mac = ply_hash_bytes(raw, n);
	memcpy(raw + n, &mac, MAC);
	ply_strbuf_add_base64(out, raw, n + MAC);
	if (ply_strbuf_err(out))
		return;
	while (out->len > from && out->p[out->len - 1] == '=')
		out->len--;
	for (size_t i = from; i < out->len; i++)
		out->p[i] = (char)(out->p[i] == '+' ? '-' : out->p[i] == '/' ? '_' : out->p[i]);
}

bool fe_route_token_read(struct ply_slice user, struct fe_route_token *out)
{
	char text[FE_ROUTE_TOKEN_MAX];
	uint8_t raw[2 * SIDE_MAX + MAC];
	size_t len, a, b;
	uint64_t mac;

	if (!ply_slice_copy(user, text, sizeof text))
		return false;
	for (char *c = text; *c; c++)
		*c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c);
	if (ply_base64_decode(ply_slice_str(text), raw, sizeof raw, &len) || len < MAC)
		return false;
	len -= MAC;
	memcpy(&mac, raw + len, MAC);
	if (ply_hash_bytes(raw, len) != mac)
		return false;
	a = get_side(raw, len, &out->a);
	b = a ? get_side(raw + a, len - a, &out->b) : 0;
	return b && a + b == len;
}

static void add_line(const struct fe *fe, const struct ply_sip_hop *side,
		     const struct fe_route_token *t, struct ply_strbuf *line)
{
	struct ply_addr own = ply_sip_transport_listener_addr(fe->transport, side->listener);

	ply_strbuf_adds(line, "Record-Route: <sip:");
	fe_route_token_add(t, line);
	/* An address where there is one: a client without DNS for our name still finds its way, and
	 * its open connection. Servers check the name in our certificate. */
	if (!ply_addr_is_any(&own) && !ply_sip_flow_is_verified(fe->transport, side->flow)) {
		char text[PLY_ADDR_MAX];

		ply_strbuf_addf(line, "@%s", ply_addr_format(&own, text));
	} else {
		ply_strbuf_addf(line, "@%s:%u", fe->fqdn, own.port);
	}
	ply_strbuf_addf(line, ";transport=%s;lr>\r\n", ply_sip_proto_name(side->proto));
}

void fe_record_route(const struct fe *fe, const struct fe_route_token *t, struct ply_strbuf *line)
{
	const struct ply_sip_hop *in = &t->a.hop, *out = &t->b.hop;

	/* The callee's side on top: it is the first that the callee's requests meet. */
	add_line(fe, out, t, line);
	if (in->proto != out->proto || in->listener != out->listener ||
	    ply_sip_flow_is_verified(fe->transport, in->flow) !=
		    ply_sip_flow_is_verified(fe->transport, out->flow))
		add_line(fe, in, t, line);
}
