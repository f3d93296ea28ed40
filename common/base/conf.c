#include "base/conf_internal.h"

#include "base/err.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1024 * 1024, LINE_MAX_LEN = 8192, INCLUDE_DEPTH = 4 };

struct loader {
	const struct ply_conf_item *const *tables;
	void *const *confs;
	const char *const *others;
	struct ply_strbuf *err;
	unsigned **seen; /* per table and item: number of the file that set it */
	unsigned n_file;
	bool may_include;
};

/* Where the reader stands, for messages. */
struct place {
	const char *path;
	char *dir;
	unsigned file;
	unsigned line;
	unsigned depth;
	struct ply_slice text; /* the line */
	struct ply_slice section;
	bool skip; /* in a section of another role */
};

static int complain(struct loader *l, const struct place *at, size_t column, const char *what,
		    const char *because, const char *next)
{
	if (at->line)
		ply_strbuf_addf(l->err, "%s:%u:%zu: %s\n    %.*s\n", at->path, at->line, column + 1,
				what, PLY_SLICE_ARG(ply_slice_sub(at->text, 0, 200)));
	else
		ply_strbuf_addf(l->err, "%s: %s\n", at->path, what);
	ply_strbuf_addf(l->err, "  because: %s\n  next:    %s", because, next);
	return ply_strbuf_err(l->err) ? -ENOMEM : -EINVAL;
}

static size_t column_of(const struct place *at, struct ply_slice part)
{
	return (size_t)(part.p - at->text.p);
}

static bool section_known(const struct loader *l, struct ply_slice name)
{
	for (size_t t = 0; l->tables[t]; t++)
		for (const struct ply_conf_item *i = l->tables[t]; i->section; i++)
			if (ply_slice_is(name, i->section))
				return true;
	return false;
}

static bool section_of_others(const struct loader *l, struct ply_slice name)
{
	for (size_t i = 0; l->others && l->others[i]; i++)
		if (ply_slice_is(name, l->others[i]))
			return true;
	return false;
}

static int unknown_section(struct loader *l, const struct place *at)
{
	struct ply_strbuf next = PLY_STRBUF_INIT;
	unsigned distance = 0;
	const char *best = NULL;
	int r;

	for (size_t t = 0; l->tables[t]; t++)
		for (const struct ply_conf_item *i = l->tables[t]; i->section; i++)
			best = ply_conf_nearest(best, at->section, i->section, &distance);
	for (size_t i = 0; l->others && l->others[i]; i++)
		best = ply_conf_nearest(best, at->section, l->others[i], &distance);
	if (best)
		ply_strbuf_addf(&next, "did you mean [%s]?", best);
	else
		ply_strbuf_adds(&next, "see --help-config for the sections");
	r = complain(l, at, column_of(at, at->section), "unknown section", "no role has this name",
		     ply_strbuf_str(&next));
	ply_strbuf_deinit(&next);
	return r;
}

static int read_section(struct loader *l, struct place *at, struct ply_slice line)
{
	if (line.p[line.len - 1] != ']')
		return complain(l, at, column_of(at, line), "section without its closing bracket",
				"expected [name]", "add the ]");
	at->section = ply_slice_trim(ply_slice_sub(line, 1, line.len - 2));
	at->skip = !section_known(l, at->section);
	if (at->skip && !section_of_others(l, at->section))
		return unknown_section(l, at);
	return 0;
}

const struct ply_conf_item *ply_conf_find(const struct ply_conf_item *table,
					  struct ply_slice section, struct ply_slice key)
{
	for (; table->section; table++)
		if (ply_slice_is(section, table->section) && ply_slice_is(key, table->key))
			return table;
	return NULL;
}

static int unknown_key(struct loader *l, const struct place *at, struct ply_slice key)
{
	struct ply_strbuf because = PLY_STRBUF_INIT, next = PLY_STRBUF_INIT;
	const char *best = NULL;
	unsigned distance = 0;
	int r;

	for (size_t t = 0; l->tables[t]; t++)
		for (const struct ply_conf_item *i = l->tables[t]; i->section; i++)
			if (ply_slice_is(at->section, i->section))
				best = ply_conf_nearest(best, key, i->key, &distance);
	ply_strbuf_addf(&because, "[%.*s] has no key \"%.*s\"", PLY_SLICE_ARG(at->section),
			PLY_SLICE_ARG(key));
	if (best)
		ply_strbuf_addf(&next, "did you mean \"%s\"? --help-config lists every key", best);
	else
		ply_strbuf_adds(&next, "remove the line; --help-config lists every key");
	r = complain(l, at, column_of(at, key), "unknown key", ply_strbuf_str(&because),
		     ply_strbuf_str(&next));
	ply_strbuf_deinit(&because);
	ply_strbuf_deinit(&next);
	return r;
}

