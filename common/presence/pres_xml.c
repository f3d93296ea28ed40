#include "presence/pres_internal.h"

void ply_pres_out_uri(struct ply_xmlw *w, const char *name, struct ply_slice uri, bool with_sip)
{
	char full[PLY_PRES_MAX_URI + 5] = "sip:";
	struct ply_slice bare = ply_pres_bare_uri(uri);

	if (!with_sip || bare.len >= sizeof full - 4 ||
	    !ply_slice_copy(bare, full + 4, sizeof full - 4)) {
		ply_xmlw_attr_slice(w, name, with_sip ? uri : bare);
		return;
	}
	ply_xmlw_attr(w, name, full);
}
