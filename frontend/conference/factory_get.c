/* getConference: the record as a document, for its organizer. The key is not in it: it would have
 * to be sealed for a certificate of the requester, and is kept by who chose it ([MS-CONFPRO]
 * 3.2.5.5 leaves it out then). */
#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"

static void loaded(void *ctx, int r, const struct ply_rtc_conf_full *c)
{
	struct fe_meeting *m = NULL;
	struct ply_c3p_response out;
	struct fe_fac *f = ctx;

	if (!r)
		r = fe_meeting_from_rtc(f->fe, c, &m);
	if (!m) {
		fe_fac_done(f, fe_fac_reason_of(r));
		return;
	}
	out = fe_fac_response(f);
	out.has_conf = true;
	fe_meeting_describe(m, c->active != NULL, &f->mem, &out.conf);
	fe_fac_answer(f, &out);
	fe_meeting_free(m);
}

void fe_fac_get(struct fe_fac *f)
{
	struct ply_slice id = fe_fac_conf_id(f);
	int r;

	if (!id.len) {
		fe_fac_done(f, PLY_C3P_R_INVALID_CONFERENCE_ID);
		return;
	}
	r = ply_rtc_conf_load(f->fe->rtc, ply_slice_str(f->organizer->aor), id, loaded, f);
	if (r)
		fe_fac_done(f, fe_fac_reason_of(r));
}
