#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "mcu-im/mim.h"
#include "net/tls.h"
#include "role/role.h"

#include <errno.h>
#include <stdio.h>

/* What only this file needs beside struct mim. */
struct context {
	struct mim mim;
	struct ply_role_ctx *role;
	struct ply_tls_ctx *tls_server, *tls_client;
	struct ply_timer drain_check;
	char health[64];
};

PLY_GAUGE(cert_expiry, "parley_mcu_im_certificate_expiry_seconds",
	  "time left of the server's certificate");
PLY_GAUGE(confs_gauge, "parley_mcu_im_conferences", "conferences");
PLY_GAUGE(flows_gauge, "parley_mcu_im_flows", "open SIP connections");
PLY_GAUGE(tx_gauge, "parley_mcu_im_transactions", "SIP transactions under way");

static const char *certificate_of(const struct context *c)
{
	return c->mim.conf->certificate ? c->mim.conf->certificate : c->role->common->certificate;
}

static int make_tls(struct context *c)
{
	const struct mim_settings *conf = c->mim.conf;
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct ply_tls_conf tls = {
		.cert = certificate_of(c),
		.key = conf->key ? conf->key : c->role->common->key,
		.ca = c->role->common->ca_file,
		.server = true,
		.ask_peer = true,
	};
	int r = ply_tls_ctx_new(&c->tls_server, &tls, &err);

	if (!r) {
		tls.server = tls.ask_peer = false;
		r = ply_tls_ctx_new(&c->tls_client, &tls, &err);
	}
	if (r)
		ply_error(&c->mim.log, "tls.refused", KS("why", ply_strbuf_str(&err)));
	ply_strbuf_deinit(&err);
	return r;
}

static int make_transport(struct context *c)
{
	struct mim *m = &c->mim;
	const struct ply_sip_transport_conf t = {
		.max_message = 256U << 10, /* a Front End's limit; over max_body there is a 413 */
		.max_flows = m->conf->max_flows,
		.max_output = 16U << 20,
		.unauth_timeout_ms = 10000,
		.idle_timeout_ms = 24U * 60 * 60 * 1000,
		.connect_timeout_ms = 5000,
		.crlf_pong = true,
		.server_name = m->fqdn,
		.tls_client = c->tls_client,
	};
	struct ply_sip_listen l = {.proto = PLY_SIP_TLS, .tls = c->tls_server};
	int r = ply_sip_txl_new(&m->txl, m->loop, &t, &mim_tu_ops, m);

	if (r)
		return r;
	m->transport = ply_sip_txl_transport(m->txl);
	r = ply_addr_parse(&l.addr, ply_slice_str(m->conf->sip_listen), 5062);
	if (!r)
		r = ply_sip_transport_listen(m->transport, &l, &m->listener);
	if (r)
		ply_error(&m->log, "listen.refused", KS("address", m->conf->sip_listen),
			  KS("transport", "tls"), KI("err", r));
	return r;
}

static int make_mcu(struct context *c)
{
	struct mim *m = &c->mim;
	const struct ply_addr own = ply_sip_transport_listener_addr(m->transport, m->listener);
	const struct ply_mcu_setup setup = {
		.type = "chat",
		.fqdn = m->fqdn,
		.address = m->conf->address,
		.c3p_listen = m->conf->c3p_listen,
		.sip_port = own.port,
		.factories = m->conf->factory,
		.trusted = m->conf->trusted_servers,
		.version = ply_version(),
		.max_conferences = m->conf->max_conferences,
		.max_endpoints = m->conf->max_endpoints,
		.tls_server = c->tls_server,
		.tls_client = c->tls_client,
	};

	return ply_mcu_new(&m->mcu, m->loop, &m->log, &setup, &mim_ops, m);
}

static void fronts_health(void *ctx, struct ply_health_state *out)
{
	struct context *c = ctx;
	unsigned all, known = ply_mcu_n_known(c->mim.mcu, &all);

	(void)snprintf(c->health, sizeof c->health, "%u of %u Front Ends know it", known, all);
	out->ok = known > 0;
	out->text = c->health;
}

