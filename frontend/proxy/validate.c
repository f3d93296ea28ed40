/* The first stages: can this be read, who sent it, whom is it for. RFC 3261 §16.3, §16.4. */
#include "frontend/conference/conference.h"
#include "frontend/presence/presence.h"
#include "frontend/proxy/proxy.h"

#include <errno.h>

/* Options a proxy must know to pass a request on: these are ours ([MS-SIP] 3.4). */
static const char *const known_extensions[] = {"ms-benotify", NULL};

/* Canonical address of record of an address header; false (and answered) when it is none. */
static bool read_address(struct fe_req *q, enum ply_sip_hdr id, struct ply_sip_addr *addr,
			 struct ply_slice *tag, struct ply_slice *epid, char aor[PLY_SIP_AOR_MAX])
{
	struct ply_sip_uri uri;

	if (ply_sip_from_to(q->msg, id, addr, tag, epid) || addr->star) {
		fe_refuse(q, FE_D_BAD_HEADER, NULL);
		return false;
	}
	aor[0] = '\0';
	/* A tel URI has no address of record here: the empty one belongs to nobody. */
	if (ply_sip_uri_parse(addr->uri, &uri) || uri.tel)
		return true;
	if (ply_sip_uri_aor(&uri, aor)) {
		fe_refuse(q, FE_D_BAD_HEADER, "A SIP address is longer than 454 characters");
		return false;
	}
	return true;
}

static void refuse_verdict(struct fe_req *q, const struct ply_sip_fwd_verdict *v)
{
	struct ply_sip_reply r = {
		.status = v->status,
		.diag = v->status == 400 ? 4000 : 0,
		.diag_reason = v->why,
		.source = q->fe->fqdn,
		.lines = ply_slice_str(v->lines),
	};

	ply_info(&q->fe->log, "request.refused", KSL("method", q->msg->method_name),
		 KI("status", v->status), KS("reason", v->why),
		 KSL("call", ply_sip_hdr(q->msg, PLY_HDR_CALL_ID)));
	fe_req_reply(q, &r);
}

/* RFC 3261 §16.3 step 1: what forwarding does not look at is ignored, well-formed or not. These
 * methods are passed on (the IM bridge reads what the index has): Sofia's parse of every header
 * would be a quarter of what a forwarded MESSAGE costs (docs/performance.md). */
static bool only_forwarded(enum ply_sip_method m)
{
	const uint32_t methods = BIT(PLY_SIP_MESSAGE) | BIT(PLY_SIP_INFO) | BIT(PLY_SIP_ACK) |
				 BIT(PLY_SIP_BYE) | BIT(PLY_SIP_NOTIFY) | BIT(PLY_SIP_BENOTIFY) |
				 BIT(PLY_SIP_PRACK);

	return methods & BIT(m);
}

enum fe_verdict fe_validate(struct fe_req *q)
{
	struct ply_sip_fwd_verdict v;
	const char *why = NULL;

	if (!only_forwarded(q->msg->method) && !fe_is_fanout(q) &&
	    !ply_sip_msg_parse(q->msg, &why)) {
		fe_refuse(q, FE_D_BAD_HEADER, why);
		return FE_DONE;
	}
	ply_sip_fwd_loop_hash(q->msg, q->loop_hash);
	ply_sip_fwd_validate(q->msg, known_extensions, q->loop_hash, &v);
	if (v.status) {
		refuse_verdict(q, &v);
		return FE_DONE;
	}
	if (!read_address(q, PLY_HDR_FROM, &q->from_addr, &q->from_tag, &q->from_epid,
			  q->from_aor) ||
	    !read_address(q, PLY_HDR_TO, &q->to_addr, &q->to_tag, &q->to_epid, q->to_aor))
		return FE_DONE;
	if (!q->from_tag.len && q->msg->method != PLY_SIP_ACK) {
		fe_refuse(q, FE_D_BAD_HEADER, "From has no tag");
		return FE_DONE;
	}
	/* What is open is finished; nothing new is begun. */
	if (q->fe->draining && q->stx && !q->to_tag.len) {
		fe_refuse(q, FE_D_OVERLOAD, "The server is about to stop");
		return FE_DONE;
	}
	return FE_NEXT;
}

static bool in_list(const char *list, const char *name)
{
	struct ply_slice rest = ply_slice_str(list), one;

	while (list && ply_slice_split(&rest, ',', &one))
		if (ply_slice_caseis(ply_slice_trim(one), name))
			return true;
	return false;
}

