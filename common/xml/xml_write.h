/* Escaping writer over a strbuf. Names are literals of ours; values come from anywhere: what
 *XML 1.0 cannot hold (control characters, bytes that are not UTF-8) is refused, and the refusal
 *remembered like a failed allocation: write on and ask ply_xmlw_end() once.
 *
 *	ply_xmlw_init(&w, &body);
 *	ply_xmlw_open(&w, "presence");
 *	ply_xmlw_attr(&w, "xmlns", PLY_NS_PIDF);
 *	ply_xmlw_leaf(&w, "note", text);
 *	ply_xmlw_close(&w);
 *	r = ply_xmlw_end(&w);
 * Pure. Rank 1. */
#ifndef PLY_XML_XML_WRITE_H
#define PLY_XML_XML_WRITE_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

enum { PLY_XMLW_DEPTH = 24 };

struct ply_xmlw {
	struct ply_strbuf *out;
	const char *open[PLY_XMLW_DEPTH]; /* LENT names */
	unsigned depth;
	bool in_tag; /* attributes may still come */
	int err;
};

void ply_xmlw_init(struct ply_xmlw *w, struct ply_strbuf *out);
/* <?xml version="1.0"?>; OCS clients do without. */
void ply_xmlw_declaration(struct ply_xmlw *w);
/* LENDS name until closed. Attributes next, then content. */
void ply_xmlw_open(struct ply_xmlw *w, const char *name);
void ply_xmlw_attr(struct ply_xmlw *w, const char *name, const char *value);
void ply_xmlw_attr_slice(struct ply_xmlw *w, const char *name, struct ply_slice value);
void ply_xmlw_attr_u64(struct ply_xmlw *w, const char *name, uint64_t value);
void ply_xmlw_attr_bool(struct ply_xmlw *w, const char *name, bool value); /* true, false */
void ply_xmlw_text(struct ply_xmlw *w, struct ply_slice text);
/* Well-formed XML of ours or read by xml_read: goes out as it is. */
void ply_xmlw_raw(struct ply_xmlw *w, struct ply_slice xml);
/* Ends the start tag and LENDS the buffer, for a writer of its own to put an element there. */
struct ply_strbuf *ply_xmlw_inside(struct ply_xmlw *w);
void ply_xmlw_close(struct ply_xmlw *w);
/* <name>text</name>; <name/> for an empty text. */
void ply_xmlw_leaf(struct ply_xmlw *w, const char *name, struct ply_slice text);
void ply_xmlw_leaf_u64(struct ply_xmlw *w, const char *name, uint64_t v);
/* An attribute, a leaf that is left out when empty. */
void ply_xmlw_some_attr(struct ply_xmlw *w, const char *name, struct ply_slice value);
void ply_xmlw_some_leaf(struct ply_xmlw *w, const char *name, struct ply_slice text);
/* 0, -EINVAL (a character XML cannot hold, or elements left open), -ENOMEM. */
int ply_xmlw_end(struct ply_xmlw *w);
/* The same, with the verdict kept in the buffer: ply_strbuf_err() of it tells the caller. */
void ply_xmlw_done(struct ply_xmlw *w);

/* Appends text with & < > (and in attributes also quotes, tab, CR, LF) escaped. false and nothing
 * appended when XML cannot hold it. */
bool ply_xml_escape(struct ply_strbuf *out, struct ply_slice text, bool attribute);
/* True when XML 1.0 can hold every character of s. */
bool ply_xml_holds(struct ply_slice s);

#endif
