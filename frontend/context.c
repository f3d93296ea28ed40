#include "frontend/context.h"

#include "base/ascii.h"
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/anonymous.h"
#include "frontend/conference/conference.h"
#include "frontend/fe.h"
#include "frontend/im/im.h"
#include "frontend/pipeline.h"
#include "frontend/presence/presence.h"
#include "frontend/proxy/proxy.h"
#include "frontend/record_feed.h"
#include "frontend/registrar/registrar.h"
#include "frontend/trace.h"
#include "net/tls.h"
#include "role/role.h"

#include <errno.h>

/* What only this file needs beside struct fe. */
struct context {
	struct fe fe;
	struct ply_role_ctx *role;
	struct ply_tls_ctx *tls_server, *tls_client;
	char **domains;
	bool restored, meetings_restored;
	struct ply_timer drain_check;
};

PLY_GAUGE(cert_expiry, "parley_frontend_certificate_expiry_seconds",
	  "time left of the server's certificate");
PLY_GAUGE(flows_gauge, "parley_frontend_flows", "open connections");
PLY_GAUGE(tx_gauge, "parley_frontend_transactions", "transactions under way");

static int split_domains(struct context *c)
{
	struct ply_slice rest = ply_slice_str(c->role->common->domains), one;
	size_t n = 0;

	if (!rest.len) {
		ply_error(&c->fe.log, "config.refused",
			  KS("why", "[common] domains is empty: name at least one SIP domain"));
		return -EINVAL;
	}
	c->domains = ply_calloc(rest.len + 2, sizeof *c->domains);
	while (c->domains && ply_slice_split(&rest, ',', &one)) {
		c->domains[n] = ply_slice_dup(ply_slice_trim(one));
		if (!c->domains[n])
			return -ENOMEM;
		ply_ascii_lower_str(c->domains[n++]);
	}
	c->fe.domain = (const char *const *)c->domains;
	return c->domains ? 0 : -ENOMEM;
}

static int make_tls(struct context *c)
{
	const struct ply_role_common *common = c->role->common;
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct ply_tls_conf conf = {
		.cert = common->certificate,
		.key = common->key,
		.ca = common->ca_file,
		.server = true,
		.ask_peer = true,
	};
	int r = ply_tls_ctx_new(&c->tls_server, &conf, &err);

	if (!r) {
		conf.server = conf.ask_peer = false;
		r = ply_tls_ctx_new(&c->tls_client, &conf, &err);
	}
	if (r)
		ply_error(&c->fe.log, "tls.refused", KS("why", ply_strbuf_str(&err)));
	c->fe.tls_server = c->tls_server;
	c->fe.tls_client = c->tls_client;
	ply_strbuf_deinit(&err);
	return r;
}

static int listen_on(struct context *c, enum ply_sip_proto proto, const char *list, uint16_t port)
{
	struct ply_slice rest = ply_slice_str(list), one;
	uint8_t index;

	while (list && ply_slice_split(&rest, ',', &one)) {
		struct ply_sip_listen l = {.proto = proto,
					   .tls = proto == PLY_SIP_TLS ? c->tls_server : NULL};
		int r;

		one = ply_slice_trim(one);
		if (!one.len)
			continue;
		r = ply_addr_parse(&l.addr, one, port);
		if (!r)
			r = ply_sip_transport_listen(c->fe.transport, &l, &index);
		if (r) {
			ply_error(&c->fe.log, "listen.refused", KSL("address", one),
				  KS("transport", ply_sip_proto_name(proto)), KI("err", r));
			return r;
		}
	}
	return 0;
}

