/* Writing conference-info: no memory but the buffer's, whatever the size of the meeting. */
#include "base/datetime.h"
#include "c3p/c3p_internal.h"

#include <errno.h>

static void put_attr(struct ply_strbuf *b, const char *name, struct ply_slice value)
{
	ply_strbuf_addc(b, ' ');
	ply_strbuf_adds(b, name);
	ply_strbuf_adds(b, "=\"");
	if (!ply_xml_escape(b, value, true) && !b->err)
		b->err = -EINVAL;
	ply_strbuf_addc(b, '"');
}

void ply_ci_write_begin(struct ply_strbuf *b, const struct ply_ci *ci)
{
	char d[PLY_U64_DIGITS];

	ply_strbuf_adds(b, "<conference-info xmlns=\"" PLY_NS_CONFINFO
			   "\" xmlns:msci=\"" PLY_NS_CONFINFO_EXT "\"");
	put_attr(b, "entity", ci->entity);
	if (ci->state)
		put_attr(b, "state", ply_slice_str(ply_ci_state_name(ci->state)));
	if (ci->version)
		put_attr(b, "version", ply_slice_u64(ci->version, d));
	ply_strbuf_addc(b, '>');
}

static void put_conf_uris(struct ply_xmlw *w, const struct ply_ci_description *d)
{
	if (!d->n_conf_uri)
		return;
	ply_xmlw_open(w, "conf-uris");
	for (size_t i = 0; i < d->n_conf_uri; i++) {
		ply_xmlw_open(w, "entry");
		ply_xmlw_leaf(w, "uri", d->conf_uri[i].uri);
		ply_xmlw_some_leaf(w, "display-text", d->conf_uri[i].display_text);
		ply_xmlw_some_leaf(w, "purpose", d->conf_uri[i].purpose);
		ply_xmlw_close(w);
	}
	ply_xmlw_close(w);
}

static void put_time(struct ply_xmlw *w, const char *name, int64_t ms)
{
	char text[PLY_DATETIME_LEN + 1];

	if (ms <= 0)
		return;
	ply_datetime_text(text, ms);
	ply_ci_put_word(w, name, text);
}

static void put_raw(struct ply_xmlw *w, const char *name, struct ply_slice xml)
{
	if (!xml.len)
		return;
	ply_xmlw_open(w, name);
	ply_xmlw_raw(w, xml);
	ply_xmlw_close(w);
}

static void put_organizer(struct ply_xmlw *w, const struct ply_ci_description *d)
{
	if (!d->organizer.len && !d->organizer_name.len)
		return;
	ply_xmlw_open(w, "msci:organizer");
	ply_xmlw_some_leaf(w, "msci:uri", d->organizer);
	ply_xmlw_some_leaf(w, "msci:display-name", d->organizer_name);
	ply_xmlw_close(w);
}

/* What no client knows stands behind the separator. */
static void put_own(struct ply_xmlw *w, const struct ply_ci_description *d)
{
	if (!d->recurring)
		return;
	ply_xmlw_open(w, "cis:separator");
	ply_xmlw_attr(w, "xmlns:cis", PLY_NS_CONFINFO_SEPARATOR);
	ply_xmlw_close(w);
	ply_xmlw_open(w, "p:recurring");
	ply_xmlw_attr(w, "xmlns:p", PLY_NS_PARLEY_C3P);
	ply_xmlw_text(w, ply_slice_str("true"));
	ply_xmlw_close(w);
}

void ply_ci_write_description(struct ply_strbuf *b, const struct ply_ci_description *d)
{
	struct ply_xmlw w;

	if (!d->there)
		return;
	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "conference-description");
	ply_xmlw_some_leaf(&w, "display-text", d->display_text);
	if (d->subject.p)
		ply_xmlw_leaf(&w, "subject", d->subject);
	put_conf_uris(&w, d);
	ply_xmlw_some_leaf(&w, "msci:conference-id", d->conference_id);
	ply_xmlw_some_leaf(&w, "msci:conference-key", d->conference_key);
	put_time(&w, "msci:last-update", d->last_update_ms);
	put_time(&w, "msci:last-activate", d->last_activate_ms);
	if (d->says_active)
		ply_ci_put_word(&w, "msci:is-active", d->is_active ? "true" : "false");
	put_time(&w, "msci:expiry-time", d->expiry_ms);
	ply_ci_put_word(&w, "msci:admission-policy", ply_ci_admission_name(d->admission));
	put_raw(&w, "msci:organizer-roaming-data", d->organizer_data);
	put_raw(&w, "msci:notification-data", d->notification_data);
	put_organizer(&w, d);
	if (d->version)
		ply_xmlw_leaf_u64(&w, "msci:version", d->version);
	put_own(&w, d);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

void ply_ci_write_users_begin(struct ply_strbuf *b, enum ply_ci_state state)
{
	ply_strbuf_adds(b, "<users");
	if (state)
		put_attr(b, "state", ply_slice_str(ply_ci_state_name(state)));
	ply_strbuf_addc(b, '>');
}

void ply_ci_write_user(struct ply_strbuf *b, const struct ply_ci_user *u)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_ci_put_user(&w, u, false);
	ply_xmlw_done(&w);
}

/* SIPE finds the lock in the view whose media has the type chat: label and type, in this form. */
static void put_available(struct ply_xmlw *w, const struct ply_ci_media *m)
{
	ply_xmlw_open(w, "entry");
	ply_xmlw_some_attr(w, "label", m->label);
	ply_xmlw_some_leaf(w, "display-text", m->display_text);
	ply_xmlw_some_leaf(w, "type", m->type);
	ply_ci_put_word(w, "status", ply_ci_media_status_name(m->status));
	ply_xmlw_close(w);
}

static void put_entity_state(struct ply_xmlw *w, const struct ply_ci_view *v)
{
	if (!v->says_locked && !v->n_media)
		return;
	ply_xmlw_open(w, "msci:entity-state");
	if (v->says_locked)
		ply_ci_put_word(w, "msci:locked", v->locked ? "true" : "false");
	if (v->n_media) {
		ply_xmlw_open(w, "msci:media");
		for (size_t i = 0; i < v->n_media; i++)
			put_available(w, &v->media[i]);
		ply_xmlw_close(w);
	}
	ply_xmlw_close(w);
}

void ply_ci_write_views(struct ply_strbuf *b, const struct ply_ci_view *v, size_t n)
{
	struct ply_xmlw w;

	if (!n)
		return;
	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "msci:conference-view");
	ply_xmlw_attr(&w, "xmlns:ci", PLY_NS_CONFINFO);
	for (size_t i = 0; i < n; i++) {
		ply_xmlw_open(&w, "msci:entity-view");
		ply_ci_put_state(&w, "ci:state", v[i].state);
		ply_xmlw_attr_slice(&w, "entity", v[i].entity);
		ply_xmlw_raw(&w, v[i].settings);
		put_entity_state(&w, &v[i]);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

void ply_ci_write(struct ply_strbuf *b, const struct ply_ci *ci)
{
	ply_ci_write_begin(b, ci);
	ply_ci_write_description(b, &ci->description);
	if (ci->n_user || ci->users_state) {
		ply_ci_write_users_begin(b, ci->users_state);
		for (size_t i = 0; i < ci->n_user; i++)
			ply_ci_write_user(b, &ci->user[i]);
		ply_strbuf_adds(b, PLY_CI_USERS_END);
	}
	ply_ci_write_views(b, ci->view, ci->n_view);
	ply_strbuf_adds(b, PLY_CI_END);
}
