/* parley policy ...: meeting policies. Settings are read and written in rtcconfig; what they come
 * to is topo/policy.h, the same code as in the Front End. */
#include "topo/policy.h"

#include "base/mem.h"
#include "db/rtc/rtc.h"
#include "deploy/parley/cli.h"
#include "deploy/parley/user_import.h"

#include <stdio.h>

static const struct cli_verb *this_verb(const char *verb)
{
	const struct cli_verb *v = cli_policy_verbs;

	while (v->noun && strcmp(v->verb, verb) != 0)
		v++;
	return v;
}

/* --- reading --- */

struct read {
	struct cli *c;
	struct ply_policies *out;
};

static void rows(void *ctx, int r, const struct ply_rtcconfig_setting *s, size_t n)
{
	struct read *read = ctx;
	struct ply_strbuf bad = PLY_STRBUF_INIT;

	if (!r)
		r = ply_policies_make(read->out, s, n, ply_role_pool(&read->c->common), &bad);
	if (bad.len)
		(void)fprintf(stderr, "note: these settings are not usable and do not count:\n%s",
			      ply_strbuf_str(&bad));
	ply_strbuf_deinit(&bad);
	cli_answer(read->c, r);
}

/* CLI_OK, or the code after an error. *out is to be freed in any case. */
static int read_policies(struct cli *c, struct ply_policies *out)
{
	struct ply_slice all = ply_slice_str("");
	struct read read = {c, out};
	int r;

	*out = (struct ply_policies){0};
	if (!cli_open_rtcconfig(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtcconfig_list(c->rtcconfig, all, all, rows, &read));
	return r ? cli_db_error(c, r) : CLI_OK;
}

static int not_there(const char *name)
{
	return cli_errorf(CLI_NOT_FOUND, "PRL-POLICY-001", "parley policy list shows them all",
			  "there is no meeting policy \"%s\"", name);
}

/* --- list --- */

static bool is_changed(const struct ply_policy *p)
{
	for (size_t i = 0; i < PLY_POLICY_FIELDS; i++)
		if (p->origin[i] == PLY_POLICY_GLOBAL || p->origin[i] == PLY_POLICY_POOL)
			return true;
	return false;
}

static const char *kind_of(const struct ply_policy *p)
{
	if (!p->built_in)
		return "custom";
	return is_changed(p) ? "built in, changed" : "built in";
}

static void list_row(struct cli_table *t, const struct ply_policies *p, const struct ply_policy *x)
{
	const struct ply_policy_values *v = &x->v;
	static const char *const sharing[] = {"None", "SingleApplication", "Desktop"};
	char size[12];

	(void)snprintf(size, sizeof size, "%u", v->meeting_size);
	cli_table_row(t, (const char *const[]){
				 x->name, size, v->allow_ip_audio ? "yes" : "no",
				 v->allow_ip_video ? "yes" : "no",
				 v->enable_data_collaboration ? "yes" : "no",
				 v->enable_app_sharing ? "yes" : "no", sharing[v->external_sharing],
				 ply_policy_anonymous(p, x) ? "yes" : "no", kind_of(x)});
}

static int policy_list(struct cli *c)
{
	static const struct cli_column col[] = {
		{"name", "POLICY"},        {"size", "SIZE"},      {"audio", "AUDIO"},
		{"video", "VIDEO"},        {"data", "DATA"},      {"sharing", "SHARE"},
		{"external", "TO OTHERS"}, {"anonymous", "ANON"}, {"kind", "KIND"},
	};
	struct ply_policies p;
	struct cli_table *t;
	int code;

	if (!cli_words(c, 0, this_verb("list")))
		return CLI_USAGE;
	code = read_policies(c, &p);
	if (!code && cli_table_begin(&t, c, col, ARRAY_LEN(col)))
		code = CLI_REFUSED;
	if (!code) {
		for (size_t i = 0; i < p.n; i++)
			list_row(t, &p, &p.policy[i]);
		cli_table_end(t);
		if (p.everybody[0])
			cli_say(c, "\n\"%s\" holds for everybody, whatever is assigned.\n",
				p.everybody);
	}
	ply_policies_deinit(&p);
	return code;
}

/* --- set --- */

static int bad_value(const struct ply_conf_item *item, const char *word)
{
	struct ply_policy_values scratch;
	struct ply_strbuf err = PLY_STRBUF_INIT;
	int code = CLI_OK;

	if (word[0] && ply_conf_set(item, &scratch, word, NULL, &err))
		code = cli_errorf(CLI_USAGE, "PRL-POLICY-002", item->help,
				  "%s cannot be \"%s\": %s", item->key, word, ply_strbuf_str(&err));
	ply_strbuf_deinit(&err);
	return code;
}

static int unknown_key(struct ply_slice key)
{
	struct ply_strbuf known = PLY_STRBUF_INIT;

	for (const struct ply_conf_item *i = ply_policy_fields; i->section; i++)
		ply_strbuf_addf(&known, "%s%s", known.len ? ", " : "there are: ", i->key);
	(void)cli_errorf(CLI_USAGE, "PRL-POLICY-002", ply_strbuf_str(&known),
			 "a meeting policy has no \"%.*s\"", PLY_SLICE_ARG(key));
	ply_strbuf_deinit(&known);
	return CLI_USAGE;
}

/* "KEY=VALUE" of a policy into a setting; an empty value unsets. */
static int read_pair(const char *word, struct ply_rtcconfig_setting *s)
{
	struct ply_slice rest = ply_slice_str(word), key;
	const struct ply_conf_item *i = ply_policy_fields;

	if (!ply_slice_split(&rest, '=', &key) || !rest.p)
		return cli_errorf(CLI_USAGE, "PRL-POLICY-002", "write KEY=VALUE; KEY= unsets it",
				  "\"%s\" sets nothing", word);
	while (i->section && !ply_slice_caseis(key, i->key))
		i++;
	if (!i->section)
		return unknown_key(key);
	s->class_ = ply_slice_str(PLY_POLICY_CLASS);
	s->property = ply_slice_str(i->key);
	s->value = rest.len ? rest : ply_slice(NULL, 0);
	return bad_value(i, rest.p);
}

/* The switches above all policies. */
static int read_global(const char *word, struct ply_rtcconfig_setting *s)
{
	static const char *const keys[] = {"MeetingPolicy",
					   "AllowOrganizeMeetingWithAnonymousParticipants"};
	struct ply_slice rest = ply_slice_str(word), key;

	(void)ply_slice_split(&rest, '=', &key);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!rest.p || !ply_slice_caseis(key, keys[i]))
			continue;
		if (i == 1 && rest.len && !ply_slice_is(rest, "All") &&
		    !ply_slice_is(rest, "None") && !ply_slice_is(rest, "PerUser"))
			break;
		s->class_ = ply_slice_str(PLY_POLICY_GLOBAL_CLASS);
		s->instance = ply_slice_str("");
		s->property = ply_slice_str(keys[i]);
		s->value = rest.len ? rest : ply_slice(NULL, 0);
		return CLI_OK;
	}
	return cli_errorf(
		CLI_USAGE, "PRL-POLICY-002",
		"--global takes MeetingPolicy=NAME or MeetingPolicy=" PLY_POLICY_PER_USER
		", and AllowOrganizeMeetingWithAnonymousParticipants=All, None or PerUser",
		"\"%s\" is no global switch", word);
}

