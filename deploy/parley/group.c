/* parley group ...: distribution groups. A group is invited to a meeting by its address; members
 * are users, groups, or people of other organisations. */
#include "base/mem.h"
#include "db/rtc/rtc_dl.h"
#include "deploy/parley/cli.h"
#include "deploy/parley/user_import.h"

#include <stdio.h>

static const struct cli_verb *this_verb(const char *verb)
{
	const struct cli_verb *v = cli_group_verbs;

	while (v->noun && strcmp(v->verb, verb) != 0)
		v++;
	return v;
}

/* n words, the first of them an address; false after an error. */
static bool get_group(struct cli *c, int n, const char *verb, char uri[CLI_URI_MAX])
{
	if (!cli_words(c, n, this_verb(verb)))
		return false;
	if (cli_user_uri(c->argv[0], uri))
		return true;
	(void)cli_errorf(CLI_USAGE, "PRL-USER-001", "write it as name@domain",
			 "\"%s\" is no SIP address", c->argv[0]);
	return false;
}

/* What the database said of a group that has to be there. */
static int result(struct cli *c, int r, const char *uri)
{
	if (r == PLY_DB_E_NONE)
		return cli_errorf(CLI_NOT_FOUND, "PRL-GROUP-001",
				  "parley group list shows them all", "there is no group %s", uri);
	return r ? cli_db_error(c, r) : CLI_OK;
}

static int group_create(struct cli *c)
{
	struct ply_rtc_dl g = {
		.display_name = ply_slice_str(cli_option(c, "--display-name")),
		.mail = ply_slice_str(cli_option(c, "--mail")),
	};
	char uri[CLI_URI_MAX];
	int r;

	if (!get_group(c, 1, "create", uri))
		return CLI_USAGE;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	g.uri = ply_slice_str(uri);
	r = cli_wait(c, ply_rtc_dl_add(c->rtc, &g, cli_answer, c));
	if (r == PLY_DB_E_EXISTS)
		return cli_errorf(CLI_NOT_FOUND, "PRL-GROUP-002",
				  "parley group list and parley user list show who has it",
				  "%s is the address of a group or user already", uri);
	if (r)
		return cli_db_error(c, r);
	cli_say(c, "%s created; parley group add puts people into it\n", uri);
	return CLI_OK;
}

/* --- reading --- */

static const struct cli_column group_columns[] = {
	{"uri", "ADDRESS"},
	{"display_name", "NAME"},
	{"mail", "MAIL"},
	{"members", "MEMBERS"},
};

static const struct cli_column member_columns[] = {
	{"uri", "MEMBER"},
	{"kind", "KIND"},
	{"display_name", "NAME"},
};

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

static void group_row(struct listing *l, const struct ply_rtc_dl *g)
{
	char *cell[3] = {text(g->uri), text(g->display_name), text(g->mail)};
	char members[PLY_U64_DIGITS];
	const char *row[4] = {cell[0], cell[1], cell[2], members};

	(void)snprintf(members, sizeof members, "%llu", (unsigned long long)g->n_member);
	if (l->t)
		cli_table_row(l->t, row);
	else
		cli_object(l->c, group_columns, row, ARRAY_LEN(row));
	for (size_t k = 0; k < ARRAY_LEN(cell); k++)
		ply_free(cell[k]);
}

static void groups_page(void *ctx, int r, const struct ply_rtc_dl *g, size_t n, bool more)
{
	struct listing *l = ctx;

	for (size_t i = 0; !r && i < n; i++) {
		group_row(l, &g[i]);
		(void)ply_slice_copy(g[i].uri, l->after, sizeof l->after);
	}
	l->more = more;
	cli_answer(l->c, r);
}

static int group_list(struct cli *c)
{
	struct listing l = {.c = c};
	int r;

	if (!cli_words(c, 0, this_verb("list")))
		return CLI_USAGE;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	if (cli_table_begin(&l.t, c, group_columns, ARRAY_LEN(group_columns)))
		return CLI_REFUSED;
	do {
		r = cli_wait(c, ply_rtc_dl_list(c->rtc, ply_slice_str(l.after), PLY_RTC_DL_LIST_MAX,
						groups_page, &l));
	} while (!r && l.more);
	cli_table_end(l.t);
	return r ? cli_db_error(c, r) : CLI_OK;
}

static void members_page(void *ctx, int r, const struct ply_rtc_dl_member_row *m, size_t n,
			 bool more)
{
	static const char *const kind[] = {"other", "user", "group"};
	struct listing *l = ctx;

	for (size_t i = 0; !r && i < n; i++) {
		char *uri = text(m[i].uri), *name = text(m[i].display_name);
		const char *row[3] = {uri, m[i].kind < ARRAY_LEN(kind) ? kind[m[i].kind] : NULL,
				      name};

		cli_table_row(l->t, row);
		(void)ply_slice_copy(m[i].uri, l->after, sizeof l->after);
		ply_free(uri);
		ply_free(name);
	}
	l->more = more;
	cli_answer(l->c, r);
}

