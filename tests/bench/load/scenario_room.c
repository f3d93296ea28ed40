/* Group chat: members speak in turn, a window of messages is under way in each room; what counts is
 * copies that arrived. */
#include "tests/bench/load/rooms.h"

#include <stdio.h>

enum { BODY = 64 };
enum stage { SPEAKING, TAKEN };

static void room_start(struct load *l, struct op *o, unsigned n)
{
	unsigned room = (l->o.rate > 0 ? n : o->index) % l->o.rooms;
	char body[STAMP_MAX + BODY + 1];
	struct dialog *d;

	o->user = o->peer = room * l->o.members + l->rooms->next[room]++ % l->o.members;
	o->left = l->o.members - 1;
	o->stage = SPEAKING;
	d = o->dialog = &l->rooms->member[o->user].chat;
	stamp_write(body, o);
	for (size_t i = strlen(body); i < BODY; i++)
		body[i] = (char)('a' + i % 26);
	o->cseq = ++d->cseq;
	request_write_dialog(l, o,
			     &(struct request){"MESSAGE", o->cseq, "Content-Type: text/plain\r\n",
					       ply_slice(body, BODY), NULL});
	op_send(l, o);
}

static void end_if_complete(struct load *l, struct op *o)
{
	if (o->stage == TAKEN && !o->left)
		op_end(l, o, true);
}

static void room_response(struct load *l, struct op *o, const struct siptext *m)
{
	if (m->status / 100 != 2) {
		op_end(l, o, false);
		return;
	}
	o->stage = TAKEN;
	end_if_complete(l, o);
}

static bool room_delivered(struct load *l, const struct siptext *m)
{
	uint64_t sent_ns;
	struct op *o;

	if (rooms_take_roster(l, m) || !ply_slice_is(m->method, "MESSAGE"))
		return false;
	o = stamp_read(l, m->body, &sent_ns);
	if (!o || o->scenario != &scenario_room)
		return true;
	if (l->measuring)
		latencies_add(&l->stats.all, l->transport.now_ns - sent_ns);
	if (o->left)
		o->left--;
	end_if_complete(l, o);
	return true;
}

static void room_extra(const struct load *l, double seconds)
{
	printf(",\"members\":%u,\"rooms\":%u,\"messages_per_s\":%.1f", l->o.members, l->o.rooms,
	       (double)l->stats.done / seconds);
}

const struct scenario scenario_room = {
	.name = "room",
	.start = room_start,
	.response = room_response,
	.delivered = room_delivered,
	.extra = room_extra,
	.set_up = rooms_set_up,
	.tear_down = rooms_tear_down,
	.signed_in = true,
	.per_notify = true,
	.rooms = true,
};
