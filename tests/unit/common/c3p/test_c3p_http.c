#include "tests/unit/common/http/web.h"

#include "c3p/c3p.h"
#include "c3p/c3p_http.h"

enum { MAX_LINES = 8 };

/* Between client and server: lets through, keeps back what the server says, cuts. */
struct relay {
	struct ply_loop *loop;
	struct ply_listener *listener;
	uint16_t to;
	bool mute;
	struct line {
		struct relay *relay;
		struct ply_stream *in, *out;
	} line[MAX_LINES];
	unsigned n;
};

/* The other server: what it executes and how it answers. */
struct other {
	struct ply_http_server *http;
	struct ply_c3p_server *c3p;
	struct ply_c3p_call *call[WEB_MAX_CALLS];
	char body[WEB_MAX_CALLS][32];
	char peer[64];
	unsigned n; /* executed */
	bool later;
	unsigned busy; /* so many are answered 503 */
};

static struct other srv;
static struct relay way;

static size_t from_client(void *ctx, const char *p, size_t len)
{
	struct line *l = ctx;

	(void)ply_stream_write(l->out, p, len);
	return len;
}

static size_t from_server(void *ctx, const char *p, size_t len)
{
	struct line *l = ctx;

	if (!l->relay->mute)
		(void)ply_stream_write(l->in, p, len);
	return len;
}

static void cut_line(struct line *l)
{
	struct ply_stream *in = l->in, *out = l->out;

	l->in = l->out = NULL;
	ply_stream_abort(in);
	ply_stream_abort(out);
}

static void line_closed(void *ctx, const char *reason)
{
	(void)reason;
	cut_line(ctx);
}

static const struct ply_stream_ops in_ops = {.on_data = from_client, .on_close = line_closed};
static const struct ply_stream_ops out_ops = {.on_data = from_server, .on_close = line_closed};

static void relay_accept(void *ctx, struct ply_stream *s)
{
	struct relay *r = ctx;
	struct line *l = &r->line[r->n++];
	const struct ply_stream_target to = {.addr = ply_addr_loopback(r->to)};

	assert_true(r->n <= MAX_LINES);
	l->relay = r;
	l->in = s;
	ply_stream_set_ops(s, &in_ops, l);
	assert_int_equal(ply_stream_connect(&l->out, r->loop, &to, NULL, &out_ops, l), 0);
}

static void cut(struct relay *r)
{
	for (unsigned i = 0; i < r->n; i++)
		cut_line(&r->line[i]);
}

static bool is_ours(void *ctx, const char *name)
{
	return !strcmp(name, ctx);
}

static void handle(void *ctx, struct ply_c3p_call *call, const char *peer, struct ply_slice body)
{
	struct other *o = ctx;

	assert_true(o->n < WEB_MAX_CALLS);
	assert_true(ply_slice_copy(body, o->body[o->n], sizeof o->body[0]));
	(void)snprintf(o->peer, sizeof o->peer, "%s", peer);
	o->call[o->n++] = o->later ? call : NULL;
	if (o->later)
		return;
	if (o->busy) {
		o->busy--;
		ply_c3p_call_answer(call, 503, ply_slice(NULL, 0));
	} else {
		ply_c3p_call_answer(call, 200, body);
	}
}

static void answer(unsigned i, const char *text)
{
	ply_c3p_call_answer(srv.call[i], 200, ply_slice_str(text));
	srv.call[i] = NULL;
}

