/* Users, endpoints and media of conference-info, both ways: RFC 4575 §5.6-5.8 with the extensions
 * of [MS-CONFBAS] 2.2.2. */
#include "base/datetime.h"
#include "c3p/c3p_internal.h"

static void read_one_media(struct ply_xmlin *in, struct ply_ci_media *m,
			   const struct ply_xml_el *el)
{
	/* In available-media the label is an attribute, in an endpoint an element. */
	struct ply_slice label = ply_ci_attr(el, PLY_NS_CONFINFO, "label");

	m->id = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "id")), PLY_CI_MAX_TOKEN);
	m->type = ply_ci_take_token(in, el, "type", PLY_CI_MAX_TOKEN);
	m->label = label.p ? ply_ci_take(in, label, PLY_CI_MAX_TOKEN)
			   : ply_ci_take_token(in, el, "label", PLY_CI_MAX_TOKEN);
	m->display_text = ply_ci_take_text(in, el, "display-text");
	m->src_id = ply_ci_take_token(in, el, "src-id", PLY_CI_MAX_TOKEN);
	m->status = ply_ci_media_status_of(ply_xml_child_text(el, NULL, "status"));
	m->ingress = ply_ci_filter_of(ply_xml_child_text(el, NULL, "media-ingress-filter"));
	m->egress = ply_ci_filter_of(ply_xml_child_text(el, NULL, "media-egress-filter"));
	m->media_state = ply_ci_status_of(ply_xml_child_text(el, NULL, "media-state"));
}

struct ply_ci_media *ply_ci_read_media(struct ply_xmlin *in, const struct ply_xml_el *list,
				       const char *name, size_t *n)
{
	struct ply_ci_media *m = ply_ci_take_array(in, list, name, PLY_CI_MAX_MEDIA, sizeof *m);

	*n = 0;
	if (!m)
		return NULL;
	PLY_XML_FOR(el, list, NULL, name)
		read_one_media(in, &m[(*n)++], el);
	return m;
}

/* Clients write these as attributes, some as elements. */
static struct ply_slice attr_or_child(struct ply_xmlin *in, const struct ply_xml_el *el,
				      const char *name, size_t max)
{
	struct ply_slice v = ply_ci_attr(el, PLY_NS_CONFINFO_EXT, name);

	return v.p ? ply_ci_take(in, v, max) : ply_ci_take_token(in, el, name, max);
}

void ply_ci_read_endpoint(struct ply_xmlin *in, struct ply_ci_endpoint *e,
			  const struct ply_xml_el *el)
{
	const struct ply_xml_el *joining = ply_xml_child(el, NULL, "joining-info");

	e->entity = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "entity")), PLY_CI_MAX_URI);
	e->state = ply_ci_state_of(ply_ci_attr(el, PLY_NS_CONFINFO, "state"));
	e->session_type = attr_or_child(in, el, "session-type", PLY_CI_MAX_TOKEN);
	e->uri = attr_or_child(in, el, "endpoint-uri", PLY_CI_MAX_URI);
	e->refer_to = attr_or_child(in, el, "refer-to-uri", PLY_CI_MAX_URI);
	e->status = ply_ci_status_of(ply_xml_child_text(el, NULL, "status"));
	e->joining = ply_ci_joining_of(ply_xml_child_text(el, NULL, "joining-method"));
	if (!ply_datetime_read(ply_xml_child_text(joining, NULL, "when"), &e->joined_ms) ||
	    e->joined_ms < 0)
		e->joined_ms = 0;
	e->auth = ply_ci_auth_of(ply_xml_child_text(el, NULL, "authMethod"));
	e->access = ply_ci_access_of(ply_xml_child_text(el, NULL, "accessMethod"));
	e->media = ply_ci_read_media(in, el, "media", &e->n_media);
}

void ply_ci_read_user(struct ply_xmlin *in, struct ply_ci_user *u, const struct ply_xml_el *el)
{
	const struct ply_xml_el *roles = ply_xml_child(el, NULL, "roles");

	u->entity = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "entity")), PLY_CI_MAX_URI);
	u->state = ply_ci_state_of(ply_ci_attr(el, PLY_NS_CONFINFO, "state"));
	u->display_text = ply_ci_take_text(in, el, "display-text");
	u->role = ply_ci_role_of(ply_xml_child_text(roles, NULL, "entry"));
	if (!ply_slice_to_u32(ply_slice_trim(ply_xml_attr_ns(el, PLY_NS_PARLEY_C3P, "messages")),
			      &u->messages))
		u->messages = 0;
	u->endpoint =
		ply_ci_take_array(in, el, "endpoint", PLY_CI_MAX_ENDPOINTS, sizeof *u->endpoint);
	if (!u->endpoint)
		return;
	PLY_XML_FOR(c, el, NULL, "endpoint")
		ply_ci_read_endpoint(in, &u->endpoint[u->n_endpoint++], c);
}

