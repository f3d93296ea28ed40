/* parley trace: clear SIP of one user from inside the Front End, until Ctrl-C. */
#include "deploy/parley/ask.h"
#include "deploy/parley/user_import.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void on_signal(int signo)
{
	(void)signo;
	stopped = 1;
}

static int follow(int fd, const char *uri, const char *bodies)
{
	FILE *f = fdopen(fd, "r+");
	char line[8192];
	int code = CLI_OK;

	if (!f)
		return CLI_REFUSED;
	(void)fprintf(f, "trace %s %s\n", uri, bodies);
	(void)fflush(f);
	while (!stopped && fgets(line, sizeof line, f)) {
		const char *text = line[0] == '.' ? line + 1 : line;

		if (strcmp(line, ".\n") == 0)
			break;
		if (strncmp(text, "error ", 6) == 0) {
			code = cli_error(CLI_REFUSED, "PRL-TRACE-001",
					 "the Front End refused the trace", text + 6, NULL);
			break;
		}
		(void)fputs(text, stdout);
		(void)fflush(stdout);
	}
	(void)fclose(f);
	return stopped ? CLI_STOPPED : code;
}

static int trace_run(struct cli *c)
{
	struct sigaction act = {.sa_handler = on_signal};
	const char *bodies = cli_flag(c, "--bodies") ? "bodies" : "headers";
	char uri[CLI_URI_MAX];
	int fd;

	if (c->argc != 1 || !cli_user_uri(c->argv[0], uri))
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley trace %s",
				  cli_trace_verbs[0].args);
	fd = cli_connect_role(c, "frontend", "PRL-TRACE-002");
	if (fd < 0)
		return CLI_UNREACHABLE;
	(void)sigaction(SIGINT, &act, NULL);
	(void)sigaction(SIGTERM, &act, NULL);
	return follow(fd, uri, bodies);
}

/* clang-format off */
const struct cli_verb cli_trace_verbs[] = {
	{ "trace", "", "ADDRESS [--bodies]", "the SIP of one user in clear, as it happens, until Ctrl-C",
	  "  parley trace alice@example.com\n  parley trace alice@example.com --bodies", trace_run },
	{ 0 },
};
/* clang-format on */
