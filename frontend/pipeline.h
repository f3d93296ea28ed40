/* The order of stages; see pipeline.c. */
#ifndef FE_PIPELINE_H
#define FE_PIPELINE_H

#include "frontend/fe.h"

extern const struct ply_sip_tu_ops fe_tu_ops;
void fe_requests_drop(struct fe *fe);

#endif