static int bad_value(struct loader *l, const struct place *at, struct ply_slice value,
		     const struct ply_conf_item *item, const struct ply_strbuf *why)
{
	struct ply_strbuf what = PLY_STRBUF_INIT, next = PLY_STRBUF_INIT;
	int r;

	ply_strbuf_addf(&what, "bad value for %s", item->key);
	if (item->def)
		ply_strbuf_addf(&next, "correct it, or remove the line for the default, %s",
				item->def[0] ? item->def : "nothing");
	else
		ply_strbuf_addf(&next, "correct it (%s)", item->help);
	r = complain(l, at, column_of(at, value), ply_strbuf_str(&what), ply_strbuf_str(why),
		     ply_strbuf_str(&next));
	ply_strbuf_deinit(&what);
	ply_strbuf_deinit(&next);
	return r;
}

static int set_key(struct loader *l, struct place *at, struct ply_slice key, struct ply_slice value)
{
	const struct ply_conf_item *item = NULL;
	struct ply_strbuf why = PLY_STRBUF_INIT;
	size_t t = 0;
	char *text;
	int r;

	for (; l->tables[t] && !item; t++)
		item = ply_conf_find(l->tables[t], at->section, key);
	if (!item)
		return unknown_key(l, at, key);
	t--;
	if (item->flags & PLY_CONF_SECRET) /* never in a message */
		at->text = ply_slice_sub(at->text, 0, column_of(at, value));
	if (l->seen[t][item - l->tables[t]] == at->file)
		return complain(l, at, column_of(at, key), "key set twice in this file",
				"only one value can hold", "remove one of the two lines");
	l->seen[t][item - l->tables[t]] = at->file;
	text = ply_slice_dup(ply_slice_unquote(value));
	if (!text)
		return -ENOMEM;
	r = ply_conf_set(item, l->confs[t], text, at->dir, &why);
	if (r == -EINVAL)
		r = bad_value(l, at, value, item, &why);
	ply_free(text);
	ply_strbuf_deinit(&why);
	return r;
}

/* '#' opens a comment at the start of a line and after a blank, not in quotes. */
static struct ply_slice without_comment(struct ply_slice line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		if (line.p[i] == '#' && !quoted &&
		    (!i || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			return ply_slice_sub(line, 0, i);
	}
	return line;
}

static int load_dir(struct loader *l, struct place *at, struct ply_slice name);

/* key = value */
static int read_pair(struct loader *l, struct place *at, struct ply_slice line)
{
	size_t eq = ply_slice_chr(line, '=');
	struct ply_slice key, value;

	if (eq == SIZE_MAX)
		return complain(l, at, column_of(at, line), "line not understood",
				"expected key = value, [section], include DIR or a # comment",
				"correct the line");
	if (at->skip)
		return 0;
	key = ply_slice_trim(ply_slice_sub(line, 0, eq));
	value = ply_slice_trim(ply_slice_from(line, eq + 1));
	if (!at->section.len)
		return complain(l, at, column_of(at, line), "key before any section",
				"every key belongs to a section", "put [common] above it");
	return set_key(l, at, key, value);
}

static int read_line(struct loader *l, struct place *at)
{
	struct ply_slice line = ply_slice_trim(without_comment(at->text));

	if (at->text.len > LINE_MAX_LEN)
		return complain(l, at, 0, "line too long", "a line has at most 8192 characters",
				"shorten it");
	if (memchr(at->text.p, '\0', at->text.len))
		return complain(l, at, 0, "line with a zero byte", "the file is not text",
				"write it again as text");
	if (!line.len)
		return 0;
	if (line.p[0] == '[')
		return read_section(l, at, line);
	if (ply_slice_starts(line, "include ") || ply_slice_starts(line, "include\t"))
		return load_dir(l, at, ply_slice_trim(ply_slice_from(line, 8)));
	return read_pair(l, at, line);
}

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ply_strdup(".");
	return slash == path ? ply_strdup("/") : ply_strndup(path, (size_t)(slash - path));
}

static int read_text(struct loader *l, const char *path, struct ply_slice text, unsigned depth)
{
	struct place at = {.path = path, .dir = dir_of(path), .file = ++l->n_file, .depth = depth};
	int r = at.dir ? 0 : -ENOMEM;

	while (!r && ply_slice_split(&text, '\n', &at.text)) {
		at.line++;
		r = read_line(l, &at);
	}
	ply_free(at.dir);
	return r;
}

static int slurp(FILE *f, struct ply_strbuf *text)
{
	size_t n;

	do {
		if (ply_strbuf_reserve(text, 4096))
			return -ENOMEM;
		n = fread(text->p + text->len, 1, 4096, f);
		text->len += n;
		if (text->len > FILE_MAX)
			return -EFBIG;
	} while (n);
	return ferror(f) ? -EIO : 0;
}

static int load_file(struct loader *l, const char *path, unsigned depth)
{
	const struct place at = {.path = path};
	struct ply_strbuf text = PLY_STRBUF_INIT;
	FILE *f = fopen(path, "re");
	int r;

	r = f ? slurp(f, &text) : -errno;
	if (f)
		(void)fclose(f);
	if (r && r != -ENOMEM)
		(void)complain(l, &at, 0, "cannot read the configuration", ply_err_text(r),
			       "give the right file with --config, or its rights to this user");
	if (!r)
		r = read_text(l, path, ply_strbuf_slice(&text), depth);
	ply_strbuf_deinit(&text);
	return r;
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".conf") == 0;
}