static int set_one(struct cli *c, const struct ply_rtcconfig_setting *s)
{
	int r;

	if (c->dry_run) {
		cli_say(c, "%.*s would become \"%.*s\"\n", PLY_SLICE_ARG(s->property),
			PLY_SLICE_ARG(s->value));
		return CLI_OK;
	}
	r = cli_wait(c, ply_rtcconfig_set(c->rtcconfig, s, cli_answer, c));
	return r ? cli_db_error(c, r) : CLI_OK;
}

/* All words are checked before the first is written. */
static int set_all(struct cli *c, struct ply_rtcconfig_setting *s, bool global, int from)
{
	for (int write = 0; write < 2; write++) {
		for (int i = from; i < c->argc; i++) {
			int code = global ? read_global(c->argv[i], s) : read_pair(c->argv[i], s);

			if (!code && write)
				code = set_one(c, s);
			if (code)
				return code;
		}
	}
	return CLI_OK;
}

static bool name_ok(struct ply_slice name)
{
	return name.len && name.len <= PLY_POLICY_NAME_MAX &&
	       ply_slice_chr(name, '=') == SIZE_MAX && ply_slice_chr(name, '\n') == SIZE_MAX;
}

static int policy_set(struct cli *c)
{
	const char *level = cli_option(c, "--level");
	bool global = cli_flag(c, "--global");
	int first = global ? 0 : 1, code;
	struct ply_rtcconfig_setting s = {.level = ply_slice_str(level ? level : "global")};
	const struct ply_policy *known;
	struct ply_policies p;

	if (c->argc <= first || c->argv[0][0] == '-')
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley policy set %s",
				  this_verb("set")->args);
	s.instance = ply_slice_str(c->argv[0]);
	if (!global && !name_ok(s.instance))
		return cli_errorf(CLI_USAGE, "PRL-POLICY-003", NULL,
				  "\"%s\" cannot be the name of a policy", c->argv[0]);
	code = read_policies(c, &p);
	known = global ? NULL : ply_policy_find(&p, s.instance);
	if (known) /* "policy 5" is "Policy 5 (Low)" */
		s.instance = ply_slice_str(known->name);
	if (!code)
		code = set_all(c, &s, global, first);
	if (!code && !c->dry_run)
		cli_say(c, known || global
				   ? "set; it holds for meetings from now on\n"
				   : "policy made; parley policy assign gives it to people\n");
	ply_policies_deinit(&p);
	return code;
}

