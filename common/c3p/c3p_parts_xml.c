/* What requests and responses have in common: addresses, keys, the command, attributes of
 * Parley's own namespace. */
#include "c3p/c3p_internal.h"

#include <stdio.h>

void ply_c3p_read_head(struct ply_xmlin *in, struct ply_c3p_head *out)
{
	out->request_id = ply_ci_take(in, ply_slice_trim(ply_xml_attr(in->root, "requestId")),
				      PLY_C3P_MAX_NAME);
	out->from = ply_ci_take(in, ply_slice_trim(ply_xml_attr(in->root, "from")), PLY_CI_MAX_URI);
	out->to = ply_ci_take(in, ply_slice_trim(ply_xml_attr(in->root, "to")), PLY_CI_MAX_URI);
}

/* The most exact keys that are set name the element. */
static const char *keys_name(const struct ply_c3p_keys *k)
{
	if (k->media.len)
		return "mediaKeys";
	if (k->endpoint.len)
		return "endpointKeys";
	if (k->user.len)
		return "userKeys";
	return k->conf.len || k->conf_id.len ? "conferenceKeys" : NULL;
}

void ply_c3p_read_keys(struct ply_xmlin *in, struct ply_c3p_keys *out, const struct ply_xml_el *cmd)
{
	static const char *const names[] = {"conferenceKeys", "userKeys", "endpointKeys",
					    "mediaKeys"};
	const struct ply_xml_el *el = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !el; i++)
		el = ply_xml_child(cmd, NULL, names[i]);
	if (!el)
		return;
	*out = (struct ply_c3p_keys){
		.conf = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "confEntity")),
				    PLY_CI_MAX_URI),
		.user = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "userEntity")),
				    PLY_CI_MAX_URI),
		.endpoint = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "endpointEntity")),
					PLY_CI_MAX_URI),
		.media = ply_ci_take(in, ply_slice_trim(ply_xml_attr(el, "mediaId")),
				     PLY_C3P_MAX_NAME),
		.conf_id = ply_ci_take(in, ply_ci_attr(el, PLY_NS_CONFINFO_EXT, "conference-id"),
				       PLY_CI_MAX_CONF_ID),
	};
}

void ply_c3p_put_keys(struct ply_xmlw *w, const struct ply_c3p_keys *k)
{
	const char *name = keys_name(k);

	if (!name)
		return;
	ply_xmlw_open(w, name);
	ply_xmlw_some_attr(w, "confEntity", k->conf);
	ply_xmlw_some_attr(w, "userEntity", k->user);
	ply_xmlw_some_attr(w, "endpointEntity", k->endpoint);
	ply_xmlw_some_attr(w, "mediaId", k->media);
	if (k->conf_id.len) {
		ply_xmlw_attr(w, "xmlns:msci", PLY_NS_CONFINFO_EXT);
		ply_xmlw_attr_slice(w, "msci:conference-id", k->conf_id);
	}
	ply_xmlw_close(w);
}

const struct ply_xml_el *ply_c3p_read_cmd(struct ply_xmlin *in, enum ply_c3p_cmd *cmd,
					  struct ply_slice *name)
{
	const struct ply_xml_el *el = ply_xml_child(in->root, NULL, NULL);

	if (el) {
		*name = ply_ci_take(in, ply_xml_name(el), PLY_C3P_MAX_NAME);
		*cmd = ply_c3p_cmd_of(ply_xml_name(el));
	}
	if (el && !ply_xml_next(el, NULL, NULL))
		return el;
	ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	return NULL;
}

const char *ply_c3p_name_text(enum ply_c3p_cmd cmd, struct ply_slice name,
			      char buf[PLY_C3P_MAX_NAME + 3])
{
	bool own = cmd == PLY_C3P_MCU_STATUS || cmd == PLY_C3P_NOTIFY;

	if (!name.len)
		name = ply_slice_str(ply_c3p_cmd_name(cmd));
	if (name.len > PLY_C3P_MAX_NAME)
		name.len = 0;
	(void)snprintf(buf, PLY_C3P_MAX_NAME + 3, "%s%.*s", own && name.len ? "p:" : "",
		       PLY_SLICE_ARG(name));
	return buf;
}

struct ply_slice ply_c3p_own(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name)
{
	return ply_ci_take(in, ply_slice_trim(ply_xml_attr_ns(el, PLY_NS_PARLEY_C3P, name)),
			   PLY_CI_MAX_TEXT);
}

uint64_t ply_c3p_own_u64(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name,
			 uint64_t max)
{
	struct ply_slice v = ply_slice_trim(ply_xml_attr_ns(el, PLY_NS_PARLEY_C3P, name));
	uint64_t n = 0;

	if (v.p && !ply_slice_to_u64(v, max, &n))
		ply_xmlin_fail(in, PLY_C3P_E_CONTENT);
	return n;
}

void ply_c3p_put_own_u64(struct ply_xmlw *w, const char *name, uint64_t v)
{
	if (v)
		ply_xmlw_attr_u64(w, name, v);
}
