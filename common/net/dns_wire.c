#include "net/dns_wire.h"

#include <errno.h>
#include <string.h>

enum { HEADER_LEN = 12, RCODE_NXDOMAIN = 3, MAX_JUMPS = 32 };

struct cursor {
	const uint8_t *p;
	size_t len, off;
	bool bad;
};

static unsigned be16(struct cursor *c)
{
	unsigned v;

	if (c->bad || c->len - c->off < 2) {
		c->bad = true;
		return 0;
	}
	v = (unsigned)c->p[c->off] << 8 | c->p[c->off + 1];
	c->off += 2;
	return v;
}

static uint32_t be32(struct cursor *c)
{
	uint32_t high = be16(c);

	return high << 16 | be16(c);
}

/* RFC 1035 §4.1.4: labels, then a zero or a pointer to earlier ones. Dots inside a label and bytes
 * that are not printable make it unusable; no host has such a name. */
static void name(struct cursor *c, char out[PLY_DNS_NAME_MAX])
{
	size_t at = c->off, n = 0;
	bool jumped = false;

	for (unsigned jumps = 0; !c->bad;) {
		unsigned l;

		if (at >= c->len)
			break;
		l = c->p[at++];
		if (l == 0) {
			if (!jumped)
				c->off = at;
			out[n] = '\0';
			return;
		}
		if (l >= 0xc0) {
			if (at >= c->len || ++jumps > MAX_JUMPS)
				break;
			l = (l & 0x3f) << 8 | c->p[at++];
			if (!jumped)
				c->off = at;
			jumped = true;
			at = l;
			continue;
		}
		if (l > 63 || l > c->len - at || n + l + 2 > PLY_DNS_NAME_MAX)
			break;
		if (n)
			out[n++] = '.';
		for (; l; l--, at++) {
			if (c->p[at] <= ' ' || c->p[at] >= 0x7f || c->p[at] == '.')
				c->bad = true;
			out[n++] = (char)c->p[at];
		}
	}
	c->bad = true;
	out[0] = '\0';
}

/* RFC 1035 §3.3: a length and that many bytes. */
static struct ply_slice text(struct cursor *c)
{
	struct ply_slice s = {NULL, 0};
	size_t l;

	if (c->bad || c->off >= c->len || c->p[c->off] > c->len - c->off - 1) {
		c->bad = true;
		return s;
	}
	l = c->p[c->off];
	s = ply_slice((const char *)c->p + c->off + 1, l);
	c->off += 1 + l;
	return s;
}

bool ply_dns_reply_add(struct ply_dns_reply *out, const struct ply_dns_record *rec,
		       const char *rec_name)
{
	size_t len = rec_name ? strlen(rec_name) + 1 : 0;

	if (out->n == PLY_DNS_MAX_RECORDS || len > sizeof out->names - out->used)
		return false;
	out->record[out->n] = *rec;
	if (rec_name)
		out->record[out->n].name = memcpy(out->names + out->used, rec_name, len);
	out->used += len;
	out->n++;
	return true;
}

static void take_address(struct ply_dns_reply *out, struct cursor *c, size_t len)
{
	struct ply_dns_record rec = {.addr.family = len == 4 ? 4 : 6};

	if ((len != 4 && len != 16) || c->len - c->off < len) {
		c->bad = true;
		return;
	}
	memcpy(rec.addr.ip, c->p + c->off, len);
	(void)ply_dns_reply_add(out, &rec, NULL);
}

/* RFC 2782. */
static void take_srv(struct ply_dns_reply *out, struct cursor *c)
{
	struct ply_dns_record rec = {0};
	char target[PLY_DNS_NAME_MAX];

	rec.priority = (uint16_t)be16(c);
	rec.weight = (uint16_t)be16(c);
	rec.port = (uint16_t)be16(c);
	name(c, target);
	if (!c->bad)
		(void)ply_dns_reply_add(out, &rec, target);
}

static enum ply_transport service_transport(struct ply_slice service)
{
	if (ply_slice_caseis(service, "SIP+D2U"))
		return PLY_UDP;
	if (ply_slice_caseis(service, "SIP+D2T"))
		return PLY_TCP;
	return ply_slice_caseis(service, "SIPS+D2T") ? PLY_TLS : PLY_ANY_TRANSPORT;
}

/* RFC 3403 §4.1. */
static void take_naptr(struct ply_dns_reply *out, struct cursor *c)
{
	struct ply_dns_record rec = {0};
	char replacement[PLY_DNS_NAME_MAX];
	struct ply_slice flags;

	rec.priority = (uint16_t)be16(c);
	rec.weight = (uint16_t)be16(c);
	flags = text(c);
	rec.transport = service_transport(text(c));
	(void)text(c); /* regular expression: empty where there is a replacement */
	name(c, replacement);
	if (!c->bad && rec.transport != PLY_ANY_TRANSPORT && ply_slice_caseis(flags, "s") &&
	    replacement[0])
		(void)ply_dns_reply_add(out, &rec, replacement);
}

static void take_record(struct ply_dns_reply *out, enum ply_dns_type type, struct cursor *c)
{
	char owner[PLY_DNS_NAME_MAX];
	unsigned rtype, class, rdlen;
	uint32_t ttl;
	size_t end;

	name(c, owner);
	rtype = be16(c);
	class = be16(c);
	ttl = be32(c);
	rdlen = be16(c);
	if (c->bad || rdlen > c->len - c->off) {
		c->bad = true;
		return;
	}
	end = c->off + rdlen;
	if (ttl < out->ttl)
		out->ttl = ttl;
	if (class == 1 && rtype == (unsigned)type) {
		if (type == PLY_DNS_SRV)
			take_srv(out, c);
		else if (type == PLY_DNS_NAPTR)
			take_naptr(out, c);
		else
			take_address(out, c, rdlen);
	}
	c->off = end;
}

int ply_dns_decode(struct ply_dns_reply *out, enum ply_dns_type type, const uint8_t *p, size_t len)
{
	struct cursor c = {p, len, HEADER_LEN, len < HEADER_LEN};
	char question[PLY_DNS_NAME_MAX];
	unsigned n_question, n_answer;

	out->status = -EIO;
	out->n = out->used = 0;
	out->ttl = UINT32_MAX;
	if (c.bad)
		return -EBADMSG;
	n_question = (unsigned)p[4] << 8 | p[5];
	n_answer = (unsigned)p[6] << 8 | p[7];
	for (unsigned i = 0; i < n_question && !c.bad; i++) {
		name(&c, question);
		(void)be32(&c);
	}
	for (unsigned i = 0; i < n_answer && !c.bad; i++)
		take_record(out, type, &c);
	if (c.bad) {
		out->n = 0;
		return -EBADMSG;
	}
	if ((p[3] & 0x0f) == RCODE_NXDOMAIN || ((p[3] & 0x0f) == 0 && !out->n))
		out->status = -ENOENT;
	else if (out->n)
		out->status = 0;
	if (out->ttl == UINT32_MAX)
		out->ttl = 0;
	return 0;
}
