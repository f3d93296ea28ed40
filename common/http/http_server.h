/* HTTP/1.1 server, plain or mutual TLS, over common/net's streams: paths to handlers that answer at
 * once or later. Everything a client can make grow or hold has a limit, and what is refused is
 * counted (parley_http_refused_total). Requests of one connection may follow each other without
 * waiting (up to max_in_flight); answers keep their order. Bodies come with Content-Length: chunked
 * ones are answered 411. Specs: RFC 9110, RFC 9112. Thread rule: the loop's thread. Rank 3. */
#ifndef PLY_HTTP_HTTP_SERVER_H
#define PLY_HTTP_HTTP_SERVER_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "net/addr.h"

struct ply_log;
struct ply_loop;
struct ply_tls_ctx;
struct ply_http_server;
struct ply_http_call;

/* 0 means the default. */
struct ply_http_server_conf {
	struct ply_addr addr; /* port 0: any, see ply_http_server_port */
	struct ply_tls_ctx
		*tls; /* made with server and ask_peer; NULL: plain. A reference is taken */
	/* Clients whose certificate does not chain to our authorities (or who show none) are
	 * answered 403 and closed before any handler sees them. */
	bool require_peer;
	uint32_t max_connections;  /* 256 */
	uint32_t max_in_flight;    /* requests of one connection not yet answered; 4 */
	uint32_t max_head;         /* request line and headers; 8 KiB, at most 32 KiB */
	uint32_t idle_ms;          /* silence between requests; 60 s */
	uint32_t request_ms;       /* from a request's first byte to its last; 10 s */
	uint32_t send_ms;          /* the client takes nothing of an answer for so long; 10 s */
	const struct ply_log *log; /* LENDS */
};

/* GIVES *out. -errno of the listen. */
int ply_http_server_listen(struct ply_http_server **out, struct ply_loop *loop,
			   const struct ply_http_server_conf *conf);
/* Plain, everything by default: pages of a role. GIVES *out. */
int ply_http_server_open(struct ply_http_server **out, struct ply_loop *loop,
			 const struct ply_addr *addr);
/* Ends the connections. Calls not answered are told that their client has gone and stay valid until
 * they are answered. NULL is fine. */
void ply_http_server_close(struct ply_http_server *s);
/* Drain: no new connections; open ones are closed after the answer that is due. */
void ply_http_server_drain(struct ply_http_server *s);
uint16_t ply_http_server_port(const struct ply_http_server *s);
uint32_t ply_http_server_n_open(const struct ply_http_server *s);

/* --- pages: answered at once from memory, GET and HEAD --- */
struct ply_http_answer {
	int status;       /* 200 when the handler is called */
	const char *type; /* "text/plain; charset=utf-8" when the handler is called */
	struct ply_strbuf body;
};

/* `path` exactly, without query. `query` LENT, p NULL when there is none. LENDS path. 0 or -ENOMEM.
 */
int ply_http_server_route(struct ply_http_server *s, const char *path,
			  void (*fn)(void *ctx, struct ply_slice query, struct ply_http_answer *a),
			  void *ctx);

/* --- calls: answered now or later --- */
enum ply_http_method { PLY_HTTP_GET = 1, PLY_HTTP_HEAD = 2, PLY_HTTP_POST = 4 };

struct ply_http_route {
	const char *path; /* exactly; LENDS */
	bool prefix;      /* everything that begins with path; the longest path wins */
	unsigned methods; /* of enum ply_http_method; others are answered 405 */
	size_t max_body;  /* more is answered 413 */
	/* Gets a call and must answer it exactly once, in here or later. */
	void (*fn)(void *ctx, struct ply_http_call *call);
	void *ctx;
};

int ply_http_server_add(struct ply_http_server *s, const struct ply_http_route *route);

/* All LENT until the call is answered; absent (p NULL) when there is none. */
enum ply_http_method ply_http_call_method(const struct ply_http_call *call);
struct ply_slice ply_http_call_path(const struct ply_http_call *call);
struct ply_slice ply_http_call_query(const struct ply_http_call *call);
struct ply_slice ply_http_call_header(const struct ply_http_call *call, const char *name);
struct ply_slice ply_http_call_body(const struct ply_http_call *call);
/* Content-Type is this one, parameters aside. */
bool ply_http_call_is_type(const struct ply_http_call *call, const char *type);

/* The client's certificate: chained to our authorities; its names (SAN dNSNames, then the CN; NULL
 * from the end on). LENDS until the call is answered or its client has gone: NULL then. */
bool ply_http_call_peer_verified(const struct ply_http_call *call);
const char *ply_http_call_peer_name(const struct ply_http_call *call, size_t i);
const struct ply_addr *ply_http_call_peer_addr(const struct ply_http_call *call);

/* fn is called once when the client goes away before the answer (or the server is closed), never
 * from inside this function. The call must still be answered, also from inside fn; that answer goes
 * nowhere. One that has gone already is not told: see ply_http_call_is_gone. */
void ply_http_call_on_gone(struct ply_http_call *call, void (*fn)(void *ctx), void *ctx);
bool ply_http_call_is_gone(const struct ply_http_call *call);

/* A header for the answer to come. COPIES. Fine at any time before the answer. */
void ply_http_call_add_header(struct ply_http_call *call, const char *name, const char *value);
/* TAKES call: dead afterwards, whatever becomes of the answer. COPIES body; type NULL: no body. */
void ply_http_call_answer(struct ply_http_call *call, int status, const char *type,
			  struct ply_slice body);

#endif
