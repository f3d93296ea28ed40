#include "presence/container_xml.h"
#include "presence/pres_internal.h"

static int read_subscribers(struct ply_xmlin *in, struct ply_set_subscribers *out)
{
	size_t n = ply_xml_count(in->root, "subscriber");

	if (!n)
		return PLY_PRES_E_CONTENT;
	if (n > PLY_PRES_MAX_SUBSCRIBERS)
		return PLY_PRES_E_TOO_MANY;
	out->subscriber = ply_xmlin_array(in, n, sizeof *out->subscriber);
	if (!out->subscriber)
		return in->err;
	PLY_XML_FOR(el, in->root, NULL, "subscriber") {
		struct ply_slice user;

		if (!ply_xml_attr_text(el, "user", PLY_PRES_MAX_URI, &user) ||
		    !ply_pres_bare_uri(user).len)
			return PLY_PRES_E_CONTENT;
		out->subscriber[out->n++] = (struct ply_subscriber_ack){
			.user = ply_xmlin_copy(in, ply_pres_bare_uri(user)),
			.acknowledged = ply_xml_attr_bool(el, "acknowledged", false),
		};
	}
	return 0;
}

int ply_set_subscribers_parse(struct ply_set_subscribers *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_set_subscribers){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "setSubscribers", NULL);
	if (!r)
		r = read_subscribers(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_set_subscribers_deinit(struct ply_set_subscribers *s)
{
	ply_arena_deinit(&s->mem);
	*s = (struct ply_set_subscribers){0};
}

void ply_subscribers_write(struct ply_strbuf *b, const struct ply_subscriber *s, size_t n)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "subscribers");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_SUBSCRIBERS);
	for (size_t i = 0; i < n; i++) {
		ply_xmlw_open(&w, "subscriber");
		ply_pres_out_uri(&w, "user", s[i].user, false);
		ply_xmlw_attr_slice(&w, "displayName", s[i].display_name);
		ply_xmlw_attr_bool(&w, "acknowledged", s[i].acknowledged);
		ply_xmlw_attr(&w, "type", ply_member_type_name(s[i].type));
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
