/* What the codecs of this folder share: reading one document into an arena, closing a writer. */
#ifndef PLY_PRESENCE_PRES_INTERNAL_H
#define PLY_PRESENCE_PRES_INTERNAL_H

#include "presence/pres.h"
#include "xml/xml_ns.h"
#include "xml/xml_read.h"
#include "xml/xml_write.h"

/* One document while it is read. The XML is freed before the codec returns; what the struct keeps
 * is copied to its arena. */
struct ply_pres_in {
	struct ply_xml *x;
	const struct ply_xml_el *root;
	struct ply_arena *mem;
	int err; /* 0 or -ENOMEM, remembered */
};

/* Initialises mem. 0, PLY_PRES_E_XML, _TOO_MANY (over the reader's limits), _CONTENT (another root
 * element), -ENOMEM. Close in any case. */
int ply_pres_in_open(struct ply_pres_in *in, struct ply_arena *mem, struct ply_slice xml,
		     const char *root);
/* Frees the XML, and mem too unless all went well. Returns r, or the remembered error when r is 0.
 */
int ply_pres_in_close(struct ply_pres_in *in, int r);
/* LENDS zeroed memory of the arena; NULL when memory is out or n is 0. */
void *ply_pres_in_array(struct ply_pres_in *in, size_t n, size_t size);
/* A copy; absent stays absent. */
struct ply_slice ply_pres_in_copy(struct ply_pres_in *in, struct ply_slice s);
/* Child elements of el of this name (NULL: all), verbatim, each complete in its namespaces, one
 * after the other. */
struct ply_slice ply_pres_in_children(struct ply_pres_in *in, const struct ply_xml_el *el,
				      const char *name);
size_t ply_pres_count(const struct ply_xml_el *el, const char *name);
/* The attribute, trimmed, with 1-max bytes? */
bool ply_pres_attr_text(const struct ply_xml_el *el, const char *name, size_t max,
			struct ply_slice *out);

/* Keeps the writer's verdict in its buffer: ply_strbuf_err() of b tells the caller. */
void ply_pres_out_end(struct ply_xmlw *w);
/* An attribute that is left out when empty. */
void ply_pres_out_attr(struct ply_xmlw *w, const char *name, struct ply_slice value);
/* A leaf that is left out when empty. */
void ply_pres_out_leaf(struct ply_xmlw *w, const char *name, struct ply_slice text);
void ply_pres_out_leaf_u64(struct ply_xmlw *w, const char *name, uint64_t v);
/* An attribute with the address in the form wanted, whatever form it has. */
void ply_pres_out_uri(struct ply_xmlw *w, const char *name, struct ply_slice uri, bool with_sip);

#endif
