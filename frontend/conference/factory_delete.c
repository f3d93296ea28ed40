/* deleteConference: the meeting is not scheduled any more; one that runs ends. [MS-CONFPRO]
 * 3.1.5.5. */
#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"

#include <stdio.h>

void fe_meeting_deleted(struct fe *fe, const char *organizer, struct ply_slice conf_id)
{
	struct ply_strbuf entity = PLY_STRBUF_INIT;
	struct fe_focus *focus = NULL;
	struct ply_c3p_uri uri;

	ply_info(&fe->meetings->log, "meeting.deleted", KSL("conf", conf_id),
		 KS("organizer", organizer));
	ply_strbuf_addf(&entity, "%s;gruu;opaque=app:conf:focus:id:%.*s", organizer,
			PLY_SLICE_ARG(conf_id));
	if (!ply_c3p_uri_parse(&uri, ply_strbuf_slice(&entity)))
		focus = fe_focus_find(fe, &uri);
	if (focus)
		fe_focus_end(focus, FE_END_DELETED);
	ply_strbuf_deinit(&entity);
}

static void deleted(void *ctx, int r)
{
	struct fe_fac *f = ctx;

	if (r) {
		fe_fac_done(f, fe_fac_reason_of(r));
		return;
	}
	if (f->fe->meetings) /* else the server stops */
		fe_meeting_deleted(f->fe, f->organizer->aor, fe_fac_conf_id(f));
	fe_fac_answer_conf(f, fe_fac_conf_id(f), NULL);
}

void fe_fac_delete(struct fe_fac *f)
{
	struct ply_slice id = fe_fac_conf_id(f);
	int r;

	if (!id.len) {
		fe_fac_done(f, PLY_C3P_R_INVALID_CONFERENCE_ID);
		return;
	}
	r = ply_rtc_conf_delete(f->fe->rtc, ply_slice_str(f->organizer->aor), id, deleted, f);
	if (r)
		fe_fac_done(f, fe_fac_reason_of(r));
}
