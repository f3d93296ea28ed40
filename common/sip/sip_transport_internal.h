/* What the files of the transport share: sip_transport.c (object, sending, names), sip_flow.c
 * (numbers, sweep, sources), sip_conn.c (one connection), sip_transport_udp.c and
 * sip_transport_via.c. Only for them, sip_tx*.c and their tests. */
#ifndef PLY_SIP_SIP_TRANSPORT_INTERNAL_H
#define PLY_SIP_SIP_TRANSPORT_INTERNAL_H

#include "base/counter.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/udpbatch.h"
#include "sip/sip_transport.h"

enum {
	PLY_SIP_MAX_LISTENERS = 16,
	PLY_SIP_NO_LISTENER = 0xff,
	PLY_SIP_FLOW_BITS = 24, /* of a flow number that are the slot; the rest is its generation */
	PLY_SIP_MAX_LOCAL = 32,
	PLY_SIP_SWEEP_PARTS = 4,
};

/* Lifetime: object, until on_flow_closed was called for it. */
struct ply_sip_flow {
	struct ply_sip_transport *t;
	struct ply_stream *stream; /* NULL once it is closing */
	struct ply_hnode by_peer;  /* outgoing ones, for reuse */
	struct ply_list dead;      /* linked while on_flow_closed is still to be called */
	struct ply_list txs;       /* client transactions waiting on it (sip_tx_client.c) */
	struct ply_sip_source *source;
	void *user;
	char *tls_name;
	char *why;
	uint64_t number;
	uint64_t opened_ms;
	struct ply_sip_frame_state frame;
	struct ply_addr peer;
	uint8_t listener, proto;
	bool outgoing : 1;
	bool authenticated : 1;
	bool is_signed : 1;
	bool reported : 1; /* its number went out in a hop */
	bool standard : 1; /* a request on it asked for rport: no OCS client */
};

struct ply_sip_slot {
	struct ply_sip_flow *flow; /* NULL: free */
	uint32_t gen;
	uint32_t next_free; /* index + 1 */
};

/* Connections of one address, for max_flows_per_source. */
struct ply_sip_source {
	struct ply_hnode node;
	struct ply_addr addr;
	uint32_t n;
};

struct ply_sip_listener {
	struct ply_sip_transport *t;
	enum ply_sip_proto proto;
	uint8_t index;
	struct ply_addr addr;
	struct ply_listener *tcp;
	struct ply_udp *udp;
};

struct ply_sip_name {
	struct ply_hnode node;
	size_t len;
	char name[];
};

struct ply_sip_transport {
	struct ply_loop *loop;
	struct ply_sip_transport_conf conf;
	struct ply_sip_transport_ops ops;
	void *ctx;
	char *server_name;

	struct ply_sip_listener listener[PLY_SIP_MAX_LISTENERS];
	uint8_t n_listener;
	struct ply_hash names;
	struct ply_addr
		local[PLY_SIP_MAX_LOCAL]; /* addresses of this host, when one listens on any */
	unsigned n_local;

	struct ply_sip_slot *slot;
	uint32_t n_slot, free_slot; /* free_slot: index + 1 */
	uint32_t first_gen;
	unsigned n_flows;
	struct ply_hash by_peer, sources;
	struct ply_list dead;
	struct ply_defer bury;
	struct ply_timer sweep;
	uint32_t sweep_at, sweep_ms;

	struct ply_sip_line line[PLY_SIP_MAX_LINES]; /* index of what is being signed */
	struct ply_strbuf sign, text, via;
};

/* --- sip_flow.c --- */
/* GIVES *out to the table; -ENFILE over max_flows, -EMFILE over max_flows_per_source. */
int ply_sip_flow_new(struct ply_sip_flow **out, struct ply_sip_transport *t,
		     const struct ply_addr *peer);
struct ply_sip_flow *ply_sip_flow_find(const struct ply_sip_transport *t, uint64_t number);
/* Takes it out of use and has on_flow_closed called at the end of the turn. The stream is the
 * caller's affair. */
void ply_sip_flow_bury(struct ply_sip_flow *f, const char *why);
/* The stream too, after what is queued. */
void ply_sip_flow_end(struct ply_sip_flow *f, const char *why);
void ply_sip_flows_free(struct ply_sip_transport *t);
void ply_sip_flows_start_sweep(struct ply_sip_transport *t);

/* --- sip_conn.c --- */
extern const struct ply_stream_ops ply_sip_conn_ops; /* ctx: the flow */
void ply_sip_conn_accept(void *listener, struct ply_stream *s);
struct ply_sip_hop ply_sip_conn_hop(const struct ply_sip_flow *f);

/* --- sip_transport_udp.c --- */
int ply_sip_udp_open(struct ply_sip_listener *l);

/* --- sip_transport_via.c --- */
/* Appends the Via value as it is echoed: see the rule in sip_transport.h. flow 0: none. `rport`
 * says whether it was asked for. 0 or -EBADMSG. */
int ply_sip_via_receive(struct ply_strbuf *out, struct ply_slice value,
			const struct ply_sip_hop *from, bool *rport);
/* The first Via value in the text of a message, absent when there is none before the empty line. */
struct ply_slice ply_sip_via_first(struct ply_slice text);
/* Where a response with this Via goes when its connection is gone or was none (RFC 3261 §18.2.2,
 * RFC 3581 §4). host: what TLS checks the certificate against, absent when it is an address. 0,
 * -EBADMSG, or -ENOTCONN when only a look-up could tell. */
int ply_sip_via_reply_addr(struct ply_slice value, const struct ply_sip_hop *from,
			   struct ply_addr *addr, struct ply_slice *host);

/* --- sip_transport.c --- */
/* One whole text to the role: parse, Via, trace, on_message or on_garbage. Returns 0 or the
 * PLY_SIP_E_* code. */
int ply_sip_deliver(struct ply_sip_transport *t, const struct ply_sip_hop *from, const char *p,
		    size_t len, bool *rport);

#endif
