#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char where[128];
static _Thread_local char text[128];

int ply_err_trace(int r, const char *file, int line)
{
	if (r < 0)
		(void)snprintf(where, sizeof where, "%s:%d", file, line);
	return r;
}

int ply_err_folded(int r, const char *file, int line)
{
	if (r > 0)
		return ply_err_trace(-ENOTRECOVERABLE, file, line);
	return r;
}

const char *ply_err_where(void)
{
	return where;
}

const char *ply_err_text(int r)
{
	/* GNU strerror_r may return a static text and leave the buffer alone. */
	const char *t = strerror_r(r < 0 ? -r : r, text, sizeof text);

	return t;
}
