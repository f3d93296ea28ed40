/* Flows over loopback: framing, limits, time-outs, signing, TLS, closing. */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sip/sip_transport_internal.h"
#include "tests/lib/certs.h"
#include "tests/lib/sip_peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One end and what it saw. */
struct end {
	struct ply_loop *loop;
	struct ply_sip_transport *t;
	struct ply_sip_transport_conf conf;
	struct ply_addr udp, tcp;
	struct ply_sip_hop from;
	unsigned n_message, n_garbage, n_closed, n_in, n_out;
	int code;
	uint64_t closed;
	char why[80], call_ids[256], sign_with[64];
	bool close_in_callback;
	void *user_at_close;
};

static struct sip_peer peer;
static struct end end;

static void on_message(void *ctx, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	struct end *e = ctx;
	size_t at = strlen(e->call_ids);

	e->n_message++;
	e->from = *from;
	snprintf(e->call_ids + at, sizeof e->call_ids - at, "%.*s ",
		 PLY_SLICE_ARG(ply_sip_hdr(m, PLY_HDR_CALL_ID)));
	assert_true(!m->is_request || m->top_via.len);
	if (e->close_in_callback)
		ply_sip_flow_close(e->t, from->flow, "enough");
}

static void on_garbage(void *ctx, int code, struct ply_sip_msg *m, const struct ply_sip_hop *from)
{
	struct end *e = ctx;

	(void)m, (void)from;
	e->n_garbage++;
	e->code = code;
}

static void on_flow_closed(void *ctx, uint64_t flow, const char *why)
{
	struct end *e = ctx;

	e->n_closed++;
	e->closed = flow;
	e->user_at_close = ply_sip_flow_user(e->t, flow);
	snprintf(e->why, sizeof e->why, "%s", why);
	assert_false(ply_sip_flow_is_open(e->t, flow));
}

static void on_sign(void *ctx, const struct ply_sip_hop *to, const struct ply_sip_msg *m,
		    struct ply_strbuf *line)
{
	struct end *e = ctx;

	assert_int_equal(to->flow, e->from.flow);
	assert_true(ply_slice_is(ply_sip_hdr(m, PLY_HDR_CALL_ID), "out"));
	ply_strbuf_adds(line, e->sign_with);
}

static void on_trace(void *ctx, const struct ply_sip_hop *hop, bool out, struct ply_slice text)
{
	struct end *e = ctx;

	(void)hop;
	if (out)
		e->n_out++;
	else
		e->n_in++;
	assert_true(text.len > 0);
}

static const struct ply_sip_transport_ops ops = {
	.on_message = on_message,
	.on_garbage = on_garbage,
	.on_flow_closed = on_flow_closed,
	.sign = on_sign,
	.trace = on_trace,
};

static void open_end(struct end *e, struct ply_tls_ctx *server)
{
	struct ply_sip_listen listen = {.proto = server ? PLY_SIP_TLS : PLY_SIP_TCP,
					.addr = ply_addr_loopback(0),
					.tls = server};
	uint8_t i;

	assert_int_equal(ply_sip_transport_new(&e->t, e->loop, &e->conf, &ops, e), 0);
	assert_int_equal(ply_sip_transport_listen(e->t, &listen, &i), 0);
	e->tcp = ply_sip_transport_listener_addr(e->t, i);
	listen.proto = PLY_SIP_UDP;
	assert_int_equal(ply_sip_transport_listen(e->t, &listen, &i), 0);
	e->udp = ply_sip_transport_listener_addr(e->t, i);
}

static int set_up(void **state)
{
	(void)state;
	memset(&end, 0, sizeof end);
	end.conf = (struct ply_sip_transport_conf){.server_name = "fe.example.com",
						   .max_message = 4096,
						   .unauth_timeout_ms = 30000,
						   .idle_timeout_ms = 600000,
						   .crlf_pong = true};
	ply_clock_hold(1000000, 1700000000000);
	assert_int_equal(ply_loop_new(&end.loop), 0);
	open_end(&end, NULL);
	peer.fd = -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (peer.fd >= 0)
		sip_peer_close(&peer);
	ply_sip_transport_free(end.t);
	sip_peer_turns(end.loop);
	ply_loop_free(end.loop);
	ply_clock_release();
	return 0;
}