static int set_up(void **state)
{
	static char mcu[] = "mcu.lab.example";
	struct ply_listener_conf lc = {.addr = ply_addr_loopback(0)};
	struct ply_http_server_conf hc = {
		.addr = ply_addr_loopback(0), .tls = tls.server, .require_peer = true};
	struct ply_c3p_server_conf cc = {.allow = is_ours, .allow_ctx = mcu};

	(void)state;
	srv = (struct other){0};
	way = (struct relay){0};
	assert_int_equal(ply_loop_new(&loop), 0);
	assert_int_equal(ply_http_server_listen(&srv.http, loop, &hc), 0);
	cc.http = srv.http;
	assert_int_equal(ply_c3p_server_new(&srv.c3p, loop, &cc), 0);
	assert_int_equal(ply_c3p_server_route(srv.c3p, "/c3p", 1000, handle, &srv), 0);
	way.loop = loop;
	way.to = ply_http_server_port(srv.http);
	assert_int_equal(ply_listener_open(&way.listener, loop, &lc, relay_accept, &way), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ply_http_server_close(srv.http);
	ply_c3p_server_free(srv.c3p);
	for (unsigned i = 0; i < srv.n; i++)
		if (srv.call[i])
			answer(i, "");
	cut(&way);
	ply_listener_close(way.listener);
	ply_clock_release();
	WAIT_FOR(loop, !ply_loop_n_timers(loop));
	ply_loop_free(loop);
	return 0;
}

struct outcome {
	unsigned n;
	int status;
	char body[32];
	struct ply_c3p_peer *free_inside;
};

static void on_outcome(void *ctx, int status, struct ply_slice body)
{
	struct outcome *o = ctx;

	o->n++;
	o->status = status;
	assert_true(ply_slice_copy(body, o->body, sizeof o->body));
	ply_c3p_peer_free(o->free_inside);
}

static struct ply_c3p_peer *peer_of(struct ply_tls_ctx *ctx)
{
	struct ply_c3p_peer *p = NULL;
	struct ply_c3p_peer_conf conf = {
		.http = {.url = "https://pool.lab.example:444",
			 .tls = ctx,
			 .connect_to = ply_addr_loopback(ply_listener_addr(way.listener)->port)},
	};

	assert_int_equal(ply_c3p_peer_new(&p, loop, &conf), 0);
	return p;
}

static struct ply_c3p_sent *post(struct ply_c3p_peer *p, const char *body, bool ordered,
				 uint32_t timeout_ms, struct outcome *o)
{
	const struct ply_c3p_post what = {.path = "/c3p",
					  .body = ply_slice_str(body),
					  .ordered = ordered,
					  .timeout_ms = timeout_ms};
	struct ply_c3p_sent *sent = NULL;

	assert_int_equal(ply_c3p_peer_post(p, &sent, &what, on_outcome, o), 0);
	assert_int_equal(o->n, 0);
	return sent;
}

static void a_command_goes_and_its_answer_comes(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome a = {0};

	(void)state;
	(void)post(p, "<request/>", false, 0, &a);
	WAIT_FOR(loop, a.n);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "<request/>");
	assert_string_equal(srv.peer, "mcu.lab.example");
	ply_c3p_peer_free(p);
}

static void a_connection_lost_under_way_costs_no_second_execution(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome a = {0};
	int64_t before = ply_counter_get("parley_c3p_http_repeated_total", NULL);

	(void)state;
	srv.later = true;
	(void)post(p, "addUser", false, 0, &a);
	WAIT_FOR(loop, srv.n == 1);
	cut(&way);
	WAIT_FOR(loop, ply_counter_get("parley_c3p_http_repeated_total", NULL) == before + 1);
	assert_int_equal(srv.n, 1);
	answer(0, "once");
	WAIT_FOR(loop, a.n);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "once");
	assert_int_equal(srv.n, 1);
	ply_c3p_peer_free(p);
}

static void an_answer_lost_on_the_way_is_given_again(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome first = {0}, a = {0};

	(void)state;
	(void)post(p, "hello", false, 0, &first); /* a connection stands */
	WAIT_FOR(loop, first.n);
	way.mute = true;
	(void)post(p, "addUser", false, 0, &a);
	WAIT_FOR(loop, srv.n == 2);
	way.mute = false;
	cut(&way);
	WAIT_FOR(loop, a.n);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "addUser");
	assert_int_equal(srv.n, 2);
	ply_c3p_peer_free(p);
}

