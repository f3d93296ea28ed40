#include "mcu/mcu_c3p.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "mcu/mcu_conf.h"

#include <errno.h>

PLY_COUNTER(refused, "parley_mcu_commands_refused_total", "commands answered with a failure");
PLY_COUNTER(commands, "parley_mcu_commands_total", "commands of Focuses");

struct ply_mcu_dial {
	struct ply_c3p_call *call;
	char *request_id, *from, *to; /* of the command */
};

/* One command on its way. */
struct run {
	struct ply_mcu *m;
	struct ply_c3p_call *call;         /* NULL once a dial-out took it */
	const struct ply_c3p_request *req; /* LENT */
	struct ply_mcu_conf *c;            /* NULL: there is none */
	struct ply_c3p_response rsp;
	struct ply_c3p_pair info[2];
	struct ply_ci_view view;
};

/* --- the conference --- */

static bool want_of(const struct ply_c3p_request *req, struct ply_c3p_uri *id,
		    struct ply_mcu_conf_want *want)
{
	*want = (struct ply_mcu_conf_want){
		.id = id,
		.focus = req->conf.entity,
		.instance = req->instance,
		.callback = req->callback,
		.epoch = req->epoch,
		.expiry_ms = req->conf.description.expiry_ms,
		.max_users = req->max_users,
	};
	for (size_t i = 0; i < req->conf.n_view; i++)
		want->locked |= req->conf.view[i].says_locked && req->conf.view[i].locked;
	return req->has_conf && req->instance.len && !ply_c3p_uri_parse(id, req->conf.entity);
}

static enum ply_c3p_reason reason_of(int r)
{
	return r == -ENOMEM ? PLY_C3P_R_SERVER_BUSY : r ? PLY_C3P_R_OTHER_FAILURE : PLY_C3P_R_NONE;
}

static enum ply_c3p_reason add_conference(struct run *x)
{
	struct ply_mcu_conf_want want;
	struct ply_c3p_uri id;
	struct ply_slice path;

	if (!want_of(x->req, &id, &want))
		return PLY_C3P_R_REQUEST_MALFORMED;
	if (!ply_mcu_front_of(x->m, want.callback, &path))
		return PLY_C3P_R_FORBIDDEN; /* news go to configured Front Ends alone */
	x->c = ply_mcu_conf_by_id(x->m, &id);
	if (x->c && x->req->epoch < x->c->epoch)
		return PLY_C3P_R_STALE;
	if (x->c && ply_slice_is(want.instance, x->c->instance)) {
		ply_mcu_conf_heard(x->c);
		return reason_of(ply_mcu_conf_update(x->c, &want));
	}
	if (x->c)
		ply_mcu_conf_free(x->c, "another instance of it begins");
	x->c = NULL;
	if (x->m->draining)
		return PLY_C3P_R_SERVER_BUSY;
	if (x->m->confs.n >= x->m->max_conferences)
		return PLY_C3P_R_MAXIMUM_CONFERENCES;
	return reason_of(ply_mcu_conf_new(&x->c, x->m, &want));
}

