/* The REGISTER request. [MS-SIPREGE] 3.1.2.5.1, RFC 3261 §10.3; the text of the 200 is what SIPE
 * and Communicator read (separate Supported lines, no blanks in Allow-Events, an Expires header).
 */
#include "frontend/registrar/registrar.h"

#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/presence.h"
#include "sip/sip_gruu.h"

#include <errno.h>

enum { MAX_CONTACTS = 8 };

/* What a REGISTER says, once read. */
struct wish {
	struct fe_binding b;
	struct ply_slice contact[MAX_CONTACTS]; /* values */
	size_t n;
	bool star, ocs;
};

static bool refuse(struct fe_req *q, enum fe_diag why)
{
	fe_refuse(q, why, NULL);
	return false;
}

/* epid and +sip.instance, and that they belong together ([MS-SIPAE] 3.3.5.2). */
static bool read_identity(struct fe_req *q, struct wish *w, struct ply_slice contact_params)
{
	struct ply_slice instance;
	struct ply_guid own, derived;

	if (q->from_epid.len > PLY_EPID_MAX)
		return refuse(q, FE_D_EPID_LONG);
	w->b.epid = q->from_epid;
	if (ply_sip_param(contact_params, "+sip.instance", &instance) &&
	    ply_guid_parse(instance, &own))
		(void)ply_guid_text(&own, w->b.instance);
	else if (w->ocs && !w->b.epid.len)
		return refuse(q, FE_D_EPID_MISSING);
	if (w->b.epid.len) {
		if (ply_epid_instance(w->b.epid, &derived))
			return refuse(q, FE_D_INTERNAL);
		if (w->b.instance[0] && memcmp(&own, &derived, sizeof own) != 0)
			return refuse(q, FE_D_INSTANCE);
		(void)ply_guid_text(&derived, w->b.instance);
	} else if (w->b.instance[0]) {
		derived = own;
	}
	if (w->b.instance[0] && ply_sip_has_token(q->msg, PLY_HDR_SUPPORTED, "gruu-10"))
		(void)ply_gruu_id(&derived, w->b.gruu_id);
	return true;
}

/* Contact;methods="INVITE, MESSAGE, ...": a bit for each; all when nothing is said. */
static uint32_t read_methods(struct ply_slice params)
{
	struct ply_slice list, one;
	uint32_t bits =
		BIT(PLY_SIP_OTHER) | BIT(PLY_SIP_ACK) | BIT(PLY_SIP_CANCEL) | BIT(PLY_SIP_SERVICE);

	if (!ply_sip_param(params, "methods", &list))
		return UINT32_MAX;
	while (ply_slice_split(&list, ',', &one))
		bits |= BIT(ply_sip_method_of(ply_slice_trim(one)));
	return bits;
}

/* [MS-SIPRE] proxy=replace: at the first hop only, and for the transport the request came by. */
static bool check_proxy_replace(struct fe_req *q, struct ply_slice params,
				const struct ply_sip_uri *uri)
{
	struct ply_slice value, transport;
	unsigned pos = 0, vias = 0;

	if (!ply_sip_param(params, "proxy", &value))
		return true;
	while (ply_sip_hdr_next(q->msg, PLY_HDR_VIA, &pos, &transport))
		vias++;
	if (vias != 1 || !ply_slice_caseis(value, "replace"))
		return refuse(q, FE_D_PROXY_REPLACE);
	if (ply_sip_param(uri->params, "transport", &transport) &&
	    !ply_slice_caseis(transport, ply_sip_proto_name(q->from.proto)))
		return refuse(q, FE_D_PROXY_REPLACE);
	return true;
}

/* Seconds wanted: the Contact's own, else the header's, else the default. */
static uint32_t read_expires(const struct fe_req *q, struct ply_slice params)
{
	struct ply_slice text = {NULL, 0};
	uint32_t secs;

	if (!ply_sip_param(params, "expires", &text))
		text = ply_sip_hdr(q->msg, PLY_HDR_EXPIRES);
	if (!text.p)
		return q->fe->conf->expires_default;
	/* RFC 3261 §20.19: unreadable counts as 3600 */
	return ply_slice_to_u32(text, &secs) ? secs : 3600;
}

static bool read_contacts(struct fe_req *q, struct wish *w)
{
	unsigned pos = 0;
	struct ply_slice line, value;
	struct ply_sip_addr a;

	while (ply_sip_hdr_next(q->msg, PLY_HDR_CONTACT, &pos, &line)) {
		while (ply_sip_next_value(&line, &value)) {
			if (w->n == MAX_CONTACTS || ply_sip_addr_parse(value, &a))
				return refuse(q, FE_D_BAD_HEADER);
			w->star |= a.star;
			w->contact[w->n++] = value;
		}
	}
	if (w->star && (w->n != 1 || read_expires(q, ply_slice("", 0)) != 0)) {
		fe_refuse(q, FE_D_BAD_HEADER, "Contact: * goes with Expires: 0 alone");
		return false;
	}
	return true;
}

