/* What a server remembers of the requests of each sender, so that none is executed twice: those
 * under way, and answers of those done. Time is an argument. Bounded in senders, entries and bytes;
 * what falls out raises the sender's floor, below which nothing new is taken. Rank 5. */
#ifndef PLY_C3P_C3P_REPLAY_H
#define PLY_C3P_C3P_REPLAY_H

#include "base/hash.h"
#include "base/list.h"
#include "base/strbuf.h"
#include "c3p/c3p_http_internal.h"

struct c3p_replay_conf {
	uint32_t keep_ms, max_entries, max_senders;
	size_t max_bytes; /* of the answers of one sender */
};

struct c3p_replay {
	struct c3p_replay_conf conf;
	struct ply_hash senders;
	struct ply_list recent; /* senders, the one heard last at the end */
	uint32_t n_senders;
};

/* One request. Under way until c3p_replay_done or _forget. */
struct c3p_entry {
	struct ply_hnode hash;
	struct ply_list node; /* of the sender's open or done ones */
	struct c3p_sender *sender;
	uint64_t number, done_ms;
	bool is_done;
	int status;
	struct ply_strbuf body;
	struct ply_list waiters; /* these two are the user's */
	void *user;
};

enum c3p_replay_verdict {
	C3P_REPLAY_NEW,       /* *out is under way from now on */
	C3P_REPLAY_UNDER_WAY, /* *out is what it was already */
	C3P_REPLAY_DONE,      /* *out has the answer */
	C3P_REPLAY_FORGOTTEN, /* was done or given up once; its answer is lost */
	C3P_REPLAY_FULL,      /* too much under way, or memory is out */
};

void c3p_replay_init(struct c3p_replay *r, const struct c3p_replay_conf *conf);
/* Frees everything; fn is called for each entry under way, which must not be used afterwards. */
void c3p_replay_deinit(struct c3p_replay *r, void (*fn)(struct c3p_entry *e));
/* LENDS *out: until it is done (under way) or until the next call (done). peer: a sender is an
 * instance and the name it has in its certificate. */
enum c3p_replay_verdict c3p_replay_ask(struct c3p_replay *r, struct c3p_entry **out,
				       const char *peer, const struct c3p_id *id, uint64_t now_ms);
/* COPIES body. Dead for the caller afterwards. */
void c3p_replay_done(struct c3p_replay *r, struct c3p_entry *e, int status, struct ply_slice body,
		     uint64_t now_ms);
/* It was not executed: it may come again. */
void c3p_replay_forget(struct c3p_entry *e);
/* Drops what is older than keep_ms. */
void c3p_replay_sweep(struct c3p_replay *r, uint64_t now_ms);

#endif
