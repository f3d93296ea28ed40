/* SERVICE to the Focus Factory, sip:organizer@domain;gruu;opaque=app:conf:focusfactory: who asks,
 * for what, and the answer. [MS-CONFPRO] 3.1.5. Every answer carries a response document, but for a
 * body that cannot be read: 400. */
#include "frontend/conference/factory.h"

#include "base/counter.h"
#include "base/mem.h"
#include "crypto/secret.h"
#include "frontend/conference/focus.h"
#include "frontend/proxy/proxy.h"
#include "sip/sip_gruu.h"
#include "sip/sip_ms.h"

#include <errno.h>

PLY_COUNTER(commands, "parley_frontend_factory_commands_total", "commands for the Focus Factory");
PLY_COUNTER(refusals, "parley_frontend_factory_refused_total",
	    "commands that the Focus Factory refused");

static const struct {
	enum ply_c3p_cmd cmd;
	void (*run)(struct fe_fac *f);
} table[] = {
	{PLY_C3P_ADD_CONFERENCE, fe_fac_add},       {PLY_C3P_MODIFY_CONFERENCE, fe_fac_modify},
	{PLY_C3P_DELETE_CONFERENCE, fe_fac_delete}, {PLY_C3P_GET_CONFERENCE, fe_fac_get},
	{PLY_C3P_GET_CONFERENCES, fe_fac_list},     {PLY_C3P_GET_MCU_TYPES, fe_fac_types},
	{PLY_C3P_GET_CAPABILITIES, fe_fac_types},
};

/* A command that was understood and not done is a 200 with a failure inside; 403 says "not you",
 * 503 "not now". The texts are for the client's log. */
static const struct fac_text {
	unsigned status, id;
	const char *text;
} texts[PLY_C3P_N_REASON] = {
	[PLY_C3P_R_REQUEST_MALFORMED] = {200, 3006, "The C3P command is not valid"},
	[PLY_C3P_R_REQUEST_TOO_LARGE] = {200, 3006, "The C3P command is too large"},
	[PLY_C3P_R_NOT_SUPPORTED] = {200, 3004, "The command is not known to the Focus Factory"},
	[PLY_C3P_R_UNAUTHORIZED] = {403, 3014, "Only a user of this pool can schedule meetings"},
	[PLY_C3P_R_FORBIDDEN] = {403, 3014, "This is the Focus Factory of another user"},
	[PLY_C3P_R_SERVER_BUSY] = {503, 4000, "The database cannot be reached, try again shortly"},
	[PLY_C3P_R_OTHER_FAILURE] = {503, 4000, "The server is overloaded, try again shortly"},
	[PLY_C3P_R_CONFERENCE_EXISTS] = {200, 3003,
					 "The organizer has a meeting of this identifier"},
	[PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST] = {200, 3003, "The meeting does not exist"},
	[PLY_C3P_R_INVALID_CONFERENCE_ID] = {200, 3003,
					     "The identifier must be 8 to 32 letters and digits"},
	[PLY_C3P_R_INVALID_ADMISSION_POLICY] = {200, 3006, "The admission policy is not known"},
	[PLY_C3P_R_INVALID_EXPIRY_TIME] = {200, 3006, "The expiry time is out of range"},
	[PLY_C3P_R_INVALID_PASSCODE] = {200, 3008,
					"A meeting for anonymous users needs a conference key"},
	[PLY_C3P_R_INVALID_USER_ENTITY] = {200, 3002, "A participant is no SIP address"},
	[PLY_C3P_R_INVALID_VERSION] = {200, 3006, "The meeting was changed since"},
	[PLY_C3P_R_MAXIMUM_CONFERENCES] = {200, 3014, "The organizer has too many meetings"},
	[PLY_C3P_R_MAXIMUM_MEETING_SIZE] = {200, 3014,
					    "More participants than the meeting policy allows"},
	[PLY_C3P_R_UNKNOWN_MCU_TYPE] = {200, 3013, "A medium of this name is not known"},
	[PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE] = {200, 3013,
					      "The meeting policy does not allow the medium"},
	[PLY_C3P_R_SETTINGS_TOO_LARGE] = {200, 3006, "The settings of a medium are too large"},
	[PLY_C3P_R_ANONYMOUS_NOT_ALLOWED] =
		{200, 3008, "The meeting policy does not allow anonymous participants"},
};

enum { RETRY_AFTER_SECS = 10 };

static void fac_free(struct fe_fac *f)
{
	fe_user_release(f->organizer);
	ply_c3p_request_deinit(&f->req);
	ply_arena_deinit(&f->mem);
	ply_strbuf_deinit(&f->text);
	ply_free(f);
}

