/* The Front End as a role: made, started, drained and freed. */
#ifndef FE_CONTEXT_H
#define FE_CONTEXT_H

#include "base/strbuf.h"

struct ply_role_ctx;

int fe_init(struct ply_role_ctx *ctx, void **self);
int fe_start(void *self);
void fe_reload(void *self);
void fe_drain(void *self);
void fe_stop(void *self);
void fe_status(void *self, struct ply_strbuf *out);

#endif
