#include "tests/bench/load/transport.h"

#include "base/mem.h"
#include "tests/bench/load/stats.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_ROOM = 32768, READS_A_TURN = 8, DATAGRAMS_A_TURN = 16 };
static const uint64_t connect_limit_ns = 60ull * 1000000000ull;
static const char *const via_names[] = {"UDP", "TCP", "TLS"};
static const char *const uri_names[] = {"udp", "tcp", "tls"};

bool transport_kind_parse(const char *name, enum transport_kind *out)
{
	for (int i = OVER_UDP; i <= OVER_TLS; i++)
		if (strcmp(name, uri_names[i]) == 0) {
			*out = (enum transport_kind)i;
			return true;
		}
	return false;
}

const char *transport_via_name(enum transport_kind kind)
{
	return via_names[kind];
}

const char *transport_uri_name(enum transport_kind kind)
{
	return uri_names[kind];
}

bool transport_target_parse(const char *text, struct sockaddr_in *out)
{
	char host[64];
	size_t colon = ply_slice_chr(ply_slice_str(text), ':');
	int port;

	if (colon == SIZE_MAX || !ply_slice_copy(ply_slice(text, colon), host, sizeof(host)))
		return false;
	port = (int)strtol(text + colon + 1, NULL, 10);
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return port > 0 && port < 65536 && inet_pton(AF_INET, host, &out->sin_addr) == 1 &&
	       ntohl(out->sin_addr.s_addr) >> 24 == 127;
}

