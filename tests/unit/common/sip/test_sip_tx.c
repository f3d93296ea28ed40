/* Transactions over loopback sockets with the clock held: every retransmission and every timer. */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "sip/sip_tx.h"
#include "tests/lib/sip_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the transaction user saw. */
struct user {
	struct ply_loop *loop;
	struct ply_sip_txl *l;
	struct ply_sip_transport *t;
	struct ply_addr udp, tcp;
	struct ply_sip_stx *stx;
	struct ply_sip_hop from;
	unsigned n_request, n_ack, n_cancel, n_stray, n_closed, n_null;
	/* client side */
	unsigned n_response, n_end;
	unsigned status;
};

static struct sip_peer peer;

static void on_request(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *req,
		       const struct ply_sip_hop *from)
{
	struct user *u = ctx;

	(void)req;
	u->n_request++;
	u->n_null += !stx;
	u->stx = stx;
	u->from = *from;
}

static void on_ack(void *ctx, struct ply_sip_msg *ack, const struct ply_sip_hop *from)
{
	struct user *u = ctx;

	(void)from;
	assert_int_equal(ack->method, PLY_SIP_ACK);
	u->n_ack++;
}

static void on_cancel(void *ctx, struct ply_sip_stx *invite, struct ply_sip_msg *cancel)
{
	struct user *u = ctx;

	assert_int_equal(cancel->method, PLY_SIP_CANCEL);
	assert_ptr_equal(invite, u->stx);
	u->n_cancel++;
}

static void on_stray(void *ctx, struct ply_sip_msg *rsp, const struct ply_sip_hop *from)
{
	struct user *u = ctx;

	(void)rsp, (void)from;
	u->n_stray++;
}

static void on_flow_closed(void *ctx, uint64_t flow, const char *why)
{
	struct user *u = ctx;

	(void)flow, (void)why;
	u->n_closed++;
}

static void on_response(void *ctx, struct ply_sip_ctx *c, struct ply_sip_msg *m, unsigned status)
{
	struct user *u = ctx;

	(void)c;
	u->status = status;
	if (m)
		u->n_response++;
	else
		u->n_end++;
}

static int set_up(void **state)
{
	static const struct ply_sip_tu_ops ops = {
		.on_request = on_request,
		.on_ack = on_ack,
		.on_cancel = on_cancel,
		.on_stray = on_stray,
		.on_flow_closed = on_flow_closed,
	};
	const struct ply_sip_transport_conf conf = {.server_name = "fe.example.com"};
	struct ply_sip_listen listen = {.proto = PLY_SIP_UDP, .addr = ply_addr_loopback(0)};
	struct user *u = ply_calloc(1, sizeof *u);
	uint8_t i;

	ply_clock_hold(1000000, 1700000000000);
	assert_int_equal(ply_loop_new(&u->loop), 0);
	assert_int_equal(ply_sip_txl_new(&u->l, u->loop, &conf, &ops, u), 0);
	u->t = ply_sip_txl_transport(u->l);
	assert_int_equal(ply_sip_transport_listen(u->t, &listen, &i), 0);
	u->udp = ply_sip_transport_listener_addr(u->t, i);
	listen.proto = PLY_SIP_TCP;
	assert_int_equal(ply_sip_transport_listen(u->t, &listen, &i), 0);
	u->tcp = ply_sip_transport_listener_addr(u->t, i);
	peer.fd = -1;
	*state = u;
	return 0;
}

static int tear_down(void **state)
{
	struct user *u = *state;

	if (peer.fd >= 0)
		sip_peer_close(&peer);
	ply_sip_txl_free(u->l);
	sip_peer_turns(u->loop);
	ply_loop_free(u->loop);
	ply_clock_release();
	ply_free(u);
	return 0;
}

