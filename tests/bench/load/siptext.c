#include "tests/bench/load/siptext.h"

#include "base/ply.h"

#include <stdlib.h>
#include <strings.h>

static const struct {
	const char *name, *compact;
	enum field_kind kind;
} names[] = {
	{"Via", "v", FIELD_VIA},
	{"From", "f", FIELD_FROM},
	{"To", "t", FIELD_TO},
	{"Call-ID", "i", FIELD_CALL_ID},
	{"CSeq", NULL, FIELD_CSEQ},
	{"Record-Route", NULL, FIELD_RECORD_ROUTE},
	{"Contact", "m", FIELD_CONTACT},
	{"WWW-Authenticate", NULL, FIELD_CHALLENGE},
	{"Proxy-Authenticate", NULL, FIELD_CHALLENGE},
	{"Content-Length", "l", FIELD_LENGTH},
	{"SIP-ETag", NULL, FIELD_ETAG},
};

static enum field_kind kind_of(struct ply_slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (ply_slice_caseis(name, names[i].name) ||
		    (names[i].compact && ply_slice_caseis(name, names[i].compact)))
			return names[i].kind;
	return FIELD_OTHER;
}

/* Cuts the next line off *rest; false at the empty line that ends the header. */
static bool next_line(struct ply_slice *rest, struct ply_slice *line)
{
	const char *lf = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;

	if (!lf)
		return false;
	*line = ply_slice(rest->p, (size_t)(lf - rest->p));
	if (line->len && line->p[line->len - 1] == '\r')
		line->len--;
	*rest = ply_slice(lf + 1, rest->len - (size_t)(lf + 1 - rest->p));
	return line->len > 0;
}

static bool read_start_line(struct siptext *m, struct ply_slice line)
{
	struct ply_slice rest = line, version;

	if (ply_slice_starts(line, "SIP/2.0 ")) {
		m->status = (int)strtol(line.p + 8, NULL, 10);
		return m->status >= 100;
	}
	return ply_slice_split(&rest, ' ', &m->method) && ply_slice_split(&rest, ' ', &m->uri) &&
	       ply_slice_split(&rest, ' ', &version);
}

bool siptext_read(struct siptext *m, struct ply_slice text)
{
	struct ply_slice rest = text, line;

	m->text = text;
	m->status = 0;
	m->n = 0;
	if (!next_line(&rest, &line) || !read_start_line(m, line))
		return false;
	while (next_line(&rest, &line)) {
		size_t colon = ply_slice_chr(line, ':');

		if (colon == SIZE_MAX || m->n == FIELDS_MAX)
			continue;
		m->field[m->n++] =
			(struct field){kind_of(ply_slice_trim(ply_slice(line.p, colon))), line,
				       ply_slice_trim(ply_slice_from(line, colon + 1))};
	}
	m->body = rest;
	return true;
}

const struct field *siptext_field(const struct siptext *m, enum field_kind kind)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->field[i].kind == kind)
			return &m->field[i];
	return NULL;
}

size_t siptext_frame(struct ply_slice stream)
{
	const char *end = memmem(stream.p, stream.len, "\r\n\r\n", 4);
	struct ply_slice rest, line;
	size_t head;

	if (!end)
		return 0;
	head = (size_t)(end + 4 - stream.p);
	rest = ply_slice(stream.p, head);
	while (next_line(&rest, &line)) {
		size_t body;

		if (strncasecmp(line.p, "Content-Length:", 15) != 0 &&
		    strncasecmp(line.p, "l:", 2) != 0)
			continue;
		body = (size_t)strtoul(line.p + ply_slice_chr(line, ':') + 1, NULL, 10);
		return body <= stream.len - head ? head + body : 0;
	}
	return head;
}
