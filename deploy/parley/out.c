#include "base/mem.h"
#include "deploy/parley/cli.h"

#include <stdio.h>

int cli_error(int code, const char *id, const char *what, const char *because, const char *next)
{
	(void)fprintf(stderr, "error %s: %s\n", id, what);
	if (because)
		(void)fprintf(stderr, "  because: %s\n", because);
	if (next)
		(void)fprintf(stderr, "  next:    %s\n", next);
	(void)fprintf(stderr, "  more:    parley help %s\n", id);
	return code;
}

int cli_errorf(int code, const char *id, const char *next, const char *fmt, ...)
{
	struct ply_strbuf what = PLY_STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	ply_strbuf_addv(&what, fmt, ap);
	va_end(ap);
	(void)cli_error(code, id, ply_strbuf_str(&what), NULL, next);
	ply_strbuf_deinit(&what);
	return code;
}

void cli_say(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet || c->json)
		return;
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
}

static void json_text(const char *s)
{
	if (!s) {
		(void)fputs("null", stdout);
		return;
	}
	(void)putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			(void)printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			(void)printf("\\u%04x", (unsigned)*s);
		else
			(void)putchar(*s);
	}
	(void)putchar('"');
}

static void json_object(const struct cli_column *col, const char *const *value, size_t n)
{
	(void)putchar('{');
	for (size_t i = 0; i < n; i++) {
		(void)printf("%s\"%s\": ", i ? ", " : "", col[i].key);
		json_text(value[i]);
	}
	(void)puts("}");
}

void cli_object(const struct cli *c, const struct cli_column *col, const char *const *value,
		size_t n)
{
	if (c->json) {
		json_object(col, value, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		(void)printf("%-14s %s\n", col[i].title, value[i] ? value[i] : "-");
}

struct cli_table {
	const struct cli_column *col;
	size_t n, rows, cap;
	size_t *width;
	char **cell; /* rows * n */
	bool json;
};

int cli_table_begin(struct cli_table **out, const struct cli *c, const struct cli_column *col,
		    size_t n)
{
	struct cli_table *t = ply_calloc(1, sizeof *t);

	if (t)
		t->width = ply_calloc(n, sizeof *t->width);
	if (!t || !t->width) {
		ply_free(t);
		return cli_error(CLI_REFUSED, "PRL-CLI-009", "out of memory", NULL, NULL);
	}
	t->col = col;
	t->n = n;
	t->json = c->json;
	for (size_t i = 0; i < n; i++)
		t->width[i] = strlen(col[i].title);
	*out = t;
	return 0;
}

/* Columns on the terminal: code points, which is right for all but wide scripts. */
static size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void cli_table_row(struct cli_table *t, const char *const *value)
{
	if (t->json) {
		json_object(t->col, value, t->n);
		return;
	}
	if (t->rows == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		char **cell = ply_realloc(t->cell, cap * t->n * sizeof *cell);

		if (!cell)
			return;
		t->cell = cell;
		t->cap = cap;
	}
	for (size_t i = 0; i < t->n; i++) {
		char *text = ply_strdup(value[i] && value[i][0] ? value[i] : "-");

		t->cell[t->rows * t->n + i] = text;
		if (text && columns(text) > t->width[i])
			t->width[i] = columns(text);
	}
	t->rows++;
}

static void print_cell(const char *text, size_t width, bool last)
{
	(void)fputs(text, stdout);
	if (!last)
		(void)printf("%*s", (int)(width - columns(text) + 2), "");
}

void cli_table_drop(struct cli_table *t)
{
	for (size_t i = 0; i < t->rows * t->n; i++)
		ply_free(t->cell[i]);
	ply_free(t->cell);
	ply_free(t->width);
	ply_free(t);
}

void cli_table_end(struct cli_table *t)
{
	if (!t->json) {
		for (size_t i = 0; i < t->n; i++)
			print_cell(t->col[i].title, t->width[i], i + 1 == t->n);
		(void)putchar('\n');
	}
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t i = 0; i < t->n; i++) {
			char *text = t->cell[r * t->n + i];

			print_cell(text ? text : "", t->width[i], i + 1 == t->n);
		}
		(void)putchar('\n');
	}
	cli_table_drop(t);
}
