/* Random bytes from the kernel, taken 4 KiB at a time and handed out once (each thread its own; a
 * child after fork starts with none). Fit for keys. Never fails: a kernel without random numbers
 * ends the process. Rank 1. */
#ifndef PLY_CRYPTO_RANDOM_H
#define PLY_CRYPTO_RANDOM_H

#include "base/ply.h"

enum { PLY_UUID_MAX = 37 };

void ply_random_bytes(void *p, size_t len);
uint32_t ply_random_u32(void);
/* 0 <= result < n, all alike likely; n > 0. */
uint32_t ply_random_below(uint32_t n);
/* `digits` lower-case hex digits and a NUL (cap digits + 1): tags, branches, call ids. Returns out.
 */
char *ply_random_hex(char *out, size_t digits);
/* RFC 4122 version 4, lower case. Returns out. */
char *ply_random_uuid(char out[PLY_UUID_MAX]);

#endif
