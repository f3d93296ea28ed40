/* What subscribers of a meeting's roster are told, and when: a Focus by hand, its subscribers at
 * the other end of a connection, the clock held. */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/focus.h"
#include "frontend/proxy/proxy.h"
#include "tests/lib/sip_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOCUS "sip:org@lab.example;gruu;opaque=app:conf:focus:id:ABCDEF01"
#define SIPE                                                                                       \
	"Supported: com.microsoft.autoextend\r\nSupported: ms-benotify\r\n"                        \
	"Proxy-Require: ms-benotify\r\nSupported: ms-piggyback-first-notify\r\n"
#define DOCUMENTS "parley_frontend_roster_documents_total"

enum { BATCH = 200 };

struct world {
	struct fe fe;
	struct fe_conf conf;
	struct fe_meetings *m;
	struct fe_focus *f;
	const char *domain[2];
	struct ply_addr tcp;
	struct sip_peer peer; /* all subscribers; they differ by Call-ID */
	struct ply_ci doc;    /* of the last message read */
	size_t bytes, n_bodies;
	char message[sizeof((struct sip_peer *)0)->msg];
};

/* --- the server's side --- */

static void on_request(void *ctx, struct ply_sip_stx *stx, struct ply_sip_msg *req,
		       const struct ply_sip_hop *from)
{
	struct world *w = ctx;
	struct fe_req *q = ply_calloc(1, sizeof *q);
	struct ply_c3p_uri uri;

	assert_non_null(q);
	q->fe = &w->fe;
	q->stx = stx;
	q->msg = ply_sip_msg_ref(req);
	q->from = *from;
	q->trusted = true; /* believed without password: From is who it is */
	ply_list_push(&w->fe.requests, &q->node);
	assert_int_equal(fe_validate(q), FE_NEXT);
	if (q->to_tag.len && fe_focus_owns_subscription(&w->fe, q)) {
		fe_focus_resubscribe(q);
		return;
	}
	assert_int_equal(ply_c3p_uri_parse(&uri, ply_slice_str(FOCUS)), 0);
	fe_focus_subscribe(q, &uri);
}

static void on_flow_closed(void *ctx, uint64_t flow, const char *why)
{
	struct world *w = ctx;

	(void)why;
	fe_focus_subs_flow_closed(&w->fe, flow);
}

static struct fe_meeting *make_meeting(void)
{
	struct fe_meeting *d = ply_calloc(1, sizeof *d);

	assert_non_null(d);
	d->organizer = ply_strdup("sip:org@lab.example");
	d->conf_id = ply_strdup("ABCDEF01");
	d->subject = ply_strdup("Plan <B> & more");
	d->guid = ply_strdup("");
	d->description = ply_strdup("");
	d->key = ply_strdup("");
	d->notification_data = ply_strdup("");
	d->organizer_data = ply_strdup("");
	d->admission = PLY_CI_OPEN;
	d->mcu = ply_calloc(2, sizeof *d->mcu);
	d->n_mcu = 2;
	d->mcu[0].type = ply_strdup("chat");
	d->mcu[0].settings = ply_strdup("");
	d->mcu[1].type = ply_strdup("audio-video");
	d->mcu[1].settings = ply_strdup("");
	return d;
}

static void open_transport(struct world *w)
{
	static const struct ply_sip_tu_ops ops = {.on_request = on_request,
						  .on_flow_closed = on_flow_closed};
	const struct ply_sip_transport_conf conf = {.server_name = "fe.lab.example",
						    .max_output = 16U << 20};
	struct ply_sip_listen listen = {.proto = PLY_SIP_TCP, .addr = ply_addr_loopback(0)};
	uint8_t i;

	assert_int_equal(ply_sip_txl_new(&w->fe.txl, w->fe.loop, &conf, &ops, w), 0);
	w->fe.transport = ply_sip_txl_transport(w->fe.txl);
	assert_int_equal(ply_sip_transport_listen(w->fe.transport, &listen, &i), 0);
	w->tcp = ply_sip_transport_listener_addr(w->fe.transport, i);
}

