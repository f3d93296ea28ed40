/* What the files of common/net share of a loop. Rank 2. */
#ifndef PLY_NET_LOOP_INTERNAL_H
#define PLY_NET_LOOP_INTERNAL_H

#include "net/loop.h"
#include "net/wheel.h"

struct ply_tls_io;

enum { PLY_LOOP_BUF = 65536 };

struct ply_loop {
	struct event_base *base;
	struct event *timer; /* for the earliest of the wheel */
	struct event *limit; /* for ply_loop_step's wait */
	uint64_t armed;      /* when `timer` fires, UINT64_MAX when it is not armed */
	struct ply_watch wake;
	bool stop;
	struct ply_list defer[2]; /* called, then flushed */
	struct ply_wheel wheel;
	/* Shared scratch memory, made when first wanted and valid within one callback. */
	char *buf[2];              /* from the wire; decrypted */
	struct ply_tls_io *tls_io; /* tls_conn.c */
	void *udp_batch;           /* udpbatch.c: one malloc'ed block */
};

/* LENDS PLY_LOOP_BUF bytes, NULL when memory is out. */
char *ply_loop_buf(struct ply_loop *loop, unsigned which);

#endif
