/* STUN Binding requests as they come in on the SIP port. */
#include "sip/sip_stun.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ply_addr peer = ply_addr_loopback(5060);
	uint8_t reply[PLY_SIP_STUN_MAX_REPLY];
	struct ply_sip_stun_req req;

	if (ply_sip_stun_parse(&req, data, size) == PLY_SIP_STUN_BINDING &&
	    ply_sip_stun_reply(reply, &req, &peer) > sizeof reply)
		abort();
	return 0;
}
