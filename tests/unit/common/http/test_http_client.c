#include "tests/unit/common/http/web.h"

#include "net/dns.h"
#include "net/sock.h"

#include <sys/socket.h>
#include <unistd.h>

/* What came back to a request. */
struct reply {
	unsigned n;
	int status;
	char body[64], seen[8];
	struct ply_http_client *free_inside;
	struct ply_http_request *cancel_inside;
};

static void on_reply(void *ctx, int status, const struct ply_http_reply *r)
{
	struct reply *got = ctx;

	got->n++;
	got->status = status;
	ply_http_client_free(got->free_inside);
	ply_http_request_cancel(got->cancel_inside);
	if (!r)
		return;
	assert_true(ply_slice_copy(r->body, got->body, sizeof got->body));
	(void)ply_slice_copy(ply_http_reply_header(r, "x-seen"), got->seen, sizeof got->seen);
}

static struct ply_http_client *client_of(uint16_t port, struct ply_http_client_conf conf)
{
	struct ply_http_client *c = NULL;
	char url[64];

	(void)snprintf(url, sizeof url, "%s:%u",
		       conf.url   ? conf.url
		       : conf.tls ? "https://127.0.0.1"
				  : "http://127.0.0.1",
		       port);
	conf.url = url;
	assert_int_equal(ply_http_client_new(&c, loop, &conf), 0);
	return c;
}

static struct ply_http_request *post(struct ply_http_client *c, const char *path, const char *body,
				     uint32_t deadline_ms, struct reply *got)
{
	const struct ply_http_send send = {.path = path,
					   .type = "text/plain",
					   .body = ply_slice_str(body),
					   .deadline_ms = deadline_ms};
	struct ply_http_request *r = NULL;

	assert_int_equal(ply_http_client_send(c, &r, &send, on_reply, got), 0);
	assert_int_equal(got->n, 0);
	return r;
}

static void requests_share_kept_connections(void **state)
{
	(void)state;
	for (int secure = 0; secure < 2; secure++) {
		struct web w = {0};
		struct reply got[20] = {0};
		struct ply_http_client *c;
		unsigned done = 0;

		web_open(&w, loop,
			 (struct ply_http_server_conf){.tls = secure ? tls.server : NULL,
						       .require_peer = secure});
		c = client_of(ply_http_server_port(w.server),
			      (struct ply_http_client_conf){.tls = secure ? tls.client : NULL,
							    .name = "pool.lab.example",
							    .max_connections = 2});
		for (size_t i = 0; i < ARRAY_LEN(got); i++)
			(void)post(c, "/echo", "hello", 0, &got[i]);
		WAIT_FOR(loop, got[19].n && got[18].n);
		for (size_t i = 0; i < ARRAY_LEN(got); i++)
			done += got[i].n == 1 && got[i].status == 200 &&
				!strcmp(got[i].body, "hello") && !strcmp(got[i].seen, "yes");
		assert_int_equal(done, ARRAY_LEN(got));
		assert_int_equal(ply_http_server_n_open(w.server), 2);
		assert_int_equal(ply_http_client_n_open(c), 2);
		assert_string_equal(w.peer, secure ? "mcu.lab.example" : "");
		ply_http_client_free(c);
		web_close(&w);
	}
}

static void a_wrong_name_or_authority_is_no_connection(void **state)
{
	const struct {
		const char *why, *name;
		struct ply_tls_ctx *server, *client;
		int status;
	} cases[] = {
		{"the right one", "fe.lab.example", tls.server, tls.client, 200},
		{"another name", "edge.lab.example", tls.server, tls.client, -ECONNREFUSED},
		{"no name: the address", NULL, tls.server, tls.client, -ECONNREFUSED},
		{"no certificate of ours", "fe.lab.example", tls.server, tls.nobody, 403},
		{"one of another authority", "fe.lab.example", tls.server, tls.stranger, 403},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct web w = {0};
		struct reply got = {0};
		struct ply_http_client *c;

		web_open(&w, loop,
			 (struct ply_http_server_conf){.tls = cases[i].server,
						       .require_peer = true});
		c = client_of(ply_http_server_port(w.server),
			      (struct ply_http_client_conf){.tls = cases[i].client,
							    .name = cases[i].name});
		(void)post(c, "/echo", "x", 0, &got);
		WAIT_FOR(loop, got.n);
		if (got.status != cases[i].status)
			fail_msg("%s: status %d (%s)", cases[i].why, got.status,
				 ply_http_client_error(c));
		if (got.status < 0)
			assert_non_null(strstr(ply_http_client_error(c), "mismatch"));
		ply_http_client_free(c);
		web_close(&w);
	}
}

