/* A join of a meeting that is not answered yet: made by focus_join.c, taken in by focus_enter.c,
 * for nobody else. */
#ifndef FE_CONFERENCE_FOCUS_JOIN_H
#define FE_CONFERENCE_FOCUS_JOIN_H

#include "frontend/conference/focus.h"

/* One INVITE on its way. */
struct fe_join {
	struct ply_list node; /* in focus->joins */
	struct fe_req *q;     /* NULL: it was cancelled */
	struct fe *fe;
	struct fe_focus *focus; /* NULL: it is gone */
	struct ply_c3p_request req;
	char endpoint[FE_ENTITY_MAX + 1];
	uint64_t asked_ms; /* wall clock: the time of joining that rtc has */
	char uri[PLY_SIP_AOR_MAX];
	char *display_name;
	enum ply_ci_auth auth;
	enum ply_ci_access access;
	enum ply_ci_role granted;
	bool asked, counted; /* rtc is asked; and it is one more than were there */
};

void fe_join_free(struct fe_join *j);
/* Answers, if somebody still waits for it, and frees. */
void fe_join_refuse(struct fe_join *j, enum fe_diag why);
void fe_join_refuse_err(struct fe_join *j, int r);

#endif