/* branch "": none. */
static const char *request(const char *method, const char *cseq, const char *branch,
			   const char *to_tag)
{
	static char text[4][2048];
	static unsigned at;
	char *out = text[at++ % 4];

	snprintf(out, sizeof text[0],
		 "%s sip:bob@example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/%s 127.0.0.1:%u%s%s%s\r\n"
		 "From: <sip:alice@example.com>;tag=3338642452;epid=cf0b98dadeb9\r\n"
		 "To: <sip:bob@example.com>%s%s\r\n"
		 "Max-Forwards: 70\r\nCSeq: %s\r\n"
		 "Call-ID: 042Cg4453a831Di21D5m40D9t5899b5776x7DEEx\r\n"
		 "Contact: <sip:alice@127.0.0.1>\r\nContent-Length: 0\r\n\r\n",
		 method, peer.stream ? "TCP" : "UDP", peer.port,
		 peer.stream && !*branch ? "" : ";rport", *branch ? ";branch=" : "", branch,
		 *to_tag ? ";tag=" : "", to_tag, cseq);
	return out;
}

static const char *line_of(const char *msg, const char *name)
{
	static char line[512];
	const char *at = strstr(msg, name);

	if (!at)
		fail_msg("no \"%s\" in \"%s\"", name, msg);
	else
		snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\r"), at);
	return line;
}

static void wait_for(struct user *u, const unsigned *n, unsigned want)
{
	for (int i = 0; i < 1000 && *n != want; i++)
		ply_loop_step(u->loop, 5);
	assert_int_equal(*n, want);
}

static void wait_alive(struct user *u, unsigned want)
{
	for (int i = 0; i < 1000 && ply_sip_txl_n(u->l) != want; i++)
		ply_loop_step(u->loop, 5);
	assert_int_equal(ply_sip_txl_n(u->l), want);
}

static void reply(struct user *u, unsigned status)
{
	const struct ply_sip_reply r = {.status = status};

	for (int i = 0; i < 1000 && !u->stx; i++)
		ply_loop_step(u->loop, 5);
	assert_non_null(u->stx);
	assert_int_equal(ply_sip_stx_reply(u->stx, &r), 0);
	if (status >= 200)
		u->stx = NULL;
	sip_peer_turns(u->loop);
}

/* --- server --- */

static void absorbs_a_request_sent_again_and_repeats_the_last_answer(void **state)
{
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bKa", ""));
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bKa", ""));
	wait_for(u, &u->n_request, 1);
	sip_peer_none(&peer);
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bKa", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	wait_for(u, &u->n_request, 1);
	wait_alive(u, 1);
	ply_loop_advance(u->loop, 32000); /* timer J */
	wait_alive(u, 0);
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bKa", ""));
	wait_for(u, &u->n_request, 2);
}

static void keeps_nothing_of_a_request_answered_over_tcp(void **state)
{
	struct user *u = *state;

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("SUBSCRIBE", "1 SUBSCRIBE", "z9hG4bKa", ""));
	wait_alive(u, 1);
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	wait_alive(u, 0);
}

static void says_100_when_the_user_is_silent_for_200_ms(void **state)
{
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	ply_loop_advance(u->loop, 199);
	sip_peer_none(&peer);
	ply_loop_advance(u->loop, 1);
	(void)sip_peer_want_start(&peer, "SIP/2.0 100 ");
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 100 ");
	reply(u, 180);
	(void)sip_peer_want_start(&peer, "SIP/2.0 180 ");
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 180 ");
	wait_for(u, &u->n_request, 1);
	reply(u, 486);
}

static void repeats_a_refusal_by_timer_g_until_the_ack(void **state)
{
	static const unsigned gap[] = {500, 1000, 2000, 4000, 4000};
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	reply(u, 486);
	(void)sip_peer_want_start(&peer, "SIP/2.0 486 ");
	for (size_t i = 0; i < ARRAY_LEN(gap); i++) {
		ply_loop_advance(u->loop, gap[i] - 1);
		sip_peer_none(&peer);
		ply_loop_advance(u->loop, 1);
		(void)sip_peer_want_start(&peer, "SIP/2.0 486 ");
	}
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 486 ");
	sip_peer_send(&peer, request("ACK", "1 ACK", "z9hG4bKi", "x"));
	sip_peer_send(&peer, request("ACK", "1 ACK", "z9hG4bKi", "x"));
	wait_for(u, &u->n_ack, 0);
	ply_loop_advance(u->loop, 4999);
	sip_peer_none(&peer);
	wait_alive(u, 1);
	ply_loop_advance(u->loop, 1); /* timer I */
	wait_alive(u, 0);
}

