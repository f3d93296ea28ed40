/* parley user ... */
#include "auth/digest.h"
#include "auth/ntlm.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "db/rtc/rtc.h"
#include "deploy/parley/cli.h"
#include "deploy/parley/user_import.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct cli_verb *this_verb(const char *verb)
{
	for (const struct cli_verb *v = cli_user_verbs; v->noun; v++)
		if (strcmp(v->verb, verb) == 0)
			return v;
	return cli_user_verbs;
}

bool cli_user_uri(const char *word, char uri[CLI_URI_MAX])
{
	struct ply_slice s = ply_slice_str(word);
	size_t at;

	if (ply_slice_casestarts(s, "sip:"))
		s = ply_slice_from(s, 4);
	at = ply_slice_chr(s, '@');
	if (at == 0 || at == SIZE_MAX || at + 1 == s.len || s.len > 450 ||
	    ply_slice_chr(s, ' ') != SIZE_MAX || ply_slice_chr(s, '<') != SIZE_MAX ||
	    ply_slice_chr(ply_slice_from(s, at + 1), '@') != SIZE_MAX)
		return false;
	(void)snprintf(uri, CLI_URI_MAX, "sip:%.*s", PLY_SLICE_ARG(s));
	ply_ascii_lower_str(uri);
	return true;
}

bool cli_user_get(const char *word, char uri[CLI_URI_MAX])
{
	if (cli_user_uri(word, uri))
		return true;
	(void)cli_errorf(CLI_USAGE, "PRL-USER-001", "write it as name@domain",
			 "\"%s\" is no SIP address", word);
	return false;
}

int cli_user_cred(const char *uri, const char *password, struct ply_rtc_cred *out)
{
	struct ply_slice s = ply_slice_from(ply_slice_str(uri), 4), user,
			 pw = ply_slice_str(password);
	uint8_t md5[PLY_DIGEST_MAX_LEN];
	int r;

	*out = (struct ply_rtc_cred){.has_nt = true, .has_ha1 = true};
	(void)ply_slice_split(&s, '@', &user);
	out->realm = s;
	r = ply_ntlm_hash(pw, out->nt_hash);
	if (!r)
		r = ply_digest_ha1(PLY_DIGEST_MD5, user, s, pw, md5);
	memcpy(out->ha1_md5, md5, sizeof out->ha1_md5);
	if (!r)
		r = ply_digest_ha1(PLY_DIGEST_SHA256, user, s, pw, out->ha1_sha256);
	return r;
}

void cli_user_names(struct ply_rtc_user *u)
{
	struct ply_slice name = ply_slice_trim(u->display_name);
	size_t at = name.len;

	if (u->given_name.p || u->sn.p || !name.len)
		return;
	while (at && name.p[at - 1] != ' ')
		at--;
	if (!at) {
		u->given_name = name;
		return;
	}
	u->given_name = ply_slice_trim(ply_slice_sub(name, 0, at));
	u->sn = ply_slice_from(name, at);
}

static void added(void *ctx, int r, int64_t id)
{
	(void)id;
	cli_answer(ctx, r);
}

static void take_details(struct cli *c, struct ply_rtc_user *u)
{
	u->display_name = ply_slice_str(cli_option(c, "--display-name"));
	u->mail = ply_slice_str(cli_option(c, "--mail"));
	u->line_uri = ply_slice_str(cli_option(c, "--line-uri"));
	u->given_name = ply_slice_str(cli_option(c, "--given-name"));
	u->sn = ply_slice_str(cli_option(c, "--surname"));
	u->title = ply_slice_str(cli_option(c, "--title"));
	u->department = ply_slice_str(cli_option(c, "--department"));
	u->company = ply_slice_str(cli_option(c, "--company"));
	u->office = ply_slice_str(cli_option(c, "--office"));
	u->phone = ply_slice_str(cli_option(c, "--phone"));
	u->city = ply_slice_str(cli_option(c, "--city"));
	u->country = ply_slice_str(cli_option(c, "--country"));
}

