/* Bounded reading of XML from peers: no DOCTYPE, no entities of one's own, no network, limits on
 * size, depth and number of nodes. UTF-8 only. A document is read at once into plain elements; the
 * codecs named *_xml.c walk them into their structs. Everything LENT lives as long as the document;
 * raw text is a view of the caller's input, which must live as long. Pure. Rank 1. */
#ifndef PLY_XML_XML_READ_H
#define PLY_XML_XML_READ_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

struct ply_xml;
struct ply_xml_el;

enum {
	PLY_XML_E_MALFORMED = 1, /* not well-formed, or not UTF-8 */
	PLY_XML_E_LIMIT,         /* larger, deeper or of more nodes than allowed */
	PLY_XML_E_DOCTYPE,       /* a DOCTYPE: refused, nobody needs one */
};

struct ply_xml_limits {
	size_t size;    /* bytes */
	unsigned depth; /* elements within elements; at most 128 */
	unsigned nodes; /* elements and attributes */
};
/* 256 KiB, 32 deep, 16384 nodes. */
extern const struct ply_xml_limits ply_xml_default_limits;

/* GIVES *out. 0, PLY_XML_E_*, -ENOMEM. limits NULL: the default. Blanks before the document are
 * allowed (clients send them). */
int ply_xml_parse(struct ply_xml **out, struct ply_slice in, const struct ply_xml_limits *limits);
void ply_xml_free(struct ply_xml *x);

const struct ply_xml_el *ply_xml_root(const struct ply_xml *x);
/* First child, next sibling of this local name and namespace; NULL as either means any. NULL when
 * there is none; el NULL gives NULL, so that calls can be chained. */
const struct ply_xml_el *ply_xml_child(const struct ply_xml_el *el, const char *ns,
				       const char *name);
const struct ply_xml_el *ply_xml_next(const struct ply_xml_el *el, const char *ns,
				      const char *name);
/* Children of this local name; NULL: all. */
size_t ply_xml_count(const struct ply_xml_el *el, const char *name);
/* for (each child of el of this name) */
/* NOLINTBEGIN(bugprone-macro-parentheses): `it` is declared, not used */
#define PLY_XML_FOR(it, el, ns, name)                                                              \
	for (const struct ply_xml_el *it = ply_xml_child((el), (ns), (name)); it;                  \
	     it = ply_xml_next(it, (ns), (name)))
/* NOLINTEND(bugprone-macro-parentheses) */

bool ply_xml_is(const struct ply_xml_el *el, const char *ns, const char *name);
struct ply_slice ply_xml_name(const struct ply_xml_el *el); /* local name */
struct ply_slice ply_xml_ns(const struct ply_xml_el *el);   /* empty: none */
/* Attribute without prefix; p is NULL when absent (or el is NULL). */
struct ply_slice ply_xml_attr(const struct ply_xml_el *el, const char *name);
struct ply_slice ply_xml_attr_ns(const struct ply_xml_el *el, const char *ns, const char *name);
/* The attribute, trimmed, with 1-max bytes? */
bool ply_xml_attr_text(const struct ply_xml_el *el, const char *name, size_t max,
		       struct ply_slice *out);
/* Decimal attribute; false when absent or no number up to 2^32-1. */
bool ply_xml_attr_u32(const struct ply_xml_el *el, const char *name, uint32_t *out);
/* xs:boolean: "true", "1", "false", "0" in any case; `def` when absent or anything else. */
bool ply_xml_attr_bool(const struct ply_xml_el *el, const char *name, bool def);
/* Character data directly in el, decoded; pieces between child elements joined. Empty when none,
 * p NULL when el is NULL. */
struct ply_slice ply_xml_text(const struct ply_xml_el *el);
/* ... without blanks at both ends. */
struct ply_slice ply_xml_text_trim(const struct ply_xml_el *el);
/* Text of the child of this name: "" when it is empty, p NULL when there is no such child. */
struct ply_slice ply_xml_child_text(const struct ply_xml_el *el, const char *ns, const char *name);

/* The element as it stood in the input, tags included. It may use prefixes declared further out. */
struct ply_slice ply_xml_raw(const struct ply_xml_el *el);
/* What stood between its tags. */
struct ply_slice ply_xml_raw_inner(const struct ply_xml_el *el);
/* Appends the element as it stood, with the namespace declarations added that it uses from further
 * out (also prefixes at the beginning of attribute values, as in xsi:type="p:name"): fit to be
 * stored and put into another document. An element without namespace is not protected from the
 * default namespace there. Memory: ply_strbuf_err(out). */
void ply_xml_add_outer(const struct ply_xml_el *el, struct ply_strbuf *out);

#endif
