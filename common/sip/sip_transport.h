/* Listeners and flows: UDP, TCP, TLS (client certificates optional, so that clients and servers
 * share a port), on one loop. A flow is one connection (or, on UDP, one peer address); it is named
 * by a number and not by a pointer, so that bindings, dialogs and transactions may keep it past its
 * end. RFC 3261 §18, RFC 5923 (reuse), RFC 5626 §3.5.1 and §4.4.1 (CRLF), §8 of it (STUN on UDP).
 * Rank 3.
 *
 * Outgoing messages of one loop turn leave together: one send or SSL_write a connection, one
 * sendmmsg a UDP socket. */
#ifndef PLY_SIP_SIP_TRANSPORT_H
#define PLY_SIP_SIP_TRANSPORT_H

#include "net/addr.h"
#include "net/dns.h"
#include "net/loop.h"
#include "net/tls.h"
#include "sip/sip_msg.h"

enum ply_sip_proto { PLY_SIP_UDP, PLY_SIP_TCP, PLY_SIP_TLS, PLY_SIP_N_PROTO };

/* Where a message came from or goes to. A value: copy it freely. */
struct ply_sip_hop {
	uint8_t proto;        /* enum ply_sip_proto */
	uint8_t listener;     /* index of the listener it came in on or leaves by */
	uint64_t flow;        /* TCP, TLS: the connection; 0 on UDP */
	struct ply_addr addr; /* the peer */
};

struct ply_sip_transport;

/* The top Via of a request as it is echoed (m->top_via) follows one rule: `received` when the
 * sent-by host is not the source address or rport is asked for; a valueless `rport` is filled (RFC
 * 3581). A request that does not ask for rport and came over TCP or TLS is taken for one of the OCS
 * family and gets ms-received-port=<port> and ms-received-cid=<flow in hex> ([MS-SIPRE]). */

struct ply_sip_listen {
	enum ply_sip_proto proto;
	struct ply_addr addr;    /* port 0: any; see ply_sip_transport_listener_addr */
	struct ply_tls_ctx *tls; /* PLY_SIP_TLS: LENT for the transport's life */
};

struct ply_sip_transport_ops {
	/* A whole message with its top_via set. m is LENT; take a reference to keep it. */
	void (*on_message)(void *ctx, struct ply_sip_msg *m, const struct ply_sip_hop *from);
	/* A text that is no message: `m` is NULL or what could be read (then answer 400 etc. by
	 * code, PLY_SIP_E_*). The transport has closed, or will close, where framing is lost. */
	void (*on_garbage)(void *ctx, int code, struct ply_sip_msg *m,
			   const struct ply_sip_hop *from);
	/* The flow is gone; its number is never used again. Called once for every flow that was
	 * reported in a hop, also when ply_sip_flow_close ended it; never from inside a call.
	 * ply_sip_flow_user still answers while it is called. */
	void (*on_flow_closed)(void *ctx, uint64_t flow, const char *why);
	/* A message about to leave on a flow marked with ply_sip_flow_set_signed: write the header
	 * line(s) to be put after the start line into `line` (Authentication-Info ...). `m` is an
	 * index over the outgoing text. May write nothing. NULL: never asked. */
	void (*sign)(void *ctx, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		     struct ply_strbuf *line);
	/* Trace: every message in (out = false) and out, in clear; NULL: none. */
	void (*trace)(void *ctx, const struct ply_sip_hop *hop, bool out, struct ply_slice text);
};

struct ply_sip_transport_conf {
	uint32_t max_message; /* octets; over it 513 and close (default 65536 for clients) */
	uint32_t max_flows;
	uint32_t max_flows_per_source; /* per IP address, 0: no limit; loopback exempt */
	uint32_t max_output;           /* unsent octets a flow may hold before it is closed */
	uint32_t unauth_timeout_ms;    /* connection without ply_sip_flow_set_authenticated: closed
					  [MS-CONMGMT] 3.5.6 */
	uint32_t idle_timeout_ms;      /* nothing received for this long: closed */
	uint32_t signed_idle_ms;     /* the same for flows set signed, whose clients agreed to send
					keepalives ([MS-CONMGMT]); 0: idle_timeout_ms */
	uint32_t connect_timeout_ms; /* and of a TLS handshake, both ways; 0: 10 s */
	bool crlf_pong; /* answer the double CRLF with a CRLF (RFC 5626) to peers that are not OCS
			   clients */
	const char *server_name;        /* our FQDN: sent-by of our Vias */
	struct ply_tls_ctx *tls_client; /* for outgoing TLS; LENT */
};

