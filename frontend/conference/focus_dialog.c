/* The dialog between a client and the Focus: it is the client's place in the meeting. Commands come
 * in it, session timers keep it, and when its connection is gone the place lapses after a while.
 * [MS-CONFBAS] 3.1.5, RFC 4028. */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/focus.h"
#include "sip/sip_ms.h"

/* How long a client has to come back after its connection; what a session lasts when the client
 * leaves that to us; the least it may ask for. */
enum { FLOW_LAPSE_MS = 30000, SESSION_SECS = 1800, MIN_SESSION_SECS = 90 };

struct fe_place *fe_place_by_dialog(const struct fe *fe, const struct fe_req *q)
{
	struct ply_slice call_id = ply_sip_hdr(q->msg, PLY_HDR_CALL_ID);
	uint64_t h = ply_sip_dialog_hash(call_id, q->to_tag, q->from_tag);
	struct ply_hnode *n = ply_hash_first(&fe->meetings->dialogs, h);

	for (; n; n = ply_hash_next(n)) {
		struct fe_place *pl = container_of(n, struct fe_place, by_dialog);

		if (ply_sip_dialog_is(pl->dialog, call_id, q->to_tag, q->from_tag))
			return pl;
	}
	return NULL;
}

/* --- leaving --- */

static void told(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *last)
{
	(void)ctx, (void)r, (void)last; /* who is not there is not there */
}

void fe_party_leave(struct fe_party *p)
{
	struct fe_focus *f = p->focus;
	struct ply_c3p_request req = {
		.cmd = PLY_C3P_DELETE_USER,
		.name = ply_slice_str(ply_c3p_cmd_name(PLY_C3P_DELETE_USER)),
		.request_id = ply_slice_str("1"),
		.from = ply_slice_str(f->entity),
		.to = ply_slice_str(f->entity),
		.keys = {.conf = ply_slice_str(f->entity), .user = ply_slice_str(p->uri)},
	};

	ply_info(&f->log, "focus.left", KS("user", p->uri));
	fe_enlist_send(f, NULL, &req, p, told, NULL);
	fe_party_remove(p, NULL);
}

void fe_place_leave(struct fe_place *pl)
{
	if (pl->party->n_focus > 1)
		fe_place_remove(pl);
	else
		fe_party_leave(pl->party);
}

static void send_bye(struct fe_place *pl, const char *reason)
{
	struct fe *fe = pl->party->focus->fe;
	struct ply_sip_dialog *d = pl->dialog;
	struct ply_strbuf *out = &fe->scratch[1], *lines = &fe->scratch[2];
	char branch[PLY_SIP_BRANCH_MAX];
	struct ply_sip_ctx *tx;

	if (!d ||
	    (d->hop.proto != PLY_SIP_UDP && !ply_sip_flow_is_open(fe->transport, d->hop.flow)))
		return;
	ply_sip_make_branch(ply_slice(NULL, 0), branch);
	ply_strbuf_reset(out);
	ply_strbuf_reset(lines);
	if (reason)
		ply_strbuf_addf(lines, "Reason: SIP;text=\"%s\"\r\n", reason);
	if (ply_sip_dialog_write(d, fe->transport, "BYE", branch, ply_strbuf_slice(lines), NULL,
				 ply_slice("", 0), out) ||
	    ply_sip_ctx_start(fe->txl, &tx, PLY_SIP_BYE, branch, &d->hop, ply_strbuf_slice(out),
			      NULL, NULL))
		return;
	ply_sip_ctx_abandon(tx);
}

/* One BYE ends it (RFC 3261 §15): whatever is said of the place afterwards, nothing is sent in it.
 */
void fe_place_bye(struct fe_place *pl, const char *reason)
{
	send_bye(pl, reason);
	fe_place_drop_dialog(pl);
}

static void lapsed(void *ctx)
{
	struct fe_place *pl = ctx;

	ply_info(&pl->party->focus->log, "focus.lapsed", KS("user", pl->party->uri));
	fe_place_bye(pl, "session timer");
	fe_place_leave(pl);
}

void fe_place_lapse_in(struct fe_place *pl, uint64_t ms)
{
	ply_timer_start(pl->party->focus->fe->loop, &pl->lapse, ms, lapsed, pl);
}

/* --- session timers: only with a peer that offers them --- */

static void restart_timer(struct fe_place *pl)
{
	ply_timer_stop(&pl->lapse);
	if (pl->session_expires)
		fe_place_lapse_in(pl, pl->session_expires * 1000ULL);
}

void fe_place_read_timer(struct fe_place *pl, const struct fe_req *q)
{
	struct ply_slice value = ply_sip_hdr_named(q->msg, "Session-Expires"), secs;

	if (!value.p)
		value = ply_sip_hdr_named(q->msg, "x");
	pl->session_expires = 0;
	if (ply_sip_has_token(q->msg, PLY_HDR_SUPPORTED, ply_ms_option_name(PLY_MS_OPTION_TIMER))) {
		if (!ply_slice_split(&value, ';', &secs) ||
		    !ply_slice_to_u32(ply_slice_trim(secs), &pl->session_expires))
			pl->session_expires = SESSION_SECS;
		if (pl->session_expires < MIN_SESSION_SECS)
			pl->session_expires = MIN_SESSION_SECS;
	}
	restart_timer(pl);
}

