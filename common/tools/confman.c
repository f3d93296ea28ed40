/* Configuration tables to the key lists of parley.conf(5): reads what `parley-ROLE --help-config`
 * prints, one role after the other, from standard input and writes mdoc. A section that comes twice
 * ([common] is in every role's text) is written once. Exit 0, or 1 when the input is not such a
 * text.
 *
 * Built by make, not installed, no part of the library. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 1024, MAX_SECTIONS = 64 };

struct page {
	char section[MAX_SECTIONS][64];
	size_t n;
	bool open, skip;                 /* inside a list; this section is there already */
	char help[LINE], expected[LINE]; /* comment lines seen before a key */
};

/* A line of text: no macro by accident, no escape. */
static void put_text(const char *s)
{
	if (*s == '.' || *s == '\'')
		(void)fputs("\\&", stdout);
	for (; *s; s++) {
		if (*s == '\\')
			(void)fputs("\\e", stdout);
		else
			(void)putchar(*s);
	}
}

/* One argument of a macro. */
static void put_arg(const char *s)
{
	(void)putchar('"');
	for (; *s; s++) {
		if (*s == '"')
			(void)fputs("\"\"", stdout);
		else if (*s == '\\')
			(void)fputs("\\e", stdout);
		else
			(void)putchar(*s);
	}
	(void)putchar('"');
}

static void close_list(struct page *p)
{
	if (p->open)
		(void)puts(".El");
	p->open = false;
}

static bool section(struct page *p, const char *line)
{
	size_t n = strcspn(line + 1, "]");

	close_list(p);
	p->skip = false;
	for (size_t i = 0; i < p->n; i++)
		p->skip |= strlen(p->section[i]) == n && strncmp(p->section[i], line + 1, n) == 0;
	if (p->skip)
		return true;
	if (p->n == MAX_SECTIONS || n >= sizeof p->section[0])
		return false;
	memcpy(p->section[p->n], line + 1, n);
	p->section[p->n++][n] = '\0';
	(void)printf(".Ss [%.*s]\n.Bl -tag -width Ds\n", (int)n, line + 1);
	p->open = true;
	return true;
}

/* "#key = default" after its two comments. */
static bool key(struct page *p, const char *line)
{
	const char *eq = strstr(line, " = ");

	if (!eq || !p->n || !p->help[0] || !p->expected[0])
		return false;
	if (!p->skip) {
		(void)printf(".It Ic %.*s\n", (int)(eq - line - 1), line + 1);
		put_text(p->help);
		(void)printf(".\n.br\n");
		put_text(p->expected);
		if (eq[3]) {
			(void)fputs("; default\n.Ql ", stdout);
			put_arg(eq + 3);
			(void)puts(" .");
		} else {
			(void)puts("; no default.");
		}
	}
	p->help[0] = p->expected[0] = '\0';
	return true;
}

static bool take(struct page *p, const char *line)
{
	if (!*line)
		return true;
	if (*line == '[')
		return section(p, line);
	if (strncmp(line, "# ", 2) == 0) {
		(void)snprintf(p->help[0] ? p->expected : p->help, LINE, "%s", line + 2);
		return true;
	}
	return *line == '#' && key(p, line);
}

int main(void)
{
	static struct page p;
	char line[LINE];
	unsigned number = 0;

	while (fgets(line, sizeof line, stdin)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (!take(&p, line)) {
			(void)fprintf(stderr, "confman: line %u is not of --help-config: %s\n",
				      number, line);
			return 1;
		}
	}
	close_list(&p);
	if (p.n && fflush(stdout) == 0)
		return 0;
	(void)fputs("confman: nothing to read\n", stderr);
	return 1;
}
