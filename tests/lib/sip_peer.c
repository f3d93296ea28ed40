#include "tests/lib/unit.h"

#include "tests/lib/sip_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 5000, TURNS = 4 };

static uint64_t now_ms(void) /* real time: tests hold ply_mono_ms */
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void open_to(struct sip_peer *p, struct ply_loop *loop, const struct ply_addr *to, int type)
{
	struct sockaddr_storage sa;
	socklen_t len = ply_addr_to_sockaddr(to, &sa);
	struct ply_addr own;

	memset(p, 0, offsetof(struct sip_peer, buf));
	p->loop = loop;
	p->stream = type == SOCK_STREAM;
	p->fd = socket(to->family == 6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	assert_int_equal(connect(p->fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(fcntl(p->fd, F_SETFL, O_NONBLOCK), 0);
	len = sizeof sa;
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(ply_addr_from_sockaddr(&own, (struct sockaddr *)&sa), 0);
	p->port = own.port;
}

void sip_peer_udp(struct sip_peer *p, struct ply_loop *loop, const struct ply_addr *to)
{
	open_to(p, loop, to, SOCK_DGRAM);
}

void sip_peer_tcp(struct sip_peer *p, struct ply_loop *loop, const struct ply_addr *to)
{
	open_to(p, loop, to, SOCK_STREAM);
	sip_peer_turns(loop);
}

void sip_peer_close(struct sip_peer *p)
{
	close(p->fd);
	p->fd = -1;
}

void sip_peer_send_raw(struct sip_peer *p, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = send(p->fd, at, len, MSG_NOSIGNAL);

		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			ply_loop_step(p->loop, 1);
			continue;
		}
		at += n;
		len -= (size_t)n;
	}
}

void sip_peer_send(struct sip_peer *p, const char *text)
{
	sip_peer_send_raw(p, text, strlen(text));
	sip_peer_turns(p->loop);
}

/* 1: something came, 0: nothing there, -1: closed */
static int pull(struct sip_peer *p)
{
	ssize_t n = recv(p->fd, p->buf + p->have, sizeof p->buf - p->have - 1, 0);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (n == 0 && p->stream)
		return -1;
	p->have += (size_t)n;
	p->buf[p->have] = '\0';
	return 1;
}

/* Moves a whole message to p->msg. */
static bool cut(struct sip_peer *p)
{
	const char *end, *length;
	size_t size;

	if (!p->have)
		return false;
	size = p->have;
	if (p->stream) {
		end = strstr(p->buf, "\r\n\r\n");
		if (!end)
			return false;
		length = strstr(p->buf, "\r\nContent-Length:");
		size = (size_t)(end - p->buf) + 4;
		if (length && length < end)
			size += strtoul(length + 17, NULL, 10);
		if (size > p->have)
			return false;
	}
	memcpy(p->msg, p->buf, size);
	p->msg[size] = '\0';
	p->have -= size;
	memmove(p->buf, p->buf + size, p->have + 1);
	return true;
}

const char *sip_peer_want(struct sip_peer *p)
{
	uint64_t until = now_ms() + WAIT_MS;

	while (!cut(p)) {
		int r = pull(p);

		if (r < 0)
			fail_msg("closed while waiting for a message");
		if (r > 0)
			continue;
		if (now_ms() > until)
			fail_msg("no message came");
		ply_loop_step(p->loop, 1);
	}
	return p->msg;
}

const char *sip_peer_want_start(struct sip_peer *p, const char *start)
{
	const char *m = sip_peer_want(p);

	if (strncmp(m, start, strlen(start)) != 0)
		fail_msg("expected \"%s\", got \"%s\"", start, m);
	return m;
}

size_t sip_peer_want_raw(struct sip_peer *p, char *out, size_t cap)
{
	uint64_t until = now_ms() + WAIT_MS;
	size_t n;

	while (!p->have) {
		if (pull(p) < 0 || now_ms() > until)
			fail_msg("no octets came");
		if (!p->have)
			ply_loop_step(p->loop, 1);
	}
	n = p->have < cap ? p->have : cap;
	memcpy(out, p->buf, n);
	p->have = 0;
	return n;
}

void sip_peer_turns(struct ply_loop *loop)
{
	for (int i = 0; i < TURNS; i++)
		ply_loop_step(loop, 1);
}

void sip_peer_none(struct sip_peer *p)
{
	sip_peer_turns(p->loop);
	if (pull(p) > 0 || p->have)
		fail_msg("unexpected: \"%s\"", p->buf);
}

void sip_peer_want_closed(struct sip_peer *p)
{
	uint64_t until = now_ms() + WAIT_MS;
	int r;

	while ((r = pull(p)) >= 0) {
		p->have = 0;
		if (now_ms() > until)
			fail_msg("not closed");
		if (!r)
			ply_loop_step(p->loop, 1);
	}
	sip_peer_turns(p->loop);
}