static void gives_up_waiting_for_an_ack_by_timer_h(void **state)
{
	struct user *u = *state;
	unsigned n = 0;

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	reply(u, 486);
	for (unsigned ms = 0; ms < 31900; ms += 100)
		ply_loop_advance(u->loop, 100);
	wait_alive(u, 1);
	ply_loop_advance(u->loop, 100);
	wait_alive(u, 0);
	while (n < 11) { /* at 0, 0.5, 1.5, 3.5, 7.5, ... 31.5 s */
		(void)sip_peer_want_start(&peer, "SIP/2.0 486 ");
		n++;
	}
	sip_peer_none(&peer);
}

static void hands_the_ack_of_a_2xx_to_the_user_and_absorbs_the_invite(void **state)
{
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	sip_peer_none(&peer);
	wait_for(u, &u->n_request, 1);
	sip_peer_send(&peer, request("ACK", "1 ACK", "z9hG4bKother", "x"));
	wait_for(u, &u->n_ack, 1);
	sip_peer_send(&peer, request("ACK", "1 ACK", "z9hG4bKi", "x")); /* a wrong one seen often */
	wait_for(u, &u->n_ack, 2);
	ply_loop_advance(u->loop, 31999);
	wait_alive(u, 1);
	ply_loop_advance(u->loop, 1); /* timer L */
	wait_alive(u, 0);
}

static void answers_cancel_and_tells_the_user_once(void **state)
{
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("CANCEL", "1 CANCEL", "z9hG4bKi", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 481 ");
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "z9hG4bKi", ""));
	reply(u, 180);
	(void)sip_peer_want_start(&peer, "SIP/2.0 180 ");
	sip_peer_send(&peer, request("CANCEL", "1 CANCEL", "z9hG4bKi", ""));
	assert_string_equal(line_of(sip_peer_want_start(&peer, "SIP/2.0 200 "), "CSeq:"),
			    "CSeq: 1 CANCEL");
	sip_peer_send(&peer, request("CANCEL", "1 CANCEL", "z9hG4bKi", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	wait_for(u, &u->n_cancel, 1);
	reply(u, 487);
	assert_string_equal(line_of(sip_peer_want_start(&peer, "SIP/2.0 487 "), "CSeq:"),
			    "CSeq: 1 INVITE");
	wait_for(u, &u->n_request, 1);
}

/* SIPE: Via without branch (and rport). */
static void matches_by_the_older_rules_without_a_branch(void **state)
{
	struct user *u = *state;
	char tag[80];

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "", ""));
	wait_for(u, &u->n_request, 1);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "", ""));
	wait_for(u, &u->n_request, 1);
	sip_peer_send(&peer, request("CANCEL", "1 CANCEL", "", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	wait_for(u, &u->n_cancel, 1);
	reply(u, 487);
	snprintf(tag, sizeof tag, "%s",
		 strstr(line_of(sip_peer_want_start(&peer, "SIP/2.0 487 "), "To:"), "tag=") + 4);
	wait_alive(u, 1);
	sip_peer_send(&peer, request("ACK", "1 ACK", "", tag));
	wait_for(u, &u->n_ack, 0);
	wait_alive(u, 0); /* timer I is zero */

	sip_peer_send(&peer, request("INVITE", "2 INVITE", "", ""));
	wait_for(u, &u->n_request, 2);
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	sip_peer_send(&peer, request("ACK", "2 ACK", "", "elsewhere"));
	wait_for(u, &u->n_ack, 1);
	sip_peer_send(&peer, request("BYE", "3 BYE", "", "elsewhere"));
	wait_for(u, &u->n_request, 3);
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	sip_peer_none(&peer);
}

static void takes_an_ack_of_another_answer_for_one_of_a_2xx(void **state)
{
	struct user *u = *state;

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("INVITE", "1 INVITE", "", ""));
	reply(u, 486);
	sip_peer_send(&peer, request("ACK", "1 ACK", "", "not-ours"));
	wait_for(u, &u->n_ack, 1);
	wait_alive(u, 1);
}

