#include "net/sock.h"

#include "base/err.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BIG_BUFFER = 4 << 20 };

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value);
}

static int make(const struct ply_addr *a, int type)
{
	int fd =
		socket(a->family == 6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return ply_err_origin(-errno);
	if (a->family == 6)
		(void)set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return fd;
}

/* Returns fd, or closes it and returns the negative code. */
static int bind_to(int fd, const struct ply_addr *local, unsigned flags)
{
	struct sockaddr_storage ss;
	unsigned len = ply_addr_to_sockaddr(local, &ss);
	int r;

	if (flags & PLY_SOCK_REUSEPORT)
		(void)set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (flags & PLY_SOCK_BIG) {
		(void)set(fd, SOL_SOCKET, SO_RCVBUF, BIG_BUFFER);
		(void)set(fd, SOL_SOCKET, SO_SNDBUF, BIG_BUFFER);
	}
	if (bind(fd, (struct sockaddr *)&ss, len) == 0)
		return fd;
	r = -errno;
	(void)close(fd);
	return ply_err_origin(r);
}

int ply_sock_listen(const struct ply_addr *local, int backlog, unsigned flags)
{
	int fd = make(local, SOCK_STREAM);
	int r;

	if (fd < 0)
		return fd;
	(void)set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Accepted sockets inherit these: we gather a turn's output ourselves, and a peer that is
	 * gone without a word is noticed after four minutes. */
	(void)set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	(void)set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	(void)set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 120);
	(void)set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 30);
	(void)set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
	fd = bind_to(fd, local, flags);
	if (fd < 0 || listen(fd, backlog) == 0)
		return fd;
	r = -errno;
	(void)close(fd);
	return ply_err_origin(r);
}

int ply_sock_connect(const struct ply_addr *peer, const struct ply_addr *bind_addr)
{
	struct sockaddr_storage ss;
	unsigned len = ply_addr_to_sockaddr(peer, &ss);
	int fd, r;

	if (!len)
		return ply_err_origin(-EDESTADDRREQ);
	fd = make(peer, SOCK_STREAM);
	if (fd < 0)
		return fd;
	(void)set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (bind_addr && bind_addr->family) {
		if (bind_addr->port)
			(void)set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		else
			(void)set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
		fd = bind_to(fd, bind_addr, 0);
		if (fd < 0)
			return fd;
	}
	if (connect(fd, (struct sockaddr *)&ss, len) == 0 || errno == EINPROGRESS)
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

int ply_sock_udp(const struct ply_addr *local, unsigned flags)
{
	int fd = make(local, SOCK_DGRAM);

	return fd < 0 ? fd : bind_to(fd, local, flags);
}

int ply_sock_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof err;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}

int ply_sock_local(int fd, struct ply_addr *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return ply_err_origin(-errno);
	return ply_addr_from_sockaddr(out, (struct sockaddr *)&ss);
}

int ply_sock_peer(int fd, struct ply_addr *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
		return ply_err_origin(-errno);
	return ply_addr_from_sockaddr(out, (struct sockaddr *)&ss);
}

int ply_sock_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		return ply_err_origin(-errno);
	return 0;
}
