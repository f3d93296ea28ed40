/* `parley help ...`: all commands, one command, one reason id; and the same for machines: man page,
 * words for completion, pages of docs/errors. */
#include "deploy/parley/cli.h"
#include "deploy/parley/reasons.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

const struct cli_verb *const cli_nouns[] = {
	cli_user_verbs,   cli_db_verbs,    cli_cert_verbs,    cli_config_verbs,
	cli_status_verbs, cli_trace_verbs, cli_meeting_verbs, cli_policy_verbs,
	cli_mcu_verbs,    cli_cdr_verbs,   cli_group_verbs,   NULL,
};

void cli_usage(FILE *to)
{
	(void)fputs(
		"usage: parley [--config FILE] [--json] [-q] [-v] [--timeout SECONDS] NOUN VERB "
		"[WORDS]\n\n",
		to);
	for (const struct cli_verb *const *n = cli_nouns; *n; n++)
		for (const struct cli_verb *v = *n; v->noun; v++)
			(void)fprintf(to, "  %-7s %-10s %s\n", v->noun, v->verb, v->help);
	(void)fputs(
		"\nparley NOUN VERB --help shows words and examples, parley help ID explains an "
		"error. The configuration\nfile is /etc/parley/parley.conf, or what "
		"PARLEY_CONFIG names. Exit codes: 0 done, 1 refused, 2 wrong\nusage, 3 not "
		"reachable, 4 not allowed, 5 not found or already there, 6 timed out.\n",
		to);
}

void cli_verb_help(const struct cli_verb *v)
{
	(void)printf("parley %s%s%s %s\n\n%s\n\nexamples:\n%s\n", v->noun, v->verb[0] ? " " : "",
		     v->verb, v->args, v->help, v->examples);
}

/* --- man page --- */

/* Text for mdoc: no macro at the beginning of a line, no escapes. */
static void mdoc_text(const char *s)
{
	for (bool start = true; *s; start = *s++ == '\n') {
		if (start && (*s == '.' || *s == '\''))
			(void)fputs("\\&", stdout);
		(void)fputs(*s == '\\' ? "\\e" : (char[]){*s, '\0'}, stdout);
	}
}

/* Words of a usage: blanks and line ends become one blank, which does not break inside brackets. */
static void mdoc_words(const char *s)
{
	unsigned depth = 0;
	bool blank = false;

	for (; *s; s++) {
		if (isspace((unsigned char)*s)) {
			blank = true;
			continue;
		}
		if (blank)
			(void)fputs(depth ? "\\ " : " ", stdout);
		blank = false;
		depth += *s == '[';
		depth -= *s == ']' && depth;
		(void)fputs(*s == '\\' ? "\\e" : *s == '-' ? "\\-" : (char[]){*s, '\0'}, stdout);
	}
	(void)putchar('\n');
}

static int mdoc(void)
{
	for (const struct cli_verb *const *n = cli_nouns; *n; n++) {
		(void)printf(".Ss %s\n.Bl -tag -width Ds\n", (*n)->noun);
		for (const struct cli_verb *v = *n; v->noun; v++) {
			(void)printf(".It Cm %s%s%s\n", v->noun, v->verb[0] ? " " : "", v->verb);
			if (v->args[0])
				mdoc_words(v->args);
			if (v->args[0])
				(void)puts(".Pp");
			mdoc_text(v->help);
			(void)puts(".\n.Bd -literal -offset indent");
			mdoc_text(v->examples);
			(void)puts("\n.Ed");
		}
		(void)puts(".El");
	}
	return CLI_OK;
}

/* --- completion: "NOUN VERB --option --option", a line each --- */

static int words(void)
{
	for (const struct cli_verb *const *n = cli_nouns; *n; n++) {
		for (const struct cli_verb *v = *n; v->noun; v++) {
			(void)printf("%s %s", v->noun, v->verb[0] ? v->verb : "-");
			for (const char *p = v->args; (p = strstr(p, "--")); p += 2)
				(void)printf(" %.*s", (int)strcspn(p, " ]=|"), p);
			(void)putchar('\n');
		}
	}
	return CLI_OK;
}

/* --- reasons --- */

/* A labelled text in lines of 80 columns. */
static void wrap(const char *label, const char *text)
{
	size_t column = strlen(label);
	bool first = true;

	(void)fputs(label, stdout);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (!first && column + 1 + n > 79)
			column = (size_t)printf("\n           ") - 1;
		else if (!first)
			column += (size_t)printf(" ");
		first = false;
		column += (size_t)printf("%.*s", (int)n, text);
		text += n + (text[n] != '\0');
	}
	(void)putchar('\n');
}

