/* The record of a meeting: from rtc, and as the document that the Focus Factory answers with.
 * [MS-CONFPRO] 2.2.1.2. */
#include "frontend/conference/meeting.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "db/rtc/rtc_conf.h"

#include <errno.h>

static void free_users(struct fe_meeting *m)
{
	for (size_t i = 0; i < m->n_user; i++)
		ply_free(m->user[i].uri);
	ply_free(m->user);
}

static void free_mcus(struct fe_meeting *m)
{
	for (size_t i = 0; i < m->n_mcu; i++) {
		ply_free(m->mcu[i].type);
		ply_free(m->mcu[i].settings);
	}
	ply_free(m->mcu);
}

void fe_meeting_free(struct fe_meeting *m)
{
	if (!m)
		return;
	free_users(m);
	free_mcus(m);
	ply_free(m->organizer);
	ply_free(m->conf_id);
	ply_free(m->guid);
	ply_free(m->subject);
	ply_free(m->description);
	ply_secret_free_str(m->key);
	ply_free(m->notification_data);
	ply_free(m->organizer_data);
	ply_free(m);
}

/* "" for what is absent. false: no memory. */
static bool text(char **out, struct ply_slice s)
{
	*out = ply_slice_dup(s.p ? s : ply_slice("", 0));
	return *out != NULL;
}

static bool copy_users(struct fe_meeting *m, const struct ply_rtc_conf_lists *l)
{
	m->user = ply_calloc(l->n_user + 1, sizeof *m->user);
	for (; m->user && m->n_user < l->n_user; m->n_user++) {
		const struct ply_rtc_conf_user *u = &l->user[m->n_user];

		m->user[m->n_user].role =
			u->role == PLY_RTC_PRESENTER ? PLY_CI_PRESENTER : PLY_CI_ATTENDEE;
		if (!text(&m->user[m->n_user].uri, u->uri))
			return false;
	}
	return m->user != NULL;
}

static bool copy_mcus(struct fe_meeting *m, const struct ply_rtc_conf_lists *l)
{
	m->mcu = ply_calloc(l->n_mcu + 1, sizeof *m->mcu);
	while (m->mcu && m->n_mcu < l->n_mcu) {
		const struct ply_rtc_conf_mcu *from = &l->mcu[m->n_mcu];
		struct fe_meeting_mcu *to = &m->mcu[m->n_mcu++];

		if (!text(&to->type, from->type) || !text(&to->settings, from->settings))
			return false;
	}
	return m->mcu != NULL;
}

static enum ply_ci_admission admission_of(uint32_t rtc)
{
	switch (rtc) {
	case PLY_RTC_ANONYMOUS:
		return PLY_CI_ANONYMOUS;
	case PLY_RTC_OPEN_AUTHENTICATED:
		return PLY_CI_OPEN;
	default: /* what is not understood lets in the fewest */
		return PLY_CI_CLOSED;
	}
}

static bool fill(struct fe_meeting *m, const struct ply_rtc_conf_full *full)
{
	const struct ply_rtc_conf *c = &full->conf;

	m->id = c->id;
	m->admission = admission_of(c->admission);
	m->expiry_rule = c->expiry_rule;
	m->created_ms = c->created_ms;
	m->expires_ms = c->expires_ms;
	m->updated_ms = c->updated_ms;
	m->activated_ms = c->activated_ms;
	m->version = c->version;
	return text(&m->organizer, c->organizer) && text(&m->conf_id, c->conf_id) &&
	       text(&m->guid, c->guid) && text(&m->subject, c->subject) &&
	       text(&m->description, c->description) &&
	       text(&m->notification_data, c->notification_data) &&
	       text(&m->organizer_data, c->organizer_data) && copy_users(m, &full->lists) &&
	       copy_mcus(m, &full->lists);
}

