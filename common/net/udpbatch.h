/* A UDP socket that receives and sends in batches (recvmmsg, sendmmsg). Rank 2. */
#ifndef PLY_NET_UDPBATCH_H
#define PLY_NET_UDPBATCH_H

#include "net/addr.h"
#include "net/loop.h"

struct ply_udp;

struct ply_udp_conf {
	struct ply_addr local; /* port 0: any, see ply_udp_addr */
	bool reuseport;
	uint32_t max_queue; /* bytes waiting to be sent; more is dropped. 0: 4 MiB */
};

/* LENDS p (at most 65,535 bytes) and peer until it returns. ply_udp_close inside is fine. */
typedef void ply_udp_fn(void *ctx, const char *p, size_t len, const struct ply_addr *peer);

int ply_udp_open(struct ply_udp **out, struct ply_loop *loop, const struct ply_udp_conf *conf,
		 ply_udp_fn *on_datagram, void *ctx);
/* Sends what is queued, as far as the kernel takes it. NULL is fine. */
void ply_udp_close(struct ply_udp *u);
/* COPIES; sent at the end of the turn. -ENOBUFS over max_queue, -EMSGSIZE, -ENOMEM. */
int ply_udp_send(struct ply_udp *u, const struct ply_addr *peer, const void *p, size_t len);
const struct ply_addr *ply_udp_addr(const struct ply_udp *u); /* LENDS */
uint64_t ply_udp_n_dropped(const struct ply_udp *u);          /* not sent: queue or kernel */

#endif
