#include "c3p/c3p_internal.h"

int ply_conf_invite_parse(struct ply_conf_invite *out, struct ply_slice xml)
{
	const struct ply_xml_el *im;
	struct ply_xmlin in;
	int r;

	*out = (struct ply_conf_invite){0};
	r = ply_xmlin_open(&in, &out->mem, xml, "Conferencing", NULL);
	if (!r) {
		im = ply_xml_child(in.root, NULL, "im");
		out->focus_uri = ply_ci_take_token(&in, in.root, "focus-uri", PLY_CI_MAX_URI);
		out->subject = ply_ci_take_text(&in, in.root, "subject");
		out->conversation_id =
			ply_ci_take_token(&in, in.root, "conversation-id", PLY_CI_MAX_TEXT);
		out->im = ply_xml_attr_bool(im, "available", false);
		out->audio = ply_xml_attr_bool(ply_xml_child(in.root, NULL, "audio"), "available",
					       false);
		out->first_im =
			ply_ci_take(&in, ply_xml_child_text(im, NULL, "first-im"), PLY_CI_MAX_BLOB);
		if (!out->focus_uri.len)
			ply_xmlin_fail(&in, PLY_C3P_E_CONTENT);
	}
	r = ply_xmlin_close(&in, r);
	if (r)
		*out = (struct ply_conf_invite){0};
	return r;
}

void ply_conf_invite_deinit(struct ply_conf_invite *i)
{
	ply_arena_deinit(&i->mem);
	*i = (struct ply_conf_invite){0};
}

void ply_conf_invite_write(struct ply_strbuf *b, const struct ply_conf_invite *i)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "Conferencing");
	ply_xmlw_attr(&w, "version", "2.0");
	ply_xmlw_leaf(&w, "focus-uri", i->focus_uri);
	ply_xmlw_leaf(&w, "subject", i->subject);
	if (i->im || i->first_im.len) {
		ply_xmlw_open(&w, "im");
		ply_xmlw_attr_bool(&w, "available", i->im);
		ply_xmlw_leaf(&w, "first-im", i->first_im);
		ply_xmlw_close(&w);
	}
	if (i->audio) {
		ply_xmlw_open(&w, "audio");
		ply_xmlw_attr_bool(&w, "available", true);
		ply_xmlw_close(&w);
	}
	ply_xmlw_some_leaf(&w, "conversation-id", i->conversation_id);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
