/* parley mcu ...: conferencing servers, as the Front End of this host sees them. */
#include "deploy/parley/ask.h"

#include <stdio.h>

static const struct cli_column columns[] = {
	{"type", "MEDIUM"},           {"fqdn", "SERVER"},          {"state", "STATE"},
	{"load", "LOAD %"},           {"conferences", "MEETINGS"}, {"endpoints", "PEOPLE"},
	{"max_endpoints", "AT MOST"}, {"version", "VERSION"},
};

struct listing {
	struct cli *c;
	struct cli_table *t;
	unsigned n;
};

static void row(void *ctx, struct ply_slice line)
{
	struct listing *l = ctx;

	cli_json_row(l->c, l->t, columns, ARRAY_LEN(columns), line);
	l->n++;
}

static int ask(struct cli *c, const char *command, unsigned *n)
{
	struct ply_strbuf refused = PLY_STRBUF_INIT;
	struct listing l = {.c = c};
	int code;

	if (cli_table_begin(&l.t, c, columns, ARRAY_LEN(columns)))
		return CLI_REFUSED;
	code = cli_ask(c, command, "PRL-MCU-001", row, &l, &refused);
	if (code == CLI_OK && l.n)
		cli_table_end(l.t);
	else
		cli_table_drop(l.t);
	if (code == CLI_REFUSED)
		code = cli_error(CLI_NOT_FOUND, "PRL-MCU-002", ply_strbuf_str(&refused), NULL,
				 "parley mcu list shows which there are");
	*n = l.n;
	ply_strbuf_deinit(&refused);
	return code;
}

static int mcu_list(struct cli *c)
{
	unsigned n;
	int code;

	if (!cli_words(c, 0, &cli_mcu_verbs[0]))
		return CLI_USAGE;
	code = ask(c, "mcu list", &n);
	if (code == CLI_OK && !n)
		cli_say(c, "no conferencing server has announced itself\n");
	return code;
}

static int mcu_drain(struct cli *c)
{
	bool undo = cli_flag(c, "--undo");
	char command[512];
	unsigned n;
	int code;

	if (!cli_words(c, 1, &cli_mcu_verbs[1]))
		return CLI_USAGE;
	if ((size_t)snprintf(command, sizeof command, "mcu drain %s%s", c->argv[0],
			     undo ? " off" : "") >= sizeof command ||
	    strpbrk(c->argv[0], " \t\n"))
		return cli_errorf(CLI_NOT_FOUND, "PRL-MCU-002",
				  "parley mcu list shows which there are",
				  "no conferencing server has this name");
	if (c->dry_run) {
		cli_say(c, "%s would %s new meetings\n", c->argv[0], undo ? "get" : "get no");
		return CLI_OK;
	}
	code = ask(c, command, &n);
	if (code == CLI_OK)
		cli_say(c, undo ? "it gets new meetings again\n"
				: "it gets no new meetings; those it has go on. MEETINGS counts "
				  "down to "
				  "0: parley mcu list\n");
	return code;
}

/* clang-format off */
const struct cli_verb cli_mcu_verbs[] = {
	{ "mcu", "list", "", "conferencing servers: what they offer, how loaded they are",
	  "  parley mcu list\n  parley mcu list --json", mcu_list },
	{ "mcu", "drain", "FQDN [--undo]", "give a conferencing server no new meetings, before it is stopped",
	  "  parley mcu drain mcu1.example.com\n  parley mcu drain mcu1.example.com --undo", mcu_drain },
	{ 0 },
};
/* clang-format on */
