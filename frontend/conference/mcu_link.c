/* The way to and from conferencing servers: C3P over HTTPS with mutual TLS. */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/mcu.h"
#include "frontend/proxy/proxy.h"
#include "http/http_server.h"

#include <errno.h>

enum {
	DEFAULT_PORT = 444,
	MAX_NOTIFY = PLY_CI_MAX_DOC,
	MAX_QUEUED = 8192, /* commands to one server: a storm of joins has one for each */
};

PLY_COUNTER(commands, "parley_frontend_mcu_commands_total",
	    "commands sent to conferencing servers");
PLY_COUNTER(unanswered, "parley_frontend_mcu_unanswered_total",
	    "commands that conferencing servers did not answer");
PLY_COUNTER(heard, "parley_frontend_mcu_requests_total",
	    "heartbeats and news of conferencing servers");

/* --- what comes in --- */

static enum ply_c3p_reason reason_of(int r)
{
	switch (r) {
	case 0:
		return PLY_C3P_R_NONE;
	case PLY_C3P_E_TOO_MANY:
		return PLY_C3P_R_REQUEST_TOO_LARGE;
	default:
		return r > 0 ? PLY_C3P_R_REQUEST_MALFORMED : PLY_C3P_R_SERVER_BUSY;
	}
}

static void answer(struct ply_c3p_call *call, const struct ply_c3p_request *req,
		   enum ply_c3p_reason why)
{
	struct ply_strbuf xml = PLY_STRBUF_INIT;
	struct ply_c3p_response rsp = {0};

	ply_c3p_response_to(&rsp, req, why);
	if (!rsp.name.len)
		rsp.name = ply_slice_str("unknown"); /* the reason stands in a command */
	ply_c3p_response_write(&xml, &rsp);
	ply_c3p_call_answer(call, ply_strbuf_err(&xml) ? 503 : 200, ply_strbuf_slice(&xml));
	ply_strbuf_deinit(&xml);
}

static void on_status(void *ctx, struct ply_c3p_call *call, const char *peer, struct ply_slice body)
{
	struct ply_c3p_request req = {0};
	enum ply_c3p_reason why = reason_of(ply_c3p_request_parse(&req, body));

	ply_counter_inc(&heard);
	if (!why)
		why = req.cmd == PLY_C3P_MCU_STATUS ? fe_mcu_heard(ctx, peer, &req.status)
						    : PLY_C3P_R_NOT_SUPPORTED;
	answer(call, &req, why);
	ply_c3p_request_deinit(&req);
}

static void on_notify(void *ctx, struct ply_c3p_call *call, const char *peer, struct ply_slice body)
{
	struct ply_c3p_request req = {0};
	enum ply_c3p_reason why = reason_of(ply_c3p_request_parse(&req, body));

	ply_counter_inc(&heard);
	if (!why)
		why = req.cmd == PLY_C3P_NOTIFY ? fe_mcu_news(ctx, peer, &req)
						: PLY_C3P_R_NOT_SUPPORTED;
	answer(call, &req, why);
	ply_c3p_request_deinit(&req);
}

static bool allow(void *ctx, const char *name)
{
	const struct fe_mcu_factory *fac = ctx;

	return fe_trusts_server(fac->fe, name);
}

static int make_callback(struct fe_mcu_factory *fac)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	const char *url = fac->fe->conf->c3p_url;

	if (url && url[0])
		ply_strbuf_adds(&b, url);
	else
		ply_strbuf_addf(&b, "https://%s:%u", fac->fe->fqdn,
				ply_http_server_port(fac->http));
	while (b.len && b.p[b.len - 1] == '/')
		b.len--;
	ply_strbuf_adds(&b, "/focus/notify");
	fac->callback = ply_strbuf_steal(&b);
	return fac->callback ? 0 : -ENOMEM;
}

static int open_listener(struct fe_mcu_factory *fac, const char *address)
{
	struct ply_http_server_conf http = {.tls = fac->fe->tls_server,
					    .require_peer = true,
					    .max_in_flight = 64,
					    .log = &fac->log};
	struct ply_c3p_server_conf c3p = {.allow = allow, .allow_ctx = fac, .log = &fac->log};
	int r = ply_addr_parse(&http.addr, ply_slice_str(address), DEFAULT_PORT);

	if (!r)
		r = ply_http_server_listen(&fac->http, fac->fe->loop, &http);
	if (r) {
		ply_error(&fac->log, "listen.refused", KS("address", address),
			  KS("transport", "https"), KI("err", r));
		return r;
	}
	c3p.http = fac->http;
	return ply_c3p_server_new(&fac->c3p, fac->fe->loop, &c3p);
}

int fe_mcu_listen(struct fe_mcu_factory *fac)
{
	const char *address = fac->fe->conf->c3p_listen;
	int r;

	if (!address || !address[0])
		return 0;
	r = open_listener(fac, address);
	if (!r)
		r = ply_c3p_server_route(fac->c3p, "/mcufactory", PLY_C3P_MAX_REQUEST, on_status,
					 fac);
	if (!r)
		r = ply_c3p_server_route(fac->c3p, "/focus/notify", MAX_NOTIFY, on_notify, fac);
	return r ? r : make_callback(fac);
}

