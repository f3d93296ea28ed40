/* The steps of a proxy, RFC 3261 §16.3 to §16.7, as tables. */
#include "tests/lib/unit.h"

#include "base/ply.h"
#include "sip/sip_forward.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define START "INVITE sip:bob@example.com SIP/2.0\r\n"
#define VIA   "Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKx\r\n"
#define REST                                                                                       \
	"From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c\r\n"       \
	"CSeq: 1 INVITE\r\n"
#define END "Content-Length: 0\r\n\r\n"

static struct ply_sip_msg *make(const char *text)
{
	struct ply_sip_msg *m = NULL;

	if (ply_sip_msg_new(&m, text, strlen(text)))
		fail_msg("no message: %s", text);
	return m;
}

static bool is_us(const void *ctx, struct ply_slice host, uint32_t port)
{
	(void)ctx;
	return ply_slice_caseis(host, "fe.example.com") && (!port || port == 5061);
}

static void refuses_what_may_not_be_forwarded(void **state)
{
	static const char *const known[] = {"path", NULL};
	static const struct {
		const char *why, *text;
		unsigned status;
		const char *lines;
	} cases[] = {
		{"plain", START VIA REST END, 0, ""},
		{"hops left", START VIA REST "Max-Forwards: 1\r\n" END, 0, ""},
		{"no hops left", START VIA REST "Max-Forwards: 0\r\n" END, 483, ""},
		{"hops unreadable", START VIA REST "Max-Forwards: many\r\n" END, 400, ""},
		{"hops over 255", START VIA REST "Max-Forwards: 256\r\n" END, 400, ""},
		{"a known extension", START VIA REST "Proxy-Require: Path\r\n" END, 0, ""},
		{"unknown extensions",
		 START VIA REST "Proxy-Require: path, one\r\nProxy-Require: two\r\n" END, 420,
		 "Unsupported: one\r\nUnsupported: two\r\n"},
		{"tel", "INVITE tel:+4930123456 SIP/2.0\r\n" VIA REST END, 0, ""},
		{"another scheme", "INVITE nobody:x SIP/2.0\r\n" VIA REST END, 416, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_msg *m = make(cases[i].text);
		struct ply_sip_fwd_verdict v;
		char loop[PLY_SIP_LOOP_HASH];

		ply_sip_fwd_loop_hash(m, loop);
		ply_sip_fwd_validate(m, known, loop, &v);
		if (v.status != cases[i].status || strcmp(v.lines, cases[i].lines) != 0)
			fail_msg("%s: got %u \"%s\"", cases[i].why, v.status, v.lines);
		assert_int_equal(v.status != 0, v.why[0] != '\0');
		ply_sip_msg_unref(m);
	}
}

static void tells_a_loop_from_a_spiral(void **state)
{
	static const struct {
		const char *why, *start, *extra;
		unsigned status;
	} cases[] = {
		{"came back as it was", START, "", 482},
		{"the target has changed", "INVITE sip:carol@example.com SIP/2.0\r\n", "", 0},
		{"a Route was added", START, "Route: <sip:fe.example.com;lr>\r\n", 0},
	};
	struct ply_sip_msg *first = make(START VIA REST END);
	char loop[PLY_SIP_LOOP_HASH], text[1024];
	struct ply_sip_fwd_verdict v;

	(void)state;
	ply_sip_fwd_loop_hash(first, loop);
	ply_sip_msg_unref(first);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char again[PLY_SIP_LOOP_HASH];
		struct ply_sip_msg *m;

		snprintf(text, sizeof text,
			 "%sVia: SIP/2.0/TCP other.example.com;branch=z9hG4bKy\r\n"
			 "Via: SIP/2.0/TLS fe.example.com;branch=z9hG4bK0123456789abcdef.%s, "
			 "SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKx\r\n" REST "%s" END,
			 cases[i].start, loop, cases[i].extra);
		m = make(text);
		ply_sip_fwd_loop_hash(m, again);
		ply_sip_fwd_validate(m, NULL, again, &v);
		if (v.status != cases[i].status)
			fail_msg("%s: got %u", cases[i].why, v.status);
		ply_sip_msg_unref(m);
	}
}