static void on_metrics(void *ctx)
{
	struct context *c = ctx;
	uint64_t now = ply_wall_ms(), end = ply_tls_ctx_expires_ms(c->tls_server);

	ply_counter_set(&cert_expiry, end > now ? (int64_t)((end - now) / 1000) : 0);
	ply_counter_set(&confs_gauge, ply_mcu_n_conf(c->mim.mcu));
	ply_counter_set(&flows_gauge, ply_sip_transport_n_flows(c->mim.transport));
	ply_counter_set(&tx_gauge, ply_sip_txl_n(c->mim.txl));
}

static int build(struct context *c)
{
	int r = make_tls(c);

	if (!r)
		r = make_transport(c);
	if (!r)
		r = make_mcu(c);
	if (!r)
		r = ply_health_add(c->role->health, "frontends", fronts_health, c);
	if (!r)
		r = ply_health_on_metrics(c->role->health, on_metrics, c);
	return r;
}

int mim_init(struct ply_role_ctx *role, void **self)
{
	struct context *c = ply_calloc(1, sizeof *c);
	int r;

	if (!c)
		return -ENOMEM;
	c->role = role;
	c->mim.loop = role->loop;
	c->mim.conf = role->conf;
	c->mim.fqdn = c->mim.conf->fqdn ? c->mim.conf->fqdn : role->common->fqdn;
	ply_log_init(&c->mim.log, &role->log);
	ply_hash_init(&c->mim.legs);
	ply_list_init(&c->mim.ways);
	ply_list_init(&c->mim.batches);
	ply_list_init(&c->mim.ready);
	ply_list_init(&c->mim.calls);
	r = build(c);
	if (r)
		mim_stop(c);
	else
		*self = c;
	return r;
}

int mim_start(void *self)
{
	struct context *c = self;

	ply_info(&c->mim.log, "mcu-im.started", KS("fqdn", c->mim.fqdn),
		 KS("sip", c->mim.conf->sip_listen), KS("c3p", c->mim.conf->c3p_listen),
		 KS("factory", c->mim.conf->factory));
	return 0;
}

void mim_reload(void *self)
{
	struct context *c = self;
	struct ply_strbuf err = PLY_STRBUF_INIT;

	if (ply_tls_ctx_reload(c->tls_server, &err) || ply_tls_ctx_reload(c->tls_client, &err))
		ply_error(&c->mim.log, "tls.unreadable", KS("why", ply_strbuf_str(&err)),
			  KS("next", "the old certificate stays in use"));
	else
		ply_info(&c->mim.log, "tls.reloaded", KS("certificate", certificate_of(c)));
	ply_strbuf_deinit(&err);
}

enum { DRAIN_CHECK_MS = 50 };

/* Conferences go on until they end, or until drain_timeout is over. */
static void drain_check(void *ctx)
{
	struct context *c = ctx;

	if (!ply_mcu_n_conf(c->mim.mcu))
		ply_role_drained(c->role);
	else
		ply_timer_start(c->mim.loop, &c->drain_check, DRAIN_CHECK_MS, drain_check, c);
}

void mim_drain(void *self)
{
	struct context *c = self;

	ply_mcu_drain(c->mim.mcu);
	ply_timer_start(c->mim.loop, &c->drain_check, DRAIN_CHECK_MS, drain_check, c);
}

void mim_stop(void *self)
{
	struct context *c = self;
	struct mim *m = &c->mim;

	ply_timer_stop(&c->drain_check);
	ply_mcu_free(m->mcu); /* ends the legs */
	mim_fan_free(m);
	mim_calls_free(m);
	ply_sip_txl_free(m->txl);
	ply_hash_deinit(&m->legs);
	for (size_t i = 0; i < ARRAY_LEN(m->scratch); i++)
		ply_strbuf_deinit(&m->scratch[i]);
	ply_tls_ctx_unref(c->tls_server);
	ply_tls_ctx_unref(c->tls_client);
	ply_free(c);
}

void mim_status(void *self, struct ply_strbuf *out)
{
	struct context *c = self;
	unsigned all, known = ply_mcu_n_known(c->mim.mcu, &all);

	ply_strbuf_addf(out, "%u conferences, %u participants, known to %u of %u Front Ends",
			ply_mcu_n_conf(c->mim.mcu), c->mim.n_leg, known, all);
}
