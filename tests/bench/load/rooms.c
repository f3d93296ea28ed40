/* Making meetings, joining them and ending them. */
#include "tests/bench/load/rooms.h"

#include "base/mem.h"

#define C3P_BEGIN                                                                                  \
	"<?xml version=\"1.0\"?><request xmlns=\"urn:ietf:params:xml:ns:cccp\" "                   \
	"xmlns:mscp=\"http://schemas.microsoft.com/rtc/2005/08/cccpextensions\" "                  \
	"C3PVersion=\"1\" to=\"%s\" from=\"sip:u%u@%s\" requestId=\"1\">"
#define CONFINFO_NAMES                                                                             \
	"xmlns:ci=\"urn:ietf:params:xml:ns:conference-info\" "                                     \
	"xmlns:msci=\"http://schemas.microsoft.com/rtc/2005/08/confinfoextensions\""

enum { URI_MAX = 160, ROOM_ID_MAX = 40 };
enum stage { TO_FOCUS, TO_ROSTER, TO_CHAT };

bool rooms_init(struct load *l)
{
	struct rooms *r = ply_calloc(1, sizeof(*r));

	if (!r)
		return false;
	r->member = ply_calloc(l->o.users, sizeof(*r->member));
	r->next = ply_calloc(l->o.rooms, sizeof(*r->next));
	l->rooms = r;
	return r->member && r->next;
}

static unsigned organizer(const struct load *l, unsigned room)
{
	return room * l->o.members;
}

static void room_id(const struct load *l, unsigned room, char out[ROOM_ID_MAX])
{
	snprintf(out, ROOM_ID_MAX, "%08X%08X%016X", l->run, room, 0);
}

/* what: "focus", "chat" */
static void room_uri(const struct load *l, unsigned room, const char *what, char out[URI_MAX])
{
	char id[ROOM_ID_MAX];

	room_id(l, room, id);
	snprintf(out, URI_MAX, "sip:u%u@%s;gruu;opaque=app:conf:%s:id:%s", organizer(l, room),
		 l->o.domain, what, id);
}

static void factory_uri(const struct load *l, unsigned user, char out[URI_MAX])
{
	snprintf(out, URI_MAX, "sip:u%u@%s;gruu;opaque=app:conf:focusfactory", user, l->o.domain);
}

static void send_c3p(struct load *l, struct op *o, const char *method, const char *uri,
		     const char *body)
{
	request_write(l, o,
		      &(struct request){method, 1,
					"Supported: ms-sender\r\n"
					"Content-Type: application/cccp+xml\r\n",
					ply_slice_str(body), uri});
	op_send(l, o);
}

/* --- made and ended --- */

static void create_start(struct load *l, struct op *o, unsigned n)
{
	char uri[URI_MAX], id[ROOM_ID_MAX], body[1536];

	o->user = o->peer = organizer(l, n);
	factory_uri(l, o->user, uri);
	room_id(l, n, id);
	snprintf(body, sizeof(body),
		 C3P_BEGIN "<addConference><ci:conference-info " CONFINFO_NAMES " entity=\"\">"
			   "<ci:conference-description><ci:subject/>"
			   "<msci:conference-id>%s</msci:conference-id>"
			   "<msci:admission-policy>openAuthenticated</msci:admission-policy>"
			   "</ci:conference-description><msci:conference-view>"
			   "<msci:entity-view entity=\"chat\"/></msci:conference-view>"
			   "</ci:conference-info></addConference></request>",
		 uri, o->user, l->o.domain, id);
	send_c3p(l, o, "SERVICE", uri, body);
}

static void end_start(struct load *l, struct op *o, unsigned n)
{
	char uri[URI_MAX], focus[URI_MAX], body[1024];

	o->user = o->peer = organizer(l, n);
	factory_uri(l, o->user, uri);
	room_uri(l, n, "focus", focus);
	snprintf(body, sizeof(body),
		 C3P_BEGIN "<deleteConference><conferenceKeys confEntity=\"%s\"/>"
			   "</deleteConference></request>",
		 uri, o->user, l->o.domain, focus);
	send_c3p(l, o, "SERVICE", uri, body);
}

static void c3p_response(struct load *l, struct op *o, const struct siptext *m)
{
	op_end(l, o, m->status == 200 && ply_slice_find(m->body, "\"success\"") != SIZE_MAX);
}

const struct scenario scenario_create = {
	.name = "create",
	.start = create_start,
	.response = c3p_response,
};

const struct scenario scenario_end = {
	.name = "end",
	.start = end_start,
	.response = c3p_response,
};

/* --- joining --- */

