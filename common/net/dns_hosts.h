/* The lab hosts file: names that are answered without asking a server. Pure. Rank 2. */
#ifndef PLY_NET_DNS_HOSTS_H
#define PLY_NET_DNS_HOSTS_H

#include "base/strbuf.h"
#include "net/dns_wire.h"

struct ply_dns_hosts;

/* Text as dns.h describes it. GIVES *out; -EINVAL with err naming the line; -ENOMEM. */
int ply_dns_hosts_parse(struct ply_dns_hosts **out, struct ply_slice text, struct ply_strbuf *err);
void ply_dns_hosts_free(struct ply_dns_hosts *h); /* NULL is fine */
/* True: the domain of name (without leading labels that begin with '_') stands in the file; then
 * this is the answer, -ENOENT included. */
bool ply_dns_hosts_find(const struct ply_dns_hosts *h, enum ply_dns_type type, const char *name,
			struct ply_dns_reply *out);

#endif