static int group_show(struct cli *c)
{
	struct listing l = {.c = c}, of_group = {.c = c};
	char uri[CLI_URI_MAX];
	int r;

	if (!get_group(c, 1, "show", uri))
		return CLI_USAGE;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtc_dl_load(c->rtc, ply_slice_str(uri), groups_page, &of_group));
	if (r)
		return result(c, r, uri);
	cli_say(c, "\n");
	if (cli_table_begin(&l.t, c, member_columns, ARRAY_LEN(member_columns)))
		return CLI_REFUSED;
	do {
		r = cli_wait(c,
			     ply_rtc_dl_members(c->rtc, ply_slice_str(uri), ply_slice_str(l.after),
						PLY_RTC_DL_LIST_MAX, members_page, &l));
	} while (!r && l.more);
	cli_table_end(l.t);
	return r ? cli_db_error(c, r) : CLI_OK;
}

/* --- members --- */

typedef int change_fn(struct ply_rtc *rtc, struct ply_slice uri, const struct ply_slice *member,
		      size_t n, ply_rtc_count_fn fn, void *ctx);

struct change {
	struct cli *c;
	const char *group;
	change_fn *fn;
	char (*uri)[CLI_URI_MAX];
	struct ply_slice *member;
	size_t n;
	int64_t changed;
};

static void counted(void *ctx, int r, int64_t n)
{
	struct change *ch = ctx;

	ch->changed += n;
	cli_answer(ch->c, r);
}

/* In pieces of what one call takes. */
static int apply(struct change *ch)
{
	int r = 0;

	if (!cli_open_rtc(ch->c))
		return CLI_UNREACHABLE;
	for (size_t at = 0; !r && at < ch->n; at += PLY_RTC_DL_CHANGE_MAX) {
		size_t n = ch->n - at;

		if (n > PLY_RTC_DL_CHANGE_MAX)
			n = PLY_RTC_DL_CHANGE_MAX;
		r = cli_wait(ch->c, ch->fn(ch->c->rtc, ply_slice_str(ch->group), ch->member + at, n,
					   counted, ch));
	}
	return result(ch->c, r, ch->group);
}

/* All addresses are read before the first is written. */
static int read_members(struct change *ch, char **word)
{
	ch->uri = ply_calloc(ch->n, sizeof ch->uri[0]);
	ch->member = ply_calloc(ch->n, sizeof ch->member[0]);
	if (!ch->uri || !ch->member)
		return cli_error(CLI_REFUSED, "PRL-CLI-009", "out of memory", NULL, NULL);
	for (size_t i = 0; i < ch->n; i++) {
		if (!cli_user_uri(word[i], ch->uri[i]))
			return cli_errorf(CLI_USAGE, "PRL-USER-001", "nothing was changed",
					  "\"%s\" is no SIP address", word[i]);
		ch->member[i] = ply_slice_str(ch->uri[i]);
	}
	return CLI_OK;
}

static int change(struct cli *c, const char *verb, change_fn *fn, const char *done)
{
	char group[CLI_URI_MAX];
	struct change ch = {.c = c, .group = group, .fn = fn};
	int code;

	if (!get_group(c, c->argc < 2 ? 2 : c->argc, verb, group))
		return CLI_USAGE;
	ch.n = (size_t)c->argc - 1;
	code = read_members(&ch, c->argv + 1);
	if (code == CLI_OK)
		code = apply(&ch);
	if (code == CLI_OK)
		cli_say(c, "%lld of %zu %s %s\n", (long long)ch.changed, ch.n, done, group);
	ply_free(ch.uri);
	ply_free(ch.member);
	return code;
}

static int group_add(struct cli *c)
{
	return change(c, "add", ply_rtc_dl_member_add, "added to");
}

static int group_remove(struct cli *c)
{
	return change(c, "remove", ply_rtc_dl_member_remove, "removed from");
}

static int group_delete(struct cli *c)
{
	char uri[CLI_URI_MAX], question[CLI_URI_MAX + 80];

	if (!get_group(c, 1, "delete", uri))
		return CLI_USAGE;
	(void)snprintf(question, sizeof question, "delete the group %s with its list of members?",
		       uri);
	if (!cli_confirm(c, question))
		return CLI_REFUSED;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	return result(c, cli_wait(c, ply_rtc_dl_delete(c->rtc, ply_slice_str(uri), cli_answer, c)),
		      uri);
}

/* clang-format off */
const struct cli_verb cli_group_verbs[] = {
	{ "group", "create", "ADDRESS [--display-name TEXT] [--mail ADDRESS]",
	  "make a distribution group, which can be invited to a meeting by its address",
	  "  parley group create sales@example.com --display-name Sales\n"
	  "  parley group create all@example.com --mail everybody@example.com", group_create },
	{ "group", "list", "", "all distribution groups",
	  "  parley group list\n  parley group list --json", group_list },
	{ "group", "show", "ADDRESS", "a group and who is in it",
	  "  parley group show sales@example.com\n  parley group show --json sales@example.com", group_show },
	{ "group", "add", "GROUP MEMBER...", "put users, or other groups, into a group",
	  "  parley group add sales@example.com alice@example.com bob@example.com\n"
	  "  parley group add all@example.com sales@example.com", group_add },
	{ "group", "remove", "GROUP MEMBER...", "take members out of a group",
	  "  parley group remove sales@example.com bob@example.com\n"
	  "  parley group remove -q all@example.com sales@example.com", group_remove },
	{ "group", "delete", "ADDRESS [--yes]", "delete a group; its members stay",
	  "  parley group delete sales@example.com\n  parley group delete --yes sales@example.com", group_delete },
	{ 0 },
};
/* clang-format on */
