/* `parley meeting` at the Front End: the administration socket's command "meeting". A line is
 * "meeting VERB" and arguments "key=value", all separated by tabs; the answer is a JSON object a
 * line, or "error WORD text". The verbs are in admin_meeting.c; create in admin_meeting_create.c.
 */
#ifndef FE_CONFERENCE_ADMIN_MEETING_H
#define FE_CONFERENCE_ADMIN_MEETING_H

#include "frontend/conference/factory.h"
#include "frontend/conference/focus.h"
#include "role/admin.h"

struct fe_meeting_admin {
	struct fe_meetings *meetings;
	struct ply_list jobs;
};

/* One command under way. It outlives the asker, and the role's stop, until the database answered.
 */
struct fe_mjob {
	struct ply_list node;           /* in admin->jobs */
	struct fe_meeting_admin *admin; /* NULL: the role stops */
	struct fe *fe;
	struct ply_admin_call *call; /* NULL: nobody waits */
	struct fe_wait *wait;
	struct ply_arena mem;
	char *line; /* the arguments */
	bool only_active, found;
	char organizer[PLY_SIP_AOR_MAX]; /* of the meeting it is about; "": any */
	char conf_id[PLY_CI_MAX_CONF_ID + 1];
	void (*then)(struct fe_mjob *j); /* when organizer and conf_id are known */
	int64_t after;                   /* pages of a list */
	struct fe_draft draft;
	uint64_t now_ms;
};

/* Value of the n-th argument of this name; absent: there is none. */
struct ply_slice fe_mjob_arg(const struct fe_mjob *j, const char *name, unsigned n);
bool fe_mjob_flag(const struct fe_mjob *j, const char *name);
/* "error WORD text" and the end. Frees j. */
void fe_mjob_fail(struct fe_mjob *j, const char *word, const char *text);
/* What a result of the database (not 0) is. Frees j. */
void fe_mjob_fail_db(struct fe_mjob *j, int r);
void fe_mjob_end(struct fe_mjob *j);
/* Canonical address of record; false: it is none. */
bool fe_mjob_aor(struct ply_slice address, char out[PLY_SIP_AOR_MAX]);

void fe_mjob_create(struct fe_mjob *j);

#endif
