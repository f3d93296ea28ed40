/* What the nouns of `parley` share: options, configuration, output for people and machines, errors
 * in three parts, and a loop that runs until one answer came. Exit codes are the enum below and
 * nothing else. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "role/role_conf.h"

#include <stdio.h>

struct ply_loop;
struct ply_rtc;
struct ply_rtcconfig;
struct ply_lcslog;
struct ply_db;

enum {
	CLI_OK = 0,
	CLI_REFUSED = 1,     /* done, but a check failed or something was refused */
	CLI_USAGE = 2,       /* wrong usage or wrong input file */
	CLI_UNREACHABLE = 3, /* role, database */
	CLI_FORBIDDEN = 4,
	CLI_NOT_FOUND = 5, /* or already there */
	CLI_TIMEOUT = 6,
	CLI_STOPPED = 130,
};

struct cli {
	const char *self; /* path of this executable */
	const char *conf_path;
	struct ply_role_common common;
	bool have_common;
	bool json, quiet, verbose, yes, dry_run;
	uint32_t timeout_ms;
	int argc; /* words after the verb, options taken out as they are asked for */
	char **argv;
	struct ply_loop *loop;
	struct ply_rtc *rtc;
	struct ply_rtcconfig *rtcconfig;
	struct ply_lcslog *lcslog;
	bool answered;
	int r; /* of the answer */
};

struct cli_verb {
	const char *noun, *verb;
	const char *args;     /* "URI [--display-name TEXT]" */
	const char *help;     /* one line */
	const char *examples; /* lines, two of them */
	int (*run)(struct cli *c);
};
extern const struct cli_verb cli_user_verbs[], cli_db_verbs[], cli_cert_verbs[], cli_config_verbs[],
	cli_status_verbs[], cli_trace_verbs[], cli_meeting_verbs[], cli_policy_verbs[],
	cli_mcu_verbs[], cli_cdr_verbs[], cli_group_verbs[];
extern const struct cli_verb *const cli_nouns[]; /* all of them, NULL ends */

/* --- help.c --- */
int cli_help(struct cli *c); /* the words after "help" */
/* The verbs of a noun, or the one named; CLI_NOT_FOUND and nothing printed when there is none. */
int cli_help_noun(const char *noun, const char *verb);
void cli_usage(FILE *to);
void cli_verb_help(const struct cli_verb *v);

/* --- args.c --- */
/* Takes "--name VALUE" or "--name=VALUE" out of the words; NULL when not there. */
const char *cli_option(struct cli *c, const char *name);
bool cli_flag(struct cli *c, const char *name);
/* After the options: exactly n words left, none of them an option. Otherwise an error was printed.
 */
bool cli_words(struct cli *c, int n, const struct cli_verb *v);
/* Asks for a yes naming what will be lost; --yes answers it; no terminal is a no. */
bool cli_confirm(struct cli *c, const char *question);
/* From --password-file, --password-fd or the terminal (twice). GIVES (ply_secret_free_str); NULL
 * after an error. */
char *cli_password(struct cli *c);
/* The whole file; GIVES *out. False after an error naming the file. */
bool cli_read_file(const char *path, size_t max, struct ply_strbuf *out);

/* --- out.c --- */
/* error PRL-ID: what / because / next / more. Returns code. because and next may be NULL. A new id
 * needs a row in reasons.c. */
int cli_error(int code, const char *id, const char *what, const char *because, const char *next);
int cli_errorf(int code, const char *id, const char *next, const char *fmt, ...) PLY_PRINTF(4, 5);
void cli_say(const struct cli *c, const char *fmt, ...)
	PLY_PRINTF(2, 3); /* unless --quiet or --json */
struct cli_column {
	const char *key;   /* JSON */
	const char *title; /* table */
};
/* A table for people, or one JSON object a line. Values are texts; NULL is an empty cell and null.
 */
struct cli_table;
int cli_table_begin(struct cli_table **out, const struct cli *c, const struct cli_column *col,
		    size_t n);
void cli_table_row(struct cli_table *t, const char *const *value);
void cli_table_end(struct cli_table *t);  /* prints and frees */
void cli_table_drop(struct cli_table *t); /* frees: something else was printed */
/* One object: "key: value" lines, or JSON. */
void cli_object(const struct cli *c, const struct cli_column *col, const char *const *value,
		size_t n);

/* --- connect.c --- */
/* Reads [common] of the configuration file; false after an error. */
bool cli_common(struct cli *c);
/* Value of key in [section] of the configuration file, or NULL. GIVES. */
char *cli_setting(struct cli *c, const char *section, const char *key);
/* Opens and waits until it is up; false after an error (then the exit code is CLI_UNREACHABLE). */
bool cli_open_rtc(struct cli *c);
bool cli_open_rtcconfig(struct cli *c);
bool cli_open_lcslog(struct cli *c);
void cli_close(struct cli *c);
/* Runs the loop until cli_answer was called. r of a call that was not even queued is reported too.
 * Returns the answer's r, or -ETIMEDOUT. */
int cli_wait(struct cli *c, int r);
void cli_answer(void *cli, int r);
/* What a negative r of the database means, as an error; returns the exit code. */
int cli_db_error(struct cli *c, int r);

#endif
