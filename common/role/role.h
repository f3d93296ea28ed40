/* What every executable's main() would otherwise repeat: options, configuration, log, signals,
 *privilege drop, readiness, health page, admin socket, loop, drain. A role is a table and one call:
 *
 *	static const struct ply_role frontend = {
 *		.name = "frontend", .help = "SIP proxy and User Services", .conf = fe_conf_items,
 *		.conf_size = sizeof(struct fe_conf), .init = fe_init, .start = fe_start,
 *		.drain = fe_drain, .stop = fe_stop,
 *	};
 *	int main(int argc, char **argv) { return ply_role_main(argc, argv, &frontend); }
 *
 * Rank 4. */
#ifndef PLY_ROLE_ROLE_H
#define PLY_ROLE_ROLE_H

#include "base/conf.h"
#include "base/log.h"
#include "base/ply.h"
#include "role/admin.h"
#include "role/health.h"
#include "role/role_conf.h"

struct ply_loop;
struct ply_role;

/* LENT to the role from init until stop has returned. */
struct ply_role_ctx {
	const struct ply_role *role;
	struct ply_loop *loop;
	struct ply_log log;                   /* parent of all logs of the role */
	const struct ply_role_common *common; /* [common] */
	void *conf;                           /* the role's struct, filled by its table */
	struct ply_health *health;            /* register dependencies in init */
	struct ply_admin *admin;              /* register commands in init */
};

struct ply_role {
	const char *name; /* "frontend": section, log key, executable without "parley-" */
	const char *help; /* one line */
	const struct ply_conf_item *conf;
	size_t conf_size;
	/* May still be root: opens listeners and files. *self is passed to all others. 0, or a
	 * negative code after one ply_error line that says why: the process ends with 1. */
	int (*init)(struct ply_role_ctx *ctx, void **self);
	/* Rights dropped, loop about to run. Same results. NULL: nothing to do. */
	int (*start)(void *self);
	/* After SIGHUP: what may change has changed in ctx->conf and ctx->common; read certificates
	 * again. NULL: nothing to do. */
	void (*reload)(void *self);
	/* SIGTERM: stop accepting, finish what is open, then ply_role_drained(). stop comes at the
	 * latest when drain_timeout is over. NULL: stop at once. */
	void (*drain)(void *self);
	/* Frees everything; the loop runs no more. Called also when start failed, not when init
	 * did. */
	void (*stop)(void *self);
	/* "412 users, 17 calls", for `systemctl status` and `parley status`. NULL is fine. */
	void (*status)(void *self, struct ply_strbuf *out);
};

/* Exit codes: 0 ended as told, 1 could not start, 2 wrong usage or configuration. */
int ply_role_main(int argc, char **argv, const struct ply_role *role);
/* Everything open is finished. Also ends a role that was not asked to drain. */
void ply_role_drained(struct ply_role_ctx *ctx);
/* "0.1-12-gabcdef" */
const char *ply_version(void);

#endif
