/* The top Via: what is added to that of a request (RFC 3261 §18.2.1, RFC 3581 §4, [MS-SIPRE]), and
 * where the one of a response points (§18.2.2). Pure. */
#include "sip/sip_transport_internal.h"

#include <errno.h>

enum { PORT = 5060, PORT_TLS = 5061 };

/* Where a parameter without value ends in `params`, SIZE_MAX when it is not there so. */
static size_t flag_end(struct ply_slice params, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i + len < params.len; i++) {
		size_t end = i + 1 + len;

		if (params.p[i] != ';' ||
		    !ply_slice_caseis(ply_slice_sub(params, i + 1, len), name))
			continue;
		if (end == params.len || params.p[end] == ';' || params.p[end] == ' ')
			return end;
	}
	return SIZE_MAX;
}

static void add_hex(struct ply_strbuf *out, uint64_t v)
{
	char text[16];
	size_t at = sizeof text;

	do {
		text[--at] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v);
	ply_strbuf_add(out, text + at, sizeof text - at);
}

static void add_ip(struct ply_strbuf *out, const struct ply_addr *a)
{
	char text[PLY_ADDR_MAX];

	if (a->family != 4) {
		ply_strbuf_adds(out, ply_addr_format_ip(a, text));
		return;
	}
	for (int i = 0; i < 4; i++) { /* inet_ntop goes through printf */
		if (i)
			ply_strbuf_addc(out, '.');
		ply_strbuf_add_u64(out, a->ip[i]);
	}
}

static bool host_is(struct ply_slice host, const struct ply_addr *addr)
{
	struct ply_addr a;

	return !ply_addr_parse_ip(&a, host, 0) && ply_addr_eq_ip(&a, addr);
}

int ply_sip_via_receive(struct ply_strbuf *out, struct ply_slice value,
			const struct ply_sip_hop *from, bool *rport)
{
	struct ply_sip_via via;
	struct ply_slice given;
	size_t end;

	if (ply_sip_via_parse(value, &via))
		return -EBADMSG;
	end = flag_end(via.params, "rport");
	*rport = ply_sip_param(via.params, "rport", &given);
	if (end == SIZE_MAX) {
		ply_strbuf_add_slice(out, value);
	} else {
		size_t cut = (size_t)(via.params.p - value.p) + end;

		ply_strbuf_add(out, value.p, cut);
		ply_strbuf_addc(out, '=');
		ply_strbuf_add_u64(out, from->addr.port);
		ply_strbuf_add_slice(out, ply_slice_from(value, cut));
	}
	if ((*rport || !host_is(via.host, &from->addr)) &&
	    !ply_sip_param(via.params, "received", &given)) {
		ply_strbuf_adds(out, ";received=");
		add_ip(out, &from->addr);
	}
	if (!*rport && from->flow) {
		ply_strbuf_adds(out, ";ms-received-port=");
		ply_strbuf_add_u64(out, from->addr.port);
		ply_strbuf_adds(out, ";ms-received-cid=");
		add_hex(out, from->flow);
	}
	return ply_strbuf_err(out);
}

struct ply_slice ply_sip_via_first(struct ply_slice text)
{
	struct ply_slice line, value;

	while (ply_slice_split(&text, '\n', &line)) {
		size_t colon;

		if (line.len <= 1)
			break; /* the empty line */
		if (line.p[0] != 'V' && line.p[0] != 'v')
			continue;
		colon = ply_slice_chr(line, ':');
		if (colon == SIZE_MAX)
			continue;
		value = ply_slice_trim(ply_slice_sub(line, 0, colon));
		if (!ply_slice_caseis(value, "Via") && !ply_slice_caseis(value, "v"))
			continue;
		line = ply_slice_from(line, colon + 1);
		return ply_sip_next_value(&line, &value) ? value : ply_slice(NULL, 0);
	}
	return ply_slice(NULL, 0);
}

int ply_sip_via_reply_addr(struct ply_slice value, const struct ply_sip_hop *from,
			   struct ply_addr *addr, struct ply_slice *host)
{
	struct ply_sip_via via;
	struct ply_slice text;
	uint32_t port;

	if (!value.p || ply_sip_via_parse(value, &via))
		return -EBADMSG;
	*host = ply_slice(NULL, 0);
	port = via.port ? via.port : from->proto == PLY_SIP_TLS ? PORT_TLS : PORT;
	if (from->proto == PLY_SIP_UDP && ply_sip_param(via.params, "rport", &text) && text.len &&
	    !ply_slice_to_u32(text, &port))
		return -EBADMSG;
	if (port > UINT16_MAX)
		return -EBADMSG;
	if (ply_addr_parse_ip(addr, via.host, (uint16_t)port))
		*host = via.host;
	if (from->proto == PLY_SIP_UDP && ply_sip_param(via.params, "maddr", &text))
		return ply_addr_parse_ip(addr, text, (uint16_t)port) ? -ENOTCONN : 0;
	if (ply_sip_param(via.params, "received", &text))
		return ply_addr_parse_ip(addr, text, (uint16_t)port) ? -EBADMSG : 0;
	return host->p ? -ENOTCONN : 0;
}
