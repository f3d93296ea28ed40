/* OpenSSL's read and write buffers, 16 KiB and a little, come and go with every record of a
 * connection that is not to keep them (SSL_MODE_RELEASE_BUFFERS). malloc cuts such blocks from the
 * heap and merges them again each time, which was 6 % of the Front End's time with small messages;
 * a few are kept here in place of that. Everything else goes on to malloc. */
#include "net/tls_internal.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>

enum { LEAST = 16384, MOST = 20480, KEPT = 8 };

static _Thread_local void *kept[KEPT];
static _Thread_local unsigned n_kept;

static void *take(size_t len, const char *file, int line)
{
	(void)file, (void)line;
	if (!len)
		return NULL; /* as OpenSSL's own */
	if (len <= LEAST || len > MOST)
		return malloc(len);
	/* All of one size, so that each fits. */
	return n_kept ? kept[--n_kept] : malloc(MOST);
}

static void give(void *p, const char *file, int line)
{
	(void)file, (void)line;
	if (p && n_kept < KEPT && malloc_usable_size(p) >= MOST &&
	    malloc_usable_size(p) < MOST + 64)
		kept[n_kept++] = p;
	else
		free(p);
}

static void *change(void *p, size_t len, const char *file, int line)
{
	(void)file, (void)line;
	return realloc(p, len);
}

/* Takes effect before OpenSSL's first allocation; afterwards it refuses, and malloc serves it as
 * ever. Called too, because nothing else brings this file into an executable. */
__attribute__((constructor)) void ply_tls_keep_buffers(void)
{
	(void)CRYPTO_set_mem_functions(take, change, give);
}