static bool read_wish(struct fe_req *q, struct wish *w)
{
	const struct ply_sip_msg *m = q->msg;
	struct ply_slice event = ply_sip_hdr(m, PLY_HDR_EVENT);
	bool categories = ply_sip_has_token(m, PLY_HDR_SUPPORTED, "msrtc-event-categories");
	bool gruu = ply_sip_has_token(m, PLY_HDR_SUPPORTED, "gruu-10");

	*w = (struct wish){
		.ocs = categories || gruu ||
		       ply_sip_has_token(m, PLY_HDR_SUPPORTED, "com.microsoft.msrtc.presence")};
	if (event.p && !ply_slice_caseis(event, "registration"))
		return refuse(q, FE_D_REG_EVENT);
	if (categories && !gruu)
		return refuse(q, FE_D_GRUU_MISSING);
	w->b.user_agent = ply_sip_hdr(m, PLY_HDR_USER_AGENT);
	w->b.call_id = ply_sip_hdr(m, PLY_HDR_CALL_ID);
	w->b.from_tag = q->from_tag;
	w->b.cseq = m->cseq;
	w->b.hop = q->from;
	w->b.flags = categories ? FE_EP_OCS : 0;
	return read_contacts(q, w);
}

/* --- the 200 --- */

static void add_contact_line(const struct fe_endpoint *e, struct ply_strbuf *out)
{
	uint64_t now = ply_mono_ms();
	uint64_t left = e->expires_ms > now ? (e->expires_ms - now + 999) / 1000 : 0;

	ply_strbuf_addf(out, "Contact: <%s>;expires=%llu", e->contact, (unsigned long long)left);
	if (e->instance[0])
		ply_strbuf_addf(out, ";+sip.instance=\"<urn:uuid:%s>\"", e->instance);
	if (e->gruu_id[0])
		ply_strbuf_addf(out, ";gruu=\"%s;opaque=user:epid:%s;gruu\"", e->user->aor,
				e->gruu_id);
	ply_strbuf_adds(out, "\r\n");
}

struct outcome {
	bool ocs, unregistered;
	uint32_t expires;
	const char *action; /* added, refreshed */
	bool remote;
};

static void answer_ok(struct fe_req *q, const struct outcome *o)
{
	struct ply_strbuf *out = &q->fe->scratch[0];
	struct ply_sip_reply r = {.status = 200};

	ply_strbuf_reset(out);
	if (o->ocs && !o->unregistered)
		ply_strbuf_addf(
			out, "ms-keep-alive: UAS; tcp=no; hop-hop=yes; end-end=no; timeout=%u\r\n",
			q->fe->conf->keepalive_timeout);
	ply_strbuf_addf(out, "Expires: %u\r\n", o->expires);
	if (o->ocs && o->action)
		ply_strbuf_addf(out, "presence-state: register-action=\"%s\"\r\n", o->action);
	PLY_LIST_FOR(it, &q->sender->endpoints)
		add_contact_line(container_of(it, struct fe_endpoint, in_user), out);
	if (o->ocs && !o->unregistered)
		ply_strbuf_adds(
			out,
			"Allow-Events: vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,"
			"vnd-microsoft-roaming-ACL,presence,presence.wpending,"
			"vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2\r\n"
			"Supported: adhoclist\r\nServer: RTC/3.5\r\n"
			"Supported: msrtc-event-categories\r\n");
	r.lines = ply_strbuf_slice(out);
	if (ply_strbuf_err(out))
		fe_refuse(q, FE_D_OVERLOAD, NULL);
	else
		fe_req_reply(q, &r);
}

/* --- durable mode: the answer waits for the commit --- */
struct durable {
	struct fe_req *q; /* NULL once the request is gone */
	struct outcome o;
};

static void durable_drop(struct fe_req *q)
{
	((struct durable *)q->stage_ctx)->q = NULL;
}

static void durable_done(void *ctx, int r)
{
	struct durable *d = ctx;
	struct fe_req *q = d->q;

	if (q) {
		q->stage_drop = NULL;
		if (r)
			fe_refuse_err(q, r < 0 ? r : -ETIMEDOUT);
		else
			answer_ok(q, &d->o);
	}
	ply_free(d);
}

