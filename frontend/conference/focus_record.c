/* What the records of calls are told of a meeting: when it began and ended, who was there and with
 * what, how much each wrote. */
#include "base/mem.h"
#include "frontend/conference/mcu.h"
#include "frontend/record_feed.h"

static struct fe_record_conf meeting(const struct fe_focus *f)
{
	return (struct fe_record_conf){
		.instance = f->instance, .uri = f->entity, .begin_ms = f->activated_ms};
}

static bool is_focus(const struct fe_place *pl)
{
	return !strcmp(pl->type, "focus");
}

static enum ply_cdr_auth auth_of(enum ply_ci_auth a)
{
	switch (a) {
	case PLY_CI_AUTH_ENTERPRISE:
		return PLY_CDR_ENTERPRISE;
	case PLY_CI_AUTH_FEDERATED:
		return PLY_CDR_FEDERATED;
	case PLY_CI_AUTH_ANONYMOUS:
		return PLY_CDR_ANONYMOUS;
	default:
		return 0;
	}
}

/* Of the client that stands at the other end of the dialog with the Focus. */
static struct ply_slice client_of(const struct fe_place *pl)
{
	const struct fe_party *p = pl->party;
	struct fe_user *u = fe_user_find(p->focus->fe, ply_slice_str(p->uri), NULL);
	const struct fe_endpoint *e = NULL;

	if (u && pl->dialog)
		e = fe_endpoint_by_epid(u, ply_slice_str(pl->dialog->remote_epid));
	return ply_slice_str(e ? e->user_agent : NULL);
}

/* NULL when it is gone already. */
static const char *server_of(const struct fe_place *pl)
{
	const struct fe_enlist *e = fe_enlist_find(pl->party->focus, pl->type);
	const struct fe_link *l = e ? fe_link_of(e) : NULL;

	return l && l->mcu ? l->mcu->url : NULL;
}

static struct fe_record_stay stay(const struct fe_place *pl)
{
	const struct fe_party *p = pl->party;
	struct fe_record_stay s = {
		.user = p->uri,
		.endpoint = pl->entity,
		.auth = auth_of(p->auth),
		.role = p->role == PLY_CI_PRESENTER ? PLY_CDR_PRESENTER : PLY_CDR_ATTENDEE,
		.where = (unsigned)p->access,
		.since_ms = pl->recorded_ms,
	};

	if (is_focus(pl)) {
		s.client = client_of(pl);
		return s;
	}
	s.mcu_type = pl->type;
	s.mcu = pl->recorded_on ? pl->recorded_on : pl->type;
	return s;
}

void fe_place_record_join(struct fe_place *pl)
{
	struct fe_focus *f = pl->party->focus;
	struct fe_record_conf c = meeting(f);
	struct fe_record_stay s;

	if (f->state != FE_FOCUS_ACTIVE || pl->recorded_ms)
		return;
	pl->recorded_ms = pl->joined_ms;
	if (!is_focus(pl))
		pl->recorded_on = ply_strdup(server_of(pl));
	s = stay(pl);
	if (is_focus(pl))
		fe_record_focus_join(f->fe, &c, &s);
	else
		fe_record_mcu_join(f->fe, &c, &s);
}

void fe_place_record_leave(struct fe_place *pl)
{
	struct fe_focus *f = pl->party->focus;
	struct fe_record_conf c = meeting(f);
	struct fe_record_stay s;

	if (!pl->recorded_ms)
		return;
	s = stay(pl);
	if (is_focus(pl))
		fe_record_focus_leave(f->fe, &c, &s);
	else
		fe_record_mcu_leave(f->fe, &c, &s);
	pl->recorded_ms = 0;
	ply_free(pl->recorded_on);
	pl->recorded_on = NULL;
}

/* Whoever is there already came in while it began, or before a restart. */
void fe_focus_record_start(struct fe_focus *f)
{
	struct fe_record_conf c = meeting(f);

	fe_record_conf_start(f->fe, &c);
	PLY_LIST_FOR(it, &f->parties) {
		struct fe_party *p = container_of(it, struct fe_party, in_focus);

		PLY_LIST_FOR(at, &p->places)
			fe_place_record_join(container_of(at, struct fe_place, in_party));
	}
}

void fe_focus_record_end(struct fe_focus *f, const char *why)
{
	struct fe_record_conf c = meeting(f);

	PLY_LIST_FOR(it, &f->parties) {
		struct fe_party *p = container_of(it, struct fe_party, in_focus);

		PLY_LIST_FOR(at, &p->places)
			fe_place_record_leave(container_of(at, struct fe_place, in_party));
	}
	fe_record_conf_end(f->fe, &c, why);
}

/* --- what is said when the meeting is gone --- */

struct fe_record_last {
	struct fe *fe;
	uint64_t begin_ms;
	char instance[PLY_GUID_TEXT_LEN + 1];
	char uri[]; /* of the Focus */
};

struct fe_record_last *fe_focus_record_last(const struct fe_focus *f)
{
	size_t len = strlen(f->entity) + 1;
	struct fe_record_last *l = f->fe->records ? ply_calloc(1, sizeof *l + len) : NULL;

	if (!l)
		return NULL;
	l->fe = f->fe;
	l->begin_ms = f->activated_ms;
	memcpy(l->instance, f->instance, sizeof l->instance);
	memcpy(l->uri, f->entity, len);
	return l;
}

void fe_record_last_take(void *last, enum ply_c3p_reason r, const struct ply_c3p_response *rsp)
{
	struct fe_record_last *l = last;
	const struct fe_record_conf c = {l->instance, l->uri, l->begin_ms};

	for (size_t i = 0; !r && rsp && rsp->has_conf && i < rsp->conf.n_user; i++) {
		char aor[PLY_SIP_AOR_MAX];

		if (fe_roster_aor(rsp->conf.user[i].entity, aor))
			fe_record_conf_messages(l->fe, &c, aor, rsp->conf.user[i].messages);
	}
	ply_free(l);
}
