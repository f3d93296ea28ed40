/* modifyConference: the whole schedulable part anew, by whoever knows its latest version. What a
 * running meeting makes of it comes by rtc's notification. [MS-CONFPRO] 3.1.5.4. */
#include "base/mem.h"
#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"

static void replaced(void *ctx, int r, uint32_t version)
{
	struct fe_fac *f = ctx;

	if (r) {
		fe_fac_done(f, fe_fac_reason_of(r));
		return;
	}
	ply_info(&f->fe->meetings->log, "meeting.rescheduled", KSL("conf", f->draft.conf_id),
		 KS("organizer", f->organizer->aor), KI("version", version));
	fe_fac_answer_draft(f, version);
}

/* What the new text leaves out and cannot be without (key, expiry) stays as it was. */
static int replace(struct fe_fac *f, const struct fe_meeting *old, enum ply_c3p_reason *reason)
{
	const struct fe_draft_rules rules = {f->organizer->aor, &f->policy, fe_meeting_times(f->fe),
					     f->now_ms, old};
	struct ply_rtc_conf_lists lists;
	struct ply_rtc_conf conf;
	int r;

	f->req.conf.description.conference_id = fe_fac_conf_id(f);
	*reason = fe_draft_check(&f->req.conf, &rules, &f->mem, &f->draft);
	if (!*reason && f->draft.version != old->version)
		*reason = PLY_C3P_R_INVALID_VERSION;
	if (*reason)
		return 0;
	r = fe_fac_seal(f);
	fe_draft_record(&f->draft, f->organizer->aor, ply_strbuf_slice(&f->text), f->now_ms, &conf,
			&lists);
	return r ? r : ply_rtc_conf_replace(f->fe->rtc, &conf, &lists, replaced, f);
}

static void loaded(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	enum ply_c3p_reason reason = PLY_C3P_R_NONE;
	struct fe_meeting *old = NULL;
	struct fe_fac *f = ctx;

	if (!f->q) { /* nobody waits, nothing was promised */
		fe_fac_done(f, PLY_C3P_R_REQUEST_CANCELLED);
		return;
	}
	if (!r)
		r = fe_meeting_from_rtc(f->fe, c, &old);
	if (old) /* a key that cannot be opened is no reason: a new one can be set */
		r = replace(f, old, &reason);
	if (!reason)
		reason = fe_fac_reason_of(r);
	if (reason)
		fe_fac_done(f, reason);
	fe_meeting_free(old);
}

void fe_fac_modify(struct fe_fac *f)
{
	int r;

	if (!f->req.has_conf || !fe_fac_conf_id(f).len) {
		fe_fac_done(f, f->req.has_conf ? PLY_C3P_R_INVALID_CONFERENCE_ID
					       : PLY_C3P_R_REQUEST_MALFORMED);
		return;
	}
	r = ply_rtc_conf_load(f->fe->rtc, ply_slice_str(f->organizer->aor), fe_fac_conf_id(f),
			      loaded, f);
	if (r)
		fe_fac_done(f, fe_fac_reason_of(r));
}
