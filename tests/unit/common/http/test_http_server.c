#include "tests/unit/common/http/web.h"

/* --- the other end: a stream that says what the test says --- */

static void dial(struct web *w, struct end *e, struct ply_tls_ctx *ctx)
{
	const struct ply_stream_target to = {
		.addr = ply_addr_loopback(ply_http_server_port(w->server)), .tls = ctx};

	assert_int_equal(ply_stream_connect(&e->s, w->loop, &to, NULL, &end_ops, e), 0);
	WAIT_FOR(w->loop, e->n_open || e->n_close);
}

static void say(struct end *e, const char *text)
{
	assert_int_equal(ply_stream_write(e->s, text, strlen(text)), 0);
}

static bool got(const struct end *e, const char *text)
{
	return strstr(ply_strbuf_str(&e->got), text) != NULL;
}

static unsigned answers(const struct end *e)
{
	unsigned n = 0;

	for (const char *p = ply_strbuf_str(&e->got); (p = strstr(p, "HTTP/1.1 ")); p++)
		n++;
	return n;
}

static void hang_up(struct end *e)
{
	ply_stream_abort(e->s);
	e->s = NULL;
	ply_strbuf_deinit(&e->got);
}

#define POST(path, len)                                                                            \
	"POST " path " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: " len    \
	"\r\n"

static void a_connection_serves_one_request_after_the_other(void **state)
{
	struct web w = {0};
	struct end e = {0};

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	dial(&w, &e, NULL);
	for (unsigned i = 1; i <= 3; i++) {
		say(&e, POST("/echo", "5") "\r\nhel");
		(void)ply_loop_step(loop, 1);
		say(&e, "lo");
		WAIT_FOR(loop, answers(&e) == i && got(&e, "hello"));
	}
	assert_true(got(&e, "HTTP/1.1 200 OK\r\nDate: "));
	assert_true(got(&e, "X-Seen: yes\r\n"));
	assert_int_equal(ply_http_server_n_open(w.server), 1);
	assert_int_equal(e.n_close, 0);
	hang_up(&e);
	web_close(&w);
}

