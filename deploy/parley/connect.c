#include "base/clock.h"
#include "base/mem.h"
#include "db/lcslog/lcslog.h"
#include "db/rtc/rtc.h"
#include "db/rtcconfig/rtcconfig.h"
#include "deploy/parley/cli.h"
#include "net/loop.h"

#include <errno.h>

bool cli_common(struct cli *c)
{
	const struct ply_conf_item *const tables[] = {ply_role_common_items, NULL};
	void *const confs[] = {&c->common, NULL};
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int r;

	if (c->have_common)
		return true;
	r = ply_conf_load(c->conf_path, tables, confs, ply_role_names, &err);
	if (r)
		(void)cli_error(CLI_USAGE, "PRL-CONF-001", "the configuration file cannot be used",
				ply_strbuf_str(&err),
				"give another one with --config FILE or PARLEY_CONFIG");
	ply_strbuf_deinit(&err);
	c->have_common = !r;
	return !r;
}

/* The roles' own tables are the roles': here a value is only looked up. The last one wins, as in
 * conf.c. */
char *cli_setting(struct cli *c, const char *section, const char *key)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;
	struct ply_slice rest, line, name;
	bool in_section = false;
	char *found = NULL;

	if (!cli_read_file(c->conf_path, 1 << 20, &text))
		return NULL;
	rest = ply_strbuf_slice(&text);
	while (ply_slice_split(&rest, '\n', &line)) {
		line = ply_slice_trim(line);
		if (line.len > 1 && line.p[0] == '[')
			in_section = ply_slice_is(ply_slice_sub(line, 1, line.len - 2), section);
		if (!in_section || !ply_slice_split(&line, '=', &name) || !line.p ||
		    !ply_slice_is(ply_slice_trim(name), key))
			continue;
		ply_free(found);
		found = ply_slice_dup(ply_slice_trim(line));
	}
	ply_strbuf_deinit(&text);
	return found;
}

static bool make_loop(struct cli *c)
{
	if (c->loop || !ply_loop_new(&c->loop))
		return true;
	(void)cli_error(CLI_REFUSED, "PRL-CLI-009", "out of memory", NULL, NULL);
	return false;
}

static bool wait_up(struct cli *c, const struct ply_db *db)
{
	uint64_t end = ply_mono_ms() + ply_min_size(c->timeout_ms, 10000);
	struct ply_db_state s;

	do {
		(void)ply_loop_step(c->loop, 50);
		ply_db_state(db, &s);
		if (s.up)
			return true;
	} while (ply_mono_ms() < end && !s.last_err[0]);
	(void)cli_error(CLI_UNREACHABLE, "PRL-DB-001", "the database cannot be reached",
			s.last_err[0] ? s.last_err : "no answer",
			"look at [common] database, or run: parley db status");
	return false;
}

static bool database_conf(struct cli *c, const char *name, struct ply_db_conf *conf)
{
	char *info;

	if (!cli_common(c) || !make_loop(c))
		return false;
	info = ply_role_conninfo(&c->common, name);
	if (!info)
		(void)cli_errorf(CLI_USAGE, "PRL-CONF-002", NULL,
				 "[common] database is not set in %s", c->conf_path);
	*conf = (struct ply_db_conf){.conninfo = info, .conns = 1, .deadline_ms = 20000};
	return info != NULL;
}

bool cli_open_rtc(struct cli *c)
{
	struct ply_db_conf conf;
	int r;

	if (!database_conf(c, "rtc", &conf))
		return false;
	r = ply_rtc_open(&c->rtc, c->loop, &conf);
	ply_free(ply_unconst(conf.conninfo));
	if (r) {
		(void)cli_db_error(c, r);
		return false;
	}
	return wait_up(c, ply_rtc_db(c->rtc));
}

bool cli_open_rtcconfig(struct cli *c)
{
	struct ply_db_conf conf;
	int r;

	if (!database_conf(c, "rtcconfig", &conf))
		return false;
	r = ply_rtcconfig_open(&c->rtcconfig, c->loop, &conf);
	ply_free(ply_unconst(conf.conninfo));
	if (r) {
		(void)cli_db_error(c, r);
		return false;
	}
	return wait_up(c, ply_rtcconfig_db(c->rtcconfig));
}

bool cli_open_lcslog(struct cli *c)
{
	struct ply_db_conf conf;
	int r;

	if (!database_conf(c, "lcslog", &conf))
		return false;
	r = ply_lcslog_open(&c->lcslog, c->loop, &conf);
	ply_free(ply_unconst(conf.conninfo));
	if (r) {
		(void)cli_db_error(c, r);
		return false;
	}
	return wait_up(c, ply_lcslog_db(c->lcslog));
}

void cli_close(struct cli *c)
{
	if (c->lcslog)
		ply_lcslog_close(c->lcslog);
	if (c->rtc)
		ply_rtc_close(c->rtc);
	if (c->rtcconfig)
		ply_rtcconfig_close(c->rtcconfig);
	ply_loop_free(c->loop);
	ply_conf_clear(ply_role_common_items, &c->common);
}

void cli_answer(void *ctx, int r)
{
	struct cli *c = ctx;

	c->r = r;
	c->answered = true;
}

int cli_wait(struct cli *c, int r)
{
	uint64_t end = ply_mono_ms() + c->timeout_ms;

	if (r)
		return r;
	c->r = 0;
	while (!c->answered && ply_mono_ms() < end)
		(void)ply_loop_step(c->loop, 100);
	if (!c->answered)
		return -ETIMEDOUT;
	c->answered = false;
	return c->r;
}

int cli_db_error(struct cli *c, int r)
{
	(void)c;
	switch (r) {
	case -ETIMEDOUT:
		return cli_error(CLI_TIMEOUT, "PRL-DB-002", "the database did not answer in time",
				 "whether the change was made is unknown", "look, and try again");
	case -ECONNRESET:
	case -ENOTCONN:
		return cli_error(CLI_UNREACHABLE, "PRL-DB-001",
				 "the connection to the database was lost",
				 "whether the change was made is unknown", "look, and try again");
	case -EMSGSIZE:
		return cli_error(CLI_USAGE, "PRL-DB-003",
				 "a value is longer than the database takes", NULL, NULL);
	default:
		return cli_errorf(CLI_REFUSED, "PRL-DB-004", "the server's log has its words",
				  "the database refused the statement (%d)", r);
	}
}
