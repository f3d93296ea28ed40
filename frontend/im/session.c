/* Sessions between two, for the records alone: the proxy keeps no dialog, so the answered INVITE of
 * an IM session goes into a table by Call-ID and tags, and what passes in it is counted. A session
 * ends with BYE, with a message that nobody there takes any more, or with hours of silence. What
 * messages say is never looked at. */
#include "base/counter.h"
#include "base/mem.h"
#include "c3p/c3p.h"
#include "frontend/im/im_internal.h"
#include "frontend/record_feed.h"

#include <errno.h>

enum {
	MAX_SESSIONS = 100000,
	SILENCE_MS = 4 * 60 * 60 * 1000,
	SWEEP_MS = 10 * 60 * 1000,
	N_TEXT = 10,
};

PLY_GAUGE(sessions_gauge, "parley_frontend_im_sessions", "IM sessions between two, now");

struct session {
	struct ply_hnode node;
	struct ply_list by_age; /* least recently used first */
	struct ply_slice call_id, from_tag, to_tag;
	struct fe_record_im record;
	uint64_t seen_ms; /* ply_mono_ms */
	char *texts;      /* owned: what record and the three above point to */
};

static void session_free(struct fe *fe, struct session *s)
{
	ply_hash_del(&fe->im->sessions, &s->node);
	ply_list_del(&s->by_age);
	ply_counter_add(&sessions_gauge, -1);
	ply_free(s->texts);
	ply_free(s);
}

static void session_end(struct fe *fe, struct session *s, const char *cause)
{
	fe_record_im_end(fe, &s->record, cause);
	session_free(fe, s);
}

static bool is_session(const struct session *s, struct ply_slice call_id, struct ply_slice from_tag,
		       struct ply_slice to_tag)
{
	return ply_slice_eq(s->call_id, call_id) && ply_slice_eq(s->from_tag, from_tag) &&
	       ply_slice_eq(s->to_tag, to_tag);
}

static struct session *find_way(const struct fe *fe, struct ply_slice call_id,
				struct ply_slice from_tag, struct ply_slice to_tag)
{
	struct ply_hnode *n =
		ply_hash_first(&fe->im->sessions, ply_sip_dialog_hash(call_id, from_tag, to_tag));

	for (; n; n = ply_hash_next(n)) {
		struct session *s = container_of(n, struct session, node);

		if (is_session(s, call_id, from_tag, to_tag))
			return s;
	}
	return NULL;
}

/* *back: the request goes from who answered to who called. */
static struct session *find(const struct fe *fe, struct ply_slice call_id,
			    struct ply_slice from_tag, struct ply_slice to_tag, bool *back)
{
	struct session *s = find_way(fe, call_id, from_tag, to_tag);

	*back = !s;
	return s ? s : find_way(fe, call_id, to_tag, from_tag);
}

/* --- what is known of the two --- */

static bool canonical(struct ply_slice text, char aor[PLY_SIP_AOR_MAX])
{
	struct ply_sip_uri uri;

	return !ply_sip_uri_parse(text, &uri) && !uri.tel && !ply_sip_uri_aor(&uri, aor);
}

/* His client, and where he is, when he is one of ours. */
static void know_side(struct fe *fe, struct fe_record_im *r, unsigned side)
{
	struct fe_user *u = fe_user_find(fe, r->user[side], NULL);
	const struct fe_endpoint *e;

	r->auth[side] = u ? PLY_CDR_ENTERPRISE : PLY_CDR_FEDERATED;
	e = u && r->endpoint[side].len ? fe_endpoint_by_epid(u, r->endpoint[side]) : NULL;
	if (!e)
		return;
	r->where[side] = e->flags & FE_EP_REMOTE ? 2 : 1;
	if (!r->client[side].len)
		r->client[side] = ply_slice_str(e->user_agent);
}

/* The INVITE carried the first message, and who answered shows it. */
static bool took_first_message(const struct ply_sip_msg *req, const struct ply_sip_msg *rsp)
{
	return rsp &&
	       ply_slice_casefind(ply_sip_hdr(req, PLY_HDR_MS_TEXT_FORMAT), "ms-body=") !=
		       SIZE_MAX &&
	       ply_sip_has_token(rsp, PLY_HDR_SUPPORTED, "ms-text-format");
}