static int make_transport(struct context *c)
{
	const struct fe_conf *conf = c->fe.conf;
	const struct ply_sip_transport_conf t = {
		.max_message = conf->max_message,
		.max_flows = conf->max_flows,
		.max_flows_per_source = conf->max_flows_per_source,
		.max_output = 4U << 20,
		.unauth_timeout_ms = 60000,
		/* A standard client need send nothing between two registrations. */
		.idle_timeout_ms = conf->expires_max * 1000U + 60000U,
		.signed_idle_ms = conf->keepalive_timeout * 2000U + 60000U,
		.connect_timeout_ms = 10000,
		.crlf_pong = true,
		.server_name = c->fe.fqdn,
		.tls_client = c->tls_client,
	};
	int r = ply_sip_txl_new(&c->fe.txl, c->fe.loop, &t, &fe_tu_ops, &c->fe);

	if (r)
		return r;
	c->fe.transport = ply_sip_txl_transport(c->fe.txl);
	for (char **d = c->domains; *d && !r; d++)
		r = ply_sip_transport_add_name(c->fe.transport, *d);
	if (!r)
		r = ply_sip_transport_add_name(c->fe.transport, c->fe.pool);
	if (!r)
		r = listen_on(c, PLY_SIP_TLS, conf->tls_listen, 5061);
	if (!r)
		r = listen_on(c, PLY_SIP_TCP, conf->tcp_listen, 5060);
	if (!r)
		r = listen_on(c, PLY_SIP_UDP, conf->udp_listen, 5060);
	return r;
}

static int open_dns(struct context *c)
{
	const struct fe_conf *conf = c->fe.conf;
	const struct ply_dns_conf dns = {.hosts_file = conf->dns_hosts};
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int r;

	if (conf->external_route != FE_EXTERNAL_DNS)
		return 0;
	r = ply_dns_new(&c->fe.dns, c->fe.loop, &dns, &err);
	if (r)
		ply_error(&c->fe.log, "dns.refused", KI("err", r), KS("why", ply_strbuf_str(&err)));
	ply_strbuf_deinit(&err);
	return r;
}

/* --- databases --- */

static void database_health(struct ply_db *db, struct ply_health_state *out)
{
	struct ply_db_state s;

	ply_db_state(db, &s);
	out->ok = s.up;
	out->text = s.up ? "connected" : s.last_err;
	out->last_ok_ms = s.last_ok_ms;
}

static void rtc_health(void *ctx, struct ply_health_state *out)
{
	database_health(ply_rtc_db(((struct fe *)ctx)->rtc), out);
}

static void rtcdyn_health(void *ctx, struct ply_health_state *out)
{
	database_health(ply_rtcdyn_db(((struct fe *)ctx)->rtcdyn), out);
}

static void restore_user(struct ply_hnode *n, void *ctx)
{
	struct fe_user *u = container_of(n, struct fe_user, by_aor);

	(void)ctx;
	PLY_LIST_FOR(it, &u->endpoints)
		(void)fe_endpoint_store(container_of(it, struct fe_endpoint, in_user), NULL, NULL);
}

/* First time up: read what the last life left. Later: what was registered while it was away is not
 * there. */
static void rtcdyn_state(void *ctx, bool up)
{
	struct context *c = ctx;

	if (!up)
		return;
	if (!c->restored) {
		c->restored = true;
		(void)fe_endpoint_restore(&c->fe);
	} else {
		ply_hash_each(&c->fe.users, restore_user, NULL);
	}
}

/* Meetings that were active here come back, once. */
static void rtc_state(void *ctx, bool up)
{
	struct context *c = ctx;

	if (!up || c->meetings_restored || !c->fe.meetings)
		return;
	c->meetings_restored = true;
	fe_meetings_restore(&c->fe);
}

static int open_database(struct context *c, const char *name,
			 int (*open)(struct context *c, const struct ply_db_conf *conf))
{
	char *conninfo = ply_role_conninfo(c->role->common, name);
	struct ply_db_conf conf = {.conninfo = conninfo};
	int r = conninfo ? open(c, &conf) : -EINVAL;

	if (r)
		ply_error(&c->fe.log, "database.refused", KS("database", name), KI("err", r),
			  KS("why",
			     conninfo ? "bad connection words" : "[common] database is not set"));
	ply_free(conninfo);
	return r;
}

