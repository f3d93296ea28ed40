/* PUBLISH of a presentity, NOTIFY to each of its watchers. The document carries the time and the
 * number of its operation in a note, and the far end reads both back from the NOTIFY. */
#include "tests/bench/load/load.h"

#include <stdio.h>

enum stage { PUBLISHING, PUBLISHED };

static void write_document(char *out, size_t cap, const struct load *l, const struct op *o)
{
	char stamp[STAMP_MAX];

	stamp_write(stamp, o);
	snprintf(out, cap,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		 "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:u%u@%s\">\r\n"
		 "<tuple id=\"t%u\"><status><basic>open</basic></status>"
		 "<contact>sip:u%u@%s</contact><note>%s</note></tuple>\r\n"
		 "<note>%s</note></presence>\r\n",
		 o->user, l->o.domain, o->user, o->user, l->o.domain, stamp, stamp);
}

/* Presentity i belongs to operation slot i: one publication of it at a time. */
static void publish_start(struct load *l, struct op *o, unsigned n)
{
	struct user *u;
	char headers[256], body[1024];
	int len;

	(void)n;
	o->user = o->peer = o->index;
	o->left = l->o.watchers;
	u = &l->user[o->user];
	len = snprintf(
		headers, sizeof(headers),
		"Event: presence\r\nExpires: 3600\r\nContent-Type: application/pidf+xml\r\n");
	if (u->etag[0])
		snprintf(headers + len, sizeof(headers) - (size_t)len, "SIP-If-Match: %s\r\n",
			 u->etag);
	write_document(body, sizeof(body), l, o);
	request_write(l, o, &(struct request){"PUBLISH", 1, headers, ply_slice_str(body), NULL});
	op_send(l, o);
}

static void end_if_complete(struct load *l, struct op *o)
{
	if (o->stage == PUBLISHED && !o->left)
		op_end(l, o, true);
}

static void publish_response(struct load *l, struct op *o, const struct siptext *m)
{
	const struct field *etag = siptext_field(m, FIELD_ETAG);

	if (m->status / 100 != 2) {
		l->user[o->user].etag[0] = '\0';
		op_end(l, o, false);
		return;
	}
	if (etag)
		ply_slice_copy(etag->value, l->user[o->user].etag, sizeof(l->user[0].etag));
	if (l->measuring)
		latencies_add(&l->stats.publish, l->transport.now_ns - o->begin_ns);
	o->stage = PUBLISHED;
	end_if_complete(l, o);
}

static bool publish_delivered(struct load *l, const struct siptext *m)
{
	uint64_t sent_ns;
	struct op *o = stamp_read(l, m->body, &sent_ns);

	if (!o || o->scenario != &scenario_publish)
		return true;
	if (l->measuring)
		latencies_add(&l->stats.all, l->transport.now_ns - sent_ns);
	if (o->left)
		o->left--;
	end_if_complete(l, o);
	return true;
}

static void publish_extra(const struct load *l, double seconds)
{
	printf(",\"watchers\":%u,\"publishes_per_s\":%.1f,\"publish_p50_ms\":%.3f", l->o.watchers,
	       (double)l->stats.done / seconds, latencies_quantile(&l->stats.publish, .5));
}

const struct scenario scenario_publish = {
	.name = "presence",
	.start = publish_start,
	.response = publish_response,
	.delivered = publish_delivered,
	.extra = publish_extra,
	.signed_in = true,
	.subscribed = true,
	.per_notify = true,
};
