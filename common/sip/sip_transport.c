/* The transport's object: listeners, sending, signing on the way out, and which names are ours. */
#include "sip/sip_transport_internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <ifaddrs.h>

enum { MAX_DATAGRAM = 65507, PENDING_SLACK = 4096 };

PLY_COUNTER_L(received_ok, "parley_sip_received_total", "what=\"message\"", "SIP texts received");
PLY_COUNTER_L(received_bad, "parley_sip_received_total", "what=\"malformed\"",
	      "SIP texts received");
PLY_COUNTER(sent, "parley_sip_sent_total", "SIP messages sent");
PLY_COUNTER(unsent, "parley_sip_unsent_total",
	    "SIP messages that could not be sent: connection gone or its queue full");

int ply_sip_transport_new(struct ply_sip_transport **out, struct ply_loop *loop,
			  const struct ply_sip_transport_conf *conf,
			  const struct ply_sip_transport_ops *ops, void *ctx)
{
	struct ply_sip_transport *t = ply_calloc(1, sizeof *t);
	int r = -ENOMEM;

	if (!t)
		return ply_err_origin(r);
	t->loop = loop;
	t->conf = *conf;
	t->ops = *ops;
	t->ctx = ctx;
	t->first_gen = (uint32_t)(ply_wall_ms() / 1000); /* a restart gives other numbers */
	ply_list_init(&t->dead);
	ply_hash_init(&t->names);
	ply_hash_init(&t->by_peer);
	ply_hash_init(&t->sources);
	if (!t->conf.max_message)
		t->conf.max_message = 65536;
	if (!t->conf.max_flows)
		t->conf.max_flows = 100000;
	if (conf->server_name) {
		t->server_name = ply_strdup(conf->server_name);
		if (!t->server_name)
			goto out;
		r = ply_sip_transport_add_name(t, t->server_name);
		if (r)
			goto out;
	}
	t->conf.server_name = t->server_name;
	ply_sip_flows_start_sweep(t);
	*out = t;
	return 0;
out:
	ply_sip_transport_free(t);
	return r;
}

static void free_name(struct ply_hnode *n, void *ctx)
{
	struct ply_hash *names = ctx;
	struct ply_sip_name *name = container_of(n, struct ply_sip_name, node);

	ply_hash_del(names, n);
	ply_free(name);
}

void ply_sip_transport_free(struct ply_sip_transport *t)
{
	if (!t)
		return;
	ply_sip_flows_free(t);
	for (unsigned i = 0; i < t->n_listener; i++) {
		ply_listener_close(t->listener[i].tcp);
		ply_udp_close(t->listener[i].udp);
	}
	ply_hash_each(&t->names, free_name, &t->names);
	ply_hash_deinit(&t->names);
	ply_strbuf_deinit(&t->sign);
	ply_strbuf_deinit(&t->text);
	ply_strbuf_deinit(&t->via);
	ply_free(t->server_name);
	ply_free(t);
}

/* --- listeners --- */

/* A listener on any address is reached under all of them. */
static void learn_local(struct ply_sip_transport *t)
{
	struct ifaddrs *all;

	if (t->n_local || getifaddrs(&all))
		return;
	for (struct ifaddrs *i = all; i && t->n_local < PLY_SIP_MAX_LOCAL; i = i->ifa_next)
		if (i->ifa_addr && !ply_addr_from_sockaddr(&t->local[t->n_local], i->ifa_addr))
			t->n_local++;
	freeifaddrs(all);
}

static int open_stream_listener(struct ply_sip_listener *l, struct ply_tls_ctx *tls)
{
	const struct ply_sip_transport_conf *c = &l->t->conf;
	const struct ply_listener_conf conf = {
		.addr = l->addr,
		.tls = tls,
		.stream = {.max_pending = c->max_message + PENDING_SLACK,
			   .max_output = c->max_output,
			   .open_ms = c->connect_timeout_ms},
		.max_connections = c->max_flows,
	};
	int r = ply_listener_open(&l->tcp, l->t->loop, &conf, ply_sip_conn_accept, l);

	if (!r)
		l->addr = *ply_listener_addr(l->tcp);
	return r;
}