static enum fe_verdict finish(struct fe_req *q, const struct fe_endpoint *e,
			      const struct outcome *o)
{
	struct durable *d;
	int r;

	if (q->fe->conf->registration_write == FE_REG_BEHIND || !e) {
		if (e)
			(void)fe_endpoint_store(e, NULL, NULL);
		answer_ok(q, o);
		return FE_DONE;
	}
	d = ply_calloc(1, sizeof *d);
	r = d ? fe_endpoint_store(e, durable_done, d) : -ENOMEM;
	if (r) {
		ply_free(d);
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	d->q = q;
	d->o = *o;
	q->stage_ctx = d;
	q->stage_drop = durable_drop;
	return FE_WAIT;
}

/* A client that leaves its instance out the second time still means the same contact. */
static struct fe_endpoint *find_bound(struct fe_user *u, const struct fe_binding *b)
{
	struct fe_endpoint *e = fe_endpoint_by_key(u, fe_binding_key(b));

	return e || b->epid.len ? e : fe_endpoint_by_contact(u, b->contact);
}

/* Older than what the same client said before (RFC 3261 §10.3 step 7): a datagram that came late.
 */
static bool is_old(const struct fe_endpoint *e, const struct fe_binding *b)
{
	return e && ply_slice_is(b->call_id, e->call_id) && b->cseq < e->cseq;
}

static enum fe_verdict refuse_old(struct fe_req *q)
{
	fe_refuse(q, FE_D_BAD_REQUEST, "An older REGISTER than the last one");
	return FE_DONE;
}

static enum fe_verdict unregister(struct fe_req *q, struct wish *w)
{
	struct outcome o = {.ocs = w->ocs, .unregistered = true};
	struct ply_sip_addr a;

	if (w->star && !w->b.epid.len) {
		PLY_LIST_FOR_SAFE(it, next, &q->sender->endpoints)
			fe_endpoint_end(container_of(it, struct fe_endpoint, in_user),
					FE_GONE_ASKED);
	}
	for (size_t i = 0; i < w->n; i++) {
		struct fe_endpoint *e;

		(void)ply_sip_addr_parse(w->contact[i], &a);
		w->b.contact = a.uri;
		e = find_bound(q->sender, &w->b);
		if (is_old(e, &w->b))
			return refuse_old(q);
		if (e)
			fe_endpoint_end(e, FE_GONE_ASKED);
	}
	return finish(q, NULL, &o);
}

/* Too short for us: 423 with what is enough (RFC 3261 §10.3 step 7). OCS clients ask for nothing
 * and do not know 423. */
static bool check_expires(struct fe_req *q, struct wish *w)
{
	const struct fe_conf *c = q->fe->conf;
	char line[48];
	struct ply_sip_reply r;

	if (w->b.expires > c->expires_max)
		w->b.expires = c->expires_max;
	if (w->b.expires >= c->expires_min)
		return true;
	if (w->ocs) {
		w->b.expires = c->expires_min;
		return true;
	}
	r = fe_diag_reply(q->fe, FE_D_TOO_BRIEF);
	(void)snprintf(line, sizeof line, "Min-Expires: %u\r\n", c->expires_min);
	r.lines = ply_slice_str(line);
	fe_req_reply(q, &r);
	return false;
}

/* A binding that is new must not be promised while the user's data cannot be reached. */
static bool database_away(const struct fe *fe)
{
	struct ply_db_state s;

	ply_db_state(ply_rtc_db(fe->rtc), &s);
	return !s.up;
}

static enum fe_verdict bind(struct fe_req *q, struct wish *w)
{
	struct outcome o = {.ocs = w->ocs, .expires = w->b.expires};
	struct fe_endpoint *e = find_bound(q->sender, &w->b);
	bool added;
	int r;

	if (is_old(e, &w->b))
		return refuse_old(q);
	if (!e && database_away(q->fe)) {
		fe_refuse(q, FE_D_DATABASE, NULL);
		return FE_DONE;
	}
	/* The same place under another name (an instance it had not told before). */
	if (e && !ply_slice_is(fe_binding_key(&w->b), e->key))
		fe_endpoint_end(e, FE_GONE_REPLACED);
	r = fe_endpoint_bind(q->sender, &w->b, &e, &added);
	if (r) {
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	q->sender_ep = e;
	o.action = added ? "added" : "refreshed";
	if (added)
		fe_presence_endpoint_added(e);
	return finish(q, e, &o);
}

enum fe_verdict fe_register(struct fe_req *q)
{
	struct wish w;
	struct ply_sip_addr contact;
	struct ply_sip_uri uri;

	if (q->ruri.user.len || !fe_is_our_domain(q->fe, q->ruri.host)) {
		fe_refuse(q, FE_D_DOMAIN, NULL);
		return FE_DONE;
	}
	if (!q->sender || strcmp(q->to_aor, q->sender->aor) != 0) {
		fe_refuse(q, FE_D_NOT_YOU, NULL);
		return FE_DONE;
	}
	if (!read_wish(q, &w))
		return FE_DONE;
	if (!w.n)
		return finish(
			q, NULL,
			&(struct outcome){.ocs = w.ocs, .expires = q->fe->conf->expires_default});
	(void)ply_sip_addr_parse(w.contact[0], &contact);
	if (!read_identity(q, &w, contact.params))
		return FE_DONE;
	w.b.expires = read_expires(q, contact.params);
	if (w.star || !w.b.expires)
		return unregister(q, &w);
	if (ply_sip_uri_parse(contact.uri, &uri)) {
		fe_refuse(q, FE_D_BAD_HEADER, "Contact is no SIP address");
		return FE_DONE;
	}
	if (!check_proxy_replace(q, contact.params, &uri) || !check_expires(q, &w))
		return FE_DONE;
	w.b.contact = contact.uri;
	w.b.methods = read_methods(contact.params);
	return bind(q, &w);
}