static void a_server_that_sheds_load_is_asked_again(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome a = {0}, b = {0};

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	srv.busy = 1;
	(void)post(p, "one", false, 5000, &a);
	WAIT_FOR(loop, srv.n == 1);
	for (unsigned i = 0; i < 100 && !a.n; i++) {
		ply_loop_advance(loop, 20);
		(void)ply_loop_step(loop, 2);
	}
	WAIT_FOR(loop, a.n);
	assert_int_equal(a.status, 200);
	assert_int_equal(srv.n, 2);
	/* No time left to come again: the 503 is the answer. */
	srv.busy = 1;
	(void)post(p, "two", false, 900, &b);
	WAIT_FOR(loop, b.n);
	assert_int_equal(b.status, 503);
	ply_c3p_peer_free(p);
}

static void ordered_requests_wait_for_each_other_and_parallel_ones_do_not(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome o[3] = {0}, side = {0};

	(void)state;
	srv.later = true;
	for (unsigned i = 0; i < 3; i++)
		(void)post(p, (const char *const[]){"1", "2", "3"}[i], true, 0, &o[i]);
	(void)post(p, "side", false, 0, &side);
	WAIT_FOR(loop, srv.n == 2);
	assert_int_equal(ply_c3p_peer_n_pending(p), 4);
	for (unsigned i = 0; i < 4; i++) {
		bool is_side = !strcmp(srv.body[i], "side");

		answer(i, "done");
		if (is_side)
			WAIT_FOR(loop, side.n);
		WAIT_FOR(loop, srv.n > i + 1 || (o[0].n && o[1].n && o[2].n && side.n));
	}
	WAIT_FOR(loop, o[2].n);
	for (unsigned i = 0, want = '1'; i < 4; i++)
		if (strcmp(srv.body[i], "side") != 0)
			assert_int_equal(srv.body[i][0], want++);
	assert_int_equal(ply_c3p_peer_n_pending(p), 0);
	ply_c3p_peer_free(p);
}

static void who_is_no_server_of_ours_is_refused(void **state)
{
	struct ply_tls_ctx *other = web_ctx(tls.dir, false, "fe");
	const struct {
		const char *why;
		struct ply_tls_ctx *ctx;
	} cases[] = {
		{"a name that is not allowed", other},
		{"no certificate", tls.nobody},
		{"another authority", tls.stranger},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_c3p_peer *p = peer_of(cases[i].ctx);
		struct outcome a = {0};

		(void)post(p, "x", false, 0, &a);
		WAIT_FOR(loop, a.n);
		if (a.status != 403 || srv.n)
			fail_msg("%s: %d", cases[i].why, a.status);
		ply_c3p_peer_free(p);
	}
	ply_tls_ctx_unref(other);
}

static void on_plain(void *ctx, int status, const struct ply_http_reply *reply)
{
	(void)reply;
	*(int *)ctx = status;
}

static void requests_without_identifier_or_of_another_type_are_refused(void **state)
{
	static const struct {
		const char *why, *type, *id;
		int status;
	} cases[] = {
		{"complete", PLY_CT_CCCP, "0123456789abcdef0123456789abcdef:1:0", 200},
		{"no identifier", PLY_CT_CCCP, NULL, 400},
		{"a bad one", PLY_CT_CCCP, "1", 400},
		{"another type", "text/xml", "0123456789abcdef0123456789abcdef:2:1", 415},
		{"finished by its sender", PLY_CT_CCCP, "0123456789abcdef0123456789abcdef:9:8",
		 200},
		{"and now it comes", PLY_CT_CCCP, "0123456789abcdef0123456789abcdef:5:4", 409},
	};
	struct ply_http_client_conf conf = {.url = "https://pool.lab.example",
					    .tls = tls.client,
					    .connect_to = ply_addr_loopback(way.to)};
	struct ply_http_client *c = NULL;

	(void)state;
	assert_int_equal(ply_http_client_new(&c, loop, &conf), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct ply_http_field id = {"Parley-Request-Id", ply_slice_str(cases[i].id)};
		const struct ply_http_send send = {.path = "/c3p",
						   .type = cases[i].type,
						   .body = ply_slice_str("x"),
						   .fields = &id,
						   .n_fields = cases[i].id ? 1 : 0};
		int status = 0;

		assert_int_equal(ply_http_client_send(c, NULL, &send, on_plain, &status), 0);
		WAIT_FOR(loop, status);
		if (status != cases[i].status)
			fail_msg("%s: %d", cases[i].why, status);
	}
	ply_http_client_free(c);
}

