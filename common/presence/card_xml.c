#include "presence/card_xml.h"

#include "presence/pres_internal.h"

void ply_contact_card_write(struct ply_strbuf *b, const struct ply_card *c)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "contactCard");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_CONTACTCARD);
	ply_xmlw_open(&w, "identity");
	ply_xmlw_open(&w, "name");
	ply_xmlw_some_leaf(&w, "displayName", c->display_name);
	ply_xmlw_close(&w);
	ply_xmlw_some_leaf(&w, "email", c->email);
	ply_xmlw_close(&w);
	ply_xmlw_some_leaf(&w, "company", c->company);
	ply_xmlw_some_leaf(&w, "department", c->department);
	ply_xmlw_some_leaf(&w, "title", c->title);
	ply_xmlw_some_leaf(&w, "office", c->office);
	if (c->work_phone.len) {
		ply_xmlw_open(&w, "phone");
		ply_xmlw_attr(&w, "type", "work");
		ply_xmlw_leaf(&w, "uri", c->work_phone);
		ply_xmlw_some_leaf(&w, "displayString", c->work_phone_display);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

void ply_user_properties_write(struct ply_strbuf *b, enum ply_line_type type, struct ply_slice line,
			       struct ply_slice line_server)
{
	static const char *const names[] = {
		[PLY_LINE_UC] = "Uc",
		[PLY_LINE_RCC] = "Rcc",
		[PLY_LINE_DUAL] = "Dual",
	};
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "userProperties");
	ply_xmlw_open(&w, "lines");
	if (type != PLY_LINE_NONE && line.len) {
		ply_xmlw_open(&w, "line");
		ply_xmlw_attr(&w, "lineType", names[type]);
		if (type != PLY_LINE_UC)
			ply_xmlw_some_attr(&w, "lineServer", line_server);
		ply_xmlw_text(&w, line);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}

static void read_note(struct ply_xmlin *in, struct ply_note *out)
{
	const struct ply_xml_el *best = ply_xml_child(in->root, NULL, "body");

	PLY_XML_FOR(el, in->root, NULL, "body")
		if (!out->oof && ply_slice_caseis(ply_xml_attr(el, "type"), "OOF")) {
			out->oof = true;
			best = el;
		}
	out->text = ply_xmlin_copy(in, ply_xml_text_trim(best));
}

int ply_note_parse(struct ply_note *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_note){.oof = false};
	r = ply_xmlin_open(&in, &out->mem, xml, "note", NULL);
	if (!r)
		read_note(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_note_deinit(struct ply_note *n)
{
	ply_arena_deinit(&n->mem);
	*n = (struct ply_note){.oof = false};
}

void ply_note_write(struct ply_strbuf *b, struct ply_slice text)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "note");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_NOTE);
	if (text.len) {
		ply_xmlw_open(&w, "body");
		ply_xmlw_attr(&w, "type", "personal");
		ply_xmlw_attr(&w, "uri", "");
		ply_xmlw_text(&w, text);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
