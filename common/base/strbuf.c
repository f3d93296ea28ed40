#include "base/strbuf.h"

#include "base/ascii.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

enum { KEEP = 64 * 1024 };

void ply_strbuf_deinit(struct ply_strbuf *b)
{
	ply_free(b->p);
	*b = (struct ply_strbuf)PLY_STRBUF_INIT;
}

void ply_strbuf_reset(struct ply_strbuf *b)
{
	if (b->cap > KEEP) {
		ply_strbuf_deinit(b);
		return;
	}
	b->len = 0;
	b->err = 0;
	if (b->p)
		b->p[0] = '\0';
}

int ply_strbuf_reserve(struct ply_strbuf *b, size_t more)
{
	size_t want, cap;
	char *p;

	if (b->err)
		return b->err;
	if (more >= SIZE_MAX / 2 - b->len) {
		b->err = -ENOMEM;
		return b->err;
	}
	want = b->len + more + 1;
	if (want <= b->cap)
		return 0;
	cap = b->cap ? b->cap : 64;
	while (cap < want)
		cap *= 2;
	p = ply_realloc(b->p, cap);
	if (!p) {
		b->err = -ENOMEM;
		return b->err;
	}
	b->p = p;
	b->cap = cap;
	b->p[b->len] = '\0';
	return 0;
}

void ply_strbuf_add_slow(struct ply_strbuf *b, const char *p, size_t len)
{
	if (ply_strbuf_reserve(b, len))
		return;
	memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void ply_strbuf_addv(struct ply_strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (ply_strbuf_reserve(b, 64))
		return;
	va_copy(again, ap);
	n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, ap);
	if (n >= 0 && (size_t)n >= b->cap - b->len && !ply_strbuf_reserve(b, (size_t)n))
		n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, again);
	va_end(again);
	if (n < 0)
		b->err = -ENOMEM;
	if (b->err)
		b->p[b->len] = '\0';
	else
		b->len += (size_t)n;
}

void ply_strbuf_addf(struct ply_strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ply_strbuf_addv(b, fmt, ap);
	va_end(ap);
}

void ply_strbuf_add_u64(struct ply_strbuf *b, uint64_t v)
{
	char d[PLY_U64_DIGITS];

	ply_strbuf_add_slice(b, ply_slice_u64(v, d));
}

void ply_strbuf_add_hex(struct ply_strbuf *b, const void *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *u = p;

	if (ply_strbuf_reserve(b, len * 2))
		return;
	for (size_t i = 0; i < len; i++) {
		b->p[b->len++] = digits[u[i] >> 4];
		b->p[b->len++] = digits[u[i] & 15];
	}
	b->p[b->len] = '\0';
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ply_strbuf_add_base64(struct ply_strbuf *b, const void *p, size_t len)
{
	const uint8_t *u = p;

	if (ply_strbuf_reserve(b, len / 3 * 4 + 4))
		return;
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)u[i] << 16;

		if (left > 1)
			v |= (uint32_t)u[i + 1] << 8;
		if (left > 2)
			v |= u[i + 2];
		b->p[b->len++] = b64[v >> 18];
		b->p[b->len++] = b64[v >> 12 & 63];
		b->p[b->len++] = (char)(left > 1 ? b64[v >> 6 & 63] : '=');
		b->p[b->len++] = (char)(left > 2 ? b64[v & 63] : '=');
	}
	b->p[b->len] = '\0';
}

char *ply_strbuf_steal(struct ply_strbuf *b)
{
	char *p = b->err ? NULL : b->p;

	if (!b->err && !p)
		return ply_strdup("");
	if (b->err)
		ply_free(b->p);
	*b = (struct ply_strbuf)PLY_STRBUF_INIT;
	return p;
}

/* One more than the value of a digit, from '+' to 'z'; 0: none. A table, because route tokens of
 * every copy of a message come through here, and their digits are random to a branch. */
/* clang-format off */
static const uint8_t b64_digit['z' - '+' + 1] = {
	63, 0, 0, 0, 64, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0,
	0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	0, 0, 0, 0, 0, 0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
	37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
};
/* clang-format on */

static int b64_value(char c)
{
	unsigned i = (unsigned)(unsigned char)c - '+';

	return i < sizeof b64_digit ? b64_digit[i] - 1 : -1;
}

int ply_base64_decode(struct ply_slice in, uint8_t *out, size_t cap, size_t *len)
{
	uint32_t v = 0;
	unsigned bits = 0;
	size_t n = 0, used;

	for (used = in.len; used && in.p[used - 1] == '='; used--)
		;
	if (in.len - used > 2 || used % 4 == 1)
		return -EBADMSG;
	for (size_t i = 0; i < used; i++) {
		int d = b64_value(in.p[i]);

		if (d < 0)
			return -EBADMSG;
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == cap)
			return -ENOSPC;
		out[n++] = (uint8_t)(v >> bits);
	}
	*len = n;
	return 0;
}

int ply_hex_decode(struct ply_slice in, uint8_t *out, size_t cap, size_t *len)
{
	if (in.len % 2)
		return -EBADMSG;
	if (in.len / 2 > cap)
		return -ENOSPC;
	for (size_t i = 0; i < in.len; i += 2) {
		int v = ply_ascii_hex2(in.p + i);

		if (v < 0)
			return -EBADMSG;
		out[i / 2] = (uint8_t)v;
	}
	*len = in.len / 2;
	return 0;
}
