/* User Services, enhanced presence: what the rest of the Front End asks of it. Everything else in
 * this folder is its own. [MS-PRES], [MS-SIPREGE]; for standard clients RFC 3856, 3903, 4662. */
#ifndef FE_PRESENCE_PRESENCE_H
#define FE_PRESENCE_PRESENCE_H

#include "frontend/fe.h"

int fe_presence_new(struct fe *fe); /* sets fe->presence */
void fe_presence_free(struct fe *fe);

/* Stages of their own: q->sender is authenticated; q->target is the user of the Request-URI when he
 * is ours. Each takes q over and answers it. */
enum fe_verdict
fe_presence_service(struct fe_req *q); /* SERVICE: publish, containers, subscribers, SOAP */
enum fe_verdict
fe_presence_subscribe(struct fe_req *q); /* SUBSCRIBE, initial and in-dialog, all event packages */
enum fe_verdict fe_presence_publish(struct fe_req *q); /* PUBLISH, RFC 3903 */
/* NOTIFY answers and the like need nothing. Does this in-dialog request belong to a subscription
 * here? */
bool fe_presence_owns_dialog(struct fe *fe, const struct fe_req *q);

/* From the registrar. */
void fe_presence_endpoint_added(struct fe_endpoint *e);
void fe_presence_endpoint_gone(
	struct fe_endpoint *e); /* e still complete; its publications and dialogs end */
void fe_presence_flow_closed(struct fe *fe, uint64_t flow);
/* The user's row in rtc changed (name, line, enabled): refresh what is published for him. */
void fe_presence_user_changed(struct fe_user *u);
/* Frees u->pres. */
void fe_presence_user_forgotten(struct fe_user *u);

/* May `watcher` (canonical AOR, "" for none) reach u now? Needs u->pres: FE_REACH_LOADING when it
 * is not in memory; then fe_presence_load(). */
enum fe_reach { FE_REACH_OK, FE_REACH_BLOCKED, FE_REACH_DND, FE_REACH_LOADING };
enum fe_reach fe_presence_reach(struct fe_user *u, const char *watcher);
/* Loads the presentity; cb later with 0 or a negative code. */
int fe_presence_load(struct fe_user *u, void (*cb)(void *ctx, int r), void *ctx);

#endif