static void marks_what_comes_over_a_connection_for_ocs_clients(void **state)
{
	struct user *u = *state;
	char want[120];

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("REGISTER", "1 REGISTER", "", ""));
	reply(u, 200);
	snprintf(want, sizeof want,
		 "Via: SIP/2.0/TCP 127.0.0.1:%u;ms-received-port=%u;ms-received-cid=%llx",
		 peer.port, peer.port, (unsigned long long)u->from.flow);
	assert_string_equal(line_of(sip_peer_want(&peer), "Via:"), want);
}

static void gives_benotify_without_a_transaction(void **state)
{
	struct user *u = *state;

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("BENOTIFY", "1 BENOTIFY", "z9hG4bKb", ""));
	wait_for(u, &u->n_null, 1);
	wait_alive(u, 0);
}

static void answers_what_is_malformed_but_readable(void **state)
{
	struct user *u = *state;
	char text[2048];

	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("MESSAGE", "1 INVITE", "z9hG4bKa", ""));
	(void)sip_peer_want_start(&peer, "SIP/2.0 400 ");
	snprintf(text, sizeof text, "%s", request("MESSAGE", "1 MESSAGE", "z9hG4bKa", ""));
	strstr(text, "SIP/2.0")[4] = '7';
	sip_peer_send(&peer, text);
	(void)sip_peer_want_start(&peer, "SIP/2.0 505 ");
	sip_peer_send(&peer, "complete nonsense\r\n\r\n");
	sip_peer_none(&peer);
	wait_for(u, &u->n_request, 0);
}

static void sheds_new_requests_at_the_limit_but_lets_go_of_finished_ones_first(void **state)
{
	struct user *u = *state;

	ply_sip_txl_set_limit(u->l, 2);
	sip_peer_udp(&peer, u->loop, &u->udp);
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bK1", ""));
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bK2", ""));
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bK3", ""));
	wait_for(u, &u->n_request, 3);
	wait_alive(u, 2);
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bK4", ""));
	wait_for(u, &u->n_request, 3);
	assert_string_equal(line_of(sip_peer_want_start(&peer, "SIP/2.0 503 "), "Retry-After"),
			    "Retry-After: 5");
}

/* --- client --- */

static struct ply_sip_hop hop_to(struct user *u, enum ply_sip_proto proto)
{
	struct ply_addr a = ply_addr_loopback(peer.port);
	struct ply_sip_hop hop;

	if (peer.stream)
		return u->from;
	assert_int_equal(ply_sip_connect(u->t, proto, &a, NULL, &hop), 0);
	return hop;
}

static char branch[PLY_SIP_BRANCH_MAX];

static struct ply_sip_ctx *start(struct user *u, const char *method)
{
	struct ply_sip_hop hop = hop_to(u, PLY_SIP_UDP);
	struct ply_sip_ctx *c;
	char text[1024];

	ply_sip_make_branch(ply_slice("", 0), branch);
	snprintf(text, sizeof text,
		 "%s sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP fe.example.com;branch=%s\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKbelow\r\n"
		 "From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\n"
		 "Route: <sip:next.example.com;lr>\r\nMax-Forwards: 69\r\nCall-ID: c1\r\n"
		 "CSeq: 7 %s\r\nContent-Length: 0\r\n\r\n",
		 method, branch, method);
	u->n_response = u->n_end = 0;
	assert_int_equal(ply_sip_ctx_start(u->l, &c, ply_sip_method_of(ply_slice_str(method)),
					   branch, &hop, ply_slice_str(text), on_response, u),
			 0);
	assert_int_equal(u->n_end, 0);
	sip_peer_turns(u->loop);
	return c;
}

static void answer(const char *status, const char *method)
{
	char text[1024];

	snprintf(text, sizeof text,
		 "SIP/2.0 %s\r\nVia: SIP/2.0/UDP fe.example.com;branch=%s\r\n"
		 "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKbelow\r\n"
		 "From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>;tag=b\r\n"
		 "Call-ID: c1\r\nCSeq: 7 %s\r\nContent-Length: 0\r\n\r\n",
		 status, branch, method);
	sip_peer_send(&peer, text);
}

