#include "tests/unit/common/net/ends.h"

#include "tests/lib/certs.h"

#include "base/mem.h"
#include "net/sock.h"
#include "net/udpbatch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Every behaviour is shown over TCP (tls NULL) and over TLS. */
static struct {
	char *dir;
	struct ply_tls_ctx *server, *client;
	struct ply_loop *loop;
} fix;

static int set_up_all(void **state)
{
	struct test_ca *ca = test_ca_new("Test Authority");
	struct ply_tls_conf server = {.server = true}, client = {.server = false};

	(void)state;
	fix.dir = test_dir_new();
	server.cert = test_path(fix.dir, "s.pem");
	server.key = test_path(fix.dir, "s.key");
	client.ca = test_path(fix.dir, "ca.pem");
	test_ca_write(ca, client.ca);
	test_cert_write(ca, "server.example", "DNS:server.example", 30, server.cert, server.key);
	test_ca_free(ca);
	assert_int_equal(ply_tls_ctx_new(&fix.server, &server, NULL), 0);
	assert_int_equal(ply_tls_ctx_new(&fix.client, &client, NULL), 0);
	return 0;
}

static int tear_down_all(void **state)
{
	(void)state;
	ply_tls_ctx_unref(fix.server);
	ply_tls_ctx_unref(fix.client);
	test_dir_free(fix.dir);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	return ply_loop_new(&fix.loop);
}

static int tear_down(void **state)
{
	(void)state;
	ply_loop_free(fix.loop);
	return 0;
}

/* NOLINTNEXTLINE(bugprone-macro-parentheses): `tls_` is declared, not used */
#define OVER_BOTH(tls_) for (int tls_ = 0; tls_ < 2; tls_++)

static void open_pair(struct pair *p, int tls)
{
	pair_open(p, fix.loop, tls ? fix.server : NULL, tls ? fix.client : NULL);
}

static void a_turns_writes_arrive_together_and_come_back(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.server.on_data = ACT_ECHO};

		open_pair(&p, tls);
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(ply_stream_write(p.client.s, "message\r\n", 9), 0);
		WAIT_FOR(fix.loop, p.client.got.len == 90);
		assert_int_equal(p.server.n_data, 1);
		assert_int_equal(p.client.n_data, 1);
		assert_memory_equal(p.client.got.p, "message\r\nmessage\r\n", 18);
		assert_int_equal(ply_stream_bytes_in(p.server.s), 90);
		assert_int_equal(ply_stream_bytes_out(p.server.s), 90);
		assert_string_equal(ply_stream_tls_version(p.client.s), tls ? "TLSv1.3" : "");
		assert_int_equal(ply_stream_local(p.client.s)->port,
				 ply_stream_peer(p.server.s)->port);
		pair_done(&p);
	}
}

static void written_before_it_is_open_is_sent_then(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {0};

		pair_listen(&p, fix.loop, tls ? fix.server : NULL);
		pair_connect(&p, tls ? fix.client : NULL, NULL);
		assert_int_equal(ply_stream_write(p.client.s, "early", 5), 0);
		WAIT_FOR(fix.loop, p.server.got.len == 5);
		assert_int_equal(p.server.n_open, 1);
		pair_done(&p);
	}
}

static void what_is_not_consumed_comes_again_with_more(void **state)
{
	static const char text[] = "one\ntwo\nthree\n";
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.server.on_data = ACT_LINES};

		open_pair(&p, tls);
		for (size_t i = 0; i < sizeof text - 1; i++) {
			unsigned n = p.server.n_data;

			assert_int_equal(ply_stream_write(p.client.s, text + i, 1), 0);
			WAIT_FOR(fix.loop, p.server.n_data > n);
		}
		assert_int_equal(p.server.got.len, sizeof text - 1);
		assert_memory_equal(p.server.got.p, text, sizeof text - 1);
		pair_done(&p);
	}
}