static const struct route_case { /* NOLINT(clang-analyzer-optin.performance.Padding): read as rows
				  */
	const char *why, *start, *routes;
	const char *ruri;
	unsigned n_own;
	const char *own, *next;
	bool strict;
	/* forwarded to sip:target: start line and Route lines */
	const char *out_ruri, *out_routes;
} route_cases[] = {
	{"none", START, "", "sip:bob@example.com", 0, "", "", false, "sip:target", ""},
	{"ours alone", START, "Route: <sip:fe.example.com:5061;transport=tls;lr;opaque=x>\r\n",
	 "sip:bob@example.com", 1, "sip:fe.example.com:5061;transport=tls;lr;opaque=x", "", false,
	 "sip:target", ""},
	{"ours twice, then another", START,
	 "Route: <sip:fe.example.com;lr;a>, <sip:fe.example.com;lr;b>\r\nRoute: "
	 "<sip:next.example.com;lr>,<sip:last.example.com;lr>\r\n",
	 "sip:bob@example.com", 2, "sip:fe.example.com;lr;b", "sip:next.example.com;lr", false,
	 "sip:target", "Route: <sip:next.example.com;lr>\r\nRoute: <sip:last.example.com;lr>\r\n"},
	{"our name on another port is not us", START, "Route: <sip:fe.example.com:6000;lr>\r\n",
	 "sip:bob@example.com", 0, "", "sip:fe.example.com:6000;lr", false, "sip:target",
	 "Route: <sip:fe.example.com:6000;lr>\r\n"},
	{"a strict next hop", START,
	 "Route: <sip:fe.example.com;lr>\r\nRoute: <sip:old.example.com>\r\nRoute: "
	 "<sip:last.example.com;lr>\r\n",
	 "sip:bob@example.com", 1, "sip:fe.example.com;lr", "sip:old.example.com", true,
	 "sip:old.example.com", "Route: <sip:last.example.com;lr>\r\nRoute: <sip:target>\r\n"},
	{"a strict router before us", "INVITE sip:fe.example.com;lr;opaque=y SIP/2.0\r\n",
	 "Route: <sip:bob@192.0.2.7>\r\n", "sip:bob@192.0.2.7", 0, "sip:fe.example.com;lr;opaque=y",
	 "", false, "sip:target", ""},
	{"a strict router before us, more to come", "INVITE sip:fe.example.com;lr SIP/2.0\r\n",
	 "Route: <sip:next.example.com;lr>, <sip:bob@192.0.2.7>\r\n", "sip:bob@192.0.2.7", 0,
	 "sip:fe.example.com;lr", "sip:next.example.com;lr", false, "sip:target",
	 "Route: <sip:next.example.com;lr>\r\n"},
	{"a request to our domain is no repair", "INVITE sip:fe.example.com SIP/2.0\r\n",
	 "Route: <sip:fe.example.com;lr>\r\n", "sip:fe.example.com", 1, "sip:fe.example.com;lr", "",
	 false, "sip:target", ""},
};

/* All Route lines of a text, one after the other. */
static void route_lines(const char *text, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = '\0';
	for (const char *l = text; (l = strstr(l, "\r\nRoute: ")); l += 2) {
		const char *end = strstr(l + 2, "\r\n");

		at += (size_t)snprintf(out + at, cap - at, "%.*s\r\n", (int)(end - l - 2), l + 2);
	}
}

