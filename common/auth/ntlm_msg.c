/* The two NTLM messages and their texts. */
#include "auth/ntlm_internal.h"

#include "base/ply.h"
#include "base/utf8.h"

#include <errno.h>
#include <locale.h>
#include <wctype.h>

static const char signature[8] = "NTLMSSP";

enum { TYPE_CHALLENGE = 2, TYPE_AUTHENTICATE = 3 };

/* [MS-NLMP] 2.2.2.1 */
enum { AV_EOL, AV_NB_COMPUTER, AV_NB_DOMAIN, AV_DNS_COMPUTER, AV_DNS_DOMAIN };

enum {
	CHALLENGE_HEADER = 56,
	MAX_TARGET_INFO = 4 * (4 + PLY_NTLM_MAX_UTF16) + 4,
	AUTH_HEADER = 64, /* up to and with the flags; version and MIC may follow */
	BLOB_TIME = 16 + 8,
	NTLMV2_MIN = 16 + 28, /* proof, and a client blob without any target information */
};

static uint16_t le16(const char *p)
{
	return (uint16_t)((uint8_t)p[0] | (uint8_t)p[1] << 8);
}

static uint32_t le32(const char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

int ply_ntlm_utf16(struct ply_slice utf8, uint8_t out[PLY_NTLM_MAX_UTF16], size_t *len)
{
	size_t n = 0;
	uint32_t cp;

	while (ply_utf8_next(&utf8, &cp)) {
		size_t need = cp > 0xffff ? 4 : 2;

		if (PLY_NTLM_MAX_UTF16 - n < need)
			return -EINVAL;
		if (cp > 0xffff) {
			put16(out + n, 0xd800 + ((cp - 0x10000) >> 10));
			put16(out + n + 2, 0xdc00 + ((cp - 0x10000) & 0x3ff));
		} else {
			put16(out + n, cp);
		}
		n += need;
	}
	if (utf8.len)
		return -EINVAL;
	*len = n;
	return 0;
}

static locale_t utf8_locale;

__attribute__((constructor)) static void open_locale(void)
{
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

void ply_ntlm_upper(uint8_t *utf16, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t u = (uint32_t)(utf16[i] | utf16[i + 1] << 8), up;

		if (utf8_locale)
			up = (uint32_t)towupper_l((wint_t)u, utf8_locale);
		else
			up = u >= 'a' && u <= 'z' ? u - 32 : u;
		if (up <= 0xffff)
			put16(utf16 + i, up);
	}
}

static size_t av_pair(uint8_t *at, unsigned id, const uint8_t *text, size_t len)
{
	put16(at, id);
	put16(at + 2, len);
	if (len)
		memcpy(at + 4, text, len);
	return 4 + len;
}

/* The pairs in the order a real server sends them. */
static int target_info(uint8_t out[MAX_TARGET_INFO], const struct ply_ntlm_target *t, size_t *len)
{
	const struct {
		unsigned id;
		struct ply_slice text;
	} pairs[] = {
		{AV_NB_DOMAIN, t->nb_domain},
		{AV_NB_COMPUTER, t->nb_computer},
		{AV_DNS_DOMAIN, t->dns_domain},
		{AV_DNS_COMPUTER, t->dns_computer},
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		uint8_t text[PLY_NTLM_MAX_UTF16];
		size_t tlen;
		int r = ply_ntlm_utf16(pairs[i].text, text, &tlen);

		if (r)
			return r;
		n += av_pair(out + n, pairs[i].id, text, tlen);
	}
	*len = n + av_pair(out + n, AV_EOL, NULL, 0);
	return 0;
}

static void put_field(uint8_t *at, size_t len, size_t offset)
{
	put16(at, len);
	put16(at + 2, len);
	put32(at + 4, (uint32_t)offset);
}

/* [MS-NLMP] 2.2.1.2 */
int ply_ntlm_add_challenge(struct ply_strbuf *b, uint32_t flags,
			   const uint8_t challenge[PLY_NTLM_CHALLENGE_LEN],
			   const struct ply_ntlm_target *target)
{
	/* What a Windows Server 2003 R2 host reports; clients do not look at it. */
	static const uint8_t version[8] = {5, 2, 0xce, 0x0e, 0, 0, 0, 15};
	uint8_t head[CHALLENGE_HEADER] = {0}, name[PLY_NTLM_MAX_UTF16], info[MAX_TARGET_INFO];
	size_t name_len = 0, info_len;
	int r = target_info(info, target, &info_len);

	if (!r && (flags & PLY_NTLM_REQUEST_TARGET))
		r = ply_ntlm_utf16(target->nb_domain, name, &name_len);
	if (r)
		return r;
	memcpy(head, signature, sizeof signature);
	put32(head + 8, TYPE_CHALLENGE);
	put_field(head + 12, name_len, CHALLENGE_HEADER);
	put32(head + 20, flags);
	memcpy(head + 24, challenge, PLY_NTLM_CHALLENGE_LEN);
	put_field(head + 40, info_len, CHALLENGE_HEADER + name_len);
	memcpy(head + 48, version, sizeof version);
	ply_strbuf_add(b, (const char *)head, sizeof head);
	ply_strbuf_add(b, (const char *)name, name_len);
	ply_strbuf_add(b, (const char *)info, info_len);
	return 0;
}

/* A length, a maximum nobody uses, and an offset from the start of the message. */
static bool field(struct ply_slice msg, size_t at, struct ply_slice *out)
{
	size_t len = le16(msg.p + at), off = le32(msg.p + at + 4);

	if (!len) {
		*out = ply_slice(msg.p, 0);
		return true;
	}
	if (off < AUTH_HEADER || off > msg.len || len > msg.len - off)
		return false;
	*out = ply_slice(msg.p + off, len);
	return true;
}

static bool name_field(struct ply_slice msg, size_t at, struct ply_slice *out)
{
	return field(msg, at, out) && out->len % 2 == 0 && out->len <= PLY_NTLM_MAX_UTF16;
}

/* [MS-NLMP] 2.2.1.3 */
int ply_ntlm_parse_auth(struct ply_slice msg, struct ply_ntlm_auth *out)
{
	const uint32_t demanded =
		PLY_NTLM_UNICODE | PLY_NTLM_SIGN | PLY_NTLM_DATAGRAM | PLY_NTLM_EXTENDED;

	memset(out, 0, sizeof *out);
	if (msg.len < AUTH_HEADER || msg.len > PLY_NTLM_MAX_MSG)
		return -EBADMSG;
	if (memcmp(msg.p, signature, sizeof signature) != 0 || le32(msg.p + 8) != TYPE_AUTHENTICATE)
		return -EBADMSG;
	if (!field(msg, 12, &out->lm_response) || !field(msg, 20, &out->nt_response) ||
	    !name_field(msg, 28, &out->domain) || !name_field(msg, 36, &out->user) ||
	    !name_field(msg, 44, &out->workstation) || !field(msg, 52, &out->session_key))
		return -EBADMSG;
	out->flags = le32(msg.p + 60);
	if ((out->flags & demanded) != demanded || (out->flags & PLY_NTLM_ANONYMOUS))
		return PLY_NTLM_E_FLAGS;
	return 0;
}

static bool take_unit(struct ply_slice *s, uint32_t *cp)
{
	uint32_t hi = le16(s->p), lo;

	*s = ply_slice_from(*s, 2);
	*cp = hi;
	if (!hi || (hi >= 0xdc00 && hi <= 0xdfff))
		return false;
	if (hi < 0xd800 || hi > 0xdfff)
		return true;
	if (s->len < 2)
		return false;
	lo = le16(s->p);
	*s = ply_slice_from(*s, 2);
	*cp = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	return lo >= 0xdc00 && lo <= 0xdfff;
}

int ply_ntlm_name(struct ply_slice utf16, char *out, size_t cap)
{
	size_t n = 0;

	while (utf16.len >= 2) {
		uint32_t cp;
		char u[4];
		size_t len = 0;

		if (!take_unit(&utf16, &cp))
			return -EILSEQ;
		if (cp < 0x80) {
			u[len++] = (char)cp;
		} else if (cp < 0x800) {
			u[len++] = (char)(0xc0 | cp >> 6);
		} else if (cp < 0x10000) {
			u[len++] = (char)(0xe0 | cp >> 12);
			u[len++] = (char)(0x80 | (cp >> 6 & 0x3f));
		} else {
			u[len++] = (char)(0xf0 | cp >> 18);
			u[len++] = (char)(0x80 | (cp >> 12 & 0x3f));
			u[len++] = (char)(0x80 | (cp >> 6 & 0x3f));
		}
		if (cp >= 0x80)
			u[len++] = (char)(0x80 | (cp & 0x3f));
		if (cap <= len || n > cap - len - 1)
			return -ENOSPC;
		memcpy(out + n, u, len);
		n += len;
	}
	if (!cap)
		return -ENOSPC;
	out[n] = '\0';
	return 0;
}

uint64_t ply_ntlm_client_time(const struct ply_ntlm_auth *a)
{
	const uint64_t epoch_ms = 11644473600000; /* 1601 to 1970 */
	uint64_t ms;

	if (a->nt_response.len < NTLMV2_MIN)
		return 0;
	/* 100 ns since 1601, little-endian, in the client's blob ([MS-NLMP] 2.2.2.7) */
	ms = ((uint64_t)le32(a->nt_response.p + BLOB_TIME + 4) << 32 |
	      le32(a->nt_response.p + BLOB_TIME)) /
	     10000;
	return ms > epoch_ms ? ms - epoch_ms : 0;
}
