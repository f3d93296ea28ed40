#include "auth/sigbuf.h"

enum { MAX_GROUPS = 15 };

static char *put(char *at, struct ply_slice s)
{
	*at++ = '<';
	if (s.len)
		memcpy(at, s.p, s.len);
	at += s.len;
	*at++ = '>';
	return at;
}

/* [MS-SIPAE] 3.1: the groups in order. Version 2 lacks the To URI and the asserted identity. */
static size_t groups(const struct ply_slice **g, unsigned version, const struct ply_sig_auth *auth,
		     const struct ply_sig_msg *msg)
{
	size_t n = 0;

	g[n++] = &auth->mech;
	g[n++] = &auth->rand;
	g[n++] = &auth->num;
	g[n++] = &auth->realm;
	g[n++] = &auth->targetname;
	g[n++] = &msg->call_id;
	g[n++] = &msg->cseq;
	g[n++] = &msg->method;
	g[n++] = &msg->from_uri;
	g[n++] = &msg->from_tag;
	if (version >= 3)
		g[n++] = &msg->to_uri;
	g[n++] = &msg->to_tag;
	if (version >= 3) {
		g[n++] = &msg->pai_sip;
		g[n++] = &msg->pai_tel;
	}
	g[n++] = &msg->expires;
	return n;
}

void ply_sigbuf_add(struct ply_strbuf *b, unsigned version, const struct ply_sig_auth *auth,
		    const struct ply_sig_msg *msg)
{
	const struct ply_slice *g[MAX_GROUPS];
	size_t n = groups(g, version, auth, msg), len = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		len += g[i]->len + 2;
	if (ply_strbuf_reserve(b, len))
		return;
	at = b->p + b->len;
	for (size_t i = 0; i < n; i++)
		at = put(at, *g[i]);
	*at = '\0';
	b->len += len;
	/* A request has no such group at all, not an empty one. */
	if (msg->status >= 0) {
		ply_strbuf_addc(b, '<');
		ply_strbuf_add_u64(b, (uint64_t)msg->status);
		ply_strbuf_addc(b, '>');
	}
}
