#include "deploy/parley/ask.h"

#include "base/datetime.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* --- the socket --- */

static int connect_to(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd;

	if (!ply_slice_copy(ply_slice_str(path), sa.sun_path, sizeof sa.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa)) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

int cli_connect_role(struct cli *c, const char *section, const char *id)
{
	char *path = cli_setting(c, section, "admin_socket");
	int fd;

	if (!path) {
		(void)cli_errorf(CLI_USAGE, "PRL-CONF-005", NULL,
				 "[%s] admin_socket is not set in %s", section, c->conf_path);
		return -1;
	}
	fd = connect_to(path);
	if (fd < 0)
		(void)cli_errorf(CLI_UNREACHABLE, id, "is the role running? parley status",
				 "cannot connect to %s: %s", path, strerror(-fd));
	ply_free(path);
	return fd < 0 ? -1 : fd;
}

static int read_answer(FILE *f, cli_line_fn *fn, void *ctx, struct ply_strbuf *refused)
{
	int code = CLI_TIMEOUT;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) > 0) {
		struct ply_slice s = ply_slice(line, (size_t)n);

		if (s.p[s.len - 1] == '\n')
			s.len--;
		if (ply_slice_is(s, ".")) {
			code = refused->len ? CLI_REFUSED : CLI_OK;
			break;
		}
		if (s.len && s.p[0] == '.')
			s = ply_slice_from(s, 1);
		if (ply_slice_starts(s, "error "))
			ply_strbuf_add_slice(refused, ply_slice_from(s, 6));
		else
			fn(ctx, s);
	}
	free(line); /* NOLINT: getline's own */
	return code;
}

int cli_ask(struct cli *c, const char *command, const char *id, cli_line_fn *fn, void *ctx,
	    struct ply_strbuf *refused)
{
	struct timeval tv = {.tv_sec = (time_t)(c->timeout_ms / 1000)};
	int fd = cli_connect_role(c, "frontend", id), code;
	FILE *f;

	if (fd < 0)
		return CLI_UNREACHABLE;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	f = fdopen(fd, "r+");
	if (!f) {
		(void)close(fd);
		return cli_error(CLI_REFUSED, "PRL-CLI-009", "out of memory", NULL, NULL);
	}
	(void)fprintf(f, "%s\n", command);
	(void)fflush(f);
	code = read_answer(f, fn, ctx, refused);
	(void)fclose(f);
	if (code == CLI_TIMEOUT)
		return cli_errorf(CLI_TIMEOUT, "PRL-ROLE-001", "look whether it was done",
				  "the Front End did not answer to the end");
	return code;
}

/* --- its answers --- */

static void add_escape(struct ply_slice *s, struct ply_strbuf *out)
{
	uint8_t b[2];
	char c = s->p[0];
	size_t n;

	*s = ply_slice_from(*s, 1);
	switch (c) {
	case 'n':
		ply_strbuf_addc(out, '\n');
		break;
	case 'u':
		if (!ply_hex_decode(ply_slice_sub(*s, 0, 4), b, sizeof b, &n) && n == sizeof b)
			ply_utf8_add(out, (uint32_t)b[0] << 8 | b[1]);
		*s = ply_slice_from(*s, 4);
		break;
	default:
		ply_strbuf_addc(out, c);
	}
}

/* Cuts a text off s, whose first character is the quote. */
static void take_text(struct ply_slice *s, struct ply_strbuf *out)
{
	*s = ply_slice_from(*s, 1);
	while (s->len && s->p[0] != '"') {
		char c = s->p[0];

		*s = ply_slice_from(*s, 1);
		if (c == '\\' && s->len)
			add_escape(s, out);
		else
			ply_strbuf_addc(out, c);
	}
	*s = ply_slice_from(*s, 1);
}

static void take_plain(struct ply_slice *s, struct ply_strbuf *out)
{
	size_t n = 0;

	while (n < s->len && !strchr(",}", s->p[n]))
		n++;
	ply_strbuf_add_slice(out, ply_slice_trim(ply_slice_sub(*s, 0, n)));
	*s = ply_slice_from(*s, n);
}

static void skip(struct ply_slice *s, const char *these)
{
	while (s->len && strchr(these, s->p[0]) && s->p[0])
		*s = ply_slice_from(*s, 1);
}

bool cli_json_get(struct ply_slice object, const char *key, struct ply_strbuf *out)
{
	struct ply_strbuf name = PLY_STRBUF_INIT, value = PLY_STRBUF_INIT;
	bool found = false;

	skip(&object, " {");
	while (!found && object.len && object.p[0] == '"') {
		bool text;

		ply_strbuf_reset(&name);
		ply_strbuf_reset(&value);
		take_text(&object, &name);
		skip(&object, " :");
		text = object.len && object.p[0] == '"';
		if (text)
			take_text(&object, &value);
		else
			take_plain(&object, &value);
		skip(&object, " ,");
		if (strcmp(ply_strbuf_str(&name), key) != 0)
			continue;
		if (!text && ply_slice_is(ply_strbuf_slice(&value), "null"))
			break;
		ply_strbuf_add_slice(out, ply_strbuf_slice(&value));
		found = true;
	}
	ply_strbuf_deinit(&name);
	ply_strbuf_deinit(&value);
	return found;
}

/* For people: local, with offset. */
static char *cell_of(struct ply_slice object, const char *key)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	int64_t ms;
	char text[40];
	time_t secs;
	struct tm tm;

	if (!cli_json_get(object, key, &b))
		return NULL;
	if (b.len == PLY_DATETIME_LEN && ply_datetime_read(ply_strbuf_slice(&b), &ms)) {
		secs = (time_t)(ms / 1000);
		(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M %z", localtime_r(&secs, &tm));
		ply_strbuf_deinit(&b);
		return ply_strdup(text);
	}
	if (!b.p)
		ply_strbuf_adds(&b, "");
	return ply_strbuf_steal(&b);
}

static void print_raw(struct ply_slice object)
{
	(void)printf("%.*s\n", PLY_SLICE_ARG(object));
}

void cli_json_row(const struct cli *c, struct cli_table *t, const struct cli_column *col, size_t n,
		  struct ply_slice object)
{
	char *cell[16] = {NULL};
	const char *row[16] = {NULL};

	if (c->json) {
		print_raw(object);
		return;
	}
	for (size_t i = 0; i < n && i < ARRAY_LEN(cell); i++)
		row[i] = cell[i] = cell_of(object, col[i].key);
	cli_table_row(t, row);
	for (size_t i = 0; i < n && i < ARRAY_LEN(cell); i++)
		ply_free(cell[i]);
}

void cli_json_object(const struct cli *c, const struct cli_column *col, size_t n,
		     struct ply_slice object)
{
	if (c->json) {
		print_raw(object);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char *cell = cell_of(object, col[i].key);

		if (cell)
			cli_object(c, &col[i], (const char *const[]){cell}, 1);
		ply_free(cell);
	}
}
