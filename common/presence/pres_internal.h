/* What the codecs of this folder share. */
#ifndef PLY_PRESENCE_PRES_INTERNAL_H
#define PLY_PRESENCE_PRES_INTERNAL_H

#include "presence/pres.h"
#include "xml/xml_doc.h"
#include "xml/xml_ns.h"
#include "xml/xml_read.h"
#include "xml/xml_write.h"

/* An attribute with the address in the form wanted, whatever form it has. */
void ply_pres_out_uri(struct ply_xmlw *w, const char *name, struct ply_slice uri, bool with_sip);

#endif
