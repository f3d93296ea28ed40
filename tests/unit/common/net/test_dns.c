#include "tests/lib/unit.h"

#include "tests/lib/certs.h"

#include "base/clock.h"
#include "net/dns.h"
#include "net/dns_wire.h"
#include "net/udpbatch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A name server of a few fixed answers, in the same loop. */
struct server {
	struct ply_loop *loop;
	struct ply_udp *udp;
	struct ply_dns *dns;
	unsigned n_asked;
	bool silent;
};

static void put(struct ply_strbuf *b, unsigned long v, unsigned bytes)
{
	while (bytes--)
		ply_strbuf_addc(b, (char)(v >> (8 * bytes)));
}

static void put_name(struct ply_strbuf *b, const char *name)
{
	struct ply_slice rest = ply_slice_str(name), label;

	while (ply_slice_split(&rest, '.', &label)) {
		put(b, label.len, 1);
		ply_strbuf_add_slice(b, label);
	}
	put(b, 0, 1);
}

/* Everything owned by the name asked for (pointer to offset 12), 60 s to live. */
static void put_record(struct ply_strbuf *b, unsigned type, const struct ply_strbuf *data)
{
	put(b, 0xc00c, 2);
	put(b, type, 2);
	put(b, 1, 2);
	put(b, 60, 4);
	put(b, data->len, 2);
	ply_strbuf_add_slice(b, ply_strbuf_slice(data));
}

static unsigned answers(struct ply_strbuf *out, const char *name, unsigned type)
{
	struct ply_strbuf d = PLY_STRBUF_INIT;
	unsigned n = 0;

	if (type == PLY_DNS_A && strcmp(name, "host.example") == 0) {
		put(&d, 0x7f000009, 4);
		n = 1;
	} else if (type == PLY_DNS_SRV && strcmp(name, "_sip._tcp.dom.example") == 0) {
		put(&d, 1, 2);
		put(&d, 2, 2);
		put(&d, 5099, 2);
		put_name(&d, "host.example");
		n = 1;
	} else if (type == PLY_DNS_NAPTR && strcmp(name, "dom.example") == 0) {
		put(&d, 10, 2);
		put(&d, 20, 2);
		ply_strbuf_adds(&d, "\1s\7SIP+D2T");
		put(&d, 0, 1);
		put_name(&d, "_sip._tcp.dom.example");
		n = 1;
	}
	if (n)
		put_record(out, type, &d);
	ply_strbuf_deinit(&d);
	return n;
}

static void on_question(void *ctx, const char *p, size_t len, const struct ply_addr *peer)
{
	struct server *s = ctx;
	struct ply_strbuf out = PLY_STRBUF_INIT, rr = PLY_STRBUF_INIT;
	char name[256] = "";
	size_t at = 12, n = 0;
	unsigned type, count;

	s->n_asked++;
	if (s->silent)
		return;
	for (; at < len && p[at]; at += 1 + (size_t)p[at])
		n += (size_t)snprintf(name + n, sizeof name - n, "%s%.*s", n ? "." : "", p[at],
				      p + at + 1);
	type = (unsigned)(uint8_t)p[at + 1] << 8 | (uint8_t)p[at + 2];
	count = answers(&rr, name, type);
	ply_strbuf_add(&out, p, 2);
	put(&out, count ? 0x8180 : 0x8183, 2);
	put(&out, 1, 2);
	put(&out, count, 2);
	put(&out, 0, 4);
	ply_strbuf_add(&out, p + 12, at + 5 - 12);
	ply_strbuf_add_slice(&out, ply_strbuf_slice(&rr));
	(void)ply_udp_send(s->udp, peer, out.p, out.len);
	ply_strbuf_deinit(&out);
	ply_strbuf_deinit(&rr);
}

static void start(struct server *s, const char *hosts_file)
{
	struct ply_udp_conf udp = {.local = ply_addr_loopback(0)};
	char addr[PLY_ADDR_MAX];
	struct ply_dns_conf conf = {.hosts_file = hosts_file, .servers = addr};

	*s = (struct server){0};
	assert_int_equal(ply_loop_new(&s->loop), 0);
	assert_int_equal(ply_udp_open(&s->udp, s->loop, &udp, on_question, s), 0);
	ply_addr_format(ply_udp_addr(s->udp), addr);
	assert_int_equal(ply_dns_new(&s->dns, s->loop, &conf, NULL), 0);
}

