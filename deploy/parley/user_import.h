/* Users from a CSV file, and the pieces of `parley user` it shares. */
#ifndef CLI_USER_IMPORT_H
#define CLI_USER_IMPORT_H

#include "db/rtc/rtc.h"
#include "deploy/parley/cli.h"

enum { CLI_URI_MAX = 456 };
/* "alice@example.com" or "sip:alice@example.com" to the canonical address. */
bool cli_user_uri(const char *word, char uri[CLI_URI_MAX]);
/* The same; false after an error that says so. */
bool cli_user_get(const char *word, char uri[CLI_URI_MAX]);
/* The error for an address that nobody has; returns the exit code. */
int cli_user_not_there(const char *uri);
/* What is kept of a password: NT hash and HA1s, realm the user's domain. out->realm LENDS uri. */
int cli_user_cred(const char *uri, const char *password, struct ply_rtc_cred *out);

/* Given name and surname out of the display name, where neither is told: the directory is searched
 * by them. */
void cli_user_names(struct ply_rtc_user *u);

int cli_user_import(struct cli *c, const char *path);

/* One CSV record (RFC 4180) cut off *rest into at most `max` fields, unquoted in place. Returns the
 * number of fields, 0 at the end, -1 for an open quote or too many fields. */
int cli_csv_record(char **rest, char **field, int max);

#endif
