/* parley-frontend: SIP proxy and User Services. What it consists of is in context.c, what happens
 * to a request in pipeline.c. */
#include "frontend/context.h"
#include "frontend/fe.h"
#include "role/role.h"

static const struct ply_role frontend = {
	.name = "frontend",
	.help = "SIP proxy, registrar, presence and instant messages",
	.conf = fe_conf_items,
	.conf_size = sizeof(struct fe_conf),
	.init = fe_init,
	.start = fe_start,
	.reload = fe_reload,
	.drain = fe_drain,
	.stop = fe_stop,
	.status = fe_status,
};

int main(int argc, char **argv)
{
	return ply_role_main(argc, argv, &frontend);
}