/* GIVES *out. ops and conf are copied, ctx is passed back. */
int ply_sip_transport_new(struct ply_sip_transport **out, struct ply_loop *loop,
			  const struct ply_sip_transport_conf *conf,
			  const struct ply_sip_transport_ops *ops, void *ctx);
void ply_sip_transport_free(
	struct ply_sip_transport *t); /* closes all; on_flow_closed is not called any more */
/* Opens a listener; its index in *index. Negative errno with the address in the log. */
int ply_sip_transport_listen(struct ply_sip_transport *t, const struct ply_sip_listen *l,
			     uint8_t *index);
/* Stops accepting (drain). Flows stay. */
void ply_sip_transport_stop_listening(struct ply_sip_transport *t);
struct ply_addr ply_sip_transport_listener_addr(const struct ply_sip_transport *t, uint8_t index);
unsigned ply_sip_transport_n_flows(const struct ply_sip_transport *t);

/* Sends one message: signed if the flow is, queued for the end of the turn. 0; -ENOTCONN when the
 * flow is gone; -EMSGSIZE, -ENOBUFS. The text is copied. */
int ply_sip_send(struct ply_sip_transport *t, const struct ply_sip_hop *to, struct ply_slice text);
/* A response goes where its top Via says (RFC 3261 §18.2.2): the flow of the request if it lives,
 * else a new one. `from` is the hop the request came by. */
int ply_sip_send_response(struct ply_sip_transport *t, const struct ply_sip_hop *from,
			  struct ply_slice text);

/* A hop to addr: an open outgoing flow is reused, else one is begun (messages sent meanwhile are
 * queued; a failure comes as on_flow_closed). tls_name: what the certificate must carry; NULL on
 * UDP and TCP. */
int ply_sip_connect(struct ply_sip_transport *t, enum ply_sip_proto proto,
		    const struct ply_addr *addr, const char *tls_name, struct ply_sip_hop *out);

/* --- one flow; every call is harmless on a flow that is gone (false, NULL, 0) --- */
bool ply_sip_flow_is_open(const struct ply_sip_transport *t, uint64_t flow);
void ply_sip_flow_close(struct ply_sip_transport *t, uint64_t flow,
			const char *why); /* after what is queued */
/* The role's own object for this connection; LENT to the transport, which only hands it back. */
void ply_sip_flow_set_user(struct ply_sip_transport *t, uint64_t flow, void *user);
void *ply_sip_flow_user(const struct ply_sip_transport *t, uint64_t flow);
void ply_sip_flow_set_authenticated(struct ply_sip_transport *t, uint64_t flow);
void ply_sip_flow_set_signed(struct ply_sip_transport *t, uint64_t flow, bool on);
/* TLS: the peer showed a certificate that chains to our CA. Names: SAN dNSNames, then CN; i from 0,
 * NULL at the end. */
bool ply_sip_flow_is_verified(const struct ply_sip_transport *t, uint64_t flow);
const char *ply_sip_flow_peer_name(const struct ply_sip_transport *t, uint64_t flow, unsigned i);

/* "udp", "tcp", "tls"; for Via "UDP", "TCP", "TLS". */
const char *ply_sip_proto_name(enum ply_sip_proto p);
const char *ply_sip_proto_via(enum ply_sip_proto p);
/* Appends "SIP/2.0/TLS host:port" (our sent-by on that listener) for a Via of ours. */
void ply_sip_add_sent_by(const struct ply_sip_transport *t, const struct ply_sip_hop *to,
			 struct ply_strbuf *out);
/* Is host:port (port 0: the protocol's default) one of our listeners, our FQDN or a name given with
 * ply_sip_transport_add_name? For Route, Request-URI and Via checks. */
bool ply_sip_is_us(const struct ply_sip_transport *t, struct ply_slice host, uint32_t port);
int ply_sip_transport_add_name(struct ply_sip_transport *t, const char *name);

#endif
