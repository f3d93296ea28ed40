/* PUBLISH of standard clients (RFC 3903): one event state per entity tag, mapped into what the
 * product publishes: machineState and note of that endpoint, userState where the user says he is
 * busy, away and so on. It lives in memory alone and ends with its time or its endpoint. */
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "frontend/presence/pres_internal.h"
#include "presence/card_xml.h"
#include "presence/pidf_xml.h"

#include <errno.h>

enum { DEFAULT_SECONDS = 3600, MIN_SECONDS = 10, MAX_SECONDS = 86400, MAX_STATES = 16 };
enum { ETAG_LEN = 16 };

/* Instances of what is made up here: a kind above, the number of the state below. */
enum { MACHINE_KIND = 0x30000000, USER_KIND = 0x2a000000, NUMBER_MASK = 0x00ffffff };

struct event_state {
	struct ply_hnode node;   /* in fe_presence->etags, by tag */
	struct ply_list in_pres; /* in presentity->states */
	struct fe_presentity *p; /* its user is held */
	struct fe_endpoint *ep;  /* LENT; NULL: published without registering */
	char etag[ETAG_LEN + 1];
	uint32_t number;
	struct ply_timer expiry;
};

static struct event_state *find(struct fe *fe, const struct fe_user *u, struct ply_slice etag)
{
	struct ply_hnode *n = ply_hash_first(&fe->presence->etags, ply_hash_slice(etag));

	for (; n; n = ply_hash_next(n)) {
		struct event_state *s = container_of(n, struct event_state, node);

		if (ply_slice_is(etag, s->etag) && s->p->user == u)
			return s;
	}
	return NULL;
}

static int new_etag(struct fe_presence *x, struct event_state *s)
{
	if (s->etag[0])
		ply_hash_del(&x->etags, &s->node);
	ply_random_hex(s->etag, ETAG_LEN);
	if (!ply_hash_add(&x->etags, &s->node, ply_hash_slice(ply_slice_str(s->etag))))
		return 0;
	s->etag[0] = '\0';
	return -ENOMEM;
}

/* --- what it publishes --- */

static void drop(struct fe_presentity *p, enum fe_cat cat, uint32_t instance, uint32_t container)
{
	struct fe_pub *pub = fe_pub_find(p, cat, instance, container);

	if (pub && !pub->server)
		fe_pub_delete(p, pub);
}

static void put(struct event_state *s, enum fe_cat cat, uint32_t instance, uint32_t container,
		const struct ply_strbuf *body)
{
	const struct fe_pub *old = fe_pub_find(s->p, cat, instance, container);

	if (ply_strbuf_err(body))
		return;
	(void)fe_pub_set(s->p, &(struct fe_pub_set){
				       .cat = cat,
				       .instance = instance,
				       .container = container,
				       .version = old ? old->version + 1 : 1,
				       .expire_type = PLY_EXPIRE_ENDPOINT,
				       .body = ply_strbuf_slice(body),
				       .ep = s->ep,
			       });
}

static void put_state(struct event_state *s, enum ply_state_type type, uint32_t instance,
		      uint32_t availability, struct ply_slice token)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_state_write(&b, &(struct ply_state){.type = type,
						.has_availability = true,
						.availability = availability,
						.manual = type == PLY_STATE_USER,
						.activity.token = token});
	put(s, FE_CAT_STATE, instance, PLY_CONTAINER_INPUT, &b);
	put(s, FE_CAT_STATE, instance, PLY_CONTAINER_INPUT_TEAM, &b);
	ply_strbuf_deinit(&b);
}

static const uint32_t note_levels[] = {PLY_CONTAINER_COMPANY, PLY_CONTAINER_TEAM,
				       PLY_CONTAINER_PERSONAL};

static void put_note(struct event_state *s, struct ply_slice text)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_note_write(&b, text);
	for (size_t i = 0; i < ARRAY_LEN(note_levels); i++)
		if (text.len)
			put(s, FE_CAT_NOTE, MACHINE_KIND | s->number, note_levels[i], &b);
		else
			drop(s->p, FE_CAT_NOTE, MACHINE_KIND | s->number, note_levels[i]);
	ply_strbuf_deinit(&b);
}

