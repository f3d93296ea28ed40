/* Calls out: addUser with dialed-out, for clients that do not speak C3P. INVITE from the
 * conference's URI by the Front End that has the Focus; what is answered becomes a leg like any
 * other. [MS-CONFBAS] 2.2.3.16, RFC 4579 §5.4. */
#include "base/counter.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "mcu-im/mim.h"
#include "net/dns.h"

#include <errno.h>

/* How long a call that was given up may still end by itself. */
enum { CANCEL_MS = 32000 };

PLY_COUNTER(calls, "parley_mcu_im_calls_total", "calls to participants");
PLY_COUNTER(unanswered, "parley_mcu_im_calls_failed_total", "calls that came to nothing");

/* From the command until its INVITE transaction is over. */
struct mim_call {
	struct ply_list node; /* in mim->calls */
	struct mim *mim;
	struct ply_mcu_leg *place; /* NULL: it has its leg, or nobody waits any more */
	char *target, *conf;       /* Request-URI and From */
	const char *front;         /* LENT by common/mcu */
	char call_id[33], tag[17];
	struct ply_sip_hop hop;
	struct ply_dns_query *query;
	struct ply_sip_ctx *tx;
	struct ply_timer timer;
	struct ply_strbuf ack; /* of the 2xx that came */
	bool alerting;
};

static void call_free(struct mim_call *c)
{
	if (c->tx)
		ply_sip_ctx_abandon(c->tx);
	ply_dns_cancel(c->query);
	ply_timer_stop(&c->timer);
	ply_list_del(&c->node);
	ply_strbuf_deinit(&c->ack);
	ply_free(c->target);
	ply_free(c->conf);
	ply_free(c);
}

static void free_later(void *ctx)
{
	call_free(ctx);
}

/* --- it comes to nothing --- */

static enum ply_c3p_reason reason_of(unsigned status)
{
	switch (status) {
	case 486:
	case 600:
		return PLY_C3P_R_USER_BUSY;
	case 404:
	case 410:
	case 604:
		return PLY_C3P_R_USER_UNKNOWN;
	case 408:
	case 480:
	case 487:
		return PLY_C3P_R_USER_NOT_ANSWERED;
	case 405:
	case 415:
	case 420:
	case 488:
	case 606:
		return PLY_C3P_R_MEDIA_NOT_SUPPORTED;
	case 401:
	case 403:
	case 407:
	case 433:
	case 603:
		return PLY_C3P_R_USER_DECLINED;
	default:
		return PLY_C3P_R_OTHER_FAILURE;
	}
}

static void failed(struct mim_call *c, enum ply_c3p_reason why, unsigned status)
{
	struct ply_mcu_leg *place = c->place;

	if (!place)
		return;
	ply_counter_inc(&unanswered);
	ply_info(&c->mim->log, "call.failed", KS("user", ply_mcu_leg_user(place)),
		 KS("conf", c->conf), KI("status", status), KS("reason", ply_c3p_reason_name(why)));
	c->place = NULL;
	ply_mcu_leg_failed(place, why);
}

/* Nobody waits for it any more; a 2xx that crosses the CANCEL is ended when it comes. */
static void give_up(struct mim_call *c)
{
	c->place = NULL;
	if (!c->tx) {
		call_free(c);
		return;
	}
	ply_sip_ctx_cancel(c->tx, ply_slice("", 0));
	ply_timer_start(c->mim->loop, &c->timer, CANCEL_MS, free_later, c);
}

static void rang_out(void *ctx)
{
	struct mim_call *c = ctx;

	failed(c, PLY_C3P_R_USER_NOT_ANSWERED, 0);
	give_up(c);
}

void mim_call_end(void *call)
{
	give_up(call);
}

/* --- it is answered --- */

static int send_ack(struct mim_call *c, struct ply_sip_dialog *d)
{
	char branch[PLY_SIP_BRANCH_MAX];
	int r;

	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	r = ply_sip_dialog_write(d, c->mim->transport, "ACK", branch, ply_slice("", 0), NULL,
				 ply_slice("", 0), &c->ack);
	return r ? r : ply_sip_send(c->mim->transport, &c->hop, ply_strbuf_slice(&c->ack));
}

static void send_bye(struct mim_call *c, struct ply_sip_dialog *d)
{
	struct ply_strbuf *out = &c->mim->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;

	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (!ply_sip_dialog_write(d, c->mim->transport, "BYE", branch, ply_slice("", 0), NULL,
				  ply_slice("", 0), out) &&
	    !ply_sip_ctx_start(c->mim->txl, &tx, PLY_SIP_BYE, branch, &c->hop,
			       ply_strbuf_slice(out), NULL, NULL))
		ply_sip_ctx_abandon(tx);
}

static void answered(struct mim_call *c, const struct ply_sip_msg *ok)
{
	bool takes = mim_sdp_takes(ok->body);
	struct ply_sip_dialog *d;

	ply_timer_stop(&c->timer);
	if (ply_sip_dialog_uac(&d, ok, &c->hop)) {
		failed(c, PLY_C3P_R_OTHER_FAILURE, ok->status);
		return;
	}
	if (!send_ack(c, d) && c->place && takes && mim_leg_called(c->mim, c->place, d, ok)) {
		c->place = NULL;
		return;
	}
	send_bye(c, d);
	ply_sip_dialog_free(d);
	failed(c, takes ? PLY_C3P_R_SERVER_BUSY : PLY_C3P_R_MEDIA_NOT_SUPPORTED, ok->status);
}