static void until(const unsigned *n, unsigned want)
{
	for (int i = 0; i < 1000 && *n != want; i++)
		ply_loop_step(end.loop, 5);
	assert_int_equal(*n, want);
}

/* via: what follows the transport, e.g. "192.0.2.1;branch=z9hG4bKa". */
static const char *request(const char *via, const char *call_id, const char *more)
{
	static char text[4][3000];
	static unsigned at;
	char *out = text[at++ % 4];

	snprintf(out, sizeof text[0],
		 "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP %s\r\n"
		 "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: %s\r\nCSeq: 1 MESSAGE\r\n%s\r\n",
		 via, call_id, *more ? more : "Content-Length: 0\r\n");
	return out;
}

static void cuts_messages_out_of_the_stream(void **state)
{
	const char *one =
		request("192.0.2.1", "one", "Content-Type: text/plain\r\nContent-Length: 5\r\n");
	char many[4000];

	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	for (const char *p = one; *p; p++) {
		sip_peer_send_raw(&peer, p, 1);
		ply_loop_step(end.loop, 0);
	}
	sip_peer_send(&peer, "hell");
	assert_int_equal(end.n_message, 0);
	sip_peer_send(&peer, "o");
	until(&end.n_message, 1);
	snprintf(many, sizeof many, "\r\n\r\n%s\r\n%s\r\n\r\n%.50s", request("h", "two", ""),
		 request("h", "three", ""), request("h", "four", ""));
	sip_peer_send(&peer, many);
	until(&end.n_message, 3);
	sip_peer_send(&peer, request("h", "four", "") + 50);
	until(&end.n_message, 4);
	assert_string_equal(end.call_ids, "one two three four ");
	assert_int_equal(end.n_garbage, 0);
	assert_int_equal(end.n_in, 4);
}

static void answers_513_and_closes_when_a_message_is_too_large(void **state)
{
	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("192.0.2.1", "big", "Content-Length: 5000\r\n"));
	(void)sip_peer_want_start(&peer, "SIP/2.0 513 ");
	sip_peer_want_closed(&peer);
	until(&end.n_closed, 0); /* no hop of it was ever given out */
	assert_int_equal(ply_sip_transport_n_flows(end.t), 0);
}

static void answers_400_and_closes_when_a_length_cannot_be_told(void **state)
{
	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("192.0.2.1", "x", "Content-Type: text/plain\r\n"));
	(void)sip_peer_want_start(&peer, "SIP/2.0 400 ");
	sip_peer_want_closed(&peer);
}

static void closes_on_what_is_no_sip(void **state)
{
	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "one", ""));
	until(&end.n_message, 1);
	sip_peer_send(&peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	sip_peer_want_closed(&peer);
	until(&end.n_closed, 1);
	assert_int_equal(end.closed, end.from.flow);
}

static void goes_on_after_a_bad_header(void **state)
{
	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "bad", "no colon here\r\nContent-Length: 0\r\n"));
	until(&end.n_garbage, 1);
	assert_int_equal(end.code, PLY_SIP_E_HEADER);
	sip_peer_send(&peer, request("h", "good", ""));
	until(&end.n_message, 1);
}

static void answers_keepalives_of_standard_clients_only(void **state)
{
	char got[8];

	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, "\r\n\r\n"); /* nothing is known of it yet */
	sip_peer_none(&peer);
	sip_peer_send(&peer, request("127.0.0.1:1", "ocs", ""));
	sip_peer_send(&peer, "\r\n\r\n");
	sip_peer_none(&peer);
	sip_peer_send(&peer, request("127.0.0.1:1;rport", "standard", ""));
	sip_peer_send(&peer, "\r\n\r\n");
	assert_int_equal(sip_peer_want_raw(&peer, got, sizeof got), 2);
	assert_memory_equal(got, "\r\n", 2);
	ply_sip_flow_set_signed(end.t, end.from.flow, true);
	sip_peer_send(&peer, "\r\n\r\n");
	sip_peer_none(&peer);
}