/* Answered with how much each of its participants wrote. */
static enum ply_c3p_reason delete_conference(struct run *x)
{
	if (x->c) {
		ply_arena_init(&x->rsp.conf.mem, 4096);
		x->rsp.has_conf =
			!ply_mcu_roster_counts(&x->c->roster, &x->rsp.conf) && x->rsp.conf.n_user;
		x->rsp.conf.entity = x->req->keys.conf;
	}
	if (x->c)
		ply_mcu_conf_free(x->c, "the Focus ended it");
	x->c = NULL;
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason get_conference(struct run *x)
{
	x->rsp.has_conf = true;
	x->rsp.keys = x->req->keys;
	x->rsp.mcu_version = x->c->version;
	x->rsp.instance = ply_slice_str(x->c->instance);
	return reason_of(ply_mcu_conf_full(x->c, &x->rsp.conf, &x->view));
}

static enum ply_c3p_reason modify_conference(struct run *x)
{
	if (x->req->has_conf && x->req->conf.description.expiry_ms)
		x->c->expiry_ms = x->req->conf.description.expiry_ms;
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason lock_conference(struct run *x)
{
	if (!x->req->has_locked)
		return PLY_C3P_R_REQUEST_MALFORMED;
	if (x->c->locked == x->req->locked)
		return PLY_C3P_R_NONE;
	x->c->locked = x->req->locked;
	x->c->view_changed = true;
	ply_mcu_conf_news(x->c);
	if (x->m->ops->lock)
		x->m->ops->lock(x->c->data, x->c->locked);
	return PLY_C3P_R_NONE;
}

/* --- users --- */

static unsigned n_users_there(const struct ply_mcu_conf *c)
{
	unsigned n = 0;

	PLY_LIST_FOR(it, &c->roster.users)
		n += !ply_list_empty(&container_of(it, struct ply_mcu_user, in_roster)->legs);
	return n;
}

static bool is_full(const struct ply_mcu_conf *c, struct ply_slice user)
{
	const struct ply_mcu_user *u = ply_mcu_roster_user(&c->roster, user);

	return c->max_users && (!u || ply_list_empty(&u->legs)) && n_users_there(c) >= c->max_users;
}

static struct ply_mcu_dial *dial_new(struct run *x)
{
	struct ply_mcu_dial *d = ply_calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->call = x->call;
	d->request_id = ply_slice_dup(x->req->request_id);
	d->from = ply_slice_dup(x->req->from);
	d->to = ply_slice_dup(x->req->to);
	return d;
}

static void dial_free(struct ply_mcu_dial *d)
{
	ply_free(d->request_id);
	ply_free(d->from);
	ply_free(d->to);
	ply_free(d);
}

static enum ply_c3p_reason dial(struct run *x, struct ply_mcu_leg *l,
				const struct ply_ci_endpoint *e)
{
	struct ply_mcu_dial *d;
	enum ply_c3p_reason why;
	void *data = NULL;

	if (!x->m->ops->dial_out)
		return PLY_C3P_R_NOT_SUPPORTED;
	d = dial_new(x);
	if (!d)
		return PLY_C3P_R_SERVER_BUSY;
	why = x->m->ops->dial_out(x->c->data, l, e->uri.len ? e->uri : x->req->user.entity, &data);
	if (why) {
		dial_free(d);
		return why;
	}
	ply_mcu_conf_dialing(l, d, data);
	x->call = NULL;
	return PLY_C3P_R_NONE;
}

static void put_uris(struct run *x)
{
	x->info[0] =
		(struct ply_c3p_pair){ply_slice_str("Mcu-Server-Uri"), ply_slice_str(x->m->sip)};
	x->info[1] = (struct ply_c3p_pair){ply_slice_str("Mcu-Conference-Uri"),
					   ply_slice_str(x->c->uri)};
	x->rsp.info = x->info;
	x->rsp.n_info = 2;
	x->rsp.keys = x->req->keys;
	x->rsp.user = x->req->user;
	x->rsp.has_user = true;
}

static enum ply_c3p_reason expect(struct run *x, struct ply_mcu_leg **out)
{
	const struct ply_ci_user *want = &x->req->user;
	const struct ply_ci_endpoint *e = &want->endpoint[0];
	struct ply_mcu_user *u;

	if (is_full(x->c, want->entity))
		return PLY_C3P_R_MAXIMUM_MEETING_SIZE;
	if (x->m->n_leg >= x->m->max_endpoints)
		return PLY_C3P_R_SERVER_BUSY;
	u = ply_mcu_roster_add_user(&x->c->roster, want->entity);
	if (!u || ply_mcu_user_set_name(u, want->display_text))
		return PLY_C3P_R_SERVER_BUSY;
	if (want->role)
		u->role = want->role;
	*out = ply_mcu_conf_expect(x->c, u, e->entity);
	if (!*out)
		return PLY_C3P_R_SERVER_BUSY;
	(*out)->auth = e->auth;
	(*out)->access = e->access;
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason add_user(struct run *x)
{
	const struct ply_ci_user *want = &x->req->user;
	enum ply_c3p_reason why;
	struct ply_mcu_leg *l;

	if (!x->req->has_user || !want->entity.len || want->n_endpoint != 1 ||
	    !want->endpoint[0].entity.len)
		return PLY_C3P_R_REQUEST_MALFORMED;
	put_uris(x);
	l = ply_mcu_leg_find(x->c, want->entity, want->endpoint[0].entity);
	if (l) { /* another 60 s for one that has not come */
		if (l->state == PLY_MCU_LEG_EXPECTED && !l->data)
			ply_mcu_conf_wait(l);
		return PLY_C3P_R_NONE;
	}
	why = expect(x, &l);
	if (!why && want->endpoint[0].joining == PLY_CI_DIALED_OUT) {
		why = dial(x, l, &want->endpoint[0]);
		if (why)
			ply_mcu_conf_end_leg(l, PLY_MCU_END_REMOVED);
	}
	return why;
}

static enum ply_c3p_reason delete_user(struct run *x)
{
	struct ply_mcu_user *u = ply_mcu_roster_user(&x->c->roster, x->req->keys.user);
	struct ply_list *it;

