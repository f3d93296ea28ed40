/* HTTP/1.1 client of one base URL, plain or TLS: a few kept connections, a bounded queue behind
 * them, a deadline for each request. Nothing is sent twice here (c3p/c3p_http.h does that, with
 * identifiers). A connection that cannot be made fails all that wait and is tried again after a
 * growing pause, during which new requests wait. Bodies come with Content-Length.
 * Specs: RFC 9110, RFC 9112, RFC 6125 (names). Thread rule: the loop's thread. Rank 3. */
#ifndef PLY_HTTP_HTTP_CLIENT_H
#define PLY_HTTP_HTTP_CLIENT_H

#include "base/ply.h"
#include "base/slice.h"
#include "net/addr.h"

struct ply_dns;
struct ply_log;
struct ply_loop;
struct ply_tls_ctx;
struct ply_http_client;
struct ply_http_request;

/* 0 means the default. Texts are COPIED. */
struct ply_http_client_conf {
	const char *url;         /* "https://host[:port]", "http://..."; a path is left away */
	struct ply_tls_ctx *tls; /* needed for https. A reference is taken */
	const char *name;        /* in the server's certificate; NULL: the host */
	/* Connect here and do not look the host up; port 0: the URL's. family 0: none. */
	struct ply_addr connect_to;
	/* Looks the host up unless it is an address. LENDS, must outlive the client. NULL: looked
	 * up once in ply_http_client_new, which blocks: at start only. */
	struct ply_dns *dns;
	uint32_t max_connections; /* 1-4; 2 */
	uint32_t max_queued;      /* requests that wait for a connection; 256 */
	uint32_t max_answer;      /* bytes of a body; 1 MiB */
	uint32_t idle_ms;      /* an unused connection is closed; 45 s (less than the server's) */
	uint32_t open_ms;      /* connecting and handshake; 5 s */
	uint32_t retry_ms;     /* first pause after a connection failed, doubling to max: 100 ms */
	uint32_t max_retry_ms; /* 5 s */
	const struct ply_log *log; /* LENDS */
};

/* GIVES *out. -EINVAL: the URL is none; -ENOENT: the host is not known. */
int ply_http_client_new(struct ply_http_client **out, struct ply_loop *loop,
			const struct ply_http_client_conf *conf);
/* Requests pending are dropped without callback. Fine inside a callback. NULL is fine. */
void ply_http_client_free(struct ply_http_client *c);

struct ply_http_field {
	const char *name;
	struct ply_slice value;
};

struct ply_http_send {
	const char *path;      /* "/c3p?x=y"; NULL: "/" */
	const char *type;      /* of the body; NULL: a GET without body */
	struct ply_slice body; /* COPIED like everything here */
	const struct ply_http_field *fields;
	size_t n_fields;
	uint32_t deadline_ms; /* from now, waiting for a connection included; 15 s */
};

/* LENT until the callback returns. */
struct ply_http_reply {
	struct ply_slice body;
	struct ply_slice fields; /* the header lines */
};
/* First header of that name; absent when there is none. */
struct ply_slice ply_http_reply_header(const struct ply_http_reply *r, const char *name);

/* status: the server's (100-599), or negative, reply NULL then:
 * -ETIMEDOUT    the deadline; it may or may not have been executed
 * -ECONNRESET   the connection ended before the answer; likewise
 * -EPROTO       an answer that is none, or a body over max_answer; likewise
 * -ECONNREFUSED no connection (refused, unreachable, certificate, name); never sent
 * -ENOENT       the host name is not known; never sent */
typedef void ply_http_client_fn(void *ctx, int status, const struct ply_http_reply *reply);

/* 0: fn is called exactly once, later (not inside). -ENOBUFS: the queue is full; -EMSGSIZE;
 * -ENOMEM: never called. *out (may be NULL) is good for cancelling until fn is called. */
int ply_http_client_send(struct ply_http_client *c, struct ply_http_request **out,
			 const struct ply_http_send *send, ply_http_client_fn *fn, void *ctx);
/* fn is not called; the connection it was sent on is closed. NULL is fine. */
void ply_http_request_cancel(struct ply_http_request *r);

/* Why the last connection failed or ended, one line; "" before. LENDS until the next. */
const char *ply_http_client_error(const struct ply_http_client *c);
uint32_t ply_http_client_n_open(const struct ply_http_client *c);
uint32_t ply_http_client_n_waiting(const struct ply_http_client *c);

#endif