static const char out_text[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h\r\nFrom: <sip:a>;tag=1\r\n"
			       "To: <sip:b>;tag=2\r\nCall-ID: out\r\nCSeq: 1 MESSAGE\r\n"
			       "Content-Length: 0\r\n\r\n";

static void signs_after_the_start_line_on_marked_flows(void **state)
{
	const char *m;

	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "one", ""));
	until(&end.n_message, 1);
	snprintf(end.sign_with, sizeof end.sign_with,
		 "Authentication-Info: NTLM rspauth=\"x\"\r\n");
	assert_int_equal(ply_sip_send(end.t, &end.from, ply_slice_str(out_text)), 0);
	assert_string_equal(sip_peer_want(&peer), out_text);
	ply_sip_flow_set_signed(end.t, end.from.flow, true);
	assert_int_equal(ply_sip_send(end.t, &end.from, ply_slice_str(out_text)), 0);
	m = sip_peer_want_start(&peer,
				"SIP/2.0 200 OK\r\nAuthentication-Info: NTLM rspauth=\"x\"\r\n"
				"Via: ");
	assert_int_equal(strlen(m), strlen(out_text) + strlen(end.sign_with));
	end.sign_with[0] = '\0'; /* the hook may write nothing */
	assert_int_equal(ply_sip_send(end.t, &end.from, ply_slice_str(out_text)), 0);
	assert_string_equal(sip_peer_want(&peer), out_text);
	assert_int_equal(end.n_out, 3);
}

static void may_be_closed_from_inside_a_callback(void **state)
{
	char two[4000];

	(void)state;
	end.close_in_callback = true;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	snprintf(two, sizeof two, "%s%s", request("h", "one", ""), request("h", "two", ""));
	sip_peer_send(&peer, two);
	until(&end.n_closed, 1);
	assert_int_equal(end.n_message, 1);
	assert_string_equal(end.why, "enough");
	assert_int_equal(ply_sip_send(end.t, &end.from, ply_slice_str(out_text)), -ENOTCONN);
	sip_peer_want_closed(&peer);
}

static void sends_what_is_queued_before_it_closes(void **state)
{
	int user = 1;

	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "one", ""));
	until(&end.n_message, 1);
	ply_sip_flow_set_user(end.t, end.from.flow, &user);
	assert_int_equal(ply_sip_send(end.t, &end.from, ply_slice_str(out_text)), 0);
	ply_sip_flow_close(end.t, end.from.flow, "done");
	ply_sip_flow_close(end.t, end.from.flow, "twice");
	assert_false(ply_sip_flow_is_open(end.t, end.from.flow));
	assert_int_equal(end.n_closed, 0); /* never from inside */
	assert_string_equal(sip_peer_want(&peer), out_text);
	until(&end.n_closed, 1);
	assert_string_equal(end.why, "done");
	assert_ptr_equal(end.user_at_close, &user);
	assert_null(ply_sip_flow_user(end.t, end.from.flow));
	sip_peer_want_closed(&peer);
}

static void tells_when_the_peer_goes_and_never_reuses_its_number(void **state)
{
	uint64_t first;

	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "one", ""));
	until(&end.n_message, 1);
	first = end.from.flow;
	assert_true(ply_sip_flow_is_open(end.t, first));
	sip_peer_close(&peer);
	until(&end.n_closed, 1);
	assert_int_equal(end.closed, first);
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "two", ""));
	until(&end.n_message, 2);
	assert_true(end.from.flow != first);
	assert_false(ply_sip_flow_is_open(end.t, first));
	assert_null(ply_sip_flow_peer_name(end.t, first, 0));
}

static void closes_what_is_silent(void **state)
{
	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "one", ""));
	until(&end.n_message, 1);
	ply_sip_flow_set_authenticated(end.t, end.from.flow);
	for (int i = 0; i < 11; i++) { /* keepalives hold it open */
		ply_loop_advance(end.loop, 300000);
		sip_peer_send(&peer, "\r\n\r\n");
	}
	assert_true(ply_sip_flow_is_open(end.t, end.from.flow));
	ply_loop_advance(end.loop, 590000);
	assert_true(ply_sip_flow_is_open(end.t, end.from.flow));
	ply_loop_advance(end.loop, 15000);
	until(&end.n_closed, 1);
	assert_string_equal(end.why, "idle");
}

static void closes_what_does_not_authenticate(void **state)
{
	(void)state;
	sip_peer_tcp(&peer, end.loop, &end.tcp);
	sip_peer_send(&peer, request("h", "one", ""));
	until(&end.n_message, 1);
	ply_loop_advance(end.loop, 29900);
	assert_true(ply_sip_flow_is_open(end.t, end.from.flow));
	ply_loop_advance(end.loop, 8000);
	until(&end.n_closed, 1);
	assert_string_equal(end.why, "not authenticated in time");
	sip_peer_want_closed(&peer);
}