static void dropped(struct fe_req *q)
{
	((struct fe_fac *)q->stage_ctx)->q = NULL;
}

static void send(struct fe_fac *f, const struct ply_c3p_response *r)
{
	const struct fac_text *t = &texts[r->reason];
	struct ply_strbuf body = PLY_STRBUF_INIT;
	struct ply_sip_reply reply = {
		.status = r->code == PLY_C3P_SUCCESS || !t->status ? 200 : t->status,
		.content_type = PLY_CT_CCCP,
		.diag = t->id,
		.diag_reason = t->text,
		.source = f->fe->fqdn,
	};
	struct fe_req *q = f->q;

	ply_c3p_response_write(&body, r);
	reply.retry_after = reply.status == 503 ? RETRY_AFTER_SECS : 0;
	q->stage_drop = NULL;
	fe_req_reply_body(q, &reply, &body);
}

void fe_fac_answer(struct fe_fac *f, const struct ply_c3p_response *r)
{
	if (r->reason && f->fe->meetings) { /* else the server stops */
		ply_counter_inc(&refusals);
		ply_info(&f->fe->meetings->log, "factory.refused",
			 KSL("command", ply_slice_sub(f->req.name, 0, PLY_C3P_MAX_NAME)),
			 KS("reason", ply_c3p_reason_name(r->reason)),
			 KS("why", texts[r->reason].text ? texts[r->reason].text : ""),
			 KS("user", f->organizer ? f->organizer->aor : ""));
	}
	if (f->q)
		send(f, r);
	fac_free(f);
}

struct ply_c3p_response fe_fac_response(struct fe_fac *f)
{
	struct ply_c3p_response r;

	ply_c3p_response_to(&r, &f->req, PLY_C3P_R_NONE);
	return r;
}

void fe_fac_done(struct fe_fac *f, enum ply_c3p_reason reason)
{
	struct ply_c3p_response r;

	ply_c3p_response_to(&r, &f->req, reason);
	fe_fac_answer(f, &r);
}

void fe_fac_answer_conf(struct fe_fac *f, struct ply_slice conf_id,
			const struct ply_ci_description *d)
{
	struct ply_c3p_response r = fe_fac_response(f);

	ply_strbuf_reset(&f->text);
	if (ply_sip_gruu_conf(&f->text, f->organizer->aor, "focus", conf_id)) {
		fe_fac_done(f, PLY_C3P_R_OTHER_FAILURE);
		return;
	}
	r.has_conf = true;
	r.conf.entity = ply_strbuf_slice(&f->text);
	if (d)
		r.conf.description = *d;
	fe_fac_answer(f, &r);
}

void fe_fac_answer_draft(struct fe_fac *f, uint32_t version)
{
	const struct ply_ci_description d = {
		.there = true,
		.conference_id = f->draft.conf_id,
		.expiry_ms = (int64_t)f->draft.expires_ms,
		.last_update_ms = (int64_t)f->now_ms,
		.version = version,
	};

	fe_fac_answer_conf(f, f->draft.conf_id, &d);
}

int fe_fac_seal(struct fe_fac *f)
{
	char *key;
	int r = 0;

	ply_strbuf_reset(&f->text);
	if (!f->draft.key.len)
		return 0;
	key = ply_slice_dup(f->draft.key);
	r = key ? fe_meeting_key_seal(f->fe, key, &f->text) : -ENOMEM;
	ply_secret_free_str(key);
	return r;
}

enum ply_c3p_reason fe_fac_reason_of(int r)
{
	switch (r) {
	case 0:
		return PLY_C3P_R_NONE;
	case PLY_DB_E_EXISTS:
		return PLY_C3P_R_CONFERENCE_EXISTS;
	case PLY_DB_E_NONE:
		return PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST;
	case PLY_DB_E_REFERS: /* the organizer was deleted a moment ago */
		return PLY_C3P_R_UNAUTHORIZED;
	case PLY_RTC_CONF_E_MAXIMUM:
		return PLY_C3P_R_MAXIMUM_CONFERENCES;
	case PLY_RTC_CONF_E_STALE:
		return PLY_C3P_R_INVALID_VERSION;
	case -EMSGSIZE:
		return PLY_C3P_R_REQUEST_TOO_LARGE;
	case -ENOMEM:
	case -ENOBUFS:
		return PLY_C3P_R_OTHER_FAILURE;
	default:
		return PLY_C3P_R_SERVER_BUSY;
	}
}

