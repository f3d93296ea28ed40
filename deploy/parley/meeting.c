/* parley meeting ...: asked of the Front End, which has the rules and the keys' secret. */
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "deploy/parley/ask.h"

#include <stdio.h>
#include <time.h>

enum { GRACE_DAYS = 14 }; /* meeting-lifecycle E1, E2 */

static const struct cli_verb *this_verb(const char *verb)
{
	const struct cli_verb *v = cli_meeting_verbs;

	while (v->noun && strcmp(v->verb, verb) != 0)
		v++;
	return v;
}

/* --- what the Front End refused --- */

static const struct {
	const char *word;
	int code;
	const char *id, *what, *next;
} refusals[] = {
	{"none", CLI_NOT_FOUND, "PRL-MEETING-002", "there is no such meeting",
	 "parley meeting list shows which there are"},
	{"user", CLI_NOT_FOUND, "PRL-USER-002", "there is no such organizer",
	 "parley user list shows who there is and who is enabled"},
	{"refused", CLI_REFUSED, "PRL-MEETING-003", "the meeting cannot be scheduled like this",
	 "parley policy explain ORGANIZER shows what is allowed"},
	{"inactive", CLI_REFUSED, "PRL-MEETING-004", "nobody is in the meeting",
	 "parley meeting list --active shows those that run"},
	{"several", CLI_USAGE, "PRL-MEETING-005", "several organizers have a meeting of this name",
	 "give its whole address: parley meeting list --json shows it as uri"},
	{"usage", CLI_USAGE, "PRL-MEETING-006", "the Front End does not understand this", NULL},
	{"database", CLI_UNREACHABLE, "PRL-DB-001", "the Front End cannot reach the database",
	 "parley status; whether a change was made is unknown"},
};

static int refused_error(const struct ply_strbuf *refused)
{
	struct ply_slice text = ply_strbuf_slice(refused), word;

	(void)ply_slice_split(&text, ' ', &word);
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (ply_slice_is(word, refusals[i].word))
			return cli_error(refusals[i].code, refusals[i].id, refusals[i].what, text.p,
					 refusals[i].next);
	return cli_error(CLI_REFUSED, "PRL-MEETING-007", "the Front End did not do it",
			 ply_strbuf_str(refused), NULL);
}

static int ask(struct cli *c, const struct ply_strbuf *command, cli_line_fn *fn, void *ctx)
{
	struct ply_strbuf refused = PLY_STRBUF_INIT;
	int code;

	if (ply_strbuf_err(command) || command->len > 4000) {
		code = cli_errorf(CLI_USAGE, "PRL-MEETING-006", "give fewer people on one line",
				  "the command is too long");
	} else {
		code = cli_ask(c, ply_strbuf_str(command), "PRL-MEETING-001", fn, ctx, &refused);
		if (code == CLI_REFUSED)
			code = refused_error(&refused);
	}
	ply_strbuf_deinit(&refused);
	return code;
}

/* Tabs and line ends separate: in a value they become blanks. */
static void add_arg(struct ply_strbuf *b, const char *name, const char *value)
{
	ply_strbuf_addf(b, "\t%s=", name);
	for (; *value; value++) {
		if (*value == '\t' || *value == '\n')
			ply_strbuf_addc(b, ' ');
		else
			ply_strbuf_addc(b, *value);
	}
}

/* --- create --- */

static bool local_time(const char *word, int64_t *ms)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S",
					    "%Y-%m-%d"};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(word, forms[i], &tm);

		if (end && !*end) {
			*ms = (int64_t)mktime(&tm) * 1000;
			return true;
		}
	}
	return false;
}

/* Local unless it names its zone. */
static bool read_time(struct cli *c, const char *option, int64_t *ms)
{
	const char *word = cli_option(c, option);

	*ms = 0;
	if (!word || local_time(word, ms) || ply_datetime_read(ply_slice_str(word), ms))
		return true;
	(void)cli_errorf(CLI_USAGE, "PRL-MEETING-008", "for example: --end 2026-12-24T15:30",
			 "%s is no time: %s", option, word);
	return false;
}

static int bad_times(const char *what)
{
	return cli_error(
		CLI_USAGE, "PRL-MEETING-008", what, NULL,
		"a meeting on one day has --start and --end, a series --recurring and, if it "
		"ends, --end of the last one; --ad-hoc lives 8 h");
}