int cli_user_not_there(const char *uri)
{
	return cli_errorf(CLI_NOT_FOUND, "PRL-USER-002", "parley user list shows who there is",
			  "there is no user %s", uri);
}

static int user_add(struct cli *c)
{
	struct ply_rtc_user u = {.flags = PLY_RTC_ENABLED};
	struct ply_rtc_cred cred;
	char uri[CLI_URI_MAX], login[CLI_URI_MAX];
	const char *own_login = cli_option(c, "--login");
	char *password = NULL;
	int r;

	take_details(c, &u);
	password = cli_password(c);
	if (!password)
		return CLI_USAGE;
	if (!cli_words(c, 1, this_verb("add")) || !cli_user_get(c->argv[0], uri) ||
	    !cli_open_rtc(c)) {
		ply_secret_free_str(password);
		return c->rtc ? CLI_UNREACHABLE : CLI_USAGE;
	}
	(void)snprintf(login, sizeof login, "%.*s", (int)strcspn(uri + 4, "@"), uri + 4);
	u.uri = ply_slice_str(uri);
	u.login = ply_slice_str(own_login ? own_login : login);
	u.home_pool = ply_slice_str(ply_role_pool(&c->common));
	cli_user_names(&u);
	r = cli_user_cred(uri, password, &cred);
	ply_secret_free_str(password);
	if (!r)
		r = cli_wait(c, ply_rtc_user_add(c->rtc, &u, &cred, added, c));
	ply_secret_wipe(&cred, sizeof cred);
	if (r == PLY_DB_E_EXISTS)
		return cli_errorf(CLI_NOT_FOUND, "PRL-USER-003",
				  "parley user password changes a password",
				  "%s, or its login name, is there already", uri);
	if (r)
		return cli_db_error(c, r);
	cli_say(c, "%s added\n", uri);
	return CLI_OK;
}

static const struct cli_column list_columns[] = {
	{"uri", "ADDRESS"},
	{"display_name", "NAME"},
	{"line_uri", "LINE"},
	{"state", "STATE"},
};

static const char *state_text(uint32_t flags)
{
	if (flags & PLY_RTC_LOCKED)
		return "locked";
	return flags & PLY_RTC_ENABLED ? "enabled" : "disabled";
}

struct listing {
	struct cli *c;
	struct cli_table *t;
	char after[CLI_URI_MAX];
	bool more;
};

static char *text(struct ply_slice s)
{
	return s.p ? ply_slice_dup(s) : NULL;
}

static void list_page(void *ctx, int r, const struct ply_rtc_user *u, size_t n, bool more)
{
	struct listing *l = ctx;

	for (size_t i = 0; !r && i < n; i++) {
		char *cell[4] = {text(u[i].uri), text(u[i].display_name), text(u[i].line_uri),
				 NULL};
		const char *row[4] = {cell[0], cell[1], cell[2], state_text(u[i].flags)};

		cli_table_row(l->t, row);
		(void)ply_slice_copy(u[i].uri, l->after, sizeof l->after);
		for (size_t k = 0; k < 3; k++)
			ply_free(cell[k]);
	}
	l->more = more;
	cli_answer(l->c, r);
}

static int user_list(struct cli *c)
{
	struct listing l = {.c = c};
	int r;

	if (!cli_words(c, 0, this_verb("list")))
		return CLI_USAGE;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	if (cli_table_begin(&l.t, c, list_columns, ARRAY_LEN(list_columns)))
		return CLI_REFUSED;
	do {
		r = cli_wait(
			c, ply_rtc_user_list(c->rtc, ply_slice_str(l.after), 1000, list_page, &l));
	} while (!r && l.more);
	cli_table_end(l.t);
	return r ? cli_db_error(c, r) : CLI_OK;
}