static void the_deadline_ends_waiting_for_an_answer(void **state)
{
	struct web w = {0};
	struct reply got = {0}, next = {0};
	struct ply_http_client *c;

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	web_open(&w, loop, (struct ply_http_server_conf){0});
	c = client_of(ply_http_server_port(w.server),
		      (struct ply_http_client_conf){.max_connections = 1});
	(void)post(c, "/later", "", 3000, &got);
	(void)post(c, "/echo", "next", 9000, &next);
	WAIT_FOR(loop, w.n_calls == 1);
	ply_loop_advance(loop, 2999);
	assert_int_equal(got.n, 0);
	ply_loop_advance(loop, 2);
	assert_int_equal(got.status, -ETIMEDOUT);
	WAIT_FOR(loop, next.n && w.n_gone == 1);
	assert_int_equal(next.status, 200);
	ply_http_client_free(c);
	web_close(&w);
}

static void the_queue_is_bounded(void **state)
{
	const struct ply_http_send send = {.path = "/later"};
	struct web w = {0};
	struct reply got[4] = {0};
	struct ply_http_client *c;

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	c = client_of(ply_http_server_port(w.server),
		      (struct ply_http_client_conf){.max_connections = 1, .max_queued = 2});
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ply_http_client_send(c, NULL, &send, on_reply, &got[i]), 0);
	assert_int_equal(ply_http_client_send(c, NULL, &send, on_reply, &got[2]), -ENOBUFS);
	WAIT_FOR(loop, w.n_calls == 1);
	assert_int_equal(ply_http_client_n_waiting(c), 1);
	assert_int_equal(ply_http_client_send(c, NULL, &send, on_reply, &got[3]), 0);
	for (unsigned i = 0; i < 3; i++) {
		WAIT_FOR(loop, w.n_calls == i + 1);
		web_answer(&w, i, "ok");
	}
	WAIT_FOR(loop, got[3].n == 1);
	assert_int_equal(got[2].n, 0);
	ply_http_client_free(c);
	web_close(&w);
}

/* A port where nobody listens: bound, so that nobody else takes it. */
static int deaf_socket(uint16_t *port)
{
	const struct ply_addr any = ply_addr_loopback(0);
	struct sockaddr_storage sa;
	socklen_t len = ply_addr_to_sockaddr(&any, &sa);
	struct ply_addr at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(ply_sock_local(fd, &at), 0);
	*port = at.port;
	return fd;
}

static void no_connection_fails_all_that_wait_and_later_ones_try_again(void **state)
{
	struct web w = {0};
	struct reply a = {0}, b = {0}, later = {0};
	struct ply_http_client *c;
	uint16_t port;
	int fd = deaf_socket(&port);
	struct ply_http_server_conf conf = {.addr = ply_addr_loopback(port)};
	const struct ply_http_route echo = {"/echo", false, PLY_HTTP_POST, 10, web_echo, &w};

	(void)state;
	c = client_of(port, (struct ply_http_client_conf){.retry_ms = 50});
	(void)post(c, "/echo", "a", 0, &a);
	(void)post(c, "/echo", "b", 0, &b);
	WAIT_FOR(loop, a.n && b.n);
	assert_int_equal(a.status, -ECONNREFUSED);
	assert_int_equal(b.status, -ECONNREFUSED);
	assert_true(ply_http_client_error(c)[0] != '\0');
	(void)close(fd);
	assert_int_equal(ply_http_server_listen(&w.server, loop, &conf), 0);
	assert_int_equal(ply_http_server_add(w.server, &echo), 0);
	(void)post(c, "/echo", "c", 0, &later);
	WAIT_FOR(loop, later.n);
	assert_int_equal(later.status, 200);
	ply_http_client_free(c);
	ply_http_server_close(w.server);
}

