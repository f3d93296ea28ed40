/* Sockets with the options every one of ours has: non-blocking, close-on-exec, IPv6 alone on IPv6
 * sockets. All return the descriptor (GIVEN, close it) or a negative code. Rank 2. */
#ifndef PLY_NET_SOCK_H
#define PLY_NET_SOCK_H

#include "net/addr.h"

enum {
	PLY_SOCK_REUSEPORT = 1, /* several sockets share the port, the kernel spreads */
	PLY_SOCK_BIG = 2,       /* ask for 4 MiB kernel buffers (the kernel may give less) */
};

/* No delay is set, and inherited by what is accepted. */
int ply_sock_listen(const struct ply_addr *local, int backlog, unsigned flags);
/* Begun: wait until writable, then ask ply_sock_error. bind may be NULL. No delay is set. */
int ply_sock_connect(const struct ply_addr *peer, const struct ply_addr *bind);
int ply_sock_udp(const struct ply_addr *local, unsigned flags);
/* 0 or the negative code pending on the socket. */
int ply_sock_error(int fd);
int ply_sock_local(int fd, struct ply_addr *out);
int ply_sock_peer(int fd, struct ply_addr *out);
/* A pair of connected stream sockets, for tests and threads. */
int ply_sock_pair(int fd[2]);

#endif
