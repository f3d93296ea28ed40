/* Anonymous meeting participants: From is <hex>@anonymous.invalid, the proof Digest with the
 * conference key ([MS-SIPAE] 3.2.4.3, 4.5). They may speak to one conference, over the connection
 * they proved the key on, and to nothing else. */
#ifndef FE_CONFERENCE_ANONYMOUS_H
#define FE_CONFERENCE_ANONYMOUS_H

#include "frontend/fe.h"

int fe_anonymous_new(struct fe *fe); /* sets fe->anonymous */
void fe_anonymous_free(struct fe *fe);
/* Does From say so? */
bool fe_anonymous_is(const struct fe_req *q);
/* The stage `authenticate` for such a sender: challenge, check, or q->anonymous set. */
enum fe_verdict fe_anonymous_authenticate(struct fe_req *q);
void fe_anonymous_flow_closed(struct fe *fe, uint64_t flow);

#endif
