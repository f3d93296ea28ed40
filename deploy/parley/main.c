/* parley: the administration command. NOUN VERB; each noun is a file with a table of its verbs. */
#include "deploy/parley/cli.h"
#include "role/role.h"

#include <stdio.h>
#include <stdlib.h>

/* Edits between two words; small words only. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[32];
	size_t n = strlen(b);

	if (n > 30 || strlen(a) > 30)
		return 99;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned keep = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = keep < row[j] + 1 ? keep : row[j] + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
		}
	}
	return row[n];
}

static int unknown(const char *noun, const char *verb)
{
	const struct cli_verb *best = NULL;
	const struct cli_verb help = {.noun = "help", .verb = ""};
	unsigned least = 4;

	if (!verb[0] && cli_help_noun(noun, NULL) == CLI_OK)
		return CLI_USAGE;
	if (distance(noun, "help") < 2)
		best = &help;
	for (const struct cli_verb *const *n = cli_nouns; *n; n++) {
		for (const struct cli_verb *v = *n; v->noun; v++) {
			unsigned d = distance(noun, v->noun) + distance(verb, v->verb);

			if (d < least) {
				least = d;
				best = v;
			}
		}
	}
	if (best)
		return cli_errorf(CLI_USAGE, "PRL-CLI-001", "parley help lists all commands",
				  "there is no command \"%s%s%s\"; did you mean \"%s%s%s\"?", noun,
				  verb[0] ? " " : "", verb, best->noun, best->verb[0] ? " " : "",
				  best->verb);
	return cli_errorf(CLI_USAGE, "PRL-CLI-001", "parley help lists all commands",
			  "there is no command \"%s%s%s\"", noun, verb[0] ? " " : "", verb);
}

static const struct cli_verb *find(const char *noun, const char *verb, bool *takes_verb)
{
	for (const struct cli_verb *const *n = cli_nouns; *n; n++) {
		for (const struct cli_verb *v = *n; v->noun; v++) {
			*takes_verb = v->verb[0] != '\0';
			if (strcmp(v->noun, noun) == 0 &&
			    (!*takes_verb || strcmp(v->verb, verb) == 0))
				return v;
		}
	}
	return NULL;
}

static bool global_options(struct cli *c)
{
	const char *value;

	c->json = cli_flag(c, "--json");
	c->quiet = cli_flag(c, "-q");
	c->verbose = cli_flag(c, "-v");
	c->yes = cli_flag(c, "--yes");
	c->dry_run = cli_flag(c, "--dry-run");
	(void)cli_flag(c, "--no-color"); /* there is none */
	value = cli_option(c, "--config");
	if (value)
		c->conf_path = value;
	value = cli_option(c, "--timeout");
	if (value) {
		uint32_t s;

		if (!ply_slice_to_u32(ply_slice_str(value), &s) || !s || s > 86400) {
			(void)cli_errorf(CLI_USAGE, "PRL-CLI-002", NULL,
					 "--timeout wants seconds from 1 to 86400, not \"%s\"",
					 value);
			return false;
		}
		c->timeout_ms = s * 1000;
	}
	return true;
}

int main(int argc, char **argv)
{
	const char *env = getenv("PARLEY_CONFIG");
	struct cli c = {
		.self = argv[0],
		.conf_path = env ? env : "/etc/parley/parley.conf",
		.timeout_ms = 30000,
		.argc = argc - 1,
		.argv = argv + 1,
	};
	const struct cli_verb *v;
	const char *noun, *verb;
	bool takes_verb = true, help;
	int code;

	if (!global_options(&c))
		return CLI_USAGE;
	ply_log_set_level(c.verbose ? PLY_LOG_INFO : PLY_LOG_WARN);
	if (cli_flag(&c, "--version")) {
		printf("parley %s\n", ply_version());
		return CLI_OK;
	}
	help = cli_flag(&c, "--help") || cli_flag(&c, "-h");
	if (!c.argc) {
		cli_usage(help ? stdout : stderr);
		return help ? CLI_OK : CLI_USAGE;
	}
	if (strcmp(c.argv[0], "help") == 0) {
		c.argc--;
		c.argv++;
		return cli_help(&c);
	}
	noun = c.argv[0];
	verb = c.argc > 1 ? c.argv[1] : "";
	v = find(noun, verb, &takes_verb);
	if (!v)
		return unknown(noun, verb);
	if (help) {
		cli_verb_help(v);
		return CLI_OK;
	}
	c.argc -= takes_verb ? 2 : 1;
	c.argv += takes_verb ? 2 : 1;
	code = v->run(&c);
	cli_close(&c);
	return code;
}