void fe_focus_add_lines(const struct fe_place *pl, struct ply_strbuf *lines)
{
	ply_strbuf_addf(lines,
			"Contact: <%s>;isfocus\r\n"
			"Allow: INVITE, ACK, CANCEL, BYE, INFO, UPDATE, OPTIONS\r\n",
			pl->party->focus->entity);
	if (pl->session_expires)
		ply_strbuf_addf(lines,
				"Supported: timer\r\nRequire: timer\r\n"
				"Session-Expires: %u;refresher=uac\r\n",
				pl->session_expires);
}

/* --- connections --- */

void fe_focus_flow_closed(struct fe *fe, uint64_t flow)
{
	struct ply_hnode *n = fe->meetings ? ply_hash_first(&fe->meetings->flows,
							    ply_hash_bytes(&flow, sizeof flow))
					   : NULL;

	for (; n; n = ply_hash_next(n)) {
		struct fe_place *pl = container_of(n, struct fe_place, by_flow);

		if (pl->dialog->hop.flow == flow)
			fe_place_lapse_in(pl, FLOW_LAPSE_MS);
	}
}

static bool is_of(const struct fe_place *pl, const struct fe_endpoint *e)
{
	const struct ply_sip_dialog *d = pl->dialog;

	return d && !strcmp(pl->party->uri, e->user->aor) &&
	       (*e->epid ? !strcmp(d->remote_epid, e->epid)
			 : ply_addr_eq(&d->hop.addr, &e->hop.addr));
}

static void lapse_of_focus(struct ply_hnode *n, void *ctx)
{
	const struct fe_endpoint *e = ctx;
	struct fe_focus *f = container_of(n, struct fe_focus, by_key);
	struct fe_party *p = fe_roster_find(f, ply_slice_str(e->user->aor));

	if (!p)
		return;
	PLY_LIST_FOR(it, &p->places) {
		struct fe_place *pl = container_of(it, struct fe_place, in_party);

		if (is_of(pl, e))
			fe_place_lapse_in(pl, FLOW_LAPSE_MS);
	}
}

void fe_meetings_endpoint_gone(const struct fe_endpoint *e)
{
	struct fe *fe = e->user->fe;
	struct ply_hnode *n;

	if (!fe->meetings)
		return;
	if (e->hop.proto == PLY_SIP_UDP) { /* rare in meetings: no table of theirs */
		ply_hash_each(&fe->meetings->focuses, lapse_of_focus, ply_unconst(e));
		return;
	}
	n = ply_hash_first(&fe->meetings->flows, ply_hash_bytes(&e->hop.flow, sizeof e->hop.flow));
	for (; n; n = ply_hash_next(n)) {
		struct fe_place *pl = container_of(n, struct fe_place, by_flow);

		if (pl->dialog->hop.flow == e->hop.flow && is_of(pl, e))
			fe_place_lapse_in(pl, FLOW_LAPSE_MS);
	}
}

/* --- requests in the dialog --- */

static enum fe_verdict ok_with_lines(struct fe_req *q, const struct fe_place *pl)
{
	struct ply_strbuf *lines = &q->fe->scratch[0];
	struct ply_sip_reply r = {.status = 200};

	ply_strbuf_reset(lines);
	fe_focus_add_lines(pl, lines);
	r.lines = ply_strbuf_slice(lines);
	fe_req_reply(q, &r);
	return FE_DONE;
}

static enum fe_verdict bye(struct fe_req *q, struct fe_place *pl)
{
	fe_req_ok(q);
	fe_place_drop_dialog(pl); /* he ended it: no BYE of ours */
	fe_place_leave(pl);
	return FE_DONE;
}

static enum fe_verdict info(struct fe_req *q, struct fe_place *pl)
{
	if (!q->msg->body.len) { /* "are you there" */
		fe_req_ok(q);
		return FE_DONE;
	}
	if (ply_ms_type_of(ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE)) != PLY_MS_TYPE_CCCP)
		return (fe_refuse(q, FE_D_BODY_TYPE, NULL), FE_DONE);
	return fe_c3p_run(q, pl);
}

/* Whoever proved to be the one in From; the dialog is his alone. */
static bool is_his(const struct fe_req *q, const struct fe_place *pl)
{
	return !strcmp(q->from_aor, pl->party->uri);
}

/* The client lives: what was to lapse does not. */
static int refreshed(struct fe_req *q, struct fe_place *pl)
{
	int r = ply_sip_dialog_refresh(pl->dialog, q->msg, &q->from);

	if (r)
		return r;
	fe_place_link_flow(pl);
	restart_timer(pl);
	return 0;
}

enum fe_verdict fe_focus_in_dialog(struct fe_req *q)
{
	struct fe_place *pl = fe_place_by_dialog(q->fe, q);

	if (!q->stx) { /* ACK */
		fe_req_done(q);
		return FE_DONE;
	}
	if (!is_his(q, pl)) {
		fe_refuse(q, FE_D_NOT_YOU, NULL);
		return FE_DONE;
	}
	if (refreshed(q, pl)) {
		fe_refuse(q, FE_D_BAD_REQUEST, "CSeq is lower than the last one");
		return FE_DONE;
	}
	switch (q->msg->method) {
	case PLY_SIP_BYE:
		return bye(q, pl);
	case PLY_SIP_INFO:
		return info(q, pl);
	case PLY_SIP_INVITE:
	case PLY_SIP_UPDATE:
		fe_place_read_timer(pl, q);
		return ok_with_lines(q, pl);
	case PLY_SIP_OPTIONS:
		return ok_with_lines(q, pl);
	default:
		fe_refuse(q, FE_D_METHOD, NULL);
		return FE_DONE;
	}
}
