/* Asking a role of this host at its administration socket (role/admin.h), and reading what it
 * answers: JSON objects, one a line, without objects or lists in them. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "deploy/parley/cli.h"

/* A connection to [section] admin_socket: a descriptor, or -1 after an error under this id. */
int cli_connect_role(struct cli *c, const char *section, const char *id);

/* Lines are LENT for the call. */
typedef void cli_line_fn(void *ctx, struct ply_slice line);
/* Sends the command to the Front End, gives each line of the answer to fn. CLI_OK; CLI_REFUSED with
 * *refused "WORD text" when the role said "error WORD text"; another code after an error under this
 * id. */
int cli_ask(struct cli *c, const char *command, const char *id, cli_line_fn *fn, void *ctx,
	    struct ply_strbuf *refused);

/* Appends the value of a key: texts unescaped, numbers as they are. False for null, or when there
 * is no such key. */
bool cli_json_get(struct ply_slice object, const char *key, struct ply_strbuf *out);
/* A row of the table out of the object; times (RFC 3339) become local ones for people. With --json
 * the object is printed as it is. */
void cli_json_row(const struct cli *c, struct cli_table *t, const struct cli_column *col, size_t n,
		  struct ply_slice object);
/* "key: value" lines of the keys it has, or the object as it is. */
void cli_json_object(const struct cli *c, const struct cli_column *col, size_t n,
		     struct ply_slice object);

#endif