static void limits_connections_altogether_and_from_one_source(void **state)
{
	struct ply_sip_flow *f[4];
	struct ply_addr far, other;

	(void)state;
	assert_int_equal(ply_addr_parse(&far, ply_slice_str("192.0.2.1:1000"), 0), 0);
	assert_int_equal(ply_addr_parse(&other, ply_slice_str("192.0.2.2:1000"), 0), 0);
	end.t->conf.max_flows_per_source = 2;
	end.t->conf.max_flows = 3;
	assert_int_equal(ply_sip_flow_new(&f[0], end.t, &far), 0);
	far.port++;
	assert_int_equal(ply_sip_flow_new(&f[1], end.t, &far), 0);
	far.port++;
	assert_int_equal(ply_sip_flow_new(&f[2], end.t, &far), -EMFILE);
	assert_int_equal(ply_sip_flow_new(&f[2], end.t, &other), 0);
	assert_int_equal(ply_sip_flow_new(&f[3], end.t, &other), -ENFILE);
	ply_sip_flow_bury(f[0], "gone");
	assert_int_equal(ply_sip_flow_new(&f[3], end.t, &far), 0);
	for (int i = 1; i < 4; i++)
		ply_sip_flow_bury(f[i], "gone");
	sip_peer_turns(end.loop);
	assert_int_equal(end.t->sources.n, 0);
	assert_int_equal(end.n_closed, 0);
}

static void answers_stun_and_ignores_keepalives_on_udp(void **state)
{
	static const uint8_t binding[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3};
	char got[200];

	(void)state;
	sip_peer_udp(&peer, end.loop, &end.udp);
	sip_peer_send(&peer, "\r\n\r\n");
	sip_peer_none(&peer);
	sip_peer_send_raw(&peer, binding, sizeof binding);
	assert_int_equal(sip_peer_want_raw(&peer, got, sizeof got), 32);
	assert_int_equal(got[0], 1);
	assert_int_equal(got[1], 1);
	assert_int_equal((uint8_t)got[26] << 8 | (uint8_t)got[27], peer.port ^ 0x2112);
	sip_peer_send(&peer, request("127.0.0.1:1", "one", ""));
	until(&end.n_message, 1);
	assert_int_equal(end.n_garbage, 0);
}