bool fe_trusts_server(const struct fe *fe, const char *name)
{
	return in_list(fe->conf->trusted_servers, name);
}

/* Mutual TLS with a certificate of ours, and a name in it that is a server of ours. */
enum fe_verdict fe_classify(struct fe_req *q)
{
	const char *name;

	if (q->from.proto != PLY_SIP_TLS ||
	    !ply_sip_flow_is_verified(q->fe->transport, q->from.flow))
		return FE_NEXT;
	for (unsigned i = 0; (name = ply_sip_flow_peer_name(q->fe->transport, q->from.flow, i));
	     i++) {
		if (!fe_trusts_server(q->fe, name))
			continue;
		q->trusted = true;
		ply_sip_flow_set_authenticated(q->fe->transport, q->from.flow);
		break;
	}
	return FE_NEXT;
}

static struct ply_slice domain_of(const char *aor)
{
	const char *at = strrchr(aor, '@');

	return ply_slice_str(at ? at + 1 : "");
}

enum fe_verdict fe_identify(struct fe_req *q)
{
	if (q->trusted || q->foreign || q->anonymous || (q->unproven && q->to_tag.len))
		return FE_NEXT;
	if (!q->sender) {
		/* ACK and CANCEL cannot be challenged: what nobody signed is dropped
		 * ([MS-SIPAE] 3.3.5). */
		fe_req_done(q);
		return FE_DONE;
	}
	if (strcmp(q->sender->aor, q->from_aor) != 0) {
		fe_refuse(q, FE_D_NOT_YOU, NULL);
		return FE_DONE;
	}
	return FE_NEXT;
}

enum fe_verdict fe_preroute(struct fe_req *q)
{
	if (ply_sip_fwd_route(q->msg, ply_sip_fwd_is_us, q->fe->transport, &q->route) ||
	    ply_sip_uri_parse(q->route.ruri, &q->ruri)) {
		fe_refuse(q, FE_D_BAD_HEADER, "Route or Request-URI cannot be read");
		return FE_DONE;
	}
	q->ruri_aor[0] = '\0';
	if (!q->ruri.tel && ply_sip_uri_aor(&q->ruri, q->ruri_aor)) {
		fe_refuse(q, FE_D_BAD_REQUEST, "The Request-URI is longer than 454 characters");
		return FE_DONE;
	}
	q->foreign = q->fe->dns && q->to_tag.len &&
		     !fe_is_our_domain(q->fe, domain_of(q->from_aor)) && fe_from_outside(q);
	return FE_NEXT;
}

bool fe_is_our_domain(const struct fe *fe, struct ply_slice host)
{
	for (const char *const *d = fe->domain; *d; d++)
		if (ply_slice_caseis(host, *d))
			return true;
	return false;
}

static void target_loaded(void *ctx, int r, struct fe_user *u)
{
	struct fe_req *q = ctx;

	q->wait = NULL;
	q->wait_r = r;
	q->target_unknown = r == FE_USER_E_UNKNOWN;
	if (u) {
		fe_user_hold(u);
		q->target = u;
	}
	fe_req_resume(q);
}

/* Requests inside a dialog that carry our route token go where it says: nobody need be looked up.
 */
static bool wants_target(const struct fe_req *q)
{
	if (q->target || q->target_unknown || q->ruri.tel || !q->ruri.user.len)
		return false;
	if (q->to_tag.len && q->route.own.p)
		return false;
	return fe_is_our_domain(q->fe, q->ruri.host);
}

enum fe_verdict fe_find_target(struct fe_req *q)
{
	struct ply_slice aor = ply_slice_str(q->ruri_aor);
	int r;

	if (q->wait_r < 0) {
		fe_refuse_err(q, q->wait_r);
		return FE_DONE;
	}
	if (!wants_target(q))
		return FE_NEXT;
	if (q->sender && strcmp(q->sender->aor, q->ruri_aor) == 0)
		q->target = q->sender;
	else
		q->target = fe_user_find(q->fe, aor, &q->target_unknown);
	if (q->target) {
		fe_user_hold(q->target);
		return FE_NEXT;
	}
	if (q->target_unknown)
		return FE_NEXT;
	r = fe_user_load(q->fe, aor, target_loaded, q, &q->wait);
	if (r) {
		fe_refuse_err(q, r);
		return FE_DONE;
	}
	return FE_WAIT;
}
