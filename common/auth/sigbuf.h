/* The byte string that [MS-SIPAE] clients and servers sign for one SIP message. Values go in
 * exactly as they stand in the message (case kept, quotes stripped); an absent slice and an empty
 * one are both written `<>`. Pure; any thread. Spec: [MS-SIPAE] 3.1, [MS-SIP] 3.1.4.2 (version 2).
 * Rank 2. */
#ifndef PLY_AUTH_SIGBUF_H
#define PLY_AUTH_SIGBUF_H

#include "base/slice.h"
#include "base/strbuf.h"

/* The part that stands in the authentication header of the message. */
struct ply_sig_auth {
	struct ply_slice mech; /* "NTLM", "Kerberos" as written */
	struct ply_slice rand; /* crand or srand */
	struct ply_slice num;  /* cnum or snum */
	struct ply_slice realm;
	struct ply_slice targetname;
};

/* The part that stands in the rest of the message. LENT: views into it. */
struct ply_sig_msg {
	struct ply_slice call_id;
	struct ply_slice cseq;   /* the number */
	struct ply_slice method; /* of CSeq, in a response too */
	struct ply_slice from_uri;
	struct ply_slice from_tag;
	struct ply_slice to_uri;
	struct ply_slice to_tag;
	struct ply_slice
		pai_sip; /* first sip: URI of P-Asserted-Identity, else P-Preferred-Identity */
	struct ply_slice pai_tel; /* first tel: URI of the same header */
	struct ply_slice expires; /* the Expires header, not a Contact parameter */
	int status;               /* status code of a response, -1 in a request */
};

/* Appends the string of this version: 4 and 3 alike; anything below 3 is version 2. */
void ply_sigbuf_add(struct ply_strbuf *b, unsigned version, const struct ply_sig_auth *auth,
		    const struct ply_sig_msg *msg);

#endif
