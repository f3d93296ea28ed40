/* Do two URIs name the same thing? RFC 3261 §19.1.4 for SIP and SIPS, RFC 3966 §5 for tel. Pure.
 * Rank 3. */
#ifndef PLY_SIP_SIP_URI_EQ_H
#define PLY_SIP_SIP_URI_EQ_H

#include "sip/sip_msg.h"

/* Headers are compared as a text without case: URIs of bindings and routes have none. */
bool ply_sip_uri_eq(const struct ply_sip_uri *a, const struct ply_sip_uri *b);

#endif
