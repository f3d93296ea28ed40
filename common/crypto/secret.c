#include "crypto/secret.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <string.h>

void ply_secret_wipe(void *p, size_t len)
{
	if (len)
		OPENSSL_cleanse(p, len);
}

bool ply_secret_eq(const void *a, const void *b, size_t len)
{
	return !len || CRYPTO_memcmp(a, b, len) == 0;
}

void ply_secret_free_str(char *s)
{
	if (s)
		ply_secret_wipe(s, strlen(s));
	ply_free(s);
}