static void open_meetings(struct world *w)
{
	/* nobody there: the settings are the defaults */
	const struct ply_db_conf nowhere = {.conninfo = "host=127.0.0.1 port=1 dbname=none"};
	struct ply_c3p_uri uri;

	assert_int_equal(ply_rtcconfig_open(&w->fe.rtcconfig, w->fe.loop, &nowhere), 0);
	w->m = w->fe.meetings = ply_calloc(1, sizeof *w->m);
	w->m->fe = &w->fe;
	ply_log_init(&w->m->log, &w->fe.log);
	ply_hash_init(&w->m->focuses);
	ply_hash_init(&w->m->dialogs);
	ply_hash_init(&w->m->flows);
	fe_subscriptions_init(&w->m->subs, &w->fe, &fe_roster_sub_ops);
	assert_int_equal(fe_policies_new(w->m), 0);
	assert_int_equal(fe_meeting_times(&w->fe)->batch, BATCH);
	assert_int_equal(ply_c3p_uri_parse(&uri, ply_slice_str(FOCUS)), 0);
	assert_int_equal(fe_focus_new(w->m, &uri, &w->f), 0);
	w->f->def = make_meeting();
	fe_focus_activated(w->f);
}

static int set_up(void **state)
{
	struct world *w = ply_calloc(1, sizeof *w);

	ply_clock_hold(1000000, 1700000000000);
	assert_int_equal(ply_loop_new(&w->fe.loop), 0);
	w->domain[0] = "lab.example";
	w->fe.domain = w->domain;
	w->fe.fqdn = w->fe.pool = "fe.lab.example";
	w->fe.conf = &w->conf;
	ply_list_init(&w->fe.requests);
	ply_list_init(&w->fe.idle_users);
	ply_hash_init(&w->fe.users);
	open_transport(w);
	open_meetings(w);
	sip_peer_tcp(&w->peer, w->fe.loop, &w->tcp);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	ply_ci_deinit(&w->doc);
	sip_peer_close(&w->peer);
	fe_focus_free(w->f);
	ply_rtcconfig_close(w->fe.rtcconfig);
	fe_policies_free(w->m);
	fe_subscriptions_deinit(&w->m->subs, false);
	ply_hash_deinit(&w->m->focuses);
	ply_hash_deinit(&w->m->dialogs);
	ply_hash_deinit(&w->m->flows);
	ply_free(w->m);
	ply_sip_txl_free(w->fe.txl);
	ply_hash_deinit(&w->fe.users);
	for (size_t i = 0; i < ARRAY_LEN(w->fe.scratch); i++)
		ply_strbuf_deinit(&w->fe.scratch[i]);
	sip_peer_turns(w->fe.loop);
	ply_loop_free(w->fe.loop);
	ply_clock_release();
	ply_free(w);
	return 0;
}

static struct fe_party *party(struct world *w, unsigned who)
{
	char uri[64];

	snprintf(uri, sizeof uri, "sip:u%u@lab.example", who);
	return fe_roster_find(w->f, ply_slice_str(uri));
}

static struct fe_place *place(struct world *w, unsigned who, const char *type)
{
	char entity[16];

	snprintf(entity, sizeof entity, "{%u}", who);
	return fe_place_add(party(w, who), ply_slice_str(entity), type, PLY_CI_CONNECTED);
}

static struct fe_place *join(struct world *w, unsigned who)
{
	char uri[64], name[16];

	snprintf(uri, sizeof uri, "sip:u%u@lab.example", who);
	snprintf(name, sizeof name, "User %u", who);
	assert_non_null(fe_roster_add(w->f, uri, name, PLY_CI_ATTENDEE, PLY_CI_AUTH_ENTERPRISE));
	return place(w, who, "focus");
}

static void batch(struct world *w)
{
	ply_loop_advance(w->fe.loop, BATCH + 1);
}

/* --- the subscriber's side --- */

