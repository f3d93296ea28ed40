/* What happened, as a record. */
#include "frontend/record_feed.h"

/* --- sessions between two --- */

static void session(struct fe *fe, enum ply_cdr_kind kind, const struct fe_record_im *s,
		    struct ply_slice cause)
{
	struct ply_cdr r = {
		.kind = kind,
		.value = {[PLY_CDR_BEGIN] = s->invite_ms,
			  [PLY_CDR_SINCE] = s->response_ms,
			  [PLY_CDR_RESPONSE] = s->response,
			  [PLY_CDR_DIAG] = s->diagnostic,
			  [PLY_CDR_MESSAGES1] = s->messages[0],
			  [PLY_CDR_MESSAGES2] = s->messages[1],
			  [PLY_CDR_AUTH1] = (uint64_t)s->auth[0],
			  [PLY_CDR_AUTH2] = (uint64_t)s->auth[1],
			  [PLY_CDR_WHERE1] = s->where[0],
			  [PLY_CDR_WHERE2] = s->where[1]},
		.text = {[PLY_CDR_SESSION] = s->external_id,
			 [PLY_CDR_USER1] = s->user[0],
			 [PLY_CDR_USER2] = s->user[1],
			 [PLY_CDR_TARGET] = s->target,
			 [PLY_CDR_ENDPOINT1] = s->endpoint[0],
			 [PLY_CDR_ENDPOINT2] = s->endpoint[1],
			 [PLY_CDR_CLIENT1] = s->client[0],
			 [PLY_CDR_CLIENT2] = s->client[1],
			 [PLY_CDR_CAUSE] = cause},
	};

	fe_record_add(fe, &r);
}

void fe_record_im_start(struct fe *fe, const struct fe_record_im *s)
{
	session(fe, PLY_CDR_IM_START, s, ply_slice(NULL, 0));
}

void fe_record_im_end(struct fe *fe, const struct fe_record_im *s, const char *cause)
{
	session(fe, PLY_CDR_IM_END, s, ply_slice_str(cause));
}

/* --- meetings --- */

static struct ply_cdr of_meeting(enum ply_cdr_kind kind, const struct fe_record_conf *c)
{
	return (struct ply_cdr){
		.kind = kind,
		.value = {[PLY_CDR_BEGIN] = c->begin_ms},
		.text = {[PLY_CDR_SESSION] = ply_slice_str(c->instance),
			 [PLY_CDR_URI] = ply_slice_str(c->uri)},
	};
}

void fe_record_conf_start(struct fe *fe, const struct fe_record_conf *c)
{
	struct ply_cdr r = of_meeting(PLY_CDR_CONF_START, c);

	fe_record_add(fe, &r);
}

void fe_record_conf_end(struct fe *fe, const struct fe_record_conf *c, const char *cause)
{
	struct ply_cdr r = of_meeting(PLY_CDR_CONF_END, c);

	r.text[PLY_CDR_CAUSE] = ply_slice_str(cause);
	fe_record_add(fe, &r);
}

static void stay(struct fe *fe, enum ply_cdr_kind kind, const struct fe_record_conf *c,
		 const struct fe_record_stay *s)
{
	struct ply_cdr r = of_meeting(kind, c);

	r.value[PLY_CDR_SINCE] = s->since_ms;
	r.value[PLY_CDR_AUTH1] = (uint64_t)s->auth;
	r.value[PLY_CDR_ROLE] = (uint64_t)s->role;
	r.value[PLY_CDR_WHERE1] = s->where;
	r.text[PLY_CDR_USER1] = ply_slice_str(s->user);
	r.text[PLY_CDR_ENDPOINT1] = ply_slice_str(s->endpoint);
	r.text[PLY_CDR_CLIENT1] = s->client;
	r.text[PLY_CDR_MCU] = ply_slice_str(s->mcu);
	r.text[PLY_CDR_MCU_TYPE] = ply_slice_str(s->mcu_type);
	fe_record_add(fe, &r);
}

void fe_record_focus_join(struct fe *fe, const struct fe_record_conf *c,
			  const struct fe_record_stay *s)
{
	stay(fe, PLY_CDR_FOCUS_JOIN, c, s);
}

void fe_record_focus_leave(struct fe *fe, const struct fe_record_conf *c,
			   const struct fe_record_stay *s)
{
	stay(fe, PLY_CDR_FOCUS_LEAVE, c, s);
}

void fe_record_mcu_join(struct fe *fe, const struct fe_record_conf *c,
			const struct fe_record_stay *s)
{
	stay(fe, PLY_CDR_MCU_JOIN, c, s);
}

void fe_record_mcu_leave(struct fe *fe, const struct fe_record_conf *c,
			 const struct fe_record_stay *s)
{
	stay(fe, PLY_CDR_MCU_LEAVE, c, s);
}

void fe_record_conf_messages(struct fe *fe, const struct fe_record_conf *c, const char *user,
			     uint32_t n)
{
	struct ply_cdr r = of_meeting(PLY_CDR_CONF_MESSAGES, c);

	r.value[PLY_CDR_MESSAGES1] = n;
	r.text[PLY_CDR_USER1] = ply_slice_str(user);
	if (n)
		fe_record_add(fe, &r);
}
