#include "sip/sip_multipart.h"

#include "sip/sip_msg.h"

enum { MAX_BOUNDARY = 70 };

struct ply_slice ply_sip_media_type(struct ply_slice content_type)
{
	struct ply_slice type = ply_slice("", 0);

	(void)ply_slice_split(&content_type, ';', &type);
	return ply_slice_trim(type);
}

struct ply_slice ply_sip_boundary(struct ply_slice content_type)
{
	size_t at = ply_slice_chr(content_type, ';');
	struct ply_slice b;

	if (at == SIZE_MAX || !ply_sip_param(ply_slice_from(content_type, at), "boundary", &b) ||
	    b.len > MAX_BOUNDARY)
		return ply_slice("", 0);
	return b;
}

/* A line that begins with "--" and the boundary? *last: it is the closing one. */
static bool is_delimiter(struct ply_slice line, struct ply_slice boundary, bool *last)
{
	if (line.len < 2 + boundary.len || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary.p, boundary.len) != 0)
		return false;
	line = ply_slice_trim(ply_slice_from(line, 2 + boundary.len));
	*last = ply_slice_starts(line, "--");
	return *last || !line.len;
}

/* Everything up to the next delimiter line, which is taken off too. */
static struct ply_slice cut(struct ply_sip_parts *w)
{
	const struct ply_slice all = w->rest;
	struct ply_slice line;

	while (w->rest.len) {
		const char *at = w->rest.p;

		(void)ply_slice_split(&w->rest, '\n', &line);
		if (is_delimiter(line, w->boundary, &w->over))
			return ply_slice(all.p, (size_t)(at - all.p));
	}
	w->over = true;
	return all;
}

/* Header lines of the part; what follows the empty line is its body. */
static void read_part(struct ply_slice text, struct ply_sip_part *out)
{
	struct ply_slice line;

	*out = (struct ply_sip_part){.type = {NULL, 0}};
	while (text.len) {
		size_t colon;

		(void)ply_slice_split(&text, '\n', &line);
		line = ply_slice_trim(line);
		if (!line.len)
			break;
		colon = ply_slice_chr(line, ':');
		if (colon != SIZE_MAX &&
		    ply_slice_caseis(ply_slice_trim(ply_slice_sub(line, 0, colon)), "Content-Type"))
			out->type = ply_slice_trim(ply_slice_from(line, colon + 1));
	}
	/* The line end before a delimiter belongs to the delimiter. */
	if (text.len && text.p[text.len - 1] == '\n')
		text.len--;
	if (text.len && text.p[text.len - 1] == '\r')
		text.len--;
	out->body = text;
}

void ply_sip_parts_init(struct ply_sip_parts *w, struct ply_slice content_type,
			struct ply_slice body)
{
	*w = (struct ply_sip_parts){.rest = body, .boundary = ply_sip_boundary(content_type)};
	w->over = !w->boundary.len;
	if (!w->over)
		(void)cut(w); /* the preamble */
}

bool ply_sip_parts_next(struct ply_sip_parts *w, struct ply_sip_part *out)
{
	struct ply_slice text;

	if (w->over)
		return false;
	text = cut(w);
	read_part(text, out);
	return text.len > 0;
}
