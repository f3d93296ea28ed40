/* INVITE, 180, 200, ACK, BYE, 200 along the recorded route. */
#include "tests/bench/load/load.h"

enum stage { INVITED, HANGING_UP };

static const char offer[] =
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	"m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
	"a=rtpmap:101 telephone-event/8000\r\n";

static void call_start(struct load *l, struct op *o, unsigned n)
{
	o->user = n % l->o.users;
	o->peer = (unsigned)((o->user * 7919ull + 13) % l->o.users);
	request_write(l, o,
		      &(struct request){"INVITE", 1, "Content-Type: application/sdp\r\n",
					ply_slice(offer, sizeof(offer) - 1), NULL});
	op_send(l, o);
}

static void call_answered(struct load *l, struct op *o, const struct siptext *m)
{
	if (m->status != 200 || !dialog_keep(&o->own, m)) {
		op_end(l, o, false);
		return;
	}
	if (l->measuring)
		latencies_add(&l->stats.all, l->transport.now_ns - o->begin_ns);
	o->stage = HANGING_UP;
	request_write_dialog(l, o, &(struct request){"ACK", 1, "", ply_slice("", 0), NULL});
	op_send_once(l, o);
	o->cseq = 2;
	request_write_dialog(l, o, &(struct request){"BYE", 2, "", ply_slice("", 0), NULL});
	op_send(l, o);
}

static void call_response(struct load *l, struct op *o, const struct siptext *m)
{
	if (o->stage == INVITED)
		call_answered(l, o, m);
	else
		op_end(l, o, m->status == 200);
}

const struct scenario scenario_call = {
	.name = "call",
	.start = call_start,
	.response = call_response,
	.signed_in = true,
};