	if (!u)
		return PLY_C3P_R_NONE;
	u->told = true; /* stays until the last of his legs has ended */
	while ((it = ply_list_first(&u->legs)))
		ply_mcu_conf_end_leg(container_of(it, struct ply_mcu_leg, in_user),
				     PLY_MCU_END_REMOVED);
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason modify_roles(struct run *x)
{
	struct ply_mcu_user *u = ply_mcu_roster_user(&x->c->roster, x->req->keys.user);

	if (!x->req->role)
		return PLY_C3P_R_INVALID_ROLE;
	if (!u)
		return PLY_C3P_R_USER_DOES_NOT_EXIST;
	u->role = x->req->role;
	ply_mcu_roster_touch(&x->c->roster, u);
	ply_mcu_conf_news(x->c);
	PLY_LIST_FOR(it, &u->legs) {
		struct ply_mcu_leg *l = container_of(it, struct ply_mcu_leg, in_user);

		if (x->m->ops->role && l->data && l->state != PLY_MCU_LEG_DIALING)
			x->m->ops->role(l->data, u->role);
	}
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason mute(struct run *x, struct ply_mcu_leg *l, bool block)
{
	bool there = l->data && l->state != PLY_MCU_LEG_DIALING;
	enum ply_c3p_reason why = there ? x->m->ops->mute(l->data, block) : PLY_C3P_R_NONE;

	if (!why) {
		l->blocked = block;
		ply_mcu_roster_touch(&x->c->roster, l->user);
		ply_mcu_conf_news(x->c);
	}
	return why;
}

/* Without an endpoint's name: all of the user's. */
static enum ply_c3p_reason modify_media(struct run *x)
{
	const struct ply_c3p_request *req = x->req;
	const struct ply_ci_media *m = req->endpoint.media;
	struct ply_mcu_user *u = ply_mcu_roster_user(&x->c->roster, req->keys.user);
	enum ply_c3p_reason why = PLY_C3P_R_ENDPOINT_DOES_NOT_EXIST;

	if (!x->m->ops->mute)
		return PLY_C3P_R_NOT_SUPPORTED;
	if (!req->has_endpoint || !req->endpoint.n_media)
		return PLY_C3P_R_REQUEST_MALFORMED;
	if (!u)
		return PLY_C3P_R_USER_DOES_NOT_EXIST;
	if (!m->ingress)
		return PLY_C3P_R_NONE; /* nothing of it is ours */
	PLY_LIST_FOR(it, &u->legs) {
		struct ply_mcu_leg *l = container_of(it, struct ply_mcu_leg, in_user);

		if (!req->keys.endpoint.len || ply_slice_is(req->keys.endpoint, l->entity)) {
			why = mute(x, l, m->ingress == PLY_CI_BLOCK);
			if (why)
				break;
		}
	}
	return why;
}

/* --- the table --- */

enum { ANY = 1 }; /* may be said of a conference that is not there */

static const struct command {
	enum ply_c3p_cmd cmd;
	unsigned flags;
	enum ply_c3p_reason (*run)(struct run *x);
} table[] = {
	{PLY_C3P_ADD_CONFERENCE, ANY, add_conference},
	{PLY_C3P_DELETE_CONFERENCE, ANY, delete_conference},
	{PLY_C3P_GET_CONFERENCE, 0, get_conference},
	{PLY_C3P_MODIFY_CONFERENCE, 0, modify_conference},
	{PLY_C3P_MODIFY_CONFERENCE_LOCK, 0, lock_conference},
	{PLY_C3P_ADD_USER, 0, add_user},
	{PLY_C3P_DELETE_USER, ANY, delete_user},
	{PLY_C3P_MODIFY_USER_ROLES, 0, modify_roles},
	{PLY_C3P_MODIFY_ENDPOINT_MEDIA, 0, modify_media},
};

static const struct command *command_of(enum ply_c3p_cmd cmd)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].cmd == cmd)
			return &table[i];
	return NULL;
}

/* Which conference, and is it this life of it? */
static enum ply_c3p_reason check(struct run *x, const struct command *cmd)
{
	struct ply_c3p_uri id;

	if (cmd->run == add_conference)
		return PLY_C3P_R_NONE; /* checks by itself: it may be the first word */
	if (!x->req->keys.conf.len)
		return PLY_C3P_R_REQUEST_MALFORMED;
	if (ply_c3p_uri_parse(&id, x->req->keys.conf))
		return PLY_C3P_R_INVALID_CONFERENCE_ID;
	x->c = ply_mcu_conf_by_id(x->m, &id);
	if (!x->c)
		return cmd->flags & ANY ? PLY_C3P_R_NONE : PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST;
	if (!ply_slice_is(x->req->instance, x->c->instance) || x->req->epoch < x->c->epoch)
		return PLY_C3P_R_STALE;
	x->c->epoch = x->req->epoch;
	ply_mcu_conf_heard(x->c);
	return PLY_C3P_R_NONE;
}

static enum ply_c3p_reason run(struct run *x)
{
	const struct command *cmd = command_of(x->req->cmd);
	enum ply_c3p_reason why;

