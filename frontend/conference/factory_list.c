/* getConferences: a summary of each meeting of the organizer that has not expired. */
#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"
#include "sip/sip_gruu.h"

/* One that is written to a client beside others; texts are copied to the arena. */
static bool summarise(struct fe_fac *f, const struct ply_rtc_conf_summary *s, struct ply_ci *out)
{
	struct ply_slice id, subject;
	const char *entity;

	ply_strbuf_reset(&f->text);
	if (ply_sip_gruu_conf(&f->text, f->organizer->aor, "focus", s->conf.conf_id))
		return false;
	entity = ply_arena_copy(&f->mem, f->text.p, f->text.len);
	id = ply_slice_str(ply_arena_copy(&f->mem, s->conf.conf_id.p, s->conf.conf_id.len));
	subject = ply_slice_str(
		s->conf.subject.p ? ply_arena_copy(&f->mem, s->conf.subject.p, s->conf.subject.len)
				  : "");
	if (!entity || !id.p || !subject.p)
		return false;
	*out = (struct ply_ci){
		.entity = ply_slice_str(entity),
		.description =
			{
				.there = true,
				.subject = subject,
				.conference_id = id,
				.admission = (enum ply_ci_admission)s->conf.admission,
				.expiry_ms = (int64_t)s->conf.expires_ms,
				.last_update_ms = (int64_t)s->conf.updated_ms,
				.last_activate_ms = (int64_t)s->conf.activated_ms,
				.says_active = true,
				.is_active = s->active,
				.version = s->conf.version,
			},
	};
	return true;
}

static void listed(void *ctx, int r, const struct ply_rtc_conf_summary *s, size_t n, bool more)
{
	struct fe_fac *f = ctx;
	struct ply_c3p_response out;
	struct ply_ci *list = NULL;

	(void)more; /* what a client could not show anyway */
	if (!r)
		list = ply_arena_alloc(&f->mem, (n + 1) * sizeof *list);
	if (!list) {
		fe_fac_done(f, r ? fe_fac_reason_of(r) : PLY_C3P_R_OTHER_FAILURE);
		return;
	}
	out = fe_fac_response(f);
	for (size_t i = 0; i < n; i++) {
		if (s[i].conf.expires_ms <= f->now_ms && !s[i].active)
			continue;
		if (!summarise(f, &s[i], &list[out.n_list])) {
			fe_fac_done(f, PLY_C3P_R_OTHER_FAILURE);
			return;
		}
		out.n_list++;
	}
	out.list = list;
	fe_fac_answer(f, &out);
}

void fe_fac_list(struct fe_fac *f)
{
	int r = ply_rtc_conf_list(f->fe->rtc, ply_slice_str(f->organizer->aor), 0,
				  PLY_RTC_CONF_LIST_MAX, listed, f);

	if (r)
		fe_fac_done(f, fe_fac_reason_of(r));
}
