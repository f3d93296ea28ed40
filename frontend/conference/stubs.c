/* Stand-ins until the real files are there; every symbol is weak. Goes away with the last of them.
 */
#include "db/rtcdyn/rtcdyn_conf.h"
#include "db/rtcdyn/rtcdyn_lease.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/focus.h"

#include <errno.h>

#define STUB __attribute__((weak))

STUB int ply_rtcdyn_mcu_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_mcu *m,
			    ply_rtcdyn_done_fn fn, void *ctx)
{
	(void)dyn, (void)m, (void)fn, (void)ctx;
	return -ENOSYS;
}
STUB int ply_rtcdyn_mcu_delete(struct ply_rtcdyn *dyn, int64_t conf, struct ply_slice type,
			       ply_rtcdyn_done_fn fn, void *ctx)
{
	(void)dyn, (void)conf, (void)type, (void)fn, (void)ctx;
	return -ENOSYS;
}
STUB int ply_rtcdyn_lease_put(struct ply_rtcdyn *dyn, const struct ply_rtcdyn_lease *l,
			      ply_rtcdyn_done_fn fn, void *ctx)
{
	(void)dyn, (void)l, (void)fn, (void)ctx;
	return -ENOSYS;
}
STUB int ply_rtcdyn_lease_delete(struct ply_rtcdyn *dyn, struct ply_slice kind,
				 struct ply_slice instance, ply_rtcdyn_done_fn fn, void *ctx)
{
	(void)dyn, (void)kind, (void)instance, (void)fn, (void)ctx;
	return -ENOSYS;
}
