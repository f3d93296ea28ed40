/* CSV with a header line; columns user, password, display-name, line-uri in any order, the last two
 * may be missing. All lines are read and checked before the first is written: a bad line stops
 * everything, with its number. */
#include "deploy/parley/user_import.h"

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/secret.h"

#include <stdio.h>
#include <unistd.h>

enum { MAX_FILE = 256 << 20, MAX_FIELDS = 32 };
enum column { COL_USER, COL_PASSWORD, COL_DISPLAY_NAME, COL_LINE_URI, COL_N };
static const char *const column_names[COL_N] = {"user", "password", "display-name", "line-uri"};

struct line {
	char *uri, *login, *password, *display_name, *line_uri;
};

struct import {
	struct cli *c;
	const char *path;
	int at[COL_N]; /* field index, -1: not in the file */
	struct line *line;
	size_t n, cap, added, changed;
};

int cli_csv_record(char **rest, char **field, int max)
{
	char *in = *rest, *out;
	int n = 0;

	while (*in == '\r' || *in == '\n')
		in++;
	if (!*in) {
		*rest = in;
		return 0;
	}
	for (;;) {
		if (n == max)
			return -1;
		field[n++] = out = in;
		if (*in == '"') {
			for (in++; *in && !(*in == '"' && in[1] != '"'); in++) {
				in += *in == '"';
				*out++ = *in;
			}
			if (!*in)
				return -1;
			in++;
		}
		while (*in && *in != ',' && *in != '\n' && *in != '\r')
			*out++ = *in++;
		if (*in == ',') {
			in++;
			*out = '\0';
			continue;
		}
		*rest = in + (*in != '\0');
		*out = '\0';
		return n;
	}
}

static bool bad(const struct import *m, size_t line, const char *why)
{
	(void)cli_errorf(CLI_USAGE, "PRL-USER-004",
			 "nothing was imported; correct the line and try again",
			 "%s, record %zu: %s", m->path, line, why);
	return false;
}

static bool read_header(struct import *m, char **rest)
{
	char *field[MAX_FIELDS];
	int n = cli_csv_record(rest, field, MAX_FIELDS);

	for (int c = 0; c < COL_N; c++) {
		m->at[c] = -1;
		for (int i = 0; i < n; i++)
			if (ply_slice_caseis(ply_slice_trim(ply_slice_str(field[i])),
					     column_names[c]))
				m->at[c] = i;
	}
	if (m->at[COL_USER] >= 0 && m->at[COL_PASSWORD] >= 0)
		return true;
	return bad(m, 1,
		   "the first line must name the columns: user,password,display-name,line-uri (the "
		   "last two may be "
		   "missing)");
}

static bool read_record(struct import *m, char **field, int n, const char *domain)
{
	char with_domain[CLI_URI_MAX], uri[CLI_URI_MAX];
	char *value[COL_N];
	struct line *l;

	for (int c = 0; c < COL_N; c++)
		value[c] = m->at[c] >= 0 && m->at[c] < n ? field[m->at[c]] : NULL;
	if (!value[COL_USER] || !value[COL_PASSWORD] || !value[COL_PASSWORD][0])
		return bad(m, m->n + 2, "user or password is missing");
	(void)snprintf(with_domain, sizeof with_domain,
		       strchr(value[COL_USER], '@') ? "%s" : "%s@%s", value[COL_USER], domain);
	if (!cli_user_uri(with_domain, uri))
		return bad(m, m->n + 2, "the user is no SIP address (name@domain)");
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 256;
		struct line *more = ply_realloc(m->line, cap * sizeof *more);

		if (!more)
			return bad(m, m->n + 2, "out of memory");
		m->line = more;
		m->cap = cap;
	}
	l = &m->line[m->n++];
	l->uri = ply_strdup(uri);
	l->login = ply_strndup(uri + 4, strcspn(uri + 4, "@"));
	l->password = value[COL_PASSWORD];
	l->display_name = value[COL_DISPLAY_NAME];
	l->line_uri = value[COL_LINE_URI];
	return l->uri && l->login;
}

