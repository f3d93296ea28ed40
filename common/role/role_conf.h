/* The [common] section of parley.conf, and the keys that every role has in its own section. Text
 * that is empty or not set is NULL. Rank 4. */
#ifndef PLY_ROLE_ROLE_CONF_H
#define PLY_ROLE_ROLE_CONF_H

#include "base/conf.h"

struct ply_role_common {
	char *fqdn;        /* of this server */
	char *pool;        /* of its pool; NULL: this server is its own pool, see ply_role_pool */
	char *domains;     /* SIP domains "a.example,b.example"; the first is the default */
	char *database;    /* libpq words without dbname: "host=/run/postgresql user=parley" */
	char *ca_file;     /* PEM: authorities of servers */
	char *certificate; /* PEM: chain of this server */
	char *key;         /* PEM: its key, mode 0600 */
	char *run_user;    /* identity after start, when started as root */
	char *state_dir;
	uint32_t log_level;     /* enum ply_log_level */
	uint32_t log_format;    /* enum ply_role_log_format */
	uint32_t drain_timeout; /* seconds from SIGTERM to the end, at the latest */
};
enum ply_role_log_format { PLY_LOG_FORMAT_TEXT, PLY_LOG_FORMAT_JSON };
extern const struct ply_conf_item ply_role_common_items[];

/* Keys of every role's section beside its own. */
struct ply_role_own {
	char *metrics_listen; /* /livez /readyz /metrics; NULL: off */
	char *admin_socket;   /* path; NULL: off */
};
enum { PLY_ROLE_OWN_ITEMS = 3 };
/* The table for this section name (LENT) into out. */
void ply_role_own_items(struct ply_conf_item out[PLY_ROLE_OWN_ITEMS], const char *section);

/* Pool FQDN. LENDS. */
const char *ply_role_pool(const struct ply_role_common *c);
/* Connection words of one of the four databases: `database` with dbname. GIVES; NULL when memory is
 * out or no database is configured. */
char *ply_role_conninfo(const struct ply_role_common *c, const char *dbname);
/* Names of all roles: their sections are skipped by the others. */
extern const char *const ply_role_names[];

#endif