static void on_answer(void *ctx, struct ply_sip_ctx *tx, struct ply_sip_msg *rsp, unsigned status)
{
	struct mim_call *c = ctx;

	(void)tx;
	status = rsp ? rsp->status : status;
	if (rsp && status < 200) {
		if (status >= 180 && c->place && !c->alerting)
			ply_mcu_leg_set_status(c->place, PLY_CI_ALERTING);
		c->alerting |= status >= 180;
		return;
	}
	if (rsp && status < 300) {
		if (c->ack.len) /* again: the ACK was lost on the way */
			(void)ply_sip_send(c->mim->transport, &c->hop, ply_strbuf_slice(&c->ack));
		else
			answered(c, rsp);
		return;
	}
	c->tx = NULL;
	failed(c, reason_of(status), status);
	call_free(c);
}

/* --- it is made --- */

static int write_invite(struct mim_call *c, const char *branch, struct ply_strbuf *out)
{
	const struct mim *m = c->mim;
	struct ply_addr own = ply_sip_transport_listener_addr(m->transport, m->listener);
	struct ply_strbuf sdp = PLY_STRBUF_INIT;
	int r;

	mim_sdp_answer(&sdp, ply_slice("", 0), c->conf, own.port);
	ply_strbuf_addf(out, "INVITE %s SIP/2.0\r\nVia: ", c->target);
	ply_sip_add_sent_by(m->transport, &c->hop, out);
	ply_strbuf_addf(out,
			";branch=%s\r\nMax-Forwards: 70\r\nFrom: <%s>;tag=%s\r\nTo: <%s>\r\n"
			"Call-ID: %s\r\nCSeq: 1 INVITE\r\nContact: <%s>;isfocus\r\n" MIM_ALLOW
			"Supported: ms-sender\r\n",
			branch, c->conf, c->tag, c->target, c->call_id, c->conf);
	ply_sip_write_body(out, "application/sdp", ply_strbuf_slice(&sdp));
	r = ply_strbuf_err(&sdp);
	ply_strbuf_deinit(&sdp);
	return r ? r : ply_strbuf_err(out);
}

static enum ply_c3p_reason invite(struct mim_call *c, const struct ply_addr *at)
{
	struct mim *m = c->mim;
	struct ply_strbuf *out = &m->scratch[0];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_addr addr = *at;

	addr.port = (uint16_t)m->conf->frontend_sip_port;
	ply_strbuf_reset(out);
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	if (ply_sip_connect(m->transport, PLY_SIP_TLS, &addr, c->front, &c->hop) ||
	    write_invite(c, branch, out) ||
	    ply_sip_ctx_start(m->txl, &c->tx, PLY_SIP_INVITE, branch, &c->hop,
			      ply_strbuf_slice(out), on_answer, c))
		return PLY_C3P_R_SERVER_BUSY;
	ply_counter_inc(&calls);
	ply_timer_start(m->loop, &c->timer, m->conf->ring_time * 1000ULL, rang_out, c);
	return PLY_C3P_R_NONE;
}

static void resolved(void *ctx, int status, const struct ply_dns_target *t, size_t n)
{
	struct mim_call *c = ctx;

	c->query = NULL;
	if (!status && n && !invite(c, &t[0].addr))
		return;
	failed(c, PLY_C3P_R_SERVER_BUSY, 0);
	call_free(c);
}

static enum ply_c3p_reason look_up(struct mim_call *c)
{
	const struct ply_dns_ask ask = {.host = ply_slice_str(c->front), .only_host = true};
	const struct ply_dns_conf conf = {.timeout_ms = 0};
	struct mim *m = c->mim;

	if ((!m->dns && ply_dns_new(&m->dns, m->loop, &conf, NULL)) ||
	    ply_dns_resolve(m->dns, &c->query, &ask, resolved, c))
		return PLY_C3P_R_SERVER_BUSY;
	return PLY_C3P_R_NONE;
}

static struct mim_call *call_new(struct mim_room *room, struct ply_mcu_leg *place,
				 struct ply_slice uri)
{
	struct mim_call *c = ply_calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->mim = room->mim;
	c->place = place;
	ply_list_push(&c->mim->calls, &c->node);
	c->target = ply_slice_dup(uri);
	c->conf = ply_strdup(ply_mcu_conf_uri(room->conf));
	(void)ply_random_hex(c->call_id, sizeof c->call_id - 1);
	(void)ply_random_hex(c->tag, sizeof c->tag - 1);
	if (c->target && c->conf)
		return c;
	call_free(c);
	return NULL;
}

enum ply_c3p_reason mim_call_out(void *room, struct ply_mcu_leg *place, struct ply_slice uri,
				 void **call)
{
	struct ply_sip_uri u;
	struct ply_addr addr;
	struct mim_call *c;
	enum ply_c3p_reason why;

	if (ply_sip_uri_parse(uri, &u) || !u.user.len)
		return PLY_C3P_R_INVALID_USER_ENTITY;
	if (u.tel)
		return PLY_C3P_R_NOT_SUPPORTED;
	c = call_new(room, place, uri);
	if (!c)
		return PLY_C3P_R_SERVER_BUSY;
	c->front = ply_mcu_conf_front(ply_mcu_leg_conf(place), &addr);
	why = addr.family ? invite(c, &addr) : look_up(c);
	if (why)
		call_free(c);
	else
		*call = c;
	return why;
}

void mim_calls_free(struct mim *m)
{
	struct ply_list *it;

	while ((it = ply_list_first(&m->calls)))
		call_free(container_of(it, struct mim_call, node));
	ply_dns_free(m->dns);
}
