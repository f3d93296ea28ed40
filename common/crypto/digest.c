#include "crypto/digest.h"

#include "base/err.h"
#include "crypto/secret.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>

enum alg { MD4, MD5, SHA1, SHA256, N_ALG };
enum { BLOCK = 64 }; /* of all four */

static const struct {
	const char *name;
	size_t len;
} algs[N_ALG] = {{"MD4", 16}, {"MD5", 16}, {"SHA1", 20}, {"SHA256", 32}};

/* Looking an algorithm up costs more than a short digest: it is done once. */
static EVP_MD *fetched[N_ALG];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t ctx_key;
static _Thread_local EVP_MD_CTX *ctx;

static void free_ctx(void *c)
{
	EVP_MD_CTX_free(c);
}

/* MD4 lives in the legacy provider, in a library context of its own: what TLS may use stays as the
 * administrator configured it. */
static void fetch(void)
{
	OSSL_LIB_CTX *legacy = OSSL_LIB_CTX_new();

	if (legacy && OSSL_PROVIDER_load(legacy, "legacy"))
		fetched[MD4] = EVP_MD_fetch(legacy, algs[MD4].name, NULL);
	for (size_t i = MD5; i < N_ALG; i++)
		fetched[i] = EVP_MD_fetch(NULL, algs[i].name, NULL);
	(void)pthread_key_create(&ctx_key, free_ctx);
}

static EVP_MD_CTX *thread_ctx(void)
{
	if (ctx)
		return ctx;
	(void)pthread_once(&once, fetch);
	ctx = EVP_MD_CTX_new();
	(void)pthread_setspecific(ctx_key, ctx); /* freed when the thread ends */
	return ctx;
}

static bool digest(enum alg a, const void *pad, const struct ply_slice *part, size_t n,
		   uint8_t *out)
{
	EVP_MD_CTX *c = thread_ctx();

	if (!c || !fetched[a] || EVP_DigestInit_ex(c, fetched[a], NULL) != 1)
		return false;
	if (pad && EVP_DigestUpdate(c, pad, BLOCK) != 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (part[i].len && EVP_DigestUpdate(c, part[i].p, part[i].len) != 1)
			return false;
	return EVP_DigestFinal_ex(c, out, NULL) == 1;
}

static int plain(enum alg a, const struct ply_slice *part, size_t n, uint8_t *out)
{
	if (digest(a, NULL, part, n, out))
		return 0;
	memset(out, 0, algs[a].len);
	return ply_err_origin(-EIO);
}

static int one(enum alg a, const void *p, size_t len, uint8_t *out)
{
	const struct ply_slice part = {p, len};

	return plain(a, &part, 1, out);
}

/* RFC 2104 */
static int hmac(enum alg a, const void *key, size_t klen, const struct ply_slice *part, size_t n,
		uint8_t *out)
{
	uint8_t pad[BLOCK] = {0}, inner[32];
	const struct ply_slice in = {(const char *)inner, algs[a].len};
	bool ok = true;

	if (klen > BLOCK)
		ok = one(a, key, klen, pad) == 0;
	else if (klen)
		memcpy(pad, key, klen);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	ok = ok && digest(a, pad, part, n, inner);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	ok = ok && digest(a, pad, &in, 1, out);
	ply_secret_wipe(pad, sizeof pad);
	if (ok)
		return 0;
	memset(out, 0, algs[a].len);
	return ply_err_origin(-EIO);
}

int ply_md4(const void *p, size_t len, uint8_t out[16])
{
	return one(MD4, p, len, out);
}

int ply_md5(const void *p, size_t len, uint8_t out[16])
{
	return one(MD5, p, len, out);
}

int ply_sha1(const void *p, size_t len, uint8_t out[20])
{
	return one(SHA1, p, len, out);
}

int ply_sha256(const void *p, size_t len, uint8_t out[32])
{
	return one(SHA256, p, len, out);
}

int ply_md5_parts(const struct ply_slice *part, size_t n, uint8_t out[16])
{
	return plain(MD5, part, n, out);
}

int ply_sha256_parts(const struct ply_slice *part, size_t n, uint8_t out[32])
{
	return plain(SHA256, part, n, out);
}

int ply_hmac_md5(const void *key, size_t klen, const void *p, size_t len, uint8_t out[16])
{
	const struct ply_slice part = {p, len};

	return hmac(MD5, key, klen, &part, 1, out);
}

int ply_hmac_sha1(const void *key, size_t klen, const void *p, size_t len, uint8_t out[20])
{
	const struct ply_slice part = {p, len};

	return hmac(SHA1, key, klen, &part, 1, out);
}

int ply_hmac_sha256(const void *key, size_t klen, const void *p, size_t len, uint8_t out[32])
{
	const struct ply_slice part = {p, len};

	return hmac(SHA256, key, klen, &part, 1, out);
}

int ply_hmac_md5_parts(const void *key, size_t klen, const struct ply_slice *part, size_t n,
		       uint8_t out[16])
{
	return hmac(MD5, key, klen, part, n, out);
}

int ply_hmac_sha256_parts(const void *key, size_t klen, const struct ply_slice *part, size_t n,
			  uint8_t out[32])
{
	return hmac(SHA256, key, klen, part, n, out);
}