static void responds_where_the_via_says(void **state)
{
	struct sip_peer other;
	struct ply_sip_hop from;
	char text[1024];

	(void)state;
	sip_peer_udp(&peer, end.loop, &end.udp);
	sip_peer_udp(&other, end.loop, &end.udp);
	sip_peer_send(&peer, request("127.0.0.1:1", "one", ""));
	until(&end.n_message, 1);
	from = end.from;
	snprintf(text, sizeof text, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:%u\r\n\r\n",
		 other.port);
	assert_int_equal(ply_sip_send_response(end.t, &from, ply_slice_str(text)), 0);
	(void)sip_peer_want_start(&other, "SIP/2.0 200 ");
	snprintf(text, sizeof text,
		 "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP "
		 "host.invalid:%u;rport=%u;received=127.0.0.1\r\n\r\n",
		 other.port, peer.port);
	assert_int_equal(ply_sip_send_response(end.t, &from, ply_slice_str(text)), 0);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	snprintf(text, sizeof text, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP host.invalid\r\n\r\n");
	assert_int_equal(ply_sip_send_response(end.t, &from, ply_slice_str(text)), -ENOTCONN);
	sip_peer_close(&other);
}

static void adds_to_the_via_of_a_request(void **state)
{
	static const struct {
		const char *why, *value;
		bool flow;
		const char *want;
	} cases[] = {
		{"an OCS client over TCP", "SIP/2.0/tls 192.0.2.1:50158", true,
		 "SIP/2.0/tls 192.0.2.1:50158;ms-received-port=4444;ms-received-cid=2600"},
		{"the same behind a translator", "SIP/2.0/TLS 10.0.0.1:50158", true,
		 "SIP/2.0/TLS "
		 "10.0.0.1:50158;received=192.0.2.1;ms-received-port=4444;ms-received-cid="
		 "2600"},
		{"rport asked for", "SIP/2.0/TCP 192.0.2.1;rport;branch=z9hG4bKa", true,
		 "SIP/2.0/TCP 192.0.2.1;rport=4444;branch=z9hG4bKa;received=192.0.2.1"},
		{"rport last", "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa;RPORT", false,
		 "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa;RPORT=4444;received=192.0.2.1"},
		{"no rport on UDP", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa", false,
		 "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa"},
		{"a name", "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa", false,
		 "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa;received=192.0.2.1"},
		{"a parameter that begins like it", "SIP/2.0/UDP 192.0.2.1;rportx;branch=a", false,
		 "SIP/2.0/UDP 192.0.2.1;rportx;branch=a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_hop from = {.flow = cases[i].flow ? 0x2600 : 0};
		struct ply_strbuf out = PLY_STRBUF_INIT;
		bool rport;

		assert_int_equal(ply_addr_parse(&from.addr, ply_slice_str("192.0.2.1:4444"), 0), 0);
		assert_int_equal(
			ply_sip_via_receive(&out, ply_slice_str(cases[i].value), &from, &rport), 0);
		if (strcmp(out.p, cases[i].want) != 0)
			fail_msg("%s: got \"%s\"", cases[i].why, out.p);
		ply_strbuf_deinit(&out);
	}
}

static void knows_itself(void **state)
{
	static const struct {
		const char *host;
		int port; /* -1: the listener's */
		bool want;
	} cases[] = {
		{"fe.example.com", 0, true},
		{"FE.Example.com", -1, true},
		{"fe.example.com", 99, false},
		{"pool.example.com", 0, true},
		{"other.example.com", 0, false},
		{"127.0.0.1", -1, true},
		{"127.0.0.1", 99, false},
		{"127.0.0.2", -1, false},
		{"", 0, false},
	};
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_hop hop = {.proto = PLY_SIP_TCP, .listener = 0};
	char want[80];

	(void)state;
	assert_int_equal(ply_sip_transport_add_name(end.t, "pool.example.com"), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t port = cases[i].port < 0 ? end.tcp.port : (uint32_t)cases[i].port;

		if (ply_sip_is_us(end.t, ply_slice_str(cases[i].host), port) != cases[i].want)
			fail_msg("%s:%u", cases[i].host, port);
	}
	ply_sip_add_sent_by(end.t, &hop, &out);
	snprintf(want, sizeof want, "SIP/2.0/TCP fe.example.com:%u", end.tcp.port);
	assert_string_equal(out.p, want);
	ply_strbuf_deinit(&out);
}

static void connects_once_and_tells_of_failure(void **state)
{
	struct end far = {.loop = end.loop, .conf = {.server_name = "far.example.com"}};
	struct ply_sip_hop a, b;

	(void)state;
	open_end(&far, NULL);
	assert_int_equal(ply_sip_connect(end.t, PLY_SIP_TCP, &far.tcp, NULL, &a), 0);
	assert_int_equal(ply_sip_connect(end.t, PLY_SIP_TCP, &far.tcp, NULL, &b), 0);
	assert_int_equal(a.flow, b.flow);
	assert_int_equal(ply_sip_send(end.t, &a, ply_slice_str(request("h", "out", ""))), 0);
	until(&far.n_message, 1);
	assert_string_equal(far.call_ids, "out ");
	ply_sip_transport_free(far.t);
	until(&end.n_closed, 1);
	assert_int_equal(ply_sip_connect(end.t, PLY_SIP_TCP, &far.tcp, NULL, &b), 0);
	assert_true(a.flow != b.flow);
	assert_int_equal(ply_sip_send(end.t, &b, ply_slice_str(request("h", "out", ""))), 0);
	until(&end.n_closed, 2);
	assert_int_equal(end.closed, b.flow);
	assert_int_equal(ply_sip_connect(end.t, PLY_SIP_TLS, &far.tcp, "x", &b), -EPROTONOSUPPORT);
	assert_int_equal(ply_sip_connect(end.t, PLY_SIP_UDP, &far.udp, NULL, &b), 0);
	assert_int_equal(b.flow, 0);
}

/* --- TLS --- */

static struct ply_tls_ctx *context(const struct ply_tls_conf *conf)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct ply_tls_ctx *ctx = NULL;

	if (ply_tls_ctx_new(&ctx, conf, &err))
		fail_msg("%s", ply_strbuf_str(&err));
	return ctx;
}

static void talk_tls(const char *dir, bool with_certificate)
{
	struct ply_tls_conf server = {.server = true, .ask_peer = true};
	struct ply_tls_conf client = {.server = false};
	struct end here = {.loop = end.loop, .conf = {.server_name = "server.example.com"}};
	struct end there = {.loop = end.loop, .conf = {.server_name = "client.example.com"}};
	char path[6][256];
	static const char *const names[6] = {"ca.pem", "s.pem", "s.key", "c.pem", "c.key", ""};
	struct ply_tls_ctx *s, *c;
	struct ply_sip_hop hop;

	for (int i = 0; i < 6; i++)
		snprintf(path[i], sizeof path[i], "%s", test_path(dir, names[i]));
	server.ca = client.ca = path[0];
	server.cert = path[1];
	server.key = path[2];
	client.cert = with_certificate ? path[3] : NULL;
	client.key = with_certificate ? path[4] : NULL;
	s = context(&server);
	c = context(&client);
	there.conf.tls_client = c;
	open_end(&here, s);
	assert_int_equal(ply_sip_transport_new(&there.t, end.loop, &there.conf, &ops, &there), 0);

	assert_int_equal(
		ply_sip_connect(there.t, PLY_SIP_TLS, &here.tcp, "server.example.com", &hop), 0);
	assert_int_equal(ply_sip_send(there.t, &hop, ply_slice_str(request("h", "tls", ""))), 0);
	until(&here.n_message, 1);
	assert_int_equal(ply_sip_flow_is_verified(here.t, here.from.flow), with_certificate);
	if (with_certificate)
		assert_string_equal(ply_sip_flow_peer_name(here.t, here.from.flow, 0),
				    "client.example.com");
	else
		assert_null(ply_sip_flow_peer_name(here.t, here.from.flow, 0));
	assert_true(ply_sip_flow_is_verified(there.t, hop.flow));
	assert_int_equal(ply_sip_send(here.t, &here.from, ply_slice_str(out_text)), 0);
	until(&there.n_message, 1);

	/* another name than the certificate carries */
	assert_int_equal(ply_sip_connect(there.t, PLY_SIP_TLS, &here.tcp, "evil.example.com", &hop),
			 0);
	until(&there.n_closed, 1);
	assert_int_equal(there.closed, hop.flow);
	ply_sip_transport_free(there.t);
	ply_sip_transport_free(here.t);
	ply_tls_ctx_unref(s);
	ply_tls_ctx_unref(c);
}

static void takes_clients_and_servers_on_one_tls_port(void **state)
{
	struct test_ca *ca = test_ca_new("Test CA");
	char *dir = test_dir_new();

	(void)state;
	ply_clock_release(); /* certificates look at the real time */
	test_ca_write(ca, test_path(dir, "ca.pem"));
	test_cert_write(ca, "server.example.com", "DNS:server.example.com", 1,
			test_path(dir, "s.pem"), test_path(dir, "s.key"));
	test_cert_write(ca, "client.example.com", "DNS:client.example.com", 1,
			test_path(dir, "c.pem"), test_path(dir, "c.key"));
	talk_tls(dir, true);
	talk_tls(dir, false);
	test_dir_free(dir);
	test_ca_free(ca);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(cuts_messages_out_of_the_stream),
		CASE(answers_513_and_closes_when_a_message_is_too_large),
		CASE(answers_400_and_closes_when_a_length_cannot_be_told),
		CASE(closes_on_what_is_no_sip),
		CASE(goes_on_after_a_bad_header),
		CASE(answers_keepalives_of_standard_clients_only),
		CASE(signs_after_the_start_line_on_marked_flows),
		CASE(may_be_closed_from_inside_a_callback),
		CASE(sends_what_is_queued_before_it_closes),
		CASE(tells_when_the_peer_goes_and_never_reuses_its_number),
		CASE(closes_what_is_silent),
		CASE(closes_what_does_not_authenticate),
		CASE(limits_connections_altogether_and_from_one_source),
		CASE(answers_stun_and_ignores_keepalives_on_udp),
		CASE(responds_where_the_via_says),
		CASE(adds_to_the_via_of_a_request),
		CASE(knows_itself),
		CASE(connects_once_and_tells_of_failure),
		CASE(takes_clients_and_servers_on_one_tls_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
