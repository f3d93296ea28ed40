/* The part of RFC 1035 §4 that answers need: the records of one type out of a reply's answer
 * section, with their time to live. Pure. Rank 2. */
#ifndef PLY_NET_DNS_WIRE_H
#define PLY_NET_DNS_WIRE_H

#include "net/dns_select.h"

/* Records with their texts; a plain value, about 12 KiB. Names point into `names`. */
struct ply_dns_reply {
	int status;   /* 0: n >= 1; -ENOENT, -EIO */
	uint32_t ttl; /* seconds; the least of the answer section */
	size_t n;
	struct ply_dns_record record[PLY_DNS_MAX_RECORDS];
	size_t used;
	char names[8192];
};

/* 0, or -EBADMSG with out->status -EIO. Records that do not fit are left out. NAPTR: only those
 * for SIP over UDP, TCP and TLS whose flag is "s" (RFC 3263 §4.1). */
int ply_dns_decode(struct ply_dns_reply *out, enum ply_dns_type type, const uint8_t *p, size_t len);
/* Adds one; name may be NULL. False when it does not fit. */
bool ply_dns_reply_add(struct ply_dns_reply *out, const struct ply_dns_record *rec,
		       const char *name);

#endif