/* Busy and more are the user's word, and count although another device is idle; available and
 * idle are the machine's. */
static void publish(struct event_state *s, const struct ply_pidf *d)
{
	uint32_t availability, user = USER_KIND | s->number, machine = MACHINE_KIND | s->number;
	struct ply_slice token;
	enum ply_avail_class c;

	ply_pidf_to_availability(d, &availability, &token);
	c = ply_avail_class(availability);
	if (c == PLY_CLASS_ONLINE || c == PLY_CLASS_IDLE || c == PLY_CLASS_OFFLINE ||
	    c == PLY_CLASS_UNKNOWN) {
		put_state(s, PLY_STATE_MACHINE, machine, availability, token);
		drop(s->p, FE_CAT_STATE, user, PLY_CONTAINER_INPUT);
		drop(s->p, FE_CAT_STATE, user, PLY_CONTAINER_INPUT_TEAM);
	} else {
		put_state(s, PLY_STATE_MACHINE, machine, PLY_AVAIL_ONLINE, ply_slice("", 0));
		put_state(s, PLY_STATE_USER, user, availability, token);
	}
	put_note(s, d->note);
}

static void withdraw(struct event_state *s)
{
	uint32_t user = USER_KIND | s->number, machine = MACHINE_KIND | s->number;

	drop(s->p, FE_CAT_STATE, user, PLY_CONTAINER_INPUT);
	drop(s->p, FE_CAT_STATE, user, PLY_CONTAINER_INPUT_TEAM);
	drop(s->p, FE_CAT_STATE, machine, PLY_CONTAINER_INPUT);
	drop(s->p, FE_CAT_STATE, machine, PLY_CONTAINER_INPUT_TEAM);
	put_note(s, ply_slice("", 0));
}

static void settle(struct fe_presentity *p)
{
	fe_pres_aggregate(p);
	fe_pres_changed(p, NULL, 0);
}

static void state_free(struct event_state *s)
{
	struct fe_user *u = s->p->user;

	ply_timer_stop(&s->expiry);
	if (s->etag[0])
		ply_hash_del(&u->fe->presence->etags, &s->node);
	ply_list_del(&s->in_pres);
	s->p->n_states--;
	ply_free(s);
	fe_user_release(u);
}

static void ended(void *ctx)
{
	struct event_state *s = ctx;
	struct fe_user *u = s->p->user;

	fe_user_hold(u);
	withdraw(s);
	state_free(s);
	settle(u->pres);
	fe_user_release(u);
}

static struct event_state *state_new(struct fe_req *q, struct fe_presentity *p)
{
	struct event_state *s;

	if (p->n_states >= MAX_STATES)
		return NULL;
	s = ply_calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->p = p;
	s->ep = q->sender_ep;
	s->number = ply_random_u32() & NUMBER_MASK;
	fe_user_hold(p->user);
	ply_list_push(&p->states, &s->in_pres);
	p->n_states++;
	return s;
}

/* --- the request --- */

static void answer(struct fe_req *q, const struct event_state *s, uint32_t seconds)
{
	char lines[80];
	struct ply_sip_reply r = {.status = 200};

	(void)snprintf(lines, sizeof lines, "SIP-ETag: %s\r\nExpires: %u\r\n", s->etag, seconds);
	r.lines = ply_slice_str(lines);
	fe_req_reply(q, &r);
}

static void refuse(struct fe_req *q, unsigned status, const char *reason, const char *lines)
{
	const struct ply_sip_reply r = {
		.status = status,
		.lines = ply_slice_str(lines),
		.diag = 4000,
		.diag_reason = reason,
		.source = q->fe->fqdn,
	};

	fe_req_reply(q, &r);
}

