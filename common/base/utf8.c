#include "base/utf8.h"

enum { REPLACEMENT = 0xfffd, LAST = 0x10ffff };

/* Length of the sequence that this first byte opens, with the least value that needs it. */
static size_t opens(uint8_t b, uint32_t *bits, uint32_t *least)
{
	if (b >= 0xc2 && b <= 0xdf) {
		*bits = b & 0x1f;
		*least = 0x80;
		return 2;
	}
	if (b >= 0xe0 && b <= 0xef) {
		*bits = b & 0x0f;
		*least = 0x800;
		return 3;
	}
	if (b >= 0xf0 && b <= 0xf4) {
		*bits = b & 0x07;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

static bool surrogate(uint32_t cp)
{
	return cp >= 0xd800 && cp <= 0xdfff;
}

bool ply_utf8_next(struct ply_slice *rest, uint32_t *cp)
{
	uint32_t v, least;
	size_t n;

	if (!rest->len)
		return false;
	v = (uint8_t)rest->p[0];
	if (v < 0x80) {
		*cp = v;
		*rest = ply_slice_from(*rest, 1);
		return true;
	}
	n = opens((uint8_t)v, &v, &least);
	if (!n || rest->len < n)
		return false;
	for (size_t i = 1; i < n; i++) {
		uint8_t b = (uint8_t)rest->p[i];

		if ((b & 0xc0) != 0x80)
			return false;
		v = v << 6 | (b & 0x3f);
	}
	if (v < least || v > LAST || surrogate(v))
		return false;
	*cp = v;
	*rest = ply_slice_from(*rest, n);
	return true;
}

bool ply_utf8_valid(struct ply_slice s)
{
	uint32_t cp;

	while (ply_utf8_next(&s, &cp))
		;
	return s.len == 0;
}

void ply_utf8_add(struct ply_strbuf *out, uint32_t cp)
{
	char b[4];

	if (cp > LAST || surrogate(cp))
		cp = REPLACEMENT;
	if (cp < 0x80) {
		ply_strbuf_addc(out, (char)cp);
		return;
	}
	if (cp < 0x800) {
		b[0] = (char)(0xc0 | cp >> 6);
		b[1] = (char)(0x80 | (cp & 0x3f));
		ply_strbuf_add(out, b, 2);
		return;
	}
	if (cp < 0x10000) {
		b[0] = (char)(0xe0 | cp >> 12);
		b[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		b[2] = (char)(0x80 | (cp & 0x3f));
		ply_strbuf_add(out, b, 3);
		return;
	}
	b[0] = (char)(0xf0 | cp >> 18);
	b[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	b[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	b[3] = (char)(0x80 | (cp & 0x3f));
	ply_strbuf_add(out, b, 4);
}

struct ply_slice ply_utf8_prefix(struct ply_slice s, size_t max)
{
	if (s.len <= max)
		return s;
	/* A continuation byte at the cut: step back to the byte that opens the character. */
	while (max && ((uint8_t)s.p[max] & 0xc0) == 0x80)
		max--;
	return ply_slice(s.p, max);
}

uint32_t ply_utf8_fold(uint32_t cp)
{
	if (cp >= 'A' && cp <= 'Z')
		return cp + 32;
	if (cp < 0xc0)
		return cp;
	if (cp <= 0xde && cp != 0xd7) /* Latin-1; 0xd7 is the multiplication sign */
		return cp + 32;
	if (cp >= 0x100 && cp <= 0x137 && cp != 0x130 &&
	    cp != 0x131) /* Latin Extended-A, in pairs */
		return cp | 1;
	if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17e))
		return cp & 1 ? cp + 1 : cp;
	if (cp >= 0x14a && cp <= 0x177)
		return cp | 1;
	if (cp >= 0x391 && cp <= 0x3a9 && cp != 0x3a2) /* Greek */
		return cp + 32;
	if (cp >= 0x410 && cp <= 0x42f) /* Cyrillic */
		return cp + 32;
	if (cp >= 0x400 && cp <= 0x40f)
		return cp + 80;
	return cp;
}

void ply_utf8_add_folded(struct ply_strbuf *out, struct ply_slice s)
{
	uint32_t cp;

	while (s.len) {
		if (!ply_utf8_next(&s, &cp)) {
			cp = REPLACEMENT;
			s = ply_slice_from(s, 1);
		}
		ply_utf8_add(out, ply_utf8_fold(cp));
	}
}
