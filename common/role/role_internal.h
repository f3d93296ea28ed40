/* What role*.c share. */
#ifndef PLY_ROLE_ROLE_INTERNAL_H
#define PLY_ROLE_ROLE_INTERNAL_H

#include "net/loop.h"
#include "role/role.h"

/* All settings of a process: three tables, three structs. */
struct ply_role_set {
	const struct ply_role *role;
	const char *path;
	struct ply_role_common common;
	struct ply_role_own own;
	void *conf;
	struct ply_conf_item own_items[PLY_ROLE_OWN_ITEMS];
};

/* Makes the struct and the table; 0 or -ENOMEM. */
int ply_role_set_init(struct ply_role_set *set, const struct ply_role *role, const char *path);
void ply_role_set_clear(struct ply_role_set *set); /* zeroed is fine */
/* 0, or negative with *err the message for a person. */
int ply_role_set_load(struct ply_role_set *set, struct ply_strbuf *err);
/* Reads the file again and moves what may change; *report says what, or why nothing was changed. */
int ply_role_set_reload(struct ply_role_set *set, struct ply_strbuf *report);
void ply_role_set_print_help(struct ply_role_set *set, struct ply_strbuf *out);
void ply_role_apply_log(const struct ply_role_set *set);

struct ply_role_run {
	struct ply_role_ctx ctx;
	struct ply_role_set set;
	void *self; /* the role's */
	bool inited, draining;
	const char *why; /* it ends */
	struct ply_signal term, intr, hup;
	struct ply_timer stop_timer, status_timer, watchdog_timer;
	uint64_t watchdog_ms;
};

/* Options of the command line, and the configuration they name. The exit code when there is nothing
 * to run, -1 to go on. */
int ply_role_options(struct ply_role_run *run, int argc, char **argv);
/* status, metrics, log-level */
int ply_role_register_commands(struct ply_role_run *run);
int ply_role_drop_rights(const char *user, struct ply_admin *admin);

#endif
