/* The part of a message that Sofia-SIP owns. For the files of this module only. Rank 3. */
#ifndef PLY_SIP_SIP_PARSE_H
#define PLY_SIP_SIP_PARSE_H

#include "sip/sip_msg.h"

/* Drops Sofia's parse of m, if there is one. */
void ply_sip_parse_free(struct ply_sip_msg *m);

#endif
