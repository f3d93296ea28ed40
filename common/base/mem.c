#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Per thread: tests inject failures in their own thread and workers go on undisturbed. */
static _Thread_local size_t fail_at;
static _Thread_local size_t count;

static bool injected(void)
{
	count++;
	return fail_at && count >= fail_at;
}

void *ply_calloc(size_t n, size_t size)
{
	return injected() ? NULL : calloc(n, size);
}

void *ply_realloc(void *p, size_t size)
{
	return injected() ? NULL : realloc(p, size);
}

void *ply_memdup(const void *p, size_t len)
{
	void *d = injected() ? NULL : malloc(len ? len : 1);

	if (d && len)
		memcpy(d, p, len);
	return d;
}

char *ply_strndup(const char *s, size_t len)
{
	char *d;

	if (!s || injected())
		return NULL;
	d = malloc(len + 1);
	if (!d)
		return NULL;
	memcpy(d, s, len);
	d[len] = '\0';
	return d;
}

char *ply_strdup(const char *s)
{
	return s ? ply_strndup(s, strlen(s)) : NULL;
}

void ply_free(void *p)
{
	free(p);
}

void ply_mem_fail_after(size_t n)
{
	count = 0;
	fail_at = n;
}

size_t ply_mem_count(void)
{
	return count;
}
