#include "role/role_conf.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>

#define S     "common"
#define AT(f) offsetof(struct ply_role_common, f)

/* clang-format off */
const struct ply_conf_item ply_role_common_items[] = {
/* section key             type            flags               where               min max   default   choices                  man page text */
 { S, "fqdn",              PLY_CONF_STR,   PLY_CONF_REQUIRED,  AT(fqdn),           0,  0,    NULL,     NULL,                    "full name of this server, as in its certificate" },
 { S, "pool",              PLY_CONF_STR,   0,                  AT(pool),           0,  0,    NULL,     NULL,                    "full name of its pool; without it the server is its own pool" },
 { S, "domains",           PLY_CONF_LIST,  0,                  AT(domains),        0,  0,    NULL,     NULL,                    "SIP domains of the deployment; the first is the default" },
 { S, "database",          PLY_CONF_STR,   PLY_CONF_SECRET,    AT(database),       0,  0,    NULL,     NULL,                    "where PostgreSQL is, in libpq's words without dbname: host=/run/postgresql user=parley" },
 { S, "ca_file",           PLY_CONF_PATH,  0,                  AT(ca_file),        0,  0,    NULL,     NULL,                    "PEM file with the authorities that vouch for servers" },
 { S, "certificate",       PLY_CONF_PATH,  0,                  AT(certificate),    0,  0,    NULL,     NULL,                    "PEM file with this server's certificate and chain; read again on a reload" },
 { S, "key",               PLY_CONF_PATH,  0,                  AT(key),            0,  0,    NULL,     NULL,                    "PEM file with its private key; read again on a reload" },
 { S, "run_user",          PLY_CONF_STR,   0,                  AT(run_user),       0,  0,    NULL,     NULL,                    "user to become after start when started as root" },
 { S, "state_dir",         PLY_CONF_PATH,  0,                  AT(state_dir),      0,  0,    "/var/lib/parley", NULL,           "folder for what must survive a restart outside the databases" },
 { S, "log_level",         PLY_CONF_ENUM,  PLY_CONF_RELOAD,    AT(log_level),      0,  0,    "info",   "error|warn|info|debug", "least level that is logged" },
 { S, "log_format",        PLY_CONF_ENUM,  PLY_CONF_RELOAD,    AT(log_format),     0,  0,    "text",   "text|json",             "key=value lines or JSON lines, with the same keys" },
 { S, "drain_timeout",     PLY_CONF_SECS,  PLY_CONF_RELOAD,    AT(drain_timeout),  0,  3600, "4s",     NULL,                    "how long open work may take to end after SIGTERM" },
 { NULL, NULL, PLY_CONF_STR, 0, 0, 0, 0, NULL, NULL, NULL },
};
#undef AT
#define AT(f) offsetof(struct ply_role_own, f)

static const struct ply_conf_item own_items[PLY_ROLE_OWN_ITEMS] = {
 { S, "metrics_listen",    PLY_CONF_ADDR,  0,                  AT(metrics_listen), 0,  0,    NULL,     NULL,                    "address of /livez, /readyz and /metrics, such as 127.0.0.1:9401; empty: off" },
 { S, "admin_socket",      PLY_CONF_PATH,  0,                  AT(admin_socket),   0,  0,    NULL,     NULL,                    "UNIX socket on which the parley command asks this role; empty: off" },
 { NULL, NULL, PLY_CONF_STR, 0, 0, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */

const char *const ply_role_names[] = {
	"frontend",       "access-edge", "av-edge", "webconf-edge",  "mediation",
	"mcu-im",         "mcu-av",      "mcu-web", "mcu-telephony", "archiving",
	"web-components", "web-access",  NULL,
};

void ply_role_own_items(struct ply_conf_item out[PLY_ROLE_OWN_ITEMS], const char *section)
{
	memcpy(out, own_items, sizeof own_items);
	for (size_t i = 0; out[i].section; i++)
		out[i].section = section;
}

const char *ply_role_pool(const struct ply_role_common *c)
{
	return c->pool ? c->pool : c->fqdn;
}

char *ply_role_conninfo(const struct ply_role_common *c, const char *dbname)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	if (!c->database)
		return NULL;
	ply_strbuf_addf(&b, "%s dbname=%s", c->database, dbname);
	return ply_strbuf_steal(&b);
}
