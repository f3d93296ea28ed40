/* Bodies of several parts (RFC 2046 §5.1): walked, never unpacked. Pure. Rank 3. */
#ifndef PLY_SIP_SIP_MULTIPART_H
#define PLY_SIP_SIP_MULTIPART_H

#include "base/slice.h"

struct ply_sip_part {
	struct ply_slice type; /* value of its Content-Type; absent: text/plain */
	struct ply_slice body;
};

/* The type without parameters, trimmed: "text/plain". */
struct ply_slice ply_sip_media_type(struct ply_slice content_type);
/* The boundary parameter; empty: none, or one that is longer than 70 characters. */
struct ply_slice ply_sip_boundary(struct ply_slice content_type);
/* A walk over the parts of a body. Parts of a body that ends without its closing line are there
 * too; lines may end with LF alone. */
struct ply_sip_parts {
	struct ply_slice rest, boundary;
	bool over;
};
void ply_sip_parts_init(struct ply_sip_parts *w, struct ply_slice content_type,
			struct ply_slice body);
bool ply_sip_parts_next(struct ply_sip_parts *w, struct ply_sip_part *out); /* false: the end */

#endif