static void shown(void *ctx, int r, const struct ply_rtc_user *u, const struct ply_rtc_cred *cred)
{
	static const struct cli_column col[] = {
		{"uri", "address"},     {"display_name", "name"}, {"login", "login"},
		{"state", "state"},     {"line_uri", "line"},     {"mail", "mail"},
		{"home_pool", "pool"},  {"title", "title"},       {"department", "department"},
		{"company", "company"}, {"office", "office"},     {"phone", "phone"},
		{"city", "city"},       {"country", "country"},   {"password", "password"},
	};
	struct cli *c = ctx;

	if (!r) {
		char *cell[] = {text(u->uri),
				text(u->display_name),
				text(u->login),
				ply_strdup(state_text(u->flags)),
				text(u->line_uri),
				text(u->mail),
				text(u->home_pool),
				text(u->title),
				text(u->department),
				text(u->company),
				text(u->office),
				text(u->phone),
				text(u->city),
				text(u->country),
				ply_strdup(cred->has_nt || cred->has_ha1 ? "set" : "not set")};
		const char *row[ARRAY_LEN(col)];

		for (size_t i = 0; i < ARRAY_LEN(col); i++)
			row[i] = cell[i];
		cli_object(c, col, row, ARRAY_LEN(col));
		for (size_t i = 0; i < ARRAY_LEN(col); i++)
			ply_free(cell[i]);
	}
	cli_answer(c, r);
}

static int user_show(struct cli *c)
{
	char uri[CLI_URI_MAX];
	int r;

	if (!cli_words(c, 1, this_verb("show")) || !cli_user_get(c->argv[0], uri))
		return CLI_USAGE;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtc_user_load(c->rtc, ply_slice_str(uri), shown, c));
	if (r == PLY_DB_E_NONE)
		return cli_user_not_there(uri);
	return r ? cli_db_error(c, r) : CLI_OK;
}

/* Sets flags and, for `set`, details. */
static int change(struct cli *c, const char *verb, struct ply_rtc_user *u, uint32_t mask,
		  const char *done)
{
	char uri[CLI_URI_MAX];
	int r;

	if (!cli_words(c, 1, this_verb(verb)) || !cli_user_get(c->argv[0], uri))
		return CLI_USAGE;
	if (c->dry_run) {
		cli_say(c, "%s would be %s\n", uri, done);
		return CLI_OK;
	}
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	u->uri = ply_slice_str(uri);
	r = cli_wait(c, ply_rtc_user_set(c->rtc, u, mask, cli_answer, c));
	if (r == PLY_DB_E_NONE)
		return cli_user_not_there(uri);
	if (r)
		return cli_db_error(c, r);
	cli_say(c, "%s %s\n", uri, done);
	return CLI_OK;
}

static int user_enable(struct cli *c)
{
	struct ply_rtc_user u = {.flags = PLY_RTC_ENABLED};

	return change(c, "enable", &u, PLY_RTC_ENABLED | PLY_RTC_LOCKED, "enabled");
}

static int user_disable(struct cli *c)
{
	struct ply_rtc_user u = {0};

	return change(c, "disable", &u, PLY_RTC_ENABLED, "disabled");
}

static int user_lock(struct cli *c)
{
	struct ply_rtc_user u = {.flags = PLY_RTC_LOCKED};

	return change(c, "lock", &u, PLY_RTC_LOCKED, "locked");
}

static int user_set(struct cli *c)
{
	struct ply_rtc_user u = {0};

	take_details(c, &u);
	return change(c, "set", &u, 0, "changed");
}

