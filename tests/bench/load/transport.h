/* The client side of UDP, TCP and TLS: many connections to one server on one epoll descriptor. TLS
 * certificates are not checked: this is a load, not a client. */
#ifndef TESTS_BENCH_LOAD_TRANSPORT_H
#define TESTS_BENCH_LOAD_TRANSPORT_H

#include "base/strbuf.h"

#include <netinet/in.h>

struct ssl_st;
struct ssl_ctx_st;
struct transport;

enum transport_kind { OVER_UDP, OVER_TCP, OVER_TLS };
enum conn_state { CONN_SHAKING, CONN_READY, CONN_LOST };

struct conn {
	struct transport *owner;
	int fd;
	enum conn_state state;
	bool wants_write;
	struct ssl_st *ssl;
	char ip[INET_ADDRSTRLEN]; /* our side, for Via and Contact */
	unsigned port;
	struct ply_strbuf in, out;
};

struct transport {
	enum transport_kind kind;
	struct sockaddr_in server;
	int epoll;
	struct ssl_ctx_st *tls;
	struct conn *conn;
	size_t n;
	uint64_t now_ns;   /* when the last poll returned */
	uint64_t lost;     /* connections that ended, sends refused */
	uint64_t messages; /* that came */
	uint64_t full;     /* datagrams the kernel had no room for */
	/* Octets of the first whole message of a stream, 0 while it is not complete. */
	size_t (*frame)(struct ply_slice stream);
	/* One whole message; `text` is a view, valid during the call. */
	void (*on_message)(void *arg, struct conn *c, struct ply_slice text);
	void *arg;
};

bool transport_kind_parse(const char *name, enum transport_kind *out);
const char *transport_via_name(enum transport_kind kind); /* "UDP" */
const char *transport_uri_name(enum transport_kind kind); /* "udp" */
/* "127.0.0.1:5060"; only loopback addresses are taken. */
bool transport_target_parse(const char *text, struct sockaddr_in *out);
/* Fills in t->epoll and, for TLS, t->tls; kind, server and on_message are set. */
bool transport_init(struct transport *t);
/* Opens n connections, with at most `shaking` handshakes under way; false when one cannot be made
 * or a minute has gone by. */
bool transport_connect(struct transport *t, size_t n, size_t shaking);
void transport_send(struct conn *c, struct ply_slice text);
void transport_poll(struct transport *t, int timeout_ms);
size_t transport_count(const struct transport *t, enum conn_state state);

#endif