static void say(struct world *w, unsigned who, unsigned cseq, const char *to_tag, unsigned call,
		const char *more)
{
	char text[2048];

	snprintf(text, sizeof text,
		 "SUBSCRIBE " FOCUS " SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 127.0.0.1:%u;branch=z9hG4bK%u-%u;rport\r\n"
		 "From: <sip:u%u@lab.example>;tag=f%u;epid=e%u\r\nTo: <" FOCUS ">%s%s\r\n"
		 "Call-ID: c%u\r\nCSeq: %u SUBSCRIBE\r\nMax-Forwards: 70\r\n"
		 "Contact: <sip:u%u@127.0.0.1:%u;transport=tcp>\r\nEvent: conference\r\n"
		 "Accept: application/conference-info+xml\r\n%sContent-Length: 0\r\n\r\n",
		 w->peer.port, call, cseq, who, call, who, *to_tag ? ";tag=" : "", to_tag, call,
		 cseq, who, w->peer.port, more);
	sip_peer_send_raw(&w->peer, text, strlen(text));
}

static const char *read_body(struct world *w)
{
	const char *body = strstr(w->message, "\r\n\r\n") + 4;

	ply_ci_deinit(&w->doc);
	memset(&w->doc, 0, sizeof w->doc);
	if (!*body)
		return body;
	assert_int_equal(ply_ci_parse(&w->doc, ply_slice_str(body)), 0);
	w->bytes += strlen(body);
	w->n_bodies++;
	return body;
}

/* The next message and its document. */
static const char *want(struct world *w, const char *start)
{
	snprintf(w->message, sizeof w->message, "%s", sip_peer_want_start(&w->peer, start));
	(void)read_body(w);
	return w->message;
}

static void subscribe(struct world *w, unsigned who, const char *options)
{
	say(w, who, 1, "", who, options);
	want(w, "SIP/2.0 200");
}

static const char *header(struct world *w, const char *name, char out[256])
{
	const char *at = strstr(w->message, name);

	assert_non_null(at);
	at += strlen(name);
	snprintf(out, 256, "%.*s", (int)strcspn(at, "\r"), at);
	return out;
}

static void answer_notify(struct world *w, unsigned status)
{
	char text[2048], via[256], from[256], to[256], call[256], cseq[256];

	snprintf(text, sizeof text,
		 "SIP/2.0 %u X\r\nVia:%s\r\nFrom:%s\r\nTo:%s\r\nCall-ID:%s\r\nCSeq:%s\r\n"
		 "Content-Length: 0\r\n\r\n",
		 status, header(w, "\r\nVia:", via), header(w, "\r\nFrom:", from),
		 header(w, "\r\nTo:", to), header(w, "\r\nCall-ID:", call),
		 header(w, "\r\nCSeq:", cseq));
	sip_peer_send(&w->peer, text);
}

static void expect(const struct world *w, enum ply_ci_state state, unsigned version, size_t n_user)
{
	if (w->doc.state != state || w->doc.version != version || w->doc.n_user != n_user)
		fail_msg("state %s, version %u, %zu users in\n%s", ply_ci_state_name(w->doc.state),
			 w->doc.version, w->doc.n_user, w->message);
}

static const struct ply_ci_user *user(const struct world *w, unsigned who)
{
	char uri[64];

	snprintf(uri, sizeof uri, "sip:u%u@lab.example", who);
	for (size_t i = 0; i < w->doc.n_user; i++)
		if (ply_slice_is(w->doc.user[i].entity, uri))
			return &w->doc.user[i];
	return NULL;
}

/* --- the cases --- */

static void first_everything_then_only_what_changed(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, SIPE);
	assert_non_null(strstr(w->message, "ms-piggyback-cseq: 1"));
	expect(w, PLY_CI_FULL, 1, 1);
	assert_true(w->doc.description.there);
	assert_int_equal(w->doc.n_view, 3);
	join(w, 2);
	want(w, "BENOTIFY"); /* at once: nothing happened for a while */
	expect(w, PLY_CI_PARTIAL, 2, 1);
	assert_non_null(user(w, 2));
	assert_false(w->doc.description.there);
	assert_int_equal(w->doc.n_view, 0);
	batch(w);
	batch(w);
	place(w, 1, "chat");
	want(w, "BENOTIFY");
	expect(w, PLY_CI_PARTIAL, 3, 1);
	assert_non_null(user(w, 1));
	assert_int_equal(user(w, 1)->n_endpoint, 2); /* all he has, not the new one alone */
}

