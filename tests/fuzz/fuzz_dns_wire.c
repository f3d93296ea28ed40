#include "net/dns_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum ply_dns_type types[] = {PLY_DNS_A, PLY_DNS_AAAA, PLY_DNS_SRV,
						  PLY_DNS_NAPTR};
	struct ply_dns_reply reply;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		int r = ply_dns_decode(&reply, types[i], data, size);

		if (reply.n > PLY_DNS_MAX_RECORDS || (r && reply.n) || (!reply.status && !reply.n))
			__builtin_trap();
	}
	return 0;
}
