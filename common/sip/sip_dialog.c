#include "sip/sip_dialog.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "sip/sip_line.h"

#include <errno.h>

enum { MAX_ROUTE = 64 };

/* Copies a word that will stand in lines of ours. */
static int copy(char **out, struct ply_slice s)
{
	if (!ply_sip_is_one_line(s))
		return -EBADMSG;
	*out = ply_slice_dup(s);
	return *out ? 0 : -ENOMEM;
}

/* RFC 3261 §12.1: the route set is the Record-Route, in its order for the callee, the other way
 * round for the caller. */
static int copy_route(char **out, const struct ply_sip_msg *m)
{
	struct ply_strbuf route = PLY_STRBUF_INIT;
	struct ply_slice line, value, all[MAX_ROUTE];
	unsigned pos = 0, n = 0;
	int r = 0;

	while (ply_sip_hdr_next(m, PLY_HDR_RECORD_ROUTE, &pos, &line))
		while (n < MAX_ROUTE && ply_sip_next_value(&line, &value))
			all[n++] = value;
	for (unsigned i = 0; !r && i < n; i++)
		r = ply_sip_add_unfolded(&route, "Route", all[m->is_request ? i : n - 1 - i]);
	if (r) {
		ply_strbuf_deinit(&route);
		return r == -EINVAL ? -EBADMSG : r;
	}
	*out = ply_strbuf_steal(&route);
	return *out ? 0 : -ENOMEM;
}

/* The URI of the first Contact; false when there is none that can be read. */
static bool contact_of(const struct ply_sip_msg *req, struct ply_slice *uri)
{
	struct ply_slice line = ply_sip_hdr(req, PLY_HDR_CONTACT), value;
	struct ply_sip_addr contact;

	if (!ply_sip_next_value(&line, &value) || ply_sip_addr_parse(value, &contact) ||
	    contact.star)
		return false;
	*uri = contact.uri;
	return true;
}

/* From a request we answer, or the 2xx to one of ours: the peer stands in From or in To. local_tag:
 * the one that m does not have yet, or absent. */
static int fill(struct ply_sip_dialog *d, const struct ply_sip_msg *m, struct ply_slice local_tag)
{
	enum ply_sip_hdr us = m->is_request ? PLY_HDR_TO : PLY_HDR_FROM;
	enum ply_sip_hdr them = m->is_request ? PLY_HDR_FROM : PLY_HDR_TO;
	struct ply_slice tag, epid, own_tag, target;
	struct ply_sip_addr peer, own;
	int r;

	r = ply_sip_from_to(m, us, &own, &own_tag, &epid);
	if (!r)
		r = ply_sip_from_to(m, them, &peer, &tag, &epid);
	if (r)
		return r;
	if (!contact_of(m, &target))
		target = peer.uri; /* clients that leave it out are reached by their address */
	r = copy(&d->call_id, ply_sip_hdr(m, PLY_HDR_CALL_ID));
	if (!r)
		r = copy(&d->local_uri, own.uri);
	if (!r)
		r = copy(&d->remote_uri, peer.uri);
	if (!r)
		r = copy(&d->local_tag, local_tag.p ? local_tag : own_tag);
	if (!r)
		r = copy(&d->remote_tag, tag);
	if (!r)
		r = copy(&d->remote_epid, epid);
	if (!r)
		r = copy(&d->remote_target, target);
	if (!r)
		r = copy_route(&d->route, m);
	return r;
}

static int dialog_new(struct ply_sip_dialog **out, const struct ply_sip_msg *m,
		      const struct ply_sip_hop *hop, struct ply_slice local_tag)
{
	struct ply_sip_dialog *d = ply_calloc(1, sizeof *d);
	int r;

	*out = NULL;
	if (!d)
		return ply_err_origin(-ENOMEM);
	r = fill(d, m, local_tag);
	if (r) {
		ply_sip_dialog_free(d);
		return ply_err_origin(r);
	}
	d->hop = *hop;
	*out = d;
	return 0;
}

int ply_sip_dialog_uas(struct ply_sip_dialog **out, const struct ply_sip_msg *req,
		       const struct ply_sip_hop *from, struct ply_slice local_tag)
{
	int r = dialog_new(out, req, from, local_tag);

	if (*out)
		(*out)->remote_cseq = req->cseq;
	return r;
}

int ply_sip_dialog_uac(struct ply_sip_dialog **out, const struct ply_sip_msg *rsp,
		       const struct ply_sip_hop *to)
{
	int r = dialog_new(out, rsp, to, ply_slice(NULL, 0));

	if (*out)
		(*out)->local_cseq = rsp->cseq - 1;
	return r;
}

