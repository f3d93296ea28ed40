/* The requests a load sends. */
#include "tests/bench/load/load.h"

static const char *call_id(const struct load *l, const struct op *o)
{
	struct dialog *d = o->dialog;

	if (!d->call_id[0])
		snprintf(d->call_id, sizeof(d->call_id), "%x.%x.%x.%u%.1s", o->index, o->generation,
			 l->run, o->user, &d->kind);
	return d->call_id;
}

/* Via to User-Agent; the branch names the operation, so that responses find it. */
static void add_head(struct load *l, const struct op *o, const char *method, unsigned cseq,
		     const char *to_line)
{
	const struct conn *c = user_conn(l, o->user);
	struct ply_strbuf *b = &l->text;

	ply_strbuf_addf(b,
			"Via: SIP/2.0/%s %s:%u;branch=z9hG4bK%x.%x.%x.%c%x%.1s;rport\r\n"
			"Max-Forwards: 70\r\n"
			"From: <sip:u%u@%s>;tag=f%x\r\n",
			transport_via_name(l->transport.kind), c->ip, c->port, o->index,
			o->generation, l->run, method[0], cseq, &o->dialog->kind, o->user,
			l->o.domain, o->user);
	ply_strbuf_addf(b,
			"%s\r\n"
			"Call-ID: %s\r\n"
			"CSeq: %u %s\r\n"
			"User-Agent: sipload\r\n",
			to_line, call_id(l, o), cseq, method);
}

static void add_contact(struct load *l, unsigned user)
{
	const struct conn *c = user_conn(l, user);

	ply_strbuf_addf(&l->text, "Contact: <sip:u%u@%s:%u;transport=%s>\r\n", user, c->ip, c->port,
			transport_uri_name(l->transport.kind));
}

static void add_rest(struct ply_strbuf *b, const struct request *r)
{
	ply_strbuf_adds(b, r->headers);
	ply_strbuf_addf(b, "Content-Length: %zu\r\n\r\n", r->body.len);
	ply_strbuf_add_slice(b, r->body);
}

void request_write(struct load *l, const struct op *o, const struct request *r)
{
	struct ply_strbuf *b = &l->text;

	char peer[64], to[256];
	const char *uri = r->uri ? r->uri : peer;

	snprintf(peer, sizeof(peer), "sip:u%u@%s", o->peer, l->o.domain);
	snprintf(to, sizeof(to), "To: <%s>", uri);
	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "%s %s SIP/2.0\r\n", r->method, uri);
	add_head(l, o, r->method, r->cseq, to);
	add_contact(l, o->user);
	add_rest(b, r);
}

void request_write_register(struct load *l, const struct op *o)
{
	struct ply_strbuf *b = &l->text;
	char name[16], uri[128], to[128];

	snprintf(name, sizeof(name), "u%u", o->user);
	snprintf(uri, sizeof(uri), "sip:%s", l->o.domain);
	snprintf(to, sizeof(to), "To: <sip:u%u@%s>", o->peer, l->o.domain);
	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "REGISTER %s SIP/2.0\r\n", uri);
	add_head(l, o, "REGISTER", o->cseq, to);
	add_contact(l, o->user);
	ply_strbuf_addf(b, "Expires: %u\r\n", o->expires);
	if (o->stage > 0)
		digest_authorize(&l->user[o->user].digest, b, name, l->o.password, "REGISTER", uri);
	ply_strbuf_adds(b, "Content-Length: 0\r\n\r\n");
}

void request_write_dialog(struct load *l, const struct op *o, const struct request *r)
{
	const struct dialog *d = o->dialog;
	struct ply_strbuf *b = &l->text;

	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "%s %s SIP/2.0\r\n", r->method, ply_strbuf_str(&d->contact));
	add_head(l, o, r->method, r->cseq, ply_strbuf_str(&d->to));
	ply_strbuf_adds(b, ply_strbuf_str(&d->route));
	add_rest(b, r);
}
