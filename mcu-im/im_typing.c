/* "bob is typing": worth nothing a second later. A notice waits for nothing and nobody: a leg that
 * has messages before it, or was told a moment ago, does not get it, and its outcome is not looked
 * at (SIPE does not answer those it has no use for). */
#include "base/clock.h"
#include "base/counter.h"
#include "mcu-im/mim.h"
#include "sip/sip_multipart.h"

#define CT_COMPOSING "application/im-iscomposing+xml"

enum { PAUSE_MS = 500, MAX_LEGS = 200 };

PLY_COUNTER(typing, "parley_mcu_im_typing_total", "typing notices sent to participants");
PLY_COUNTER(dropped, "parley_mcu_im_typing_dropped_total", "typing notices not sent under load");

bool mim_is_typing(struct ply_slice content_type)
{
	return ply_slice_caseis(ply_sip_media_type(content_type), CT_COMPOSING);
}

/* The notice as MESSAGE is for those who name its type (RFC 3994), as INFO for OCS clients. */
static bool wants(const struct mim_leg *l, bool is_message)
{
	return is_message ? mim_accepts(l->accept, ply_slice_str(CT_COMPOSING)) : l->knows_sender;
}

static bool is_idle(struct mim_leg *l, uint64_t now)
{
	if (l->under_way || l->n_queue || (l->typing_ms && now - l->typing_ms < PAUSE_MS)) {
		ply_counter_inc(&dropped);
		return false;
	}
	l->typing_ms = now;
	return true;
}

void mim_typing(struct mim_leg *from, const struct ply_sip_msg *req)
{
	bool is_message = req->method == PLY_SIP_MESSAGE;
	struct mim_leg *to[MAX_LEGS];
	uint64_t now = ply_mono_ms();
	unsigned n = 0;

	if (from->muted || req->body.len > 4096 || !ply_sip_hdr(req, PLY_HDR_CONTENT_TYPE).len)
		return;
	PLY_LIST_FOR(it, &from->room->legs) {
		struct mim_leg *l = container_of(it, struct mim_leg, in_room);

		if (l == from || n == MAX_LEGS || !mim_leg_is_connected(l) ||
		    !wants(l, is_message) || !is_idle(l, now))
			continue;
		to[n++] = l;
	}
	ply_counter_add(&typing, n);
	mim_fan_typing(to, n, req, from->sender);
}
