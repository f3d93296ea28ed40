#include "base/mem.h"
#include "crypto/secret.h"
#include "deploy/parley/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static void take_out(struct cli *c, int at, int n)
{
	memmove(&c->argv[at], &c->argv[at + n], (size_t)(c->argc - at - n) * sizeof c->argv[0]);
	c->argc -= n;
}

const char *cli_option(struct cli *c, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < c->argc; i++) {
		const char *w = c->argv[i], *value;

		if (strcmp(w, name) == 0 && i + 1 < c->argc) {
			value = c->argv[i + 1];
			take_out(c, i, 2);
			return value;
		}
		if (strncmp(w, name, len) == 0 && w[len] == '=') {
			take_out(c, i, 1);
			return w + len + 1;
		}
	}
	return NULL;
}

bool cli_flag(struct cli *c, const char *name)
{
	for (int i = 0; i < c->argc; i++) {
		if (strcmp(c->argv[i], name) == 0) {
			take_out(c, i, 1);
			return true;
		}
	}
	return false;
}

bool cli_words(struct cli *c, int n, const struct cli_verb *v)
{
	for (int i = 0; i < c->argc; i++) {
		if (c->argv[i][0] == '-' && c->argv[i][1]) {
			(void)cli_errorf(CLI_USAGE, "PRL-CLI-003", NULL,
					 "unknown option %s; usage: parley %s %s %s", c->argv[i],
					 v->noun, v->verb, v->args);
			return false;
		}
	}
	if (c->argc == n)
		return true;
	(void)cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley %s %s %s", v->noun, v->verb,
			 v->args);
	return false;
}

bool cli_confirm(struct cli *c, const char *question)
{
	char answer[8] = "";

	if (c->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		(void)cli_error(CLI_REFUSED, "PRL-CLI-005", question, "nobody is there to answer",
				"add --yes");
		return false;
	}
	printf("%s [y/N] ", question);
	(void)fflush(stdout);
	if (!fgets(answer, sizeof answer, stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

static char *read_line_fd(int fd)
{
	char line[512];
	size_t n = 0;
	char *out;

	while (n < sizeof line - 1) {
		ssize_t got = read(fd, line + n, 1);

		if (got <= 0 || line[n] == '\n')
			break;
		n++;
	}
	while (n && line[n - 1] == '\r')
		n--;
	out = n ? ply_strndup(line, n) : NULL;
	ply_secret_wipe(line, sizeof line);
	return out;
}

static char *prompt(const char *text)
{
	struct termios old, quiet;
	char *line;

	if (tcgetattr(STDIN_FILENO, &old))
		return NULL;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)fputs(text, stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	line = read_line_fd(STDIN_FILENO);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	(void)fputc('\n', stderr);
	return line;
}

static char *ask_twice(void)
{
	char *a = prompt("Password: "), *b = a ? prompt("Again: ") : NULL;

	if (a && b && strcmp(a, b) == 0) {
		ply_secret_free_str(b);
		return a;
	}
	(void)cli_error(CLI_USAGE, "PRL-CLI-006", "no password was set",
			"the two were not the same, or empty", NULL);
	ply_secret_free_str(a);
	ply_secret_free_str(b);
	return NULL;
}

char *cli_password(struct cli *c)
{
	const char *file = cli_option(c, "--password-file"),
		   *number = cli_option(c, "--password-fd");
	uint32_t fd_number;
	char *p = NULL;
	int fd;

	if (number && ply_slice_to_u32(ply_slice_str(number), &fd_number) && fd_number < 1024) {
		p = read_line_fd((int)fd_number);
	} else if (file) {
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			(void)cli_errorf(CLI_USAGE, "PRL-CLI-007", NULL, "cannot read %s: %s", file,
					 strerror(errno));
			return NULL;
		}
		p = read_line_fd(fd);
		(void)close(fd);
	} else if (isatty(STDIN_FILENO)) {
		return ask_twice();
	}
	if (!p)
		(void)cli_error(CLI_USAGE, "PRL-CLI-008", "no password was given", NULL,
				"use --password-file FILE, --password-fd N, or a terminal");
	return p;
}

bool cli_read_file(const char *path, size_t max, struct ply_strbuf *out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char buf[8192];
	size_t n;
	bool ok;

	if (!f) {
		(void)cli_errorf(CLI_USAGE, "PRL-CLI-007", NULL, "cannot read %s: %s", path,
				 strerror(errno));
		return false;
	}
	while (out->len <= max && (n = fread(buf, 1, sizeof buf, f)) > 0)
		ply_strbuf_add(out, buf, n);
	ok = !ferror(f) && out->len <= max && !ply_strbuf_err(out);
	if (!ok)
		(void)cli_errorf(CLI_USAGE, "PRL-CLI-007", NULL,
				 "cannot read %s, or it is larger than %zu bytes", path, max);
	if (f != stdin)
		(void)fclose(f);
	return ok;
}
