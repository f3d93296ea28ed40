/* Reading conference-info; its users are confinfo_user_xml.c. Namespaces are not asked for: the
 * names are distinct, and clients mix them up. */
#include "base/datetime.h"
#include "c3p/c3p_internal.h"

const struct ply_xml_limits ply_ci_limits = {
	.size = PLY_CI_MAX_DOC,
	.depth = 32,
	.nodes = 200000,
};

struct ply_slice ply_ci_attr(const struct ply_xml_el *el, const char *ns, const char *name)
{
	struct ply_slice v = ply_xml_attr(el, name);

	return ply_slice_trim(v.p ? v : ply_xml_attr_ns(el, ns, name));
}

struct ply_slice ply_ci_take(struct ply_xmlin *in, struct ply_slice s, size_t max)
{
	if (s.len <= max)
		return ply_xmlin_copy(in, s);
	ply_xmlin_fail(in, PLY_C3P_E_TOO_MANY);
	return ply_slice(NULL, 0);
}

struct ply_slice ply_ci_take_text(struct ply_xmlin *in, const struct ply_xml_el *el,
				  const char *name)
{
	return ply_ci_take(in, ply_xml_child_text(el, NULL, name), PLY_CI_MAX_TEXT);
}

struct ply_slice ply_ci_take_token(struct ply_xmlin *in, const struct ply_xml_el *el,
				   const char *name, size_t max)
{
	return ply_ci_take(in, ply_slice_trim(ply_xml_child_text(el, NULL, name)), max);
}

void *ply_ci_take_array(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name,
			size_t max, size_t size)
{
	size_t n = ply_xml_count(el, name);

	if (n <= max)
		return ply_xmlin_array(in, n, size);
	ply_xmlin_fail(in, PLY_C3P_E_TOO_MANY);
	return NULL;
}

int ply_ci_take_bool(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name)
{
	struct ply_slice v = ply_slice_trim(ply_xml_child_text(el, NULL, name));

	if (!v.p)
		return -1;
	if (ply_slice_caseis(v, "true") || ply_slice_is(v, "1"))
		return 1;
	if (!ply_slice_caseis(v, "false") && !ply_slice_is(v, "0"))
		ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	return 0;
}

/* The element's content as XML that stands by itself: texts as they are, child elements with the
 * namespaces that they use. */
static struct ply_slice take_inner(struct ply_xmlin *in, const struct ply_xml_el *el)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice inner, s;
	const char *at;

	if (!el)
		return ply_slice(NULL, 0);
	inner = ply_xml_raw_inner(el);
	at = inner.p;
	PLY_XML_FOR(c, el, NULL, NULL) {
		struct ply_slice raw = ply_xml_raw(c);

		ply_strbuf_add(&b, at, (size_t)(raw.p - at));
		ply_xml_add_outer(c, &b);
		at = raw.p + raw.len;
	}
	ply_strbuf_add(&b, at, inner.len - (size_t)(at - inner.p));
	if (ply_strbuf_err(&b))
		ply_xmlin_fail(in, ply_strbuf_err(&b));
	s = ply_ci_take(in, ply_strbuf_slice(&b), PLY_CI_MAX_BLOB);
	ply_strbuf_deinit(&b);
	return s;
}

static int64_t take_time(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name)
{
	struct ply_slice v = ply_slice_trim(ply_xml_child_text(el, NULL, name));
	int64_t ms = 0;

	if (v.len && (!ply_datetime_read(v, &ms) || ms <= 0))
		ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	return ms;
}

static uint32_t take_version(struct ply_xmlin *in, struct ply_slice v)
{
	uint32_t n = 0;

	if (v.len && !ply_slice_to_u32(ply_slice_trim(v), &n))
		ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	return n;
}

static void read_conf_uris(struct ply_xmlin *in, struct ply_ci_description *d,
			   const struct ply_xml_el *list)
{
	d->conf_uri =
		ply_ci_take_array(in, list, "entry", PLY_CI_MAX_CONF_URIS, sizeof *d->conf_uri);
	if (!d->conf_uri)
		return;
	PLY_XML_FOR(el, list, NULL, "entry")
		d->conf_uri[d->n_conf_uri++] = (struct ply_ci_conf_uri){
			.uri = ply_ci_take_token(in, el, "uri", PLY_CI_MAX_URI),
			.display_text = ply_ci_take_text(in, el, "display-text"),
			.purpose = ply_ci_take_token(in, el, "purpose", PLY_CI_MAX_TOKEN),
		};
}

/* Of old clients the organizer is the element's text. */
static void read_organizer(struct ply_xmlin *in, struct ply_ci_description *d,
			   const struct ply_xml_el *el)
{
	d->organizer = ply_ci_take_token(in, el, "uri", PLY_CI_MAX_URI);
	d->organizer_name = ply_ci_take_text(in, el, "display-name");
	if (el && !ply_xml_child(el, NULL, NULL))
		d->organizer = ply_ci_take(in, ply_xml_text_trim(el), PLY_CI_MAX_URI);
}

