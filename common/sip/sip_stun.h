/* STUN Binding on the SIP port, the keepalive of UDP flows: RFC 5626 §4.4.2 and §8, in the form of
 * RFC 5389. Pure: octets in, octets out. Rank 3. */
#ifndef PLY_SIP_SIP_STUN_H
#define PLY_SIP_SIP_STUN_H

#include "net/addr.h"

enum {
	PLY_SIP_STUN_HDR = 20,
	PLY_SIP_STUN_MAX_REPLY = 20 + 8 + 20 + 68, /* header, what is longest of the attributes */
	PLY_SIP_STUN_MAX_UNKNOWN = 8,
};

enum ply_sip_stun {
	PLY_SIP_STUN_NOT,     /* no STUN message: perhaps SIP */
	PLY_SIP_STUN_BINDING, /* a Binding request to be answered */
	PLY_SIP_STUN_IGNORE,  /* STUN, but indication, response, another method, or damaged */
};

struct ply_sip_stun_req {
	uint8_t id[12];
	/* Attributes below 0x8000 that we do not know: answered 420 when there is any. */
	uint16_t unknown[PLY_SIP_STUN_MAX_UNKNOWN];
	unsigned n_unknown;
};

enum ply_sip_stun ply_sip_stun_parse(struct ply_sip_stun_req *out, const uint8_t *p, size_t len);
/* Success with XOR-MAPPED-ADDRESS, or 420 with UNKNOWN-ATTRIBUTES. Returns the length. */
size_t ply_sip_stun_reply(uint8_t out[PLY_SIP_STUN_MAX_REPLY], const struct ply_sip_stun_req *req,
			  const struct ply_addr *peer);

#endif
