/* A member's way into its room. */
#include "tests/bench/xmpp/xmpp.h"

#include "base/ply.h"

#include <stdlib.h>

#define OPEN_STREAM                                                                                \
	"<?xml version='1.0'?><stream:stream to='%s' xmlns='jabber:client' "                       \
	"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

static void say(struct xmpp *x, unsigned member, const char *fmt, ...) PLY_PRINTF(3, 4);

static void say(struct xmpp *x, unsigned member, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	transport_send(&x->transport.conn[member], ply_slice(text, (size_t)n));
}

void member_begin(struct xmpp *x, unsigned member)
{
	say(x, member, OPEN_STREAM, x->domain);
}

static void authenticate(struct xmpp *x, unsigned member)
{
	say(x, member, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>");
}

static void bind_resource(struct xmpp *x, unsigned member)
{
	say(x, member,
	    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
	    "<resource>r</resource></bind></iq>");
}

static void enter(struct xmpp *x, unsigned member)
{
	say(x, member,
	    "<presence to='room%u@conference.%s/n%u'><x xmlns='http://jabber.org/protocol/muc'>"
	    "<history maxstanzas='0'/></x></presence>",
	    member / x->members, x->domain, member % x->members);
}

static void inside(struct xmpp *x, unsigned member)
{
	(void)member;
	x->inside++;
}

/* 110: one's own presence, the last of those that entering brings (XEP-0045 §7.2.2). */
static const struct {
	const char *wait_for, *or_for;
	void (*then)(struct xmpp *x, unsigned member);
} steps[N_STEPS] = {
	[FEATURES] = {"</stream:features>", NULL, authenticate},
	[SUCCESS] = {"<success", NULL, member_begin},
	[FEATURES_AGAIN] = {"</stream:features>", NULL, bind_resource},
	[BOUND] = {"</bind>", NULL, enter},
	[ENTERED] = {"code='110'", "code=\"110\"", inside},
};

void member_step(struct xmpp *x, unsigned member, struct ply_slice text)
{
	enum step s = x->step[member];

	if (ply_slice_find(text, "<failure") != SIZE_MAX ||
	    ply_slice_find(text, "type='error'") != SIZE_MAX) {
		fprintf(stderr, "xmppload: %.*s\n", PLY_SLICE_ARG(text));
		exit(1);
	}
	if (ply_slice_find(text, steps[s].wait_for) == SIZE_MAX &&
	    (!steps[s].or_for || ply_slice_find(text, steps[s].or_for) == SIZE_MAX))
		return;
	x->step[member]++;
	steps[s].then(x, member);
}

size_t member_frame(struct ply_slice stream)
{
	const char *end = memrchr(stream.p, '>', stream.len);
	struct ply_slice rest = stream;
	size_t at;

	if (!end)
		return 0;
	while ((at = ply_slice_find(rest, "<body>")) != SIZE_MAX) {
		size_t close = ply_slice_find(ply_slice_from(rest, at), "</body>");

		if (close == SIZE_MAX)
			return (size_t)(rest.p - stream.p) + at;
		rest = ply_slice_from(rest, at + close);
	}
	return (size_t)(end + 1 - stream.p);
}
