/* A server with routes that echo, keep calls for later or refuse, and certificates for both ends:
 * for the tests of HTTP and of C3P over it. */
#ifndef TESTS_UNIT_HTTP_WEB_H
#define TESTS_UNIT_HTTP_WEB_H

#include "tests/lib/certs.h"
#include "tests/unit/common/net/ends.h"

#include "base/counter.h"
#include "base/mem.h"
#include "http/http_client.h"
#include "http/http_server.h"

#include <errno.h>

enum { WEB_MAX_CALLS = 16 };

struct web {
	struct ply_loop *loop;
	struct ply_http_server *server;
	struct ply_http_call *call[WEB_MAX_CALLS]; /* not yet answered */
	unsigned n_calls, n_gone;
	char peer[64];
	bool close_inside;
};

/* Contexts: a server that asks, clients with and without certificate, of another authority. */
struct web_tls {
	char *dir;
	struct ply_tls_ctx *server, *client, *nobody, *stranger;
};

static inline struct ply_tls_ctx *web_ctx(const char *dir, bool server, const char *own)
{
	char cert[256], key[256], ca[256];
	const struct ply_tls_conf conf = {.cert = own ? cert : NULL,
					  .key = own ? key : NULL,
					  .ca = ca,
					  .server = server,
					  .ask_peer = server};
	struct ply_tls_ctx *ctx = NULL;

	(void)snprintf(cert, sizeof cert, "%s/%s.pem", dir, own ? own : "");
	(void)snprintf(key, sizeof key, "%s/%s.key", dir, own ? own : "");
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", dir);
	assert_int_equal(ply_tls_ctx_new(&ctx, &conf, NULL), 0);
	return ctx;
}

static inline void web_tls_make(struct web_tls *t)
{
	struct test_ca *ca = test_ca_new("Test Authority"), *other = test_ca_new("Other Authority");

	t->dir = test_dir_new();
	test_ca_write(ca, test_path(t->dir, "ca.pem"));
	test_cert_write(ca, "fe.lab.example", "DNS:fe.lab.example,DNS:pool.lab.example", 30,
			test_path(t->dir, "fe.pem"), test_path(t->dir, "fe.key"));
	test_cert_write(ca, "mcu.lab.example", "DNS:mcu.lab.example", 30,
			test_path(t->dir, "mcu.pem"), test_path(t->dir, "mcu.key"));
	test_cert_write(other, "mcu.lab.example", "DNS:mcu.lab.example", 30,
			test_path(t->dir, "odd.pem"), test_path(t->dir, "odd.key"));
	t->server = web_ctx(t->dir, true, "fe");
	t->client = web_ctx(t->dir, false, "mcu");
	t->nobody = web_ctx(t->dir, false, NULL);
	t->stranger = web_ctx(t->dir, false, "odd");
	test_ca_free(ca);
	test_ca_free(other);
}

static inline void web_tls_done(struct web_tls *t)
{
	ply_tls_ctx_unref(t->server);
	ply_tls_ctx_unref(t->client);
	ply_tls_ctx_unref(t->nobody);
	ply_tls_ctx_unref(t->stranger);
	test_dir_free(t->dir);
}

static inline void web_echo(void *ctx, struct ply_http_call *call)
{
	struct web *w = ctx;
	const char *name = ply_http_call_peer_name(call, 0);

	(void)snprintf(w->peer, sizeof w->peer, "%s", name ? name : "");
	ply_http_call_add_header(call, "X-Seen", "yes");
	if (!ply_http_call_is_type(call, "text/plain"))
		ply_http_call_answer(call, 415, NULL, ply_slice(NULL, 0));
	else
		ply_http_call_answer(call, 200, "text/plain", ply_http_call_body(call));
	if (w->close_inside) {
		ply_http_server_close(w->server);
		w->server = NULL;
	}
}

static inline void web_gone(void *ctx)
{
	((struct web *)ctx)->n_gone++;
}

static inline void web_keep(void *ctx, struct ply_http_call *call)
{
	struct web *w = ctx;

	assert_true(w->n_calls < WEB_MAX_CALLS);
	w->call[w->n_calls++] = call;
	ply_http_call_on_gone(call, web_gone, w);
}

static inline void web_answer(struct web *w, unsigned i, const char *text)
{
	ply_http_call_answer(w->call[i], 200, "text/plain", ply_slice_str(text));
	w->call[i] = NULL;
}

static inline void web_open(struct web *w, struct ply_loop *loop, struct ply_http_server_conf conf)
{
	const struct ply_http_route echo = {"/echo", false, PLY_HTTP_POST, 1000, web_echo, w};
	const struct ply_http_route later = {
		"/later", false, PLY_HTTP_GET | PLY_HTTP_HEAD | PLY_HTTP_POST, 1000, web_keep, w};
	const struct ply_http_route under = {"/under/", true, PLY_HTTP_POST, 0, web_keep, w};

	conf.addr = ply_addr_loopback(0);
	w->loop = loop;
	assert_int_equal(ply_http_server_listen(&w->server, loop, &conf), 0);
	assert_int_equal(ply_http_server_add(w->server, &echo), 0);
	assert_int_equal(ply_http_server_add(w->server, &later), 0);
	assert_int_equal(ply_http_server_add(w->server, &under), 0);
}

static inline void web_close(struct web *w)
{
	ply_http_server_close(w->server);
	for (unsigned i = 0; i < w->n_calls; i++)
		if (w->call[i])
			web_answer(w, i, "");
}

/* --- what all of them begin and end with --- */

static struct web_tls tls;
static struct ply_loop *loop;

static inline int web_set_up_all(void **state)
{
	(void)state;
	web_tls_make(&tls);
	return 0;
}

static inline int web_tear_down_all(void **state)
{
	(void)state;
	web_tls_done(&tls);
	return 0;
}

static inline int web_set_up(void **state)
{
	(void)state;
	return ply_loop_new(&loop);
}

static inline int web_tear_down(void **state)
{
	(void)state;
	ply_clock_release();
	WAIT_FOR(loop, !ply_loop_n_timers(loop)); /* streams that linger for their peer's end */
	ply_loop_free(loop);
	return 0;
}

#endif
