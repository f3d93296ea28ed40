/* Every field of the documents as text: golden files hold it, round trips compare it. */
#ifndef TESTS_UNIT_COMMON_C3P_PRINT_H
#define TESTS_UNIT_COMMON_C3P_PRINT_H

#include "c3p/c3p.h"

static inline void print_text(struct ply_strbuf *b, const char *name, struct ply_slice v)
{
	if (v.len)
		ply_strbuf_addf(b, " %s=[%.*s]", name, PLY_SLICE_ARG(v));
}

static inline void print_word(struct ply_strbuf *b, const char *name, const char *v)
{
	print_text(b, name, ply_slice_str(v));
}

static inline void print_number(struct ply_strbuf *b, const char *name, uint64_t v)
{
	if (v)
		ply_strbuf_addf(b, " %s=%llu", name, (unsigned long long)v);
}

static inline void print_media(struct ply_strbuf *b, const char *indent,
			       const struct ply_ci_media *m)
{
	ply_strbuf_addf(b, "%smedia", indent);
	print_text(b, "id", m->id);
	print_text(b, "type", m->type);
	print_text(b, "label", m->label);
	print_text(b, "text", m->display_text);
	print_text(b, "src", m->src_id);
	print_word(b, "status", ply_ci_media_status_name(m->status));
	print_word(b, "ingress", ply_ci_filter_name(m->ingress));
	print_word(b, "egress", ply_ci_filter_name(m->egress));
	print_word(b, "state", ply_ci_status_name(m->media_state));
	ply_strbuf_addc(b, '\n');
}

static inline void print_endpoint(struct ply_strbuf *b, const struct ply_ci_endpoint *e)
{
	ply_strbuf_adds(b, "\tendpoint");
	print_text(b, "entity", e->entity);
	print_word(b, "state", ply_ci_state_name(e->state));
	print_text(b, "type", e->session_type);
	print_text(b, "uri", e->uri);
	print_text(b, "refer-to", e->refer_to);
	print_word(b, "status", ply_ci_status_name(e->status));
	print_word(b, "joining", ply_ci_joining_name(e->joining));
	print_number(b, "joined", (uint64_t)e->joined_ms);
	print_word(b, "auth", ply_ci_auth_name(e->auth));
	print_word(b, "access", ply_ci_access_name(e->access));
	ply_strbuf_addc(b, '\n');
	for (size_t i = 0; i < e->n_media; i++)
		print_media(b, "\t\t", &e->media[i]);
}

static inline void print_user(struct ply_strbuf *b, const struct ply_ci_user *u)
{
	ply_strbuf_adds(b, "user");
	print_text(b, "entity", u->entity);
	print_word(b, "state", ply_ci_state_name(u->state));
	print_text(b, "text", u->display_text);
	print_word(b, "role", ply_ci_role_name(u->role));
	ply_strbuf_addc(b, '\n');
	for (size_t i = 0; i < u->n_endpoint; i++)
		print_endpoint(b, &u->endpoint[i]);
}

static inline void print_description(struct ply_strbuf *b, const struct ply_ci_description *d)
{
	if (!d->there)
		return;
	ply_strbuf_addf(b, "description%s", d->subject.p ? "" : " without subject");
	print_text(b, "subject", d->subject);
	print_text(b, "text", d->display_text);
	print_text(b, "id", d->conference_id);
	print_text(b, "key", d->conference_key);
	print_text(b, "organizer", d->organizer);
	print_text(b, "organizer-name", d->organizer_name);
	print_text(b, "notification", d->notification_data);
	print_text(b, "roaming", d->organizer_data);
	if (d->says_admission)
		ply_strbuf_addf(b, " admission=%s", ply_ci_admission_name(d->admission));
	print_number(b, "expiry", (uint64_t)d->expiry_ms);
	print_number(b, "update", (uint64_t)d->last_update_ms);
	print_number(b, "activate", (uint64_t)d->last_activate_ms);
	if (d->says_active)
		ply_strbuf_addf(b, " active=%d", d->is_active);
	print_number(b, "recurring", d->recurring);
	print_number(b, "version", d->version);
	ply_strbuf_addc(b, '\n');
	for (size_t i = 0; i < d->n_conf_uri; i++) {
		ply_strbuf_adds(b, "\tconf-uri");
		print_text(b, "uri", d->conf_uri[i].uri);
		print_text(b, "text", d->conf_uri[i].display_text);
		print_text(b, "purpose", d->conf_uri[i].purpose);
		ply_strbuf_addc(b, '\n');
	}
}

static inline void print_view(struct ply_strbuf *b, const struct ply_ci_view *v)
{
	ply_strbuf_adds(b, "view");
	print_text(b, "entity", v->entity);
	print_word(b, "state", ply_ci_state_name(v->state));
	if (v->says_locked)
		ply_strbuf_addf(b, " locked=%d", v->locked);
	print_text(b, "settings", v->settings);
	ply_strbuf_addc(b, '\n');
	for (size_t i = 0; i < v->n_media; i++)
		print_media(b, "\t", &v->media[i]);
}

