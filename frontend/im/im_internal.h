/* For the files of frontend/im only. */
#ifndef FE_IM_IM_INTERNAL_H
#define FE_IM_IM_INTERNAL_H

#include "frontend/im/im.h"
#include "sip/sip_dialog.h"

struct fe_im {
	struct ply_hash bridges; /* struct bridge by dialog */
	unsigned n_bridges;
	struct ply_list relays; /* struct relay: messages under way to a callee */
};

/* --- pager.c: a session on the caller's side, pager messages on the callee's --- */
/* INVITE m=message to a user who has standard endpoints only. Answers it. */
enum fe_verdict fe_pager_invite(struct fe_req *q);
/* An in-dialog request: FE_NEXT when the dialog is not a bridge. */
enum fe_verdict fe_pager_in_dialog(struct fe_req *q);

#endif