static void show(const char *id, const char *what, const char *cause, const char *next)
{
	(void)printf("%s: %s\n", id, what);
	wrap("  because: ", cause);
	wrap("  next:    ", next);
}

/* "403", or how else it reaches the client. */
static const char *status_text(unsigned status, char text[8])
{
	if (!status)
		return "NOTIFY";
	(void)snprintf(text, 8, "%u", status % 1000);
	return text;
}

static bool show_diagnostics(uint32_t number)
{
	bool some = false;

	for (const struct cli_diagnostic *d = cli_diagnostics; d->text; d++) {
		char id[48], status[8];

		if (number != (number < 1000 ? d->status : d->id))
			continue;
		(void)snprintf(id, sizeof id, d->id ? "%s, ms-diagnostics %u" : "%s",
			       status_text(d->status, status), d->id);
		show(id, d->text, d->cause, d->next);
		some = true;
	}
	return some;
}

static bool show_reason(const char *id)
{
	uint32_t number;

	for (const struct cli_reason *r = cli_reasons; r->id; r++) {
		if (strcasecmp(r->id, id) == 0) {
			show(r->id, r->what, r->cause, r->next);
			return true;
		}
	}
	return ply_slice_to_u32(ply_slice_str(id), &number) && number && show_diagnostics(number);
}

static int errors_md(void)
{
	(void)puts("# Errors of the parley command\n\n"
		   "`parley help ID` prints the same on the machine. The page is made from "
		   "`deploy/parley/reasons.c` by\n`parley help --errors-md`.");
	for (const struct cli_reason *r = cli_reasons; r->id; r++)
		(void)printf("\n## %s\n\n%s%s.\n\n- **Cause.** %s\n- **What to do.** %s\n", r->id,
			     (char[]){(char)toupper((unsigned char)r->what[0]), '\0'}, r->what + 1,
			     r->cause, r->next);
	return CLI_OK;
}

static int diagnostics_md(void)
{
	(void)puts(
		"# What clients are told\n\n"
		"A refusal has a SIP status and, for OCS clients, an id in `ms-diagnostics` or "
		"`ms-diagnostics-public`.\nThe log line `request.refused` has both, and the user. "
		"`parley help 1000` or `parley help 480` prints\nrows of this page, which is made "
		"from `deploy/parley/diagnostics.c` by `parley help --diagnostics-md`.\n\n"
		"| status | id | text | cause | what to do |\n|---|---|---|---|---|");
	for (const struct cli_diagnostic *d = cli_diagnostics; d->text; d++) {
		char id[16] = "", status[8];

		if (d->id)
			(void)snprintf(id, sizeof id, "%u", d->id);
		(void)printf("| %s | %s | %s | %s | %s |\n", status_text(d->status, status), id,
			     d->text, d->cause, d->next);
	}
	return CLI_OK;
}

/* --- the command --- */

int cli_help_noun(const char *noun, const char *verb)
{
	const struct cli_verb *only = NULL;
	unsigned n = 0;

	for (const struct cli_verb *const *t = cli_nouns; *t; t++) {
		for (const struct cli_verb *v = *t; v->noun; v++) {
			if (strcmp(v->noun, noun) != 0 || (verb && strcmp(v->verb, verb) != 0))
				continue;
			only = v;
			n++;
		}
	}
	if (n == 1) {
		cli_verb_help(only);
		return CLI_OK;
	}
	for (const struct cli_verb *const *t = cli_nouns; n && *t; t++)
		for (const struct cli_verb *v = *t; v->noun; v++)
			if (strcmp(v->noun, noun) == 0)
				(void)printf("  %-7s %-10s %s\n", v->noun, v->verb, v->help);
	return n ? CLI_OK : CLI_NOT_FOUND;
}

int cli_help(struct cli *c)
{
	static const struct {
		const char *option;
		int (*print)(void);
	} machine[] = {
		{"--mdoc", mdoc},
		{"--words", words},
		{"--errors-md", errors_md},
		{"--diagnostics-md", diagnostics_md},
	};

	if (!c->argc) {
		cli_usage(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(machine); i++)
		if (strcmp(c->argv[0], machine[i].option) == 0)
			return machine[i].print();
	if (show_reason(c->argv[0]) ||
	    cli_help_noun(c->argv[0], c->argc > 1 ? c->argv[1] : NULL) == CLI_OK)
		return CLI_OK;
	return cli_errorf(CLI_NOT_FOUND, "PRL-CLI-001", "parley help lists all commands",
			  "there is no command and no reason id \"%s\"", c->argv[0]);
}
