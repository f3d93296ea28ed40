/* What the server's files share: a connection and the calls on it. Rank 3. */
#ifndef PLY_HTTP_HTTP_INTERNAL_H
#define PLY_HTTP_HTTP_INTERNAL_H

#include "base/list.h"
#include "http/http_head.h"
#include "http/http_server.h"
#include "net/listener.h"
#include "net/loop.h"

struct http_route {
	struct ply_list node;
	struct ply_http_route r;
	/* Pages: what ply_http_server_route was given. */
	void (*page)(void *ctx, struct ply_slice query, struct ply_http_answer *a);
	void *page_ctx;
};

struct ply_http_server {
	struct ply_loop *loop;
	struct ply_http_server_conf conf;
	struct ply_listener *listener;
	struct ply_list routes, conns;
	uint32_t n_open;
	bool draining;
};

enum http_wait { HTTP_WAIT_NONE, HTTP_WAIT_IDLE, HTTP_WAIT_REQUEST, HTTP_WAIT_SEND };

struct http_conn {
	struct ply_list node;
	struct ply_http_server *server;
	struct ply_stream *stream; /* NULL: the connection has gone */
	struct ply_list calls;     /* in the order of the requests; answers leave in it */
	struct ply_http_call *cur; /* its body is coming; not in calls */
	struct ply_timer timer;
	enum http_wait wait;
	size_t unsent; /* when HTTP_WAIT_SEND began */
	uint64_t skip; /* bytes of a refused body still to come */
	uint32_t n_calls;
	uint32_t busy; /* callbacks under way */
	bool partial;  /* a head has begun to come */
	bool paused;   /* max_in_flight */
	bool last;     /* no request is read any more: what comes is thrown away */
};

/* Life: from a request's head to its answer. Outlives its connection. */
struct ply_http_call {
	struct ply_list node;
	struct http_conn *conn; /* NULL: gone */
	const struct http_route *route;
	enum ply_http_method method;
	char *text; /* the head, and what the slices point into */
	struct ply_slice path, query, fields;
	struct ply_strbuf body;
	uint64_t want;            /* of the body */
	struct ply_strbuf extra;  /* headers for the answer */
	struct ply_strbuf answer; /* made, and waiting for those before it */
	struct ply_addr peer;
	void (*on_gone)(void *ctx);
	void *gone_ctx;
	bool keep, answered;
};

/* Takes over a stream; on failure it is aborted. */
void http_conn_new(struct ply_http_server *s, struct ply_stream *stream);
/* Ends the connection at once. Calls are told. */
void http_conn_abort(struct http_conn *c);
/* Nothing is under way on it. */
bool http_conn_is_idle(const struct http_conn *c);
/* The first of conn's calls may have been answered: sends what can be sent. */
void http_conn_answered(struct http_conn *c);

/* A call of the connection. NULL when memory is out. */
struct ply_http_call *http_call_new(struct http_conn *c, const struct ply_http_head *head);
void http_call_free(struct ply_http_call *call);

/* The route for a path, or NULL. */
const struct http_route *http_server_find(const struct ply_http_server *s, struct ply_slice path);
/* Answers with the list of pages. */
void http_server_not_found(const struct ply_http_server *s, struct ply_http_call *call);

#endif
