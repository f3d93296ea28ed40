/* The Focus Factory: one command from its request to its answer ([MS-CONFPRO] 3.1). factory.c
 * checks who asks and finds the command; each command is a file factory_*.c; what a client wants
 * scheduled is checked in factory_check.c, for `parley meeting` too.
 *
 * A command is a heap object of its own: it outlives its request when that goes away while the
 * database works, and answers nobody then. */
#ifndef FE_CONFERENCE_FACTORY_H
#define FE_CONFERENCE_FACTORY_H

#include "db/rtc/rtc_conf.h"
#include "frontend/conference/meeting.h"

/* --- factory_check.c: what is to be scheduled. Pure --- */

/* Whose meeting it is and by which rules. */
struct fe_draft_rules {
	const char *organizer; /* canonical */
	const struct fe_meeting_policy *policy;
	const struct fe_meeting_times *times;
	uint64_t now_ms;              /* wall clock */
	const struct fe_meeting *old; /* what it replaces; NULL: it is new */
};
/* A record that can be stored; texts LENT from the document and the rules, arrays from the arena.
 * `key` is in clear. */
struct fe_draft {
	struct ply_slice conf_id, subject, description, key;
	struct ply_slice notification_data, organizer_data;
	enum ply_ci_admission admission;
	unsigned expiry_rule;
	uint64_t expires_ms;
	uint32_t version; /* that it replaces */
	struct ply_rtc_conf_user *user;
	size_t n_user;
	struct ply_rtc_conf_mcu *mcu;
	size_t n_mcu;
};
/* [MS-CONFPRO] 3.1.5, checked in the order of its section on addConference: admission, media,
 * identifier, expiry, participants. NONE: fine. OTHER_FAILURE: memory is out. */
enum ply_c3p_reason fe_draft_check(const struct ply_ci *want, const struct fe_draft_rules *rules,
				   struct ply_arena *mem, struct fe_draft *out);
/* 8 to 32 letters and digits. */
bool fe_conf_id_ok(struct ply_slice id);
/* The same day and time so many calendar months later, or the month's last day. */
uint64_t fe_add_months(uint64_t wall_ms, unsigned months);
/* The record as rtc takes it; `sealed` LENT: the sealed key, empty when none. */
void fe_draft_record(const struct fe_draft *d, const char *organizer, struct ply_slice sealed,
		     uint64_t now_ms, struct ply_rtc_conf *conf, struct ply_rtc_conf_lists *lists);

/* --- factory.c --- */
struct fe_fac {
	struct fe *fe;
	struct fe_req *q;          /* NULL: the asker went away */
	struct fe_user *organizer; /* held */
	struct ply_c3p_request req;
	struct fe_meeting_policy policy;
	struct ply_arena mem;
	struct fe_draft draft;
	struct ply_strbuf text; /* entity, or the sealed key */
	uint64_t now_ms;        /* wall clock when it came */
};
/* Ends the command; NONE is an empty success. Frees f. */
void fe_fac_done(struct fe_fac *f, enum ply_c3p_reason reason);
/* Fills the answer's head; the command fills the rest. */
struct ply_c3p_response fe_fac_response(struct fe_fac *f);
void fe_fac_answer(struct fe_fac *f, const struct ply_c3p_response *r);
/* A success that names the conference: entity, and `d` as description (NULL: none). */
void fe_fac_answer_conf(struct fe_fac *f, struct ply_slice conf_id,
			const struct ply_ci_description *d);
/* The same for the draft, which rtc has now. */
void fe_fac_answer_draft(struct fe_fac *f, uint32_t version);
/* The draft's key into f->text, sealed; empty when there is none. 0 or negative. */
int fe_fac_seal(struct fe_fac *f);
/* What a result of the database is to the client. */
enum ply_c3p_reason fe_fac_reason_of(int r);
/* The conference the command is about: its id from keys, entity or description. Empty: it names
 * none, or somebody else's. */
struct ply_slice fe_fac_conf_id(const struct fe_fac *f);

/* The record is gone: says so, and ends the meeting if it runs here (factory_delete.c). */
void fe_meeting_deleted(struct fe *fe, const char *organizer, struct ply_slice conf_id);

/* --- one file each --- */
void fe_fac_add(struct fe_fac *f);
void fe_fac_modify(struct fe_fac *f);
void fe_fac_delete(struct fe_fac *f);
void fe_fac_get(struct fe_fac *f);
void fe_fac_list(struct fe_fac *f);
void fe_fac_types(struct fe_fac *f); /* getAvailableMcuTypes, getConferencingCapabilities */

#endif
