/* A view of bytes that somebody else owns: pointer and length, not NUL-terminated. Decoders return
 * slices into their input; whoever outlives the input copies. Rank 0. */
#ifndef PLY_BASE_SLICE_H
#define PLY_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ply_slice {
	const char *p; /* NULL only when absent; an empty value has len 0 and a pointer */
	size_t len;
};

/* printf("%.*s", PLY_SLICE_ARG(s)) */
#define PLY_SLICE_ARG(s) (int)(s).len, (s).p ? (s).p : ""
/* A slice of a string literal; S() in initialisers of tables, ply_slice_str() elsewhere. */
#define PLY_SLICE_LIT(lit)                                                                         \
	{                                                                                          \
		(lit), sizeof(lit) - 1                                                             \
	}

static inline struct ply_slice ply_slice(const char *p, size_t len)
{
	return (struct ply_slice){p, len};
}

/* LENDS str; NULL gives the absent slice. */
static inline struct ply_slice ply_slice_str(const char *str)
{
	return (struct ply_slice){str, str ? strlen(str) : 0};
}

static inline bool ply_slice_eq(struct ply_slice a, struct ply_slice b)
{
	return a.len == b.len && (!a.len || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool ply_slice_is(struct ply_slice a, const char *str)
{
	return ply_slice_eq(a, ply_slice_str(str));
}

/* ASCII case-insensitive, as SIP tokens and header names compare (RFC 3261 §7.3.1). */
bool ply_slice_caseeq(struct ply_slice a, struct ply_slice b);
bool ply_slice_caseis(struct ply_slice a, const char *str);
bool ply_slice_starts(struct ply_slice s, const char *prefix);
bool ply_slice_casestarts(struct ply_slice s, const char *prefix);
/* Position of c, or SIZE_MAX. */
static inline size_t ply_slice_chr(struct ply_slice s, char c)
{
	const char *at = s.len ? (const char *)memchr(s.p, c, s.len) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

/* Position of the first occurrence of needle, or SIZE_MAX. */
size_t ply_slice_find(struct ply_slice s, const char *needle);
size_t ply_slice_casefind(struct ply_slice s, const char *needle);
/* From `from` on; empty when past the end. These three are inline: a message that is forwarded goes
 * through several hundred of them. */
static inline struct ply_slice ply_slice_from(struct ply_slice s, size_t from)
{
	if (from > s.len)
		from = s.len;
	return s.len ? ply_slice(s.p + from, s.len - from) : s;
}

static inline struct ply_slice ply_slice_sub(struct ply_slice s, size_t from, size_t len)
{
	s = ply_slice_from(s, from);
	if (len < s.len)
		s.len = len;
	return s;
}

static inline bool ply_slice_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without blanks, tabs, CR and LF at both ends. */
static inline struct ply_slice ply_slice_trim(struct ply_slice s)
{
	if (!s.p)
		return s;
	while (s.len && ply_slice_is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && ply_slice_is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

/* Without one pair of double quotes around it, if there is one. Escapes inside stay. */
struct ply_slice ply_slice_unquote(struct ply_slice s);
/* Cuts the next token up to sep (or the end) off *rest; false when *rest is used up. "a,,b" gives
 * a, "", b. */
bool ply_slice_split(struct ply_slice *rest, char sep, struct ply_slice *token);
/* The whole slice as a decimal number of 1-19 digits; false on anything else or over max. */
bool ply_slice_to_u64(struct ply_slice s, uint64_t max, uint64_t *out);
bool ply_slice_to_u32(struct ply_slice s, uint32_t *out);
/* v as a decimal number: LENDS a part of out. */
enum { PLY_U64_DIGITS = 20 };
struct ply_slice ply_slice_u64(uint64_t v, char out[PLY_U64_DIGITS]);
/* GIVES a NUL-terminated copy (free with ply_free), NULL when memory is out. */
char *ply_slice_dup(struct ply_slice s);
/* Copies with a NUL into out; false (and out empty) when it does not fit. */
bool ply_slice_copy(struct ply_slice s, char *out, size_t cap);

#endif