static inline void print_ci(struct ply_strbuf *b, const struct ply_ci *ci)
{
	ply_strbuf_adds(b, "conference");
	print_text(b, "entity", ci->entity);
	print_word(b, "state", ply_ci_state_name(ci->state));
	print_number(b, "version", ci->version);
	print_word(b, "users", ply_ci_state_name(ci->users_state));
	ply_strbuf_addc(b, '\n');
	print_description(b, &ci->description);
	for (size_t i = 0; i < ci->n_user; i++)
		print_user(b, &ci->user[i]);
	for (size_t i = 0; i < ci->n_view; i++)
		print_view(b, &ci->view[i]);
}

static inline void print_keys(struct ply_strbuf *b, const struct ply_c3p_keys *k)
{
	print_text(b, "conf", k->conf);
	print_text(b, "user", k->user);
	print_text(b, "endpoint", k->endpoint);
	print_text(b, "media", k->media);
	print_text(b, "conf-id", k->conf_id);
	ply_strbuf_addc(b, '\n');
}

static inline void print_status(struct ply_strbuf *b, const struct ply_c3p_mcu_status *s)
{
	if (!s->instance.len)
		return;
	ply_strbuf_adds(b, "status");
	print_text(b, "type", s->type);
	print_text(b, "instance", s->instance);
	print_text(b, "fqdn", s->fqdn);
	print_text(b, "url", s->url);
	print_text(b, "sip", s->sip);
	print_text(b, "address", s->address);
	print_text(b, "version", s->version);
	ply_strbuf_addf(b, " load=%u conferences=%u endpoints=%u of %u draining=%d\n", s->load,
			s->conferences, s->endpoints, s->max_endpoints, s->draining);
}

static inline void print_own(struct ply_strbuf *b, const struct ply_c3p_request *r)
{
	ply_strbuf_adds(b, "own");
	print_text(b, "actor", r->actor.uri);
	print_word(b, "role", ply_ci_role_name(r->actor.role));
	print_word(b, "auth", ply_ci_auth_name(r->actor.auth));
	print_text(b, "instance", r->instance);
	print_text(b, "callback", r->callback);
	print_number(b, "epoch", r->epoch);
	print_number(b, "mcu-version", r->mcu_version);
	print_number(b, "full", r->full);
	print_number(b, "max-users", r->max_users);
	ply_strbuf_addc(b, '\n');
	print_status(b, &r->status);
}

static inline void print_request(struct ply_strbuf *b, const struct ply_c3p_request *r)
{
	ply_strbuf_addf(b, "request %s", ply_c3p_cmd_name(r->cmd));
	print_text(b, "name", r->name);
	print_text(b, "id", r->request_id);
	print_text(b, "from", r->from);
	print_text(b, "to", r->to);
	print_text(b, "mcu", r->mcu_uri);
	print_word(b, "role", ply_ci_role_name(r->role));
	if (r->has_locked)
		ply_strbuf_addf(b, " locked=%d", r->locked);
	print_number(b, "users", r->n_user);
	ply_strbuf_adds(b, "\nkeys");
	print_keys(b, &r->keys);
	print_own(b, r);
	if (r->has_user)
		print_user(b, &r->user);
	if (r->has_endpoint)
		print_endpoint(b, &r->endpoint);
	if (r->has_conf)
		print_ci(b, &r->conf);
}

static inline void print_lists(struct ply_strbuf *b, const struct ply_c3p_response *r)
{
	for (size_t i = 0; i < r->n_list; i++)
		print_ci(b, &r->list[i]);
	for (size_t i = 0; i < r->n_mcu_type; i++)
		ply_strbuf_addf(b, "mcu %.*s\n", PLY_SLICE_ARG(r->mcu_type[i]));
	for (size_t i = 0; i < r->n_region; i++)
		ply_strbuf_addf(b, "region [%.*s] %.*s\n", PLY_SLICE_ARG(r->region[i].name),
				PLY_SLICE_ARG(r->region[i].number));
	for (size_t i = 0; i < r->n_info; i++)
		ply_strbuf_addf(b, "info [%.*s] [%.*s]\n", PLY_SLICE_ARG(r->info[i].key),
				PLY_SLICE_ARG(r->info[i].value));
}

static inline void print_response(struct ply_strbuf *b, const struct ply_c3p_response *r)
{
	static const char *const codes[] = {"success", "pending", "failure"};

	ply_strbuf_addf(b, "response %s %s", ply_c3p_cmd_name(r->cmd), codes[r->code]);
	print_text(b, "name", r->name);
	print_word(b, "reason", ply_c3p_reason_name(r->reason));
	print_text(b, "id", r->request_id);
	print_text(b, "from", r->from);
	print_text(b, "to", r->to);
	print_text(b, "instance", r->instance);
	print_number(b, "mcu-version", r->mcu_version);
	print_text(b, "default-region", r->default_region);
	ply_strbuf_adds(b, "\nkeys");
	print_keys(b, &r->keys);
	if (r->has_user)
		print_user(b, &r->user);
	if (r->has_conf)
		print_ci(b, &r->conf);
	print_lists(b, r);
}

static inline void print_invite(struct ply_strbuf *b, const struct ply_conf_invite *i)
{
	ply_strbuf_addf(b, "invite im=%d audio=%d", i->im, i->audio);
	print_text(b, "focus", i->focus_uri);
	print_text(b, "subject", i->subject);
	print_text(b, "conversation", i->conversation_id);
	print_text(b, "first-im", i->first_im);
	ply_strbuf_addc(b, '\n');
}

#endif