static void read_description(struct ply_xmlin *in, struct ply_ci_description *d,
			     const struct ply_xml_el *el)
{
	struct ply_slice admission = ply_xml_child_text(el, NULL, "admission-policy");
	int active;

	if (!el)
		return;
	d->there = true;
	d->subject = ply_ci_take_text(in, el, "subject");
	d->display_text = ply_ci_take_text(in, el, "display-text");
	d->conference_id = ply_ci_take_token(in, el, "conference-id", PLY_CI_MAX_CONF_ID);
	d->conference_key = ply_ci_take_token(in, el, "conference-key", PLY_CI_MAX_TEXT);
	read_organizer(in, d, ply_xml_child(el, NULL, "organizer"));
	d->notification_data = take_inner(in, ply_xml_child(el, NULL, "notification-data"));
	d->organizer_data = take_inner(in, ply_xml_child(el, NULL, "organizer-roaming-data"));
	d->says_admission = admission.p != NULL;
	d->admission = ply_ci_admission_of(admission);
	d->expiry_ms = take_time(in, el, "expiry-time");
	d->last_update_ms = take_time(in, el, "last-update");
	d->last_activate_ms = take_time(in, el, "last-activate");
	active = ply_ci_take_bool(in, el, "is-active");
	d->says_active = active >= 0;
	d->is_active = active > 0;
	d->recurring = ply_ci_take_bool(in, el, "recurring") > 0;
	d->version = take_version(in, ply_xml_child_text(el, NULL, "version"));
	read_conf_uris(in, d, ply_xml_child(el, NULL, "conf-uris"));
}

static void read_users(struct ply_xmlin *in, struct ply_ci *out, const struct ply_xml_el *list)
{
	if (!list)
		return;
	out->users_state = ply_ci_state_of(ply_ci_attr(list, PLY_NS_CONFINFO, "state"));
	out->user = ply_ci_take_array(in, list, "user", PLY_CI_MAX_USERS, sizeof *out->user);
	if (!out->user)
		return;
	PLY_XML_FOR(el, list, NULL, "user") {
		struct ply_ci_user *u = &out->user[out->n_user++];

		ply_ci_read_user(in, u, el);
		if (!u->entity.len)
			ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	}
}

static struct ply_slice take_settings(struct ply_xmlin *in, const struct ply_xml_el *el)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice s;

	if (!el)
		return ply_slice(NULL, 0);
	ply_xml_add_outer(el, &b);
	if (ply_strbuf_err(&b))
		ply_xmlin_fail(in, ply_strbuf_err(&b));
	s = ply_ci_take(in, ply_strbuf_slice(&b), PLY_CI_MAX_BLOB);
	ply_strbuf_deinit(&b);
	return s;
}

static void read_view(struct ply_xmlin *in, struct ply_ci_view *v, const struct ply_xml_el *el)
{
	const struct ply_xml_el *state = ply_xml_child(el, NULL, "entity-state");
	int locked = ply_ci_take_bool(in, state, "locked");

	v->entity = ply_ci_take(in, ply_ci_attr(el, PLY_NS_CONFINFO, "entity"), PLY_CI_MAX_URI);
	if (!v->entity.len)
		ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	v->state = ply_ci_state_of(ply_ci_attr(el, PLY_NS_CONFINFO, "state"));
	v->says_locked = locked >= 0;
	v->locked = locked > 0;
	v->settings = take_settings(in, ply_xml_child(el, NULL, "entity-settings"));
	v->media = ply_ci_read_media(in, ply_xml_child(state, NULL, "media"), "entry", &v->n_media);
}

static void read_views(struct ply_xmlin *in, struct ply_ci *out, const struct ply_xml_el *list)
{
	out->view = ply_ci_take_array(in, list, "entity-view", PLY_CI_MAX_VIEWS, sizeof *out->view);
	if (!out->view)
		return;
	PLY_XML_FOR(el, list, NULL, "entity-view")
		read_view(in, &out->view[out->n_view++], el);
}

void ply_ci_read(struct ply_xmlin *in, struct ply_ci *out, const struct ply_xml_el *el)
{
	out->entity = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "entity")), PLY_CI_MAX_URI);
	out->state = ply_ci_state_of(ply_xml_attr(el, "state"));
	out->version = take_version(in, ply_xml_attr(el, "version"));
	read_description(in, &out->description, ply_xml_child(el, NULL, "conference-description"));
	read_users(in, out, ply_xml_child(el, NULL, "users"));
	read_views(in, out, ply_xml_child(el, NULL, "conference-view"));
}

int ply_ci_parse(struct ply_ci *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_ci){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "conference-info", &ply_ci_limits);
	if (!r)
		ply_ci_read(&in, out, in.root);
	r = ply_xmlin_close(&in, r);
	if (r)
		*out = (struct ply_ci){0};
	return r;
}

void ply_ci_deinit(struct ply_ci *ci)
{
	ply_arena_deinit(&ci->mem);
	*ci = (struct ply_ci){0};
}
