#include "c3p/c3p_internal.h"

static void read_status(struct ply_xmlin *in, struct ply_c3p_mcu_status *s,
			const struct ply_xml_el *el)
{
	const struct {
		const char *name;
		struct ply_slice *out;
	} texts[] = {
		{"type", &s->type},       {"instance", &s->instance}, {"fqdn", &s->fqdn},
		{"url", &s->url},         {"sip", &s->sip},           {"address", &s->address},
		{"version", &s->version},
	};
	const struct {
		const char *name;
		uint32_t *out;
	} numbers[] = {
		{"load", &s->load},
		{"conferences", &s->conferences},
		{"endpoints", &s->endpoints},
		{"max-endpoints", &s->max_endpoints},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i].out = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, texts[i].name)),
					    PLY_CI_MAX_TEXT);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (!ply_xml_attr_u32(el, numbers[i].name, numbers[i].out))
			ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	s->draining = ply_xml_attr_bool(el, "draining", false);
}

static void read_own(struct ply_xmlin *in, struct ply_c3p_request *r, const struct ply_xml_el *el)
{
	const struct ply_xml_el *actor = ply_xml_child(el, PLY_NS_PARLEY_C3P, "actor");

	r->actor.uri = ply_ci_take(in, ply_slice_trim(ply_xml_attr(actor, "uri")), PLY_CI_MAX_URI);
	r->actor.role = ply_ci_role_of(ply_xml_attr(actor, "role"));
	r->actor.auth = ply_ci_auth_of(ply_xml_attr(actor, "auth"));
	r->instance = ply_c3p_own(in, el, "instance");
	r->callback = ply_c3p_own(in, el, "callback");
	r->epoch = ply_c3p_own_u64(in, el, "epoch", UINT64_MAX);
	r->mcu_version = ply_c3p_own_u64(in, el, "mcu-version", UINT64_MAX);
	r->max_users = (uint32_t)ply_c3p_own_u64(in, el, "max-users", UINT32_MAX);
	r->full = ply_slice_is(ply_xml_attr_ns(el, PLY_NS_PARLEY_C3P, "full"), "true");
	if (r->cmd == PLY_C3P_MCU_STATUS)
		read_status(in, &r->status, el);
}

static void read_users(struct ply_xmlin *in, struct ply_c3p_request *r, const struct ply_xml_el *el)
{
	const struct ply_xml_el *user = ply_xml_child(el, NULL, "user");

	if (user) {
		r->has_user = true;
		r->n_user = (unsigned)ply_xml_count(el, "user");
		ply_ci_read_user(in, &r->user, user);
	} else if (r->cmd == PLY_C3P_MODIFY_USER && ply_xml_child(el, NULL, "display-text")) {
		r->has_user = true; /* renameUser */
		r->user.entity = r->keys.user;
		r->user.display_text = ply_ci_take_text(in, el, "display-text");
	}
}

static void read_role(struct ply_c3p_request *r, const struct ply_xml_el *el)
{
	const struct ply_xml_el *roles = ply_xml_child(el, NULL, "user-roles");

	if (!roles)
		roles = ply_xml_child(el, NULL, "roles");
	r->role = ply_ci_role_of(ply_xml_child_text(roles, NULL, "entry"));
}

/* The endpoint, or its media alone. */
static void read_endpoint(struct ply_xmlin *in, struct ply_c3p_request *r,
			  const struct ply_xml_el *el)
{
	const struct ply_xml_el *endpoint = ply_xml_child(el, NULL, "endpoint");

	r->has_endpoint = endpoint || ply_xml_child(el, NULL, "media");
	if (endpoint) {
		ply_ci_read_endpoint(in, &r->endpoint, endpoint);
		return;
	}
	r->endpoint.entity = r->keys.endpoint;
	r->endpoint.media = ply_ci_read_media(in, el, "media", &r->endpoint.n_media);
}

static void read_content(struct ply_xmlin *in, struct ply_c3p_request *r,
			 const struct ply_xml_el *el)
{
	const struct ply_xml_el *conf = ply_xml_child(el, NULL, "conference-info");
	int locked;

	r->mcu_uri = ply_ci_take(in, ply_ci_attr(el, PLY_NS_CCCP_EXT, "mcuUri"), PLY_CI_MAX_URI);
	ply_c3p_read_keys(in, &r->keys, el);
	if (conf) {
		r->has_conf = true;
		ply_ci_read(in, &r->conf, conf);
	}
	read_users(in, r, el);
	read_role(r, el);
	locked = ply_ci_take_bool(in, el, "locked");
	r->has_locked = locked >= 0;
	r->locked = locked > 0;
	read_endpoint(in, r, el);
	read_own(in, r, el);
}

static void read_request(struct ply_xmlin *in, struct ply_c3p_request *r, size_t size)
{
	const struct ply_xml_el *el;
	struct ply_c3p_head head;

	ply_c3p_read_head(in, &head);
	r->request_id = head.request_id;
	r->from = head.from;
	r->to = head.to;
	el = ply_c3p_read_cmd(in, &r->cmd, &r->name);
	if (el && r->cmd != PLY_C3P_NOTIFY && size > PLY_C3P_MAX_REQUEST)
		ply_xmlin_fail(in, PLY_C3P_E_TOO_MANY);
	else if (el)
		read_content(in, r, el);
}

int ply_c3p_request_parse(struct ply_c3p_request *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_c3p_request){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "request", &ply_ci_limits);
	if (!r)
		read_request(&in, out, xml.len);
	if (!r && in.err > 0) { /* what was read stays, for an answer */
		r = in.err;
		in.err = 0;
		(void)ply_xmlin_close(&in, 0);
		return r;
	}
	r = ply_xmlin_close(&in, r);
	if (r)
		*out = (struct ply_c3p_request){0};
	return r;
}

