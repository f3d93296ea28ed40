/* For the files of frontend/im only. */
#ifndef FE_IM_IM_INTERNAL_H
#define FE_IM_IM_INTERNAL_H

#include "frontend/im/im.h"
#include "sip/sip_dialog.h"

enum { FE_NO_GROUPS = 1024 }; /* a power of two */

struct fe_im {
	struct ply_hash bridges; /* struct bridge by dialog */
	unsigned n_bridges;
	struct ply_list relays;          /* struct relay: messages under way to a callee */
	struct ply_hash sessions;        /* session.c: struct session by dialog */
	struct ply_list sessions_by_age; /* the same */
	struct ply_timer sweep;
	struct ply_list rounds; /* struct round: groups being invited */
	unsigned n_rounds;
	/* Addresses that were no group a moment ago, by hash: unknown names cost no database. */
	struct {
		uint64_t hash, until_ms;
	} no_group[FE_NO_GROUPS];
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

/* --- group_invite.c: a distribution group is invited to a meeting --- */
/* INVITE or MESSAGE to an address that is no user: FE_NEXT when it is no group either. */
enum fe_verdict fe_group_request(struct fe_req *q);
/* Of the dialogs that inviter and invited have with us: nothing is kept of them. */
bool fe_group_is_dialog(const struct fe_req *q);
enum fe_verdict fe_group_in_dialog(struct fe_req *q);
void fe_group_rounds_drop(struct fe *fe);

#endif