int ply_sip_transport_listen(struct ply_sip_transport *t, const struct ply_sip_listen *conf,
			     uint8_t *index)
{
	struct ply_sip_listener *l = &t->listener[t->n_listener];
	char text[PLY_ADDR_MAX];
	int r;

	if (t->n_listener == PLY_SIP_MAX_LISTENERS)
		return ply_err_origin(-ENOSPC);
	*l = (struct ply_sip_listener){
		.t = t, .proto = conf->proto, .index = t->n_listener, .addr = conf->addr};
	if (conf->proto == PLY_SIP_UDP)
		r = ply_sip_udp_open(l);
	else if (conf->proto == PLY_SIP_TLS && !conf->tls)
		r = ply_err_origin(-EINVAL);
	else
		r = open_stream_listener(l, conf->proto == PLY_SIP_TLS ? conf->tls : NULL);
	if (r) {
		ply_error(NULL, "sip.listen-failed", KS("proto", ply_sip_proto_name(conf->proto)),
			  KS("addr", ply_addr_format(&conf->addr, text)),
			  KS("why", ply_err_text(r)));
		return r;
	}
	if (ply_addr_is_any(&l->addr))
		learn_local(t);
	*index = t->n_listener++;
	return 0;
}

void ply_sip_transport_stop_listening(struct ply_sip_transport *t)
{
	for (unsigned i = 0; i < t->n_listener; i++) {
		ply_listener_close(t->listener[i].tcp);
		t->listener[i].tcp = NULL;
	}
}

struct ply_addr ply_sip_transport_listener_addr(const struct ply_sip_transport *t, uint8_t index)
{
	return index < t->n_listener ? t->listener[index].addr : (struct ply_addr){.family = 0};
}

unsigned ply_sip_transport_n_flows(const struct ply_sip_transport *t)
{
	return t->n_flows;
}

/* --- receiving --- */

static int set_top_via(struct ply_sip_transport *t, struct ply_sip_msg *m,
		       const struct ply_sip_hop *from, bool *rport)
{
	struct ply_slice rest = ply_sip_hdr(m, PLY_HDR_VIA), value;
	int r;

	if (!rest.p || !ply_sip_next_value(&rest, &value))
		return -EBADMSG;
	ply_strbuf_reset(&t->via);
	ply_strbuf_adds(&t->via, "Via: ");
	r = ply_sip_via_receive(&t->via, value, from, rport);
	if (r)
		return r;
	ply_strbuf_adds(&t->via, "\r\n");
	return ply_sip_msg_set_top_via(m, ply_strbuf_slice(&t->via));
}

int ply_sip_deliver(struct ply_sip_transport *t, const struct ply_sip_hop *from, const char *p,
		    size_t len, bool *rport)
{
	struct ply_sip_msg *m = NULL;
	int code = ply_sip_msg_new(&m, p, len);

	*rport = false;
	if (t->ops.trace)
		t->ops.trace(t->ctx, from, false, ply_slice(p, len));
	if (m && m->is_request && set_top_via(t, m, from, rport)) {
		/* A Via that cannot be read names nobody; on a connection there is one to tell. */
		if (!from->flow) {
			ply_sip_msg_unref(m);
			m = NULL;
		}
		code = code ? code : PLY_SIP_E_MISSING;
	}
	if (!code) {
		ply_counter_inc(&received_ok);
		t->ops.on_message(t->ctx, m, from);
	} else {
		ply_counter_inc(&received_bad);
		if (code > 0 && t->ops.on_garbage)
			t->ops.on_garbage(t->ctx, code, m, from);
	}
	ply_sip_msg_unref(m);
	return code;
}

/* --- sending --- */

/* The lines that `sign` gives, between start line and the rest; what is sent then stands in
 * t->text. The text itself when there are none. */
static struct ply_slice signed_text(struct ply_sip_transport *t, const struct ply_sip_hop *to,
				    struct ply_slice text)
{
	struct ply_sip_msg m;
	size_t line_end;

