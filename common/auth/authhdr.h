/* Authorization and Proxy-Authorization values read, WWW-Authenticate and Authentication-Info
 * values written, in the dialect of [MS-SIPAE] 2.2 and the grammar of RFC 3261 §25.1 (so Digest
 * credentials are read here too). Values never carry escapes in NTLM and Kerberos; they are
 * returned as written between the quotes, because that is what gets signed. Pure; any thread.
 * Rank 2. */
#ifndef PLY_AUTH_AUTHHDR_H
#define PLY_AUTH_AUTHHDR_H

#include "base/slice.h"
#include "base/strbuf.h"

#include <stdint.h>

enum ply_auth_mech {
	PLY_AUTH_MECH_OTHER,
	PLY_AUTH_MECH_NTLM,
	PLY_AUTH_MECH_KERBEROS,
	PLY_AUTH_MECH_DIGEST,
};

enum ply_authhdr_param {
	PLY_AP_REALM,
	PLY_AP_TARGETNAME,
	PLY_AP_OPAQUE,
	PLY_AP_QOP,
	PLY_AP_GSSAPI_DATA,
	PLY_AP_VERSION,
	PLY_AP_CRAND,
	PLY_AP_CNUM,
	PLY_AP_RESPONSE,
	PLY_AP_USERNAME,
	PLY_AP_NONCE,
	PLY_AP_URI,
	PLY_AP_ALGORITHM,
	PLY_AP_CNONCE,
	PLY_AP_NC,
	PLY_AP_N,
};

enum { PLY_AUTHHDR_MAX_PARAMS = 32 }; /* known and unknown together */

struct ply_authhdr {
	enum ply_auth_mech mech;
	struct ply_slice scheme;          /* as written: it is signed */
	struct ply_slice param[PLY_AP_N]; /* p NULL: absent; `x=""` has a pointer and len 0 */
};

/* Reads one header value (without the header's name). Slices are LENT: views into `value`. Unknown
 * parameters are passed over. 0; -EBADMSG on bad syntax, a repeated parameter or too many. */
int ply_authhdr_parse(struct ply_slice value, struct ply_authhdr *out);

/* `version=` as the client means it: absent is 2; 0 when it is no number from 2 to 4. */
unsigned ply_authhdr_version(const struct ply_authhdr *h);

/* "NTLM", "Kerberos", "Digest", "". Static. */
const char *ply_auth_mech_name(enum ply_auth_mech mech);

struct ply_auth_challenge {
	enum ply_auth_mech mech; /* NTLM or Kerberos */
	struct ply_slice realm;
	struct ply_slice targetname;
	unsigned version;        /* 2: the parameter is left out */
	struct ply_slice opaque; /* absent in the first challenge */
	struct ply_slice token;  /* raw bytes for gssapi-data; absent in the first challenge */
};

/* Appends the value of a WWW-Authenticate or Proxy-Authenticate header (no name, no CRLF). */
void ply_authhdr_add_challenge(struct ply_strbuf *b, const struct ply_auth_challenge *c);

struct ply_auth_info {
	enum ply_auth_mech mech;
	struct ply_slice signature; /* raw bytes, written as hex */
	struct ply_slice srand;
	struct ply_slice snum;
	struct ply_slice opaque;
	struct ply_slice targetname;
	struct ply_slice realm;
};

/* Appends the value of an Authentication-Info header, in the order rspauth, srand, snum, opaque,
 * qop, targetname, realm (old clients search it by substring: everything is quoted). */
void ply_authhdr_add_info(struct ply_strbuf *b, const struct ply_auth_info *i);

#endif
