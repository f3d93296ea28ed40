#include "crypto/random.h"

#include "crypto/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static _Thread_local struct {
	uint8_t p[4096];
	size_t left;
	unsigned generation;
} pool;

/* Raised in the child of a fork: parent and child must not hand out the same bytes. */
static atomic_uint generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void in_child(void)
{
	atomic_fetch_add(&generation, 1);
}

static void watch_forks(void)
{
	(void)pthread_atfork(NULL, NULL, in_child);
}

static void from_kernel(uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

static void refill(void)
{
	(void)pthread_once(&once, watch_forks);
	pool.generation = atomic_load(&generation);
	from_kernel(pool.p, sizeof pool.p);
	pool.left = sizeof pool.p;
}

void ply_random_bytes(void *p, size_t len)
{
	if (len > sizeof pool.p / 4) {
		from_kernel(p, len);
		return;
	}
	if (pool.left < len ||
	    pool.generation != atomic_load_explicit(&generation, memory_order_relaxed))
		refill();
	pool.left -= len;
	memcpy(p, pool.p + pool.left, len);
	memset(pool.p + pool.left, 0, len); /* handed out once: nothing left to find */
}

uint32_t ply_random_u32(void)
{
	uint32_t v;

	ply_random_bytes(&v, sizeof v);
	return v;
}

uint32_t ply_random_below(uint32_t n)
{
	uint32_t skip = (uint32_t)(0 - n) % n, v;

	do
		v = ply_random_u32();
	while (v < skip); /* the uneven rest */
	return v % n;
}

char *ply_random_hex(char *out, size_t digits)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t b[16];

	for (size_t i = 0; i < digits; i++) {
		if (i % 32 == 0)
			ply_random_bytes(b, ply_min_size(sizeof b, (digits - i + 1) / 2));
		out[i] = hex[i % 2 ? b[i % 32 / 2] & 15 : b[i % 32 / 2] >> 4];
	}
	out[digits] = '\0';
	return out;
}

char *ply_random_uuid(char out[PLY_UUID_MAX])
{
	char h[33];
	size_t n = 0;

	(void)ply_random_hex(h, 32);
	h[12] = '4';                          /* version */
	h[16] = "89ab"[ply_random_u32() & 3]; /* variant */
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			out[n++] = '-';
		out[n++] = h[i];
	}
	out[n] = '\0';
	return out;
}
