#include "mcu/mcu_lease.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "mcu/mcu_conf.h"

#include <errno.h>

enum { BEAT_MS = 2000, DEFAULT_PORT = 444 };

PLY_COUNTER(beats_lost, "parley_mcu_heartbeats_lost_total",
	    "heartbeats that a Front End did not answer well");

/* --- configured Front Ends --- */

/* "https://host[:port][/path]" to host, port and path ("" when none). */
static bool cut_url(struct ply_slice url, struct ply_slice *host, uint32_t *port,
		    struct ply_slice *path)
{
	size_t at;

	if (!ply_slice_casestarts(url, "https://"))
		return false;
	url = ply_slice_from(url, 8);
	at = ply_slice_chr(url, '/');
	*path = ply_slice_from(url, at);
	*host = ply_slice_sub(url, 0, at);
	*port = DEFAULT_PORT;
	at = ply_slice_chr(*host, ':');
	if (at != SIZE_MAX) {
		if (!ply_slice_to_u32(ply_slice_from(*host, at + 1), port) || *port > UINT16_MAX)
			return false;
		*host = ply_slice_sub(*host, 0, at);
	}
	return host->len > 0;
}

static void free_front(struct ply_mcu_front *f)
{
	ply_list_del(&f->node);
	ply_c3p_peer_free(f->peer);
	ply_free(f->host);
	ply_free(f);
}

static int open_peer(struct ply_mcu_front *f, const struct ply_addr *addr)
{
	struct ply_strbuf url = PLY_STRBUF_INIT;
	struct ply_c3p_peer_conf conf = {
		.http = {.tls = f->mcu->tls_client,
			 .connect_to = *addr,
			 .max_retry_ms = 1000,
			 .log = &f->mcu->log},
	};
	int r;

	ply_strbuf_addf(&url, "https://%s:%u", f->host, f->port);
	if (ply_strbuf_err(&url))
		return ply_err_origin(-ENOMEM);
	conf.http.url = ply_strbuf_str(&url);
	r = ply_c3p_peer_new(&f->peer, f->mcu->loop, &conf);
	ply_strbuf_deinit(&url);
	return r;
}

static int add_front(struct ply_mcu *m, struct ply_slice text)
{
	struct ply_mcu_front *f = ply_calloc(1, sizeof *f);
	size_t at = ply_slice_chr(text, '@');
	struct ply_slice host, path;
	struct ply_addr addr = {.port = 0};
	int r;

	if (!f)
		return ply_err_origin(-ENOMEM);
	ply_list_push(&m->fronts, &f->node);
	f->mcu = m;
	r = cut_url(ply_slice_sub(text, 0, at), &host, &f->port, &path) ? 0 : -EINVAL;
	if (!r && at != SIZE_MAX)
		r = ply_addr_parse(&addr, ply_slice_from(text, at + 1), (uint16_t)f->port);
	if (!r) {
		f->addr = addr;
		f->host = ply_slice_dup(host);
		r = f->host ? open_peer(f, &addr) : -ENOMEM;
	}
	if (r) {
		ply_error(&m->log, "mcu.factory-refused", KSL("factory", text), KI("err", r),
			  KS("next", "write https://NAME:PORT or https://NAME:PORT@ADDRESS:PORT"));
		free_front(f);
	}
	return r;
}

int ply_mcu_lease_open(struct ply_mcu *m, const struct ply_mcu_setup *setup)
{
	struct ply_slice rest = ply_slice_str(setup->factories), one;
	int r = 0;

	while (!r && rest.len && ply_slice_split(&rest, ',', &one)) {
		one = ply_slice_trim(one);
		if (one.len)
			r = add_front(m, one);
	}
	return r;
}

void ply_mcu_lease_close(struct ply_mcu *m)
{
	struct ply_list *it;

	ply_timer_stop(&m->beat);
	while ((it = ply_list_first(&m->fronts)))
		free_front(container_of(it, struct ply_mcu_front, node));
}

struct ply_mcu_front *ply_mcu_front_of(const struct ply_mcu *m, struct ply_slice url,
				       struct ply_slice *path)
{
	struct ply_slice host;
	uint32_t port;

	if (!cut_url(url, &host, &port, path))
		return NULL;
	PLY_LIST_FOR(it, &m->fronts) {
		struct ply_mcu_front *f = container_of(it, struct ply_mcu_front, node);

		if (f->port == port && ply_slice_caseis(host, f->host))
			return f;
	}
	return NULL;
}

/* --- heartbeats --- */

static void send_beat(struct ply_mcu_front *f);

static void beaten(void *ctx, int status, struct ply_slice body)
{
	struct ply_mcu_front *f = ctx;
	struct ply_c3p_response rsp;
	bool known = false;

	if (status >= 200 && status < 300 && !ply_c3p_response_parse(&rsp, body)) {
		known = rsp.code == PLY_C3P_SUCCESS;
		ply_c3p_response_deinit(&rsp);
	}
	if (!known)
		ply_counter_inc(&beats_lost);
	if (known && !f->known)
		ply_info(&f->mcu->log, "mcu.announced", KS("frontend", f->host));
	else if (!known && f->known)
		ply_warn(&f->mcu->log, "mcu.frontend-lost", KS("frontend", f->host),
			 KI("status", status), KS("why", ply_c3p_peer_error(f->peer)));
	f->known = known;
	f->pending = false;
	if (f->again)
		send_beat(f);
}

static void put_status(const struct ply_mcu *m, struct ply_c3p_mcu_status *s)
{
	*s = (struct ply_c3p_mcu_status){
		.type = ply_slice_str(m->type),
		.instance = ply_slice_str(m->instance),
		.fqdn = ply_slice_str(m->fqdn),
		.url = ply_slice_str(m->url),
		.sip = ply_slice_str(m->sip),
		.address = ply_slice_str(m->address),
		.version = ply_slice_str(m->version),
		.load = m->ops->load ? m->ops->load(m->ctx) : 0,
		.conferences = (uint32_t)m->confs.n,
		.endpoints = m->n_leg,
		.max_endpoints = m->max_endpoints,
		.draining = m->draining,
	};
}

static void send_beat(struct ply_mcu_front *f)
{
	struct ply_strbuf xml = PLY_STRBUF_INIT;
	struct ply_c3p_request req = {
		.request_id = ply_slice_str("1"),
		.from = ply_slice_str(f->mcu->url),
		.to = ply_slice_str(f->host),
		.cmd = PLY_C3P_MCU_STATUS,
		.name = ply_slice_str("mcuStatus"),
	};

	f->again = f->pending;
	if (f->pending)
		return;
	put_status(f->mcu, &req.status);
	ply_c3p_request_write(&xml, &req);
	f->pending = !ply_strbuf_err(&xml) &&
		     !ply_c3p_peer_post(f->peer, NULL,
					&(struct ply_c3p_post){.path = "/mcufactory",
							       .body = ply_strbuf_slice(&xml),
							       .timeout_ms = BEAT_MS},
					beaten, f);
	ply_strbuf_deinit(&xml);
}

void ply_mcu_lease_beat(struct ply_mcu *m)
{
	PLY_LIST_FOR(it, &m->fronts)
		send_beat(container_of(it, struct ply_mcu_front, node));
}

static void beat(void *ctx)
{
	struct ply_mcu *m = ctx;

	ply_timer_start(m->loop, &m->beat, BEAT_MS, beat, m);
	ply_mcu_lease_beat(m);
}

void ply_mcu_lease_start(struct ply_mcu *m)
{
	ply_timer_start(m->loop, &m->beat, 0, beat, m);
}
