/* What comes in over SIP: from Front Ends alone, by the names in their certificates. */
#include "base/counter.h"
#include "mcu-im/mim.h"

PLY_COUNTER(strangers, "parley_mcu_im_strangers_total",
	    "requests over connections of no Front End; closed");

/* What a connection is, remembered at it once it is known. */
static char is_front;

static bool is_trusted(struct mim *m, const struct ply_sip_hop *from)
{
	const char *name;

	if (from->proto != PLY_SIP_TLS || !ply_sip_flow_is_verified(m->transport, from->flow))
		return false;
	if (ply_sip_flow_user(m->transport, from->flow) == &is_front)
		return true;
	for (unsigned i = 0; (name = ply_sip_flow_peer_name(m->transport, from->flow, i)); i++) {
		if (!ply_mcu_trusts(m->mcu, name))
			continue;
		ply_sip_flow_set_user(m->transport, from->flow, &is_front);
		ply_sip_flow_set_authenticated(m->transport, from->flow);
		return true;
	}
	return false;
}

/* RFC 5922 §7: who cannot show who he is gets nothing done here. */
static void turn_away(struct mim *m, struct ply_sip_stx *stx, const struct ply_sip_hop *from)
{
	char addr[PLY_ADDR_MAX];

	ply_counter_inc(&strangers);
	ply_warn(&m->log, "sip.stranger-refused", KS("peer", ply_addr_format(&from->addr, addr)));
	if (stx)
		mim_refuse(m, stx, MIM_STRANGER);
	ply_sip_flow_close(m->transport, from->flow, "not a Front End");
}

static void outside_dialogs(struct mim *m, struct ply_sip_stx *stx, const struct ply_sip_msg *req)
{
	switch (req->method) {
	case PLY_SIP_INVITE:
		mim_leg_invite(m, stx, req);
		break;
	case PLY_SIP_OPTIONS:
		(void)ply_sip_stx_reply(
			stx, &(struct ply_sip_reply){
				     .status = 200,
				     .lines = ply_slice_str(MIM_ALLOW "Accept: application/sdp\r\n"
								      "Supported: ms-sender\r\n")});
		break;
	case PLY_SIP_SERVICE:
		mim_fan_result(m, stx, req);
		break;
	default:
		mim_refuse(m, stx, MIM_METHOD);
	}
}

static void on_request(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *req,
		       const struct ply_sip_hop *from)
{
	struct mim *m = ctx;
	struct ply_slice tag, epid;
	struct ply_sip_addr to;
	struct mim_leg *l;

	if (!is_trusted(m, from)) {
		turn_away(m, stx, from);
		return;
	}
	if (!stx)
		return; /* a BENOTIFY: we subscribe to nothing */
	if (ply_sip_from_to(req, PLY_HDR_TO, &to, &tag, &epid)) {
		mim_refuse(m, stx, MIM_BAD_REQUEST);
		return;
	}
	if (!tag.len) {
		outside_dialogs(m, stx, req);
		return;
	}
	l = mim_leg_find(m, req);
	if (l)
		mim_leg_request(l, stx, req, from);
	else
		mim_refuse(m, stx, MIM_NO_DIALOG);
}

static void on_ack(void *ctx, struct ply_sip_msg *ack, const struct ply_sip_hop *from)
{
	struct mim *m = ctx;
	struct mim_leg *l = is_trusted(m, from) ? mim_leg_find(m, ack) : NULL;

	if (l)
		mim_leg_request(l, NULL, ack, from);
}

/* INVITEs are answered when they come: a CANCEL is always too late. */
static void on_cancel(void *ctx, struct ply_sip_stx *invite, struct ply_sip_msg *cancel)
{
	(void)ctx;
	(void)invite;
	(void)cancel;
}

static void on_stray(void *ctx, struct ply_sip_msg *rsp, const struct ply_sip_hop *from)
{
	(void)ctx;
	(void)rsp;
	(void)from;
}

static void on_flow_closed(void *ctx, uint64_t flow, const char *why)
{
	const struct mim *m = ctx;

	ply_debug(&m->log, "flow.closed", KI("flow", flow), KS("why", why));
}

const struct ply_sip_tu_ops mim_tu_ops = {
	.on_request = on_request,
	.on_ack = on_ack,
	.on_cancel = on_cancel,
	.on_stray = on_stray,
	.on_flow_closed = on_flow_closed,
};
