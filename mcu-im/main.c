/* parley-mcu-im: the IM Conferencing Server. What it consists of is in context.c; a message's way
 * is im_sip.c, im_leg.c, im_relay.c, im_fanout.c. */
#include "mcu-im/mim.h"
#include "role/role.h"

static const struct ply_role mcu_im = {
	.name = "mcu-im",
	.help = "conferences by instant messages",
	.conf = mim_conf_items,
	.conf_size = sizeof(struct mim_settings),
	.init = mim_init,
	.start = mim_start,
	.reload = mim_reload,
	.drain = mim_drain,
	.stop = mim_stop,
	.status = mim_status,
};

int main(int argc, char **argv)
{
	return ply_role_main(argc, argv, &mcu_im);
}