static void expect_gaps(struct user *u, const char *start_line, const unsigned *gap, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ply_loop_advance(u->loop, gap[i] - 1);
		sip_peer_none(&peer);
		ply_loop_advance(u->loop, 1);
		(void)sip_peer_want_start(&peer, start_line);
	}
}

static void sends_a_request_again_by_timer_e_and_gives_up_by_timer_f(void **state)
{
	static const unsigned gap[] = {500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000};
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	(void)start(u, "MESSAGE");
	(void)sip_peer_want_start(&peer, "MESSAGE ");
	expect_gaps(u, "MESSAGE ", gap, ARRAY_LEN(gap)); /* 31.5 s */
	ply_loop_advance(u->loop, 499);
	wait_for(u, &u->n_end, 0);
	ply_loop_advance(u->loop, 1);
	wait_for(u, &u->n_end, 1);
	assert_int_equal(u->status, 408);
	wait_alive(u, 0);
}

static void slows_down_to_t2_after_a_provisional_answer(void **state)
{
	static const unsigned gap[] = {4000, 4000};
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	(void)start(u, "MESSAGE");
	(void)sip_peer_want_start(&peer, "MESSAGE ");
	answer("100 Trying", "MESSAGE");
	ply_loop_advance(u->loop, 500);
	(void)sip_peer_want_start(&peer, "MESSAGE ");
	expect_gaps(u, "MESSAGE ", gap, ARRAY_LEN(gap));
	answer("200 OK", "MESSAGE");
	wait_for(u, &u->n_response, 2);
	assert_int_equal(u->status, 200);
	answer("200 OK", "MESSAGE"); /* absorbed */
	wait_for(u, &u->n_response, 2);
	wait_for(u, &u->n_stray, 0);
	ply_loop_advance(u->loop, 5000); /* timer K */
	wait_alive(u, 0);
	answer("200 OK", "MESSAGE");
	wait_for(u, &u->n_stray, 1);
}

static void sends_an_invite_again_by_timer_a_and_gives_up_by_timer_b(void **state)
{
	static const unsigned gap[] = {500, 1000, 2000, 4000, 8000, 16000}; /* 31.5 s */
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	(void)start(u, "INVITE");
	(void)sip_peer_want_start(&peer, "INVITE ");
	expect_gaps(u, "INVITE ", gap, ARRAY_LEN(gap));
	ply_loop_advance(u->loop, 500);
	wait_for(u, &u->n_end, 1);
	assert_int_equal(u->status, 408);
}

static void acknowledges_a_refusal_and_again_while_timer_d_runs(void **state)
{
	struct user *u = *state;
	char via[200];
	const char *ack;

	sip_peer_udp(&peer, u->loop, &u->udp);
	(void)start(u, "INVITE");
	(void)sip_peer_want_start(&peer, "INVITE ");
	answer("180 Ringing", "INVITE");
	ply_loop_advance(u->loop, 40000); /* B does not count any more */
	sip_peer_none(&peer);
	answer("486 Busy Here", "INVITE");
	wait_for(u, &u->n_response, 2);
	ack = sip_peer_want_start(&peer, "ACK sip:bob@example.com SIP/2.0\r\n");
	snprintf(via, sizeof via, "Via: SIP/2.0/UDP fe.example.com;branch=%s", branch);
	assert_string_equal(line_of(ack, "Via:"), via);
	assert_null(strstr(ack, "z9hG4bKbelow"));
	assert_string_equal(line_of(ack, "To:"), "To: <sip:bob@example.com>;tag=b");
	assert_string_equal(line_of(ack, "CSeq:"), "CSeq: 7 ACK");
	assert_string_equal(line_of(ack, "Route:"), "Route: <sip:next.example.com;lr>");
	answer("486 Busy Here", "INVITE");
	(void)sip_peer_want_start(&peer, "ACK ");
	wait_for(u, &u->n_response, 2);
	ply_loop_advance(u->loop, 31999);
	wait_alive(u, 1);
	ply_loop_advance(u->loop, 1);
	wait_alive(u, 0);
}