/* One-time: end + 14 days. Series: the same after its last one, or as long as it is used. */
static int take_times(struct cli *c, struct ply_strbuf *b)
{
	bool recurring = cli_flag(c, "--recurring"), ad_hoc = cli_flag(c, "--ad-hoc");
	char text[PLY_DATETIME_LEN + 1];
	int64_t start, end;

	if (!read_time(c, "--start", &start) || !read_time(c, "--end", &end))
		return CLI_USAGE;
	if ((ad_hoc && (recurring || start || end)) || (start && !end && !recurring))
		return bad_times("these times do not go together");
	if (start && end && end <= start)
		return bad_times("the meeting would end before it starts");
	if (end && end < (int64_t)ply_wall_ms())
		return bad_times("the end is over already");
	if (recurring && !end)
		add_arg(b, "recurring", "yes");
	if (end) {
		ply_datetime_text(text, end + (int64_t)GRACE_DAYS * 86400000);
		add_arg(b, "expires", text);
	}
	return CLI_OK;
}

static void created(void *ctx, struct ply_slice line)
{
	static const struct cli_column col[] = {
		{"uri", "address"}, {"link", "join link"},  {"key", "key"},
		{"id", "id"},       {"expires", "expires"},
	};
	struct ply_strbuf key = PLY_STRBUF_INIT;
	const struct cli *c = ctx;

	cli_json_object(c, col, ARRAY_LEN(col), line);
	if (cli_json_get(line, "key", &key))
		cli_say(c, "The key lets anonymous people in. It is not shown again.\n");
	ply_strbuf_deinit(&key);
}

static void take_all(struct cli *c, struct ply_strbuf *b, const char *option, const char *name)
{
	const char *value;

	while ((value = cli_option(c, option)))
		add_arg(b, name, value);
}

static int create(struct cli *c, struct ply_strbuf *b)
{
	const char *organizer = cli_option(c, "--organizer"), *subject = cli_option(c, "--subject"),
		   *type = cli_option(c, "--type");
	int code;

	if (type && strcmp(type, "open") != 0 && strcmp(type, "closed") != 0 &&
	    strcmp(type, "anonymous") != 0)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL,
				  "--type is open, closed or anonymous, not \"%s\"", type);
	ply_strbuf_adds(b, "meeting create");
	add_arg(b, "organizer", organizer ? organizer : "");
	if (subject)
		add_arg(b, "subject", subject);
	if (type)
		add_arg(b, "type", type);
	take_all(c, b, "--presenter", "presenter");
	take_all(c, b, "--attendee", "attendee");
	code = take_times(c, b);
	if (code)
		return code;
	if (!cli_words(c, 0, this_verb("create")))
		return CLI_USAGE;
	if (!organizer)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley meeting create %s",
				  this_verb("create")->args);
	if (c->dry_run) {
		cli_say(c, "%s would organize a meeting\n", organizer);
		return CLI_OK;
	}
	return ask(c, b, created, c);
}

static int meeting_create(struct cli *c)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	int code = create(c, &b);

	ply_strbuf_deinit(&b);
	return code;
}

/* --- list, show --- */

static const struct cli_column list_columns[] = {
	{"id", "ID"},       {"organizer", "ORGANIZER"}, {"subject", "SUBJECT"}, {"type", "TYPE"},
	{"state", "STATE"}, {"endpoints", "IN IT"},     {"expires", "EXPIRES"},
};

struct listing {
	struct cli *c;
	struct cli_table *t;
};

static void list_row(void *ctx, struct ply_slice line)
{
	struct listing *l = ctx;

	cli_json_row(l->c, l->t, list_columns, ARRAY_LEN(list_columns), line);
}

static int meeting_list(struct cli *c)
{
	const char *organizer = cli_option(c, "--organizer");
	bool active = cli_flag(c, "--active");
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct listing l = {.c = c};
	int code;

	if (!cli_words(c, 0, this_verb("list")))
		return CLI_USAGE;
	if (cli_table_begin(&l.t, c, list_columns, ARRAY_LEN(list_columns)))
		return CLI_REFUSED;
	ply_strbuf_adds(&b, "meeting list");
	if (organizer)
		add_arg(&b, "organizer", organizer);
	if (active)
		add_arg(&b, "active", "yes");
	code = ask(c, &b, list_row, &l);
	if (code == CLI_OK)
		cli_table_end(l.t);
	else
		cli_table_drop(l.t);
	ply_strbuf_deinit(&b);
	return code;
}