bool transport_init(struct transport *t)
{
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->epoll < 0)
		return false;
	if (t->kind != OVER_TLS)
		return true;
	t->tls = SSL_CTX_new(TLS_client_method());
	if (!t->tls)
		return false;
	SSL_CTX_set_verify(t->tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(t->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	return true;
}

static void want_write(struct conn *c, bool on)
{
	struct epoll_event e = {.events = EPOLLIN | (on ? EPOLLOUT : 0u), .data.ptr = c};

	if (c->wants_write == on)
		return;
	c->wants_write = on;
	epoll_ctl(c->owner->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

static void conn_lost(struct conn *c)
{
	epoll_ctl(c->owner->epoll, EPOLL_CTL_DEL, c->fd, NULL);
	c->state = CONN_LOST;
	c->owner->lost++;
	ply_strbuf_reset(&c->out);
}

/* Octets moved, 0 when there is no room or nothing to read now, -1 when the connection is gone. */
static ssize_t tls_result(struct conn *c, int r)
{
	int why;

	if (r > 0)
		return r;
	why = SSL_get_error(c->ssl, r);
	if (why == SSL_ERROR_WANT_WRITE)
		want_write(c, true);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t plain_result(ssize_t r)
{
	return r > 0 ? r : r < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static ssize_t stream_write(struct conn *c)
{
	ssize_t r;

	if (c->ssl)
		return tls_result(c, SSL_write(c->ssl, c->out.p, (int)c->out.len));
	r = plain_result(send(c->fd, c->out.p, c->out.len, MSG_NOSIGNAL));
	if (r == 0)
		want_write(c, true);
	return r;
}

static void stream_flush(struct conn *c)
{
	size_t sent = 0;

	while (c->out.len) {
		ssize_t r = stream_write(c);

		if (r < 0) {
			conn_lost(c);
			return;
		}
		if (r == 0)
			return;
		sent = (size_t)r;
		memmove(c->out.p, c->out.p + sent, c->out.len - sent);
		c->out.len -= sent;
	}
	want_write(c, false);
}

void transport_send(struct conn *c, struct ply_slice text)
{
	if (c->owner->kind == OVER_UDP) {
		if (send(c->fd, text.p, text.len, MSG_DONTWAIT) < 0)
			c->owner->full++;
		return;
	}
	if (c->state == CONN_LOST)
		return;
	ply_strbuf_add_slice(&c->out, text);
	if (c->state == CONN_READY && !c->wants_write)
		stream_flush(c);
}

static void read_datagrams(struct conn *c)
{
	static char text[65536];

	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		ssize_t n = recv(c->fd, text, sizeof(text), MSG_DONTWAIT);

		if (n <= 0)
			return;
		c->owner->messages++;
		c->owner->on_message(c->owner->arg, c, ply_slice(text, (size_t)n));
	}
}

static void take_messages(struct conn *c)
{
	size_t at = 0;

	for (;;) {
		size_t n;

		while (at < c->in.len && (c->in.p[at] == '\r' || c->in.p[at] == '\n'))
			at++;
		n = c->owner->frame(ply_slice(c->in.p + at, c->in.len - at));
		if (!n)
			break;
		c->owner->messages++;
		c->owner->on_message(c->owner->arg, c, ply_slice(c->in.p + at, n));
		at += n;
	}
	memmove(c->in.p, c->in.p + at, c->in.len - at);
	c->in.len -= at;
}

static void read_stream(struct conn *c)
{
	for (int i = 0; i < READS_A_TURN; i++) {
		size_t room = READ_ROOM;
		ssize_t n;

		if (ply_strbuf_reserve(&c->in, room))
			return;
		if (c->ssl)
			n = tls_result(c, SSL_read(c->ssl, c->in.p + c->in.len, (int)room));
		else
			n = plain_result(recv(c->fd, c->in.p + c->in.len, room, 0));
		if (n < 0)
			conn_lost(c);
		if (n <= 0)
			return;
		c->in.len += (size_t)n;
		take_messages(c);
		if (!c->ssl && (size_t)n < room)
			return;
	}
}

static void shake_hands(struct conn *c)
{
	int r = SSL_do_handshake(c->ssl);

	if (r == 1) {
		c->state = CONN_READY;
		want_write(c, false);
		stream_flush(c);
	} else if (tls_result(c, r) < 0) {
		conn_lost(c);
	}
}

static void conn_event(struct conn *c, uint32_t events)
{
	if (c->owner->kind == OVER_UDP) {
		read_datagrams(c);
		return;
	}
	if (c->state == CONN_SHAKING)
		shake_hands(c);
	if (c->state == CONN_READY && (events & EPOLLOUT))
		stream_flush(c);
	if (c->state == CONN_READY && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_stream(c);
}

void transport_poll(struct transport *t, int timeout_ms)
{
	struct epoll_event ev[256];
	int n = epoll_wait(t->epoll, ev, (int)ARRAY_LEN(ev), timeout_ms);

	t->now_ns = monotonic_ns();
	for (int i = 0; i < n; i++)
		conn_event(ev[i].data.ptr, ev[i].events);
}

static void set_options(const struct conn *c)
{
	int room = 4 << 20, on = 1;

	if (c->owner->kind == OVER_UDP) {
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	} else {
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
}

static bool conn_open(struct conn *c)
{
	struct transport *t = c->owner;
	int type = t->kind == OVER_UDP ? SOCK_DGRAM : SOCK_STREAM;
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	struct sockaddr_in own = {0};
	socklen_t len = sizeof(own);

	c->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	set_options(c);
	if (connect(c->fd, (const struct sockaddr *)&t->server, sizeof(t->server)) ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) ||
	    getsockname(c->fd, (struct sockaddr *)&own, &len) ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, c->fd, &e))
		return false;
	inet_ntop(AF_INET, &own.sin_addr, c->ip, sizeof(c->ip));
	c->port = ntohs(own.sin_port);
	c->state = CONN_READY;
	if (t->kind != OVER_TLS)
		return true;
	c->state = CONN_SHAKING;
	c->ssl = SSL_new(t->tls);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd))
		return false;
	SSL_set_connect_state(c->ssl);
	shake_hands(c);
	return true;
}

size_t transport_count(const struct transport *t, enum conn_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->conn[i].state == state;
	return n;
}

bool transport_connect(struct transport *t, size_t n, size_t shaking)
{
	uint64_t begin = monotonic_ns();

	t->conn = ply_calloc(n, sizeof(*t->conn));
	if (!t->conn)
		return false;
	while (t->n < n || transport_count(t, CONN_SHAKING)) {
		while (t->n < n &&
		       (t->kind != OVER_TLS || transport_count(t, CONN_SHAKING) < shaking)) {
			struct conn *c = &t->conn[t->n];

			c->owner = t;
			if (!conn_open(c)) {
				fprintf(stderr, "sipload: connect: %s\n", strerror(errno));
				return false;
			}
			t->n++;
		}
		transport_poll(t, 5);
		if (monotonic_ns() - begin > connect_limit_ns)
			return false;
	}
	return true;
}
