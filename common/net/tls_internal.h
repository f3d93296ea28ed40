/* What tls.c and tls_conn.c share: the context around OpenSSL's. Rank 2. */
#ifndef PLY_NET_TLS_INTERNAL_H
#define PLY_NET_TLS_INTERNAL_H

#include "net/tls.h"

#include <openssl/ssl.h>

struct ply_tls_ctx {
	unsigned refs; /* the maker, listeners, streams */
	struct ply_tls_conf conf;
	char *cert, *key, *ca; /* conf's paths point here */
	SSL_CTX *ssl;          /* replaced by reload; connections hold the one they began with */
	uint64_t expires_ms;
};

/* The verify callback of a server that asks: remembers, and lets the handshake go on. In tls_conn.c
 */
int ply_tls_conn_verify(int ok, X509_STORE_CTX *store);
/* tls_mem.c: runs by itself when the program starts. */
void ply_tls_keep_buffers(void);

#endif