/* --- assign --- */

static int assign(struct cli *c, const char *uri, const char *name)
{
	struct ply_rtc_user u = {.uri = ply_slice_str(uri), .meeting_policy = ply_slice_str(name)};
	int r;

	if (c->dry_run) {
		cli_say(c, "%s would get \"%s\"\n", uri, name[0] ? name : "no policy of his own");
		return CLI_OK;
	}
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtc_user_set(c->rtc, &u, 0, cli_answer, c));
	if (r == PLY_DB_E_NONE)
		return cli_user_not_there(uri);
	if (r)
		return cli_db_error(c, r);
	cli_say(c, "%s: %s\n", uri, name[0] ? name : "no policy of his own");
	return CLI_OK;
}

static int policy_assign(struct cli *c)
{
	const struct ply_policy *found;
	struct ply_policies p;
	char uri[CLI_URI_MAX];
	int code;

	if (!cli_words(c, 2, this_verb("assign")) || !cli_user_get(c->argv[0], uri))
		return CLI_USAGE;
	code = read_policies(c, &p);
	found = ply_policy_find(&p, ply_slice_str(c->argv[1]));
	if (!code && !found && strcmp(c->argv[1], "none") != 0)
		code = not_there(c->argv[1]);
	if (!code)
		code = assign(c, uri, found ? found->name : "");
	if (!code && !c->dry_run && p.everybody[0])
		cli_say(c, "note: \"%s\" holds for everybody now; see parley policy explain %s\n",
			p.everybody, uri + 4);
	ply_policies_deinit(&p);
	return code;
}

/* --- explain --- */

struct subject {
	struct cli *c;
	char policy[PLY_POLICY_NAME_MAX + 1];
	bool gone; /* what he has is longer than any name */
};

static void user_read(void *ctx, int r, const struct ply_rtc_user *u,
		      const struct ply_rtc_cred *cred)
{
	struct subject *s = ctx;

	(void)cred;
	if (!r && u->meeting_policy.p)
		s->gone = !ply_slice_copy(u->meeting_policy, s->policy, sizeof s->policy);
	cli_answer(s->c, r);
}

static void say_why(char *out, size_t cap, const struct ply_policies *p, const struct subject *s,
		    enum ply_policy_why why)
{
	switch (why) {
	case PLY_POLICY_EVERYBODY:
		(void)snprintf(out, cap, "one policy holds for everybody%s%s%s",
			       s->policy[0] ? "; his own, \"" : "", s->policy,
			       s->policy[0] ? "\", does not count" : "");
		return;
	case PLY_POLICY_EVERYBODY_GONE:
		(void)snprintf(out, cap,
			       "\"%s\" shall hold for everybody, but there is no such policy: the "
			       "default one does",
			       p->everybody);
		return;
	case PLY_POLICY_ASSIGNED:
		(void)snprintf(out, cap, "assigned to him");
		return;
	case PLY_POLICY_ASSIGNED_GONE:
		(void)snprintf(
			out, cap,
			"\"%s\" is assigned to him, but there is no such policy: the default "
			"one holds",
			s->policy);
		return;
	default:
		(void)snprintf(out, cap, "none is assigned to him: the default one holds");
	}
}

static const char *origin_text(enum ply_policy_origin o, char *out, size_t cap, const char *pool)
{
	switch (o) {
	case PLY_POLICY_GLOBAL:
		return "set for all pools";
	case PLY_POLICY_POOL:
		(void)snprintf(out, cap, "set for pool %s", pool);
		return out;
	case PLY_POLICY_BY_DEFAULT:
		return "not set: as in \"" PLY_POLICY_DEFAULT "\"";
	default:
		return "built in";
	}
}

