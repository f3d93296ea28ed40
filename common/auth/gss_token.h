/* What identifies an AP-REQ inside a GSSAPI initial token, for the replay table. Pure; any thread.
 * Spec: RFC 2743 §3.1, RFC 4121 §4.1, RFC 4120 §5.5.1. Rank 2. */
#ifndef PLY_AUTH_GSS_TOKEN_H
#define PLY_AUTH_GSS_TOKEN_H

#include "base/slice.h"

#include <stdbool.h>

/* Finds the encrypted authenticator: unlike the bytes around it, it cannot be changed by whoever
 * replays the token. LENT: a view into the token. false when this is no raw Kerberos AP-REQ. */
bool ply_gss_token_authenticator(struct ply_slice token, struct ply_slice *out);

#endif
