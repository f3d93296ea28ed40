/* UDP: a datagram is a message, a keepalive of CR LF, or a STUN request (RFC 5626 §8). */
#include "sip/sip_stun.h"
#include "sip/sip_transport_internal.h"

PLY_COUNTER(stun_answered, "parley_sip_stun_answered_total", "STUN Binding requests answered");
PLY_COUNTER(datagrams_dropped, "parley_sip_datagrams_dropped_total",
	    "Datagrams that were neither SIP nor STUN, or too large");

static void stun(struct ply_sip_listener *l, const char *p, size_t len, const struct ply_addr *peer)
{
	uint8_t reply[PLY_SIP_STUN_MAX_REPLY];
	struct ply_sip_stun_req req;
	size_t n;

	if (ply_sip_stun_parse(&req, (const uint8_t *)p, len) != PLY_SIP_STUN_BINDING) {
		ply_counter_inc(&datagrams_dropped);
		return;
	}
	n = ply_sip_stun_reply(reply, &req, peer);
	if (n && !ply_udp_send(l->udp, peer, reply, n))
		ply_counter_inc(&stun_answered);
}

static void on_datagram(void *ctx, const char *p, size_t len, const struct ply_addr *peer)
{
	struct ply_sip_listener *l = ctx;
	const struct ply_sip_hop hop = {PLY_SIP_UDP, l->index, 0, *peer};
	bool rport;

	if (len && (uint8_t)p[0] < 4) { /* RFC 5626 §8: STUN begins with two zero bits */
		stun(l, p, len, peer);
		return;
	}
	while (len && (*p == '\r' || *p == '\n')) {
		p++;
		len--;
	}
	if (!len)
		return; /* a keepalive */
	if (len > l->t->conf.max_message) {
		ply_counter_inc(&datagrams_dropped);
		return;
	}
	if (ply_sip_deliver(l->t, &hop, p, len, &rport) == PLY_SIP_E_START)
		ply_counter_inc(&datagrams_dropped);
}

int ply_sip_udp_open(struct ply_sip_listener *l)
{
	const struct ply_udp_conf conf = {.local = l->addr};
	int r;

	r = ply_udp_open(&l->udp, l->t->loop, &conf, on_datagram, l);
	if (!r)
		l->addr = *ply_udp_addr(l->udp);
	return r;
}
