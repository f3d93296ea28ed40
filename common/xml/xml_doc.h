/* Reading one document into an arena: what the codecs named *_xml.c begin and end with. Pure.
 * Rank 1. */
#ifndef PLY_XML_XML_DOC_H
#define PLY_XML_XML_DOC_H

#include "base/arena.h"
#include "xml/xml_read.h"

/* What every codec's own outcomes begin with, by these numbers. */
enum {
	PLY_XMLIN_E_XML = 1, /* not well-formed, or with a DOCTYPE */
	PLY_XMLIN_E_CONTENT, /* another document */
	PLY_XMLIN_E_LIMIT,   /* over the reader's limits */
};

/* One document while it is read. The XML is freed before the codec returns; what the struct keeps
 * is copied to its arena. */
struct ply_xmlin {
	struct ply_xml *x;
	const struct ply_xml_el *root;
	struct ply_arena *mem;
	int err; /* -ENOMEM, or what the codec refused: the first of them is remembered */
};

/* Initialises mem. 0, PLY_XMLIN_E_* (CONTENT: another root element), -ENOMEM. limits NULL: the
 * default. Close in any case. */
int ply_xmlin_open(struct ply_xmlin *in, struct ply_arena *mem, struct ply_slice xml,
		   const char *root, const struct ply_xml_limits *limits);
/* Frees the XML, and mem too unless all went well. Returns r, or the remembered error when there is
 * one. */
int ply_xmlin_close(struct ply_xmlin *in, int r);
/* Remembers a refusal, so that reading goes on without asking and the end tells. */
void ply_xmlin_fail(struct ply_xmlin *in, int r);
/* LENDS zeroed memory of the arena; NULL when memory is out or n is 0. */
void *ply_xmlin_array(struct ply_xmlin *in, size_t n, size_t size);
/* A copy; absent stays absent. */
struct ply_slice ply_xmlin_copy(struct ply_xmlin *in, struct ply_slice s);
/* Child elements of el of this name (NULL: all), verbatim, each complete in its namespaces, one
 * after the other. */
struct ply_slice ply_xmlin_children(struct ply_xmlin *in, const struct ply_xml_el *el,
				    const char *name);

#endif
