/* One conferencing server's membership in one meeting: the meeting asks the factory for a server,
 * makes the conference there, and looks for another one when it is lost. Who waits for it:
 * mcu_wait.c. */
#include "base/counter.h"
#include "base/mem.h"
#include "db/rtcdyn/rtcdyn_conf.h"
#include "frontend/conference/mcu.h"

enum {
	ADD_MS = 5000,
	LOOK_AGAIN_MS = 250,
	POLL_MS = 60000,
	MAX_TRIES = 4,
};

enum { ST_IDLE, ST_ASKING_FACTORY, ST_ADDING, ST_READY, ST_GONE, N_STATE };
enum { EV_WANTED, EV_FACTORY_OK, EV_ADD_OK, EV_ADD_ERR, EV_MCU_LOST, EV_TIMEOUT, N_EVENT };
enum { T_NONE, T_FACTORY };

PLY_COUNTER(enlisted, "parley_frontend_mcu_enlisted_total",
	    "conferences made on conferencing servers");
PLY_COUNTER(reallocated, "parley_frontend_mcu_reallocated_total",
	    "meetings whose conferencing server was lost");

static struct fe_link *link_of(struct ply_fsm *f)
{
	return container_of(f, struct fe_link, fsm);
}

static struct ply_loop *loop_of(const struct fe_link *l)
{
	return l->factory->fe->loop;
}

/* --- its server --- */

static void bind(struct fe_link *l, struct fe_mcu *s)
{
	l->mcu = s;
	l->version = l->seen = 0;
	ply_list_push(&s->enlists, &l->on_mcu);
}

static void unbind(struct fe_link *l)
{
	fe_mcu_call_forget(l->adding);
	fe_mcu_call_forget(l->getting);
	l->adding = l->getting = NULL;
	ply_timer_stop(&l->pulse);
	ply_list_del(&l->on_mcu);
	l->mcu = NULL;
	l->enlist->ready = false;
}

void fe_link_fill(const struct fe_link *l, struct ply_c3p_request *req)
{
	const struct fe_focus *f = l->enlist->focus;

	req->from = ply_slice_str(f->entity);
	req->to = ply_slice_str(l->enlist->uri);
	req->keys.conf = req->from;
	req->instance = ply_slice_str(f->instance);
	req->epoch = f->epoch;
}

/* --- asking-factory --- */

static uint32_t expected_size(const struct fe_focus *f)
{
	size_t n = f->def ? f->def->n_user : 0;

	if (n < f->n_parties)
		n = f->n_parties;
	return n < 4 ? 4 : (uint32_t)n;
}

static void look(struct fe_link *l)
{
	struct fe_mcu *s = fe_mcu_allocate(l->factory, l->enlist->type,
					   expected_size(l->enlist->focus), l->refused);

	if (s)
		(void)ply_fsm_event(&l->fsm, EV_FACTORY_OK, s);
}

static void look_again(void *ctx)
{
	struct fe_link *l = ctx;

	ply_timer_start(loop_of(l), &l->pulse, LOOK_AGAIN_MS, look_again, l);
	look(l);
	l->refused = NULL; /* better than nobody */
}

/* One may just be starting: it is looked for until the state's time is over. */
static void enlist_ask(struct ply_fsm *f)
{
	struct fe_link *l = link_of(f);

	ply_timer_start(loop_of(l), &l->pulse, LOOK_AGAIN_MS, look_again, l);
	if (!l->refused)
		look(l);
}

static void enlist_asking(struct ply_fsm *f, unsigned event, void *arg)
{
	struct fe_link *l = link_of(f);

	ply_timer_stop(&l->pulse);
	if (event == EV_FACTORY_OK) {
		bind(l, arg);
		(void)ply_fsm_goto(f, ST_ADDING);
		return;
	}
	l->why = PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE;
	(void)ply_fsm_goto(f, ST_GONE);
}

static void enlist_idle(struct ply_fsm *f, unsigned event, void *arg)
{
	struct fe_link *l = link_of(f);

	(void)event, (void)arg;
	l->tries = 0;
	l->refused = NULL;
	(void)ply_fsm_goto(f, ST_ASKING_FACTORY);
}

/* --- adding --- */

static void added(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *rsp)
{
	struct fe_link *l = ctx;

	(void)rsp;
	l->adding = NULL;
	(void)ply_fsm_event(&l->fsm, r ? EV_ADD_ERR : EV_ADD_OK, &r);
}