static void stop(struct server *s)
{
	ply_dns_free(s->dns);
	ply_udp_close(s->udp);
	ply_loop_free(s->loop);
}

struct result {
	unsigned n_done;
	int status;
	size_t n;
	struct ply_dns_target first;
	struct ply_dns *free_me;
};

static void on_done(void *ctx, int status, const struct ply_dns_target *t, size_t n)
{
	struct result *r = ctx;

	r->n_done++;
	r->status = status;
	r->n = n;
	if (n)
		r->first = t[0];
	if (r->free_me)
		ply_dns_free(r->free_me);
}

static void ask(struct server *s, const char *host, struct result *r)
{
	struct ply_dns_ask a = {.host = ply_slice_str(host)};

	assert_int_equal(ply_dns_resolve(s->dns, NULL, &a, on_done, r), 0);
	assert_int_equal(r->n_done, 0);
}

static void wait_done(struct server *s, const struct result *r)
{
	uint64_t end = ply_mono_us() + 5000000;

	while (!r->n_done && ply_mono_us() < end)
		assert_int_equal(ply_loop_step(s->loop, 50), 0);
	assert_int_equal(r->n_done, 1);
}

static void follows_naptr_srv_and_address_and_remembers(void **state)
{
	struct server s;
	struct result r = {0}, twice[2] = {0};
	char text[PLY_ADDR_MAX];
	unsigned asked;

	(void)state;
	start(&s, NULL);
	ask(&s, "dom.example", &r);
	wait_done(&s, &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(ply_addr_format(&r.first.addr, text), "127.0.0.9:5099");
	assert_int_equal(r.first.transport, PLY_TCP);
	assert_int_equal(r.first.weight, 2);
	asked = s.n_asked;
	assert_int_equal(asked, 4); /* NAPTR, SRV, A, AAAA */
	ask(&s, "DOM.example", &twice[0]);
	wait_done(&s, &twice[0]);
	assert_int_equal(s.n_asked, asked);
	stop(&s);
}

static void asks_once_for_two_that_wait_for_the_same(void **state)
{
	struct result r[2] = {0};
	struct server s;

	(void)state;
	start(&s, NULL);
	ask(&s, "dom.example", &r[0]);
	ask(&s, "dom.example", &r[1]);
	wait_done(&s, &r[0]);
	wait_done(&s, &r[1]);
	assert_int_equal(s.n_asked, 4);
	stop(&s);
}

static void numeric_and_unknown_names_are_answered_by_callback(void **state)
{
	struct result num = {0}, none = {0};
	struct server s;
	struct ply_dns_ask bad = {.host = ply_slice_str("")};

	(void)state;
	start(&s, NULL);
	ask(&s, "127.0.0.3", &num);
	wait_done(&s, &num);
	assert_int_equal(num.n, 1);
	assert_int_equal(s.n_asked, 0);
	ask(&s, "unknown.example", &none);
	wait_done(&s, &none);
	assert_int_equal(none.status, -ENOENT);
	assert_int_equal(ply_dns_resolve(s.dns, NULL, &bad, on_done, &none), -EINVAL);
	stop(&s);
}

static void the_hosts_file_comes_first_and_is_read_again(void **state)
{
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct result r = {0};
	char *dir = test_dir_new();
	const char *path = test_path(dir, "hosts");
	struct server s;

	(void)state;
	test_write_file(path, "127.0.0.4 host.example\n");
	start(&s, path);
	ask(&s, "host.example", &r);
	wait_done(&s, &r);
	assert_int_equal(r.first.addr.ip[3], 4);
	assert_int_equal(s.n_asked, 0);
	test_write_file(path, "127.0.0.5 host.example\n");
	assert_int_equal(ply_dns_reload(s.dns, &err), 0);
	r = (struct result){0};
	ask(&s, "host.example", &r);
	wait_done(&s, &r);
	assert_int_equal(r.first.addr.ip[3], 5);
	test_write_file(path, "nonsense\n");
	assert_int_equal(ply_dns_reload(s.dns, &err), -EINVAL);
	assert_non_null(strstr(ply_strbuf_str(&err), "hosts: line 1: "));
	ply_strbuf_deinit(&err);
	stop(&s);
	test_dir_free(dir);
}

static void silence_ends_with_a_timeout_and_cancelled_ones_hear_nothing(void **state)
{
	struct ply_dns_ask a = {.host = ply_slice_str("dom.example")};
	struct result r = {0}, cancelled = {0}, last = {0};
	struct ply_dns_query *q;
	struct server s;

	(void)state;
	ply_clock_hold(1000, 1000);
	start(&s, NULL);
	s.silent = true;
	ask(&s, "dom.example", &r);
	assert_int_equal(ply_dns_resolve(s.dns, &q, &a, on_done, &cancelled), 0);
	(void)ply_loop_step(s.loop, 0);
	ply_dns_cancel(q);
	ply_loop_advance(s.loop, 4999);
	assert_int_equal(r.n_done, 0);
	ply_loop_advance(s.loop, 1);
	assert_int_equal(r.n_done, 1);
	assert_int_equal(r.status, -ETIMEDOUT);
	assert_int_equal(cancelled.n_done, 0);
	/* The callback may free the resolver, open look-ups and all. */
	last.free_me = s.dns;
	ask(&s, "127.0.0.1", &last);
	ask(&s, "dom.example", &cancelled);
	(void)ply_loop_step(s.loop, 0);
	assert_int_equal(last.n_done, 1);
	assert_int_equal(cancelled.n_done, 0);
	s.dns = NULL;
	stop(&s);
	ply_clock_release();
}

static void refuses_replies_that_lie_about_their_lengths(void **state)
{
#define HEAD "\0\1\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1"
#define CASE(w, r, n, s)                                                                           \
	{                                                                                          \
		w, (const uint8_t *)(s), sizeof(s) - 1, r, n                                       \
	}
	static const struct {
		const char *why;
		const uint8_t *p;
		size_t len;
		int r;
		size_t n;
	} cases[] = {
		CASE("whole", 0, 1, HEAD "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x7f\0\0\1"),
		CASE("another class", 0, 0, HEAD "\xc0\x0c\0\1\0\3\0\0\0\5\0\4\x7f\0\0\1"),
		CASE("another type", 0, 0, HEAD "\xc0\x0c\0\2\0\1\0\0\0\5\0\4\x7f\0\0\1"),
		CASE("address of five bytes", -EBADMSG, 0,
		     HEAD "\xc0\x0c\0\1\0\1\0\0\0\5\0\5\x7f\0\0\1\1"),
		CASE("data cut off", -EBADMSG, 0, HEAD "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x7f\0\0"),
		CASE("pointer at itself", -EBADMSG, 0,
		     HEAD "\xc0\x13\0\1\0\1\0\0\0\5\0\4\x7f\0\0\1"),
		CASE("pointer past the end", -EBADMSG, 0,
		     HEAD "\xff\xff\0\1\0\1\0\0\0\5\0\4\x7f\0\0\1"),
		CASE("label past the end", -EBADMSG, 0, HEAD "\77xx"),
		CASE("reserved label kind", -EBADMSG, 0, HEAD "\x80xx"),
		CASE("header alone", -EBADMSG, 0, "\0\1\x81\x80\0\1\0\1\0\0\0\0"),
		CASE("half a header", -EBADMSG, 0, "\0\1\x81"),
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_dns_reply reply;
		int r = ply_dns_decode(&reply, PLY_DNS_A, cases[i].p, cases[i].len);

		if (r != cases[i].r || reply.n != cases[i].n)
			fail_msg("%s: r=%d n=%zu", cases[i].why, r, reply.n);
		if (reply.n)
			assert_int_equal(reply.ttl, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_naptr_srv_and_address_and_remembers),
		cmocka_unit_test(asks_once_for_two_that_wait_for_the_same),
		cmocka_unit_test(numeric_and_unknown_names_are_answered_by_callback),
		cmocka_unit_test(the_hosts_file_comes_first_and_is_read_again),
		cmocka_unit_test(silence_ends_with_a_timeout_and_cancelled_ones_hear_nothing),
		cmocka_unit_test(refuses_replies_that_lie_about_their_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