static void changes_within_the_batch_are_one_document(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, SIPE);
	join(w, 2);
	want(w, "BENOTIFY");
	join(w, 3);
	join(w, 4);
	w->f->locked = true;
	fe_focus_touch_views(w->f);
	sip_peer_none(&w->peer);
	ply_loop_advance(w->fe.loop, BATCH - 1);
	sip_peer_none(&w->peer);
	ply_loop_advance(w->fe.loop, 1);
	want(w, "BENOTIFY");
	expect(w, PLY_CI_PARTIAL, 3, 2);
	assert_non_null(user(w, 3));
	assert_non_null(user(w, 4));
	assert_int_equal(w->doc.n_view, 3);
	for (size_t i = 0; i < w->doc.n_view; i++)
		assert_true(w->doc.view[i].locked);
	batch(w);
	sip_peer_none(&w->peer);
}

static void who_left_is_deleted_and_who_came_back_is_not(void **state)
{
	struct world *w = *state;
	struct fe_place *two, *three;

	join(w, 1);
	two = join(w, 2);
	three = join(w, 3);
	subscribe(w, 1, SIPE);
	expect(w, PLY_CI_FULL, 1, 3);
	fe_place_remove(two);
	fe_place_remove(three);
	join(w, 3);
	want(w, "BENOTIFY");
	expect(w, PLY_CI_PARTIAL, 2, 2);
	assert_non_null(user(w, 2));
	assert_int_equal(user(w, 2)->state, PLY_CI_DELETED);
	assert_int_equal(user(w, 3)->state, PLY_CI_FULL);
}

static void a_slow_subscriber_gets_what_was_gathered_in_one(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, "");
	want(w, "NOTIFY");
	expect(w, PLY_CI_FULL, 1, 1);
	answer_notify(w, 200);
	join(w, 2);
	want(w, "NOTIFY");
	expect(w, PLY_CI_PARTIAL, 2, 1);
	for (unsigned i = 3; i < 6; i++) {
		join(w, i);
		batch(w);
	}
	sip_peer_none(&w->peer);
	answer_notify(w, 200);
	want(w, "NOTIFY");
	expect(w, PLY_CI_PARTIAL, 3, 3);
	assert_null(user(w, 2));
	answer_notify(w, 200);
	sip_peer_none(&w->peer);
}

static void who_missed_too_much_gets_everything(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, "");
	want(w, "NOTIFY");
	fe_place_remove(join(w, 2));
	batch(w);
	w->f->forgotten = w->f->change;
	join(w, 3);
	batch(w);
	answer_notify(w, 200);
	want(w, "NOTIFY");
	expect(w, PLY_CI_FULL, 2, 2);
}

static void many_changes_are_not_longer_than_everything(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, SIPE);
	for (unsigned i = 2; i < 102; i++) {
		struct fe_place *pl = join(w, i);

		if (i % 2)
			fe_place_remove(pl);
	}
	batch(w);
	want(w, "BENOTIFY");
	expect(w, PLY_CI_FULL, 2, 51);
}

static void an_answer_of_481_ends_it(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, "");
	want(w, "NOTIFY");
	answer_notify(w, 481);
	assert_int_equal(w->f->n_subs, 0);
	join(w, 2);
	batch(w);
	sip_peer_none(&w->peer);
}