static void too_much_without_an_end_closes(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.server.on_data = ACT_KEEP, .conf.max_pending = 10000};
		char chunk[6000] = {0};

		open_pair(&p, tls);
		assert_int_equal(ply_stream_write(p.client.s, chunk, sizeof chunk), 0);
		WAIT_FOR(fix.loop, p.server.n_data == 1);
		assert_int_equal(p.server.n_close, 0);
		assert_int_equal(ply_stream_write(p.client.s, chunk, sizeof chunk), 0);
		WAIT_FOR(fix.loop, p.server.n_close == 1);
		assert_string_equal(p.server.why, "more input than allowed without an end");
		WAIT_FOR(fix.loop, p.client.n_close == 1);
		pair_done(&p);
	}
}

static void output_nobody_reads_is_limited(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.client.on_open = ACT_PAUSE};
		char *chunk = calloc(1, 100000);
		int r = 0;

		open_pair(&p, tls);
		for (unsigned i = 0; i < 1000 && !r; i++) {
			r = ply_stream_write(p.server.s, chunk, 100000);
			assert_int_equal(p.server.n_close, 0);
			if (!r)
				(void)ply_loop_step(fix.loop, 1);
		}
		assert_int_equal(r, -ENOBUFS);
		assert_int_equal(ply_stream_write(p.server.s, "x", 1), -ENOTCONN);
		WAIT_FOR(fix.loop, p.server.n_close == 1);
		assert_string_equal(p.server.why, "the peer does not read: output limit reached");
		pair_done(&p);
		free(chunk);
	}
}

static void a_slow_reader_gets_all_and_the_writer_is_told(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.client.on_open = ACT_PAUSE, .conf.max_output = 64 << 20};
		enum { TOTAL = 16 << 20 };
		char *big = malloc(TOTAL);

		for (size_t i = 0; i < TOTAL; i++)
			big[i] = (char)(i * 7 + i / 251);
		open_pair(&p, tls);
		assert_int_equal(ply_stream_write(p.server.s, big, TOTAL), 0);
		for (unsigned i = 0; i < 5; i++)
			(void)ply_loop_step(fix.loop, 1);
		assert_true(ply_stream_unsent(p.server.s) > 0);
		assert_int_equal(p.server.n_drained, 0);
		ply_stream_pause(p.client.s, false);
		WAIT_FOR(fix.loop, p.client.got.len == TOTAL);
		assert_memory_equal(p.client.got.p, big, TOTAL);
		WAIT_FOR(fix.loop, p.server.n_drained == 1);
		assert_int_equal(ply_stream_unsent(p.server.s), 0);
		pair_done(&p);
		free(big);
	}
}

static void close_sends_what_is_written_first(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.conf.max_output = 8 << 20};
		char *big = calloc(1, 4 << 20);

		open_pair(&p, tls);
		/* Unread input must not turn the close into a reset that loses the answer. */
		assert_int_equal(ply_stream_write(p.client.s, "question", 8), 0);
		assert_int_equal(ply_stream_write(p.server.s, big, 4 << 20), 0);
		ply_stream_close(p.server.s);
		p.server.s = NULL;
		WAIT_FOR(fix.loop, p.client.n_close == 1);
		assert_int_equal(p.client.got.len, 4 << 20);
		assert_string_equal(p.client.why, "closed by peer");
		assert_int_equal(p.server.n_close, 0);
		WAIT_FOR(fix.loop, ply_listener_n_open(p.listener) == 0);
		pair_done(&p);
		free(big);
	}
}

static void may_end_inside_any_callback(void **state)
{
	static const enum end_act acts[] = {ACT_CLOSE, ACT_ABORT};
	(void)state;
	OVER_BOTH(tls)
		for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
			for (unsigned where = 0; where < 4; where++) {
				struct pair p = {0};

				(&p.server)[where / 2].on_open = where % 2 ? ACT_NONE : acts[i];
				(&p.server)[where / 2].on_data = where % 2 ? acts[i] : ACT_NONE;
				pair_listen(&p, fix.loop, tls ? fix.server : NULL);
				pair_connect(&p, tls ? fix.client : NULL, NULL);
				assert_int_equal(ply_stream_write(p.client.s, "ping", 4), 0);
				if (where == 3) {
					WAIT_FOR(fix.loop, p.server.n_open == 1);
					assert_int_equal(ply_stream_write(p.server.s, "pong", 4),
							 0);
				}
				WAIT_FOR(fix.loop, p.server.n_close + p.client.n_close == 1);
				assert_int_equal((&p.server)[where / 2].n_close, 0);
				pair_done(&p);
			}
		}
}

