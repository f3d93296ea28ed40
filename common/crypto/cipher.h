/* AES-256-GCM for secrets at rest, and RC4 as NTLM seals with it ([MS-NLMP] 3.4.2), which nothing
 * new may use. Rank 1. */
#ifndef PLY_CRYPTO_CIPHER_H
#define PLY_CRYPTO_CIPHER_H

#include "base/ply.h"

/* A fresh key stream over len bytes; in and out may be the same. klen 1..256, otherwise -EINVAL. */
int ply_rc4(const void *key, size_t klen, const void *in, size_t len, uint8_t *out);

/* NIST SP 800-38D, 96-bit nonce. `out` takes nonce, ciphertext and tag: len + PLY_SEAL_MORE octets.
 * The nonce is random: far fewer than 2^32 texts under one key. 0 or -EIO. */
enum { PLY_SEAL_KEY = 32, PLY_SEAL_MORE = 12 + 16 };
int ply_seal(const uint8_t key[PLY_SEAL_KEY], const void *in, size_t len, uint8_t *out);
/* And back: out takes len - PLY_SEAL_MORE octets. -EBADMSG: not sealed under this key, or changed
 * (out is wiped). */
int ply_unseal(const uint8_t key[PLY_SEAL_KEY], const void *in, size_t len, uint8_t *out);

#endif
