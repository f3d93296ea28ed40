/* A call detail record as it stands in a spool:
 *
 *	length   4  of the content, most significant octet first
 *	checksum 4  CRC-32 (IEEE 802.3) of the content
 *	content     kind, number, then a tag and a number or text for each that is known, then 0
 *
 * Numbers are written seven bits an octet, the least first. A tag is 1 + enum ply_cdr_value, or
 * TEXT_TAG + enum ply_cdr_text, whose text has its length before it. Tags not known are refused:
 * a spool does not outlive a downgrade. */
#include "db/lcslog/cdr.h"

#include "base/utf8.h"

enum { FRAME = 8, TEXT_TAG = 64, MAGIC_LEN = 8 };

static const char magic[MAGIC_LEN + 1] = "PLYCDR1\n";

static uint32_t crc32(struct ply_slice s)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= (unsigned char)s.p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

static void put_be32(char *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (char)(unsigned char)(v >> (24 - 8 * i));
}

static uint32_t get_be32(const char *at)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		v = v << 8 | (unsigned char)at[i];
	return v;
}

/* --- head of the file --- */

void ply_cdr_head_write(struct ply_strbuf *out, const char feed[PLY_CDR_UUID_LEN + 1])
{
	char sum[4];

	put_be32(sum, crc32(ply_slice(feed, PLY_CDR_UUID_LEN)));
	ply_strbuf_add(out, magic, MAGIC_LEN);
	ply_strbuf_add(out, feed, PLY_CDR_UUID_LEN);
	ply_strbuf_add(out, sum, sizeof sum);
}

static bool is_uuid(struct ply_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-' : !s.p[i] || !strchr("0123456789abcdef", s.p[i]))
			return false;
	}
	return s.len == PLY_CDR_UUID_LEN;
}

bool ply_cdr_head_read(struct ply_slice in, char feed[PLY_CDR_UUID_LEN + 1])
{
	struct ply_slice id;

	if (in.len < PLY_CDR_HEAD_LEN || memcmp(in.p, magic, MAGIC_LEN) != 0)
		return false;
	id = ply_slice(in.p + MAGIC_LEN, PLY_CDR_UUID_LEN);
	if (get_be32(id.p + id.len) != crc32(id) || !is_uuid(id))
		return false;
	return ply_slice_copy(id, feed, PLY_CDR_UUID_LEN + 1);
}

/* --- writing --- */

static void put_number(struct ply_strbuf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		ply_strbuf_addc(out, (char)(unsigned char)(v | 0x80));
	ply_strbuf_addc(out, (char)(unsigned char)v);
}

/* Of at most PLY_CDR_TEXT_MAX octets and of characters that a database takes. Peers choose texts:
 * what is no UTF-8 in them must not keep a whole batch from being taken. */
static void put_text(struct ply_strbuf *out, struct ply_slice s)
{
	struct ply_slice rest = s = ply_utf8_prefix(s, PLY_CDR_TEXT_MAX);

	put_number(out, s.len);
	while (rest.len) {
		const char *at = rest.p;
		uint32_t cp = 0;

		if (ply_utf8_next(&rest, &cp) && cp) {
			ply_strbuf_add(out, at, (size_t)(rest.p - at));
			continue;
		}
		ply_strbuf_addc(out, '?');
		if (rest.p == at)
			rest = ply_slice_from(rest, 1);
	}
}

void ply_cdr_write(struct ply_strbuf *out, const struct ply_cdr *r)
{
	size_t at = out->len;
	struct ply_slice content;

	ply_strbuf_add(out, "\0\0\0\0\0\0\0\0", FRAME);
	ply_strbuf_addc(out, (char)r->kind);
	put_number(out, r->number);
	for (unsigned i = 0; i < PLY_CDR_N_VALUE; i++) {
		if (!r->value[i])
			continue;
		ply_strbuf_addc(out, (char)(i + 1));
		put_number(out, r->value[i]);
	}
	for (unsigned i = 0; i < PLY_CDR_N_TEXT; i++) {
		if (!r->text[i].p)
			continue;
		ply_strbuf_addc(out, (char)(TEXT_TAG + i));
		put_text(out, r->text[i]);
	}
	ply_strbuf_addc(out, '\0');
	if (ply_strbuf_err(out))
		return;
	content = ply_slice_from(ply_strbuf_slice(out), at + FRAME);
	put_be32(out->p + at, (uint32_t)content.len);
	put_be32(out->p + at + 4, crc32(content));
}

/* --- reading --- */

static bool get_number(struct ply_slice *in, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; in->len && shift < 64; shift += 7) {
		unsigned char b = (unsigned char)in->p[0];

		*in = ply_slice_from(*in, 1);
		if (shift == 63 && b > 1)
			return false;
		*v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return true;
	}
	return false;
}

static bool get_text(struct ply_slice *in, struct ply_slice *out)
{
	uint64_t len;

	if (!get_number(in, &len) || len > PLY_CDR_TEXT_MAX || len > in->len)
		return false;
	*out = ply_slice(in->p, (size_t)len);
	*in = ply_slice_from(*in, (size_t)len);
	return true;
}

static bool read_content(struct ply_slice in, struct ply_cdr *r)
{
	*r = (struct ply_cdr){0};
	if (in.len < 2 || in.p[0] <= 0 || in.p[0] >= PLY_CDR_KIND_END)
		return false;
	r->kind = (enum ply_cdr_kind)in.p[0];
	in = ply_slice_from(in, 1);
	if (!get_number(&in, &r->number))
		return false;
	while (in.len) {
		unsigned tag = (unsigned char)in.p[0];

		in = ply_slice_from(in, 1);
		if (!tag)
			return !in.len;
		if (tag <= PLY_CDR_N_VALUE ? !get_number(&in, &r->value[tag - 1])
					   : tag < TEXT_TAG || tag >= TEXT_TAG + PLY_CDR_N_TEXT ||
						     !get_text(&in, &r->text[tag - TEXT_TAG]))
			return false;
	}
	return false;
}

enum ply_cdr_verdict ply_cdr_read(struct ply_slice in, struct ply_cdr *r, size_t *len)
{
	struct ply_slice content;
	uint32_t n;

	if (in.len < FRAME)
		return PLY_CDR_SHORT;
	n = get_be32(in.p);
	if (n > PLY_CDR_MAX - FRAME)
		return PLY_CDR_BAD;
	if (n > in.len - FRAME)
		return PLY_CDR_SHORT;
	content = ply_slice(in.p + FRAME, n);
	if (get_be32(in.p + 4) != crc32(content) || !read_content(content, r))
		return PLY_CDR_BAD;
	*len = FRAME + n;
	return PLY_CDR_OK;
}
