/* One connection: octets to messages (RFC 3261 §18.3), keepalives, and what is done when framing is
 * lost. */
#include "base/mem.h"
#include "sip/sip_transport_internal.h"
#include "sip/sip_write.h"

#include <errno.h>

PLY_COUNTER(too_large, "parley_sip_too_large_total", "Messages refused with 513");
PLY_COUNTER(bad_framing, "parley_sip_bad_framing_total",
	    "Connections closed because no message could be made out");
PLY_COUNTER(pings, "parley_sip_keepalives_total", "CRLF keepalives received");

struct ply_sip_hop ply_sip_conn_hop(const struct ply_sip_flow *f)
{
	return (struct ply_sip_hop){f->proto, f->listener, f->number, f->peer};
}

/* For as much of a request as there is; the connection closes afterwards, since what follows cannot
 * be told from its body. */
static void answer_and_close(struct ply_sip_flow *f, struct ply_slice head, unsigned status,
			     const char *why)
{
	const struct ply_sip_hop hop = ply_sip_conn_hop(f);
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_msg *m = NULL;

	(void)ply_sip_msg_new(&m, head.p, head.len);
	if (m && m->is_request && m->method != PLY_SIP_ACK && m->method != PLY_SIP_BENOTIFY) {
		const struct ply_sip_reply reply = {
			.status = status,
			.diag = status == 513 ? 4008
					      : 5004, /* [MS-OCER]: too large, parse failure */
			.diag_reason = why,
			.source = f->t->server_name,
			.lines = ply_slice_str("Connection: close\r\n"),
		};

		if (!ply_sip_write_reply(&out, m, &reply))
			(void)ply_sip_send(f->t, &hop, ply_strbuf_slice(&out));
	}
	ply_sip_msg_unref(m);
	ply_strbuf_deinit(&out);
	ply_sip_flow_end(f, why);
}

/* A body's length is in doubt, or the text was none of SIP: what follows cannot be read. */
static bool loses_framing(int code)
{
	return code == PLY_SIP_E_START || code == PLY_SIP_E_LENGTH || code == PLY_SIP_E_TOO_MANY;
}

static void one_message(struct ply_sip_flow *f, const char *p, size_t len)
{
	struct ply_sip_hop hop = ply_sip_conn_hop(f);
	bool rport = false;
	int code;

	f->reported = true;
	code = ply_sip_deliver(f->t, &hop, p, len, &rport);
	if (rport)
		f->standard = true;
	if (code && (code < 0 || loses_framing(code))) {
		ply_counter_inc(&bad_framing);
		ply_sip_flow_end(f, "no SIP message");
	}
}

/* OCS clients expect nothing ([MS-CONMGMT]); a pong would also be the one thing on a signed flow
 * that is not signed. */
static void ping(struct ply_sip_flow *f)
{
	ply_counter_inc(&pings);
	if (f->t->conf.crlf_pong && f->standard && !f->is_signed)
		(void)ply_stream_write(f->stream, "\r\n", 2);
}

static size_t conn_data(void *ctx, const char *p, size_t len)
{
	struct ply_sip_flow *f = ctx;
	size_t off = 0;

	while (off < len && f->stream) {
		const char *at = p + off;
		size_t size = 0;

		switch (ply_sip_frame_at(&f->frame, at, len - off, f->t->conf.max_message, &size)) {
		case PLY_SIP_FRAME_MORE:
			if (size)
				f->frame = (struct ply_sip_frame_state){0};
			return off + size;
		case PLY_SIP_FRAME_PING:
			ping(f);
			break;
		case PLY_SIP_FRAME_MESSAGE:
			one_message(f, at, size);
			break;
		case PLY_SIP_FRAME_TOO_LARGE: /* RFC 3261 §21.5.7 */
			ply_counter_inc(&too_large);
			answer_and_close(f, ply_slice(at, size ? size : len - off), 513,
					 "Message is larger than this server takes");
			break;
		case PLY_SIP_FRAME_NO_LENGTH:
			ply_counter_inc(&bad_framing);
			answer_and_close(f, ply_slice(at, size), 400,
					 "Length of the body cannot be told");
			break;
		case PLY_SIP_FRAME_BAD:
			ply_counter_inc(&bad_framing);
			ply_sip_flow_end(f, "no SIP message");
			break;
		}
		f->frame = (struct ply_sip_frame_state){0};
		off += size;
	}
	return f->stream ? off : len;
}

static void conn_close(void *ctx, const char *reason)
{
	ply_sip_flow_bury(ctx, reason);
}

const struct ply_stream_ops ply_sip_conn_ops = {
	.on_data = conn_data,
	.on_close = conn_close,
};

void ply_sip_conn_accept(void *listener, struct ply_stream *s)
{
	const struct ply_sip_listener *l = listener;
	struct ply_sip_flow *f;

	if (ply_sip_flow_new(&f, l->t, ply_stream_peer(s))) {
		ply_stream_abort(s);
		return;
	}
	f->stream = s;
	f->listener = l->index;
	f->proto = (uint8_t)l->proto;
	ply_stream_set_ops(s, &ply_sip_conn_ops, f);
}
