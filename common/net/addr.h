/* An Internet address and port as a value: copy, compare and hash it freely. IPv4-mapped IPv6
 * addresses become IPv4 when they enter, so that one peer has one value. Scope identifiers of
 * link-local addresses are not kept. Rank 2. */
#ifndef PLY_NET_ADDR_H
#define PLY_NET_ADDR_H

#include "base/ply.h"
#include "base/slice.h"

struct sockaddr;
struct sockaddr_storage;

/* What SIP calls a transport (RFC 3261 §7, §18). */
enum ply_transport { PLY_ANY_TRANSPORT, PLY_UDP, PLY_TCP, PLY_TLS };

struct ply_addr {
	uint8_t ip[16]; /* network order; the first 4 for IPv4, the rest zero */
	uint16_t port;  /* host order */
	uint8_t family; /* 4 or 6; 0: no address */
};

enum { PLY_ADDR_MAX = 56 }; /* room for the text of any address with port and NUL */

/* "192.0.2.1:5060", "[2001:db8::1]:5060"; also without port: def_port then. -EINVAL for anything
 * else, names included. */
int ply_addr_parse(struct ply_addr *out, struct ply_slice s, uint16_t def_port);
/* An address alone: "192.0.2.1", "2001:db8::1" or "[2001:db8::1]". */
int ply_addr_parse_ip(struct ply_addr *out, struct ply_slice s, uint16_t port);
/* "192.0.2.1:5060", "[2001:db8::1]:5060", "none". Returns out. */
char *ply_addr_format(const struct ply_addr *a, char out[PLY_ADDR_MAX]);
/* Without port and brackets: the form of Via's received. Returns out. */
char *ply_addr_format_ip(const struct ply_addr *a, char out[PLY_ADDR_MAX]);

bool ply_addr_eq(const struct ply_addr *a, const struct ply_addr *b);    /* address and port */
bool ply_addr_eq_ip(const struct ply_addr *a, const struct ply_addr *b); /* address alone */
uint64_t ply_addr_hash(const struct ply_addr *a);                        /* address and port */
bool ply_addr_is_loopback(const struct ply_addr *a);
bool ply_addr_is_any(const struct ply_addr *a);     /* 0.0.0.0 or :: */
bool ply_addr_is_private(const struct ply_addr *a); /* RFC 1918, 4193, link-local */
/* 127.0.0.1 with this port. */
struct ply_addr ply_addr_loopback(uint16_t port);

/* -EAFNOSUPPORT for families other than IPv4 and IPv6. */
int ply_addr_from_sockaddr(struct ply_addr *out, const struct sockaddr *sa);
/* Returns the length to pass to the kernel, 0 when there is no address. */
unsigned ply_addr_to_sockaddr(const struct ply_addr *a, struct sockaddr_storage *out);

/* "UDP", "TCP", "TLS" as in Via, "" for any. */
const char *ply_transport_name(enum ply_transport t);

#endif
