/* Configuration described once as a table: it parses the file, checks, prints help and makes the
 * man page (ARCHITECTURE.md, configuration). Format: `key = value` in `[section]`s, `#` comments,
 * `include DIR` of *.conf. Rank 0. */
#ifndef PLY_BASE_CONF_H
#define PLY_BASE_CONF_H

#include "base/ply.h"
#include "base/strbuf.h"

enum ply_conf_type {
	PLY_CONF_STR,  /* char *, GIVEN to the struct, freed by ply_conf_clear */
	PLY_CONF_PATH, /* the same, relative paths taken from the file's folder */
	PLY_CONF_LIST, /* char *, comma separated, blanks trimmed: "a,b" */
	PLY_CONF_ADDR, /* char *, "host:port" or "[v6]:port", syntax checked; empty switches off */
	PLY_CONF_BOOL, /* bool: yes no on off true false */
	PLY_CONF_UINT, /* uint32_t, min..max */
	PLY_CONF_SECS, /* uint32_t seconds: 30s 5m 2h 1d, plain numbers are seconds; min..max */
	PLY_CONF_SIZE, /* uint32_t bytes: 64KiB 1MiB; min..max */
	PLY_CONF_ENUM, /* uint32_t index into `choices`, a text "a|b|c" */
};

enum { PLY_CONF_REQUIRED = 1, PLY_CONF_RELOAD = 2, PLY_CONF_SECRET = 4 };

struct ply_conf_item {
	const char *section; /* NULL ends the table */
	const char *key;
	enum ply_conf_type type;
	unsigned flags;
	size_t offset; /* of the field in the role's struct */
	uint32_t min, max;
	const char *def; /* default as it would stand in the file; NULL: none */
	const char *choices;
	const char *help; /* one line for the man page */
};

/* Reads `path` into `confs` (zeroed by the caller) by `tables` (same order, NULL ends). Sections of
 * no table are skipped only when listed in `others` (names of other roles on this host; NULL:
 * none); anything else unknown is an error. 0, or a negative code with *err set to a message of up
 * to four lines: file:line:column, the line, because, next. Text fields that are not set or empty
 * are NULL. On an error the caller still clears confs. */
int ply_conf_load(const char *path, const struct ply_conf_item *const *tables, void *const *confs,
		  const char *const *others, struct ply_strbuf *err);
/* The same from a text that stands for a file called `name`; `include` is refused. */
int ply_conf_load_text(const char *name, struct ply_slice text,
		       const struct ply_conf_item *const *tables, void *const *confs,
		       const char *const *others, struct ply_strbuf *err);
/* Defaults only (no file). */
int ply_conf_defaults(const struct ply_conf_item *table, void *conf, struct ply_strbuf *err);
/* Frees the strings. */
void ply_conf_clear(const struct ply_conf_item *table, void *conf);
/* One value by its item, for settings that live in a database: same rules. -EINVAL with *err what
 * was expected ("expected a whole number from 1 to 64"); base_dir NULL leaves relative paths. */
int ply_conf_set(const struct ply_conf_item *item, void *conf, const char *value,
		 const char *base_dir, struct ply_strbuf *err);
/* Appends the value as it would stand in the file; secrets as ********. */
void ply_conf_print_value(const struct ply_conf_item *item, const void *conf,
			  struct ply_strbuf *out);
/* Reload: moves what may change (PLY_CONF_RELOAD) from fresh to live and appends "key: old -> new"
 * lines to *report; a changed key that may not says "key: needs a restart" and stays. Returns the
 * number of values moved. */
unsigned ply_conf_reload(const struct ply_conf_item *table, void *live, void *fresh,
			 struct ply_strbuf *report);
const struct ply_conf_item *ply_conf_find(const struct ply_conf_item *table,
					  struct ply_slice section, struct ply_slice key);
/* The table as a commented example file: every key with default and meaning. Secrets as ********.
 */
void ply_conf_print_help(const struct ply_conf_item *table, struct ply_strbuf *out);

#endif
