/* What sip_tx.c (layer, dispatch), sip_tx_key.c (matching), sip_tx_server.c and sip_tx_client.c
 * share. Only for them and their tests.
 *
 * The machines are static tables {state, event} -> {next state, action}: every message passes
 * through one, so a step is one indexed load and one call. base/fsm.h, which logs each change and
 * keeps a timer by state, is for machines that live longer than a message. */
#ifndef PLY_SIP_SIP_TX_INTERNAL_H
#define PLY_SIP_SIP_TX_INTERNAL_H

#include "base/hash.h"
#include "base/list.h"
#include "sip/sip_tx.h"

/* RFC 3261 table 4, RFC 6026; milliseconds. */
enum {
	PLY_SIP_T1 = 500,
	PLY_SIP_T2 = 4000,
	PLY_SIP_T4 = 5000,
	PLY_SIP_64T1 = 64 * PLY_SIP_T1, /* B, D, F, H, J, L, M */
	PLY_SIP_T_TRYING = 200,         /* §17.2.1: 100 when the user has said nothing by then */
};

struct ply_sip_txl {
	struct ply_loop *loop;
	struct ply_sip_transport *t;
	struct ply_sip_tu_ops ops;
	void *ctx;
	struct ply_hash server, client;
	/* Those that only wait for late duplicates, oldest first: let go when room is needed. */
	struct ply_list server_done, client_done;
	unsigned n, max;
	struct ply_strbuf key; /* of the request at hand */
	size_t key_base;       /* length of its hashed part */
	struct ply_strbuf out;
};

/* Lifetime: from the request to the end of the last timer. One allocation; another one for the last
 * response where it may have to be sent again (UDP). */
struct ply_sip_stx {
	struct ply_hnode node;
	struct ply_list done;
	struct ply_timer timer;
	struct ply_sip_txl *l;
	struct ply_sip_msg *req; /* NULL after the final response */
	struct ply_sip_hop from;
	void *user;
	char *last; /* last response, UDP */
	size_t last_len;
	uint64_t end_ms;    /* timer H */
	uint64_t final_tag; /* hash of the To tag of the final answer, for an ACK without branch */
	uint32_t interval;  /* timer G */
	uint8_t state;
	bool invite, reliable, old /* no RFC 3261 branch */, cancelled;
	char tag[33];
	uint32_t key_base, key_len;
	char key[];
};

struct ply_sip_ctx {
	struct ply_hnode node;
	struct ply_list by_flow, done;
	struct ply_timer timer;
	struct ply_sip_txl *l;
	struct ply_sip_hop hop;
	ply_sip_ctx_cb *cb;
	void *ctx;
	char *text; /* the request (UDP, INVITE), later the ACK (UDP) */
	size_t text_len;
	char *reason;      /* of a CANCEL that waits for a provisional answer */
	uint64_t end_ms;   /* timers B and F */
	uint32_t interval; /* timers A and E */
	uint8_t state, method, branch_len;
	bool invite, reliable, cancel_wanted, cancelled;
	char branch[];
};

/* --- sip_tx_key.c --- */
/* Builds l->key for a request; `method` stands for its own (INVITE for ACK and CANCEL). *old: it
 * has no RFC 3261 branch. The first l->key_base octets are hashed. 0 or a negative code. */
int ply_sip_tx_key(struct ply_sip_txl *l, const struct ply_sip_msg *req,
		   const struct ply_sip_hop *from, struct ply_slice method, bool *old);
/* The server transaction with the key in l->key; whole: Request-URI and To tag too (old ones). */
struct ply_sip_stx *ply_sip_stx_find(struct ply_sip_txl *l, bool whole);
/* Hash of the To tag of a message. */
uint64_t ply_sip_tx_to_tag(const struct ply_sip_msg *m);
void ply_sip_tx_hex(uint64_t v, char out[16]);
void ply_sip_tx_make_tag(char out[33]);

/* --- sip_tx.c --- */
/* Room for one more? Lets go of what is done, if need be. */
bool ply_sip_txl_room(struct ply_sip_txl *l);
/* Our name, for ms-diagnostics; may be NULL. */
const char *ply_sip_txl_name(const struct ply_sip_txl *l);
/* Answers without a transaction; r->to_tag absent: made from the request, so that the same request
 * gets the same one. */
void ply_sip_txl_answer(struct ply_sip_txl *l, const struct ply_sip_msg *req,
			const struct ply_sip_hop *from, const struct ply_sip_reply *r);

/* --- sip_tx_server.c --- */
void ply_sip_server_request(struct ply_sip_txl *l, struct ply_sip_msg *m,
			    const struct ply_sip_hop *from);
void ply_sip_stx_free(struct ply_sip_stx *s);

/* --- sip_tx_client.c --- */
void ply_sip_client_response(struct ply_sip_txl *l, struct ply_sip_msg *m,
			     const struct ply_sip_hop *from);
void ply_sip_client_flow_closed(struct ply_sip_txl *l, uint64_t flow);
void ply_sip_ctx_free(struct ply_sip_ctx *c);

#endif
