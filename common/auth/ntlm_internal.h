/* Shared by ntlm_msg.c and ntlm.c only. */
#ifndef PLY_AUTH_NTLM_INTERNAL_H
#define PLY_AUTH_NTLM_INTERNAL_H

#include "auth/ntlm.h"

enum { PLY_NTLM_MAX_UTF16 = 2 * PLY_NTLM_MAX_NAME };

/* UTF-8 to UTF-16LE of at most PLY_NTLM_MAX_NAME units. 0 with *len set in bytes, or -EINVAL. */
int ply_ntlm_utf16(struct ply_slice utf8, uint8_t out[PLY_NTLM_MAX_UTF16], size_t *len);
/* Upper case in place, one unit at a time as Windows does (no character changes its length). */
void ply_ntlm_upper(uint8_t *utf16, size_t len);

#endif
