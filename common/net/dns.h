/* Names to addresses without blocking (c-ares), in the order RFC 3263 §4 and RFC 2782 give. A lab
 * hosts file is asked first; answers are cached for their time to live. Rank 2. */
#ifndef PLY_NET_DNS_H
#define PLY_NET_DNS_H

#include "base/strbuf.h"
#include "net/addr.h"
#include "net/loop.h"

struct ply_dns;
struct ply_dns_query;

struct ply_dns_conf {
	/* Lines "IP name [name...]", "SRV _sip._tcp.name priority weight port target"; '#' starts a
	 * comment. NULL: none. A domain that stands here, by itself or after the service labels of
	 * an SRV name, is not looked up elsewhere. */
	const char *hosts_file;
	const char *servers; /* "192.0.2.53,[2001:db8::53]:5353"; NULL: resolv.conf */
	uint32_t timeout_ms; /* of one question, all of its look-ups together; 0: 5 s */
	uint32_t max_cache;  /* names; 0: 4,096 */
	/* A number below bound, for RFC 2782's weights; NULL: from the system. */
	uint32_t (*random)(void *ctx, uint32_t bound);
	void *random_ctx;
};

/* GIVES *out. err (may be NULL) names a bad line of the hosts file. */
int ply_dns_new(struct ply_dns **out, struct ply_loop *loop, const struct ply_dns_conf *conf,
		struct ply_strbuf *err);
/* Open questions are cancelled without callback. NULL is fine. */
void ply_dns_free(struct ply_dns *dns);
/* Reads the hosts file again and empties the cache. On failure the old content stays. */
int ply_dns_reload(struct ply_dns *dns, struct ply_strbuf *err);

struct ply_dns_target {
	struct ply_addr addr;
	enum ply_transport transport;
	uint16_t priority, weight; /* of the SRV record, 0 without */
	const char *host;          /* the SRV target or the name itself; LENDS like the array */
};

enum { PLY_DNS_MAX_TARGETS = 32 };

struct ply_dns_ask {
	/* Name or address as text ("192.0.2.1", "[2001:db8::1]" and "2001:db8::1" too). */
	struct ply_slice host;
	uint16_t port;                /* 0: none given */
	enum ply_transport transport; /* PLY_ANY_TRANSPORT: none given */
	bool sips;                    /* only TLS will do */
	/* Not RFC 3263: only this SRV name, "_sipfederationtls._tcp.example.org"; host, port and
	 * sips are then not looked at, transport goes into the targets. Absent otherwise. */
	struct ply_slice srv;
	bool only_host; /* addresses of host only, no NAPTR nor SRV */
};

/* status 0: n >= 1 targets in the order to try them; -ENOENT: the name does not exist or has no
 * such records; -ETIMEDOUT; -EPROTONOSUPPORT: nothing of what it offers will do; other negative
 * codes. LENDS t until it returns. The query is gone when it is called. */
typedef void ply_dns_fn(void *ctx, int status, const struct ply_dns_target *t, size_t n);

/* Answered by callback, numeric and cached ones too (next turn). *out may be used to cancel until
 * the callback is called; out may be NULL. */
int ply_dns_resolve(struct ply_dns *dns, struct ply_dns_query **out, const struct ply_dns_ask *ask,
		    ply_dns_fn *fn, void *ctx);
void ply_dns_cancel(struct ply_dns_query *q); /* NULL is fine */

#endif
