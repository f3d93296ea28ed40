/* Many copies to one Front End as one SERVICE: the common part once, four lines for each copy
 * (docs/focus-mcu.md, "Many copies at once"). The answer comes within about a second; what was not
 * known by then comes in a SERVICE of the Front End. */
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "mcu-im/mim.h"
#include "sip/sip_fanout.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_COPIES = 200, MAX_TEXT = 96 * 1024, LATE_MS = 40000 };

PLY_COUNTER(services, "parley_mcu_im_fanouts_total", "requests that carried many copies");
PLY_COUNTER(late, "parley_mcu_im_fanout_late_total", "copies whose outcome came after the answer");

struct mim_batch {
	struct ply_list node; /* in mim->batches */
	struct mim *mim;
	char call_id[33];
	struct ply_sip_ctx *ctx; /* NULL: answered */
	struct ply_timer timer;  /* for the outcomes that are late */
	unsigned n, n_open;
	struct mim_copy *copy[]; /* NULL: ended */
};

/* --- writing --- */

struct common {
	const char *method, *sender, *type;
	struct ply_slice body;
};

static void add_common(struct ply_strbuf *out, const struct common *c, unsigned n)
{
	/* "Content-Type: ", two line ends and an empty line */
	size_t len = strlen(c->sender) + strlen(c->type) + c->body.len + 18;

	ply_strbuf_addf(out, "%s %u %zu\r\n", c->method, n, len);
	ply_strbuf_adds(out, c->sender);
	ply_strbuf_adds(out, "Content-Type: ");
	ply_strbuf_adds(out, c->type);
	ply_strbuf_adds(out, "\r\n\r\n");
	ply_strbuf_add_slice(out, c->body);
}

static void add_copy(struct ply_strbuf *out, struct mim_leg *l)
{
	ply_strbuf_adds(out, l->fan);
	ply_strbuf_add_u64(out, ++l->dialog->local_cseq);
	ply_strbuf_adds(out, "\r\n");
}

static int send_service(struct mim_leg *any, const char *call_id, struct ply_slice body,
			ply_sip_ctx_cb *cb, void *ctx, struct ply_sip_ctx **tx)
{
	struct mim *m = any->mim;
	struct ply_strbuf *out = &m->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_hop hop;
	int r = mim_hop(any, &hop);

	if (r)
		return r;
	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_strbuf_addf(out, "SERVICE sip:%s SIP/2.0\r\nVia: ", any->way->host);
	ply_sip_add_sent_by(m->transport, &hop, out);
	ply_strbuf_addf(
		out,
		";branch=%s\r\nMax-Forwards: 70\r\nFrom: <sip:%s>;tag=%.8s\r\nTo: <sip:%s>\r\n"
		"Call-ID: %s\r\nCSeq: 1 SERVICE\r\n",
		branch, m->fqdn, call_id, any->way->host, call_id);
	ply_sip_write_body(out, PLY_CT_FANOUT, body);
	if (ply_strbuf_err(out))
		return -ENOMEM;
	ply_counter_inc(&services);
	return ply_sip_ctx_start(m->txl, tx, PLY_SIP_SERVICE, branch, &hop, ply_strbuf_slice(out),
				 cb, ctx);
}

/* --- outcomes --- */

static void batch_free(struct mim_batch *b)
{
	if (b->ctx)
		ply_sip_ctx_abandon(b->ctx);
	ply_timer_stop(&b->timer);
	ply_list_del(&b->node);
	ply_free(b);
}

void mim_fan_forget(struct mim_copy *c)
{
	struct mim_batch *b = c->batch;

	if (!b)
		return;
	b->copy[c->index] = NULL;
	c->batch = NULL;
	b->n_open--;
}

static void ended(struct mim_batch *b, unsigned i, unsigned status)
{
	struct mim_copy *c = b->copy[i];

	if (!c)
		return;
	mim_fan_forget(c);
	mim_relay_ended(c, status);
}

/* All that are left. */
static void all_ended(struct mim_batch *b, unsigned status)
{
	for (unsigned i = 0; i < b->n; i++)
		ended(b, i, status);
	batch_free(b);
}