	ply_strbuf_reset(&t->sign);
	if (!t->ops.sign || ply_sip_msg_index(&m, t->line, text.p, text.len))
		return text;
	t->ops.sign(t->ctx, to, &m, &t->sign);
	line_end = ply_slice_chr(text, '\n');
	if (!t->sign.len || ply_strbuf_err(&t->sign) || line_end == SIZE_MAX)
		return text;
	ply_strbuf_reset(&t->text);
	ply_strbuf_add(&t->text, text.p, line_end + 1);
	ply_strbuf_add(&t->text, t->sign.p, t->sign.len);
	ply_strbuf_add_slice(&t->text, ply_slice_from(text, line_end + 1));
	return ply_strbuf_err(&t->text) ? text : ply_strbuf_slice(&t->text);
}

static int send_stream(struct ply_sip_transport *t, const struct ply_sip_hop *to,
		       struct ply_slice text)
{
	struct ply_sip_flow *f = ply_sip_flow_find(t, to->flow);

	if (!f || !f->stream)
		return -ENOTCONN;
	if (f->is_signed)
		text = signed_text(t, to, text);
	if (t->ops.trace)
		t->ops.trace(t->ctx, to, true, text);
	return ply_stream_write(f->stream, text.p, text.len);
}

static int send_udp(struct ply_sip_transport *t, const struct ply_sip_hop *to,
		    struct ply_slice text)
{
	if (to->listener >= t->n_listener || !t->listener[to->listener].udp)
		return -ENOTCONN;
	if (text.len > MAX_DATAGRAM)
		return -EMSGSIZE;
	if (t->ops.trace)
		t->ops.trace(t->ctx, to, true, text);
	return ply_udp_send(t->listener[to->listener].udp, &to->addr, text.p, text.len);
}

int ply_sip_send(struct ply_sip_transport *t, const struct ply_sip_hop *to, struct ply_slice text)
{
	int r = to->proto == PLY_SIP_UDP ? send_udp(t, to, text) : send_stream(t, to, text);

	ply_counter_inc(r ? &unsent : &sent);
	return r;
}

/* RFC 3581 §4: with rport the answer goes where the request came from. */
static bool goes_to_source(const struct ply_sip_hop *from, struct ply_slice via)
{
	return from->proto == PLY_SIP_UDP && via.p && memmem(via.p, via.len, ";rport=", 7) &&
	       !memmem(via.p, via.len, ";maddr=", 7);
}

int ply_sip_send_response(struct ply_sip_transport *t, const struct ply_sip_hop *from,
			  struct ply_slice text)
{
	struct ply_sip_hop to = *from;
	struct ply_slice via, host;
	char name[256];
	int r;

	if (from->flow && ply_sip_flow_is_open(t, from->flow))
		return ply_sip_send(t, from, text);
	via = ply_sip_via_first(text);
	if (goes_to_source(from, via))
		return ply_sip_send(t, from, text);
	r = ply_sip_via_reply_addr(via, from, &to.addr, &host);
	if (r)
		return r;
	/* A client's connection cannot be made anew from here; a server's can (RFC 3261 §18.2.2:
	 * the port of sent-by). */
	if (from->proto != PLY_SIP_UDP) {
		if (memmem(via.p, via.len, ";ms-received-cid=", 17))
			return -ENOTCONN;
		if (from->proto == PLY_SIP_TLS &&
		    (!host.p || !ply_slice_copy(host, name, sizeof name)))
			return -ENOTCONN;
		r = ply_sip_connect(t, from->proto, &to.addr, host.p ? name : NULL, &to);
	}
	return r ? r : ply_sip_send(t, &to, text);
}

static uint8_t listener_for(const struct ply_sip_transport *t, enum ply_sip_proto proto,
			    uint8_t family)
{
	uint8_t any = PLY_SIP_NO_LISTENER;

	for (uint8_t i = 0; i < t->n_listener; i++) {
		if (t->listener[i].proto != proto)
			continue;
		if (t->listener[i].addr.family == family)
			return i;
		any = i;
	}
	return proto == PLY_SIP_UDP ? PLY_SIP_NO_LISTENER : any;
}

static uint64_t peer_hash(enum ply_sip_proto proto, const struct ply_addr *addr)
{
	return ply_addr_hash(addr) + (uint64_t)proto;
}