static void check_forwarded(const struct route_case *c, const struct ply_sip_msg *m,
			    const struct ply_sip_fwd_route *route)
{
	const struct ply_sip_fwd_to to = {
		.ruri = ply_slice_str("sip:target"),
		.sent_by = ply_slice_str("SIP/2.0/TLS fe.example.com:5061"),
		.branch = "z9hG4bKnew",
		.record_route = ply_slice_str("Record-Route: <sip:fe.example.com;lr>\r\n"),
	};
	struct ply_strbuf out = PLY_STRBUF_INIT;
	char got[1024], start[128];

	assert_int_equal(ply_sip_fwd_request(&out, m, route, &to), 0);
	snprintf(start, sizeof start,
		 "INVITE %s SIP/2.0\r\nVia: SIP/2.0/TLS fe.example.com:5061;branch=z9hG4bKnew\r\n"
		 "Record-Route: <sip:fe.example.com;lr>\r\n",
		 c->out_ruri);
	route_lines(out.p, got, sizeof got);
	if (strncmp(out.p, start, strlen(start)) != 0 || strcmp(got, c->out_routes) != 0)
		fail_msg("%s: got \"%s\"", c->why, out.p);
	assert_non_null(strstr(out.p, "\r\nMax-Forwards: 70\r\n"));
	assert_non_null(strstr(out.p, VIA));
	ply_strbuf_deinit(&out);
}

static void takes_own_routes_off_and_repairs_strict_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(route_cases); i++) {
		const struct route_case *c = &route_cases[i];
		struct ply_sip_fwd_route r;
		struct ply_sip_msg *m;
		char text[1024];

		snprintf(text, sizeof text, "%s" VIA "%s" REST END, c->start, c->routes);
		m = make(text);
		assert_int_equal(ply_sip_fwd_route(m, is_us, NULL, &r), 0);
		if (!ply_slice_is(r.ruri, c->ruri) || r.n_own != c->n_own ||
		    !ply_slice_is(r.own, c->own) || !ply_slice_is(r.next, c->next) ||
		    r.next_strict != c->strict)
			fail_msg("%s: ruri %.*s own %u %.*s next %.*s strict %d", c->why,
				 PLY_SLICE_ARG(r.ruri), r.n_own, PLY_SLICE_ARG(r.own),
				 PLY_SLICE_ARG(r.next), r.next_strict);
		check_forwarded(c, m, &r);
		ply_sip_msg_unref(m);
	}
}

static void refuses_a_route_that_cannot_be_read(void **state)
{
	struct ply_sip_msg *m = make(START VIA "Route: <sip:\r\n" REST END);
	struct ply_sip_fwd_route r;

	(void)state;
	assert_int_equal(ply_sip_fwd_route(m, is_us, NULL, &r), -EBADMSG);
	ply_sip_msg_unref(m);
}

static void lowers_max_forwards(void **state)
{
	static const char *const cases[][2] = {
		{"70", "\r\nMax-Forwards: 69\r\n"},
		{"1", "\r\nMax-Forwards: 0\r\n"},
		{"255", "\r\nMax-Forwards: 254\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct ply_sip_fwd_to to = {.sent_by = ply_slice_str("SIP/2.0/UDP us"),
						  .branch = "z9hG4bKnew"};
		struct ply_strbuf out = PLY_STRBUF_INIT;
		struct ply_sip_fwd_route r;
		struct ply_sip_msg *m;
		char text[512];

		snprintf(text, sizeof text, START VIA "Max-Forwards: %s\r\n" REST END, cases[i][0]);
		m = make(text);
		assert_int_equal(ply_sip_fwd_route(m, is_us, NULL, &r), 0);
		assert_int_equal(ply_sip_fwd_request(&out, m, &r, &to), 0);
		assert_non_null(strstr(out.p, cases[i][1]));
		ply_strbuf_deinit(&out);
		ply_sip_msg_unref(m);
	}
}

static void picks_the_best_answer(void **state)
{
	static const struct {
		const char *why;
		unsigned in[4], want;
	} cases[] = {
		{"nothing came", {0}, 408},
		{"the lowest class", {503, 404, 302}, 302},
		{"a decline is final", {404, 603, 302}, 603},
		{"a challenge before another refusal", {404, 401, 486}, 401},
		{"proxy challenge before not found", {404, 407}, 407},
		{"what the caller can mend", {480, 484}, 484},
		{"busy before time-out", {408, 486}, 486},
		{"time-out before a branch we cancelled", {487, 408}, 408},
		{"503 goes on as 500", {503}, 500},
		{"anything before 503", {503, 500}, 500},
		{"a 4xx before 5xx", {500, 480}, 480},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_sip_fwd_best best = {.msg = NULL};

		for (size_t j = 0; j < 4 && cases[i].in[j]; j++)
			ply_sip_fwd_best_add(&best, NULL, cases[i].in[j]);
		if (ply_sip_fwd_best_status(&best) != cases[i].want)
			fail_msg("%s: got %u", cases[i].why, ply_sip_fwd_best_status(&best));
		ply_sip_fwd_best_deinit(&best);
	}
}