static int user_password(struct cli *c)
{
	struct ply_rtc_cred cred;
	char uri[CLI_URI_MAX];
	char *password = cli_password(c);
	int r;

	if (!password)
		return CLI_USAGE;
	if (!cli_words(c, 1, this_verb("password")) || !cli_user_get(c->argv[0], uri)) {
		ply_secret_free_str(password);
		return CLI_USAGE;
	}
	r = cli_user_cred(uri, password, &cred);
	ply_secret_free_str(password);
	if (r || !cli_open_rtc(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtc_cred_set(c->rtc, ply_slice_str(uri), &cred, cli_answer, c));
	ply_secret_wipe(&cred, sizeof cred);
	if (r == PLY_DB_E_NONE)
		return cli_user_not_there(uri);
	if (r)
		return cli_db_error(c, r);
	cli_say(c, "password of %s set\n", uri);
	return CLI_OK;
}

static int user_delete(struct cli *c)
{
	char uri[CLI_URI_MAX], question[CLI_URI_MAX + 80];
	int r;

	if (!cli_words(c, 1, this_verb("delete")) || !cli_user_get(c->argv[0], uri))
		return CLI_USAGE;
	(void)snprintf(question, sizeof question,
		       "delete %s with contacts, access lists and published presence?", uri);
	if (!cli_confirm(c, question))
		return CLI_REFUSED;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtc_user_delete(c->rtc, ply_slice_str(uri), cli_answer, c));
	if (r == PLY_DB_E_NONE)
		return cli_user_not_there(uri);
	if (r)
		return cli_db_error(c, r);
	cli_say(c, "%s deleted\n", uri);
	return CLI_OK;
}

static int user_import(struct cli *c)
{
	if (!cli_words(c, 1, this_verb("import")))
		return CLI_USAGE;
	return cli_user_import(c, c->argv[0]);
}

#define DETAILS                                                                                    \
	"[--display-name TEXT] [--mail ADDRESS] [--line-uri tel:+NUMBER] [--given-name TEXT] "     \
	"[--surname TEXT]\n"                                                                       \
	"    [--title TEXT] [--department TEXT] [--company TEXT] [--office TEXT] [--phone TEXT] "  \
	"[--city TEXT] [--country TEXT]"

/* clang-format off */
const struct cli_verb cli_user_verbs[] = {
	{ "user", "add", "ADDRESS [--login NAME] " DETAILS "\n    [--password-file FILE | --password-fd N]",
	  "add a user who may sign in",
	  "  parley user add alice@example.com --display-name 'Alice Example'\n"
	  "  parley user add bob@example.com --password-file /root/bob.pw", user_add },
	{ "user", "import", "FILE", "add or change users from a CSV file (user,password,display-name,line-uri)",
	  "  parley user import users.csv\n  parley user import - < users.csv", user_import },
	{ "user", "list", "", "all users", "  parley user list\n  parley user list --json", user_list },
	{ "user", "show", "ADDRESS", "everything known of a user",
	  "  parley user show alice@example.com\n  parley user show --json alice@example.com", user_show },
	{ "user", "set", "ADDRESS " DETAILS, "change what the directory says of a user",
	  "  parley user set alice@example.com --title 'Head of Research'\n"
	  "  parley user set alice@example.com --line-uri tel:+14255550101", user_set },
	{ "user", "enable", "ADDRESS", "let a user sign in (again); also ends a lock",
	  "  parley user enable alice@example.com\n  parley user enable -q alice@example.com", user_enable },
	{ "user", "disable", "ADDRESS", "put a user out and refuse him from now on",
	  "  parley user disable alice@example.com\n  parley user disable --dry-run alice@example.com", user_disable },
	{ "user", "lock", "ADDRESS", "put a user out until he is enabled again",
	  "  parley user lock alice@example.com\n  parley user lock -q alice@example.com", user_lock },
	{ "user", "password", "ADDRESS [--password-file FILE | --password-fd N]", "set a password",
	  "  parley user password alice@example.com\n  parley user password alice@example.com --password-fd 3 3<pw",
	  user_password },
	{ "user", "delete", "ADDRESS [--yes]", "delete a user and all he owns",
	  "  parley user delete alice@example.com\n  parley user delete --yes alice@example.com", user_delete },
	{ 0 },
};
/* clang-format on */
