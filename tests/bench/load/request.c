/* The requests a load sends. */
#include "tests/bench/load/load.h"

/* Via to Call-ID; branch and Call-ID name the operation, so that responses find it. */
static void add_head(struct load *l, const struct op *o, const char *method, unsigned cseq,
		     const char *to_line)
{
	const struct conn *c = user_conn(l, o->user);
	struct ply_strbuf *b = &l->text;

	ply_strbuf_addf(b,
			"Via: SIP/2.0/%s %s:%u;branch=z9hG4bK%x.%x.%x.%c%x;rport\r\n"
			"Max-Forwards: 70\r\n"
			"From: <sip:u%u@%s>;tag=f%x\r\n",
			transport_via_name(l->transport.kind), c->ip, c->port, o->index,
			o->generation, l->run, method[0], cseq, o->user, l->o.domain, o->index);
	if (to_line)
		ply_strbuf_addf(b, "%s\r\n", to_line);
	else
		ply_strbuf_addf(b, "To: <sip:u%u@%s>\r\n", o->peer, l->o.domain);
	ply_strbuf_addf(b,
			"Call-ID: %x.%x.%x.%u\r\n"
			"CSeq: %u %s\r\n"
			"User-Agent: sipload\r\n",
			o->index, o->generation, l->run, o->user, cseq, method);
}

static void add_contact(struct load *l, unsigned user)
{
	const struct conn *c = user_conn(l, user);

	ply_strbuf_addf(&l->text, "Contact: <sip:u%u@%s:%u;transport=%s>\r\n", user, c->ip, c->port,
			transport_uri_name(l->transport.kind));
}

void request_write(struct load *l, const struct op *o, const struct request *r)
{
	struct ply_strbuf *b = &l->text;

	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "%s sip:u%u@%s SIP/2.0\r\n", r->method, o->peer, l->o.domain);
	add_head(l, o, r->method, r->cseq, NULL);
	add_contact(l, o->user);
	ply_strbuf_adds(b, r->headers);
	ply_strbuf_addf(b, "Content-Length: %zu\r\n\r\n", r->body.len);
	ply_strbuf_add_slice(b, r->body);
}

void request_write_register(struct load *l, const struct op *o)
{
	struct ply_strbuf *b = &l->text;
	char name[16], uri[128];

	snprintf(name, sizeof(name), "u%u", o->user);
	snprintf(uri, sizeof(uri), "sip:%s", l->o.domain);
	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "REGISTER %s SIP/2.0\r\n", uri);
	add_head(l, o, "REGISTER", o->cseq, NULL);
	add_contact(l, o->user);
	ply_strbuf_addf(b, "Expires: %u\r\n", o->expires);
	if (o->stage > 0)
		digest_authorize(&l->user[o->user].digest, b, name, l->o.password, "REGISTER", uri);
	ply_strbuf_adds(b, "Content-Length: 0\r\n\r\n");
}

void request_write_dialog(struct load *l, const struct op *o, const char *method, unsigned cseq)
{
	struct ply_strbuf *b = &l->text;

	ply_strbuf_reset(b);
	ply_strbuf_addf(b, "%s %s SIP/2.0\r\n", method, ply_strbuf_str(&o->contact));
	add_head(l, o, method, cseq, ply_strbuf_str(&o->to));
	ply_strbuf_addf(b, "%sContent-Length: 0\r\n\r\n", ply_strbuf_str(&o->route));
}
