#include "auth/gss_token.h"

enum {
	DER_OID = 0x06,
	DER_OCTETS = 0x04,
	DER_SEQUENCE = 0x30,
	GSS_INITIAL = 0x60, /* [APPLICATION 0] */
	AP_REQ = 0x6e,      /* [APPLICATION 14] */
	CONTEXT = 0xa0,
};

/* Cuts one element off *s: its tag and content. Lengths of up to three bytes. */
static bool take(struct ply_slice *s, unsigned *tag, struct ply_slice *content)
{
	size_t len, n = 0, head = 2;

	if (s->len < 2)
		return false;
	*tag = (uint8_t)s->p[0];
	len = (uint8_t)s->p[1];
	if (len >= 0x80) {
		n = len & 0x7f;
		if (n == 0 || n > 3 || n > s->len - 2)
			return false;
		len = 0;
		for (size_t i = 0; i < n; i++)
			len = len << 8 | (uint8_t)s->p[2 + i];
		head += n;
	}
	if (len > s->len - head)
		return false;
	*content = ply_slice(s->p + head, len);
	*s = ply_slice(s->p + head + len, s->len - head - len);
	return true;
}

/* The only element of s, with this tag. */
static bool only(struct ply_slice s, unsigned want, struct ply_slice *content)
{
	unsigned tag;

	return take(&s, &tag, content) && tag == want && !s.len;
}

/* The last element of a SEQUENCE, which must have this context tag. */
static bool last(struct ply_slice seq, unsigned want, struct ply_slice *content)
{
	unsigned tag = 0;

	while (seq.len)
		if (!take(&seq, &tag, content))
			return false;
	return tag == (CONTEXT | want);
}

bool ply_gss_token_authenticator(struct ply_slice token, struct ply_slice *out)
{
	struct ply_slice s, oid;
	unsigned tag;

	if (!only(token, GSS_INITIAL, &s) || !take(&s, &tag, &oid) || tag != DER_OID)
		return false;
	/* RFC 4121 §4.1: the token identifier of AP-REQ is 01 00. */
	if (s.len < 2 || s.p[0] != 1 || s.p[1] != 0)
		return false;
	s = ply_slice(s.p + 2, s.len - 2);
	if (!only(s, AP_REQ, &s) || !only(s, DER_SEQUENCE, &s))
		return false;
	/* authenticator [4] EncryptedData ::= SEQUENCE { etype [0], kvno [1] OPTIONAL, cipher [2] }
	 */
	return last(s, 4, &s) && only(s, DER_SEQUENCE, &s) && last(s, 2, &s) &&
	       only(s, DER_OCTETS, out) && out->len > 0;
}
