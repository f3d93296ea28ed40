/* One TLS connection without a socket: encrypted bytes in, encrypted bytes out, plain ones between.
 * All connections of a loop share one pair of windows (struct ply_tls_io), so none of them holds a
 * buffer. The caller drains io->out after every call. Used by stream_io.c. Rank 2. */
#ifndef PLY_NET_TLS_CONN_H
#define PLY_NET_TLS_CONN_H

#include "base/strbuf.h"
#include "net/loop.h"
#include "net/tls.h"

struct ply_tls_conn;

struct ply_tls_io {
	const char *in; /* what came from the wire and is not yet taken */
	size_t in_len;
	struct ply_strbuf out; /* what is to go to the wire */
	void *bio;
	char why[160]; /* text of the last failure, for people */
};

/* The loop's windows, made when first wanted; NULL when memory is out. LENDS. */
struct ply_tls_io *ply_tls_io_of(struct ply_loop *loop);
void ply_tls_io_free(struct ply_tls_io *io); /* NULL is fine */

/* name: the peer's certificate must have it (clients); NULL: not looked at. GIVES *out. */
int ply_tls_conn_new(struct ply_tls_conn **out, struct ply_tls_io *io, struct ply_tls_ctx *ctx,
		     const char *name);
void ply_tls_conn_free(struct ply_tls_conn *c); /* NULL is fine */

/* 0 done, -EAGAIN more input is needed, -EPROTO failed (io->why). */
int ply_tls_conn_handshake(struct ply_tls_conn *c);
/* Decrypts from io->in. 0 with *n bytes; -EAGAIN all input is used; -ESHUTDOWN the peer said that
 * it is done; -EPROTO failed (io->why). */
int ply_tls_conn_read(struct ply_tls_conn *c, char *buf, size_t cap, size_t *n);
/* Encrypts into io->out. 0, -EPROTO, -ENOMEM. */
int ply_tls_conn_write(struct ply_tls_conn *c, const char *p, size_t len);
/* Says that we are done, into io->out. */
void ply_tls_conn_shutdown(struct ply_tls_conn *c);

bool ply_tls_conn_verified(const struct ply_tls_conn *c);
const char *ply_tls_conn_name(const struct ply_tls_conn *c, size_t i);
const char *ply_tls_conn_verify_text(const struct ply_tls_conn *c);
const char *ply_tls_conn_version(const struct ply_tls_conn *c);

#endif
