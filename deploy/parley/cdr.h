/* What tests see of `parley cdr`. */
#ifndef CLI_CDR_H
#define CLI_CDR_H

#include "base/ply.h"
#include "base/slice.h"

#include <stdio.h>

/* "2026-01-31", "2026-01-31T09:00:00Z", or "90m", "2h", "7d": so long before now. */
bool cli_cdr_time(const char *word, uint64_t now_ms, uint64_t *out);
/* A CSV field (RFC 4180) and what follows it. */
void cli_cdr_csv(FILE *to, struct ply_slice s, bool last);

#endif