static void only_who_has_joined_may_ask(void **state)
{
	struct world *w = *state;

	join(w, 1);
	say(w, 2, 1, "", 2, SIPE);
	want(w, "SIP/2.0 403");
	assert_non_null(strstr(w->message, "3014"));
	party(w, 1); /* a leg on a conferencing server is no place in the Focus */
	assert_non_null(fe_roster_add(w->f, "sip:u2@lab.example", "", PLY_CI_ATTENDEE,
				      PLY_CI_AUTH_ENTERPRISE));
	place(w, 2, "chat");
	say(w, 2, 2, "", 2, SIPE);
	want(w, "SIP/2.0 403");
	assert_int_equal(w->f->n_subs, 0);
}

static void whoever_leaves_is_told_the_end(void **state)
{
	struct world *w = *state;
	struct fe_place *two;

	join(w, 1);
	two = join(w, 2);
	subscribe(w, 2, SIPE);
	fe_place_remove(two);
	want(w, "BENOTIFY");
	assert_non_null(strstr(w->message, "subscription-state: terminated;reason=noresource"));
	assert_int_equal(w->f->n_subs, 0);
	batch(w);
	sip_peer_none(&w->peer);
}

static void sipe_ends_it_by_a_new_dialog(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, SIPE);
	assert_int_equal(w->f->n_subs, 1);
	say(w, 1, 1, "", 77, SIPE "Expires: 0\r\n");
	want(w, "SIP/2.0 200");
	assert_int_equal(w->f->n_subs, 0);
	join(w, 2);
	batch(w);
	sip_peer_none(&w->peer);
}

static void a_refresh_brings_everything_and_zero_ends(void **state)
{
	struct world *w = *state;
	char to[256];
	const char *tag;

	join(w, 1);
	subscribe(w, 1, "Expires: 600\r\n");
	tag = strstr(header(w, "\r\nTo:", to), "tag=") + 4;
	want(w, "NOTIFY");
	answer_notify(w, 200);
	say(w, 1, 2, tag, 1, "Expires: 900\r\n");
	want(w, "SIP/2.0 200");
	assert_non_null(strstr(w->message, "Expires: 900"));
	want(w, "NOTIFY");
	expect(w, PLY_CI_FULL, 2, 1);
	answer_notify(w, 200);
	say(w, 1, 3, tag, 1, "Expires: 0\r\n");
	want(w, "SIP/2.0 200");
	want(w, "NOTIFY");
	assert_non_null(strstr(w->message, "subscription-state: terminated"));
	assert_int_equal(w->f->n_subs, 0);
}

static void a_lost_connection_ends_it(void **state)
{
	struct world *w = *state;

	join(w, 1);
	subscribe(w, 1, SIPE);
	sip_peer_close(&w->peer);
	sip_peer_turns(w->fe.loop);
	assert_int_equal(w->f->n_subs, 0);
	sip_peer_tcp(&w->peer, w->fe.loop, &w->tcp);
}

static void the_end_of_the_meeting_is_told_to_all(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i < 4; i++) {
		join(w, i);
		subscribe(w, i, SIPE);
		batch(w);
		for (unsigned k = 1; k < i; k++)
			want(w, "BENOTIFY");
	}
	fe_focus_subs_end(w->f, "noresource");
	for (unsigned i = 1; i < 4; i++) {
		want(w, "BENOTIFY");
		assert_non_null(strstr(w->message, "terminated;reason=noresource"));
	}
	assert_int_equal(w->f->n_subs, 0);
}

enum { CROWD = 200, AT_ONCE = 20 };

/* What each of the crowd knows of the others. */
struct crowd {
	bool knows[CROWD][CROWD];
	unsigned version[CROWD], missing;
};

/* One message, of whomever. */
static void crowd_hears(struct world *w, struct crowd *c)
{
	char call[256];
	unsigned who, other;

	want(w, "");
	who = (unsigned)strtoul(header(w, "\r\nCall-ID: c", call), NULL, 10);
	assert_in_range(who, 0, CROWD - 1);
	assert_int_equal(w->doc.version, ++c->version[who]);
	for (size_t i = 0; i < w->doc.n_user; i++) {
		other = (unsigned)strtoul(w->doc.user[i].entity.p + strlen("sip:u"), NULL, 10);
		assert_in_range(other, 0, CROWD - 1);
		c->missing -= !c->knows[who][other];
		c->knows[who][other] = true;
	}
}

