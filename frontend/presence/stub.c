#include "frontend/presence/presence.h"
int fe_presence_new(struct fe *fe) { (void)fe; return 0; }
void fe_presence_free(struct fe *fe) { (void)fe; }
enum fe_verdict fe_presence_service(struct fe_req *q) { fe_req_ok(q); return FE_DONE; }
enum fe_verdict fe_presence_subscribe(struct fe_req *q) { fe_refuse(q, FE_D_BAD_EVENT, NULL); return FE_DONE; }
enum fe_verdict fe_presence_publish(struct fe_req *q) { fe_refuse(q, FE_D_BAD_EVENT, NULL); return FE_DONE; }
bool fe_presence_owns_dialog(struct fe *fe, const struct fe_req *q) { (void)fe; (void)q; return false; }
void fe_presence_endpoint_added(struct fe_endpoint *e) { (void)e; }
void fe_presence_endpoint_gone(struct fe_endpoint *e) { (void)e; }
void fe_presence_flow_closed(struct fe *fe, uint64_t flow) { (void)fe; (void)flow; }
void fe_presence_user_changed(struct fe_user *u) { (void)u; }
void fe_presence_user_forgotten(struct fe_user *u) { (void)u; }
enum fe_reach fe_presence_reach(struct fe_user *u, const char *watcher) { (void)u; (void)watcher; return FE_REACH_OK; }
int fe_presence_load(struct fe_user *u, void (*cb)(void *ctx, int r), void *ctx) { (void)u; (void)cb; (void)ctx; return 0; }
