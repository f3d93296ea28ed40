/* The local door for `parley`: a UNIX stream socket of mode 0600, open to root and the role's own
 * user. One command a line ("trace user sip:alice@lab.example\n"), answered by lines of text or
 * JSON and a line with a single dot; a line that begins with a dot gets a second one. An answer
 * whose first line begins with "error " is a failure. Commands of a connection are answered one
 * after the other. Rank 4. */
#ifndef PLY_ROLE_ADMIN_H
#define PLY_ROLE_ADMIN_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"

struct ply_loop;
struct ply_admin;
struct ply_admin_call; /* one command under way */

enum { PLY_ADMIN_LINE_MAX = 4096, PLY_ADMIN_OUTPUT_MAX = 16 * 1024 * 1024 };

struct ply_admin_cmd {
	const char *name; /* one word */
	const char *help; /* "user URI: follow the SIP of one user" */
	/* Writes the answer and calls ply_admin_end(), now or later. */
	void (*run)(void *ctx, struct ply_admin_call *call);
	/* The caller went away before the end: forget the call. NULL for commands that end at once.
	 */
	void (*gone)(void *ctx, struct ply_admin_call *call);
};

/* GIVES *out. path NULL: commands can be registered, nobody can connect. */
int ply_admin_open(struct ply_admin **out, struct ply_loop *loop, const char *path);
void ply_admin_close(struct ply_admin *a); /* NULL is fine; `gone` is called for open calls */
/* LENDS cmd and ctx. 0, -EEXIST, -ENOMEM. */
int ply_admin_register(struct ply_admin *a, const struct ply_admin_cmd *cmd, void *ctx);
/* Makes the socket's owner the one the process is about to become. */
int ply_admin_chown(struct ply_admin *a, unsigned uid, unsigned gid);

/* Words after the command. LENDS until the end of the call. */
struct ply_slice ply_admin_args(const struct ply_admin_call *call);
/* A line of the answer (without line feed; embedded ones make several). Sent at the end of the
 * turn. */
void ply_admin_line(struct ply_admin_call *call, struct ply_slice line);
void ply_admin_printf(struct ply_admin_call *call, const char *fmt, ...) PLY_PRINTF(2, 3);
/* The last word; call is gone when it returns. */
void ply_admin_end(struct ply_admin_call *call);

#endif