static void join_focus(struct load *l, struct op *o, unsigned room)
{
	char uri[URI_MAX], body[1536];

	room_uri(l, room, "focus", uri);
	snprintf(body, sizeof(body),
		 C3P_BEGIN
		 "<addUser><conferenceKeys confEntity=\"%s\"/><ci:user " CONFINFO_NAMES
		 " entity=\"sip:u%u@%s\"><ci:roles><ci:entry>attendee</ci:entry></ci:roles>"
		 "<ci:endpoint entity=\"{00000000-0000-4000-8000-%012X}\"/></ci:user>"
		 "</addUser></request>",
		 uri, o->user, l->o.domain, uri, o->user, l->o.domain, o->user);
	o->dialog = &l->rooms->member[o->user].focus;
	*o->dialog->call_id = '\0';
	o->dialog->kind = 'f';
	send_c3p(l, o, "INVITE", uri, body);
}

static void join_start(struct load *l, struct op *o, unsigned n)
{
	unsigned room = n % l->o.rooms;

	o->user = o->peer = organizer(l, room) + n / l->o.rooms;
	o->stage = TO_FOCUS;
	join_focus(l, o, room);
}

static void join_roster(struct load *l, struct op *o, unsigned room)
{
	char uri[URI_MAX];

	room_uri(l, room, "focus", uri);
	o->stage = TO_ROSTER;
	o->dialog = &l->rooms->member[o->user].roster;
	*o->dialog->call_id = '\0';
	o->dialog->kind = 'r';
	request_write(l, o,
		      &(struct request){"SUBSCRIBE", 1,
					"Event: conference\r\n"
					"Accept: application/conference-info+xml\r\n"
					"Supported: com.microsoft.autoextend\r\n"
					"Supported: ms-benotify\r\n"
					"Proxy-Require: ms-benotify\r\n"
					"Supported: ms-piggyback-first-notify\r\n",
					ply_slice("", 0), uri});
	op_send(l, o);
}

static void join_chat(struct load *l, struct op *o, unsigned room)
{
	static const char sdp[] =
		"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		"m=message 25061 sip null\r\na=accept-types:text/plain\r\n";
	char uri[URI_MAX];

	room_uri(l, room, "chat", uri);
	o->stage = TO_CHAT;
	o->dialog = &l->rooms->member[o->user].chat;
	*o->dialog->call_id = '\0';
	o->dialog->kind = 'c';
	o->dialog->cseq = 1;
	request_write(l, o,
		      &(struct request){"INVITE", 1,
					"Supported: ms-sender\r\nContent-Type: application/sdp\r\n",
					ply_slice(sdp, sizeof(sdp) - 1), uri});
	op_send(l, o);
}

static void acknowledge(struct load *l, struct op *o)
{
	request_write_dialog(l, o, &(struct request){"ACK", 1, "", ply_slice("", 0), NULL});
	op_send_once(l, o);
}

static void join_response(struct load *l, struct op *o, const struct siptext *m)
{
	unsigned room = o->user / l->o.members;

	if (m->status != 200 || !dialog_keep(o->dialog, m)) {
		if (!l->stats.failed)
			fprintf(stderr, "sipload: stage %d: %.*s\n", o->stage,
				PLY_SLICE_ARG(m->text));
		op_end(l, o, false);
		return;
	}
	switch (o->stage) {
	case TO_FOCUS:
		acknowledge(l, o);
		join_roster(l, o, room);
		break;
	case TO_ROSTER:
		l->rooms->notifications++;
		l->rooms->notification_bytes += m->text.len;
		join_chat(l, o, room);
		break;
	default:
		acknowledge(l, o);
		latencies_add(&l->stats.all, l->transport.now_ns - o->begin_ns);
		op_end(l, o, true);
	}
}

const struct scenario scenario_join = {
	.name = "join",
	.start = join_start,
	.response = join_response,
};

bool rooms_take_roster(struct load *l, const struct siptext *m)
{
	if (!ply_slice_is(m->method, "BENOTIFY") && !ply_slice_is(m->method, "NOTIFY"))
		return false;
	l->rooms->notifications++;
	l->rooms->notification_bytes += m->text.len;
	return true;
}

bool rooms_set_up(struct load *l)
{
	if (!setup_run(l, &scenario_create, l->o.rooms) ||
	    !setup_run(l, &scenario_join, l->o.users))
		return false;
	wait_for_quiet(l, 0.5, 20);
	return true;
}

void rooms_tear_down(struct load *l)
{
	paced_run(l, &scenario_end, 0, 0, 0); /* what is under way */
	l->stats = (struct stats){0};
	setup_run(l, &scenario_end, l->o.rooms);
	wait_for_quiet(l, 0.3, 10);
}