static void explain_anonymous(struct cli_table *t, const struct ply_policies *p,
			      const struct ply_policy *x, const char *by_policy)
{
	static const char *const why[] = {
		[PLY_ANONYMOUS_ALL] = "the global switch allows it to everybody",
		[PLY_ANONYMOUS_NONE] = "the global switch forbids it to everybody",
	};

	cli_table_row(t, (const char *const[]){"AllowAnonymousParticipants",
					       ply_policy_anonymous(p, x) ? "yes" : "no",
					       p->anonymous == PLY_ANONYMOUS_BY_POLICY
						       ? by_policy
						       : why[p->anonymous]});
}

static void explain_values(const struct cli *c, struct cli_table *t, const struct ply_policies *p,
			   const struct ply_policy *x)
{
	for (size_t i = 0; i < PLY_POLICY_FIELDS; i++) {
		const struct ply_conf_item *item = &ply_policy_fields[i];
		struct ply_strbuf value = PLY_STRBUF_INIT;
		char text[300];
		const char *from =
			origin_text(x->origin[i], text, sizeof text, ply_role_pool(&c->common));

		if (item->offset == offsetof(struct ply_policy_values, is_default))
			continue;
		ply_conf_print_value(item, &x->v, &value);
		if (item->offset == offsetof(struct ply_policy_values, allow_anonymous))
			explain_anonymous(t, p, x, from);
		else
			cli_table_row(
				t, (const char *const[]){item->key, ply_strbuf_str(&value), from});
		ply_strbuf_deinit(&value);
	}
}

static int explain(struct cli *c, const struct ply_policies *p, const struct subject *s,
		   const char *uri)
{
	static const struct cli_column col[] = {
		{"key", "VALUE OF"}, {"value", "IS"}, {"because", "BECAUSE"}};
	enum ply_policy_why why;
	const struct ply_policy *x = ply_policy_of(
		p, ply_slice_str(s->gone ? "(a name that is too long)" : s->policy), &why);
	struct cli_table *t;
	char reason[300];

	say_why(reason, sizeof reason, p, s, why);
	cli_say(c, "%s organizes under \"%s\": %s.\n\n", uri + 4, x->name, reason);
	if (cli_table_begin(&t, c, col, ARRAY_LEN(col)))
		return CLI_REFUSED;
	if (c->json)
		cli_table_row(t, (const char *const[]){"Policy", x->name, reason});
	explain_values(c, t, p, x);
	cli_table_end(t);
	return CLI_OK;
}

static int policy_explain(struct cli *c)
{
	struct subject s = {.c = c};
	struct ply_policies p;
	char uri[CLI_URI_MAX];
	int code, r;

	if (!cli_words(c, 1, this_verb("explain")) || !cli_user_get(c->argv[0], uri))
		return CLI_USAGE;
	if (!cli_open_rtc(c))
		return CLI_UNREACHABLE;
	r = cli_wait(c, ply_rtc_user_load(c->rtc, ply_slice_str(uri), user_read, &s));
	if (r == PLY_DB_E_NONE)
		return cli_user_not_there(uri);
	if (r)
		return cli_db_error(c, r);
	code = read_policies(c, &p);
	if (!code)
		code = explain(c, &p, &s, uri);
	ply_policies_deinit(&p);
	return code;
}

/* clang-format off */
const struct cli_verb cli_policy_verbs[] = {
	{ "policy", "list", "", "meeting policies: built in and made here",
	  "  parley policy list\n  parley policy list --json", policy_list },
	{ "policy", "set", "NAME KEY=VALUE ... | --global KEY=VALUE ... [--level LEVEL] [--dry-run]",
	  "change a meeting policy, or make one; KEY= unsets. --global: the switches above all of them",
	  "  parley policy set Sales MeetingSize=40 AllowIPVideo=no\n"
	  "  parley policy set --global MeetingPolicy=UsePerUserMeetingPolicy", policy_set },
	{ "policy", "assign", "ADDRESS NAME [--dry-run]", "give a user a meeting policy; the name none takes his own away",
	  "  parley policy assign alice@example.com 'Policy 3'\n  parley policy assign alice@example.com none", policy_assign },
	{ "policy", "explain", "ADDRESS", "what a user's meetings may do, and what decided each value",
	  "  parley policy explain alice@example.com\n  parley policy explain alice@example.com --json", policy_explain },
	{ 0 },
};
/* clang-format on */