static void may_abort_another_inside_a_callback(void **state)
{
	(void)state;
	OVER_BOTH(tls) {
		struct pair p = {.server.on_data = ACT_ECHO};

		open_pair(&p, tls);
		p.server.kill_on_data = p.client.s;
		p.client.s = NULL;
		assert_int_equal(ply_stream_write(p.server.kill_on_data, "ping", 4), 0);
		WAIT_FOR(fix.loop, p.server.n_close == 1);
		assert_int_equal(p.client.n_close, 0);
		pair_done(&p);
	}
}

static void failures_to_connect_come_by_callback(void **state)
{
	struct end e = {0};
	struct ply_stream_target to = {.addr = ply_addr_loopback(0)};
	struct ply_addr any = ply_addr_loopback(0);
	int fd = ply_sock_listen(&any, 1, 0);

	(void)state;
	/* A port that was free a moment ago. */
	assert_int_equal(ply_sock_local(fd, &to.addr), 0);
	(void)close(fd);
	assert_int_equal(ply_stream_connect(&e.s, fix.loop, &to, NULL, &end_ops, &e), 0);
	WAIT_FOR(fix.loop, e.n_close == 1);
	assert_string_equal(e.why, "Connection refused");
	assert_int_equal(e.n_open, 0);
	/* Nothing listens on port 0 of nowhere: refused in the call itself. */
	to.addr = (struct ply_addr){.family = 0};
	assert_int_equal(ply_stream_connect(&e.s, fix.loop, &to, NULL, &end_ops, &e), 0);
	assert_int_equal(e.n_close, 1);
	WAIT_FOR(fix.loop, e.n_close == 2);
}

static void a_silent_handshake_times_out_at_both_ends(void **state)
{
	struct pair p = {.conf.open_ms = 30};

	(void)state;
	pair_listen(&p, fix.loop, NULL);
	pair_connect(&p, fix.client, NULL);
	WAIT_FOR(fix.loop, p.client.n_close == 1);
	assert_string_equal(p.client.why, "TLS handshake timed out");
	pair_done(&p);

	p = (struct pair){.conf.open_ms = 30};
	pair_listen(&p, fix.loop, fix.server);
	pair_connect(&p, NULL, NULL);
	WAIT_FOR(fix.loop, p.server.n_close == 1);
	assert_string_equal(p.server.why, "TLS handshake timed out");
	pair_done(&p);
}

static void plain_text_on_a_tls_port_is_refused(void **state)
{
	struct pair p = {0};

	(void)state;
	pair_listen(&p, fix.loop, fix.server);
	pair_connect(&p, NULL, NULL);
	assert_int_equal(ply_stream_write(p.client.s, "REGISTER sip:lab.example SIP/2.0\r\n", 34),
			 0);
	WAIT_FOR(fix.loop, p.server.n_close == 1 && p.client.n_close == 1);
	assert_string_equal(p.server.why, "TLS handshake: wrong version number");
	pair_done(&p);
}

static void connections_over_the_limit_are_closed_at_once(void **state)
{
	struct pair p = {0};
	struct end second = {0};
	struct ply_listener_conf conf = {.addr = ply_addr_loopback(0), .max_connections = 1};
	struct ply_stream_target to = {0};

	(void)state;
	p.loop = fix.loop;
	assert_int_equal(ply_listener_open(&p.listener, fix.loop, &conf, pair_accept, &p), 0);
	pair_connect(&p, NULL, NULL);
	WAIT_FOR(fix.loop, p.server.n_open == 1);
	to.addr = *ply_listener_addr(p.listener);
	assert_int_equal(ply_stream_connect(&second.s, fix.loop, &to, NULL, &end_ops, &second), 0);
	WAIT_FOR(fix.loop, second.n_close == 1);
	assert_int_equal(ply_listener_n_refused(p.listener), 1);
	/* The listener goes, its stream stays. */
	ply_listener_close(p.listener);
	p.listener = NULL;
	assert_int_equal(ply_stream_write(p.client.s, "x", 1), 0);
	WAIT_FOR(fix.loop, p.server.got.len == 1);
	pair_done(&p);
}