/* A session as its first request and the answer describe it. Slices LENT from those and aor. */
struct described {
	struct session s;
	char aor[2][PLY_SIP_AOR_MAX];
	struct ply_strbuf id;
};

static bool describe(struct fe *fe, struct described *d, const struct fe_answer *a)
{
	struct fe_record_im *r = &d->s.record;
	struct ply_sip_addr from, to;
	struct ply_slice tag;

	*d = (struct described){.id = PLY_STRBUF_INIT};
	if (ply_sip_from_to(a->req, PLY_HDR_FROM, &from, &d->s.from_tag, &r->endpoint[0]) ||
	    ply_sip_from_to(a->rsp ? a->rsp : a->req, PLY_HDR_TO, &to, &tag, &r->endpoint[1]) ||
	    !canonical(from.uri, d->aor[0]) || !canonical(to.uri, d->aor[1]))
		return false;
	d->s.call_id = ply_sip_hdr(a->req, PLY_HDR_CALL_ID);
	d->s.to_tag = a->to_tag.len ? a->to_tag : tag;
	ply_strbuf_addf(&d->id, "%.*s;%.*s;%.*s", PLY_SLICE_ARG(d->s.call_id),
			PLY_SLICE_ARG(d->s.from_tag), PLY_SLICE_ARG(d->s.to_tag));
	r->external_id = ply_strbuf_slice(&d->id);
	r->user[0] = ply_slice_str(d->aor[0]);
	r->user[1] = r->target = ply_slice_str(d->aor[1]);
	r->client[0] = ply_sip_hdr(a->req, PLY_HDR_USER_AGENT);
	if (a->rsp)
		r->client[1] = ply_sip_hdr(a->rsp, PLY_HDR_USER_AGENT);
	r->invite_ms = a->invite_ms;
	r->response_ms = ply_wall_ms();
	r->response = a->status;
	r->messages[0] = took_first_message(a->req, a->rsp);
	know_side(fe, r, 0);
	know_side(fe, r, 1);
	return !ply_strbuf_err(&d->id) && d->id.len <= PLY_CDR_TEXT_MAX;
}

/* --- the table --- */

/* Everything that the session points to moves into memory of its own. */
static int keep_texts(struct session *s)
{
	struct fe_record_im *r = &s->record;
	struct ply_slice *const text[N_TEXT] = {
		&s->call_id, &s->from_tag, &s->to_tag,      &r->external_id, &r->user[0],
		&r->user[1], &r->target,   &r->endpoint[0], &r->endpoint[1], &r->client[0],
	};
	struct ply_slice *const last = &r->client[1];
	size_t len = last->len + 1;
	char *at;

	for (size_t i = 0; i < N_TEXT; i++)
		len += text[i]->len;
	s->texts = at = ply_calloc(1, len);
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i <= N_TEXT; i++) {
		struct ply_slice *t = i < N_TEXT ? text[i] : last;

		if (!t->len)
			continue;
		memcpy(at, t->p, t->len);
		t->p = at;
		at += t->len;
	}
	return 0;
}

static void sweep(void *ctx)
{
	struct fe *fe = ctx;
	uint64_t now = ply_mono_ms();
	struct ply_list *n;

	while ((n = ply_list_first(&fe->im->sessions_by_age))) {
		struct session *s = container_of(n, struct session, by_age);

		if (now - s->seen_ms < SILENCE_MS)
			break;
		session_end(fe, s, "silence");
	}
	if (fe->im->sessions.n)
		ply_timer_start(fe->loop, &fe->im->sweep, SWEEP_MS, sweep, fe);
}

static void make_room(struct fe *fe)
{
	struct ply_list *n = ply_list_first(&fe->im->sessions_by_age);

	if (fe->im->sessions.n >= MAX_SESSIONS && n)
		session_end(fe, container_of(n, struct session, by_age), "silence");
}

