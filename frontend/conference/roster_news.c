/* What conferencing servers say of who is there: their endpoints beside the clients' places in the
 * Focus. docs/focus-mcu.md, "News". */
#include "base/mem.h"
#include "frontend/conference/focus.h"

enum { MAX_MEDIA = ARRAY_LEN(((struct fe_place *)NULL)->media) };

static bool is_type(const struct fe_place *pl, const char *type)
{
	return !strcmp(pl->type, type);
}

static bool is_listed(const struct fe_place *pl, const struct ply_ci_user *u)
{
	for (size_t i = 0; i < u->n_endpoint; i++)
		if (u->endpoint[i].state != PLY_CI_DELETED &&
		    ply_slice_caseis(u->endpoint[i].entity, pl->entity))
			return true;
	return false;
}

/* Copies text to *at and moves it on. */
static struct ply_slice keep(char **at, struct ply_slice text)
{
	struct ply_slice out = ply_slice(*at, text.len);

	if (text.len)
		memcpy(*at, text.p, text.len);
	*at += text.len;
	return out;
}

/* Their texts in one piece of memory. false when there is none: the old ones stay. */
static bool copy_media(struct fe_place *pl, const struct ply_ci_endpoint *e)
{
	size_t n = ply_min_size(e->n_media, MAX_MEDIA), len = 1;
	char *texts, *at;

	for (size_t i = 0; i < n; i++) {
		const struct ply_ci_media *m = &e->media[i];

		len += m->id.len + m->type.len + m->label.len + m->display_text.len + m->src_id.len;
	}
	texts = at = ply_calloc(1, len);
	if (!texts)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct ply_ci_media *m = &pl->media[i];

		*m = e->media[i];
		m->id = keep(&at, m->id);
		m->type = keep(&at, m->type);
		m->label = keep(&at, m->label);
		m->display_text = keep(&at, m->display_text);
		m->src_id = keep(&at, m->src_id);
	}
	ply_free(pl->texts);
	pl->texts = texts;
	pl->n_media = n;
	return true;
}

static void update(struct fe_place *pl, const struct ply_ci_endpoint *e)
{
	pl->status = e->status;
	if (e->joining)
		pl->joining = e->joining;
	if (e->joined_ms)
		pl->joined_ms = (uint64_t)e->joined_ms;
	(void)copy_media(pl, e);
}

/* Places of this type that are not listed go; p is gone with the last of all. false: it is. */
static bool prune(struct fe_party *p, const char *type, const struct ply_ci_user *u)
{
	unsigned left = p->n_places;

	PLY_LIST_FOR_SAFE(it, next, &p->places) {
		struct fe_place *pl = container_of(it, struct fe_place, in_party);

		if (!is_type(pl, type) || (u && is_listed(pl, u)))
			continue;
		left--;
		fe_place_remove(pl);
		if (!left)
			return false;
	}
	return true;
}

static void add_or_update(struct fe_party *p, const char *type, const struct ply_ci_user *u)
{
	for (size_t i = 0; i < u->n_endpoint; i++) {
		const struct ply_ci_endpoint *e = &u->endpoint[i];
		struct fe_place *pl;

		if (e->state == PLY_CI_DELETED || !e->entity.len)
			continue;
		pl = fe_place_find(p, e->entity, type);
		if (!pl)
			pl = fe_place_add(p, e->entity, type, e->status);
		if (pl)
			update(pl, e);
		if (pl)
			fe_place_record_join(pl);
	}
	fe_roster_touch(p);
}

static size_t n_alive(const struct ply_ci_user *u)
{
	size_t n = 0;

	for (size_t i = 0; u->state != PLY_CI_DELETED && i < u->n_endpoint; i++)
		n += u->endpoint[i].state != PLY_CI_DELETED && u->endpoint[i].entity.len;
	return n;
}

/* A telephone, or a client that was called and knows nothing of the Focus. */
static struct fe_party *stranger(struct fe_focus *f, const char *uri, const struct ply_ci_user *u)
{
	char *name = ply_slice_dup(u->display_text.p ? u->display_text : ply_slice("", 0));
	struct fe_party *p = fe_roster_add(f, uri, name, PLY_CI_ATTENDEE, u->endpoint[0].auth);

	ply_free(name);
	return p;
}

bool fe_roster_aor(struct ply_slice entity, char aor[PLY_SIP_AOR_MAX])
{
	struct ply_sip_uri uri;

	if (ply_sip_uri_parse(entity, &uri) || uri.tel || ply_sip_uri_aor(&uri, aor))
		return ply_slice_copy(entity, aor, PLY_SIP_AOR_MAX);
	return true;
}

void fe_roster_news(struct fe_focus *f, const char *type, const struct ply_ci_user *u)
{
	bool none = !n_alive(u);
	char aor[PLY_SIP_AOR_MAX];
	struct fe_party *p;

	if (f->state != FE_FOCUS_ACTIVE || !strcmp(type, "focus"))
		return;
	if (!fe_roster_aor(u->entity, aor))
		return;
	p = fe_roster_find(f, ply_slice_str(aor));
	if (!p && !none)
		p = stranger(f, aor, u);
	if (!p)
		return;
	if (!none)
		add_or_update(p, type, u);
	if (!p->n_places) { /* out of memory for the first one */
		fe_party_remove(p, NULL);
		return;
	}
	(void)prune(p, type, none ? NULL : u);
}

void fe_roster_drop_type(struct fe_focus *f, const char *type)
{
	PLY_LIST_FOR_SAFE(it, next, &f->parties) {
		struct fe_party *p = container_of(it, struct fe_party, in_focus);

		(void)prune(p, type, NULL);
		if (f->state != FE_FOCUS_ACTIVE)
			return; /* nobody is left, and the list is another */
	}
}
