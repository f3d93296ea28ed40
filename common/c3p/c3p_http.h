/* Carrier of C3P over HTTPS between servers of Parley: POST of application/cccp+xml, answered with
 * the same. Knows no XML. Every request has an identifier (header Parley-Request-Id) and is sent
 * again with the same one when the connection is lost or the server asks to come again; the server
 * never executes one twice: a repeated one waits for the same answer or is given the stored one,
 * and is refused (409) when its answer has been forgotten.
 *
 * Parley-Request-Id: INSTANCE:NUMBER:DONE. INSTANCE 32 hex digits made with the peer
 * object, NUMBER from 1 up, DONE: this and lower ones are finished and will not be repeated, so the
 * server may forget their answers. Thread rule: the loop's thread. Rank 5. */
#ifndef PLY_C3P_C3P_HTTP_H
#define PLY_C3P_C3P_HTTP_H

#include "base/ply.h"
#include "base/slice.h"
#include "http/http_client.h"
#include "http/http_server.h"

/* --- client side: one other server --- */
struct ply_c3p_peer;
struct ply_c3p_sent;

struct ply_c3p_peer_conf {
	struct ply_http_client_conf http;
	uint32_t max_tries;  /* sendings of one request, the first included; 0: 5 */
	uint32_t max_queued; /* requests not finished; 0: 1024 */
};

/* GIVES *out; errors of ply_http_client_new. */
int ply_c3p_peer_new(struct ply_c3p_peer **out, struct ply_loop *loop,
		     const struct ply_c3p_peer_conf *conf);
/* Requests pending are dropped without callback. Fine inside a callback. NULL is fine. */
void ply_c3p_peer_free(struct ply_c3p_peer *p);

struct ply_c3p_post {
	const char *path;      /* COPIED */
	struct ply_slice body; /* COPIED */
	uint32_t timeout_ms;   /* all tries together; 0: 15 s; at most 130 s */
	/* Sent one after the other: the next leaves when the one before is finished (answered or
	 * given up). Otherwise at once, in parallel. */
	bool ordered;
};

/* status: HTTP's, with body (LENT); or a negative code of http_client.h, body absent: the last
 * try's, -ETIMEDOUT when time is up. Anything but 2xx is the sender's to judge. */
typedef void ply_c3p_peer_fn(void *ctx, int status, struct ply_slice body);

/* 0: fn is called exactly once, later (not inside). -ENOBUFS, -ENOMEM: never called. *out (may be
 * NULL) is good for cancelling until then. */
int ply_c3p_peer_post(struct ply_c3p_peer *p, struct ply_c3p_sent **out,
		      const struct ply_c3p_post *post, ply_c3p_peer_fn *fn, void *ctx);
void ply_c3p_sent_cancel(struct ply_c3p_sent *r); /* fn is not called; NULL is fine */
/* Why the last connection failed, for the log. LENDS. */
const char *ply_c3p_peer_error(const struct ply_c3p_peer *p);
uint32_t ply_c3p_peer_n_pending(const struct ply_c3p_peer *p);

/* --- server side --- */
struct ply_c3p_server;
struct ply_c3p_call;

struct ply_c3p_server_conf {
	struct ply_http_server *http; /* LENDS; mutual TLS, require_peer */
	/* May the server with this name in its certificate talk to us? Asked for one name after the
	 * other until one may; none: 403 and a log line. NULL: everybody (tests). */
	bool (*allow)(void *ctx, const char *name);
	void *allow_ctx;
	uint32_t replay_ms;        /* an answer is kept for so long; 0: 2 minutes */
	uint32_t replay_max;       /* answers kept and calls open of one sender; 0: 1024 */
	uint32_t max_senders;      /* 0: 256 */
	const struct ply_log *log; /* LENDS */
};

/* GIVES *out. */
int ply_c3p_server_new(struct ply_c3p_server **out, struct ply_loop *loop,
		       const struct ply_c3p_server_conf *conf);
/* The HTTP server's routes lead here: close it too before the loop turns again (either order).
 * Calls not answered stay valid until they are. NULL is fine. */
void ply_c3p_server_free(struct ply_c3p_server *s);

/* peer: the allowed name ("" with no allow function and no certificate). Both LENT until the call
 * is answered. The handler answers exactly once, in here or later. */
typedef void ply_c3p_server_fn(void *ctx, struct ply_c3p_call *call, const char *peer,
			       struct ply_slice body);
/* Other content types are answered 415, bodies over max_body 413. LENDS path. Ends with '/': all
 * paths that begin with it (ply_c3p_call_path). */
int ply_c3p_server_route(struct ply_c3p_server *s, const char *path, size_t max_body,
			 ply_c3p_server_fn *fn, void *ctx);

struct ply_slice ply_c3p_call_path(const struct ply_c3p_call *call); /* LENDS, as above */
/* TAKES call. status 200 with a response, 202 pending; 503 only when nothing has been done: it is
 * not stored and the sender comes again after a second. COPIES body. */
void ply_c3p_call_answer(struct ply_c3p_call *call, int status, struct ply_slice body);

#endif