void ply_ci_put_word(struct ply_xmlw *w, const char *name, const char *word)
{
	ply_xmlw_some_leaf(w, name, ply_slice_str(word));
}

void ply_ci_put_state(struct ply_xmlw *w, const char *name, enum ply_ci_state state)
{
	ply_xmlw_some_attr(w, name, ply_slice_str(ply_ci_state_name(state)));
}

static void open_element(struct ply_xmlw *w, const char *name, bool rooted)
{
	ply_xmlw_open(w, name);
	if (!rooted)
		return;
	ply_xmlw_attr(w, "xmlns", PLY_NS_CONFINFO);
	ply_xmlw_attr(w, "xmlns:msci", PLY_NS_CONFINFO_EXT);
}

void ply_ci_put_media(struct ply_xmlw *w, const struct ply_ci_media *m, bool rooted)
{
	open_element(w, "media", rooted);
	ply_xmlw_some_attr(w, "id", m->id);
	ply_xmlw_some_leaf(w, "display-text", m->display_text);
	ply_xmlw_some_leaf(w, "type", m->type);
	ply_xmlw_some_leaf(w, "label", m->label);
	ply_xmlw_some_leaf(w, "src-id", m->src_id);
	ply_ci_put_word(w, "status", ply_ci_media_status_name(m->status));
	ply_ci_put_word(w, "msci:media-ingress-filter", ply_ci_filter_name(m->ingress));
	ply_ci_put_word(w, "msci:media-egress-filter", ply_ci_filter_name(m->egress));
	ply_ci_put_word(w, "msci:media-state", ply_ci_status_name(m->media_state));
	ply_xmlw_close(w);
}

static void put_joined(struct ply_xmlw *w, int64_t ms)
{
	char at[PLY_DATETIME_LEN + 1];

	if (ms <= 0)
		return;
	ply_datetime_text(at, ms);
	ply_xmlw_open(w, "joining-info");
	ply_ci_put_word(w, "when", at);
	ply_xmlw_close(w);
}

void ply_ci_put_endpoint(struct ply_xmlw *w, const struct ply_ci_endpoint *e, bool rooted)
{
	open_element(w, "endpoint", rooted);
	ply_xmlw_attr_slice(w, "entity", e->entity);
	ply_ci_put_state(w, "state", e->state);
	ply_xmlw_some_attr(w, "msci:session-type", e->session_type);
	ply_xmlw_some_attr(w, "msci:endpoint-uri", e->uri);
	ply_xmlw_some_attr(w, "msci:refer-to-uri", e->refer_to);
	ply_ci_put_word(w, "status", ply_ci_status_name(e->status));
	ply_ci_put_word(w, "joining-method", ply_ci_joining_name(e->joining));
	put_joined(w, e->joined_ms);
	for (size_t i = 0; i < e->n_media; i++)
		ply_ci_put_media(w, &e->media[i], false);
	ply_ci_put_word(w, "msci:authMethod", ply_ci_auth_name(e->auth));
	ply_ci_put_word(w, "msci:accessMethod", ply_ci_access_name(e->access));
	ply_xmlw_close(w);
}

void ply_ci_put_user(struct ply_xmlw *w, const struct ply_ci_user *u, bool rooted)
{
	open_element(w, "user", rooted);
	ply_xmlw_attr_slice(w, "entity", u->entity);
	ply_ci_put_state(w, "state", u->state);
	if (u->messages) {
		ply_xmlw_attr(w, "xmlns:p", PLY_NS_PARLEY_C3P);
		ply_xmlw_attr_u64(w, "p:messages", u->messages);
	}
	ply_xmlw_some_leaf(w, "display-text", u->display_text);
	if (u->role != PLY_CI_ROLE_NONE) {
		ply_xmlw_open(w, "roles");
		ply_ci_put_word(w, "entry", ply_ci_role_name(u->role));
		ply_xmlw_close(w);
	}
	for (size_t i = 0; i < u->n_endpoint; i++)
		ply_ci_put_endpoint(w, &u->endpoint[i], false);
	ply_xmlw_close(w);
}
