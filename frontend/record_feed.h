/* Call detail records: what the Front End says of sessions and meetings, and the way of that to
 * lcslog. Calls never block, never fail upwards and never say what was said. The Archiving Server
 * will take this interface over.
 *
 * A record is numbered, appended to a spool in the state folder (record_spool.c) and sent to lcslog
 * in batches; what was committed there leaves the spool, what was not is sent again, also by the
 * next run. A record that comes twice changes nothing. What is too much for spool and memory is
 * shed, the oldest first, and counted. */
#ifndef FE_RECORD_FEED_H
#define FE_RECORD_FEED_H

#include "frontend/fe.h"

#include "db/lcslog/lcslog.h"

struct fe_records;

/* lcslog: LENT; NULL: records are not kept and all calls do nothing. state_dir NULL: no spool,
 * memory alone. Sets fe->records. */
int fe_records_new(struct fe *fe, struct ply_lcslog *lcslog, const char *state_dir);
/* When lcslog is closed. What is not there yet stays in the spool. */
void fe_records_free(struct fe *fe);

/* Any record: what happened now. */
void fe_record_add(struct fe *fe, struct ply_cdr *r);

/* --- sessions between two (frontend/im/session.c) --- */
struct fe_record_im {
	struct ply_slice external_id; /* Call-ID;from-tag;to-tag */
	struct ply_slice user[2], target;
	struct ply_slice endpoint[2], client[2]; /* epid, User-Agent */
	enum ply_cdr_auth auth[2];
	unsigned where[2]; /* 0 not known, 1 inside, 2 outside */
	uint32_t messages[2];
	uint64_t invite_ms, response_ms;
	uint32_t response, diagnostic;
};
void fe_record_im_start(struct fe *fe, const struct fe_record_im *s);
void fe_record_im_end(struct fe *fe, const struct fe_record_im *s, const char *cause);

/* --- meetings (frontend/conference/focus_record.c) --- */
struct fe_record_conf {
	const char *instance; /* of this activation */
	const char *uri;      /* of the Focus */
	uint64_t begin_ms;    /* when it was activated */
};
struct fe_record_stay {
	const char *user, *endpoint;
	struct ply_slice client; /* User-Agent; absent: not known */
	enum ply_cdr_auth auth;
	enum ply_cdr_role role;
	unsigned where;             /* 0 not known, 1 inside, 2 outside */
	uint64_t since_ms;          /* when he joined: the same in join and leave */
	const char *mcu, *mcu_type; /* of stays on a conferencing server */
};
void fe_record_conf_start(struct fe *fe, const struct fe_record_conf *c);
void fe_record_conf_end(struct fe *fe, const struct fe_record_conf *c, const char *cause);
void fe_record_focus_join(struct fe *fe, const struct fe_record_conf *c,
			  const struct fe_record_stay *s);
void fe_record_focus_leave(struct fe *fe, const struct fe_record_conf *c,
			   const struct fe_record_stay *s);
void fe_record_mcu_join(struct fe *fe, const struct fe_record_conf *c,
			const struct fe_record_stay *s);
void fe_record_mcu_leave(struct fe *fe, const struct fe_record_conf *c,
			 const struct fe_record_stay *s);
/* So many more. */
void fe_record_conf_messages(struct fe *fe, const struct fe_record_conf *c, const char *user,
			     uint32_t n);

#endif
