/* What common/mcu asks of a conferencing server, for instant messages. */
#include "base/err.h"
#include "base/mem.h"
#include "mcu-im/mim.h"

#include <errno.h>

static int conf_made(void *ctx, struct ply_mcu_conf *c, void **conf)
{
	struct mim_room *room = ply_calloc(1, sizeof *room);

	if (!room)
		return ply_err_origin(-ENOMEM);
	room->mim = ctx;
	room->conf = c;
	ply_list_init(&room->legs);
	*conf = room;
	return 0;
}

static void conf_freed(void *conf)
{
	ply_free(conf);
}

static void leg_end(void *leg, enum ply_mcu_end why)
{
	struct mim_leg *l = leg;

	l->place = NULL; /* it is out already */
	mim_leg_end(l, why == PLY_MCU_END_REMOVED ? "Removed" : "The conference is over", 0,
		    why == PLY_MCU_END_REMOVED ? "removed by the Focus" : "conference over");
}

static enum ply_c3p_reason mute(void *leg, bool block)
{
	((struct mim_leg *)leg)->muted = block;
	return PLY_C3P_R_NONE;
}

static uint32_t load(void *ctx)
{
	const struct mim *m = ctx;
	uint32_t max = m->conf->max_endpoints;

	return max ? (uint32_t)((uint64_t)ply_mcu_n_leg(m->mcu) * 100 / max) : 0;
}

const struct ply_mcu_ops mim_ops = {
	.conf_made = conf_made,
	.conf_freed = conf_freed,
	.leg_end = leg_end,
	.mute = mute,
	.dial_out = mim_call_out,
	.dial_end = mim_call_end,
	.load = load,
};