static void too_late(void *ctx)
{
	all_ended(ctx, 408);
}

/* "12 480" CR LF ...; 100: not known yet. Those that a line names as pending are marked in
 * `pending`. */
static void read_lines(struct mim_batch *b, struct ply_slice body, bool *pending)
{
	uint32_t i;
	unsigned status;

	while (ply_sip_fanout_result_next(&body, &i, &status)) {
		if (i >= b->n)
			continue;
		if (status < 200)
			pending[i] = true;
		else
			ended(b, i, status);
	}
}

/* The Front End does not know fan-outs: each goes alone, now and from now on. */
static void send_singly(struct mim_batch *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		struct mim_copy *c = b->copy[i];
		struct mim_leg *l;

		if (!c)
			continue;
		l = c->leg;
		if (l->way)
			l->way->single = true;
		mim_fan_forget(c);
		mim_relay_untake(l, c);
	}
	batch_free(b);
}

static void on_answer(void *ctx, struct ply_sip_ctx *tx, struct ply_sip_msg *rsp, unsigned status)
{
	struct mim_batch *b = ctx;
	bool pending[MAX_COPIES] = {false};

	(void)tx;
	status = rsp ? rsp->status : status;
	if (status < 200)
		return;
	b->ctx = NULL;
	if (status == 415 || status == 405 || status == 501) {
		send_singly(b);
		return;
	}
	if (status >= 300 || !rsp) {
		all_ended(b, status == 403 ? 503 : status);
		return;
	}
	read_lines(b, rsp->body, pending);
	for (unsigned i = 0; i < b->n; i++)
		if (!pending[i])
			ended(b, i, 200);
	if (!b->n_open)
		batch_free(b);
	else
		ply_timer_start(b->mim->loop, &b->timer, LATE_MS, too_late, b);
}

void mim_fan_result(struct mim *m, struct ply_sip_stx *stx, const struct ply_sip_msg *req)
{
	struct ply_slice call_id = ply_sip_hdr(req, PLY_HDR_CALL_ID);
	bool pending[MAX_COPIES] = {false};

	if (!ply_slice_caseis(ply_sip_hdr(req, PLY_HDR_CONTENT_TYPE), PLY_CT_FANOUT_RESULT)) {
		(void)ply_sip_stx_answer(stx, 415, 0, NULL, m->fqdn);
		return;
	}
	PLY_LIST_FOR(it, &m->batches) {
		struct mim_batch *b = container_of(it, struct mim_batch, node);
		unsigned before = b->n_open;

		if (!ply_slice_is(call_id, b->call_id))
			continue;
		read_lines(b, req->body, pending);
		ply_counter_add(&late, before - b->n_open);
		if (!b->n_open && !b->ctx)
			batch_free(b);
		break;
	}
	(void)ply_sip_stx_reply(stx, &(struct ply_sip_reply){.status = 200});
}

/* --- sending --- */

static bool can_share(const struct mim_leg *l)
{
	return l->mim->conf->fan_out && l->way && !l->way->single && l->fan;
}

static struct mim_copy *next_of(struct mim_leg *l)
{
	return container_of(ply_list_first(&l->queue), struct mim_copy, in_queue);
}

/* Those of the ready legs whose next copy is the same text to the same Front End. */
static unsigned gather(struct mim *m, struct mim_leg *first, struct mim_leg **leg)
{
	const struct mim_copy *c = next_of(first);
	size_t room = MAX_TEXT;
	unsigned n = 0;

	PLY_LIST_FOR(it, &m->ready) {
		struct mim_leg *l = container_of(it, struct mim_leg, ready);
		const struct mim_copy *other = next_of(l);
		size_t len = l->fan ? strlen(l->fan) + 12 : 0;

		if (other->msg != c->msg || other->form != c->form || !can_share(l) ||
		    l->way != first->way)
			continue;
		if (n == MAX_COPIES || len > room)
			break;
		room -= len;
		leg[n++] = l;
	}
	return n;
}

