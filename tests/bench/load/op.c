/* Operations under way: their start and end, their time-outs and retransmissions. */
#include "base/mem.h"
#include "tests/bench/load/load.h"

static const uint64_t give_up_ns = 5000000000ull;
static const uint64_t tick_ns = 50000000ull;
static const uint64_t t1_ns = 500000000ull; /* RFC 3261 §17.1.1.1 */
enum { RESEND_MAX = 3 };

bool ops_init(struct load *l)
{
	l->op = ply_calloc(l->o.window, sizeof(*l->op));
	l->free_op = ply_calloc(l->o.window, sizeof(*l->free_op));
	if (!l->op || !l->free_op)
		return false;
	for (unsigned i = l->o.window; i-- > 0;) {
		l->op[i].index = i;
		l->free_op[l->n_free++] = i;
	}
	return true;
}

struct op *op_start(struct load *l, const struct scenario *scenario, unsigned n)
{
	struct op *o;

	if (!l->n_free)
		return NULL;
	o = &l->op[l->free_op[--l->n_free]];
	o->scenario = scenario;
	o->stage = 0;
	o->left = 0;
	o->cseq = 1;
	o->own.call_id[0] = '\0';
	o->dialog = &o->own;
	o->begin_ns = o->sent_ns = l->transport.now_ns;
	scenario->start(l, o, n);
	return o;
}

void op_end(struct load *l, struct op *o, bool ok)
{
	if (!o->scenario)
		return;
	o->scenario = NULL;
	o->generation++;
	l->free_op[l->n_free++] = o->index;
	if (ok)
		l->stats.done++;
	else
		l->stats.failed++;
}

unsigned ops_under_way(const struct load *l)
{
	return l->o.window - l->n_free;
}

struct conn *user_conn(struct load *l, unsigned user)
{
	return &l->transport.conn[user % l->transport.n];
}

void op_send(struct load *l, struct op *o)
{
	o->sent_ns = l->transport.now_ns;
	o->resent = 0;
	if (l->transport.kind == OVER_UDP) {
		ply_strbuf_reset(&o->sent);
		ply_strbuf_add_slice(&o->sent, ply_strbuf_slice(&l->text));
	}
	op_send_once(l, o);
}

void op_send_once(struct load *l, struct op *o)
{
	transport_send(user_conn(l, o->user), ply_strbuf_slice(&l->text));
}

static void op_tick(struct load *l, struct op *o)
{
	uint64_t age = l->transport.now_ns - o->sent_ns;

	if (age > give_up_ns) {
		l->stats.timed_out++;
		op_end(l, o, false);
		return;
	}
	if (l->transport.kind != OVER_UDP || o->resent >= RESEND_MAX || age < t1_ns << o->resent)
		return;
	o->resent++;
	l->stats.resent++;
	transport_send(user_conn(l, o->user), ply_strbuf_slice(&o->sent));
}

void ops_tick(struct load *l)
{
	static uint64_t last;

	if (l->transport.now_ns - last < tick_ns)
		return;
	last = l->transport.now_ns;
	for (unsigned i = 0; i < l->o.window; i++)
		if (l->op[i].scenario)
			op_tick(l, &l->op[i]);
}
