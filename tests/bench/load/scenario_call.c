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
					ply_slice(offer, sizeof(offer) - 1)});
	op_send(l, o);
}

/* RFC 3261 §12.1.2: the caller's route set is Record-Route from the last to the first. */
static void keep_route(struct op *o, const struct siptext *m)
{
	ply_strbuf_reset(&o->route);
	for (size_t i = m->n; i-- > 0;) {
		struct ply_slice v = m->field[i].value;
		size_t comma;

		if (m->field[i].kind != FIELD_RECORD_ROUTE)
			continue;
		while ((comma = ply_slice_find(v, ">,")) != SIZE_MAX) {
			/* Two in one line, as kamailio writes them between transports. */
			struct ply_slice last = ply_slice_trim(ply_slice_from(v, comma + 2));

			ply_strbuf_addf(&o->route, "Route: %.*s\r\n", PLY_SLICE_ARG(last));
			v = ply_slice(v.p, comma + 1);
		}
		ply_strbuf_addf(&o->route, "Route: %.*s\r\n", PLY_SLICE_ARG(v));
	}
}

static bool keep_dialog(struct op *o, const struct siptext *m)
{
	const struct field *to = siptext_field(m, FIELD_TO);
	const struct field *contact = siptext_field(m, FIELD_CONTACT);
	size_t lt = contact ? ply_slice_chr(contact->value, '<') : SIZE_MAX;
	size_t gt = contact ? ply_slice_chr(contact->value, '>') : SIZE_MAX;

	if (!to || lt == SIZE_MAX || gt == SIZE_MAX || gt < lt)
		return false;
	ply_strbuf_reset(&o->to);
	ply_strbuf_add_slice(&o->to, to->line);
	ply_strbuf_reset(&o->contact);
	ply_strbuf_add_slice(&o->contact, ply_slice_sub(contact->value, lt + 1, gt - lt - 1));
	keep_route(o, m);
	return true;
}

static void call_answered(struct load *l, struct op *o, const struct siptext *m)
{
	if (m->status != 200 || !keep_dialog(o, m)) {
		op_end(l, o, false);
		return;
	}
	if (l->measuring)
		latencies_add(&l->stats.all, l->transport.now_ns - o->begin_ns);
	o->stage = HANGING_UP;
	request_write_dialog(l, o, "ACK", 1);
	op_send_once(l, o);
	o->cseq = 2;
	request_write_dialog(l, o, "BYE", 2);
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