static bool read_all(struct import *m, char *text)
{
	char *rest = text, *field[MAX_FIELDS], domain[256];
	struct ply_slice domains = ply_slice_str(m->c->common.domains), first;
	int n;

	if (!ply_slice_split(&domains, ',', &first) ||
	    !ply_slice_copy(ply_slice_trim(first), domain, sizeof domain))
		(void)snprintf(domain, sizeof domain, "localhost");
	if (!read_header(m, &rest))
		return false;
	while ((n = cli_csv_record(&rest, field, MAX_FIELDS)) > 0)
		if (!read_record(m, field, n, domain))
			return false;
	return n == 0 ||
	       bad(m, m->n + 2, "a quote is not closed, or there are more than 32 fields");
}

static void imported(void *ctx, int r, size_t added, size_t changed)
{
	struct import *m = ctx;

	m->added += added;
	m->changed += changed;
	cli_answer(m->c, r);
}

static int write_batch(struct import *m, size_t from, size_t n)
{
	struct ply_rtc_user *u = ply_calloc(n, sizeof *u);
	struct ply_rtc_cred *cred = ply_calloc(n, sizeof *cred);
	int r = u && cred ? 0 : -1;

	for (size_t i = 0; !r && i < n; i++) {
		const struct line *l = &m->line[from + i];

		u[i].flags = PLY_RTC_ENABLED;
		u[i].uri = ply_slice_str(l->uri);
		u[i].login = ply_slice_str(l->login);
		u[i].home_pool = ply_slice_str(ply_role_pool(&m->c->common));
		u[i].display_name = ply_slice_str(
			l->display_name && l->display_name[0] ? l->display_name : NULL);
		u[i].line_uri = ply_slice_str(l->line_uri && l->line_uri[0] ? l->line_uri : NULL);
		cli_user_names(&u[i]);
		r = cli_user_cred(l->uri, l->password, &cred[i]);
	}
	if (!r)
		r = cli_wait(m->c, ply_rtc_user_import(m->c->rtc, u, cred, n, imported, m));
	if (cred)
		ply_secret_wipe(cred, n * sizeof *cred);
	ply_free(cred);
	ply_free(u);
	return r;
}

static void progress(const struct import *m, size_t done, uint64_t start_ms)
{
	uint64_t ms = ply_mono_ms() - start_ms;

	if (m->c->quiet || m->c->json || ms < 2000)
		return;
	(void)fprintf(stderr, "%cusers  %zu/%zu  %llu/s%s", isatty(STDERR_FILENO) ? '\r' : ' ',
		      done, m->n, (unsigned long long)(done * 1000 / ms),
		      isatty(STDERR_FILENO) ? "" : "\n");
}

static int write_all(struct import *m)
{
	uint64_t start = ply_mono_ms();
	int r;

	for (size_t at = 0; at < m->n; at += PLY_RTC_IMPORT_MAX) {
		size_t n = ply_min_size(m->n - at, PLY_RTC_IMPORT_MAX);

		r = write_batch(m, at, n);
		if (r > 0)
			return cli_errorf(CLI_REFUSED, "PRL-USER-005",
					  "give each user a login name of his own",
					  "%s: a user or login name stands twice among records %zu "
					  "to %zu; %zu before are "
					  "imported",
					  m->path, at + 2, at + n + 1, at);
		if (r < 0)
			return cli_db_error(m->c, r);
		progress(m, at + n, start);
	}
	cli_say(m->c, "%zu users imported: %zu new, %zu changed\n", m->n, m->added, m->changed);
	return CLI_OK;
}

int cli_user_import(struct cli *c, const char *path)
{
	struct import m = {.c = c, .path = path};
	struct ply_strbuf text = PLY_STRBUF_INIT;
	int code = CLI_USAGE;

	if (cli_common(c) && cli_read_file(path, MAX_FILE, &text) &&
	    read_all(&m, text.p ? text.p : (char[1]){0})) {
		if (c->dry_run) {
			cli_say(c, "%zu users would be imported\n", m.n);
			code = CLI_OK;
		} else {
			code = cli_open_rtc(c) ? write_all(&m) : CLI_UNREACHABLE;
		}
	}
	for (size_t i = 0; i < m.n; i++) {
		ply_free(m.line[i].uri);
		ply_free(m.line[i].login);
	}
	ply_free(m.line);
	if (text.p)
		ply_secret_wipe(text.p, text.len);
	ply_strbuf_deinit(&text);
	return code;
}