static void a_lost_connection_is_told_and_replaced(void **state)
{
	struct web w = {0};
	struct reply lost = {0}, next = {0};
	struct ply_http_client *c;
	uint16_t port;
	struct ply_http_server_conf conf = {0};

	(void)state;
	web_open(&w, loop, conf);
	port = ply_http_server_port(w.server);
	c = client_of(port, conf.tls ? (struct ply_http_client_conf){0}
				     : (struct ply_http_client_conf){.retry_ms = 20});
	(void)post(c, "/later", "", 0, &lost);
	WAIT_FOR(loop, w.n_calls == 1);
	web_close(&w);
	WAIT_FOR(loop, lost.n);
	assert_int_equal(lost.status, -ECONNRESET);
	conf.addr = ply_addr_loopback(port);
	assert_int_equal(ply_http_server_listen(&w.server, loop, &conf), 0);
	(void)post(c, "/echo", "x", 0, &next);
	WAIT_FOR(loop, next.n);
	assert_int_equal(next.status, 404);
	ply_http_client_free(c);
	ply_http_server_close(w.server);
}

static void an_unused_connection_is_closed(void **state)
{
	struct web w = {0};
	struct reply got = {0};
	struct ply_http_client *c;

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	web_open(&w, loop, (struct ply_http_server_conf){.idle_ms = 60000});
	c = client_of(ply_http_server_port(w.server),
		      (struct ply_http_client_conf){.idle_ms = 20000});
	(void)post(c, "/echo", "x", 0, &got);
	WAIT_FOR(loop, got.n);
	ply_loop_advance(loop, 19999);
	assert_int_equal(ply_http_client_n_open(c), 1);
	ply_loop_advance(loop, 2);
	assert_int_equal(ply_http_client_n_open(c), 0);
	WAIT_FOR(loop, !ply_http_server_n_open(w.server));
	ply_http_client_free(c);
	web_close(&w);
}

static void cancelled_and_freed_requests_are_never_called(void **state)
{
	struct web w = {0};
	struct reply got[5] = {0};
	struct ply_http_request *sent, *waits;
	struct ply_http_client *c;

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	c = client_of(ply_http_server_port(w.server),
		      (struct ply_http_client_conf){.max_connections = 1});
	sent = post(c, "/later", "", 0, &got[0]);
	waits = post(c, "/later", "", 0, &got[1]);
	WAIT_FOR(loop, w.n_calls == 1);
	ply_http_request_cancel(waits);
	ply_http_request_cancel(sent);
	WAIT_FOR(loop, w.n_gone == 1);
	/* The answer to one cancels another and frees the client under a third. */
	(void)post(c, "/echo", "x", 0, &got[2]);
	got[2].cancel_inside = post(c, "/echo", "x", 0, &got[3]);
	got[2].free_inside = NULL;
	(void)post(c, "/echo", "x", 0, &got[4]);
	got[4].free_inside = c;
	WAIT_FOR(loop, got[4].n);
	(void)ply_loop_step(loop, 1);
	assert_int_equal(got[0].n + got[1].n + got[3].n, 0);
	assert_string_equal(got[4].body, "x");
	web_close(&w);
}

static void a_client_may_be_freed_while_all_that_wait_fail(void **state)
{
	struct reply got[3] = {0};
	struct ply_http_client *c;
	uint16_t port;
	int fd = deaf_socket(&port);

	(void)state;
	c = client_of(port, (struct ply_http_client_conf){0});
	for (size_t i = 0; i < ARRAY_LEN(got); i++)
		(void)post(c, "/", "", 0, &got[i]);
	got[1].free_inside = c;
	WAIT_FOR(loop, got[1].n);
	(void)ply_loop_step(loop, 1);
	assert_int_equal(got[0].n, 1);
	assert_int_equal(got[2].n, 0);
	(void)close(fd);
}

/* A server that answers every request with a text of the test's. */
struct oracle {
	struct ply_listener *l;
	struct ply_stream *s;
	const char *text;
};

static size_t oracle_data(void *ctx, const char *p, size_t len)
{
	struct oracle *o = ctx;

	(void)p;
	assert_int_equal(ply_stream_write(o->s, o->text, strlen(o->text)), 0);
	return len;
}

static void oracle_closed(void *ctx, const char *reason)
{
	(void)reason;
	((struct oracle *)ctx)->s = NULL;
}