static void show_line(void *ctx, struct ply_slice line)
{
	static const struct cli_column col[] = {
		{"uri", "address"},
		{"organizer", "organizer"},
		{"subject", "subject"},
		{"type", "type"},
		{"state", "state"},
		{"expires", "expires"},
		{"expiry", "expiry rule"},
		{"media", "media"},
		{"key", "key"},
		{"created", "created"},
		{"changed", "changed"},
		{"last_begun", "last begun"},
		{"frontend", "runs on"},
		{"locked", "locked"},
		{"last_join", "last join"},
		{"invited", "invited"},
		{"participant", "in it"},
		{"role", "  role"},
		{"endpoint", "  endpoint"},
		{"joined", "  since"},
	};

	cli_json_object(ctx, col, ARRAY_LEN(col), line);
}

static int about_one(struct cli *c, const char *verb, cli_line_fn *fn)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	int code;

	ply_strbuf_addf(&b, "meeting %s", verb);
	add_arg(&b, "meeting", c->argv[0]);
	code = ask(c, &b, fn, c);
	ply_strbuf_deinit(&b);
	return code;
}

static int meeting_show(struct cli *c)
{
	return cli_words(c, 1, this_verb("show")) ? about_one(c, "show", show_line) : CLI_USAGE;
}

/* --- end, delete --- */

static void done(void *ctx, struct ply_slice line)
{
	const struct cli *c = ctx;
	struct ply_strbuf id = PLY_STRBUF_INIT, state = PLY_STRBUF_INIT;

	(void)cli_json_get(line, "id", &id);
	(void)cli_json_get(line, "state", &state);
	if (c->json)
		(void)printf("%.*s\n", PLY_SLICE_ARG(line));
	cli_say(c, "meeting %s: %s\n", ply_strbuf_str(&id), ply_strbuf_str(&state));
	ply_strbuf_deinit(&id);
	ply_strbuf_deinit(&state);
}

static int destroy(struct cli *c, const char *verb, const char *loss)
{
	char question[700];

	if (!cli_words(c, 1, this_verb(verb)))
		return CLI_USAGE;
	if (c->dry_run) {
		cli_say(c, "meeting %s: it would %s\n", c->argv[0], verb);
		return CLI_OK;
	}
	(void)snprintf(question, sizeof question, "%s meeting %.500s: %s?", verb, c->argv[0], loss);
	return cli_confirm(c, question) ? about_one(c, verb, done) : CLI_REFUSED;
}

static int meeting_end(struct cli *c)
{
	return destroy(c, "end", "everybody is put out, and may join again");
}

static int meeting_delete(struct cli *c)
{
	return destroy(c, "delete",
		       "everybody is put out, and its address is good for nothing more");
}

/* clang-format off */
const struct cli_verb cli_meeting_verbs[] = {
	{ "meeting", "create",
	  "--organizer ADDRESS [--subject TEXT] [--type open|closed|anonymous] [--presenter ADDRESS] [--attendee ADDRESS] "
	  "[--start TIME --end TIME] [--recurring [--end TIME]] [--ad-hoc] [--dry-run]",
	  "schedule a meeting in a user's name; --presenter and --attendee as often as needed",
	  "  parley meeting create --organizer alice@example.com --subject 'Plans' --start 2026-12-01T10:00 --end 2026-12-01T11:00\n"
	  "  parley meeting create --organizer alice@example.com --type anonymous --recurring --presenter bob@example.com", meeting_create },
	{ "meeting", "list", "[--organizer ADDRESS] [--active]", "meetings that are scheduled or run",
	  "  parley meeting list --active\n  parley meeting list --organizer alice@example.com", meeting_list },
	{ "meeting", "show", "URI|ID", "one meeting, who is invited and who is in it",
	  "  parley meeting show K7T2M9QX4ZPA\n  parley meeting show 'sip:alice@example.com;gruu;opaque=app:conf:focus:id:K7T2M9QX4ZPA'", meeting_show },
	{ "meeting", "end", "URI|ID [--yes] [--dry-run]", "end a meeting that runs; it stays scheduled",
	  "  parley meeting end K7T2M9QX4ZPA\n  parley meeting end --yes K7T2M9QX4ZPA", meeting_end },
	{ "meeting", "delete", "URI|ID [--yes] [--dry-run]", "unschedule a meeting; one that runs ends",
	  "  parley meeting delete K7T2M9QX4ZPA\n  parley meeting delete --yes K7T2M9QX4ZPA", meeting_delete },
	{ 0 },
};
/* clang-format on */