static void send_batch(struct mim *m, struct mim_leg **leg, unsigned n)
{
	const struct mim_copy *c = next_of(leg[0]);
	const struct mim_text *t = &c->msg->form[c->form];
	const struct common common = {"MESSAGE", c->msg->sender, t->type,
				      ply_slice(t->body, t->len)};
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what it holds */
	struct mim_batch *b = ply_calloc(1, sizeof *b + n * sizeof b->copy[0]);
	struct ply_strbuf *body = &m->scratch[1];

	if (!b) {
		mim_relay_single(leg[0]);
		return;
	}
	b->mim = m;
	b->n = b->n_open = n;
	(void)ply_random_hex(b->call_id, sizeof b->call_id - 1);
	ply_list_push(&m->batches, &b->node);
	ply_strbuf_reset(body);
	add_common(body, &common, n);
	for (unsigned i = 0; i < n; i++) {
		b->copy[i] = mim_relay_take(leg[i]);
		b->copy[i]->batch = b;
		b->copy[i]->index = i;
		add_copy(body, leg[i]);
	}
	if (ply_strbuf_err(body) ||
	    send_service(leg[0], b->call_id, ply_strbuf_slice(body), on_answer, b, &b->ctx)) {
		b->ctx = NULL;
		all_ended(b, 503);
	}
}

void mim_fan_flush(void *mim)
{
	struct mim *m = mim;
	struct mim_leg *leg[MAX_COPIES];
	struct ply_list *it;

	while ((it = ply_list_first(&m->ready))) {
		struct mim_leg *l = container_of(it, struct mim_leg, ready);
		unsigned n = can_share(l) ? gather(m, l, leg) : 1;

		if (n < 2)
			mim_relay_single(l);
		else
			send_batch(m, leg, n);
	}
}

/* --- typing notices --- */

static void typing_single(struct mim_leg *l, const struct common *c)
{
	struct ply_strbuf *out = &l->mim->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;
	struct ply_sip_hop hop;

	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (!mim_hop(l, &hop) &&
	    !ply_sip_dialog_write(l->dialog, l->mim->transport, c->method, branch,
				  ply_slice_str(c->sender), c->type, c->body, out) &&
	    !ply_sip_ctx_start(l->mim->txl, &tx, ply_sip_method_of(ply_slice_str(c->method)),
			       branch, &hop, ply_strbuf_slice(out), NULL, NULL))
		ply_sip_ctx_abandon(tx);
}

static void typing_batch(struct mim_leg *const *leg, unsigned n, const struct common *c)
{
	struct ply_strbuf *body = &leg[0]->mim->scratch[1];
	struct ply_sip_ctx *tx;
	char call_id[33];

	ply_strbuf_reset(body);
	add_common(body, c, n);
	for (unsigned i = 0; i < n; i++)
		add_copy(body, leg[i]);
	if (!ply_strbuf_err(body) && !send_service(leg[0], ply_random_hex(call_id, 32),
						   ply_strbuf_slice(body), NULL, NULL, &tx))
		ply_sip_ctx_abandon(tx);
}

void mim_fan_typing(struct mim_leg *const *leg, unsigned n, const struct ply_sip_msg *notice,
		    const char *sender)
{
	char *type = ply_slice_dup(ply_sip_hdr(notice, PLY_HDR_CONTENT_TYPE));
	const struct common c = {notice->method == PLY_SIP_INFO ? "INFO" : "MESSAGE", sender, type,
				 notice->body};
	unsigned shared = 0;

	if (!type)
		return;
	/* Those at the front that share a way; the rest alone. */
	while (shared < n && shared < MAX_COPIES && can_share(leg[shared]) &&
	       leg[shared]->way == leg[0]->way)
		shared++;
	if (shared > 1)
		typing_batch(leg, shared, &c);
	else
		shared = 0;
	for (unsigned i = shared; i < n; i++)
		typing_single(leg[i], &c);
	ply_free(type);
}

void mim_fan_free(struct mim *m)
{
	struct ply_list *it;

	ply_defer_stop(&m->flush);
	while ((it = ply_list_first(&m->batches)))
		batch_free(container_of(it, struct mim_batch, node));
}
