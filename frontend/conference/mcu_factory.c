/* The factory: which conferencing servers there are
 * (they announce themselves every two seconds, docs/focus-mcu.md). */
#include "base/ascii.h"
#include "base/counter.h"
#include "base/mem.h"
#include "db/rtcdyn/rtcdyn_lease.h"
#include "frontend/conference/mcu.h"
#include "net/dns.h"
#include "role/role.h"

#include <errno.h>

enum {
	SUSPECT_MS = 4000, /* two heartbeats missed */
	DEAD_MS = 8000,    /* four */
	FORGET_MS = 600000,
	LEASE_EVERY_MS = 4000,
	LEASE_MS = 12000,
	MAX_SERVERS = 64,
};

PLY_GAUGE(live_gauge, "parley_frontend_mcu_live", "conferencing servers that are alive");
PLY_COUNTER(lost, "parley_frontend_mcu_lost_total",
	    "conferencing servers that died, or began another life");

const char *fe_mcu_state_name(enum fe_mcu_state s)
{
	static const char *const names[] = {"live", "suspect", "dead"};

	return names[s];
}

static void count_live(const struct fe_mcu_factory *fac)
{
	ply_counter_set(&live_gauge, fe_mcu_n_live(fac, NULL));
}

/* --- one server --- */

static void watch(void *ctx);

/* What its instance held is lost. */
static void end_instance(struct fe_mcu *s)
{
	ply_dns_cancel(s->query);
	s->query = NULL;
	fe_mcu_calls_fail(s);
	fe_links_lost(s);
	s->factory->wire->close(s);
	s->addr.family = 0;
	s->lease_ms = 0;
}

static void server_free(struct fe_mcu *s)
{
	ply_timer_stop(&s->watch);
	end_instance(s);
	ply_list_del(&s->in_factory);
	s->factory->n_servers--;
	ply_free(s->fqdn);
	ply_free(s->url);
	ply_free(s->instance);
	ply_free(s->version);
	ply_free(s);
}

static void drop_lease(struct fe_mcu *s)
{
	if (s->lease_ms && s->factory->fe->rtcdyn)
		(void)ply_rtcdyn_lease_delete(s->factory->fe->rtcdyn, ply_slice_str("mcu"),
					      ply_slice_str(s->instance), NULL, NULL);
}

static void die(struct fe_mcu *s, const char *why)
{
	s->state = FE_MCU_DEAD;
	ply_counter_inc(&lost);
	ply_warn(&s->factory->log, "mcu.lost", KS("type", s->type), KS("fqdn", s->fqdn),
		 KS("url", s->url), KS("why", why));
	drop_lease(s);
	end_instance(s);
}

void fe_mcu_suspect(struct fe_mcu *s, const char *why)
{
	if (s->state != FE_MCU_LIVE)
		return;
	s->state = FE_MCU_SUSPECT;
	ply_warn(&s->factory->log, "mcu.suspected", KS("type", s->type), KS("fqdn", s->fqdn),
		 KS("url", s->url), KS("why", why));
	count_live(s->factory);
}

/* Fires when it was quiet for SUSPECT_MS, DEAD_MS, and at last for long. */
static void watch(void *ctx)
{
	struct fe_mcu *s = ctx;
	uint64_t quiet = ply_mono_ms() - s->heard_ms, next = FORGET_MS;

	if (s->state == FE_MCU_DEAD) {
		server_free(s);
		return;
	}
	if (quiet < DEAD_MS) {
		fe_mcu_suspect(s, "two heartbeats missed");
		next = DEAD_MS - quiet;
	} else {
		die(s, "four heartbeats missed");
	}
	count_live(s->factory);
	ply_timer_start(s->factory->fe->loop, &s->watch, next, watch, s);
}

static struct fe_mcu *find(const struct fe_mcu_factory *fac, const struct ply_c3p_mcu_status *st)
{
	PLY_LIST_FOR(it, &fac->servers) {
		struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);

		if (ply_slice_is(st->type, s->type) && ply_slice_caseis(st->fqdn, s->fqdn) &&
		    ply_slice_is(st->url, s->url))
			return s;
	}
	return NULL;
}

static struct fe_mcu *server_new(struct fe_mcu_factory *fac, const struct ply_c3p_mcu_status *st)
{
	struct fe_mcu *s = ply_calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->factory = fac;
	s->state = FE_MCU_DEAD;
	ply_list_init(&s->enlists);
	ply_list_init(&s->calls);
	ply_list_push(&fac->servers, &s->in_factory);
	fac->n_servers++;
	(void)ply_slice_copy(st->type, s->type, sizeof s->type);
	s->fqdn = ply_slice_dup(st->fqdn);
	s->url = ply_slice_dup(st->url);
	s->instance = ply_strdup("");
	if (!s->fqdn || !s->url || !s->instance) {
		server_free(s);
		return NULL;
	}
	ply_ascii_lower_str(s->fqdn);
	return s;
}

