#include "presence/pidf_xml.h"

#include "presence/pres_internal.h"

#include <stdio.h>

/* Activities of RFC 4480, and the older form <activity>busy</activity>. */
static void read_activity(struct ply_xmlin *in, struct ply_pidf *p, const struct ply_xml_el *el)
{
	struct ply_slice name = ply_xml_name(el);

	if (ply_slice_is(name, "activity"))
		name = ply_xml_text_trim(el);
	if (ply_slice_is(name, "other") && !p->other.len)
		p->other = ply_xmlin_copy(in, ply_xml_text_trim(el));
	for (int a = 0; a < PLY_RPID_COUNT; a++)
		if (ply_slice_is(name, ply_rpid_name((enum ply_rpid_activity)a)))
			p->activities |= BIT((unsigned)a);
}

/* Activities, input and note stand in a person, or, from older clients, in a tuple or its status.
 */
static void read_about(struct ply_xmlin *in, struct ply_pidf *p, const struct ply_xml_el *el)
{
	PLY_XML_FOR(list, el, NULL, "activities")
		PLY_XML_FOR(a, list, NULL, NULL)
			read_activity(in, p, a);
	if (ply_slice_caseis(ply_xml_text_trim(ply_xml_child(el, NULL, "user-input")), "idle"))
		p->idle = true;
	if (!p->note.len)
		p->note = ply_xmlin_copy(in, ply_xml_text_trim(ply_xml_child(el, NULL, "note")));
}

static int read_tuple(struct ply_xmlin *in, struct ply_pidf *p, const struct ply_xml_el *el)
{
	const struct ply_xml_el *status = ply_xml_child(el, NULL, "status");
	struct ply_slice basic = ply_xml_text_trim(ply_xml_child(status, NULL, "basic"));
	/* RFC 3863 has open and closed alone; "unknown" is what baresip says before it knows its
	 * own state: it is there. */
	bool open = ply_slice_caseis(basic, "open") || ply_slice_caseis(basic, "unknown");
	int64_t at;

	if (basic.len && !open && !ply_slice_caseis(basic, "closed"))
		return PLY_PRES_E_CONTENT;
	if (basic.len)
		p->has_basic = true;
	p->open |= open;
	if (!p->contact.len)
		p->contact =
			ply_xmlin_copy(in, ply_xml_text_trim(ply_xml_child(el, NULL, "contact")));
	if (ply_datetime_read(ply_xml_child_text(el, NULL, "timestamp"), &at) &&
	    at > p->timestamp_ms)
		p->timestamp_ms = at;
	return 0;
}

static int read_presence(struct ply_xmlin *in, struct ply_pidf *p)
{
	struct ply_slice note = ply_xml_text_trim(ply_xml_child(in->root, NULL, "note"));

	if (ply_xml_count(in->root, "tuple") > PLY_PRES_MAX_TUPLES ||
	    ply_xml_count(in->root, "person") > PLY_PRES_MAX_TUPLES)
		return PLY_PRES_E_TOO_MANY;
	p->entity = ply_xmlin_copy(in, ply_slice_trim(ply_xml_attr(in->root, "entity")));
	PLY_XML_FOR(el, in->root, NULL, "person")
		read_about(in, p, el);
	if (!p->note.len)
		p->note = ply_xmlin_copy(in, note);
	PLY_XML_FOR(el, in->root, NULL, "tuple") {
		int r = read_tuple(in, p, el);

		if (r)
			return r;
		read_about(in, p, el);
		read_about(in, p, ply_xml_child(el, NULL, "status"));
	}
	return 0;
}

int ply_pidf_parse(struct ply_pidf *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_pidf){.open = false};
	r = ply_xmlin_open(&in, &out->mem, xml, "presence", NULL);
	/* RFC 3863 §4.1.1: other vocabularies have an element of this name too (XMPP, xpidf). */
	if (!r && !ply_xml_is(in.root, PLY_NS_PIDF, "presence"))
		r = PLY_PRES_E_CONTENT;
	if (!r)
		r = read_presence(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_pidf_deinit(struct ply_pidf *p)
{
	ply_arena_deinit(&p->mem);
	*p = (struct ply_pidf){.open = false};
}

/* RFC 3863 §4.1 and its schema give the order. */
static void put_tuple(struct ply_xmlw *w, const struct ply_pidf *p)
{
	char at[PLY_DATETIME_LEN + 1];

	ply_xmlw_open(w, "tuple");
	ply_xmlw_attr(w, "id", "t1");
	ply_xmlw_open(w, "status");
	ply_xmlw_leaf(w, "basic", ply_slice_str(p->open ? "open" : "closed"));
	ply_xmlw_close(w);
	ply_xmlw_some_leaf(w, "contact", p->contact);
	ply_xmlw_some_leaf(w, "note", p->note);
	if (p->timestamp_ms) {
		ply_datetime_text(at, p->timestamp_ms);
		ply_xmlw_leaf(w, "timestamp", ply_slice_str(at));
	}
	ply_xmlw_close(w);
}

/* Some clients search the text for "<rpid:away/>": these very prefixes, no blank. */
static void put_activities(struct ply_xmlw *w, const struct ply_pidf *p)
{
	if (!p->activities && !p->other.len)
		return;
	ply_xmlw_open(w, "rpid:activities");
	for (int a = 0; a < PLY_RPID_COUNT; a++) {
		char name[32];

		if (!(p->activities & BIT((unsigned)a)))
			continue;
		snprintf(name, sizeof name, "rpid:%s", ply_rpid_name((enum ply_rpid_activity)a));
		ply_xmlw_open(w, name);
		ply_xmlw_close(w);
	}
	ply_xmlw_some_leaf(w, "rpid:other", p->other);
	ply_xmlw_close(w);
}

static void put_person(struct ply_xmlw *w, const struct ply_pidf *p)
{
	if (!p->activities && !p->other.len && !p->idle && !p->note.len)
		return;
	ply_xmlw_open(w, "dm:person");
	ply_xmlw_attr(w, "id", "p1");
	put_activities(w, p);
	if (p->idle)
		ply_xmlw_leaf(w, "rpid:user-input", ply_slice_str("idle"));
	ply_xmlw_some_leaf(w, "dm:note", p->note);
	ply_xmlw_close(w);
}

void ply_pidf_write(struct ply_strbuf *b, const struct ply_pidf *p)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_declaration(&w);
	ply_xmlw_open(&w, "presence");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_PIDF);
	ply_xmlw_attr(&w, "xmlns:dm", PLY_NS_PIDF_DATA_MODEL);
	ply_xmlw_attr(&w, "xmlns:rpid", PLY_NS_PIDF_RPID);
	ply_xmlw_attr_slice(&w, "entity", p->entity);
	put_tuple(&w, p);
	put_person(&w, p);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
