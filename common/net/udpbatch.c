#include "net/udpbatch.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "net/loop_internal.h"
#include "net/sock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 32, DATAGRAM_MAX = 65535, DEF_QUEUE = 4 << 20, KEEP_ITEMS = 256 };

PLY_COUNTER(n_dropped, "parley_udp_send_dropped_total",
	    "Datagrams not sent: the queue was full or the kernel refused.");

/* One for the loop: its pages are touched only as far as datagrams are long. */
struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	char data[BATCH][DATAGRAM_MAX + 1];
};

struct item {
	struct ply_addr peer;
	size_t off, len;
};

struct ply_udp {
	struct ply_loop *loop;
	struct ply_watch watch;
	struct ply_defer flush;
	struct ply_addr addr;
	ply_udp_fn *fn;
	void *ctx;
	struct ply_strbuf bytes; /* the queue's datagrams one after the other */
	struct item *item;
	size_t n_item, cap_item, sent; /* those before `sent` are done */
	uint32_t max_queue;
	uint64_t n_dropped;
	bool busy, closed;
};

static void release(struct ply_udp *u)
{
	ply_strbuf_deinit(&u->bytes);
	ply_free(u->item);
	ply_free(u);
}

static struct batch *batch_of(struct ply_loop *loop)
{
	struct batch *b = loop->udp_batch;

	if (b)
		return b;
	b = ply_calloc(1, sizeof *b);
	for (unsigned i = 0; b && i < BATCH; i++) {
		b->iov[i] = (struct iovec){b->data[i], DATAGRAM_MAX};
		b->msg[i].msg_hdr.msg_iov = &b->iov[i];
		b->msg[i].msg_hdr.msg_iovlen = 1;
		b->msg[i].msg_hdr.msg_name = &b->from[i];
	}
	loop->udp_batch = b;
	return b;
}

static void receive(struct ply_udp *u)
{
	struct batch *b = batch_of(u->loop);
	int n;

	if (!b)
		return;
	for (unsigned i = 0; i < BATCH; i++)
		b->msg[i].msg_hdr.msg_namelen = sizeof b->from[i];
	n = recvmmsg(u->watch.fd, b->msg, BATCH, 0, NULL);
	for (int i = 0; i < n && !u->closed; i++) {
		struct ply_addr peer;

		if (ply_addr_from_sockaddr(&peer, (struct sockaddr *)&b->from[i]) == 0)
			u->fn(u->ctx, b->data[i], b->msg[i].msg_len, &peer);
	}
}

static void drop(struct ply_udp *u)
{
	u->n_dropped++;
	ply_counter_inc(&n_dropped);
}

static void queue_done(struct ply_udp *u)
{
	u->n_item = u->sent = 0;
	ply_strbuf_reset(&u->bytes);
	if (u->cap_item > KEEP_ITEMS) {
		ply_free(u->item);
		u->item = NULL;
		u->cap_item = 0;
	}
}

/* Sends up to BATCH; the number done with (sent, or refused for good), 0 when the kernel is full.
 */
static size_t send_some(struct ply_udp *u)
{
	struct mmsghdr msg[BATCH] = {0};
	struct iovec iov[BATCH];
	struct sockaddr_storage to[BATCH];
	size_t n = ply_min_size(u->n_item - u->sent, BATCH);
	int r;

	for (size_t i = 0; i < n; i++) {
		const struct item *it = &u->item[u->sent + i];

		iov[i] = (struct iovec){u->bytes.p + it->off, it->len};
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
		msg[i].msg_hdr.msg_name = &to[i];
		msg[i].msg_hdr.msg_namelen = ply_addr_to_sockaddr(&it->peer, &to[i]);
	}
	do
		r = sendmmsg(u->watch.fd, msg, (unsigned)n, 0);
	while (r < 0 && errno == EINTR);
	if (r > 0)
		return (size_t)r;
	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
		return 0;
	drop(u); /* the first one is refused: unreachable, too long for the path, ... */
	return 1;
}

static void flush(void *ctx)
{
	struct ply_udp *u = ctx;

	while (u->sent < u->n_item) {
		size_t n = send_some(u);

		if (!n)
			break;
		u->sent += n;
	}
	if (u->sent == u->n_item)
		queue_done(u);
	if (!u->closed)
		(void)ply_watch_want(&u->watch, u->n_item ? PLY_READ | PLY_WRITE : PLY_READ);
}

static void on_ready(void *ctx, unsigned ready)
{
	struct ply_udp *u = ctx;

	if (ready & PLY_WRITE) {
		flush(u);
		return;
	}
	u->busy = true;
	receive(u);
	u->busy = false;
	if (u->closed)
		release(u);
}

int ply_udp_open(struct ply_udp **out, struct ply_loop *loop, const struct ply_udp_conf *conf,
		 ply_udp_fn *on_datagram, void *ctx)
{
	struct ply_udp *u = ply_calloc(1, sizeof *u);
	int fd, r;

	if (!u)
		return ply_err_origin(-ENOMEM);
	fd = ply_sock_udp(&conf->local, PLY_SOCK_BIG | (conf->reuseport ? PLY_SOCK_REUSEPORT : 0));
	if (fd < 0) {
		ply_free(u);
		return fd;
	}
	u->loop = loop;
	u->fn = on_datagram;
	u->ctx = ctx;
	u->max_queue = conf->max_queue ? conf->max_queue : DEF_QUEUE;
	r = ply_sock_local(fd, &u->addr);
	if (!r)
		r = ply_watch_start(loop, &u->watch, fd, PLY_READ, on_ready, u);
	if (r) {
		(void)close(fd);
		ply_free(u);
		return r;
	}
	*out = u;
	return 0;
}

void ply_udp_close(struct ply_udp *u)
{
	int fd;

	if (!u || u->closed)
		return;
	u->closed = true;
	flush(u);
	ply_defer_stop(&u->flush);
	fd = u->watch.fd;
	ply_watch_stop(&u->watch);
	(void)close(fd);
	if (!u->busy)
		release(u);
}

static int add_item(struct ply_udp *u, const struct ply_addr *peer, size_t len)
{
	if (u->n_item == u->cap_item) {
		size_t cap = u->cap_item ? u->cap_item * 2 : BATCH;
		struct item *grown = ply_realloc(u->item, cap * sizeof *grown);

		if (!grown)
			return ply_err_origin(-ENOMEM);
		u->item = grown;
		u->cap_item = cap;
	}
	u->item[u->n_item++] = (struct item){*peer, u->bytes.len, len};
	return 0;
}

int ply_udp_send(struct ply_udp *u, const struct ply_addr *peer, const void *p, size_t len)
{
	int r;

	if (len > DATAGRAM_MAX)
		return -EMSGSIZE;
	if (u->bytes.len + len > u->max_queue) {
		drop(u);
		return -ENOBUFS;
	}
	if (ply_strbuf_reserve(&u->bytes, len)) {
		u->bytes.err = 0; /* this one is lost, not the queue */
		return ply_err_origin(-ENOMEM);
	}
	r = add_item(u, peer, len);
	if (r)
		return r;
	ply_strbuf_add(&u->bytes, p, len);
	ply_defer_flush(u->loop, &u->flush, flush, u);
	return 0;
}

const struct ply_addr *ply_udp_addr(const struct ply_udp *u)
{
	return &u->addr;
}

uint64_t ply_udp_n_dropped(const struct ply_udp *u)
{
	return u->n_dropped;
}
