/* A byte stream over TCP or TLS with limits in both directions and no buffer while it is idle.
 *
 * Reading: all streams of a loop share one read buffer; what on_data leaves is kept (and only that)
 * and offered again with more. Writing: everything written in one turn leaves in one send at the
 * end of the turn. Nothing is sent in the call itself.
 *
 * Life: ply_stream_connect or a listener makes it. It ends by exactly one of
 *  - on_close, when the peer, the network or a limit ended it: the last callback, the stream is
 *    gone when it returns (ply_stream_close or _abort inside it are fine and do nothing);
 *  - ply_stream_close or ply_stream_abort: no callback comes any more, the pointer is dead for the
 *    caller. Both are safe inside every callback of this or another stream.
 * Callbacks are never called inside ply_stream_write and its like.
 * Thread rule: the loop's thread. Rank 2. */
#ifndef PLY_NET_STREAM_H
#define PLY_NET_STREAM_H

#include "base/ply.h"
#include "base/slice.h"
#include "net/addr.h"
#include "net/loop.h"

struct ply_stream;
struct ply_tls_ctx;

struct ply_stream_ops {
	/* Connected and, with TLS, the handshake done. NULL: not interested. */
	void (*on_open)(void *ctx);
	/* LENDS p until it returns. Returns the bytes consumed, 0..len; the rest comes again in
	 * front of what arrives next. */
	size_t (*on_data)(void *ctx, const char *p, size_t len);
	/* The output has gone to the kernel after it could not at once. NULL: not interested. */
	void (*on_drained)(void *ctx);
	/* LENDS reason, one line for people; "closed by peer" for an orderly end. */
	void (*on_close)(void *ctx, const char *reason);
};

/* 0 means the default. */
struct ply_stream_conf {
	uint32_t max_pending; /* bytes on_data may leave unconsumed; more closes. 64 KiB */
	uint32_t max_output;  /* bytes written and not yet sent; more closes. 1 MiB */
	uint32_t open_ms;     /* connecting and handshake together. 10 s */
};

struct ply_stream_target {
	struct ply_addr addr;
	struct ply_addr bind;    /* family 0: any */
	struct ply_tls_ctx *tls; /* NULL: plain TCP. A reference is taken */
	const char *name;        /* TLS: must be in the certificate; also sent as SNI. NULL: any */
};

/* GIVES *out. Failures to connect come through on_close. conf may be NULL. LENDS ops. */
int ply_stream_connect(struct ply_stream **out, struct ply_loop *loop,
		       const struct ply_stream_target *to, const struct ply_stream_conf *conf,
		       const struct ply_stream_ops *ops, void *ctx);
/* GIVES *out; TAKES fd, a connected socket of ours. Set its ops in the same turn. */
int ply_stream_accepted(struct ply_stream **out, struct ply_loop *loop, int fd,
			struct ply_tls_ctx *tls, const struct ply_stream_conf *conf);
/* LENDS ops. Any time; the next callback goes there. */
void ply_stream_set_ops(struct ply_stream *s, const struct ply_stream_ops *ops, void *ctx);

/* COPIES; sent at the end of the turn (before on_open: when open). -ENOBUFS: over max_output, the
 * stream ends with on_close at the end of the turn; -ENOTCONN: it is ending already; -ENOMEM. */
int ply_stream_write(struct ply_stream *s, const void *p, size_t len);
int ply_stream_writev(struct ply_stream *s, const struct ply_slice *v, size_t n);
/* Bytes written that the kernel has not taken. */
size_t ply_stream_unsent(const struct ply_stream *s);
/* Stops or goes on reading from the socket (back pressure of a relay). */
void ply_stream_pause(struct ply_stream *s, bool pause);

/* Sends what is written (for at most 5 s), then ends. NULL is fine. */
void ply_stream_close(struct ply_stream *s);
/* Ends now; unsent output is lost. NULL is fine. */
void ply_stream_abort(struct ply_stream *s);

bool ply_stream_is_open(const struct ply_stream *s);
bool ply_stream_is_tls(const struct ply_stream *s);
const struct ply_addr *ply_stream_local(const struct ply_stream *s); /* LENDS */
const struct ply_addr *ply_stream_peer(const struct ply_stream *s);  /* LENDS */
uint64_t ply_stream_last_recv_ms(const struct ply_stream *s);        /* ply_mono_ms */
uint64_t ply_stream_last_sent_ms(const struct ply_stream *s);
uint64_t ply_stream_bytes_in(const struct ply_stream *s); /* as the application sees them */
uint64_t ply_stream_bytes_out(const struct ply_stream *s);

/* TLS peer after on_open. Verified: it showed a certificate whose chain ends at our authorities and
 * that is valid now. */
bool ply_stream_peer_verified(const struct ply_stream *s);
/* The names of its certificate, verified or not: SAN dNSNames, then the subject's CN unless it is
 * one of them. NULL from the end on. LENDS for the stream's life. */
const char *ply_stream_peer_name(const struct ply_stream *s, size_t i);
/* Why it is not verified: "no certificate", "self-signed certificate", ...; "" if it is. LENDS. */
const char *ply_stream_peer_error(const struct ply_stream *s);
/* "TLSv1.3", "" for plain TCP. LENDS. */
const char *ply_stream_tls_version(const struct ply_stream *s);

#endif