static void begin(struct fe *fe, const struct session *described)
{
	struct session *s = ply_memdup(described, sizeof *s);

	if (!s)
		return;
	if (keep_texts(s) ||
	    ply_hash_add(&fe->im->sessions, &s->node,
			 ply_sip_dialog_hash(s->call_id, s->from_tag, s->to_tag))) {
		ply_free(s->texts);
		ply_free(s);
		return;
	}
	s->seen_ms = ply_mono_ms();
	ply_list_push(&fe->im->sessions_by_age, &s->by_age);
	ply_counter_inc(&sessions_gauge);
	if (!ply_timer_is_active(&fe->im->sweep))
		ply_timer_start(fe->loop, &fe->im->sweep, SWEEP_MS, sweep, fe);
	fe_record_im_start(fe, &s->record);
}

/* --- what passes --- */

static void lost(struct fe *fe, const struct fe_answer *a)
{
	struct ply_slice from_tag, to_tag, epid;
	struct ply_sip_addr addr;
	struct session *s;
	bool back;

	if ((a->status != 481 && a->status != 408) || a->req->method != PLY_SIP_MESSAGE ||
	    ply_sip_from_to(a->req, PLY_HDR_FROM, &addr, &from_tag, &epid) ||
	    ply_sip_from_to(a->req, PLY_HDR_TO, &addr, &to_tag, &epid))
		return;
	s = find(fe, ply_sip_hdr(a->req, PLY_HDR_CALL_ID), from_tag, to_tag, &back);
	if (s)
		session_end(fe, s, "lost");
}

/* A way into a meeting's chat, or a call out of one: the meeting has records of its own. */
static bool is_of_meeting(const struct ply_sip_msg *invite)
{
	struct ply_slice tag, epid;
	struct ply_sip_addr from;
	struct ply_c3p_uri uri;

	return !ply_c3p_uri_parse(&uri, invite->ruri) ||
	       (!ply_sip_from_to(invite, PLY_HDR_FROM, &from, &tag, &epid) &&
		!ply_c3p_uri_parse(&uri, from.uri));
}

void fe_im_answered(struct fe *fe, const struct fe_answer *a)
{
	struct described d;
	bool back;

	if (!fe->records || !fe->im || a->status < 200)
		return;
	if (a->req->method == PLY_SIP_INVITE && is_of_meeting(a->req))
		return;
	if (!fe_im_is_session(a->req)) {
		lost(fe, a);
		return;
	}
	if (describe(fe, &d, a) && !find(fe, d.s.call_id, d.s.from_tag, d.s.to_tag, &back)) {
		make_room(fe);
		if (a->status < 300)
			begin(fe, &d.s);
		else
			fe_record_im_end(fe, &d.s.record, "refused");
	}
	ply_strbuf_deinit(&d.id);
}

/* Texts; not what clients tell each other of typing and delivery. */
static bool is_message(const struct ply_sip_msg *m)
{
	struct ply_slice type = ply_sip_hdr(m, PLY_HDR_CONTENT_TYPE);

	return ply_slice_casestarts(type, "text/") || ply_slice_casestarts(type, "multipart/");
}

void fe_im_seen(struct fe_req *q)
{
	struct session *s;
	bool back;

	if (!q->fe->records)
		return;
	s = find(q->fe, ply_sip_hdr(q->msg, PLY_HDR_CALL_ID), q->from_tag, q->to_tag, &back);
	if (!s || !ply_slice_is(s->record.user[back], q->from_aor))
		return;
	if (q->msg->method == PLY_SIP_BYE) {
		session_end(q->fe, s, "bye");
		return;
	}
	s->seen_ms = ply_mono_ms();
	ply_list_del(&s->by_age);
	ply_list_push(&q->fe->im->sessions_by_age, &s->by_age);
	if (q->msg->method == PLY_SIP_MESSAGE && is_message(q->msg))
		s->record.messages[back]++;
}

void fe_im_gone(struct fe *fe, const struct ply_sip_dialog *d)
{
	bool back;
	struct session *s = find(fe, ply_slice_str(d->call_id), ply_slice_str(d->remote_tag),
				 ply_slice_str(d->local_tag), &back);

	if (s)
		session_end(fe, s, "lost");
}

void fe_im_sessions_free(struct fe *fe)
{
	struct ply_list *n;

	while ((n = ply_list_first(&fe->im->sessions_by_age)))
		session_end(fe, container_of(n, struct session, by_age), "stop");
	ply_timer_stop(&fe->im->sweep);
	ply_hash_deinit(&fe->im->sessions);
}
