#include "net/dns_select.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t default_port(enum ply_transport t)
{
	return t == PLY_TLS ? 5061 : 5060;
}

/* The state of one run: what is missing and the worst that was heard. */
struct run {
	struct ply_dns_plan *plan;
	const struct ply_dns_ask *ask;
	const struct ply_dns_source *src;
	bool missing;
	int status; /* of the look-ups that failed; 0: none was made */
};

static const struct ply_dns_answer *get(struct run *r, enum ply_dns_type type, const char *name)
{
	const struct ply_dns_answer *a = r->src->get(r->src->ctx, type, name);

	if (!a)
		r->missing = true;
	else if (a->status && (!r->status || r->status == -ENOENT))
		r->status = a->status;
	return a && a->status ? NULL : a;
}

static void add(struct run *r, const struct ply_addr *addr, uint16_t port, enum ply_transport t,
		const struct ply_dns_record *srv, const char *host)
{
	struct ply_dns_plan *p = r->plan;

	if (p->n == PLY_DNS_MAX_TARGETS)
		return;
	p->target[p->n] = (struct ply_dns_target){.addr = *addr, .transport = t, .host = host};
	p->target[p->n].addr.port = port;
	if (srv) {
		p->target[p->n].priority = srv->priority;
		p->target[p->n].weight = srv->weight;
	}
	p->n++;
}

static void add_host(struct run *r, const char *host, uint16_t port, enum ply_transport t,
		     const struct ply_dns_record *srv)
{
	static const enum ply_dns_type types[] = {PLY_DNS_A, PLY_DNS_AAAA};
	struct ply_addr numeric;

	if (ply_addr_parse_ip(&numeric, ply_slice_str(host), port) == 0) {
		add(r, &numeric, port, t, srv, host);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct ply_dns_answer *a = get(r, types[i], host);

		for (size_t k = 0; a && k < a->n; k++)
			add(r, &a->record[k].addr, port, t, srv, host);
	}
}

/* Zero weights come first, so that they are chosen when the number drawn is 0 (RFC 2782). */
static int before(const void *a, const void *b)
{
	const struct ply_dns_record *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->weight != 0) - (y->weight != 0);
}

/* The rest of one priority: draws one and moves it to the front. */
static void draw(struct ply_dns_record *rec, size_t n,
		 uint32_t (*random)(void *ctx, uint32_t bound), void *ctx)
{
	uint32_t sum = 0, mark;
	struct ply_dns_record chosen;
	size_t i;

	for (i = 0; i < n; i++)
		sum += rec[i].weight;
	mark = random(ctx, sum + 1);
	sum = 0;
	for (i = 0; i < n - 1; i++) {
		sum += rec[i].weight;
		if (sum >= mark)
			break;
	}
	chosen = rec[i];
	memmove(rec + 1, rec, i * sizeof *rec);
	rec[0] = chosen;
}

void ply_dns_order_srv(struct ply_dns_record *rec, size_t n,
		       uint32_t (*random)(void *ctx, uint32_t bound), void *ctx)
{
	if (!n)
		return;
	qsort(rec, n, sizeof *rec, before);
	for (size_t i = 0; i < n; i++) {
		size_t same = 1;

		while (i + same < n && rec[i + same].priority == rec[i].priority)
			same++;
		if (same > 1)
			draw(rec + i, same, random, ctx);
	}
}

/* All addresses are asked for before any order is drawn: a run that starts again must not draw
 * twice. Returns whether there were records; a target of "." says that there is no service. */
static bool add_srv(struct run *r, const char *name, enum ply_transport t, bool draw_order)
{
	const struct ply_dns_answer *a = get(r, PLY_DNS_SRV, name);
	struct ply_dns_record rec[PLY_DNS_MAX_RECORDS];
	size_t n = 0;

	for (size_t i = 0; a && i < a->n && n < ARRAY_LEN(rec); i++)
		if (a->record[i].name[0] && strcmp(a->record[i].name, ".") != 0)
			rec[n++] = a->record[i];
	if (draw_order)
		ply_dns_order_srv(rec, n, r->src->random, r->src->random_ctx);
	for (size_t i = 0; i < n; i++)
		add_host(r, rec[i].name, rec[i].port, t, &rec[i]);
	return a && a->n;
}