static int open_key(const struct fe *fe, struct fe_meeting *m, struct ply_slice sealed)
{
	struct ply_strbuf key = PLY_STRBUF_INIT;
	int r = 0;

	ply_strbuf_adds(&key, "");
	if (sealed.len)
		r = fe_meeting_key_open(fe, sealed, &key);
	if (r == -EBADMSG)
		ply_warn(&fe->log, "meeting-key.unreadable", KS("organizer", m->organizer),
			 KS("conf", m->conf_id));
	m->key = r ? ply_strdup("") : ply_slice_dup(ply_strbuf_slice(&key));
	if (key.p)
		ply_secret_wipe(key.p, key.len);
	ply_strbuf_deinit(&key);
	return m->key ? r : -ENOMEM;
}

int fe_meeting_from_rtc(const struct fe *fe, const struct ply_rtc_conf_full *c,
			struct fe_meeting **out)
{
	struct fe_meeting *m = ply_calloc(1, sizeof *m);
	int r = m && fill(m, c) ? 0 : -ENOMEM;

	if (!r)
		r = open_key(fe, m, c->conf.key);
	*out = r && r != -EBADMSG ? NULL : m;
	if (!*out)
		fe_meeting_free(m);
	return r;
}

enum ply_ci_role fe_meeting_listed(const struct fe_meeting *m, const char *uri)
{
	if (!strcmp(m->organizer, uri))
		return PLY_CI_PRESENTER;
	for (size_t i = 0; i < m->n_user; i++)
		if (!strcmp(m->user[i].uri, uri))
			return m->user[i].role;
	return PLY_CI_ROLE_NONE;
}

bool fe_meeting_wants_mcu(const struct fe_meeting *m, const char *type)
{
	for (size_t i = 0; i < m->n_mcu; i++)
		if (!strcmp(m->mcu[i].type, type))
			return true;
	return false;
}

/* The organizer is not on the list, and a presenter all the same. */
static void describe_users(const struct fe_meeting *m, struct ply_arena *mem, struct ply_ci *out)
{
	out->user = ply_arena_alloc(mem, (m->n_user + 1) * sizeof *out->user);
	if (out->user)
		out->user[out->n_user++] = (struct ply_ci_user){
			.entity = ply_slice_str(m->organizer),
			.role = PLY_CI_PRESENTER,
		};
	for (size_t i = 0; out->user && i < m->n_user; i++)
		out->user[out->n_user++] = (struct ply_ci_user){
			.entity = ply_slice_str(m->user[i].uri),
			.role = m->user[i].role,
		};
}

static void describe_mcus(const struct fe_meeting *m, struct ply_arena *mem, struct ply_ci *out)
{
	out->view = ply_arena_alloc(mem, (m->n_mcu + 1) * sizeof *out->view);
	for (size_t i = 0; out->view && i < m->n_mcu; i++)
		out->view[out->n_view++] = (struct ply_ci_view){
			.entity = ply_slice_str(m->mcu[i].type),
			.settings = ply_slice_str(m->mcu[i].settings),
		};
}

static struct ply_slice entity(const struct fe_meeting *m, struct ply_arena *mem)
{
	size_t cap = strlen(m->organizer) + strlen(m->conf_id) + 64;
	char *text_ = ply_arena_alloc(mem, cap);

	if (text_)
		(void)snprintf(text_, cap, "%s;gruu;opaque=app:conf:focus:id:%s", m->organizer,
			       m->conf_id);
	return ply_slice_str(text_ ? text_ : "");
}

void fe_meeting_describe(const struct fe_meeting *m, bool is_active, struct ply_arena *mem,
			 struct ply_ci *out)
{
	*out = (struct ply_ci){.entity = entity(m, mem)};
	out->description = (struct ply_ci_description){
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
		.is_active = is_active,
		.says_active = true,
		.recurring = m->expiry_rule == PLY_RTC_EXPIRY_SLIDING,
		.version = m->version,
	};
	describe_users(m, mem, out);
	describe_mcus(m, mem, out);
}