/* They come twenty at a time, and each subscribes: what is written grows with the batches, what is
 * sent with those who are there. */
static void many_joins_cost_as_many_texts_as_batches(void **state)
{
	struct world *w = *state;
	struct crowd *c = ply_calloc(1, sizeof *c);
	int64_t made = -ply_counter_get(DOCUMENTS, NULL);

	assert_non_null(c);
	for (unsigned i = 0; i < CROWD; i++) {
		join(w, i);
		say(w, i, 1, "", i, SIPE);
		sip_peer_turns(w->fe.loop);
		c->missing += 2 * i + 1; /* they of him, he of them and himself */
		if ((i + 1) % AT_ONCE)
			continue;
		batch(w);
		while (c->missing)
			crowd_hears(w, c);
		batch(w);
	}
	sip_peer_none(&w->peer);
	made += ply_counter_get(DOCUMENTS, NULL);
	print_message("%d joins: %lld documents written, %zu sent, %zu octets\n", CROWD,
		      (long long)made, w->n_bodies, w->bytes);
	/* the first 64 get a fresh one; then some for each time that it is told */
	assert_in_range(made, 1, 64 + 5 * CROWD / AT_ONCE);
	/* each his first one, then two for each time: the change at once, and the rest */
	assert_in_range(w->n_bodies, CROWD, CROWD + CROWD * (CROWD / AT_ONCE + 1));
	ply_free(c);
}

static void one_change_is_written_once_for_all(void **state)
{
	struct world *w = *state;
	int64_t before;

	for (unsigned i = 0; i < CROWD; i++)
		join(w, i);
	for (unsigned i = 0; i < CROWD; i++)
		subscribe(w, i, SIPE);
	before = ply_counter_get(DOCUMENTS, NULL);
	place(w, 7, "chat");
	for (unsigned i = 0; i < CROWD; i++) {
		want(w, "BENOTIFY");
		expect(w, PLY_CI_PARTIAL, 2, 1);
	}
	sip_peer_none(&w->peer);
	assert_int_equal(ply_counter_get(DOCUMENTS, NULL) - before, 1);
}

/* The form in which SIPE took it (roster, chat server, lock). */
static void the_document_has_the_form_that_sipe_reads(void **state)
{
	static const char path[] = "tests/golden/conference/roster-full.xml";
	struct world *w = *state;
	char want_text[8192];
	const char *body;
	size_t n;
	FILE *f;

	join(w, 1);
	fe_roster_set_role(party(w, 1), PLY_CI_PRESENTER);
	place(w, 1, "chat");
	join(w, 2);
	place(w, 2, "chat");
	subscribe(w, 1, SIPE);
	body = strstr(w->message, "\r\n\r\n") + 4;
	if (getenv("GOLDEN_UPDATE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fprintf(f, "%s\n", body);
		fclose(f);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(want_text, 1, sizeof want_text - 1, f);
	fclose(f);
	want_text[n ? n - 1 : 0] = '\0';
	assert_string_equal(body, want_text);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(first_everything_then_only_what_changed),
		CASE(changes_within_the_batch_are_one_document),
		CASE(who_left_is_deleted_and_who_came_back_is_not),
		CASE(a_slow_subscriber_gets_what_was_gathered_in_one),
		CASE(who_missed_too_much_gets_everything),
		CASE(many_changes_are_not_longer_than_everything),
		CASE(an_answer_of_481_ends_it),
		CASE(only_who_has_joined_may_ask),
		CASE(whoever_leaves_is_told_the_end),
		CASE(sipe_ends_it_by_a_new_dialog),
		CASE(a_refresh_brings_everything_and_zero_ends),
		CASE(a_lost_connection_ends_it),
		CASE(the_end_of_the_meeting_is_told_to_all),
		CASE(many_joins_cost_as_many_texts_as_batches),
		CASE(one_change_is_written_once_for_all),
		CASE(the_document_has_the_form_that_sipe_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