static void passes_late_2xx_until_timer_m(void **state)
{
	struct user *u = *state;

	sip_peer_udp(&peer, u->loop, &u->udp);
	(void)start(u, "INVITE");
	(void)sip_peer_want_start(&peer, "INVITE ");
	answer("200 OK", "INVITE");
	answer("200 OK", "INVITE");
	answer("486 Busy Here", "INVITE"); /* after a 2xx: ignored */
	wait_for(u, &u->n_response, 2);
	sip_peer_none(&peer); /* the ACK is the user's */
	ply_loop_advance(u->loop, 32000);
	wait_for(u, &u->n_end, 1);
	assert_int_equal(u->status, 0);
	wait_alive(u, 0);
}

static void cancels_only_after_a_provisional_answer(void **state)
{
	static const struct ply_slice reason =
		PLY_SLICE_LIT("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");
	struct user *u = *state;
	struct ply_sip_ctx *c;
	const char *m;

	sip_peer_udp(&peer, u->loop, &u->udp);
	c = start(u, "INVITE");
	(void)sip_peer_want_start(&peer, "INVITE ");
	ply_sip_ctx_cancel(c, reason);
	ply_sip_ctx_cancel(c, reason);
	sip_peer_none(&peer);
	answer("180 Ringing", "INVITE");
	m = sip_peer_want_start(&peer, "CANCEL sip:bob@example.com SIP/2.0\r\n");
	assert_non_null(strstr(m, branch));
	assert_non_null(strstr(m, reason.p));
	assert_string_equal(line_of(m, "CSeq:"), "CSeq: 7 CANCEL");
	assert_string_equal(line_of(m, "To:"), "To: <sip:bob@example.com>");
	ply_loop_advance(u->loop, 500);
	(void)sip_peer_want_start(&peer, "CANCEL ");
	answer("200 OK", "CANCEL");
	wait_for(u, &u->n_response, 1);
	answer("487 Request Terminated", "INVITE");
	(void)sip_peer_want_start(&peer, "ACK ");
	wait_for(u, &u->n_response, 2);
	assert_int_equal(u->status, 487);
}

static void ends_a_cancelled_invite_that_nobody_answers(void **state)
{
	struct user *u = *state;
	struct ply_sip_ctx *c;

	sip_peer_udp(&peer, u->loop, &u->udp);
	c = start(u, "INVITE");
	answer("180 Ringing", "INVITE");
	ply_sip_ctx_cancel(c, ply_slice(NULL, 0));
	ply_loop_advance(u->loop, 32000);
	wait_for(u, &u->n_end, 1);
	assert_int_equal(u->status, 408);
	ply_loop_advance(u->loop, 32000);
	wait_alive(u, 0);
}

static void says_503_once_when_the_connection_is_lost(void **state)
{
	struct user *u = *state;

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bKa", ""));
	(void)start(u, "MESSAGE");
	(void)sip_peer_want_start(&peer, "MESSAGE ");
	ply_loop_advance(u->loop, 5000);
	sip_peer_none(&peer); /* nothing is sent again over TCP */
	sip_peer_close(&peer);
	wait_for(u, &u->n_end, 1);
	assert_int_equal(u->status, 503);
	wait_for(u, &u->n_closed, 1);

	(void)start(u, "MESSAGE"); /* the flow is gone already */
	wait_for(u, &u->n_end, 1);
	assert_int_equal(u->status, 503);
	reply(u, 200); /* dropped without error */
	wait_alive(u, 0);
}

static void answers_over_tcp_end_a_client_transaction_at_once(void **state)
{
	struct user *u = *state;

	sip_peer_tcp(&peer, u->loop, &u->tcp);
	sip_peer_send(&peer, request("OPTIONS", "1 OPTIONS", "z9hG4bKa", ""));
	reply(u, 200);
	(void)sip_peer_want_start(&peer, "SIP/2.0 200 ");
	(void)start(u, "MESSAGE");
	answer("200 OK", "MESSAGE");
	assert_int_equal(u->status, 200);
	wait_alive(u, 0);
	(void)sip_peer_want_start(&peer, "MESSAGE ");
	(void)start(u, "INVITE");
	(void)sip_peer_want_start(&peer, "INVITE ");
	answer("404 Not Found", "INVITE");
	(void)sip_peer_want_start(&peer, "ACK ");
	wait_alive(u, 0); /* timer D is zero */
}

