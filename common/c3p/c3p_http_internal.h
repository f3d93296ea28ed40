/* The identifier that requests between servers carry. Pure. Rank 5. */
#ifndef PLY_C3P_C3P_HTTP_INTERNAL_H
#define PLY_C3P_C3P_HTTP_INTERNAL_H

#include "base/ply.h"
#include "base/slice.h"

#define C3P_ID_HEADER "Parley-Request-Id"

enum { C3P_INSTANCE_LEN = 32, C3P_ID_MAX = C3P_INSTANCE_LEN + 2 * PLY_U64_DIGITS + 4 };

struct c3p_id {
	char instance[C3P_INSTANCE_LEN + 1]; /* lower-case hex */
	uint64_t number;                     /* from 1 up */
	uint64_t done;                       /* < number */
};

/* "INSTANCE:NUMBER:DONE". -EBADMSG for anything else. */
int c3p_id_parse(struct c3p_id *out, struct ply_slice s);
/* LENDS a part of out. */
struct ply_slice c3p_id_format(const struct c3p_id *id, char out[C3P_ID_MAX]);

#endif