static int send_add(struct fe_link *l)
{
	struct fe_focus *f = l->enlist->focus;
	const struct fe_meeting *def = f->def;
	struct ply_ci_view view = {
		.entity = ply_slice_str(f->entity), .locked = f->locked, .says_locked = true};
	struct ply_c3p_request req = {
		.cmd = PLY_C3P_ADD_CONFERENCE,
		.has_conf = true,
		.conf = {.entity = ply_slice_str(f->entity), .view = &view, .n_view = 1},
		.callback = ply_slice_str(l->factory->callback),
	};

	req.conf.description.there = true;
	if (def) {
		req.conf.description.subject = ply_slice_str(def->subject);
		req.conf.description.expiry_ms = (int64_t)def->expires_ms;
		req.max_users = def->policy.meeting_size;
	}
	fe_link_fill(l, &req);
	req.keys.conf = ply_slice(NULL, 0);
	return fe_mcu_send(l->mcu, &req, ADD_MS, added, l, &l->adding);
}

static void enlist_add(struct ply_fsm *f)
{
	struct fe_link *l = link_of(f);
	enum ply_c3p_reason r = PLY_C3P_R_SERVER_BUSY;

	if (send_add(l))
		(void)ply_fsm_event(f, EV_ADD_ERR, &r);
}

static void not_added(struct fe_link *l, enum ply_c3p_reason r)
{
	ply_warn(&l->enlist->focus->log, "mcu.conference-refused", KS("type", l->enlist->type),
		 KS("fqdn", l->mcu->fqdn), KS("reason", ply_c3p_reason_name(r)));
	l->refused = l->mcu;
	l->why = r;
	unbind(l);
	(void)ply_fsm_goto(&l->fsm, ++l->tries < MAX_TRIES ? ST_ASKING_FACTORY : ST_GONE);
}

static void enlist_adding(struct ply_fsm *f, unsigned event, void *arg)
{
	const enum ply_c3p_reason *r = arg;

	if (event == EV_ADD_OK)
		(void)ply_fsm_goto(f, ST_READY);
	else
		not_added(link_of(f), event == EV_ADD_ERR ? *r : PLY_C3P_R_TIMEOUT);
}

/* --- ready --- */

static void poll_quiet(void *ctx)
{
	struct fe_link *l = ctx;

	fe_link_heard(l);
	fe_link_get(l);
}

void fe_link_heard(struct fe_link *l)
{
	if (l->enlist->ready)
		ply_timer_start(loop_of(l), &l->pulse, POLL_MS, poll_quiet, l);
}

static void put_row(const struct fe_link *l)
{
	const struct fe_focus *f = l->enlist->focus;
	const struct ply_rtcdyn_mcu row = {
		.conf = f->def ? f->def->id : 0,
		.type = ply_slice_str(l->enlist->type),
		.url = ply_slice_str(l->mcu->url),
		.instance = ply_slice_str(l->mcu->instance),
	};

	if (l->factory->fe->rtcdyn && row.conf)
		(void)ply_rtcdyn_mcu_put(l->factory->fe->rtcdyn, &row, NULL, NULL);
}

static void delete_row(const struct fe_link *l)
{
	const struct fe_focus *f = l->enlist->focus;

	if (l->factory->fe->rtcdyn && f->def)
		(void)ply_rtcdyn_mcu_delete(l->factory->fe->rtcdyn, f->def->id,
					    ply_slice_str(l->enlist->type), NULL, NULL);
}

static void enlist_ready(struct ply_fsm *f)
{
	struct fe_link *l = link_of(f);

	ply_counter_inc(&enlisted);
	ply_info(&l->enlist->focus->log, "mcu.enlisted", KS("type", l->enlist->type),
		 KS("fqdn", l->mcu->fqdn), KS("url", l->mcu->url));
	l->tries = 0;
	l->refused = NULL;
	l->enlist->ready = true;
	put_row(l);
	fe_link_heard(l);
	fe_link_get(l); /* it may have it from before a restart of ours */
	fe_focus_touch_description(l->enlist->focus);
	fe_focus_touch_views(l->enlist->focus);
	fe_link_tell(l);
}

static void enlist_lost(struct ply_fsm *f, unsigned event, void *arg)
{
	struct fe_link *l = link_of(f);
	struct fe_focus *focus = l->enlist->focus;

	(void)event, (void)arg;
	ply_counter_inc(&reallocated);
	ply_warn(&focus->log, "mcu.conference-lost", KS("type", l->enlist->type),
		 KS("fqdn", l->mcu->fqdn));
	unbind(l);
	(void)ply_fsm_goto(f, ST_ASKING_FACTORY);
	fe_focus_touch_description(focus);
	fe_focus_touch_views(focus);
	/* The last word: the meeting may end when its last participant has gone. */
	fe_roster_drop_type(focus, l->enlist->type);
}

/* --- gone --- */