static int open_rtc(struct context *c, const struct ply_db_conf *conf)
{
	return ply_rtc_open(&c->fe.rtc, c->fe.loop, conf);
}

static int open_rtcdyn(struct context *c, const struct ply_db_conf *conf)
{
	return ply_rtcdyn_open(&c->fe.rtcdyn, c->fe.loop, conf);
}

static int open_rtcconfig(struct context *c, const struct ply_db_conf *conf)
{
	return ply_rtcconfig_open(&c->fe.rtcconfig, c->fe.loop, conf);
}

static int open_lcslog(struct context *c, const struct ply_db_conf *conf)
{
	return ply_lcslog_open(&c->fe.lcslog, c->fe.loop, conf);
}

/* Without lcslog signalling goes on: /readyz does not ask for it. */
static int open_records(struct context *c)
{
	int r;

	if (!c->fe.conf->cdr)
		return 0;
	r = open_database(c, "lcslog", open_lcslog);
	return r ? r : fe_records_new(&c->fe, c->fe.lcslog, c->role->common->state_dir);
}

static int open_databases(struct context *c)
{
	int r = open_database(c, "rtc", open_rtc);

	if (!r)
		r = open_database(c, "rtcdyn", open_rtcdyn);
	if (!r)
		r = open_database(c, "rtcconfig", open_rtcconfig);
	if (r)
		return r;
	ply_rtc_on_user_change(c->fe.rtc, fe_user_changed, &c->fe);
	ply_db_on_state(ply_rtc_db(c->fe.rtc), rtc_state, c);
	ply_db_on_state(ply_rtcdyn_db(c->fe.rtcdyn), rtcdyn_state, c);
	r = ply_health_add(c->role->health, "rtc", rtc_health, &c->fe);
	if (!r)
		r = ply_health_add(c->role->health, "rtcdyn", rtcdyn_health, &c->fe);
	return r;
}

static void on_metrics(void *ctx)
{
	struct context *c = ctx;
	uint64_t now = ply_wall_ms(), end = ply_tls_ctx_expires_ms(c->tls_server);

	ply_counter_set(&cert_expiry, end > now ? (int64_t)((end - now) / 1000) : 0);
	ply_counter_set(&flows_gauge, ply_sip_transport_n_flows(c->fe.transport));
	ply_counter_set(&tx_gauge, ply_sip_txl_n(c->fe.txl));
}

static int build(struct context *c)
{
	int r = split_domains(c);

	if (!r)
		r = make_tls(c);
	if (!r)
		r = make_transport(c);
	if (!r)
		r = open_dns(c);
	if (!r)
		r = open_databases(c);
	if (!r)
		r = fe_auth_new(&c->fe);
	if (!r)
		r = fe_presence_new(&c->fe);
	if (!r)
		r = open_records(c);
	if (!r)
		r = fe_im_new(&c->fe);
	if (!r)
		r = fe_trace_new(&c->fe, c->role->admin);
	if (!r)
		r = fe_anonymous_new(&c->fe);
	if (!r)
		r = fe_meetings_new(&c->fe, c->role);
	if (!r)
		r = ply_health_on_metrics(c->role->health, on_metrics, c);
	return r;
}

int fe_init(struct ply_role_ctx *role, void **self)
{
	struct context *c = ply_calloc(1, sizeof *c);
	int r;

	if (!c)
		return -ENOMEM;
	c->role = role;
	c->fe.loop = role->loop;
	c->fe.conf = role->conf;
	c->fe.fqdn = role->common->fqdn;
	c->fe.pool = ply_role_pool(role->common);
	ply_log_init(&c->fe.log, &role->log);
	ply_hash_init(&c->fe.users);
	ply_hash_init(&c->fe.gruus);
	ply_hash_init(&c->fe.flows);
	ply_hash_init(&c->fe.marks);
	ply_hash_init(&c->fe.contacts);
	ply_list_init(&c->fe.idle_users);
	ply_list_init(&c->fe.requests);
	ply_list_init(&c->fe.forks);
	r = build(c);
	if (r)
		fe_stop(c);
	else
		*self = c;
	return r;
}