/* Room in the table: who is dead for longest goes. */
static bool make_room(struct fe_mcu_factory *fac)
{
	struct fe_mcu *oldest = NULL;

	if (fac->n_servers < MAX_SERVERS)
		return true;
	PLY_LIST_FOR(it, &fac->servers) {
		struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);

		if (s->state == FE_MCU_DEAD && (!oldest || s->heard_ms < oldest->heard_ms))
			oldest = s;
	}
	if (oldest)
		server_free(oldest);
	return oldest;
}

/* --- a new life --- */

static void connect_to(struct fe_mcu *s, const struct ply_addr *addr)
{
	int r;

	s->addr = *addr;
	s->addr.port = 0;
	r = s->factory->wire->open(s);
	if (!r)
		return;
	s->addr.family = 0;
	ply_error(&s->factory->log, "mcu.unreachable", KS("fqdn", s->fqdn), KS("url", s->url),
		  KI("err", r));
}

static void resolved(void *ctx, int status, const struct ply_dns_target *t, size_t n)
{
	struct fe_mcu *s = ctx;

	s->query = NULL;
	if (!status && n)
		connect_to(s, &t[0].addr);
	else
		ply_warn(&s->factory->log, "mcu.unreachable", KS("fqdn", s->fqdn),
			 KS("url", s->url), KI("err", status));
}

/* The Front End looks names up only where it routes to other domains; here one is needed anyway. */
static struct ply_dns *dns_of(struct fe_mcu_factory *fac)
{
	const struct ply_dns_conf conf = {.hosts_file = fac->fe->conf->dns_hosts};

	if (fac->fe->dns)
		return fac->fe->dns;
	if (!fac->dns)
		(void)ply_dns_new(&fac->dns, fac->fe->loop, &conf, NULL);
	return fac->dns;
}

static void find_address(struct fe_mcu *s, struct ply_slice said)
{
	const struct ply_dns_ask ask = {.host = ply_slice_str(s->fqdn), .only_host = true};
	struct ply_dns *dns;
	struct ply_addr addr;

	if (s->addr.family || s->query)
		return;
	if (said.len && !ply_addr_parse_ip(&addr, said, 0)) {
		connect_to(s, &addr);
		return;
	}
	dns = dns_of(s->factory);
	if (!dns || ply_dns_resolve(dns, &s->query, &ask, resolved, s))
		s->query = NULL;
}

/* "https://FQDN[:PORT]..." and "sip:FQDN:PORT;transport=tls": both of the name in the certificate.
 */
static bool read_places(const struct ply_c3p_mcu_status *st, uint16_t *sip_port)
{
	struct ply_slice host = ply_slice_from(st->url, strlen("https://"));
	struct ply_sip_uri sip;
	size_t end = 0;

	if (!ply_slice_casestarts(st->url, "https://") || ply_sip_uri_parse(st->sip, &sip) ||
	    sip.port > UINT16_MAX)
		return false;
	while (end < host.len && host.p[end] != ':' && host.p[end] != '/')
		end++;
	*sip_port = (uint16_t)(sip.port ? sip.port : 5061);
	return ply_slice_caseeq(ply_slice_sub(host, 0, end), st->fqdn) &&
	       ply_slice_caseeq(sip.host, st->fqdn);
}

static int begin_instance(struct fe_mcu *s, const struct ply_c3p_mcu_status *st)
{
	char *instance = ply_slice_dup(st->instance), *version = ply_slice_dup(st->version);

	if (!instance || (st->version.p && !version)) {
		ply_free(instance);
		ply_free(version);
		return -ENOMEM;
	}
	if (s->state != FE_MCU_DEAD)
		die(s, "another instance of it began");
	ply_free(s->instance);
	ply_free(s->version);
	s->instance = instance;
	s->version = version;
	ply_info(&s->factory->log, "mcu.registered", KS("type", s->type), KS("fqdn", s->fqdn),
		 KS("url", s->url), KS("instance", s->instance));
	return 0;
}