static void enlist_gone(struct ply_fsm *f)
{
	struct fe_link *l = link_of(f);

	ply_warn(&l->enlist->focus->log, "mcu.enlist-failed", KS("type", l->enlist->type),
		 KS("reason", ply_c3p_reason_name(l->why)));
	delete_row(l);
	fe_link_tell(l);
}

/* --- the machine --- */

/* clang-format off */
static const struct ply_fsm_state enlist_states[N_STATE] = {
[ST_IDLE] = {
	.name = "idle",   .in = BIT(EV_WANTED), .out = BIT(ST_ASKING_FACTORY), .event = enlist_idle },
[ST_ASKING_FACTORY] = {
	.name = "asking-factory", .in  = BIT(EV_FACTORY_OK) | BIT(EV_TIMEOUT),
	                          .out = BIT(ST_ADDING) | BIT(ST_GONE),
	.timer = T_FACTORY,       .enter = enlist_ask, .event = enlist_asking },
[ST_ADDING] = {
	.name = "adding", .in  = BIT(EV_ADD_OK) | BIT(EV_ADD_ERR) | BIT(EV_MCU_LOST),
	                  .out = BIT(ST_READY) | BIT(ST_ASKING_FACTORY) | BIT(ST_GONE),
	.enter = enlist_add, .event = enlist_adding },
[ST_READY] = {
	.name = "ready",  .in = BIT(EV_MCU_LOST), .out = BIT(ST_ASKING_FACTORY),
	.enter = enlist_ready, .event = enlist_lost },
[ST_GONE] = {
	.name = "gone",   .in = BIT(EV_WANTED), .out = BIT(ST_ASKING_FACTORY),
	.enter = enlist_gone, .event = enlist_idle },
};
/* clang-format on */

static const char *const enlist_events[N_EVENT] = {"wanted",  "factory-ok", "add-ok",
						   "add-err", "mcu-lost",   "timeout"};

static struct ply_timerdef enlist_timers[] = {
	{.name = "none"},
	{.name = "factory",
	 .spec = "docs/focus-mcu.md",
	 .help = "wait for a conferencing server to turn up",
	 .def_ms = 10000,
	 .min_ms = 100,
	 .max_ms = 60000},
	{.name = NULL},
};

static void on_timer(void *ctx)
{
	struct fe_link *l = ctx;

	(void)ply_fsm_event(&l->fsm, EV_TIMEOUT, NULL);
}

static void set_timer(struct ply_fsm *f, uint32_t ms)
{
	struct fe_link *l = link_of(f);

	if (ms)
		ply_timer_start(loop_of(l), &l->timer, ms, on_timer, l);
	else
		ply_timer_stop(&l->timer);
}

static const struct ply_fsm_def enlist_def = {
	.name = "mcu-enlist",
	.state = enlist_states,
	.n_state = N_STATE,
	.event = enlist_events,
	.n_event = N_EVENT,
	.timers = enlist_timers,
	.set_timer = set_timer,
};

void fe_link_lost(struct fe_link *l)
{
	(void)ply_fsm_event(&l->fsm, EV_MCU_LOST, NULL);
}

void fe_links_lost(struct fe_mcu *s)
{
	struct ply_list *it;

	while ((it = ply_list_first(&s->enlists))) {
		struct fe_link *l = container_of(it, struct fe_link, on_mcu);

		ply_list_del(&l->on_mcu); /* one round, whatever comes of it */
		fe_link_lost(l);
	}
}

/* --- wanted, and over --- */

void fe_link_init(struct fe_link *l)
{
	ply_fsm_init(&l->fsm, &enlist_def, &l->enlist->focus->log);
}

void fe_link_want(struct fe_link *l)
{
	if (l->fsm.state == ST_IDLE || l->fsm.state == ST_GONE)
		(void)ply_fsm_event(&l->fsm, EV_WANTED, NULL);
}

bool fe_link_is_decided(const struct fe_link *l)
{
	return l->fsm.state == ST_READY || l->fsm.state == ST_GONE;
}

static void delete_conference(struct fe_link *l)
{
	struct ply_c3p_request req = {.cmd = PLY_C3P_DELETE_CONFERENCE};
	struct fe_record_last *last;

	fe_link_fill(l, &req);
	if (!l->mcu)
		return;
	last = fe_focus_record_last(l->enlist->focus);
	if (fe_mcu_send(l->mcu, &req, FE_MCU_COMMAND_MS, last ? fe_record_last_take : NULL, last,
			NULL))
		ply_free(last);
}

void fe_link_release(struct fe_link *l, bool over)
{
	if (over) {
		delete_conference(l);
		delete_row(l);
	}
	unbind(l);
	ply_timer_stop(&l->timer);
}