static int load_entries(struct loader *l, const struct place *at, const char *dir)
{
	struct dirent **e = NULL;
	int r = 0, n = scandir(dir, &e, is_conf, alphasort);

	if (n < 0)
		return complain(l, at, 0, "cannot read the folder to include", ply_err_text(-errno),
				"make the folder, or remove the line");
	for (int i = 0; i < n; i++) {
		struct ply_strbuf path = PLY_STRBUF_INIT;

		ply_strbuf_addf(&path, "%s/%s", dir, e[i]->d_name);
		if (!r)
			r = ply_strbuf_err(&path);
		if (!r)
			r = load_file(l, path.p, at->depth + 1);
		ply_strbuf_deinit(&path);
		free(e[i]); /* scandir's, not ours */
	}
	free(e);
	return r;
}

static int load_dir(struct loader *l, struct place *at, struct ply_slice name)
{
	struct ply_strbuf dir = PLY_STRBUF_INIT;
	int r;

	if (!l->may_include || at->depth >= INCLUDE_DEPTH)
		return complain(l, at, 0, "include not possible here",
				"files include others at most four deep", "remove the line");
	if (name.len && name.p[0] == '/')
		ply_strbuf_add_slice(&dir, name);
	else
		ply_strbuf_addf(&dir, "%s/%.*s", at->dir, PLY_SLICE_ARG(name));
	r = ply_strbuf_err(&dir);
	if (!r)
		r = load_entries(l, at, dir.p);
	ply_strbuf_deinit(&dir);
	return r;
}

static size_t table_len(const struct ply_conf_item *table)
{
	size_t n = 0;

	while (table[n].section)
		n++;
	return n;
}

int ply_conf_defaults(const struct ply_conf_item *table, void *conf, struct ply_strbuf *err)
{
	for (; table->section; table++) {
		int r = table->def ? ply_conf_set(table, conf, table->def, NULL, err) : 0;

		if (r) {
			ply_strbuf_addf(err, " as default of %s", table->key);
			return r;
		}
	}
	return 0;
}

static int check_required(struct loader *l, const char *path)
{
	const struct place at = {.path = path};

	for (size_t t = 0; l->tables[t]; t++) {
		for (size_t i = 0; l->tables[t][i].section; i++) {
			const struct ply_conf_item *item = &l->tables[t][i];
			struct ply_strbuf what = PLY_STRBUF_INIT, next = PLY_STRBUF_INIT;
			int r;

			if (!(item->flags & PLY_CONF_REQUIRED) || l->seen[t][i])
				continue;
			ply_strbuf_addf(&what, "[%s] lacks \"%s\"", item->section, item->key);
			ply_strbuf_addf(&next, "add \"%s = ...\", ", item->key);
			ply_conf_expected(item, &next);
			r = complain(l, &at, 0, ply_strbuf_str(&what), item->help,
				     ply_strbuf_str(&next));
			ply_strbuf_deinit(&what);
			ply_strbuf_deinit(&next);
			return r;
		}
	}
	return 0;
}

static void loader_deinit(struct loader *l)
{
	for (size_t t = 0; l->seen && l->tables[t]; t++)
		ply_free(l->seen[t]);
	ply_free(l->seen);
}

static int loader_init(struct loader *l)
{
	size_t n = 0;
	int r = 0;

	while (l->tables[n])
		n++;
	l->seen = ply_calloc(n + 1, sizeof *l->seen);
	if (!l->seen)
		return -ENOMEM;
	for (size_t t = 0; t < n && !r; t++) {
		l->seen[t] = ply_calloc(table_len(l->tables[t]) + 1, sizeof **l->seen);
		r = l->seen[t] ? ply_conf_defaults(l->tables[t], l->confs[t], l->err) : -ENOMEM;
	}
	return r;
}

int ply_conf_load(const char *path, const struct ply_conf_item *const *tables, void *const *confs,
		  const char *const *others, struct ply_strbuf *err)
{
	struct loader l = {tables, confs, others, err, NULL, 0, true};
	int r = loader_init(&l);

	if (!r)
		r = load_file(&l, path, 0);
	if (!r)
		r = check_required(&l, path);
	loader_deinit(&l);
	return r;
}

int ply_conf_load_text(const char *name, struct ply_slice text,
		       const struct ply_conf_item *const *tables, void *const *confs,
		       const char *const *others, struct ply_strbuf *err)
{
	struct loader l = {tables, confs, others, err, NULL, 0, false};
	int r = loader_init(&l);

	if (!r)
		r = read_text(&l, name, text, 0);
	if (!r)
		r = check_required(&l, name);
	loader_deinit(&l);
	return r;
}

void ply_conf_clear(const struct ply_conf_item *table, void *conf)
{
	for (; table->section; table++) {
		char **field = ply_conf_field(table, conf);

		if (!ply_conf_is_text(table))
			continue;
		ply_free(*field);
		*field = NULL;
	}
}