static struct ply_sip_flow *outgoing(const struct ply_sip_transport *t, enum ply_sip_proto proto,
				     const struct ply_addr *addr, const char *tls_name)
{
	uint64_t h = peer_hash(proto, addr);

	for (struct ply_hnode *n = ply_hash_first(&t->by_peer, h); n; n = ply_hash_next(n)) {
		struct ply_sip_flow *f = container_of(n, struct ply_sip_flow, by_peer);

		if (f->proto == proto && ply_addr_eq(&f->peer, addr) &&
		    ply_slice_caseeq(ply_slice_str(f->tls_name), ply_slice_str(tls_name)))
			return f;
	}
	return NULL;
}

static int connect_new(struct ply_sip_transport *t, enum ply_sip_proto proto,
		       const struct ply_addr *addr, const char *tls_name, struct ply_sip_flow **out)
{
	const struct ply_stream_target to = {
		.addr = *addr,
		.tls = proto == PLY_SIP_TLS ? t->conf.tls_client : NULL,
		.name = tls_name,
	};
	const struct ply_stream_conf conf = {
		.max_pending = t->conf.max_message + PENDING_SLACK,
		.max_output = t->conf.max_output,
		.open_ms = t->conf.connect_timeout_ms,
	};
	struct ply_sip_flow *f;
	int r = ply_sip_flow_new(&f, t, addr);

	if (r)
		return r;
	f->proto = (uint8_t)proto;
	f->listener = listener_for(t, proto, addr->family);
	f->tls_name = ply_strdup(tls_name);
	r = ply_stream_connect(&f->stream, t->loop, &to, &conf, &ply_sip_conn_ops, f);
	if (r) {
		ply_sip_flow_bury(f, "cannot connect"); /* not reported: nobody is told */
		return r;
	}
	if (!ply_hash_add(&t->by_peer, &f->by_peer, peer_hash(proto, addr)))
		f->outgoing = true; /* else it is merely not reused */
	*out = f;
	return 0;
}

int ply_sip_connect(struct ply_sip_transport *t, enum ply_sip_proto proto,
		    const struct ply_addr *addr, const char *tls_name, struct ply_sip_hop *out)
{
	struct ply_sip_flow *f;
	int r;

	*out = (struct ply_sip_hop){(uint8_t)proto, listener_for(t, proto, addr->family), 0, *addr};
	if (proto == PLY_SIP_UDP)
		return out->listener == PLY_SIP_NO_LISTENER ? -EAFNOSUPPORT : 0;
	if (proto == PLY_SIP_TLS && !t->conf.tls_client)
		return -EPROTONOSUPPORT;
	if (proto != PLY_SIP_TLS)
		tls_name = NULL;
	f = outgoing(t, proto, addr, tls_name);
	if (!f) {
		r = connect_new(t, proto, addr, tls_name, &f);
		if (r)
			return r;
	}
	f->reported = true;
	*out = ply_sip_conn_hop(f);
	return 0;
}

/* --- one flow --- */

static struct ply_sip_flow *live(const struct ply_sip_transport *t, uint64_t flow)
{
	struct ply_sip_flow *f = ply_sip_flow_find(t, flow);

	return f && f->stream ? f : NULL;
}

bool ply_sip_flow_is_open(const struct ply_sip_transport *t, uint64_t flow)
{
	return live(t, flow) != NULL;
}

void ply_sip_flow_close(struct ply_sip_transport *t, uint64_t flow, const char *why)
{
	struct ply_sip_flow *f = live(t, flow);

	if (f)
		ply_sip_flow_end(f, why);
}

void ply_sip_flow_set_user(struct ply_sip_transport *t, uint64_t flow, void *user)
{
	struct ply_sip_flow *f = ply_sip_flow_find(t, flow);

	if (f)
		f->user = user;
}

void *ply_sip_flow_user(const struct ply_sip_transport *t, uint64_t flow)
{
	struct ply_sip_flow *f = ply_sip_flow_find(t, flow);

	return f ? f->user : NULL;
}

void ply_sip_flow_set_authenticated(struct ply_sip_transport *t, uint64_t flow)
{
	struct ply_sip_flow *f = live(t, flow);

	if (f)
		f->authenticated = true;
}

