/* HEP v3, the Homer encapsulation protocol: "HEP3", total length, then chunks of vendor, type,
 * length (header included) and value, all in network order. */
#include "sip/sip_trace.h"

#include <errno.h>

enum {
	CHUNK_FAMILY = 1,
	CHUNK_PROTO = 2,
	CHUNK_SRC4 = 3,
	CHUNK_DST4 = 4,
	CHUNK_SRC6 = 5,
	CHUNK_DST6 = 6,
	CHUNK_SRC_PORT = 7,
	CHUNK_DST_PORT = 8,
	CHUNK_SECONDS = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_KIND = 11,
	CHUNK_AGENT = 12,
	CHUNK_KEY = 14,
	CHUNK_PAYLOAD = 15,
	KIND_SIP = 1,
	HEP_HEADER = 6,
};

static void put(struct ply_strbuf *b, uint32_t v, unsigned octets)
{
	while (octets--)
		ply_strbuf_addc(b, (char)(v >> (8 * octets)));
}

static void chunk(struct ply_strbuf *b, uint32_t type, const void *p, size_t len)
{
	put(b, 0, 2);
	put(b, type, 2);
	put(b, (uint32_t)len + 6, 2);
	ply_strbuf_add(b, p, len);
}

static void chunk_number(struct ply_strbuf *b, uint32_t type, uint32_t v, unsigned octets)
{
	put(b, 0, 2);
	put(b, type, 2);
	put(b, octets + 6, 2);
	put(b, v, octets);
}

static void chunk_addresses(struct ply_strbuf *b, const struct ply_sip_traced *m)
{
	const struct ply_addr *src = m->out ? &m->local : &m->peer;
	const struct ply_addr *dst = m->out ? &m->peer : &m->local;
	bool six = m->peer.family == 6;

	chunk_number(b, CHUNK_FAMILY, six ? 10 : 2, 1);
	chunk_number(b, CHUNK_PROTO, m->proto == PLY_SIP_UDP ? 17 : 6, 1);
	chunk(b, six ? CHUNK_SRC6 : CHUNK_SRC4, src->ip, six ? 16 : 4);
	chunk(b, six ? CHUNK_DST6 : CHUNK_DST4, dst->ip, six ? 16 : 4);
	chunk_number(b, CHUNK_SRC_PORT, src->port, 2);
	chunk_number(b, CHUNK_DST_PORT, dst->port, 2);
}

int ply_sip_hep_write(struct ply_strbuf *out, const struct ply_sip_traced *m, uint32_t agent,
		      struct ply_slice key)
{
	size_t at = out->len, len;

	if (m->text.len > 65000 || key.len > 255)
		return -EMSGSIZE;
	ply_strbuf_add(out, "HEP3", 4);
	put(out, 0, 2);
	chunk_addresses(out, m);
	chunk_number(out, CHUNK_SECONDS, (uint32_t)(m->wall_us / 1000000), 4);
	chunk_number(out, CHUNK_MICROSECONDS, (uint32_t)(m->wall_us % 1000000), 4);
	chunk_number(out, CHUNK_KIND, KIND_SIP, 1);
	chunk_number(out, CHUNK_AGENT, agent, 4);
	if (key.len)
		chunk(out, CHUNK_KEY, key.p, key.len);
	chunk(out, CHUNK_PAYLOAD, m->text.p, m->text.len);
	if (ply_strbuf_err(out))
		return ply_strbuf_err(out);
	len = out->len - at;
	out->p[at + 4] = (char)(len >> 8);
	out->p[at + 5] = (char)len;
	return 0;
}
