/* parley cdr ... */
#include "deploy/parley/cdr.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "db/lcslog/lcslog.h"
#include "deploy/parley/cli.h"
#include "deploy/parley/user_import.h"

#include <errno.h>
#include <stdio.h>

enum { PAGE = 500 };

static const struct cli_verb *this_verb(const char *verb)
{
	const struct cli_verb *v = cli_cdr_verbs;

	while (strcmp(v->verb, verb) != 0)
		v++;
	return v;
}

/* "90m", "2h", "7d": so long ago. */
static bool read_ago(struct ply_slice s, uint64_t now_ms, uint64_t *out)
{
	static const struct {
		char unit;
		uint64_t ms;
	} units[] = {{'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	uint64_t n;

	for (size_t i = 0; s.len && i < ARRAY_LEN(units); i++) {
		if (s.p[s.len - 1] != units[i].unit ||
		    !ply_slice_to_u64(ply_slice_sub(s, 0, s.len - 1), 100000, &n))
			continue;
		*out = now_ms > n * units[i].ms ? now_ms - n * units[i].ms : 1;
		return true;
	}
	return false;
}

bool cli_cdr_time(const char *word, uint64_t now_ms, uint64_t *out)
{
	struct ply_slice s = ply_slice_str(word);
	char day[32];
	int64_t ms;

	if (read_ago(s, now_ms, out))
		return true;
	if (s.len == 10) {
		(void)snprintf(day, sizeof day, "%sT00:00:00Z", word);
		s = ply_slice_str(day);
	}
	if (!ply_datetime_read(s, &ms) || ms <= 0)
		return false;
	*out = (uint64_t)ms;
	return true;
}

static bool time_option(struct cli *c, const char *name, uint64_t *out)
{
	const char *word = cli_option(c, name);

	if (!word || cli_cdr_time(word, ply_wall_ms(), out))
		return true;
	(void)cli_errorf(CLI_USAGE, "PRL-CDR-001",
			 "for example 2026-01-31, 2026-01-31T09:00:00Z, or 2h for two hours ago",
			 "%s is no time: \"%s\"", name, word);
	return false;
}

static bool filter_options(struct cli *c, struct ply_lcslog_filter *f, char uri[CLI_URI_MAX])
{
	const char *user = cli_option(c, "--user");

	f->conference = ply_slice_str(cli_option(c, "--conference"));
	if (!time_option(c, "--from", &f->from_ms) || !time_option(c, "--to", &f->to_ms))
		return false;
	if (!user)
		return true;
	f->user = ply_slice_str(uri);
	if (cli_user_uri(user, uri)) {
		f->user.len = strlen(uri);
		return true;
	}
	(void)cli_errorf(CLI_USAGE, "PRL-USER-001", "write it as name@domain",
			 "\"%s\" is no SIP address", user);
	return false;
}

/* --- pages --- */

struct reading {
	struct cli *c;
	struct ply_lcslog_key key;
	bool more;
	void (*row)(struct reading *r, const struct ply_slice *cell);
	struct cli_table *table;
	FILE *to;
	enum ply_lcslog_view view;
};

static void page(void *ctx, int r, const struct ply_lcslog_page *p)
{
	struct reading *rd = ctx;

	for (size_t i = 0; !r && i < p->n; i++)
		rd->row(rd, p->row[i]);
	rd->more = !r && p->more;
	if (!r)
		rd->key = *p->next;
	cli_answer(rd->c, r);
}

static int read_all(struct reading *rd, const struct ply_lcslog_filter *f)
{
	int r;

	memset(&rd->key, 0, sizeof rd->key);
	do {
		r = cli_wait(rd->c,
			     ply_lcslog_list(rd->c->lcslog, rd->view, f, &rd->key, page, rd));
	} while (!r && rd->more);
	return r;
}

/* --- list --- */

static const struct cli_column list_columns[] = {
	{"time", "TIME"},        {"kind", "KIND"},         {"from", "FROM"},
	{"to", "TO OR MEETING"}, {"end_time", "ENDED"},    {"seconds", "SECONDS"},
	{"users", "USERS"},      {"messages", "MESSAGES"}, {"response", "RESPONSE"},
	{"end", "END"},
};

static void list_row(struct reading *rd, const struct ply_slice *cell)
{
	char *text[ARRAY_LEN(list_columns)];
	const char *row[ARRAY_LEN(list_columns)];

	for (size_t i = 0; i < ARRAY_LEN(list_columns); i++)
		row[i] = text[i] = cell[i].p ? ply_slice_dup(cell[i]) : NULL;
	cli_table_row(rd->table, row);
	for (size_t i = 0; i < ARRAY_LEN(list_columns); i++)
		ply_free(text[i]);
}

static int cdr_list(struct cli *c)
{
	struct reading rd = {.c = c, .row = list_row, .view = PLY_LCSLOG_SUMMARY};
	struct ply_lcslog_filter f = {.limit = PAGE};
	char uri[CLI_URI_MAX];
	int r;

	if (!filter_options(c, &f, uri) || !cli_words(c, 0, this_verb("list")))
		return CLI_USAGE;
	if (!cli_open_lcslog(c))
		return CLI_UNREACHABLE;
	if (cli_table_begin(&rd.table, c, list_columns, ARRAY_LEN(list_columns)))
		return CLI_REFUSED;
	r = read_all(&rd, &f);
	cli_table_end(rd.table);
	return r ? cli_db_error(c, r) : CLI_OK;
}

/* --- export --- */

void cli_cdr_csv(FILE *to, struct ply_slice s, bool last)
{
	bool quote = false;

	for (size_t i = 0; i < s.len; i++)
		quote |= s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r';
	if (quote)
		(void)fputc('"', to);
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"')
			(void)fputc('"', to);
		(void)fputc(s.p[i], to);
	}
	if (quote)
		(void)fputc('"', to);
	(void)fputc(last ? '\n' : ',', to);
}

static void export_row(struct reading *rd, const struct ply_slice *cell)
{
	const char *const *name = ply_lcslog_column[rd->view];

	for (size_t i = 0; name[i]; i++)
		cli_cdr_csv(rd->to, cell[i], !name[i + 1]);
}

static int export_view(struct reading *rd, const struct ply_lcslog_filter *f)
{
	struct ply_slice head[PLY_LCSLOG_COLUMNS];
	const char *const *name = ply_lcslog_column[rd->view];

	for (size_t i = 0; name[i]; i++)
		head[i] = ply_slice_str(name[i]);
	export_row(rd, head);
	return read_all(rd, f);
}

/* One file for each kind. A file that could not be written whole is an error, not a short list. */
static int export_to_folder(struct reading *rd, const struct ply_lcslog_filter *f, const char *dir)
{
	int r = 0;

	for (int v = PLY_LCSLOG_SESSIONS; !r && v < PLY_LCSLOG_N_VIEW; v++) {
		struct ply_strbuf path = PLY_STRBUF_INIT;
		bool written;

		ply_strbuf_addf(&path, "%s/%s.csv", dir, ply_lcslog_view_name[v]);
		rd->view = (enum ply_lcslog_view)v;
		rd->to = fopen(ply_strbuf_str(&path), "we");
		if (rd->to)
			r = export_view(rd, f);
		written = rd->to && !ferror(rd->to);
		if (rd->to && fclose(rd->to))
			written = false;
		if (!written)
			(void)cli_errorf(CLI_REFUSED, "PRL-CDR-002", NULL, "cannot write %s: %s",
					 ply_strbuf_str(&path), strerror(errno));
		ply_strbuf_deinit(&path);
		if (!written)
			return CLI_REFUSED;
	}
	return r ? cli_db_error(rd->c, r) : CLI_OK;
}

static bool view_of(const char *name, enum ply_lcslog_view *view)
{
	for (int v = PLY_LCSLOG_SESSIONS; v < PLY_LCSLOG_N_VIEW; v++) {
		if (!name || !strcmp(name, ply_lcslog_view_name[v])) {
			*view = (enum ply_lcslog_view)v;
			return true;
		}
	}
	(void)cli_errorf(CLI_USAGE, "PRL-CDR-003",
			 "kinds are: sessions, conferences, focus, mcu, messages",
			 "there is no kind \"%s\"", name);
	return false;
}

static int cdr_export(struct cli *c)
{
	struct reading rd = {.c = c, .row = export_row, .to = stdout};
	const char *kind = cli_option(c, "--kind"), *dir = cli_option(c, "--out");
	struct ply_lcslog_filter f = {.limit = PAGE};
	char uri[CLI_URI_MAX];
	int r;

	if (!view_of(kind, &rd.view) || !filter_options(c, &f, uri) ||
	    !cli_words(c, 0, this_verb("export")))
		return CLI_USAGE;
	if (!cli_open_lcslog(c))
		return CLI_UNREACHABLE;
	if (dir)
		return export_to_folder(&rd, &f, dir);
	r = export_view(&rd, &f);
	if (!r && (fflush(stdout) || ferror(stdout)))
		return cli_error(CLI_REFUSED, "PRL-CDR-002", "cannot write standard output",
				 strerror(errno), NULL);
	return r ? cli_db_error(c, r) : CLI_OK;
}

#define FILTER "[--from TIME] [--to TIME] [--user URI] [--conference URI]"

const struct cli_verb cli_cdr_verbs[] = {
	{"cdr", "list", FILTER,
	 "list IM sessions and meetings: who, when, how long, how many messages; never what was "
	 "said. --from and --to compare with the beginning and take 2026-01-31, "
	 "2026-01-31T09:00:00Z, or 2h for two hours ago",
	 "  parley cdr list --from 1d\n"
	 "  parley --json cdr list --user alice@example.com --from 2026-01-01 --to 2026-02-01",
	 cdr_list},
	{"cdr", "export",
	 FILTER "\n    [--kind sessions|conferences|focus|mcu|messages] [--out DIR]",
	 "write call detail records as CSV: one kind to standard output (sessions when none is "
	 "named), or each kind to DIR/KIND.csv",
	 "  parley cdr export --from 2026-01-01 --to 2026-02-01 > sessions.csv\n"
	 "  parley cdr export --from 30d --out /var/tmp/cdr",
	 cdr_export},
	{0},
};
