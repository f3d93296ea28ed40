/* Commands of a meeting to its conferencing servers: to each that is there, answered once when all
 * have answered. */
#include "base/mem.h"
#include "frontend/conference/mcu.h"

enum { DIAL_MS = 125000 }; /* the server gives up after 120 s */

/* A command to one or all servers of a meeting, and its way to each of them. */
struct send {
	struct ply_list in_factory;
	struct fe_focus *focus;
	fe_enlist_sent_cb *cb; /* NULL: nobody waits any more */
	void *ctx;
	unsigned open;
	enum ply_c3p_reason worst;
	struct ply_defer end; /* nobody was there to be asked */
};
struct part {
	struct ply_list in_link;
	struct fe_link *link;
	struct send *send;
	struct fe_mcu_call *call;
};

static void send_end(struct send *s, const struct ply_c3p_response *last)
{
	struct send done = *s;

	ply_defer_stop(&s->end);
	ply_list_del(&s->in_factory);
	ply_free(s);
	if (done.cb)
		done.cb(done.ctx, done.worst, last);
}

static void part_end(struct part *p, enum ply_c3p_reason r, const struct ply_c3p_response *rsp)
{
	struct send *s = p->send;

	ply_list_del(&p->in_link);
	ply_free(p);
	if (r)
		s->worst = r;
	if (!--s->open)
		send_end(s, rsp);
}

static void part_answered(void *ctx, enum ply_c3p_reason r, const struct ply_c3p_response *rsp)
{
	struct part *p = ctx;

	if (!r)
		fe_link_heard(p->link);
	part_end(p, r, rsp);
}

static void send_part(struct send *s, struct fe_link *l, struct ply_c3p_request *req)
{
	struct part *p = ply_calloc(1, sizeof *p);
	bool dials = req->has_user && req->user.n_endpoint &&
		     req->user.endpoint[0].joining == PLY_CI_DIALED_OUT;

	s->worst = PLY_C3P_R_SERVER_BUSY;
	if (!p)
		return;
	*p = (struct part){.link = l, .send = s};
	fe_link_fill(l, req);
	if (fe_mcu_send(l->mcu, req, dials ? DIAL_MS : FE_MCU_COMMAND_MS, part_answered, p,
			&p->call)) {
		ply_free(p);
		return;
	}
	ply_list_push(&l->parts, &p->in_link);
	s->open++;
}

static void send_nobody(void *ctx)
{
	send_end(ctx, NULL);
}

/* NOLINTNEXTLINE(readability-function-size): six parameters, and no caller leaves one out */
void fe_enlist_send(struct fe_focus *f, const char *type, struct ply_c3p_request *req,
		    const struct fe_party *actor, fe_enlist_sent_cb *cb, void *ctx)
{
	struct send *s = ply_calloc(1, sizeof *s);
	enum ply_c3p_reason none = type ? PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE : PLY_C3P_R_NONE;

	if (!s)
		return; /* the command's own time-out ends it */
	s->focus = f;
	s->cb = cb;
	s->ctx = ctx;
	ply_list_push(&f->meetings->factory->sends, &s->in_factory);
	if (actor)
		req->actor =
			(struct ply_c3p_actor){ply_slice_str(actor->uri), actor->role, actor->auth};
	s->worst = none;
	PLY_LIST_FOR(it, &f->enlists) {
		struct fe_enlist *e = container_of(it, struct fe_enlist, in_focus);

		if (e->ready && (!type || !strcmp(type, e->type)))
			send_part(s, fe_link_of(e), req);
	}
	if (s->open)
		s->worst = PLY_C3P_R_NONE;
	else
		ply_defer_start(f->fe->loop, &s->end, send_nobody, s);
}

void fe_commands_forget(struct fe_focus *f, void *ctx)
{
	if (!f->meetings->factory)
		return;
	PLY_LIST_FOR(it, &f->meetings->factory->sends) {
		struct send *s = container_of(it, struct send, in_factory);

		if (s->focus == f && s->ctx == ctx)
			s->cb = NULL;
	}
}

void fe_link_commands_cancel(struct fe_link *l)
{
	struct ply_list *it;

	while ((it = ply_list_first(&l->parts))) {
		struct part *p = container_of(it, struct part, in_link);

		fe_mcu_call_forget(p->call);
		part_end(p, PLY_C3P_R_REQUEST_CANCELLED, NULL);
	}
}

void fe_commands_cancel(struct fe_focus *f)
{
	struct ply_list *all;

	if (!f->meetings->factory)
		return;
	all = &f->meetings->factory->sends;
	for (struct ply_list *it = all->next; it != all;) {
		struct send *s = container_of(it, struct send, in_factory);

		it = it->next;
		if (s->focus != f || s->open)
			continue;
		s->worst = PLY_C3P_R_REQUEST_CANCELLED;
		send_end(s, NULL);
		it = all->next; /* whatever it did */
	}
}
