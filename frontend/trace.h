/* `parley trace`: the clear SIP of one user, as it comes and goes, through the admin socket. Free
 * while nobody looks. */
#ifndef FE_TRACE_H
#define FE_TRACE_H

#include "frontend/fe.h"

struct ply_admin;

/* Sets fe->trace and registers the command "trace ADDRESS headers|bodies". 0 or a negative code. */
int fe_trace_new(struct fe *fe, struct ply_admin *admin);
void fe_trace_free(struct fe *fe); /* ends what still looks */
void fe_trace_message(struct fe *fe, const struct ply_sip_hop *hop, bool out,
		      struct ply_slice text);

#endif
