/* Growing text buffer. A failed allocation is remembered (`err`): add on without checking and test
 * once at the end with ply_strbuf_err(). Never truncates silently. Always NUL-terminated when p is
 * not NULL. Rank 0. */
#ifndef PLY_BASE_STRBUF_H
#define PLY_BASE_STRBUF_H

#include "base/ply.h"
#include "base/slice.h"

#include <stdarg.h>

struct ply_strbuf {
	char *p;
	size_t len;
	size_t cap;
	int err; /* 0 or -ENOMEM */
};

#define PLY_STRBUF_INIT                                                                            \
	{                                                                                          \
		NULL, 0, 0, 0                                                                      \
	}

void ply_strbuf_deinit(struct ply_strbuf *b);
/* Empties, keeps the memory (up to 64 KiB of it). */
void ply_strbuf_reset(struct ply_strbuf *b);
/* Room for `more` further bytes; 0 or -ENOMEM. */
int ply_strbuf_reserve(struct ply_strbuf *b, size_t more);
/* ply_strbuf_add when there is not enough room. */
void ply_strbuf_add_slow(struct ply_strbuf *b, const char *p, size_t len);

static inline void ply_strbuf_add(struct ply_strbuf *b, const char *p, size_t len)
{
	if (!p || !len)
		return;
	if (b->err || b->cap <= b->len || b->cap - b->len <= len) {
		ply_strbuf_add_slow(b, p, len);
		return;
	}
	memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

static inline void ply_strbuf_addc(struct ply_strbuf *b, char c)
{
	ply_strbuf_add(b, &c, 1);
}

void ply_strbuf_addf(struct ply_strbuf *b, const char *fmt, ...) PLY_PRINTF(2, 3);
void ply_strbuf_addv(struct ply_strbuf *b, const char *fmt, va_list ap) PLY_PRINTF(2, 0);
void ply_strbuf_add_u64(struct ply_strbuf *b, uint64_t v);
void ply_strbuf_add_hex(struct ply_strbuf *b, const void *p, size_t len); /* lower case */
void ply_strbuf_add_base64(struct ply_strbuf *b, const void *p, size_t len);

static inline void ply_strbuf_adds(struct ply_strbuf *b, const char *s)
{
	ply_strbuf_add(b, s, strlen(s));
}

static inline void ply_strbuf_add_slice(struct ply_strbuf *b, struct ply_slice s)
{
	ply_strbuf_add(b, s.p, s.len);
}

/* LENDS: valid until b changes. */
static inline struct ply_slice ply_strbuf_slice(const struct ply_strbuf *b)
{
	return ply_slice(b->p ? b->p : "", b->len);
}

/* "" while empty. LENDS. */
static inline const char *ply_strbuf_str(const struct ply_strbuf *b)
{
	return b->p ? b->p : "";
}

static inline int ply_strbuf_err(const struct ply_strbuf *b)
{
	return b->err;
}

/* GIVES the text (ply_free) and leaves b empty; NULL when an allocation had failed. */
char *ply_strbuf_steal(struct ply_strbuf *b);

/* Decodes base64 (padding optional, blanks refused) into out; -EBADMSG, -ENOSPC, or 0 with *len
 * set. */
int ply_base64_decode(struct ply_slice in, uint8_t *out, size_t cap, size_t *len);
/* Decodes hex of even length; -EBADMSG, -ENOSPC, or 0. */
int ply_hex_decode(struct ply_slice in, uint8_t *out, size_t cap, size_t *len);

#endif
