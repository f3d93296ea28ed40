#include "c3p/c3p_internal.h"

static const char *const codes[] = {
	[PLY_C3P_SUCCESS] = "success",
	[PLY_C3P_PENDING] = "pending",
	[PLY_C3P_FAILURE] = "failure",
};

static enum ply_c3p_code read_code(struct ply_slice s)
{
	s = ply_slice_trim(s);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (ply_slice_caseis(s, codes[i]))
			return (enum ply_c3p_code)i;
	return PLY_C3P_FAILURE;
}

static void read_reason(struct ply_xmlin *in, struct ply_c3p_response *r,
			const struct ply_xml_el *el)
{
	struct ply_slice reason = ply_ci_attr(el, PLY_NS_CCCP_EXT, "reason");

	r->code = read_code(ply_xml_attr(in->root, "code"));
	if (!reason.p)
		reason = ply_ci_attr(in->root, PLY_NS_CCCP_EXT, "reason");
	if (r->code == PLY_C3P_FAILURE)
		r->reason = ply_c3p_reason_of(reason);
}

static void read_conferences(struct ply_xmlin *in, struct ply_c3p_response *r,
			     const struct ply_xml_el *el)
{
	struct ply_ci *list;

	if (r->cmd != PLY_C3P_GET_CONFERENCES) {
		el = ply_xml_child(el, NULL, "conference-info");
		r->has_conf = el != NULL;
		if (el)
			ply_ci_read(in, &r->conf, el);
		return;
	}
	list = ply_ci_take_array(in, el, "conference-info", PLY_C3P_MAX_LIST, sizeof *list);
	if (!list)
		return;
	r->list = list;
	PLY_XML_FOR(c, el, NULL, "conference-info")
		ply_ci_read(in, &list[r->n_list++], c);
}

static void read_mcu_types(struct ply_xmlin *in, struct ply_c3p_response *r,
			   const struct ply_xml_el *list)
{
	struct ply_slice *type =
		ply_ci_take_array(in, list, "mcuType", PLY_C3P_MAX_MCU_TYPES, sizeof *type);

	if (!type)
		return;
	r->mcu_type = type;
	PLY_XML_FOR(el, list, NULL, "mcuType")
		type[r->n_mcu_type++] = ply_ci_take(in, ply_xml_text_trim(el), PLY_CI_MAX_TOKEN);
}

static void read_regions(struct ply_xmlin *in, struct ply_c3p_response *r,
			 const struct ply_xml_el *list)
{
	struct ply_c3p_region *region =
		ply_ci_take_array(in, list, "region", PLY_C3P_MAX_REGIONS, sizeof *region);

	r->default_region = ply_ci_take_text(in, list, "default-region");
	if (!region)
		return;
	r->region = region;
	PLY_XML_FOR(el, list, NULL, "region")
		region[r->n_region++] = (struct ply_c3p_region){
			.name = ply_ci_take(in, ply_xml_attr(el, "name"), PLY_CI_MAX_TEXT),
			.number = ply_ci_take_token(in, ply_xml_child(el, NULL, "access-number"),
						    "number", PLY_CI_MAX_TEXT),
		};
}

static void read_info(struct ply_xmlin *in, struct ply_c3p_response *r,
		      const struct ply_xml_el *list)
{
	struct ply_c3p_pair *info =
		ply_ci_take_array(in, list, "entry", PLY_C3P_MAX_INFO, sizeof *info);

	if (!info)
		return;
	r->info = info;
	PLY_XML_FOR(el, list, NULL, "entry")
		info[r->n_info++] = (struct ply_c3p_pair){
			.key = ply_ci_take_token(in, el, "key", PLY_CI_MAX_TEXT),
			.value = ply_ci_take_token(in, el, "value", PLY_CI_MAX_TEXT),
		};
}

static void read_content(struct ply_xmlin *in, struct ply_c3p_response *r,
			 const struct ply_xml_el *el)
{
	const struct ply_xml_el *user = ply_xml_child(el, NULL, "user");
	const struct ply_xml_el *pstn = ply_xml_child(el, NULL, "pstn-bridging");

	ply_c3p_read_keys(in, &r->keys, el);
	read_conferences(in, r, el);
	r->has_user = user != NULL;
	if (user)
		ply_ci_read_user(in, &r->user, user);
	read_mcu_types(in, r, ply_xml_child(el, NULL, "mcu-types"));
	read_regions(in, r, ply_xml_child(pstn, NULL, "access-numbers"));
	read_info(in, r, ply_xml_child(el, NULL, "connection-info"));
	r->instance = ply_c3p_own(in, el, "instance");
	r->mcu_version = ply_c3p_own_u64(in, el, "mcu-version", UINT64_MAX);
}