void fe_mcu_unlisten(struct fe_mcu_factory *fac)
{
	ply_c3p_server_free(fac->c3p);
	ply_http_server_close(fac->http);
	fac->c3p = NULL;
	fac->http = NULL;
}

/* --- commands --- */

struct fe_mcu_call {
	struct ply_list in_mcu;
	fe_mcu_answer_fn *fn; /* NULL: nobody waits */
	void *ctx;
};

static void call_end(struct fe_mcu_call *c, enum ply_c3p_reason r,
		     const struct ply_c3p_response *rsp)
{
	fe_mcu_answer_fn *fn = c->fn;
	void *ctx = c->ctx;

	ply_list_del(&c->in_mcu);
	ply_free(c);
	if (fn)
		fn(ctx, r, rsp);
}

static void answered(void *ctx, int status, struct ply_slice body)
{
	struct ply_c3p_response rsp;

	if (status == 200 && !ply_c3p_response_parse(&rsp, body)) {
		enum ply_c3p_reason r = rsp.code != PLY_C3P_FAILURE ? PLY_C3P_R_NONE
					: rsp.reason                ? rsp.reason
								    : PLY_C3P_R_OTHER_FAILURE;

		call_end(ctx, r, &rsp);
		ply_c3p_response_deinit(&rsp);
		return;
	}
	ply_counter_inc(&unanswered);
	call_end(ctx, status == 503 ? PLY_C3P_R_SERVER_BUSY : PLY_C3P_R_TIMEOUT, NULL);
}

/* The last word counts. What may take long, or is for one endpoint alone, does not wait. */
static bool keeps_order(enum ply_c3p_cmd cmd)
{
	return cmd == PLY_C3P_MODIFY_CONFERENCE || cmd == PLY_C3P_MODIFY_CONFERENCE_LOCK ||
	       cmd == PLY_C3P_MODIFY_USER_ROLES || cmd == PLY_C3P_MODIFY_ENDPOINT_MEDIA ||
	       cmd == PLY_C3P_DELETE_USER;
}

int fe_mcu_send(struct fe_mcu *s, struct ply_c3p_request *req, uint32_t timeout_ms,
		fe_mcu_answer_fn *fn, void *ctx, struct fe_mcu_call **out)
{
	struct fe_mcu_call *c = ply_calloc(1, sizeof *c);
	struct ply_strbuf xml = PLY_STRBUF_INIT;
	char id[PLY_U64_DIGITS];
	int r = c ? 0 : -ENOMEM;

	req->request_id = ply_slice_u64(++s->factory->n_requests, id);
	req->name = ply_slice_str(ply_c3p_cmd_name(req->cmd));
	ply_c3p_request_write(&xml, req);
	if (!r)
		r = ply_strbuf_err(&xml);
	if (!r) {
		const struct ply_c3p_post post = {
			.path = "/c3p",
			.body = ply_strbuf_slice(&xml),
			.timeout_ms = timeout_ms,
			.ordered = keeps_order(req->cmd),
		};

		*c = (struct fe_mcu_call){.fn = fn, .ctx = ctx};
		r = s->factory->wire->post(s, &post, answered, c);
	}
	ply_strbuf_deinit(&xml);
	if (r) {
		ply_free(c);
		return r;
	}
	ply_counter_inc(&commands);
	ply_list_push(&s->calls, &c->in_mcu);
	if (out)
		*out = c;
	return 0;
}

void fe_mcu_call_forget(struct fe_mcu_call *c)
{
	if (c)
		c->fn = NULL;
}

void fe_mcu_calls_fail(struct fe_mcu *s)
{
	struct ply_list *it;

	s->factory->wire->close(s); /* before: nothing comes back any more */
	while ((it = ply_list_first(&s->calls)))
		call_end(container_of(it, struct fe_mcu_call, in_mcu), PLY_C3P_R_TIMEOUT, NULL);
}

/* --- over HTTPS --- */

static int open_peer(struct fe_mcu *s, uint32_t max_connections, struct ply_c3p_peer **out)
{
	const struct ply_c3p_peer_conf conf = {
		.http = {.url = s->url,
			 .tls = s->factory->fe->tls_client,
			 .connect_to = s->addr,
			 .max_connections = max_connections,
			 .max_queued = MAX_QUEUED,
			 .max_retry_ms = 1000,
			 .log = &s->factory->log},
		.max_queued = MAX_QUEUED,
	};

	return ply_c3p_peer_new(out, s->factory->fe->loop, &conf);
}

static int https_open(struct fe_mcu *s)
{
	return open_peer(s, 2, &s->peer);
}

static void https_close(struct fe_mcu *s)
{
	ply_c3p_peer_free(s->peer);
	ply_c3p_peer_free(s->dialer);
	s->peer = s->dialer = NULL;
}

static int https_post(struct fe_mcu *s, const struct ply_c3p_post *post, ply_c3p_peer_fn *fn,
		      void *ctx)
{
	struct ply_c3p_peer *peer = s->peer;

	if (!peer)
		return -ENOTCONN;
	if (post->timeout_ms > FE_MCU_COMMAND_MS) {
		int r = s->dialer ? 0 : open_peer(s, 4, &s->dialer);

		if (r)
			return r;
		peer = s->dialer;
	}
	return ply_c3p_peer_post(peer, NULL, post, fn, ctx);
}

const struct fe_mcu_wire fe_mcu_https = {https_open, https_close, https_post};
