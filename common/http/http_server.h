/* A small HTTP server on libevent's: GET and HEAD, answers made at once from memory. Limits:
 * headers 8 KiB, no request body, 10 s of silence. Rank 3. */
#ifndef PLY_HTTP_HTTP_SERVER_H
#define PLY_HTTP_HTTP_SERVER_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

struct ply_addr;
struct ply_loop;
struct ply_http_server;

struct ply_http_answer {
	int status;       /* 200 when the handler is called */
	const char *type; /* "text/plain; charset=utf-8" when the handler is called */
	struct ply_strbuf body;
};

/* GIVES *out. Port 0: any, see ply_http_server_port. -errno of the listen. */
int ply_http_server_open(struct ply_http_server **out, struct ply_loop *loop,
			 const struct ply_addr *addr);
void ply_http_server_close(struct ply_http_server *s); /* NULL is fine */
/* `path` exactly, without query. `query` LENT, p NULL when there is none. LENDS path. 0 or -ENOMEM.
 */
int ply_http_server_route(struct ply_http_server *s, const char *path,
			  void (*fn)(void *ctx, struct ply_slice query, struct ply_http_answer *a),
			  void *ctx);
uint16_t ply_http_server_port(const struct ply_http_server *s);

#endif
