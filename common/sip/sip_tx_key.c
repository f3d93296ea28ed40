/* Which transaction a request belongs to (RFC 3261 §17.2.3). */
#include "sip/sip_tx_internal.h"

static const char cookie[] = "z9hG4bK";

void ply_sip_tx_hex(uint64_t v, char out[16])
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--, v >>= 4)
		out[i] = digit[v & 15];
}

/* A number that nobody can foretell and that does not come twice: the seeded hash of a counter. */
static uint64_t next_random(void)
{
	static uint64_t count;

	count++;
	return ply_hash_bytes(&count, sizeof count);
}

void ply_sip_tx_make_tag(char out[33])
{
	ply_sip_tx_hex(next_random(), out);
	ply_sip_tx_hex(next_random(), out + 16);
	out[32] = '\0';
}

void ply_sip_make_branch(struct ply_slice suffix, char out[PLY_SIP_BRANCH_MAX])
{
	size_t at = sizeof cookie - 1;

	memcpy(out, cookie, at);
	ply_sip_tx_hex(next_random(), out + at);
	at += 16;
	if (suffix.len) {
		out[at++] = '.';
		suffix.len = ply_min_size(suffix.len, PLY_SIP_BRANCH_MAX - at - 1);
		memcpy(out + at, suffix.p, suffix.len);
		at += suffix.len;
	}
	out[at] = '\0';
}

static void add_lower(struct ply_strbuf *b, struct ply_slice s)
{
	size_t at = b->len;

	ply_strbuf_add_slice(b, s);
	for (; at < b->len && !b->err; at++)
		if (b->p[at] >= 'A' && b->p[at] <= 'Z')
			b->p[at] = (char)(b->p[at] | 0x20);
}

static void add_part(struct ply_strbuf *b, struct ply_slice s)
{
	ply_strbuf_add_slice(b, s);
	ply_strbuf_addc(b, '\n'); /* in no part */
}

static struct ply_slice tag_of(const struct ply_sip_msg *m, enum ply_sip_hdr id)
{
	struct ply_slice tag = {"", 0}, epid;
	struct ply_sip_addr addr;

	if (ply_sip_from_to(m, id, &addr, &tag, &epid))
		return ply_slice("", 0);
	return tag;
}

uint64_t ply_sip_tx_to_tag(const struct ply_sip_msg *m)
{
	return ply_hash_slice(tag_of(m, PLY_HDR_TO));
}

int ply_sip_tx_key(struct ply_sip_txl *l, const struct ply_sip_msg *req,
		   const struct ply_sip_hop *from, struct ply_slice method, bool *old)
{
	struct ply_strbuf *k = &l->key;
	struct ply_sip_via via;
	int r = ply_sip_top_via(req, &via);

	if (r)
		return r;
	*old = !ply_slice_casestarts(via.branch, cookie);
	ply_strbuf_reset(k);
	add_part(k, method);
	add_part(k, via.branch);
	add_lower(k, via.host);
	ply_strbuf_addc(k, ':');
	ply_strbuf_add_u64(k, via.port);
	l->key_base = k->len;
	if (*old) {
		/* The Request-URI of an ACK is not compared: some clients put the Contact of the
		 * answer there, and Call-ID, CSeq and both tags say enough. */
		/* A retransmission comes by the same connection: on another one it is a new
		 * request, and an answer to the old one would not reach it. */
		ply_strbuf_addc(k, '\n');
		ply_strbuf_add_u64(k, from->flow);
		ply_strbuf_addc(k, '\n');
		add_part(k, ply_sip_hdr(req, PLY_HDR_CALL_ID));
		add_part(k, tag_of(req, PLY_HDR_FROM));
		ply_strbuf_add_u64(k, req->cseq);
		l->key_base = k->len;
		ply_strbuf_addc(k, '\n');
		add_part(k, req->ruri);
		ply_strbuf_add_slice(k, tag_of(req, PLY_HDR_TO));
	}
	return ply_strbuf_err(k);
}

struct ply_sip_stx *ply_sip_stx_find(struct ply_sip_txl *l, bool whole)
{
	uint64_t h = ply_hash_bytes(l->key.p, l->key_base);

	for (struct ply_hnode *n = ply_hash_first(&l->server, h); n; n = ply_hash_next(n)) {
		struct ply_sip_stx *s = container_of(n, struct ply_sip_stx, node);
		size_t len = whole ? l->key.len : l->key_base;

		if (s->key_base == l->key_base && (!whole || s->key_len == len) &&
		    !memcmp(s->key, l->key.p, len))
			return s;
	}
	return NULL;
}
