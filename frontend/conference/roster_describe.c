/* The roster and the meeting as conference-info: the parts that focus_notify.c and getConference
 * put into documents. [MS-CONFBAS] 2.2.2, RFC 4575. */
#include "base/strbuf.h"
#include "frontend/conference/focus.h"

static void describe_place(const struct fe_place *pl, struct ply_ci_endpoint *out)
{
	*out = (struct ply_ci_endpoint){
		.entity = ply_slice_str(pl->entity),
		.session_type = ply_slice_str(pl->type),
		.status = pl->status,
		.joining = pl->joining,
		.joined_ms = (int64_t)pl->joined_ms,
		.auth = pl->party->auth,
		.access = pl->party->access,
		.media = ply_unconst(pl->media),
		.n_media = pl->n_media,
	};
}

/* Always with all endpoints: a user without a connected chat endpoint is taken off the roster by
 * clients, in partial documents too. */
void fe_party_describe(const struct fe_party *p, enum ply_ci_state state, struct ply_arena *mem,
		       struct ply_ci_user *out)
{
	size_t n = 0;

	*out = (struct ply_ci_user){
		.entity = ply_slice_str(p->uri),
		.state = state,
		.display_text = ply_slice_str(p->display_name),
		.role = p->role,
	};
	if (state == PLY_CI_DELETED)
		return;
	out->endpoint = ply_arena_alloc(mem, (p->n_places + 1) * sizeof *out->endpoint);
	if (!out->endpoint)
		return;
	PLY_LIST_FOR(it, &p->places)
		describe_place(container_of(it, struct fe_place, in_party), &out->endpoint[n++]);
	out->n_endpoint = n;
}

/* The URI of a conferencing server of this meeting. */
static struct ply_slice mcu_uri(const struct fe_focus *f, const char *type, struct ply_arena *mem)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice out = {"", 0};
	char *copy;

	ply_c3p_uri_add(&b, &f->uri, type);
	copy = ply_strbuf_err(&b) ? NULL : ply_arena_copy(mem, ply_strbuf_str(&b), b.len);
	if (copy)
		out = ply_slice(copy, b.len);
	ply_strbuf_deinit(&b);
	return out;
}

static void describe_description(const struct fe_focus *f, struct ply_arena *mem,
				 struct ply_ci_description *d)
{
	const struct fe_meeting *def = f->def;
	const struct fe_user *organizer = fe_user_find(f->fe, ply_slice_str(def->organizer), NULL);
	const char *name = organizer ? organizer->display_name : "";
	const char *copy = ply_arena_copy(mem, name ? name : "", name ? strlen(name) : 0);

	*d = (struct ply_ci_description){
		.there = true,
		.subject = ply_slice_str(def->subject),
		.display_text = ply_slice_str(def->description),
		.conference_id = ply_slice_str(def->conf_id),
		.organizer = ply_slice_str(def->organizer),
		.organizer_name = ply_slice_str(copy ? copy : ""),
		.notification_data = ply_slice_str(def->notification_data),
		.admission = def->admission,
	};
	d->conf_uri = ply_arena_alloc(mem, (def->n_mcu + 1) * sizeof *d->conf_uri);
	for (size_t i = 0; d->conf_uri && i < def->n_mcu; i++) {
		struct ply_slice type = ply_slice_str(def->mcu[i].type);

		d->conf_uri[d->n_conf_uri++] = (struct ply_ci_conf_uri){
			.uri = mcu_uri(f, def->mcu[i].type, mem),
			.display_text = type,
			.purpose = type,
		};
	}
}

/* One of the Focus, one of each medium: SIPE reads the lock in the view whose medium is chat. */
static void describe_views(const struct fe_focus *f, struct ply_arena *mem, struct ply_ci *out)
{
	const struct fe_meeting *def = f->def;
	size_t n = def->n_mcu + 1;
	struct ply_ci_view *v = ply_arena_alloc(mem, n * sizeof *v);
	struct ply_ci_media *media = ply_arena_alloc(mem, n * sizeof *media);

	if (!v || !media)
		return;
	v[0] = (struct ply_ci_view){.entity = ply_slice_str(f->entity), .state = PLY_CI_FULL};
	for (size_t i = 1; i < n; i++) {
		struct ply_slice type = ply_slice_str(def->mcu[i - 1].type);

		media[i] = (struct ply_ci_media){.label = type, .type = type};
		v[i] = (struct ply_ci_view){
			.entity = mcu_uri(f, def->mcu[i - 1].type, mem),
			.state = PLY_CI_FULL,
			.media = &media[i],
			.n_media = 1,
		};
	}
	for (size_t i = 0; i < n; i++) {
		v[i].locked = f->locked;
		v[i].says_locked = true;
	}
	out->view = v;
	out->n_view = n;
}

void fe_focus_describe(const struct fe_focus *f, struct ply_arena *mem, struct ply_ci *out)
{
	*out = (struct ply_ci){.entity = ply_slice_str(f->entity), .state = PLY_CI_FULL};
	describe_description(f, mem, &out->description);
	describe_views(f, mem, out);
}
