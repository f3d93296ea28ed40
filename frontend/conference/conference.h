/* Conferencing as the rest of the Front End sees it: Focus Factory, Focus, MCU factory
 * ([MS-CONFBAS], [MS-CONFPRO]). What its own files share is in focus.h and meeting.h. */
#ifndef FE_CONFERENCE_CONFERENCE_H
#define FE_CONFERENCE_CONFERENCE_H

#include "frontend/fe.h"

struct ply_role_ctx;

/* Sets fe->meetings. Opens the C3P listener and registers admin commands. 0 or negative, logged. */
int fe_meetings_new(struct fe *fe, struct ply_role_ctx *role);
void fe_meetings_free(struct fe *fe); /* NULL is fine */
/* rtc is reachable for the first time: meetings that were active here come back. */
void fe_meetings_restore(struct fe *fe);
/* Every request whose Request-URI is a conference URI (;gruu;opaque=app:conf:...), and every one in
 * a dialog with the Focus. FE_NEXT: the proxy takes it on (to a conferencing server). */
enum fe_verdict fe_conference_stage(struct fe_req *q);
/* Is the Request-URI a conference's, or the request in a dialog of the Focus? */
bool fe_conference_wants(const struct fe_req *q);
/* A conferencing server's message to many (fanout.c): read by its index alone. */
bool fe_is_fanout(const struct fe_req *q);
/* An INVITE could not be brought to the conferencing server at this address. */
void fe_focus_media_failed(struct fe *fe, const struct ply_addr *addr);
/* Where an in-dialog request to a conference URI goes when the connection of its route token is
 * gone: to the server that has the meeting now. */
struct fe_target;
bool fe_focus_media_target(const struct fe_req *q, struct fe_target *t);
void fe_meetings_flow_closed(struct fe *fe, uint64_t flow);
/* This client signed off or was put out: its places lapse. e is still complete. */
void fe_meetings_endpoint_gone(const struct fe_endpoint *e);
/* The user was disabled or deleted: his meetings end (meeting-lifecycle D2). */
void fe_meetings_user_refused(struct fe *fe, const char *aor);

#endif