static void time_runs_out_with_or_without_a_server(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome slow = {0}, next = {0}, dead = {0};

	(void)state;
	ply_clock_hold(ply_mono_ms(), ply_wall_ms());
	srv.later = true;
	(void)post(p, "slow", true, 3000, &slow);
	(void)post(p, "next", true, 8000, &next);
	WAIT_FOR(loop, srv.n == 1);
	ply_loop_advance(loop, 3001);
	assert_int_equal(slow.status, -ETIMEDOUT);
	WAIT_FOR(loop, srv.n == 2);
	answer(1, "ok");
	WAIT_FOR(loop, next.n);
	assert_int_equal(next.status, 200);
	ply_listener_close(way.listener);
	way.listener = NULL;
	cut(&way);
	(void)ply_loop_step(loop, 1);
	(void)post(p, "dead", false, 2000, &dead);
	for (unsigned i = 0; i < 300 && !dead.n; i++) {
		ply_loop_advance(loop, 10);
		(void)ply_loop_step(loop, 1);
	}
	assert_true(dead.status == -ECONNREFUSED || dead.status == -ETIMEDOUT);
	ply_c3p_peer_free(p);
}

static void cancelled_and_freed_requests_are_never_told(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome a = {0}, b = {0}, c = {0}, d = {0};
	struct ply_c3p_sent *first, *second;

	(void)state;
	srv.later = true;
	first = post(p, "a", true, 0, &a);
	second = post(p, "b", true, 0, &b);
	WAIT_FOR(loop, srv.n == 1);
	ply_c3p_sent_cancel(second);
	ply_c3p_sent_cancel(first);
	(void)post(p, "c", true, 0, &c);
	(void)post(p, "d", true, 0, &d);
	c.free_inside = p;
	WAIT_FOR(loop, srv.n == 2);
	answer(1, "ok");
	WAIT_FOR(loop, c.n);
	answer(0, "nobody waits");
	(void)ply_loop_step(loop, 1);
	assert_int_equal(a.n + b.n + d.n, 0);
}

static void calls_outlive_the_server(void **state)
{
	struct ply_c3p_peer *p = peer_of(tls.client);
	struct outcome a = {0};
	int64_t before = ply_counter_get("parley_c3p_http_repeated_total", NULL);

	(void)state;
	srv.later = true;
	(void)post(p, "a", false, 0, &a);
	WAIT_FOR(loop, srv.n == 1);
	cut(&way);
	WAIT_FOR(loop, ply_counter_get("parley_c3p_http_repeated_total", NULL) == before + 1);
	ply_c3p_server_free(srv.c3p);
	ply_http_server_close(srv.http);
	srv.c3p = NULL;
	srv.http = NULL;
	answer(0, "too late");
	ply_c3p_peer_free(p);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_command_goes_and_its_answer_comes),
		T(a_connection_lost_under_way_costs_no_second_execution),
		T(an_answer_lost_on_the_way_is_given_again),
		T(a_server_that_sheds_load_is_asked_again),
		T(ordered_requests_wait_for_each_other_and_parallel_ones_do_not),
		T(who_is_no_server_of_ours_is_refused),
		T(requests_without_identifier_or_of_another_type_are_refused),
		T(time_runs_out_with_or_without_a_server),
		T(cancelled_and_freed_requests_are_never_told),
		T(calls_outlive_the_server),
	};

	return cmocka_run_group_tests(tests, web_set_up_all, web_tear_down_all);
}
