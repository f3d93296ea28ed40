/* The transaction layer: its object, what comes in, what is refused. */
#include "sip/sip_tx.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "sip/sip_transport_internal.h"
#include "sip/sip_tx_internal.h"

#include <errno.h>

enum { MAX_DEFAULT = 200000 };

PLY_GAUGE(alive, "parley_sip_transactions", "SIP transactions alive");
PLY_COUNTER(let_go, "parley_sip_transactions_let_go_total",
	    "Finished SIP transactions dropped before their last timer to make room");

static void on_message(void *ctx, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	struct ply_sip_txl *l = ctx;

	if (m->is_request)
		ply_sip_server_request(l, m, from);
	else if (!l->ops.accept_response || l->ops.accept_response(l->ctx, m, from))
		ply_sip_client_response(l, m, from);
	ply_counter_set(&alive, l->n);
}

/* RFC 3261 §16.3 step 1 and §21.4.1, §21.5.6: what could be read far enough is answered. */
static void on_garbage(void *ctx, int code, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	static const char *const why[] = {
		[PLY_SIP_E_START] = "Start line cannot be read",
		[PLY_SIP_E_HEADER] = "Header line cannot be read",
		[PLY_SIP_E_MISSING] = "Via, From, To, Call-ID or CSeq missing or doubled",
		[PLY_SIP_E_CSEQ] = "CSeq cannot be read or names another method",
		[PLY_SIP_E_VERSION] = "SIP version is not 2.0",
		[PLY_SIP_E_TOO_MANY] = "Too many header lines",
		[PLY_SIP_E_LENGTH] = "Content-Length does not fit the message",
	};
	struct ply_sip_txl *l = ctx;
	struct ply_sip_reply r = {
		.status = code == PLY_SIP_E_VERSION ? 505 : 400,
		.diag = 5004, /* [MS-OCER]: parse failure */
		.source = ply_sip_txl_name(l),
	};

	if (!m || !m->is_request || m->method == PLY_SIP_ACK || m->method == PLY_SIP_BENOTIFY)
		return;
	r.diag_reason = (size_t)code < ARRAY_LEN(why) ? why[code] : "Message cannot be read";
	ply_sip_txl_answer(l, m, from, &r);
}

static void on_flow_closed(void *ctx, uint64_t flow, const char *why)
{
	struct ply_sip_txl *l = ctx;

	ply_sip_client_flow_closed(l, flow);
	if (l->ops.on_flow_closed)
		l->ops.on_flow_closed(l->ctx, flow, why);
}

static void on_sign(void *ctx, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		    struct ply_strbuf *line)
{
	struct ply_sip_txl *l = ctx;

	l->ops.sign(l->ctx, to, m, line);
}

static void on_trace(void *ctx, const struct ply_sip_hop *hop, bool out, struct ply_slice text)
{
	struct ply_sip_txl *l = ctx;

	l->ops.trace(l->ctx, hop, out, text);
}

int ply_sip_txl_new(struct ply_sip_txl **out, struct ply_loop *loop,
		    const struct ply_sip_transport_conf *tconf, const struct ply_sip_tu_ops *ops,
		    void *ctx)
{
	const struct ply_sip_transport_ops tops = {
		.on_message = on_message,
		.on_garbage = on_garbage,
		.on_flow_closed = on_flow_closed,
		.sign = ops->sign ? on_sign : NULL,
		.trace = ops->trace ? on_trace : NULL,
	};
	struct ply_sip_txl *l = ply_calloc(1, sizeof *l);
	int r;

	if (!l)
		return ply_err_origin(-ENOMEM);
	l->loop = loop;
	l->ops = *ops;
	l->ctx = ctx;
	l->max = MAX_DEFAULT;
	ply_hash_init(&l->server);
	ply_hash_init(&l->client);
	ply_list_init(&l->server_done);
	ply_list_init(&l->client_done);
	r = ply_sip_transport_new(&l->t, loop, tconf, &tops, l);
	if (r) {
		ply_free(l);
		return r;
	}
	*out = l;
	return 0;
}

static void free_server(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	ply_sip_stx_free(container_of(n, struct ply_sip_stx, node));
}

static void free_client(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	ply_sip_ctx_free(container_of(n, struct ply_sip_ctx, node));
}

void ply_sip_txl_free(struct ply_sip_txl *l)
{
	if (!l)
		return;
	ply_hash_each(&l->server, free_server, NULL);
	ply_hash_each(&l->client, free_client, NULL);
	ply_sip_transport_free(l->t);
	ply_hash_deinit(&l->server);
	ply_hash_deinit(&l->client);
	ply_strbuf_deinit(&l->key);
	ply_strbuf_deinit(&l->out);
	ply_free(l);
}

struct ply_sip_transport *ply_sip_txl_transport(struct ply_sip_txl *l)
{
	return l->t;
}

void ply_sip_txl_set_limit(struct ply_sip_txl *l, unsigned max)
{
	l->max = max;
}

unsigned ply_sip_txl_n(const struct ply_sip_txl *l)
{
	return l->n;
}

const char *ply_sip_txl_name(const struct ply_sip_txl *l)
{
	return l->t->server_name;
}

bool ply_sip_txl_room(struct ply_sip_txl *l)
{
	struct ply_list *n;

	while (l->n >= l->max) {
		if ((n = ply_list_first(&l->client_done)))
			ply_sip_ctx_free(container_of(n, struct ply_sip_ctx, done));
		else if ((n = ply_list_first(&l->server_done)))
			ply_sip_stx_free(container_of(n, struct ply_sip_stx, done));
		else
			return false;
		ply_counter_inc(&let_go);
	}
	return true;
}

void ply_sip_txl_answer(struct ply_sip_txl *l, const struct ply_sip_msg *req,
			const struct ply_sip_hop *from, const struct ply_sip_reply *reply)
{
	struct ply_strbuf *out = &l->out;
	struct ply_sip_reply r = *reply;
	char tag[32];

	if (!r.to_tag.p && r.status != 100) {
		ply_sip_tx_hex(ply_hash_slice(ply_sip_hdr(req, PLY_HDR_CALL_ID)), tag);
		ply_sip_tx_hex(ply_hash_slice(ply_sip_hdr(req, PLY_HDR_CSEQ)), tag + 16);
		r.to_tag = ply_slice(tag, sizeof tag);
	}
	ply_strbuf_reset(out);
	if (!ply_sip_write_reply(out, req, &r))
		(void)ply_sip_send_response(l->t, from, ply_strbuf_slice(out));
}