static void lack_of_memory_while_opening_leaves_nothing_behind(void **state)
{
	(void)state;
	OVER_BOTH(tls)
		for (size_t n = 1; n < 8; n++) {
			struct ply_stream_target to = {.addr = ply_addr_loopback(1),
						       .tls = tls ? fix.client : NULL,
						       .name = "server.example"};
			struct end e = {0};
			int r;

			ply_mem_fail_after(n);
			r = ply_stream_connect(&e.s, fix.loop, &to, NULL, &end_ops, &e);
			ply_mem_fail_after(0);
			if (r) {
				assert_int_equal(r, -ENOMEM);
				continue;
			}
			WAIT_FOR(fix.loop, e.n_close == 1);
		}
}

struct udp_end {
	struct ply_udp *u;
	unsigned n;
	size_t bytes;
	bool echo, close;
};

static void on_datagram(void *ctx, const char *p, size_t len, const struct ply_addr *peer)
{
	struct udp_end *e = ctx;

	e->n++;
	e->bytes += len;
	if (e->echo)
		assert_int_equal(ply_udp_send(e->u, peer, p, len), 0);
	if (e->close) {
		ply_udp_close(e->u);
		e->u = NULL;
	}
}

static void datagrams_go_and_come_in_batches(void **state)
{
	struct udp_end a = {0}, b = {.echo = true};
	struct ply_udp_conf conf = {.local = ply_addr_loopback(0)};
	char *big = calloc(1, 65507);

	(void)state;
	assert_int_equal(ply_udp_open(&a.u, fix.loop, &conf, on_datagram, &a), 0);
	assert_int_equal(ply_udp_open(&b.u, fix.loop, &conf, on_datagram, &b), 0);
	for (size_t len = 0; len <= 65507; len = len * 2 + 1)
		assert_int_equal(ply_udp_send(a.u, ply_udp_addr(b.u), big, len), 0);
	assert_int_equal(ply_udp_send(a.u, ply_udp_addr(b.u), big, 65507), 0);
	for (unsigned i = 0; i < 83; i++)
		assert_int_equal(ply_udp_send(a.u, ply_udp_addr(b.u), big, 100), 0);
	WAIT_FOR(fix.loop, a.n == 100);
	assert_int_equal(b.n, 100);
	assert_int_equal(a.bytes, b.bytes);
	assert_int_equal(ply_udp_send(a.u, ply_udp_addr(b.u), big, 65536), -EMSGSIZE);
	free(big);
	b.echo = false;
	b.close = true;
	assert_int_equal(ply_udp_send(a.u, ply_udp_addr(b.u), "x", 1), 0);
	assert_int_equal(ply_udp_send(a.u, ply_udp_addr(b.u), "y", 1), 0);
	WAIT_FOR(fix.loop, !b.u);
	assert_int_equal(b.n, 101);
	ply_udp_close(a.u);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_turns_writes_arrive_together_and_come_back),
		T(written_before_it_is_open_is_sent_then),
		T(what_is_not_consumed_comes_again_with_more),
		T(too_much_without_an_end_closes),
		T(output_nobody_reads_is_limited),
		T(a_slow_reader_gets_all_and_the_writer_is_told),
		T(close_sends_what_is_written_first),
		T(may_end_inside_any_callback),
		T(may_abort_another_inside_a_callback),
		T(failures_to_connect_come_by_callback),
		T(a_silent_handshake_times_out_at_both_ends),
		T(plain_text_on_a_tls_port_is_refused),
		T(connections_over_the_limit_are_closed_at_once),
		T(lack_of_memory_while_opening_leaves_nothing_behind),
		T(datagrams_go_and_come_in_batches),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