void ply_sip_flow_set_signed(struct ply_sip_transport *t, uint64_t flow, bool on)
{
	struct ply_sip_flow *f = live(t, flow);

	if (f)
		f->is_signed = on;
}

bool ply_sip_flow_is_verified(const struct ply_sip_transport *t, uint64_t flow)
{
	struct ply_sip_flow *f = live(t, flow);

	return f && f->proto == PLY_SIP_TLS && ply_stream_peer_verified(f->stream);
}

const char *ply_sip_flow_peer_name(const struct ply_sip_transport *t, uint64_t flow, unsigned i)
{
	struct ply_sip_flow *f = live(t, flow);

	return f && f->proto == PLY_SIP_TLS ? ply_stream_peer_name(f->stream, i) : NULL;
}

/* --- names --- */

const char *ply_sip_proto_name(enum ply_sip_proto p)
{
	static const char *const names[PLY_SIP_N_PROTO] = {"udp", "tcp", "tls"};

	return names[p];
}

const char *ply_sip_proto_via(enum ply_sip_proto p)
{
	static const char *const names[PLY_SIP_N_PROTO] = {"UDP", "TCP", "TLS"};

	return names[p];
}

void ply_sip_add_sent_by(const struct ply_sip_transport *t, const struct ply_sip_hop *to,
			 struct ply_strbuf *out)
{
	const struct ply_addr *a =
		to->listener < t->n_listener ? &t->listener[to->listener].addr : NULL;
	char text[PLY_ADDR_MAX];

	ply_strbuf_adds(out, "SIP/2.0/");
	ply_strbuf_adds(out, ply_sip_proto_via(to->proto));
	ply_strbuf_addc(out, ' ');
	if (t->server_name) {
		ply_strbuf_adds(out, t->server_name);
		if (a) {
			ply_strbuf_addc(out, ':');
			ply_strbuf_add_u64(out, a->port);
		}
	} else {
		ply_strbuf_adds(out, a ? ply_addr_format(a, text) : "unknown.invalid");
	}
}

static bool is_port(const struct ply_sip_transport *t, uint32_t port)
{
	for (unsigned i = 0; i < t->n_listener; i++)
		if (t->listener[i].addr.port == port)
			return true;
	return false;
}

static bool is_our_address(const struct ply_sip_transport *t, const struct ply_addr *a)
{
	for (unsigned i = 0; i < t->n_listener; i++) {
		const struct ply_sip_listener *l = &t->listener[i];

		if (a->port != l->addr.port &&
		    !(!a->port && l->addr.port == (l->proto == PLY_SIP_TLS ? 5061 : 5060)))
			continue;
		if (ply_addr_eq_ip(&l->addr, a))
			return true;
		if (!ply_addr_is_any(&l->addr))
			continue;
		for (unsigned j = 0; j < t->n_local; j++)
			if (ply_addr_eq_ip(&t->local[j], a))
				return true;
	}
	return false;
}

bool ply_sip_is_us(const struct ply_sip_transport *t, struct ply_slice host, uint32_t port)
{
	uint64_t h = ply_hash_nocase(host.p, host.len);
	struct ply_addr a;

	for (struct ply_hnode *n = ply_hash_first(&t->names, h); n; n = ply_hash_next(n)) {
		struct ply_sip_name *name = container_of(n, struct ply_sip_name, node);

		/* Without port SRV would decide, and SRV of our name leads here. */
		if (ply_slice_caseeq(ply_slice(name->name, name->len), host))
			return !port || is_port(t, port);
	}
	if (port > UINT16_MAX || ply_addr_parse_ip(&a, host, (uint16_t)port))
		return false;
	return is_our_address(t, &a);
}

int ply_sip_transport_add_name(struct ply_sip_transport *t, const char *name)
{
	size_t len = strlen(name);
	struct ply_sip_name *n = ply_calloc(1, sizeof *n + len + 1);
	int r;

	if (!n)
		return ply_err_origin(-ENOMEM);
	n->len = len;
	memcpy(n->name, name, len);
	r = ply_hash_add(&t->names, &n->node, ply_hash_nocase(name, len));
	if (r)
		ply_free(n);
	return r;
}