static void what_is_refused_is_refused_with_its_status(void **state)
{
	static const struct {
		const char *why, *send, *want;
		bool closes;
	} cases[] = {
		{"no such path", "POST /no HTTP/1.1\r\nHost: x\r\n\r\n", " 404 ", false},
		{"as to a proxy, no path", "GET http://h HTTP/1.1\r\nHost: x\r\n\r\n", " 404 ",
		 false},
		{"method of another kind", "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n",
		 "Allow: POST\r\n", false},
		{"unknown method", "BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n", " 501 ", false},
		{"another type",
		 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/html\r\n\r\n", " 415 ",
		 false},
		{"chunked", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
		 " 411 ", true},
		{"a body that is much too long", POST("/echo", "20000000") "\r\n", " 413 ", true},
		{"no HTTP", "hello\r\n\r\n", " 400 ", true},
		{"two lengths", POST("/echo", "5") "Content-Length: 6\r\n\r\n", " 400 ", true},
		{"length and coding", POST("/echo", "5") "Transfer-Encoding: chunked\r\n\r\n",
		 " 400 ", true},
		{"no host", "POST /echo HTTP/1.1\r\n\r\n", " 400 ", true},
		{"blank before the colon", "GET /later HTTP/1.1\r\nHost : x\r\n\r\n", " 400 ",
		 true},
		{"folded line", "GET /later HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", " 400 ", true},
		{"a negative length", POST("/echo", "-1") "\r\n", " 400 ", true},
		{"an older protocol", "POST /echo HTTP/1.0\r\n\r\n", " 415 ", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct web w = {0};
		struct end e = {0};

		web_open(&w, loop, (struct ply_http_server_conf){0});
		dial(&w, &e, NULL);
		say(&e, cases[i].send);
		WAIT_FOR(loop, answers(&e) == 1);
		if (!got(&e, cases[i].want))
			fail_msg("%s: got %s", cases[i].why, ply_strbuf_str(&e.got));
		if (cases[i].closes) {
			WAIT_FOR(loop, e.n_close == 1);
		} else {
			say(&e, POST("/echo", "2") "\r\nok");
			WAIT_FOR(loop, answers(&e) == 2 && got(&e, "\r\n\r\nok"));
		}
		hang_up(&e);
		web_close(&w);
	}
}

static void a_body_over_the_limit_leaves_the_connection_usable(void **state)
{
	struct web w = {0};
	struct end e = {0};
	char big[1002];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	web_open(&w, loop, (struct ply_http_server_conf){0});
	dial(&w, &e, NULL);
	say(&e, POST("/echo", "1001") "\r\n");
	say(&e, big);
	WAIT_FOR(loop, got(&e, "413 Content Too Large"));
	say(&e, POST("/echo", "1000") "\r\n");
	assert_int_equal(ply_stream_write(e.s, big, 1000), 0);
	WAIT_FOR(loop, got(&e, "200 OK") && got(&e, big + 1));
	hang_up(&e);
	web_close(&w);
}

static void a_client_that_dribbles_a_request_is_cut_off(void **state)
{
	static const char text[] = "POST /echo HTTP/1.1\r\nHost: x\r\nX-A: ";
	struct web w = {0};
	struct end e = {0};
	int64_t before = ply_counter_get("parley_http_refused_total", "why=\"slow\"");

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	web_open(&w, loop, (struct ply_http_server_conf){.request_ms = 5000});
	dial(&w, &e, NULL);
	say(&e, text);
	for (unsigned i = 0; i < 30 && !answers(&e); i++) {
		say(&e, "b");
		for (unsigned k = 0; k < 4; k++)
			(void)ply_loop_step(loop, 1);
		ply_loop_advance(loop, 1000);
		for (unsigned k = 0; k < 4; k++)
			(void)ply_loop_step(loop, 1);
		if (i == 3)
			assert_int_equal(answers(&e), 0);
		if (i == 6)
			break;
	}
	WAIT_FOR(loop, got(&e, " 408 ") && e.n_close == 1);
	assert_int_equal(ply_counter_get("parley_http_refused_total", "why=\"slow\""), before + 1);
	hang_up(&e);
	web_close(&w);
}

static void silence_between_requests_ends_the_connection(void **state)
{
	struct web w = {0};
	struct end e = {0};

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	web_open(&w, loop, (struct ply_http_server_conf){.idle_ms = 20000, .send_ms = 1000});
	dial(&w, &e, NULL);
	say(&e, POST("/echo", "2") "\r\nok");
	WAIT_FOR(loop, answers(&e) == 1);
	ply_loop_advance(loop, 19999);
	assert_int_equal(ply_http_server_n_open(w.server), 1);
	ply_loop_advance(loop, 2);
	assert_int_equal(ply_http_server_n_open(w.server), 0);
	WAIT_FOR(loop, e.n_close == 1);
	hang_up(&e);
	web_close(&w);
}

static void answers_given_later_keep_the_order_of_the_requests(void **state)
{
	struct web w = {0};
	struct end e = {0};

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	web_open(&w, loop, (struct ply_http_server_conf){.idle_ms = 1000, .max_in_flight = 2});
	dial(&w, &e, NULL);
	for (unsigned i = 0; i < 3; i++)
		say(&e, "GET /later?n HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR(loop, w.n_calls == 2);
	ply_loop_advance(loop, 5000); /* who waits for an answer is not idle */
	assert_int_equal(w.n_calls, 2);
	assert_true(ply_slice_is(ply_http_call_query(w.call[0]), "n"));
	web_answer(&w, 1, "second");
	(void)ply_loop_step(loop, 1);
	assert_int_equal(answers(&e), 0);
	web_answer(&w, 0, "first");
	WAIT_FOR(loop, w.n_calls == 3 && answers(&e) == 2);
	assert_true(strstr(e.got.p, "first") < strstr(e.got.p, "second"));
	web_answer(&w, 2, "third");
	WAIT_FOR(loop, got(&e, "third"));
	hang_up(&e);
	web_close(&w);
}

static void a_call_is_told_that_its_client_has_gone_and_is_answered_all_the_same(void **state)
{
	struct web w = {0};
	struct end e = {0};

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	dial(&w, &e, NULL);
	say(&e, POST("/later", "2") "\r\nok");
	WAIT_FOR(loop, w.n_calls == 1);
	hang_up(&e);
	WAIT_FOR(loop, w.n_gone == 1);
	assert_true(ply_http_call_is_gone(w.call[0]));
	assert_true(ply_slice_is(ply_http_call_body(w.call[0]), "ok"));
	assert_null(ply_http_call_peer_name(w.call[0], 0));
	web_answer(&w, 0, "nobody listens");
	assert_int_equal(ply_http_server_n_open(w.server), 0);
	web_close(&w);
}

static void calls_outlive_their_server(void **state)
{
	struct web w = {0};
	struct end e = {0};

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	dial(&w, &e, NULL);
	say(&e, POST("/later", "2") "\r\nok" POST("/under/x", "0") "\r\n");
	WAIT_FOR(loop, w.n_calls == 2);
	ply_http_server_close(w.server);
	w.server = NULL;
	assert_int_equal(w.n_gone, 2);
	web_answer(&w, 1, "late");
	web_answer(&w, 0, "late");
	hang_up(&e);
}

static void a_handler_may_close_the_server(void **state)
{
	struct web w = {.close_inside = true};
	struct end e = {0};

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	dial(&w, &e, NULL);
	say(&e, POST("/echo", "2") "\r\nok" POST("/echo", "2") "\r\nok");
	WAIT_FOR(loop, e.n_close == 1);
	assert_null(w.server);
	hang_up(&e);
}

static void draining_lets_the_answer_out_and_closes(void **state)
{
	struct web w = {0};
	struct end busy = {0}, idle = {0};

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){0});
	dial(&w, &busy, NULL);
	dial(&w, &idle, NULL);
	say(&busy, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR(loop, w.n_calls == 1);
	ply_http_server_drain(w.server);
	WAIT_FOR(loop, idle.n_close == 1);
	web_answer(&w, 0, "the last");
	WAIT_FOR(loop,
		 busy.n_close == 1 && got(&busy, "Connection: close") && got(&busy, "the last"));
	hang_up(&busy);
	hang_up(&idle);
	web_close(&w);
}

static void connections_over_the_limit_are_closed(void **state)
{
	struct web w = {0};
	struct end a = {0}, b = {0};

	(void)state;
	web_open(&w, loop, (struct ply_http_server_conf){.max_connections = 1});
	dial(&w, &a, NULL);
	dial(&w, &b, NULL);
	WAIT_FOR(loop, b.n_close == 1);
	say(&a, POST("/echo", "2") "\r\nok");
	WAIT_FOR(loop, answers(&a) == 1);
	hang_up(&a);
	hang_up(&b);
	web_close(&w);
}

static void a_head_over_the_limit_is_refused(void **state)
{
	struct web w = {0};
	struct end e = {0};
	char junk[600];

	(void)state;
	memset(junk, 'j', sizeof junk - 1);
	junk[sizeof junk - 1] = '\0';
	web_open(&w, loop, (struct ply_http_server_conf){.max_head = 500});
	dial(&w, &e, NULL);
	say(&e, "GET /later HTTP/1.1\r\nX: ");
	say(&e, junk);
	WAIT_FOR(loop, got(&e, " 431 ") && e.n_close == 1);
	hang_up(&e);
	web_close(&w);
}

static void only_certificates_of_our_authority_reach_a_handler(void **state)
{
	const struct {
		const char *why;
		struct ply_tls_ctx *ctx;
		bool allowed;
	} cases[] = {
		{"ours", tls.client, true},
		{"no certificate", tls.nobody, false},
		{"another authority's", tls.stranger, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct web w = {0};
		struct end e = {0};

		web_open(&w, loop,
			 (struct ply_http_server_conf){.tls = tls.server, .require_peer = true});
		dial(&w, &e, cases[i].ctx);
		say(&e, POST("/echo", "2") "\r\nok");
		WAIT_FOR(loop, answers(&e) == 1);
		if (got(&e, " 200 ") != cases[i].allowed || got(&e, " 403 ") == cases[i].allowed)
			fail_msg("%s: got %s", cases[i].why, ply_strbuf_str(&e.got));
		assert_string_equal(w.peer, cases[i].allowed ? "mcu.lab.example" : "");
		hang_up(&e);
		web_close(&w);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, web_set_up, web_tear_down)
	const struct CMUnitTest tests[] = {
		T(a_connection_serves_one_request_after_the_other),
		T(what_is_refused_is_refused_with_its_status),
		T(a_body_over_the_limit_leaves_the_connection_usable),
		T(a_client_that_dribbles_a_request_is_cut_off),
		T(silence_between_requests_ends_the_connection),
		T(answers_given_later_keep_the_order_of_the_requests),
		T(a_call_is_told_that_its_client_has_gone_and_is_answered_all_the_same),
		T(calls_outlive_their_server),
		T(a_handler_may_close_the_server),
		T(draining_lets_the_answer_out_and_closes),
		T(connections_over_the_limit_are_closed),
		T(a_head_over_the_limit_is_refused),
		T(only_certificates_of_our_authority_reach_a_handler),
	};
	return cmocka_run_group_tests(tests, web_set_up_all, web_tear_down_all);
}