static const struct ply_stream_ops oracle_ops = {.on_data = oracle_data, .on_close = oracle_closed};

static void oracle_accept(void *ctx, struct ply_stream *s)
{
	((struct oracle *)ctx)->s = s;
	ply_stream_set_ops(s, &oracle_ops, ctx);
}

static void answers_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *why, *text;
		int status;
	} cases[] = {
		{"an answer", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200},
		{"after an interim one", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
		 204},
		{"no HTTP", "220 mail.example ESMTP\r\n\r\n", -EPROTO},
		{"without length", "HTTP/1.1 200 OK\r\n\r\nok", -EPROTO},
		{"too long", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", -EPROTO},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		 -EPROTO},
		{"more than was asked for",
		 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", 200},
	};
	struct ply_listener_conf conf = {.addr = ply_addr_loopback(0)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct oracle o = {.text = cases[i].text};
		struct reply got = {0};
		struct ply_http_client *c;

		assert_int_equal(ply_listener_open(&o.l, loop, &conf, oracle_accept, &o), 0);
		c = client_of(ply_listener_addr(o.l)->port,
			      (struct ply_http_client_conf){.max_answer = 1000});
		(void)post(c, "/", "", 0, &got);
		WAIT_FOR(loop, got.n);
		if (got.status != cases[i].status)
			fail_msg("%s: %d", cases[i].why, got.status);
		ply_http_client_free(c);
		WAIT_FOR(loop, !o.s);
		ply_listener_close(o.l);
	}
}

static void host_names_are_looked_up_on_the_way(void **state)
{
	struct ply_dns_conf conf = {0};
	struct web w = {0};
	struct reply got = {0}, none = {0};
	struct ply_http_client *c, *lost;
	struct ply_dns *dns = NULL;
	char hosts[256];

	(void)state;
	(void)snprintf(hosts, sizeof hosts, "%s/hosts", tls.dir);
	test_write_file(hosts, "127.0.0.1 fe.lab.example\n"
			       "127.0.0.2 other.lab.example\n");
	conf.hosts_file = hosts;
	assert_int_equal(ply_dns_new(&dns, loop, &conf, NULL), 0);
	web_open(&w, loop, (struct ply_http_server_conf){.tls = tls.server});
	c = client_of(ply_http_server_port(w.server),
		      (struct ply_http_client_conf){
			      .url = "https://fe.lab.example", .tls = tls.client, .dns = dns});
	lost = client_of(
		1, (struct ply_http_client_conf){.url = "http://absent.lab.example", .dns = dns});
	(void)post(c, "/echo", "x", 0, &got);
	(void)post(lost, "/echo", "x", 0, &none);
	WAIT_FOR(loop, got.n && none.n);
	assert_int_equal(got.status, 200);
	assert_int_equal(none.status, -ENOENT);
	ply_http_client_free(c);
	ply_http_client_free(lost);
	ply_dns_free(dns);
	web_close(&w);
}

static void only_http_urls_are_taken(void **state)
{
	static const char *const bad[] = {
		"",           "sip:a",          "https://",         "http://[::1",
		"http://a:0", "http://a:70000", "https://127.0.0.1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct ply_http_client_conf conf = {.url = bad[i]}; /* https wants tls */
		struct ply_http_client *c = NULL;

		if (ply_http_client_new(&c, loop, &conf) != -EINVAL)
			fail_msg("%s", bad[i]);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, web_set_up, web_tear_down)
	const struct CMUnitTest tests[] = {
		T(requests_share_kept_connections),
		T(a_wrong_name_or_authority_is_no_connection),
		T(the_deadline_ends_waiting_for_an_answer),
		T(the_queue_is_bounded),
		T(no_connection_fails_all_that_wait_and_later_ones_try_again),
		T(a_lost_connection_is_told_and_replaced),
		T(an_unused_connection_is_closed),
		T(cancelled_and_freed_requests_are_never_called),
		T(a_client_may_be_freed_while_all_that_wait_fail),
		T(answers_that_are_none_are_refused),
		T(host_names_are_looked_up_on_the_way),
		T(only_http_urls_are_taken),
	};

	return cmocka_run_group_tests(tests, web_set_up_all, web_tear_down_all);
}