static bool read_seconds(struct fe_req *q, uint32_t *seconds)
{
	struct ply_slice text = ply_sip_hdr(q->msg, PLY_HDR_EXPIRES);
	char line[40];

	*seconds = DEFAULT_SECONDS;
	if (text.p && !ply_slice_to_u32(ply_slice_trim(text), seconds))
		*seconds = DEFAULT_SECONDS;
	if (*seconds > MAX_SECONDS)
		*seconds = MAX_SECONDS;
	if (!*seconds || *seconds >= MIN_SECONDS)
		return true;
	(void)snprintf(line, sizeof line, "Min-Expires: %u\r\n", MIN_SECONDS);
	refuse(q, 423, "The time is too short", line);
	return false;
}

/* RFC 3903 §6 step 5 on; d is NULL for a refresh or an end. */
static void run(struct fe_req *q, struct fe_presentity *p, const struct ply_pidf *d,
		uint32_t seconds)
{
	struct ply_slice match = ply_sip_hdr(q->msg, PLY_HDR_SIP_IF_MATCH);
	struct event_state *s = match.p ? find(q->fe, q->sender, ply_slice_trim(match)) : NULL;

	if (match.p && !s) {
		refuse(q, 412, "No such entity tag", "");
		return;
	}
	if (!s && !d) {
		refuse(q, 400, "Neither a body nor an entity tag", "");
		return;
	}
	if (!s)
		s = state_new(q, p);
	if (!s || new_etag(q->fe->presence, s)) {
		if (s)
			state_free(s);
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return;
	}
	s->ep = q->sender_ep;
	if (d && seconds)
		publish(s, d);
	answer(q, s, seconds);
	if (!seconds) {
		ended(s);
		return;
	}
	ply_timer_start(p->fe->loop, &s->expiry, seconds * 1000ULL, ended, s);
	settle(p);
}

static void loaded(struct fe_job *j)
{
	struct fe_req *q = j->q;
	struct fe_user *u = j->item[0].user;
	struct ply_pidf d;
	uint32_t seconds;
	int r;

	if (!u || !u->pres) {
		fe_refuse(q, FE_D_USER_UNKNOWN, NULL);
		return;
	}
	if (!read_seconds(q, &seconds))
		return;
	if (!q->msg->body.len) {
		run(q, u->pres, NULL, seconds);
		return;
	}
	if (!ply_slice_casestarts(ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE), PLY_CT_PIDF)) {
		refuse(q, 415, "Only PIDF is understood", "Accept: " PLY_CT_PIDF "\r\n");
		return;
	}
	r = ply_pidf_parse(&d, q->msg->body);
	if (r) {
		fe_refuse_pres(q, r);
		return;
	}
	run(q, u->pres, &d, seconds);
	ply_pidf_deinit(&d);
}

enum fe_verdict fe_presence_publish(struct fe_req *q)
{
	struct fe_job *j;

	if (ply_ms_event_of(ply_sip_hdr(q->msg, PLY_HDR_EVENT)) != PLY_MS_EVENT_PRESENCE) {
		refuse(q, 489, "Only presence is published here", "Allow-Events: presence\r\n");
		return FE_DONE;
	}
	if (!q->sender || q->target != q->sender) {
		fe_refuse(q, FE_D_NOT_AUTHORISED, NULL);
		return FE_DONE;
	}
	j = fe_job_new(q, loaded);
	if (!j || fe_job_add(j, ply_slice_str(q->sender->aor), false)) {
		if (j)
			fe_job_free(j);
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return FE_DONE;
	}
	return fe_job_run(j);
}

/* The caller computes the aggregate anew. */
void fe_standard_endpoint_gone(struct fe_presentity *p, const struct fe_endpoint *e)
{
	PLY_LIST_FOR_SAFE(it, next, &p->states) {
		struct event_state *s = container_of(it, struct event_state, in_pres);

		if (s->ep != e)
			continue;
		withdraw(s);
		state_free(s);
	}
}

static void free_node(struct ply_hnode *n, void *ctx)
{
	(void)ctx;
	state_free(container_of(n, struct event_state, node));
}

void fe_standard_free(struct fe_presence *x)
{
	ply_hash_each(&x->etags, free_node, NULL);
}
