/* Accepts connections as streams: a bounded number a turn, at most max_connections open, and a
 * reserve descriptor so that a process out of descriptors refuses a connection instead of
 * spinning. Rank 2. */
#ifndef PLY_NET_LISTENER_H
#define PLY_NET_LISTENER_H

#include "net/stream.h"

struct ply_listener;

struct ply_listener_conf {
	struct ply_addr addr;    /* port 0: any, see ply_listener_addr */
	struct ply_tls_ctx *tls; /* NULL: plain TCP. A reference is taken */
	struct ply_stream_conf stream;
	uint32_t max_connections; /* 0: 100,000 */
	bool reuseport;
};

/* on_accept GETS the stream and sets its ops before it returns (or ply_stream_abort). With TLS the
 * handshake is still to come: on_open tells. */
int ply_listener_open(struct ply_listener **out, struct ply_loop *loop,
		      const struct ply_listener_conf *conf,
		      void (*on_accept)(void *ctx, struct ply_stream *s), void *ctx);
/* Open streams go on. NULL is fine. */
void ply_listener_close(struct ply_listener *l);
/* Stops or goes on accepting (drain). */
int ply_listener_pause(struct ply_listener *l, bool pause);
const struct ply_addr *ply_listener_addr(const struct ply_listener *l); /* LENDS */
uint32_t ply_listener_n_open(const struct ply_listener *l);
uint64_t ply_listener_n_refused(const struct ply_listener *l);

#endif