struct ply_slice fe_fac_conf_id(const struct fe_fac *f)
{
	const struct ply_c3p_keys *k = &f->req.keys;
	struct ply_slice entity = k->conf.len ? k->conf : f->req.conf.entity;
	struct ply_c3p_uri uri;
	size_t at;

	if (k->conf_id.len)
		return ply_slice_trim(k->conf_id);
	if (f->req.has_conf && f->req.conf.description.conference_id.len)
		return ply_slice_trim(f->req.conf.description.conference_id);
	if (ply_c3p_uri_parse(&uri, entity) || strcmp(uri.organizer, f->organizer->aor) != 0)
		return ply_slice("", 0);
	at = ply_slice_find(entity, uri.conf_id);
	return at == SIZE_MAX ? ply_slice("", 0) : ply_slice_sub(entity, at, strlen(uri.conf_id));
}

/* The document is the sender's and for this factory; a client may leave the two out. */
static bool names_fit(const struct fe_fac *f, const struct ply_c3p_uri *uri)
{
	char aor[PLY_SIP_AOR_MAX];
	struct ply_c3p_uri to;
	struct ply_sip_uri from;

	if (f->req.from.len && (ply_sip_uri_parse(f->req.from, &from) ||
				ply_sip_uri_aor(&from, aor) || strcmp(aor, uri->organizer) != 0))
		return false;
	return !f->req.to.len ||
	       (!ply_c3p_uri_parse(&to, f->req.to) && !strcmp(to.organizer, uri->organizer) &&
		!strcmp(to.type, uri->type));
}

static enum ply_c3p_reason check(const struct fe_fac *f, const struct ply_c3p_uri *uri, int parsed)
{
	/* A partner's user, an anonymous one, a server: they schedule nothing. */
	if (!f->organizer)
		return PLY_C3P_R_UNAUTHORIZED;
	if (strcmp(f->organizer->aor, uri->organizer) != 0)
		return PLY_C3P_R_FORBIDDEN;
	if (parsed == PLY_C3P_E_TOO_MANY)
		return PLY_C3P_R_REQUEST_TOO_LARGE;
	if (parsed || !names_fit(f, uri))
		return PLY_C3P_R_REQUEST_MALFORMED;
	return PLY_C3P_R_NONE;
}

static void run(struct fe_fac *f)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].cmd != f->req.cmd)
			continue;
		fe_policy_of(f->fe, f->organizer, &f->policy);
		table[i].run(f);
		return;
	}
	fe_fac_done(f, PLY_C3P_R_NOT_SUPPORTED); /* getEncryptionKey, and what is not known */
}

static struct fe_fac *fac_new(struct fe_req *q)
{
	struct fe_fac *f = ply_calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->fe = q->fe;
	f->q = q;
	f->now_ms = ply_wall_ms();
	f->organizer = q->sender;
	if (f->organizer)
		fe_user_hold(f->organizer);
	ply_arena_init(&f->mem, 4096);
	q->stage_ctx = f;
	q->stage_drop = dropped;
	return f;
}

/* Not even an answer can be made of it, or no command is there for the reason to stand on: a bare
 * 400. */
static bool is_unreadable(const struct fe_fac *f, int parsed)
{
	return parsed < 0 || parsed == PLY_C3P_E_XML || (parsed && !f->req.name.len);
}

enum fe_verdict fe_focus_factory(struct fe_req *q, const struct ply_c3p_uri *uri)
{
	enum ply_c3p_reason reason;
	struct fe_fac *f;
	int r;

	if (q->msg->method != PLY_SIP_SERVICE)
		return fe_refuse_proxied(q, FE_D_METHOD);
	ply_counter_inc(&commands);
	f = fac_new(q);
	if (!f)
		return fe_refuse_proxied(q, FE_D_OVERLOAD);
	r = PLY_C3P_E_XML;
	if (ply_ms_type_of(ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE)) == PLY_MS_TYPE_CCCP)
		r = ply_c3p_request_parse(&f->req, q->msg->body);
	if (is_unreadable(f, r)) {
		q->stage_drop = NULL;
		ply_counter_inc(&refusals);
		fac_free(f);
		fe_refuse(q, r == -ENOMEM ? FE_D_OVERLOAD : FE_D_CONF_BODY, NULL);
		return FE_DONE;
	}
	ply_c3p_request_distrust(&f->req);
	reason = check(f, uri, r);
	if (reason)
		fe_fac_done(f, reason);
	else
		run(f);
	return FE_DONE;
}
