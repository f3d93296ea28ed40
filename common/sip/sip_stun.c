#include "sip/sip_stun.h"

#include <string.h>

enum {
	BINDING_REQUEST = 0x0001,
	BINDING_SUCCESS = 0x0101,
	BINDING_ERROR = 0x0111,
	ATTR_ERROR_CODE = 0x0009,
	ATTR_UNKNOWN = 0x000a,
	ATTR_XOR_MAPPED = 0x0020,
	COMPREHENSION_OPTIONAL = 0x8000,
};

static const uint8_t cookie[4] = {0x21, 0x12, 0xa4, 0x42};
static const char unknown_text[] = "Unknown Attribute";

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint8_t *put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

/* USERNAME, MESSAGE-INTEGRITY and REALM, NONCE: understood, and not asked for here. */
static bool is_known(unsigned type)
{
	return type == 0x0006 || type == 0x0008 || type == 0x0014 || type == 0x0015;
}

/*  0                   1                   2                   3
 * |0 0|   type                    |   length after the header    |
 * |                      magic cookie 0x2112A442                 |
 * |                 transaction ID (96 bits)                     |   then attributes:
 * |   type                        |   length                     |   value, padded to 4 */
enum ply_sip_stun ply_sip_stun_parse(struct ply_sip_stun_req *out, const uint8_t *p, size_t len)
{
	if (len < PLY_SIP_STUN_HDR || p[0] > 3 || memcmp(p + 4, cookie, sizeof cookie) != 0)
		return PLY_SIP_STUN_NOT;
	if (get16(p) != BINDING_REQUEST || get16(p + 2) != len - PLY_SIP_STUN_HDR || len % 4)
		return PLY_SIP_STUN_IGNORE;
	memcpy(out->id, p + 8, sizeof out->id);
	out->n_unknown = 0;
	for (size_t off = PLY_SIP_STUN_HDR; off < len;) {
		unsigned type = get16(p + off); /* len is a multiple of 4: there are 4 octets */
		size_t size = get16(p + off + 2);

		off += 4;
		size += (0 - size) & 3;
		if (size > len - off)
			return PLY_SIP_STUN_IGNORE;
		off += size;
		if (type < COMPREHENSION_OPTIONAL && !is_known(type) &&
		    out->n_unknown < PLY_SIP_STUN_MAX_UNKNOWN)
			out->unknown[out->n_unknown++] = (uint16_t)type;
	}
	return PLY_SIP_STUN_BINDING;
}

/* RFC 5389 §15.2 */
static uint8_t *put_address(uint8_t *at, const uint8_t *id, const struct ply_addr *peer)
{
	size_t len = peer->family == 6 ? 16 : 4;
	uint8_t mask[16];

	memcpy(mask, cookie, 4);
	memcpy(mask + 4, id, 12);
	at = put16(at, ATTR_XOR_MAPPED);
	at = put16(at, 4 + len);
	*at++ = 0;
	*at++ = peer->family == 6 ? 2 : 1;
	at = put16(at, (size_t)peer->port ^ 0x2112);
	for (size_t i = 0; i < len; i++)
		*at++ = peer->ip[i] ^ mask[i];
	return at;
}

/* RFC 5389 §15.6 and §15.9: 420 and the types it is about */
static uint8_t *put_unknown(uint8_t *at, const struct ply_sip_stun_req *req)
{
	size_t text = sizeof unknown_text - 1;

	at = put16(at, ATTR_ERROR_CODE);
	at = put16(at, 4 + text);
	at = put16(at, 0);
	*at++ = 4;
	*at++ = 20;
	memcpy(at, unknown_text, text);
	at += text;
	for (; text % 4; text++)
		*at++ = 0;
	at = put16(at, ATTR_UNKNOWN);
	at = put16(at, 2 * (size_t)req->n_unknown);
	for (unsigned i = 0; i < req->n_unknown; i++)
		at = put16(at, req->unknown[i]);
	if (req->n_unknown % 2)
		at = put16(at, 0);
	return at;
}

size_t ply_sip_stun_reply(uint8_t out[PLY_SIP_STUN_MAX_REPLY], const struct ply_sip_stun_req *req,
			  const struct ply_addr *peer)
{
	uint8_t *at = out + PLY_SIP_STUN_HDR;

	memcpy(out + 4, cookie, sizeof cookie);
	memcpy(out + 8, req->id, sizeof req->id);
	if (req->n_unknown)
		at = put_unknown(at, req);
	else
		at = put_address(at, req->id, peer);
	put16(out, req->n_unknown ? BINDING_ERROR : BINDING_SUCCESS);
	put16(out + 2, (size_t)(at - out) - PLY_SIP_STUN_HDR);
	return (size_t)(at - out);
}