#define US "Via: SIP/2.0/TLS fe.example.com;branch=z9hG4bKus\r\n"

static void gathers_the_challenges_of_all_branches(void **state)
{
	struct ply_sip_msg *a = make("SIP/2.0 401 Unauthorized\r\n" US VIA REST
				     "WWW-Authenticate: Digest realm=\"a\"\r\n" END);
	struct ply_sip_msg *b = make("SIP/2.0 407 Proxy Authentication Required\r\n" US VIA REST
				     "Proxy-Authenticate: Digest realm=\"b\"\r\n" END);
	struct ply_sip_fwd_best best = {.msg = NULL};
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(ply_sip_fwd_best_write(&out, &best, ply_slice(NULL, 0)), -ENOENT);
	ply_sip_fwd_best_add(&best, b, 407);
	ply_sip_fwd_best_add(&best, NULL, 408);
	ply_sip_fwd_best_add(&best, a, 401);
	assert_int_equal(ply_sip_fwd_best_write(&out, &best, ply_slice_str("X-Tail: 1\r\n")), 0);
	assert_int_equal(
		strncmp(out.p, "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/TCP 192.0.2.9;", 49), 0);
	assert_non_null(strstr(out.p, "\r\nWWW-Authenticate: Digest realm=\"a\"\r\n"));
	assert_non_null(strstr(out.p, "\r\nProxy-Authenticate: Digest realm=\"b\"\r\n"));
	assert_non_null(strstr(out.p, "\r\nX-Tail: 1\r\n"));
	assert_null(strstr(strstr(out.p, "WWW-Auth") + 1, "WWW-Auth"));
	ply_strbuf_deinit(&out);
	ply_sip_fwd_best_deinit(&best);
	ply_sip_msg_unref(a);
	ply_sip_msg_unref(b);
}

static void forwards_responses_by_the_next_via(void **state)
{
	struct ply_sip_msg *own = make("SIP/2.0 200 OK\r\n" US REST END);
	struct ply_sip_msg *joined =
		make("SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/TLS us;"
		     "branch=z9hG4bKus, SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKx\r\n" REST END);
	struct ply_sip_fwd_best best = {.msg = NULL};
	struct ply_strbuf out = PLY_STRBUF_INIT;

	(void)state;
	assert_int_equal(ply_sip_fwd_response(&out, own, ply_slice(NULL, 0)), -EBADMSG);
	assert_int_equal(ply_sip_fwd_response(&out, joined, ply_slice(NULL, 0)), 0);
	assert_non_null(strstr(out.p, "\r\n" VIA "From"));
	assert_null(strstr(out.p, "z9hG4bKus"));
	ply_sip_fwd_best_add(&best, joined, 503);
	ply_strbuf_reset(&out);
	assert_int_equal(ply_sip_fwd_best_write(&out, &best, ply_slice(NULL, 0)), 0);
	assert_int_equal(strncmp(out.p, "SIP/2.0 500 ", 12), 0);
	ply_strbuf_deinit(&out);
	ply_sip_fwd_best_deinit(&best);
	ply_sip_msg_unref(own);
	ply_sip_msg_unref(joined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_may_not_be_forwarded),
		cmocka_unit_test(tells_a_loop_from_a_spiral),
		cmocka_unit_test(takes_own_routes_off_and_repairs_strict_ones),
		cmocka_unit_test(refuses_a_route_that_cannot_be_read),
		cmocka_unit_test(lowers_max_forwards),
		cmocka_unit_test(picks_the_best_answer),
		cmocka_unit_test(gathers_the_challenges_of_all_branches),
		cmocka_unit_test(forwards_responses_by_the_next_via),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
