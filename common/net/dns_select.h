/* RFC 3263 §4 and RFC 2782 as a pure function: which names to look up, and in which order to try
 * what they give. The look-ups themselves come from outside and may say "not yet": the caller asks
 * for everything that was missing and starts again. Rank 2. */
#ifndef PLY_NET_DNS_SELECT_H
#define PLY_NET_DNS_SELECT_H

#include "net/dns.h"

enum ply_dns_type { PLY_DNS_A = 1, PLY_DNS_AAAA = 28, PLY_DNS_SRV = 33, PLY_DNS_NAPTR = 35 };

enum { PLY_DNS_MAX_RECORDS = 64, PLY_DNS_NAME_MAX = 256 };

struct ply_dns_record {
	struct ply_addr addr;         /* A, AAAA */
	uint16_t priority, weight;    /* SRV; order and preference of NAPTR */
	uint16_t port;                /* SRV */
	enum ply_transport transport; /* NAPTR: what its service stands for; others are left out */
	const char *name;             /* SRV: target; NAPTR: replacement */
};

struct ply_dns_answer {
	int status; /* 0, -ENOENT (no name or no such record), -ETIMEDOUT, -EIO */
	size_t n;
	const struct ply_dns_record *record;
};

/* What is looked up with. */
struct ply_dns_source {
	/* LENDS the answer until the plan is made, or NULL: not yet, and it has been asked for. */
	const struct ply_dns_answer *(*get)(void *ctx, enum ply_dns_type type, const char *name);
	uint32_t (*random)(void *ctx, uint32_t bound);
	void *ctx;        /* of get */
	void *random_ctx; /* of random */
};

struct ply_dns_plan {
	struct ply_dns_target target[PLY_DNS_MAX_TARGETS]; /* host LENT by answers and ask */
	size_t n;
};

/* ask with NUL-terminated texts: host and srv point at strings. 0 with plan->n >= 1; -EAGAIN: some
 * answers are missing; -ENOENT, -ETIMEDOUT, -EIO, -EPROTONOSUPPORT as ply_dns_fn has them. */
int ply_dns_select(struct ply_dns_plan *plan, const struct ply_dns_ask *ask,
		   const struct ply_dns_source *src);

/* RFC 2782: by priority, within one by weighted chance. Reorders rec. */
void ply_dns_order_srv(struct ply_dns_record *rec, size_t n,
		       uint32_t (*random)(void *ctx, uint32_t bound), void *ctx);

#endif
