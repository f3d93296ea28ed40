#include "xml/xml_write.h"

#include "base/utf8.h"

#include <errno.h>

/* XML 1.0 production [2] Char */
bool ply_xml_holds(struct ply_slice s)
{
	uint32_t cp;

	while (s.len) {
		uint8_t c = (uint8_t)s.p[0];

		if (c >= 0x20 && c < 0x80) {
			s = ply_slice_from(s, 1);
			continue;
		}
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return false;
		if (!ply_utf8_next(&s, &cp) || cp == 0xfffe || cp == 0xffff)
			return false;
	}
	return true;
}

/* NULL: the character stands for itself. */
static const char *entity(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r': /* a parser would make it a line feed */
		return "&#13;";
	case '"':
		return attribute ? "&quot;" : NULL;
	case '\n': /* a parser would make it a blank */
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

bool ply_xml_escape(struct ply_strbuf *out, struct ply_slice text, bool attribute)
{
	size_t from = 0;

	if (!ply_xml_holds(text))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const char *e = entity(text.p[i], attribute);

		if (!e)
			continue;
		ply_strbuf_add(out, text.p + from, i - from);
		ply_strbuf_adds(out, e);
		from = i + 1;
	}
	if (text.len > from)
		ply_strbuf_add(out, text.p + from, text.len - from);
	return true;
}

void ply_xmlw_init(struct ply_xmlw *w, struct ply_strbuf *out)
{
	*w = (struct ply_xmlw){.out = out};
}

void ply_xmlw_declaration(struct ply_xmlw *w)
{
	ply_strbuf_adds(w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

static void end_tag(struct ply_xmlw *w)
{
	if (w->in_tag)
		ply_strbuf_addc(w->out, '>');
	w->in_tag = false;
}

void ply_xmlw_open(struct ply_xmlw *w, const char *name)
{
	if (w->depth == PLY_XMLW_DEPTH) {
		w->err = -EINVAL;
		return;
	}
	end_tag(w);
	ply_strbuf_addc(w->out, '<');
	ply_strbuf_adds(w->out, name);
	w->open[w->depth++] = name;
	w->in_tag = true;
}

void ply_xmlw_attr_slice(struct ply_xmlw *w, const char *name, struct ply_slice value)
{
	if (!w->in_tag) {
		w->err = -EINVAL;
		return;
	}
	ply_strbuf_addc(w->out, ' ');
	ply_strbuf_adds(w->out, name);
	ply_strbuf_adds(w->out, "=\"");
	if (!ply_xml_escape(w->out, value, true))
		w->err = -EINVAL;
	ply_strbuf_addc(w->out, '"');
}

void ply_xmlw_attr(struct ply_xmlw *w, const char *name, const char *value)
{
	ply_xmlw_attr_slice(w, name, ply_slice_str(value));
}

void ply_xmlw_attr_u64(struct ply_xmlw *w, const char *name, uint64_t value)
{
	char d[PLY_U64_DIGITS];

	ply_xmlw_attr_slice(w, name, ply_slice_u64(value, d));
}

void ply_xmlw_attr_bool(struct ply_xmlw *w, const char *name, bool value)
{
	ply_xmlw_attr(w, name, value ? "true" : "false");
}

void ply_xmlw_text(struct ply_xmlw *w, struct ply_slice text)
{
	if (!text.len)
		return;
	end_tag(w);
	if (!ply_xml_escape(w->out, text, false))
		w->err = -EINVAL;
}

void ply_xmlw_raw(struct ply_xmlw *w, struct ply_slice xml)
{
	if (!xml.len)
		return;
	end_tag(w);
	ply_strbuf_add_slice(w->out, xml);
}

struct ply_strbuf *ply_xmlw_inside(struct ply_xmlw *w)
{
	end_tag(w);
	return w->out;
}

void ply_xmlw_close(struct ply_xmlw *w)
{
	if (!w->depth) {
		w->err = -EINVAL;
		return;
	}
	w->depth--;
	if (w->in_tag) {
		ply_strbuf_adds(w->out, "/>");
	} else {
		ply_strbuf_adds(w->out, "</");
		ply_strbuf_adds(w->out, w->open[w->depth]);
		ply_strbuf_addc(w->out, '>');
	}
	w->in_tag = false;
}

void ply_xmlw_leaf(struct ply_xmlw *w, const char *name, struct ply_slice text)
{
	ply_xmlw_open(w, name);
	ply_xmlw_text(w, text);
	ply_xmlw_close(w);
}

int ply_xmlw_end(struct ply_xmlw *w)
{
	if (ply_strbuf_err(w->out))
		return ply_strbuf_err(w->out);
	if (w->depth)
		return -EINVAL;
	return w->err;
}

void ply_xmlw_done(struct ply_xmlw *w)
{
	int r = ply_xmlw_end(w);

	if (r && !w->out->err)
		w->out->err = r;
}

void ply_xmlw_some_attr(struct ply_xmlw *w, const char *name, struct ply_slice value)
{
	if (value.len)
		ply_xmlw_attr_slice(w, name, value);
}

void ply_xmlw_some_leaf(struct ply_xmlw *w, const char *name, struct ply_slice text)
{
	if (text.len)
		ply_xmlw_leaf(w, name, text);
}

void ply_xmlw_leaf_u64(struct ply_xmlw *w, const char *name, uint64_t v)
{
	char d[PLY_U64_DIGITS];

	ply_xmlw_leaf(w, name, ply_slice_u64(v, d));
}
