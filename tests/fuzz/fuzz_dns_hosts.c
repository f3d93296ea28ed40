#include "net/dns_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct ply_dns_reply reply;
	struct ply_dns_hosts *h;

	if (ply_dns_hosts_parse(&h, ply_slice((const char *)data, size), &err) == 0) {
		(void)ply_dns_hosts_find(h, PLY_DNS_SRV, "_sip._tcp.a.example", &reply);
		ply_dns_hosts_free(h);
	} else if (!err.len) {
		__builtin_trap();
	}
	ply_strbuf_deinit(&err);
	return 0;
}
