/* addConference: a meeting is scheduled. It begins when somebody joins. [MS-CONFPRO] 3.1.5.3. */
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"

static void added(void *ctx, int r, int64_t id)
{
	struct fe_fac *f = ctx;

	if (r) {
		fe_fac_done(f, fe_fac_reason_of(r));
		return;
	}
	ply_info(&f->fe->meetings->log, "meeting.scheduled", KSL("conf", f->draft.conf_id),
		 KS("organizer", f->organizer->aor), KI("id", id),
		 KS("type", ply_ci_admission_name(f->draft.admission)),
		 KI("users", (int64_t)f->draft.n_user));
	fe_fac_answer_draft(f, 1);
}

void fe_fac_add(struct fe_fac *f)
{
	const struct fe_meeting_times *times = fe_meeting_times(f->fe);
	const struct fe_draft_rules rules = {f->organizer->aor, &f->policy, times, f->now_ms, NULL};
	struct ply_rtc_conf_lists lists;
	enum ply_c3p_reason reason;
	struct ply_rtc_conf conf;
	char guid[PLY_UUID_MAX];
	int r = 0;

	if (!f->req.has_conf) {
		fe_fac_done(f, PLY_C3P_R_REQUEST_MALFORMED);
		return;
	}
	reason = fe_draft_check(&f->req.conf, &rules, &f->mem, &f->draft);
	if (reason) {
		fe_fac_done(f, reason);
		return;
	}
	r = fe_fac_seal(f);
	fe_draft_record(&f->draft, f->organizer->aor, ply_strbuf_slice(&f->text), f->now_ms, &conf,
			&lists);
	conf.guid = ply_slice_str(ply_random_uuid(guid));
	if (!r)
		r = ply_rtc_conf_add(f->fe->rtc, &conf, &lists, times->max_per_user, added, f);
	if (r)
		fe_fac_done(f, fe_fac_reason_of(r));
}
