#include "base/slice.h"

#include "base/ascii.h"
#include "base/mem.h"

#include <strings.h>

static bool case_same(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ply_ascii_lower(a[i]) != ply_ascii_lower(b[i]))
			return false;
	return true;
}

bool ply_slice_caseeq(struct ply_slice a, struct ply_slice b)
{
	return a.len == b.len && case_same(a.p, b.p, a.len);
}

bool ply_slice_caseis(struct ply_slice a, const char *str)
{
	return ply_slice_caseeq(a, ply_slice_str(str));
}

bool ply_slice_starts(struct ply_slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.p, prefix, n) == 0;
}

bool ply_slice_casestarts(struct ply_slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && case_same(s.p, prefix, n);
}

size_t ply_slice_find(struct ply_slice s, const char *needle)
{
	const char *at = s.len ? memmem(s.p, s.len, needle, strlen(needle)) : NULL;

	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t ply_slice_casefind(struct ply_slice s, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; i + n <= s.len; i++)
		if (case_same(s.p + i, needle, n))
			return i;
	return SIZE_MAX;
}

struct ply_slice ply_slice_unquote(struct ply_slice s)
{
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		return ply_slice(s.p + 1, s.len - 2);
	return s;
}

bool ply_slice_split(struct ply_slice *rest, char sep, struct ply_slice *token)
{
	size_t at;

	if (!rest->p)
		return false;
	at = ply_slice_chr(*rest, sep);
	if (at == SIZE_MAX) {
		*token = *rest;
		*rest = ply_slice(NULL, 0);
		return true;
	}
	*token = ply_slice(rest->p, at);
	*rest = ply_slice_from(*rest, at + 1);
	return true;
}

bool ply_slice_to_u64(struct ply_slice s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!s.len || s.len > 19)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v > max)
		return false;
	*out = v;
	return true;
}

struct ply_slice ply_slice_u64(uint64_t v, char out[PLY_U64_DIGITS])
{
	size_t at = PLY_U64_DIGITS;

	do {
		out[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return ply_slice(out + at, PLY_U64_DIGITS - at);
}

bool ply_slice_to_u32(struct ply_slice s, uint32_t *out)
{
	uint64_t v;

	if (!ply_slice_to_u64(s, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

char *ply_slice_dup(struct ply_slice s)
{
	return ply_strndup(s.p ? s.p : "", s.len);
}

bool ply_slice_copy(struct ply_slice s, char *out, size_t cap)
{
	if (s.len >= cap) {
		if (cap)
			out[0] = '\0';
		return false;
	}
	if (s.len)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}
