/* The other end of a SIP test: a plain socket that sends and receives whole messages while the loop
 * under test takes its turns. */
#ifndef TESTS_LIB_SIP_PEER_H
#define TESTS_LIB_SIP_PEER_H

#include "net/addr.h"
#include "net/loop.h"

struct sip_peer {
	struct ply_loop *loop;
	int fd;
	bool stream;
	uint16_t port; /* ours */
	size_t have;
	char buf[140000];
	char msg[140000];
};

/* A UDP socket, or a TCP connection, to `to`. Ends the test on failure, as all of these do. */
void sip_peer_udp(struct sip_peer *p, struct ply_loop *loop, const struct ply_addr *to);
void sip_peer_tcp(struct sip_peer *p, struct ply_loop *loop, const struct ply_addr *to);
void sip_peer_close(struct sip_peer *p);
void sip_peer_send(struct sip_peer *p, const char *text);
void sip_peer_send_raw(struct sip_peer *p, const void *data, size_t len);
/* The next message: waits for it up to 5 s. Valid until the next call. */
const char *sip_peer_want(struct sip_peer *p);
/* The same, checked to begin with `start`. */
const char *sip_peer_want_start(struct sip_peer *p, const char *start);
/* Octets as they are, at least one; returns how many. */
size_t sip_peer_want_raw(struct sip_peer *p, char *out, size_t cap);
/* Some turns of the loop bring nothing. */
void sip_peer_none(struct sip_peer *p);
/* The connection is ended from the other side (what still came is dropped). */
void sip_peer_want_closed(struct sip_peer *p);
/* Some turns of the loop, with hardly a wait. */
void sip_peer_turns(struct ply_loop *loop);

#endif
