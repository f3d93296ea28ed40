/* What the client's files share: the client, its connections and requests. Rank 3. */
#ifndef PLY_HTTP_HTTP_CLIENT_INTERNAL_H
#define PLY_HTTP_HTTP_CLIENT_INTERNAL_H

#include "base/list.h"
#include "base/strbuf.h"
#include "http/http_client.h"
#include "net/dns.h"
#include "net/loop.h"
#include "net/stream.h"

enum { HTTP_MAX_ADDRS = 8 };

struct ply_http_client {
	struct ply_loop *loop;
	struct ply_http_client_conf conf; /* texts point to what follows */
	char *host;                       /* without brackets */
	char *authority;                  /* for Host */
	char *name;
	uint16_t port;
	bool is_tls;
	struct ply_addr addr[HTTP_MAX_ADDRS];
	unsigned n_addrs;
	unsigned at;     /* the one to connect to */
	unsigned failed; /* addresses tried in vain since a connection was made */
	struct ply_dns_query *query;
	struct ply_list conns; /* the one used last in front */
	uint32_t n_conns, n_opening;
	struct ply_list waiting; /* requests */
	struct ply_list failing; /* requests whose callback is due */
	int fail_status;
	uint32_t n_waiting;
	struct ply_timer pause; /* after a failure: no connecting until it fires */
	uint32_t pause_ms;
	struct ply_defer work;
	uint32_t busy;
	bool dead;
	char why[160];
};

struct http_link {
	struct ply_list node;
	struct ply_http_client *client;
	struct ply_stream *stream;
	struct ply_http_request *cur; /* NULL: idle or not open */
	struct ply_timer idle;
	bool open, have_head, keep;
	int status;
	struct ply_strbuf fields, body;
	uint64_t want;
};

struct ply_http_request {
	struct ply_list node;
	struct ply_http_client *client;
	struct http_link *link; /* NULL: waiting or failing */
	bool is_waiting;
	struct ply_strbuf text;
	struct ply_timer deadline;
	ply_http_client_fn *fn;
	void *ctx;
};

/* Users of the client inside callbacks: while busy it is not freed. false: it is gone now. */
void http_client_enter(struct ply_http_client *c);
bool http_client_leave(struct ply_http_client *c);
/* Looks at the end of the turn what can be sent or connected. */
void http_client_kick(struct ply_http_client *c);
/* No connection can be made: what waits fails, unless another connection is there. */
void http_client_failed(struct ply_http_client *c, int status);
/* Calls back once and frees. r is in no list any more. */
void http_client_finish(struct ply_http_request *r, int status, const struct ply_http_reply *reply);

/* Reads the URL into c; finds addresses that need no asking. */
int http_client_set_url(struct ply_http_client *c, const char *url);
/* Asks for addresses; http_client_kick or http_client_failed follows. */
int http_client_resolve(struct ply_http_client *c);

int http_link_open(struct ply_http_client *c);
void http_link_send(struct http_link *l, struct ply_http_request *r);
/* Ends it. Its request, if any, is left alone: link NULL. */
void http_link_abort(struct http_link *l);

#endif
