/* Elements as xml_read.c builds them and xml_walk.c reads them. */
#ifndef PLY_XML_XML_INTERNAL_H
#define PLY_XML_XML_INTERNAL_H

#include "base/arena.h"
#include "xml/xml_read.h"

struct ply_xml_attr {
	struct ply_slice name, prefix, ns, value;
};

struct ply_xml_nsdecl {
	struct ply_slice prefix, uri; /* prefix empty: the default namespace */
};

struct ply_xml_el {
	const struct ply_xml *x;
	struct ply_xml_el *up, *first, *last, *next;
	struct ply_slice name, prefix, ns, text;
	const struct ply_xml_attr *attr;
	const struct ply_xml_nsdecl *nsdecl;
	size_t n_attr, n_nsdecl;
	size_t raw_start, raw_end; /* in x->in */
};

struct ply_xml {
	struct ply_arena arena;
	struct ply_slice in;
	struct ply_xml_el *root;
};

#endif