	if (!cmd)
		return PLY_C3P_R_NOT_SUPPORTED;
	why = check(x, cmd);
	if (why)
		return why;
	return x->c || cmd->run == add_conference ? cmd->run(x) : PLY_C3P_R_NONE;
}

/* --- HTTP --- */

static void answer(struct ply_c3p_call *call, const struct ply_c3p_response *rsp)
{
	struct ply_strbuf xml = PLY_STRBUF_INIT;

	ply_c3p_response_write(&xml, rsp);
	ply_c3p_call_answer(call, ply_strbuf_err(&xml) ? 500 : 200, ply_strbuf_slice(&xml));
	ply_strbuf_deinit(&xml);
}

static enum ply_c3p_reason parse(struct ply_c3p_request *req, struct ply_slice body)
{
	switch (ply_c3p_request_parse(req, body)) {
	case 0:
		return PLY_C3P_R_NONE;
	case PLY_C3P_E_XML:
	case PLY_C3P_E_CONTENT:
		return PLY_C3P_R_REQUEST_MALFORMED;
	case PLY_C3P_E_TOO_MANY:
		return PLY_C3P_R_REQUEST_TOO_LARGE;
	default:
		return PLY_C3P_R_SERVER_BUSY;
	}
}

static void on_call(void *ctx, struct ply_c3p_call *call, const char *peer, struct ply_slice body)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_OTHER};
	struct run x = {.m = ctx, .call = call, .req = &req};
	enum ply_c3p_reason why = parse(&req, body);

	ply_counter_inc(&commands);
	if (!why)
		why = run(&x);
	if (why) {
		ply_counter_inc(&refused);
		ply_info(&x.m->log, "mcu.command-refused", KS("peer", peer),
			 KSL("command", req.name), KS("reason", ply_c3p_reason_name(why)),
			 KSL("conf", req.keys.conf));
	}
	if (x.call) {
		struct ply_c3p_response head;

		if (!req.name.len)
			req.name = ply_slice_str("unknown"); /* the reason stands in a command */
		ply_c3p_response_to(&head, &req, why);
		x.rsp.request_id = head.request_id;
		x.rsp.from = head.from;
		x.rsp.to = head.to;
		x.rsp.code = head.code;
		x.rsp.cmd = head.cmd;
		x.rsp.name = head.name;
		x.rsp.reason = head.reason;
		answer(x.call, &x.rsp);
	}
	ply_arena_deinit(&x.rsp.conf.mem);
	ply_c3p_request_deinit(&req);
}

void ply_mcu_dial_end(struct ply_mcu_dial *d, enum ply_c3p_reason why)
{
	const struct ply_c3p_request req = {
		.request_id = ply_slice_str(d->request_id),
		.from = ply_slice_str(d->from),
		.to = ply_slice_str(d->to),
		.cmd = PLY_C3P_ADD_USER,
		.name = ply_slice_str("addUser"),
	};
	struct ply_c3p_response rsp;

	ply_c3p_response_to(&rsp, &req, why);
	answer(d->call, &rsp);
	dial_free(d);
}

static bool allow(void *ctx, const char *name)
{
	return ply_mcu_trusts(ctx, name);
}

int ply_mcu_c3p_open(struct ply_mcu *m, const struct ply_mcu_setup *setup)
{
	struct ply_http_server_conf http = {.tls = setup->tls_server,
					    .require_peer = true,
					    .max_in_flight = 64,
					    .log = &m->log};
	struct ply_c3p_server_conf c3p = {.allow = allow, .allow_ctx = m, .log = &m->log};
	int r = ply_addr_parse(&http.addr, ply_slice_str(setup->c3p_listen), 5063);

	if (!r)
		r = ply_http_server_listen(&m->http, m->loop, &http);
	if (r) {
		ply_error(&m->log, "listen.refused", KS("address", setup->c3p_listen),
			  KS("transport", "https"), KI("err", r));
		return r;
	}
	c3p.http = m->http;
	r = ply_c3p_server_new(&m->c3p, m->loop, &c3p);
	if (!r)
		r = ply_c3p_server_route(m->c3p, "/c3p", PLY_C3P_MAX_REQUEST, on_call, m);
	return r;
}

void ply_mcu_c3p_close(struct ply_mcu *m)
{
	ply_c3p_server_free(m->c3p);
	ply_http_server_close(m->http);
}

uint16_t ply_mcu_c3p_port(const struct ply_mcu *m)
{
	return ply_http_server_port(m->http);
}
