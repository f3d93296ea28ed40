/* The clear protocol trace: whole messages, in and out, handed to sinks that follow one user or
 * everything (`parley trace`), and the HEP v3 form that capture servers take. Called from the
 * transport's trace hook; free while nobody listens. Rank 3. */
#ifndef PLY_SIP_SIP_TRACE_H
#define PLY_SIP_SIP_TRACE_H

#include "base/list.h"
#include "base/strbuf.h"
#include "sip/sip_transport.h"

struct ply_sip_trace {
	struct ply_list sinks;
};

struct ply_sip_traced {
	uint64_t wall_us; /* microseconds since 1970 */
	bool out;         /* sent by us */
	enum ply_sip_proto proto;
	uint64_t flow;
	struct ply_addr local, peer; /* local: of the listener; family 0 when not known */
	struct ply_slice text;
};

/* LENDS m until it returns. Must not add or remove sinks, nor send. */
typedef void ply_sip_trace_fn(void *ctx, const struct ply_sip_traced *m);

/* Embedded in the listener's object. */
struct ply_sip_trace_sink {
	struct ply_list node;
	char match[PLY_SIP_AOR_MAX]; /* "user@host" in lower case; "" follows everything */
	uint64_t n;                  /* messages given */
	ply_sip_trace_fn *fn;
	void *ctx;
};

void ply_sip_trace_init(struct ply_sip_trace *tr);
/* aor: "sip:user@host" or "user@host"; absent or empty: everything. -ENAMETOOLONG, or 0. */
int ply_sip_trace_add(struct ply_sip_trace *tr, struct ply_sip_trace_sink *sink,
		      struct ply_slice aor, ply_sip_trace_fn *fn, void *ctx);
void ply_sip_trace_del(struct ply_sip_trace_sink *sink); /* fine on one that was never added */

static inline bool ply_sip_trace_is_on(const struct ply_sip_trace *tr)
{
	return tr->sinks.next != &tr->sinks;
}

/* A sink's user is in Request-URI, From, To, Contact, P-Asserted-Identity, Refer-To or Referred-By
 * of the message (looked for as text in the header, so compact forms count too). */
bool ply_sip_trace_matches(const struct ply_sip_trace_sink *sink, struct ply_slice text);
/* One message to every sink that it concerns. t gives the local address; may be NULL. */
void ply_sip_trace_message(struct ply_sip_trace *tr, const struct ply_sip_transport *t,
			   const struct ply_sip_hop *hop, bool out, struct ply_slice text);

/* Appends one HEP v3 packet ("HEP3", chunks of vendor 0). agent: number of this capture point; key:
 * authentication key of the capture server, absent for none. Pure. 0, -EMSGSIZE, or -ENOMEM. */
int ply_sip_hep_write(struct ply_strbuf *out, const struct ply_sip_traced *m, uint32_t agent,
		      struct ply_slice key);

#endif