static void runs_an_abandoned_transaction_to_its_end(void **state)
{
	struct user *u = *state;
	struct ply_sip_ctx *c;

	sip_peer_udp(&peer, u->loop, &u->udp);
	c = start(u, "INVITE");
	(void)sip_peer_want_start(&peer, "INVITE ");
	ply_sip_ctx_abandon(c);
	answer("603 Decline", "INVITE");
	(void)sip_peer_want_start(&peer, "ACK ");
	assert_int_equal(u->n_response + u->n_end, 0);
}

/* The n-th allocation and all after it fail, for n = 1, 2, ...: what cannot be done is refused or
 * dropped, nothing breaks, and afterwards all is well. */
static void survives_running_out_of_memory(void **state)
{
	struct user *u = *state;
	char key[40];

	sip_peer_udp(&peer, u->loop, &u->udp);
	for (unsigned n = 1; n < 40; n++) {
		u->stx = NULL;
		snprintf(key, sizeof key, "z9hG4bKmem%u", n);
		ply_mem_fail_after(n);
		sip_peer_send(&peer, request(n % 2 ? "MESSAGE" : "INVITE",
					     n % 2 ? "1 MESSAGE" : "1 INVITE", key, ""));
		if (u->stx) {
			const struct ply_sip_reply r = {.status = n % 3 ? 200 : 404};

			(void)ply_sip_stx_reply(u->stx, &r);
		}
		sip_peer_turns(u->loop);
		ply_mem_fail_after(0);
		sip_peer_turns(u->loop);
		if (u->stx && ply_sip_stx_request(u->stx)) /* the answer could not be written */
			reply(u, 500);
		sip_peer_turns(u->loop);
	}
	ply_loop_advance(u->loop, 40000);
	wait_alive(u, 0);
	u->stx = NULL;
	sip_peer_send(&peer, request("MESSAGE", "1 MESSAGE", "z9hG4bKlast", ""));
	reply(u, 202);
	while (strncmp(sip_peer_want(&peer), "SIP/2.0 202 ", 12) != 0)
		;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(absorbs_a_request_sent_again_and_repeats_the_last_answer),
		CASE(keeps_nothing_of_a_request_answered_over_tcp),
		CASE(says_100_when_the_user_is_silent_for_200_ms),
		CASE(repeats_a_refusal_by_timer_g_until_the_ack),
		CASE(gives_up_waiting_for_an_ack_by_timer_h),
		CASE(hands_the_ack_of_a_2xx_to_the_user_and_absorbs_the_invite),
		CASE(answers_cancel_and_tells_the_user_once),
		CASE(matches_by_the_older_rules_without_a_branch),
		CASE(takes_an_ack_of_another_answer_for_one_of_a_2xx),
		CASE(marks_what_comes_over_a_connection_for_ocs_clients),
		CASE(gives_benotify_without_a_transaction),
		CASE(answers_what_is_malformed_but_readable),
		CASE(sheds_new_requests_at_the_limit_but_lets_go_of_finished_ones_first),
		CASE(sends_a_request_again_by_timer_e_and_gives_up_by_timer_f),
		CASE(slows_down_to_t2_after_a_provisional_answer),
		CASE(sends_an_invite_again_by_timer_a_and_gives_up_by_timer_b),
		CASE(acknowledges_a_refusal_and_again_while_timer_d_runs),
		CASE(passes_late_2xx_until_timer_m),
		CASE(cancels_only_after_a_provisional_answer),
		CASE(ends_a_cancelled_invite_that_nobody_answers),
		CASE(says_503_once_when_the_connection_is_lost),
		CASE(answers_over_tcp_end_a_client_transaction_at_once),
		CASE(runs_an_abandoned_transaction_to_its_end),
		CASE(survives_running_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