static const char *srv_prefix(enum ply_transport t)
{
	switch (t) {
	case PLY_UDP:
		return "_sip._udp.";
	case PLY_TLS:
		return "_sips._tcp.";
	default:
		return "_sip._tcp.";
	}
}

static bool add_service(struct run *r, enum ply_transport t, bool draw_order)
{
	char name[PLY_DNS_NAME_MAX + 16];

	(void)snprintf(name, sizeof name, "%s%s", srv_prefix(t), r->ask->host.p);
	return add_srv(r, name, t, draw_order);
}

static int by_order(const void *a, const void *b)
{
	const struct ply_dns_record *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

/* RFC 3263 §4.1: the domain's own order. Returns whether it has any record for SIP. */
static bool add_naptr(struct run *r, bool draw_order)
{
	const struct ply_dns_answer *a = get(r, PLY_DNS_NAPTR, r->ask->host.p);
	struct ply_dns_record rec[PLY_DNS_MAX_RECORDS];
	size_t n = 0;

	for (size_t i = 0; a && i < a->n && n < ARRAY_LEN(rec); i++)
		if (!r->ask->sips || a->record[i].transport == PLY_TLS)
			rec[n++] = a->record[i];
	qsort(rec, n, sizeof *rec, by_order);
	for (size_t i = 0; i < n; i++)
		(void)add_srv(r, rec[i].name, rec[i].transport, draw_order);
	return a && a->n;
}

/* RFC 3263 §4.1 without NAPTR: every transport we speak, then the address alone. */
static bool add_any(struct run *r, bool draw_order)
{
	bool found = false;

	if (!r->ask->sips) {
		found = add_service(r, PLY_UDP, draw_order) || found;
		found = add_service(r, PLY_TCP, draw_order) || found;
	}
	return add_service(r, PLY_TLS, draw_order) || found;
}

static void choose(struct run *r, bool draw_order)
{
	const struct ply_dns_ask *ask = r->ask;
	enum ply_transport t = ask->transport;
	struct ply_addr numeric;
	bool is_numeric, found;

	if (ask->srv.p) {
		(void)add_srv(r, ask->srv.p, t, draw_order);
		return;
	}
	is_numeric = ply_addr_parse_ip(&numeric, ask->host, 0) == 0;
	if (t == PLY_TCP && ask->sips)
		t = PLY_TLS; /* RFC 3261 §26.2.2: sips with transport=tcp is TLS over TCP */
	if (ask->port || is_numeric || ask->only_host) {
		/* §4.1: without a transport UDP, or TLS for sips. */
		if (t == PLY_ANY_TRANSPORT && !ask->only_host)
			t = ask->sips ? PLY_TLS : PLY_UDP;
		add_host(r, ask->host.p, ask->port || ask->only_host ? ask->port : default_port(t),
			 t, NULL);
		return;
	}
	if (t != PLY_ANY_TRANSPORT) {
		found = add_service(r, t, draw_order);
	} else {
		found = add_naptr(r, draw_order);
		/* Records that offer nothing we may use are an answer; none at all is not. */
		if (!found && !r->missing) {
			found = add_any(r, draw_order);
			t = ask->sips ? PLY_TLS : PLY_UDP;
		}
	}
	if (!found && !r->missing) {
		r->status = 0;
		add_host(r, ask->host.p, default_port(t), t, NULL);
	}
}

int ply_dns_select(struct ply_dns_plan *plan, const struct ply_dns_ask *ask,
		   const struct ply_dns_source *src)
{
	struct run r = {.plan = plan, .ask = ask, .src = src};

	plan->n = 0;
	if (!ask->srv.p && ask->sips && ask->transport == PLY_UDP)
		return -EPROTONOSUPPORT;
	choose(&r, false);
	if (r.missing)
		return -EAGAIN;
	/* Once more with everything at hand, now in the order that chance gives. */
	plan->n = 0;
	choose(&r, true);
	if (plan->n)
		return 0;
	return r.status ? r.status : -EPROTONOSUPPORT;
}
