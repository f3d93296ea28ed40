/* The far end: every request is answered at once. */
#include "tests/bench/load/load.h"

#include <stdlib.h>

static const char sdp[] =
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	"m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
	"a=rtpmap:101 telephone-event/8000\r\n";

/* RFC 3261 §8.2.6.2: Via, From, To, Call-ID, CSeq; §12.1.1: Record-Route where a dialog begins. */
static bool is_copied(enum field_kind kind, int status)
{
	switch (kind) {
	case FIELD_VIA:
	case FIELD_FROM:
	case FIELD_TO:
	case FIELD_CALL_ID:
	case FIELD_CSEQ:
		return true;
	case FIELD_RECORD_ROUTE:
		return status > 100;
	default:
		return false;
	}
}

static void answer(struct load *l, struct conn *c, const struct siptext *m, const char *status,
		   const char *headers, const char *body)
{
	struct ply_strbuf *b = &l->text;

	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "SIP/2.0 %s\r\n", status);
	for (size_t i = 0; i < m->n; i++) {
		const struct field *f = &m->field[i];

		if (!is_copied(f->kind, (int)strtol(status, NULL, 10)))
			continue;
		ply_strbuf_add_slice(b, f->line);
		if (f->kind == FIELD_TO && ply_slice_casefind(f->line, ";tag=") == SIZE_MAX)
			ply_strbuf_adds(b, ";tag=s1");
		ply_strbuf_adds(b, "\r\n");
	}
	ply_strbuf_addf(b, "%sContent-Length: %zu\r\n\r\n%s", headers, strlen(body), body);
	transport_send(c, ply_strbuf_slice(b));
}

static void answer_invite(struct load *l, struct conn *c, const struct siptext *m)
{
	/* "sip:u17@..." */
	unsigned callee = m->uri.len > 5 ? (unsigned)strtoul(m->uri.p + 5, NULL, 10) : 0;
	char headers[256];
	int n = snprintf(headers, sizeof(headers), "Contact: <sip:u%u@%s:%u;transport=%s>\r\n",
			 callee, c->ip, c->port, transport_uri_name(l->transport.kind));

	answer(l, c, m, "180 Ringing", headers, "");
	snprintf(headers + n, sizeof(headers) - (size_t)n, "Content-Type: application/sdp\r\n");
	answer(l, c, m, "200 OK", headers, sdp);
}

void answer_request(struct load *l, struct conn *c, const struct siptext *m)
{
	if (ply_slice_is(m->method, "ACK"))
		return;
	if (ply_slice_is(m->method, "INVITE")) {
		answer_invite(l, c, m);
		return;
	}
	if (!ply_slice_is(m->method, "BENOTIFY"))
		answer(l, c, m, "200 OK", "", "");
	if ((!l->o.scenario->delivered || l->o.scenario->delivered(l, m)) && l->measuring)
		l->stats.delivered++;
}
