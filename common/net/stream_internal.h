/* What stream.c (life) and stream_io.c (bytes) share. Rank 2. */
#ifndef PLY_NET_STREAM_INTERNAL_H
#define PLY_NET_STREAM_INTERNAL_H

#include "net/stream.h"
#include "net/tls_conn.h"

enum ply_stream_state {
	ST_CONNECTING,  /* TCP is on its way */
	ST_HANDSHAKING, /* TLS is */
	ST_OPEN,
	ST_CLOSING,   /* the caller is done; output goes on */
	ST_LINGERING, /* we have said so; the peer's end is awaited, so that it reads all of it */
	ST_DEAD,      /* no callback any more; freed when none of ours is on the stack */
};

/* Bytes from off to len wait; memory only while there are any. */
struct ply_stream_buf {
	char *p;
	size_t off, len, cap;
};

struct ply_stream {
	struct ply_loop *loop;
	struct ply_watch watch; /* fd -1: none */
	struct ply_defer turn;  /* end of turn: flush, fail, offer again */
	struct ply_timer timer; /* to open; to close */
	const struct ply_stream_ops *ops;
	void *ctx;
	struct ply_tls_ctx *tls_ctx;  /* until the handshake begins */
	struct ply_tls_conn *tls;     /* NULL: plain */
	char *name;                   /* the same: expected of the peer */
	struct ply_stream_buf in;     /* offered and not consumed */
	struct ply_stream_buf out;    /* written and not (encrypted and) sent */
	struct ply_stream_buf wire;   /* TLS: encrypted and not sent */
	const char *fail;             /* reason to end with at the end of the turn; static text */
	void (*on_gone)(void *owner); /* the listener's count */
	void *owner;
	uint64_t last_recv_ms, last_sent_ms, bytes_in, bytes_out;
	struct ply_stream_conf conf;
	struct ply_addr local, peer;
	uint8_t state; /* enum ply_stream_state */
	uint8_t busy;  /* functions of ours on the stack that use it after a callback */
	bool paused, blocked, reoffer;
};

/* stream.c. Ends it with on_close; may free s unless busy. */
void ply_stream_finish(struct ply_stream *s, const char *reason);
/* Ends it without. */
void ply_stream_kill(struct ply_stream *s);
void ply_stream_opened(struct ply_stream *s);
/* Around callbacks: leave frees a dead one and then returns false. */
void ply_stream_enter(struct ply_stream *s);
bool ply_stream_leave(struct ply_stream *s);
/* Output is gone while closing: say so to the peer, or be done. */
void ply_stream_closing_sent(struct ply_stream *s);
void ply_stream_at_turn_end(struct ply_stream *s);

/* stream_io.c */
void ply_stream_on_ready(void *ctx, unsigned ready);
void ply_stream_flush(struct ply_stream *s);
/* Sends what the TLS window holds; what the kernel does not take goes to s->wire. 0 or negative. */
int ply_stream_send_window(struct ply_stream *s);
void ply_stream_start_tls(struct ply_stream *s);
/* What is in s->in once more. */
void ply_stream_offer(struct ply_stream *s);
int ply_stream_update_want(struct ply_stream *s);
int ply_stream_buf_add(struct ply_stream_buf *b, const char *p, size_t len);
void ply_stream_buf_free(struct ply_stream_buf *b);

static inline size_t ply_stream_buf_len(const struct ply_stream_buf *b)
{
	return b->len - b->off;
}

#endif