static void write_lease(struct fe_mcu *s)
{
	uint64_t now = ply_wall_ms();
	char data[128];
	struct ply_rtcdyn_lease lease = {
		.kind = ply_slice_str("mcu"),
		.instance = ply_slice_str(s->instance),
		.fqdn = ply_slice_str(s->fqdn),
		.url = ply_slice_str(s->url),
		.type = ply_slice_str(s->type),
		.expires_ms = now + LEASE_MS,
	};

	if (!s->factory->fe->rtcdyn || (s->lease_ms && now - s->lease_ms < LEASE_EVERY_MS))
		return;
	(void)snprintf(data, sizeof data, "load=%u conferences=%u endpoints=%u max=%u draining=%d",
		       s->load, s->conferences, s->endpoints, s->max_endpoints, s->draining);
	lease.data = ply_slice_str(data);
	s->lease_ms = now;
	(void)ply_rtcdyn_lease_put(s->factory->fe->rtcdyn, &lease, NULL, NULL);
}

static void take_figures(struct fe_mcu *s, const struct ply_c3p_mcu_status *st)
{
	s->load = st->load;
	s->extra_load = 0;
	s->conferences = st->conferences;
	s->endpoints = st->endpoints;
	s->max_endpoints = st->max_endpoints;
	s->draining = st->draining;
}

static enum ply_c3p_reason check(const struct fe_mcu_factory *fac, const char *peer,
				 const struct ply_c3p_mcu_status *st, uint16_t *sip_port)
{
	if (!st->type.len || st->type.len >= PLY_C3P_TYPE_MAX || !st->instance.len)
		return PLY_C3P_R_REQUEST_MALFORMED;
	if (ply_slice_caseis(st->fqdn, peer))
		return read_places(st, sip_port) ? PLY_C3P_R_NONE : PLY_C3P_R_REQUEST_MALFORMED;
	ply_warn(&fac->log, "mcu.forged", KS("peer", peer), KSL("fqdn", st->fqdn),
		 KS("what", "mcuStatus"));
	return PLY_C3P_R_FORBIDDEN;
}

enum ply_c3p_reason fe_mcu_heard(struct fe_mcu_factory *fac, const char *peer,
				 const struct ply_c3p_mcu_status *st)
{
	struct fe_mcu *s = find(fac, st);
	uint16_t sip_port = 0;
	enum ply_c3p_reason why = check(fac, peer, st, &sip_port);

	if (why)
		return why;
	if (!s)
		s = make_room(fac) ? server_new(fac, st) : NULL;
	if (!s)
		return PLY_C3P_R_SERVER_BUSY;
	if ((s->state == FE_MCU_DEAD || !ply_slice_is(st->instance, s->instance)) &&
	    begin_instance(s, st))
		return PLY_C3P_R_SERVER_BUSY;
	s->state = FE_MCU_LIVE;
	s->heard_ms = ply_mono_ms();
	s->sip_port = sip_port;
	take_figures(s, st);
	find_address(s, st->address);
	write_lease(s);
	ply_timer_start(fac->fe->loop, &s->watch, SUSPECT_MS, watch, s);
	count_live(fac);
	return PLY_C3P_R_NONE;
}

/* --- made and freed --- */

static void health(void *ctx, struct ply_health_state *out)
{
	static char text[48];
	const struct fe_mcu_factory *fac = ctx;

	(void)snprintf(text, sizeof text, "%u of type chat", fe_mcu_n_live(fac, "chat"));
	out->ok = true; /* everything but meetings works without */
	out->text = text;
}

int fe_mcu_factory_new(struct fe_meetings *m)
{
	struct fe_mcu_factory *fac = ply_calloc(1, sizeof *fac);
	int r = 0;

	if (!fac)
		return -ENOMEM;
	m->factory = fac;
	fac->meetings = m;
	fac->fe = m->fe;
	fac->wire = &fe_mcu_https;
	ply_log_init(&fac->log, &m->log);
	ply_list_init(&fac->servers);
	ply_list_init(&fac->sends);
	ply_list_init(&fac->jobs);
	if (!m->role)
		return 0;
	r = fe_mcu_admin_register(fac);
	if (!r)
		r = ply_health_add(m->role->health, "conferencing-servers", health, fac);
	return r ? r : fe_mcu_listen(fac);
}

void fe_mcu_factory_free(struct fe_meetings *m)
{
	struct fe_mcu_factory *fac = m->factory;
	struct ply_list *it;

	if (!fac)
		return;
	fe_mcu_unlisten(fac);
	fe_fanouts_drop(fac);
	while ((it = ply_list_first(&fac->servers)))
		server_free(container_of(it, struct fe_mcu, in_factory));
	ply_dns_free(fac->dns);
	ply_free(fac->callback);
	ply_free(fac);
	m->factory = NULL;
}