void ply_sip_dialog_free(struct ply_sip_dialog *d)
{
	if (!d)
		return;
	ply_free(d->call_id);
	ply_free(d->local_uri);
	ply_free(d->remote_uri);
	ply_free(d->local_tag);
	ply_free(d->remote_tag);
	ply_free(d->remote_epid);
	ply_free(d->remote_target);
	ply_free(d->route);
	ply_free(d);
}

uint64_t ply_sip_dialog_hash(struct ply_slice call_id, struct ply_slice local_tag,
			     struct ply_slice remote_tag)
{
	/* sums of keyed hashes; the factors keep the two tags apart */
	return ply_hash_slice(call_id) + 3 * ply_hash_slice(local_tag) +
	       5 * ply_hash_slice(remote_tag);
}

bool ply_sip_dialog_is(const struct ply_sip_dialog *d, struct ply_slice call_id,
		       struct ply_slice local_tag, struct ply_slice remote_tag)
{
	return ply_slice_is(call_id, d->call_id) && ply_slice_is(local_tag, d->local_tag) &&
	       ply_slice_is(remote_tag, d->remote_tag);
}

int ply_sip_dialog_refresh(struct ply_sip_dialog *d, const struct ply_sip_msg *req,
			   const struct ply_sip_hop *from)
{
	struct ply_slice target;
	char *text = NULL;
	int r;

	if (d->remote_cseq && req->cseq < d->remote_cseq)
		return PLY_SIP_E_OLD_CSEQ;
	if (contact_of(req, &target) && !ply_slice_is(target, d->remote_target)) {
		r = copy(&text, target);
		if (r)
			return ply_err_origin(r);
		ply_free(d->remote_target);
		d->remote_target = text;
	}
	d->remote_cseq = req->cseq;
	d->hop = *from;
	return 0;
}

static void add_party(struct ply_strbuf *out, const char *name, const char *uri, const char *tag,
		      const char *epid)
{
	ply_strbuf_adds(out, name);
	ply_strbuf_adds(out, ": <");
	ply_strbuf_adds(out, uri);
	ply_strbuf_addc(out, '>');
	if (*tag) {
		ply_strbuf_adds(out, ";tag=");
		ply_strbuf_adds(out, tag);
	}
	if (*epid) {
		ply_strbuf_adds(out, ";epid=");
		ply_strbuf_adds(out, epid);
	}
	ply_strbuf_adds(out, "\r\n");
}

/* NOLINTNEXTLINE(readability-function-size): eight parameters, and no caller leaves one out */
int ply_sip_dialog_write(struct ply_sip_dialog *d, const struct ply_sip_transport *t,
			 const char *method, const char *branch, struct ply_slice lines,
			 const char *content_type, struct ply_slice body, struct ply_strbuf *out)
{
	/* 512: Via, Max-Forwards, CSeq, Content-* and the names of the rest */
	if (ply_strbuf_reserve(out, strlen(d->remote_target) + strlen(d->local_uri) +
					    strlen(d->remote_uri) + strlen(d->route) + lines.len +
					    body.len + 512))
		return ply_err_origin(-ENOMEM);
	ply_strbuf_adds(out, method);
	ply_strbuf_addc(out, ' ');
	ply_strbuf_adds(out, d->remote_target);
	ply_strbuf_adds(out, " SIP/2.0\r\nVia: ");
	ply_sip_add_sent_by(t, &d->hop, out);
	ply_strbuf_adds(out, ";branch=");
	ply_strbuf_adds(out, branch);
	ply_strbuf_adds(out, "\r\nMax-Forwards: 70\r\n");
	add_party(out, "From", d->local_uri, d->local_tag, "");
	add_party(out, "To", d->remote_uri, d->remote_tag, d->remote_epid);
	ply_strbuf_adds(out, "Call-ID: ");
	ply_strbuf_adds(out, d->call_id);
	ply_strbuf_adds(out, "\r\nCSeq: ");
	ply_strbuf_add_u64(out, d->local_cseq + 1);
	ply_strbuf_addc(out, ' ');
	ply_strbuf_adds(out, method);
	ply_strbuf_adds(out, "\r\n");
	ply_strbuf_adds(out, d->route);
	ply_strbuf_add_slice(out, lines);
	ply_sip_write_body(out, content_type, body);
	if (!ply_strbuf_err(out))
		d->local_cseq++;
	return ply_strbuf_err(out);
}
