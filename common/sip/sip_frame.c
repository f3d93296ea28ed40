/* Finding messages in a stream. RFC 3261 §18.3, §7.5; RFC 5626 §3.5.1. */
#include "sip/sip_names.h"

/* A start line has come in far enough to see that this is no SIP: a TLS record, an HTTP request. */
static bool is_foreign(const char *p, const char *nl)
{
	size_t n = (size_t)(nl - p);

	if (n < 12 || memchr(p, '\0', n))
		return true;
	return !memmem(p, n, "SIP/", 4) && !memmem(p, n, "sip/", 4);
}

/* The octet after the empty line that ends the headers, or NULL. *seen moves to where the next look
 * has to begin. */
static const char *find_end(const char *p, size_t len, size_t *seen)
{
	size_t i = *seen;

	while (i < len) {
		const char *nl = memchr(p + i, '\n', len - i);

		if (!nl) {
			i = len;
			break;
		}
		i = (size_t)(nl - p);
		if (i + 1 < len && p[i + 1] == '\n')
			return p + i + 2;
		if (i + 2 < len && p[i + 1] == '\r' && p[i + 2] == '\n')
			return p + i + 3;
		if (len - i < 3)
			break; /* what follows this line end is still to come */
		i++;
	}
	*seen = i;
	return NULL;
}

/* A header name at the beginning of a line; *value is what follows the colon. */
static bool is_header(struct ply_slice line, const char *name, char compact,
		      struct ply_slice *value)
{
	size_t n = strlen(name);

	if (!ply_slice_casestarts(line, name)) {
		if (!line.len || (line.p[0] | 0x20) != compact)
			return false;
		n = 1;
	}
	while (n < line.len && ply_sip_is_blank(line.p[n]))
		n++;
	if (n == line.len || line.p[n] != ':')
		return false;
	*value = ply_slice_from(line, n + 1);
	return true;
}

struct lengths {
	bool has_type, has_length, bad;
	uint64_t size;
};

static void read_length(struct lengths *l, struct ply_slice value)
{
	uint64_t n;

	if (!ply_slice_to_u64(ply_slice_trim(value), UINT64_MAX, &n) ||
	    (l->has_length && n != l->size)) {
		l->bad = true;
		return;
	}
	l->has_length = true;
	l->size = n;
}

/* The header lines from p to end, folds put to the line they belong to. */
static struct lengths read_lengths(const char *p, const char *end)
{
	struct lengths l = {0};

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct ply_slice value;

		while (nl && nl + 1 < end && ply_sip_is_blank(nl[1]))
			nl = memchr(nl + 1, '\n', (size_t)(end - nl - 1));
		if (!nl)
			nl = end - 1;
		if ((*p | 0x20) == 'c' || (*p | 0x20) == 'l') {
			struct ply_slice line = ply_slice(p, (size_t)(nl - p));

			if (is_header(line, "Content-Length", 'l', &value))
				read_length(&l, value);
			else if (is_header(line, "Content-Type", 'c', &value))
				l.has_type = true;
		}
		p = nl + 1;
	}
	return l;
}

/* Keepalives and blank lines before a message; *blank octets of them. */
static enum ply_sip_frame leading(const char *p, size_t len, size_t *blank)
{
	size_t n = 0;

	*blank = 4;
	if (len >= 4 && memcmp(p, "\r\n\r\n", 4) == 0)
		return PLY_SIP_FRAME_PING;
	while (n < len && (p[n] == '\r' || p[n] == '\n'))
		n++;
	/* the beginning of what may become a keepalive is waited for */
	*blank = n == len && n < 4 ? 0 : n;
	return n == len ? PLY_SIP_FRAME_MORE : PLY_SIP_FRAME_MESSAGE;
}

/* The headers are whole: p[blank..head). */
static enum ply_sip_frame with_body(struct ply_sip_frame_state *st, const char *p, size_t blank,
				    size_t head, size_t max, size_t *size)
{
	struct lengths l = read_lengths(p + blank, p + head);

	*size = head;
	if (l.bad || (l.has_type && !l.has_length))
		return PLY_SIP_FRAME_NO_LENGTH;
	if (head > max || l.size > max - head)
		return PLY_SIP_FRAME_TOO_LARGE;
	st->need = head + (size_t)l.size;
	return PLY_SIP_FRAME_MESSAGE;
}

enum ply_sip_frame ply_sip_frame_at(struct ply_sip_frame_state *st, const char *p, size_t len,
				    size_t max, size_t *size)
{
	enum ply_sip_frame r = PLY_SIP_FRAME_MESSAGE;
	size_t blank;

	*size = 0;
	if (!st->need) {
		const char *nl, *end;

		r = leading(p, len, &blank);
		if (r != PLY_SIP_FRAME_MESSAGE) {
			*size = blank;
			return r;
		}
		if (!ply_sip_is_token(p[blank]))
			return PLY_SIP_FRAME_BAD;
		nl = st->started ? NULL : memchr(p + blank, '\n', len - blank);
		if (nl && is_foreign(p + blank, nl))
			return PLY_SIP_FRAME_BAD;
		st->started = st->started || nl;
		if (st->seen < blank)
			st->seen = blank;
		end = find_end(p, len, &st->seen);
		if (!end) {
			*size = len > max ? 0 : blank;
			return len > max ? PLY_SIP_FRAME_TOO_LARGE : PLY_SIP_FRAME_MORE;
		}
		r = with_body(st, p, blank, (size_t)(end - p), max, size);
	}
	if (r != PLY_SIP_FRAME_MESSAGE)
		return r;
	*size = len < st->need ? 0 : st->need;
	return *size ? PLY_SIP_FRAME_MESSAGE : PLY_SIP_FRAME_MORE;
}

enum ply_sip_frame ply_sip_frame(const char *p, size_t len, size_t max, size_t *size)
{
	struct ply_sip_frame_state st = {0};

	return ply_sip_frame_at(&st, p, len, max, size);
}
