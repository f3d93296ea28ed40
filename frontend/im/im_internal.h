/* For the files of frontend/im only. */
#ifndef FE_IM_IM_INTERNAL_H
#define FE_IM_IM_INTERNAL_H

#include "frontend/im/im.h"
#include "sip/sip_dialog.h"

struct fe_im {
	struct ply_hash bridges; /* struct bridge by dialog */
	unsigned n_bridges;
	struct ply_list relays;          /* struct relay: messages under way to a callee */
	struct ply_hash sessions;        /* session.c: struct session by dialog */
	struct ply_list sessions_by_age; /* the same */
	struct ply_timer sweep;
};

/* --- dialog.c --- */
/* A first INVITE whose description is one of instant messages. */
bool fe_im_is_session(const struct ply_sip_msg *m);

/* --- session.c: what passes between two, counted for the records --- */
void fe_im_seen(struct fe_req *q); /* an in-dialog request */
/* A dialog of ours ended without BYE. */
void fe_im_gone(struct fe *fe, const struct ply_sip_dialog *d);
void fe_im_sessions_free(struct fe *fe);

/* --- pager.c: a session on the caller's side, pager messages on the callee's --- */
/* INVITE m=message to a user who has standard endpoints only. Answers it. */
enum fe_verdict fe_pager_invite(struct fe_req *q);
/* An in-dialog request: FE_NEXT when the dialog is not a bridge. */
enum fe_verdict fe_pager_in_dialog(struct fe_req *q);

#endif
