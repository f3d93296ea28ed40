/* A scheduled meeting as conference-info: what getConference answers. The key stays out.
 * [MS-CONFPRO] 2.2.1.2. */
#include "frontend/conference/meeting.h"

#include "db/rtc/rtc_conf.h"
#include "sip/sip_gruu.h"

static struct ply_slice uri_of(const struct fe_meeting *m, const char *type, struct ply_arena *mem)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	char *copy = NULL;

	if (!ply_sip_gruu_conf(&b, m->organizer, type, ply_slice_str(m->conf_id)))
		copy = ply_arena_copy(mem, b.p, b.len);
	ply_strbuf_deinit(&b);
	return ply_slice_str(copy ? copy : "");
}

static void describe_users(const struct fe_meeting *m, struct ply_arena *mem, struct ply_ci *out)
{
	out->user = ply_arena_alloc(mem, (m->n_user + 1) * sizeof *out->user);
	if (!out->user)
		return;
	out->user[out->n_user++] = (struct ply_ci_user){
		.entity = ply_slice_str(m->organizer),
		.role = PLY_CI_PRESENTER,
	};
	for (size_t i = 0; i < m->n_user; i++)
		if (strcmp(m->user[i].uri, m->organizer) != 0)
			out->user[out->n_user++] = (struct ply_ci_user){
				.entity = ply_slice_str(m->user[i].uri),
				.role = m->user[i].role,
			};
}

/* By the name of the medium, as they were asked for: what is given out can be sent back. */
static void describe_media(const struct fe_meeting *m, struct ply_arena *mem, struct ply_ci *out)
{
	out->view = ply_arena_alloc(mem, (m->n_mcu + 1) * sizeof *out->view);
	for (size_t i = 0; out->view && i < m->n_mcu; i++)
		out->view[out->n_view++] = (struct ply_ci_view){
			.entity = ply_slice_str(m->mcu[i].type),
			.settings = ply_slice_str(m->mcu[i].settings),
		};
}

void fe_meeting_describe(const struct fe_meeting *m, bool is_active, struct ply_arena *mem,
			 struct ply_ci *out)
{
	*out = (struct ply_ci){
		.entity = uri_of(m, "focus", mem),
		.description =
			{
				.there = true,
				.subject = ply_slice_str(m->subject),
				.display_text = ply_slice_str(m->description),
				.conference_id = ply_slice_str(m->conf_id),
				.organizer = ply_slice_str(m->organizer),
				.notification_data = ply_slice_str(m->notification_data),
				.organizer_data = ply_slice_str(m->organizer_data),
				.admission = m->admission,
				.expiry_ms = (int64_t)m->expires_ms,
				.last_update_ms = (int64_t)m->updated_ms,
				.last_activate_ms = (int64_t)m->activated_ms,
				.says_active = true,
				.is_active = is_active,
				.recurring = m->expiry_rule == PLY_RTC_EXPIRY_SLIDING,
				.version = m->version,
			},
	};
	describe_users(m, mem, out);
	describe_media(m, mem, out);
}
