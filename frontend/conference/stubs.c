/* Stand-ins until the real files are there; every symbol is weak. Goes away with the last of them.
 */
#include "db/rtcdyn/rtcdyn_conf.h"
#include "db/rtcdyn/rtcdyn_lease.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/focus.h"

#include <errno.h>

#define STUB __attribute__((weak))

STUB void fe_meetings_sweep_start(struct fe_meetings *m)
{
	(void)m;
}
STUB void fe_meetings_restore(struct fe *fe)
{
	(void)fe;
}
STUB void fe_meetings_user_refused(struct fe *fe, const char *aor)
{
	(void)fe, (void)aor;
}
STUB void fe_focus_free(struct fe_focus *f)
{
	(void)f;
}
STUB struct fe_focus *fe_focus_find(const struct fe *fe, const struct ply_c3p_uri *uri)
{
	(void)fe, (void)uri;
	return NULL;
}
STUB struct fe_place *fe_place_by_dialog(const struct fe *fe, const struct fe_req *q)
{
	(void)fe, (void)q;
	return NULL;
}
STUB void fe_focus_flow_closed(struct fe *fe, uint64_t flow)
{
	(void)fe, (void)flow;
}
STUB enum fe_verdict fe_focus_join(struct fe_req *q, const struct ply_c3p_uri *u)
{
	(void)u;
	fe_refuse(q, FE_D_CONF_UNKNOWN, NULL);
	return FE_DONE;
}
STUB enum fe_verdict fe_focus_factory(struct fe_req *q, const struct ply_c3p_uri *u)
{
	(void)u;
	fe_refuse(q, FE_D_CONF_NOT_ENABLED, NULL);
	return FE_DONE;
}
STUB enum fe_verdict fe_focus_in_dialog(struct fe_req *q)
{
	fe_refuse(q, FE_D_NO_DIALOG, NULL);
	return FE_DONE;
}
STUB void fe_focus_timers_joined(struct fe_focus *f)
{
	(void)f;
}
STUB void fe_focus_timers_left(struct fe_focus *f)
{
	(void)f;
}
STUB void fe_roster_news(struct fe_focus *f, const char *type, const struct ply_ci_user *u)
{
	(void)f, (void)type, (void)u;
}
STUB void fe_roster_drop_type(struct fe_focus *f, const char *type)
{
	(void)f, (void)type;
}
STUB const struct fe_meeting_times *fe_meeting_times(const struct fe *fe)
{
	static const struct fe_meeting_times t = {.batch = 200};

	(void)fe;
	return &t;
}
STUB bool fe_who_of(const struct fe_req *q, struct fe_who *out)
{
	(void)q, (void)out;
	return false;
}
STUB struct fe_party *fe_roster_find(const struct fe_focus *f, struct ply_slice uri)
{
	(void)f, (void)uri;
	return NULL;
}
STUB void fe_party_describe(const struct fe_party *p, enum ply_ci_state state,
			    struct ply_arena *mem, struct ply_ci_user *out)
{
	(void)p, (void)state, (void)mem, (void)out;
}
STUB void fe_focus_describe(const struct fe_focus *f, struct ply_arena *mem, struct ply_ci *out)
{
	(void)f, (void)mem, (void)out;
}
STUB void fe_focus_touch_views(struct fe_focus *f)
{
	(void)f;
}
STUB void fe_focus_touch_description(struct fe_focus *f)
{
	(void)f;
}
STUB bool fe_meeting_wants_mcu(const struct fe_meeting *m, const char *type)
{
	(void)m, (void)type;
	return false;
}
/* To be taken away when common/db has them: these hide what is in the library. */
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
