/* TLS contexts: certificate, key, authorities, and what is demanded of the peer. OpenSSL stays
 * behind this file. One context serves any number of streams and outlives none of them (streams
 * hold references). Specs: RFC 5922 (names in SIP certificates), RFC 6125. Rank 2. */
#ifndef PLY_NET_TLS_H
#define PLY_NET_TLS_H

#include "base/ply.h"
#include "base/strbuf.h"

struct ply_tls_ctx;

struct ply_tls_conf {
	const char *cert; /* PEM, the certificate and its chain; a client may have none (NULL) */
	const char *key;  /* PEM, not encrypted */
	const char *ca;   /* PEM, authorities for the peer's chain; NULL: the system's */
	bool server;
	/* Server: ask for a client certificate, accept none or a bad one, and tell which it was:
	 * clients and servers share a port (sofia-sip could not; ply_stream_peer_verified). */
	bool ask_peer;
	bool allow_tls10; /* from TLS 1.0 on, for clients of 2007; otherwise from 1.2 on */
	/* Client: go on although the server's chain or name is bad. For tests and probes. */
	bool no_verify;
};

/* GIVES *out. On failure err says which file and why in one line. */
int ply_tls_ctx_new(struct ply_tls_ctx **out, const struct ply_tls_conf *conf,
		    struct ply_strbuf *err);
struct ply_tls_ctx *ply_tls_ctx_ref(struct ply_tls_ctx *ctx);
void ply_tls_ctx_unref(struct ply_tls_ctx *ctx); /* NULL is fine */
/* Reads the files again. On failure the old certificate stays in use and err says why. Open
 * connections go on. */
int ply_tls_ctx_reload(struct ply_tls_ctx *ctx, struct ply_strbuf *err);
/* End of our certificate's validity, milliseconds since 1970; 0 without certificate. */
uint64_t ply_tls_ctx_expires_ms(const struct ply_tls_ctx *ctx);

#endif