int ply_c3p_response_parse(struct ply_c3p_response *out, struct ply_slice xml)
{
	const struct ply_xml_el *el;
	struct ply_c3p_head head;
	struct ply_xmlin in;
	int r;

	*out = (struct ply_c3p_response){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "response", &ply_ci_limits);
	if (!r) {
		ply_c3p_read_head(&in, &head);
		out->request_id = head.request_id;
		out->from = head.from;
		out->to = head.to;
		el = ply_c3p_read_cmd(&in, &out->cmd, &out->name);
		read_reason(&in, out, el);
		if (el)
			read_content(&in, out, el);
	}
	r = ply_xmlin_close(&in, r);
	if (r)
		*out = (struct ply_c3p_response){0};
	return r;
}

void ply_c3p_response_deinit(struct ply_c3p_response *r)
{
	ply_arena_deinit(&r->mem);
	*r = (struct ply_c3p_response){0};
}

void ply_c3p_response_to(struct ply_c3p_response *out, const struct ply_c3p_request *req,
			 enum ply_c3p_reason reason)
{
	*out = (struct ply_c3p_response){
		.request_id = req->request_id,
		.from = req->to,
		.to = req->from,
		.code = reason == PLY_C3P_R_NONE ? PLY_C3P_SUCCESS : PLY_C3P_FAILURE,
		.cmd = req->cmd,
		.name = req->name,
		.reason = reason,
	};
}

static void put_mcu_types(struct ply_xmlw *w, const struct ply_c3p_response *r)
{
	if (!r->n_mcu_type)
		return;
	ply_xmlw_open(w, "mcu-types");
	for (size_t i = 0; i < r->n_mcu_type; i++)
		ply_xmlw_leaf(w, "mcuType", r->mcu_type[i]);
	ply_xmlw_close(w);
}

static void put_regions(struct ply_xmlw *w, const struct ply_c3p_response *r)
{
	if (!r->n_region && !r->default_region.len)
		return;
	ply_xmlw_open(w, "pstn-bridging");
	ply_xmlw_open(w, "access-numbers");
	for (size_t i = 0; i < r->n_region; i++) {
		ply_xmlw_open(w, "region");
		ply_xmlw_attr_slice(w, "name", r->region[i].name);
		ply_xmlw_open(w, "access-number");
		ply_xmlw_leaf(w, "number", r->region[i].number);
		ply_xmlw_close(w);
		ply_xmlw_close(w);
	}
	ply_xmlw_some_leaf(w, "default-region", r->default_region);
	ply_xmlw_close(w);
	ply_xmlw_close(w);
}

static void put_info(struct ply_xmlw *w, const struct ply_c3p_response *r)
{
	if (!r->n_info)
		return;
	ply_xmlw_open(w, "connection-info");
	ply_xmlw_attr(w, "xmlns", PLY_NS_CONFINFO_EXT);
	for (size_t i = 0; i < r->n_info; i++) {
		ply_xmlw_open(w, "entry");
		ply_xmlw_leaf(w, "key", r->info[i].key);
		ply_xmlw_leaf(w, "value", r->info[i].value);
		ply_xmlw_close(w);
	}
	ply_xmlw_close(w);
}

static void put_attributes(struct ply_xmlw *w, const struct ply_c3p_response *r, bool own)
{
	if (r->code == PLY_C3P_FAILURE)
		ply_xmlw_attr(w, "reason",
			      ply_c3p_reason_name(r->reason == PLY_C3P_R_NONE
							  ? PLY_C3P_R_OTHER_FAILURE
							  : r->reason));
	if (!own && !r->instance.len && !r->mcu_version)
		return;
	ply_xmlw_attr(w, "xmlns:p", PLY_NS_PARLEY_C3P);
	ply_xmlw_some_attr(w, "p:instance", r->instance);
	ply_c3p_put_own_u64(w, "p:mcu-version", r->mcu_version);
}

static void put_content(struct ply_xmlw *w, const struct ply_c3p_response *r)
{
	ply_c3p_put_keys(w, &r->keys);
	if (r->has_conf)
		ply_ci_write(ply_xmlw_inside(w), &r->conf);
	for (size_t i = 0; i < r->n_list; i++)
		ply_ci_write(ply_xmlw_inside(w), &r->list[i]);
	if (r->has_user)
		ply_ci_put_user(w, &r->user, true);
	put_mcu_types(w, r);
	put_regions(w, r);
	put_info(w, r);
}

void ply_c3p_response_write(struct ply_strbuf *b, const struct ply_c3p_response *r)
{
	char buf[PLY_C3P_MAX_NAME + 3];
	const char *name = ply_c3p_name_text(r->cmd, r->name, buf);
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "response");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_CCCP);
	ply_xmlw_attr_slice(&w, "requestId", r->request_id);
	ply_xmlw_attr(&w, "C3PVersion", "1");
	ply_xmlw_attr_slice(&w, "from", r->from);
	ply_xmlw_attr_slice(&w, "to", r->to);
	ply_xmlw_attr(&w, "code", codes[r->code]);
	if (name[0]) {
		ply_xmlw_open(&w, name);
		put_attributes(&w, r, name[0] == 'p' && name[1] == ':');
		put_content(&w, r);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