void ply_c3p_request_deinit(struct ply_c3p_request *r)
{
	ply_arena_deinit(&r->mem);
	*r = (struct ply_c3p_request){0};
}

void ply_c3p_request_distrust(struct ply_c3p_request *r)
{
	r->actor = (struct ply_c3p_actor){0};
	r->status = (struct ply_c3p_mcu_status){0};
	r->instance = r->callback = ply_slice(NULL, 0);
	r->epoch = r->mcu_version = 0;
	r->full = false;
	r->max_users = 0;
}

static void put_status(struct ply_xmlw *w, const struct ply_c3p_mcu_status *s)
{
	ply_xmlw_some_attr(w, "type", s->type);
	ply_xmlw_some_attr(w, "instance", s->instance);
	ply_xmlw_some_attr(w, "fqdn", s->fqdn);
	ply_xmlw_some_attr(w, "url", s->url);
	ply_xmlw_some_attr(w, "sip", s->sip);
	ply_xmlw_some_attr(w, "address", s->address);
	ply_xmlw_some_attr(w, "version", s->version);
	ply_xmlw_attr_u64(w, "load", s->load);
	ply_xmlw_attr_u64(w, "conferences", s->conferences);
	ply_xmlw_attr_u64(w, "endpoints", s->endpoints);
	ply_xmlw_attr_u64(w, "max-endpoints", s->max_endpoints);
	ply_xmlw_attr_bool(w, "draining", s->draining);
}

static bool has_own(const struct ply_c3p_request *r)
{
	return r->cmd == PLY_C3P_MCU_STATUS || r->cmd == PLY_C3P_NOTIFY || r->actor.uri.len ||
	       r->instance.len || r->callback.len || r->epoch || r->mcu_version || r->full ||
	       r->max_users;
}

static void put_attributes(struct ply_xmlw *w, const struct ply_c3p_request *r)
{
	ply_xmlw_some_attr(w, "mscp:mcuUri", r->mcu_uri);
	if (!has_own(r))
		return;
	ply_xmlw_attr(w, "xmlns:p", PLY_NS_PARLEY_C3P);
	if (r->cmd == PLY_C3P_MCU_STATUS)
		put_status(w, &r->status);
	ply_xmlw_some_attr(w, "p:instance", r->instance);
	ply_xmlw_some_attr(w, "p:callback", r->callback);
	ply_c3p_put_own_u64(w, "p:epoch", r->epoch);
	ply_c3p_put_own_u64(w, "p:mcu-version", r->mcu_version);
	ply_c3p_put_own_u64(w, "p:max-users", r->max_users);
	if (r->full)
		ply_xmlw_attr_bool(w, "p:full", true);
}

static void put_actor(struct ply_xmlw *w, const struct ply_c3p_actor *a)
{
	if (!a->uri.len)
		return;
	ply_xmlw_open(w, "p:actor");
	ply_xmlw_attr_slice(w, "uri", a->uri);
	ply_xmlw_some_attr(w, "role", ply_slice_str(ply_ci_role_name(a->role)));
	ply_xmlw_some_attr(w, "auth", ply_slice_str(ply_ci_auth_name(a->auth)));
	ply_xmlw_close(w);
}

static void put_role(struct ply_xmlw *w, enum ply_ci_role role)
{
	if (role == PLY_CI_ROLE_NONE)
		return;
	ply_xmlw_open(w, "user-roles");
	ply_xmlw_attr(w, "xmlns", PLY_NS_CONFINFO);
	ply_ci_put_word(w, "entry", ply_ci_role_name(role));
	ply_xmlw_close(w);
}

static void put_endpoint(struct ply_xmlw *w, const struct ply_c3p_request *r)
{
	if (!r->has_endpoint)
		return;
	if (r->cmd != PLY_C3P_MODIFY_ENDPOINT_MEDIA) {
		ply_ci_put_endpoint(w, &r->endpoint, true);
		return;
	}
	for (size_t i = 0; i < r->endpoint.n_media; i++)
		ply_ci_put_media(w, &r->endpoint.media[i], true);
}

static void put_content(struct ply_xmlw *w, const struct ply_c3p_request *r)
{
	put_actor(w, &r->actor);
	ply_c3p_put_keys(w, &r->keys);
	if (r->has_conf)
		ply_ci_write(ply_xmlw_inside(w), &r->conf);
	if (r->has_user)
		ply_ci_put_user(w, &r->user, true);
	put_role(w, r->role);
	if (r->has_locked)
		ply_ci_put_word(w, "locked", r->locked ? "true" : "false");
	put_endpoint(w, r);
}

void ply_c3p_request_write(struct ply_strbuf *b, const struct ply_c3p_request *r)
{
	char buf[PLY_C3P_MAX_NAME + 3];
	const char *name = ply_c3p_name_text(r->cmd, r->name, buf);
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "request");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_CCCP);
	ply_xmlw_attr(&w, "xmlns:mscp", PLY_NS_CCCP_EXT);
	ply_xmlw_attr(&w, "C3PVersion", "1");
	ply_xmlw_attr_slice(&w, "to", r->to);
	ply_xmlw_attr_slice(&w, "from", r->from);
	ply_xmlw_attr_slice(&w, "requestId", r->request_id);
	if (name[0]) {
		ply_xmlw_open(&w, name);
		put_attributes(&w, r);
		put_content(&w, r);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
