/* One dialog seen from our end (RFC 3261 §12): identifiers, route set, sequence numbers. Used by
 * subscriptions, the Focus and everything else that is a user agent here; proxied dialogs have
 * none. Rank 3. */
#ifndef PLY_SIP_SIP_DIALOG_H
#define PLY_SIP_SIP_DIALOG_H

#include "sip/sip_tx.h"

struct ply_sip_dialog {
	char *call_id;
	char *local_uri, *remote_uri; /* as in From and To, without brackets */
	char *local_tag, *remote_tag;
	char *remote_epid;   /* "" when none: goes into To of what we send, signing depends on it */
	char *remote_target; /* Contact of the peer */
	char *route;         /* complete Route line(s), "" when none */
	uint32_t local_cseq; /* last used */
	uint32_t remote_cseq;   /* last seen; 0: none */
	struct ply_sip_hop hop; /* flow the peer is reached on */
};

/* From a dialog-forming request we answer (RFC 3261 §12.1.1). GIVES *out. local_tag is copied.
 * local_cseq begins at 0: the first request of ours gets 1. A request without a readable Contact is
 * reached by its From. 0, -ENOMEM, or -EBADMSG for a From or To that cannot be read (400). */
int ply_sip_dialog_uas(struct ply_sip_dialog **out, const struct ply_sip_msg *req,
		       const struct ply_sip_hop *from, struct ply_slice local_tag);
/* The caller's side, from a 2xx to our INVITE that came over `to` (RFC 3261 §12.1.2). local_cseq is
 * one less than the INVITE's, so that the first thing written is its ACK. */
int ply_sip_dialog_uac(struct ply_sip_dialog **out, const struct ply_sip_msg *rsp,
		       const struct ply_sip_hop *to);
void ply_sip_dialog_free(struct ply_sip_dialog *d);
/* Key of a dialog: hash and comparison over Call-ID, local tag, remote tag. */
uint64_t ply_sip_dialog_hash(struct ply_slice call_id, struct ply_slice local_tag,
			     struct ply_slice remote_tag);
bool ply_sip_dialog_is(const struct ply_sip_dialog *d, struct ply_slice call_id,
		       struct ply_slice local_tag, struct ply_slice remote_tag);
/* Takes over Contact and flow of an in-dialog request (target refresh); refuses a lower CSeq:
 * PLY_SIP_E_OLD_CSEQ. */
enum { PLY_SIP_E_OLD_CSEQ = 20 };
int ply_sip_dialog_refresh(struct ply_sip_dialog *d, const struct ply_sip_msg *req,
			   const struct ply_sip_hop *from);
/* Writes a request of ours in the dialog, raising local_cseq: start line, Via (branch),
 * Max-Forwards, From, To (with epid), Call-ID, CSeq, Route, `lines`, body. */
int ply_sip_dialog_write(struct ply_sip_dialog *d, const struct ply_sip_transport *t,
			 const char *method, const char *branch, struct ply_slice lines,
			 const char *content_type, struct ply_slice body, struct ply_strbuf *out);

#endif
