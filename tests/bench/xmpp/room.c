/* Messages of a room and their copies. */
#include "tests/bench/xmpp/xmpp.h"

#include "base/ply.h"

#include <inttypes.h>

enum { BODY = 64, STAMP_MAX = 64 };
static const uint64_t give_up_ns = 5000000000ull;

static struct message *message_of(struct xmpp *x, unsigned room, unsigned slot)
{
	return &x->message[room * x->window + slot];
}

void room_speak(struct xmpp *x, unsigned room, unsigned slot)
{
	struct message *m = message_of(x, room, slot);
	unsigned speaker = room * x->members + x->next[room]++ % x->members;
	char body[STAMP_MAX + BODY + 1], text[512];
	int n;

	m->sent_ns = x->transport.now_ns;
	m->left = x->members; /* the speaker gets a copy too */
	m->generation++;
	n = snprintf(body, sizeof(body), "T=%" PRIu64 ".%x.%x.", m->sent_ns, slot, m->generation);
	for (; n < BODY; n++)
		body[n] = (char)('a' + n % 26);
	n = snprintf(text, sizeof(text),
		     "<message to='room%u@conference.%s' type='groupchat' id='i%x.%x'>"
		     "<body>%.*s</body></message>",
		     room, x->domain, slot, m->generation, BODY, body);
	transport_send(&x->transport.conn[speaker], ply_slice(text, (size_t)n));
}

static void take_copy(struct xmpp *x, unsigned room, const char *stamp)
{
	unsigned slot, generation;
	struct message *m;
	uint64_t sent_ns;

	/* NOLINTNEXTLINE(cert-err34-c): written by us; an overflow names no message */
	if (sscanf(stamp, "%" SCNu64 ".%x.%x.", &sent_ns, &slot, &generation) != 3 ||
	    slot >= x->window)
		return;
	m = message_of(x, room, slot);
	if (!m->sent_ns || m->generation != generation)
		return;
	if (x->measuring) {
		x->delivered++;
		latencies_add(&x->latencies, x->transport.now_ns - sent_ns);
	}
	if (--m->left)
		return;
	m->sent_ns = 0;
	x->messages += x->measuring;
	if (x->rate <= 0)
		room_speak(x, room, slot);
}

void room_take(struct xmpp *x, unsigned room, struct ply_slice text)
{
	char stamp[STAMP_MAX];
	size_t at;

	while ((at = ply_slice_find(text, "<body>T=")) != SIZE_MAX) {
		text = ply_slice_from(text, at + 8);
		snprintf(stamp, sizeof(stamp), "%.*s", PLY_SLICE_ARG(text));
		take_copy(x, room, stamp);
	}
}

void room_tick(struct xmpp *x, double due)
{
	static unsigned spoken;

	for (unsigned i = 0; i < x->rooms * x->window; i++) {
		struct message *m = &x->message[i];

		if (m->sent_ns && x->transport.now_ns - m->sent_ns > give_up_ns) {
			x->lost++;
			m->sent_ns = 0;
		}
		if (!m->sent_ns && (x->rate <= 0 || spoken < due)) {
			spoken++;
			room_speak(x, i / x->window, i % x->window);
		}
	}
}
