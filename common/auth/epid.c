#include "auth/epid.h"

#include "base/strbuf.h"
#include "crypto/digest.h"

#include <errno.h>
#include <string.h>

/* [MS-SIPRE]: the name space of instances, fcacfb03-8a73-46ef-91b1-e5ebeeaba4fe, in GUID order */
static const uint8_t name_space[PLY_GUID_LEN] = {0x03, 0xfb, 0xac, 0xfc, 0x73, 0x8a, 0xef, 0x46,
						 0x91, 0xb1, 0xe5, 0xeb, 0xee, 0xab, 0xa4, 0xfe};

/* Where the text's byte pairs stand in the wire order; a dash follows pairs 3, 5, 7 and 9. */
static const uint8_t order[PLY_GUID_LEN] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static bool dash_after(size_t pair)
{
	return pair == 3 || pair == 5 || pair == 7 || pair == 9;
}

char *ply_guid_text(const struct ply_guid *g, char out[PLY_GUID_TEXT_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	char *at = out;

	for (size_t i = 0; i < PLY_GUID_LEN; i++) {
		*at++ = digits[g->b[order[i]] >> 4];
		*at++ = digits[g->b[order[i]] & 15];
		if (dash_after(i))
			*at++ = '-';
	}
	*at = '\0';
	return out;
}

static struct ply_slice without_wrapping(struct ply_slice s)
{
	s = ply_slice_unquote(ply_slice_trim(s));
	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = ply_slice_sub(s, 1, s.len - 2);
	if (ply_slice_casestarts(s, "urn:uuid:"))
		s = ply_slice_from(s, strlen("urn:uuid:"));
	return s;
}

bool ply_guid_parse(struct ply_slice text, struct ply_guid *out)
{
	struct ply_slice s = without_wrapping(text);
	size_t at = 0, len;

	if (s.len != PLY_GUID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < PLY_GUID_LEN; i++, at += 2) {
		if (ply_hex_decode(ply_slice(s.p + at, 2), &out->b[order[i]], 1, &len))
			return false;
		if (dash_after(i) && s.p[at++ + 2] != '-')
			return false;
	}
	return true;
}

int ply_epid_instance(struct ply_slice epid, struct ply_guid *out)
{
	uint8_t text[PLY_GUID_LEN + 256], sha[20];
	int r;

	if (epid.len > sizeof text - PLY_GUID_LEN)
		return -EINVAL;
	memcpy(text, name_space, PLY_GUID_LEN);
	if (epid.len)
		memcpy(text + PLY_GUID_LEN, epid.p, epid.len);
	r = ply_sha1(text, PLY_GUID_LEN + epid.len, sha);
	if (r)
		return r;
	memcpy(out->b, sha, PLY_GUID_LEN);
	out->b[7] = (uint8_t)((out->b[7] & 0x0f) | 0x50); /* version 5, RFC 4122 §4.3 */
	out->b[8] = (uint8_t)((out->b[8] & 0x3f) | 0x80);
	return 0;
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The GUID and two zero bytes: 18 bytes, 24 characters, no padding. */
char *ply_gruu_id(const struct ply_guid *instance, char out[PLY_GRUU_ID_LEN + 1])
{
	uint8_t b[PLY_GUID_LEN + 2] = {0};
	char *at = out;

	memcpy(b, instance->b, PLY_GUID_LEN);
	for (size_t i = 0; i < sizeof b; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (uint32_t)b[i + 1] << 8 | b[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*at++ = base64url[v >> shift & 63];
	}
	*at = '\0';
	return out;
}

bool ply_gruu_id_parse(struct ply_slice id, struct ply_guid *out)
{
	uint8_t b[PLY_GUID_LEN + 2];

	if (id.len != PLY_GRUU_ID_LEN)
		return false;
	for (size_t i = 0; i < sizeof b; i += 3) {
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			char c = id.p[i / 3 * 4 + k];
			const char *digit = c ? strchr(base64url, c) : NULL;

			if (!digit)
				return false;
			v = v << 6 | (uint32_t)(digit - base64url);
		}
		b[i] = (uint8_t)(v >> 16);
		b[i + 1] = (uint8_t)(v >> 8);
		b[i + 2] = (uint8_t)v;
	}
	if (b[PLY_GUID_LEN] || b[PLY_GUID_LEN + 1])
		return false;
	memcpy(out->b, b, PLY_GUID_LEN);
	return true;
}