int fe_start(void *self)
{
	struct context *c = self;

	ply_info(&c->fe.log, "frontend.started", KS("fqdn", c->fe.fqdn), KS("pool", c->fe.pool),
		 KS("domain", c->fe.domain[0]), KS("tls", c->fe.conf->tls_listen),
		 KS("tcp", c->fe.conf->tcp_listen), KS("udp", c->fe.conf->udp_listen));
	return 0;
}

void fe_reload(void *self)
{
	struct context *c = self;
	struct ply_strbuf err = PLY_STRBUF_INIT;

	if (ply_tls_ctx_reload(c->tls_server, &err) || ply_tls_ctx_reload(c->tls_client, &err))
		ply_error(&c->fe.log, "tls.unreadable", KS("why", ply_strbuf_str(&err)),
			  KS("next", "the old certificate stays in use"));
	else
		ply_info(&c->fe.log, "tls.reloaded",
			 KS("certificate", c->role->common->certificate));
	ply_strbuf_deinit(&err);
}

enum { DRAIN_CHECK_MS = 50 };

static void drain_check(void *ctx)
{
	struct context *c = ctx;

	if (!ply_sip_txl_n(c->fe.txl) && ply_list_empty(&c->fe.requests))
		ply_role_drained(c->role);
	else
		ply_timer_start(c->fe.loop, &c->drain_check, DRAIN_CHECK_MS, drain_check, c);
}

void fe_drain(void *self)
{
	struct context *c = self;

	c->fe.draining = true;
	ply_sip_transport_stop_listening(c->fe.transport);
	ply_timer_start(c->fe.loop, &c->drain_check, DRAIN_CHECK_MS, drain_check, c);
}

static void end_endpoints(struct ply_hnode *n, void *ctx)
{
	struct fe_user *u = container_of(n, struct fe_user, by_aor);
	struct ply_list *e;

	(void)ctx;
	fe_user_hold(u); /* not to be forgotten, and freed, within the walk */
	while ((e = ply_list_first(&u->endpoints)))
		fe_endpoint_end(container_of(e, struct fe_endpoint, in_user), FE_GONE_STOP);
}

void fe_stop(void *self)
{
	struct context *c = self;
	struct fe *fe = &c->fe;

	ply_timer_stop(&c->drain_check);
	fe_requests_drop(fe);
	fe_meetings_free(fe);
	fe_anonymous_free(fe);
	fe_trace_free(fe);
	ply_sip_txl_free(fe->txl);
	fe_forward_drop(fe);
	fe_im_free(fe);
	ply_hash_each(&fe->users, end_endpoints, NULL);
	ply_lcslog_close(fe->lcslog);
	fe_records_free(fe);
	ply_rtcconfig_close(fe->rtcconfig);
	ply_rtcdyn_close(fe->rtcdyn);
	ply_rtc_close(fe->rtc);
	fe_presence_free(fe);
	fe_users_free(fe);
	fe_auth_free(fe);
	ply_hash_deinit(&fe->gruus);
	ply_hash_deinit(&fe->flows);
	ply_hash_deinit(&fe->marks);
	ply_hash_deinit(&fe->contacts);
	ply_dns_free(fe->dns);
	for (size_t i = 0; i < ARRAY_LEN(fe->scratch); i++)
		ply_strbuf_deinit(&fe->scratch[i]);
	ply_tls_ctx_unref(c->tls_server);
	ply_tls_ctx_unref(c->tls_client);
	for (char **d = c->domains; d && *d; d++)
		ply_free(*d);
	ply_free(c->domains);
	ply_free(c);
}

void fe_status(void *self, struct ply_strbuf *out)
{
	struct context *c = self;

	ply_strbuf_addf(out, "%lld endpoints, %u connections, %u transactions",
			(long long)ply_counter_get("parley_frontend_registrations", NULL),
			ply_sip_transport_n_flows(c->fe.transport), ply_sip_txl_n(c->fe.txl));
}
