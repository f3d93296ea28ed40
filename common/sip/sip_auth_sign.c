/* What is signed of a message, and signing what leaves. [MS-SIPAE] 3.1, 3.3.4 */
#include "sip/sip_auth_internal.h"

#include "crypto/random.h"

/* The URI of an address header, its tag; both empty where it cannot be read. */
static struct ply_slice address(const struct ply_sip_msg *m, enum ply_sip_hdr id,
				struct ply_slice *tag)
{
	struct ply_sip_addr addr;
	struct ply_slice epid;

	if (ply_sip_from_to(m, id, &addr, tag, &epid)) {
		*tag = ply_slice("", 0);
		return ply_slice("", 0);
	}
	return addr.uri;
}

/* The first SIP and the first tel URI of a header, through all its lines and values. */
static bool identities(const struct ply_sip_msg *m, enum ply_sip_hdr id, struct ply_sig_msg *out)
{
	struct ply_slice line, value;
	unsigned pos = 0;
	bool any = false;

	while (ply_sip_hdr_next(m, id, &pos, &line)) {
		any = true;
		while (ply_sip_next_value(&line, &value)) {
			struct ply_sip_addr addr;

			if (ply_sip_addr_parse(value, &addr))
				continue;
			if (!out->pai_sip.p && ply_slice_casestarts(addr.uri, "sip:"))
				out->pai_sip = addr.uri;
			if (!out->pai_tel.p && ply_slice_casestarts(addr.uri, "tel:"))
				out->pai_tel = addr.uri;
		}
	}
	return any;
}

void ply_sip_auth_fields(const struct ply_sip_msg *m, struct ply_sig_msg *out)
{
	struct ply_slice cseq = ply_sip_hdr(m, PLY_HDR_CSEQ);
	size_t n = 0;

	memset(out, 0, sizeof *out);
	out->call_id = ply_sip_hdr(m, PLY_HDR_CALL_ID);
	while (n < cseq.len && cseq.p[n] >= '0' && cseq.p[n] <= '9')
		n++;
	out->cseq = ply_slice(cseq.p, n);
	out->method = ply_slice_trim(ply_slice_from(cseq, n));
	out->from_uri = address(m, PLY_HDR_FROM, &out->from_tag);
	out->to_uri = address(m, PLY_HDR_TO, &out->to_tag);
	if (m->first[PLY_HDR_P_ASSERTED_IDENTITY] != PLY_SIP_NO_LINE)
		(void)identities(m, PLY_HDR_P_ASSERTED_IDENTITY, out);
	else
		(void)identities(m, PLY_HDR_P_PREFERRED_IDENTITY, out);
	out->expires = ply_sip_hdr(m, PLY_HDR_EXPIRES);
	out->status = m->is_request ? -1 : (int)m->status;
}

/* [MS-SIPAE]: by the epid of whom the message is for; it is not looked for while there is no
 * choice. */
static struct auth_assoc *pick(const struct ply_sip_auth *a, const struct auth_flow *f,
			       const struct ply_sip_msg *m)
{
	struct ply_sip_addr addr;
	struct ply_slice tag, epid;

	if (f->n_established < 2)
		return auth_assoc_of(a, f, (struct ply_slice){NULL, 0});
	if (ply_sip_from_to(m, m->is_request ? PLY_HDR_TO : PLY_HDR_FROM, &addr, &tag, &epid) ||
	    !epid.len)
		return NULL;
	return auth_assoc_of(a, f, epid);
}

void ply_sip_auth_sign(struct ply_sip_auth *a, const struct ply_sip_hop *to,
		       const struct ply_sip_msg *m, struct ply_strbuf *line)
{
	struct auth_flow *f = to->flow ? auth_flow_find(a, to) : NULL;
	struct auth_assoc *s;
	struct ply_sig_msg fields;
	size_t start = line->len;

	/* A challenge restarts the handshake: the client has given the old keys up. */
	if (!f || (!m->is_request && (m->status == 401 || m->status == 407)))
		return;
	s = pick(a, f, m);
	if (!s)
		return;
	ply_sip_auth_fields(m, &fields);
	ply_strbuf_adds(line, "Authentication-Info: ");
	if (ply_sa_sign(&s->sa, &fields, ply_random_u32(), line)) {
		line->len = start; /* unsigned it is dropped by the client, half a line by nobody */
		if (line->p)
			line->p[start] = '\0';
		return;
	}
	ply_strbuf_adds(line, "\r\n");
}

/* Credentials of a response stand in either header. */
static bool signature_of(const struct ply_sip_msg *m, struct ply_authhdr *h)
{
	static const enum ply_sip_hdr ids[] = {PLY_HDR_AUTHORIZATION, PLY_HDR_PROXY_AUTHORIZATION};

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct ply_slice value;
		unsigned pos = 0;

		while (ply_sip_hdr_next(m, ids[i], &pos, &value))
			if (!ply_authhdr_parse(value, h) && h->param[PLY_AP_OPAQUE].len &&
			    h->mech != PLY_AUTH_MECH_DIGEST)
				return true;
	}
	return false;
}

bool ply_sip_auth_discard_response(struct ply_sip_auth *a, const struct ply_sip_msg *rsp,
				   const struct ply_sip_hop *hop, uint64_t now_ms)
{
	struct ply_authhdr h;
	struct ply_sig_msg fields;
	struct auth_assoc *s;

	if (rsp->status == 100 || !auth_has_established(a, hop))
		return false;
	s = signature_of(rsp, &h) ? auth_assoc_find(a, h.param[PLY_AP_OPAQUE]) : NULL;
	if (!s || !s->aor || s->flow != auth_flow_find(a, hop))
		return true;
	ply_sip_auth_fields(rsp, &fields);
	return ply_sa_verify(&s->sa, &h, &fields, now_ms) != 0;
}
