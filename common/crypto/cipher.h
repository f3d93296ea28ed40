/* RC4 as NTLM seals with it ([MS-NLMP] 3.4.2). Nothing new may use it. Rank 1. */
#ifndef PLY_CRYPTO_CIPHER_H
#define PLY_CRYPTO_CIPHER_H

#include "base/ply.h"

/* A fresh key stream over len bytes; in and out may be the same. klen 1..256, otherwise -EINVAL. */
int ply_rc4(const void *key, size_t klen, const void *in, size_t len, uint8_t *out);

#endif
