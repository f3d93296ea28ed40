/* SERVICE: which operation it is, and the order of changes. Operations on one user run one after
 * the other: the next one starts when what the last one made durable is committed, so that each
 * sees the versions the one before it left. */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

/* A request in line. */
struct fe_op {
	struct ply_list node; /* in presentity->ops */
	struct fe_req *q;
};

void fe_refuse_pres(struct fe_req *q, int outcome)
{
	const struct ply_pres_diag *d = ply_pres_diag(outcome);
	const struct ply_sip_reply r = {
		.status = d->status,
		.diag = d->id,
		.diag_reason = d->reason,
		.source = q->fe->fqdn,
	};

	if (outcome < 0) {
		fe_refuse_err(q, outcome);
		return;
	}
	ply_info(q->sender ? &q->sender->log : &q->fe->log, "request.refused",
		 KSL("method", q->msg->method_name), KI("status", r.status), KI("diag", r.diag),
		 KS("reason", r.diag_reason), KS("from", q->from_aor),
		 KSL("call", ply_sip_hdr(q->msg, PLY_HDR_CALL_ID)));
	fe_req_reply(q, &r);
}

static void run(struct fe_req *q, struct fe_presentity *p)
{
	struct ply_slice type = ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE);

	switch (ply_ms_type_of(type)) {
	case PLY_MS_TYPE_CATEGORY_PUBLISH:
		fe_svc_publish(q, p);
		break;
	case PLY_MS_TYPE_SET_CONTAINER_MEMBERS:
		fe_svc_set_members(q, p);
		break;
	case PLY_MS_TYPE_SET_SUBSCRIBER:
		fe_svc_set_subscribers(q, p);
		break;
	case PLY_MS_TYPE_SOAP:
		fe_svc_soap(q, p);
		break;
	default:
		fe_refuse(q, FE_D_BODY_TYPE, NULL);
	}
}

static void op_drop(struct fe_req *q)
{
	struct fe_op *op = q->stage_ctx;

	ply_list_del(&op->node);
	ply_free(op);
}

static void run_or_queue(struct fe_req *q, struct fe_presentity *p)
{
	struct fe_op *op;

	if (!p->busy) {
		run(q, p);
		return;
	}
	op = ply_calloc(1, sizeof *op);
	if (!op) {
		fe_refuse(q, FE_D_OVERLOAD, NULL);
		return;
	}
	op->q = q;
	q->stage_ctx = op;
	q->stage_drop = op_drop;
	ply_list_push(&p->ops, &op->node);
}

static void run_next(struct fe_presentity *p)
{
	struct ply_list *n;

	while (!p->busy && (n = ply_list_first(&p->ops))) {
		struct fe_op *op = container_of(n, struct fe_op, node);
		struct fe_req *q = op->q;

		ply_list_del(n);
		ply_free(op);
		q->stage_drop = NULL;
		run(q, p);
	}
}

static void loaded(struct fe_job *j)
{
	struct fe_user *u = j->item[0].user;

	if (u && u->pres)
		run_or_queue(j->q, u->pres);
	else
		fe_refuse(j->q, FE_D_USER_UNKNOWN, NULL);
}

static enum fe_verdict to_directory(struct fe_req *q)
{
	struct ply_soap s;
	int r = ply_soap_parse(&s, q->msg->body);

	if (r) {
		fe_refuse_pres(q, r);
		return FE_DONE;
	}
	if (s.op == PLY_SOAP_DIRECTORY_SEARCH)
		fe_soap_search(q, &s);
	else
		fe_refuse(q, FE_D_NOT_AUTHORISED, NULL);
	ply_soap_deinit(&s);
	return FE_DONE;
}

enum fe_verdict fe_presence_service(struct fe_req *q)
{
	struct fe_job *j;

	if (!q->sender) {
		fe_refuse(q, FE_D_NOT_AUTHORISED, NULL);
		return FE_DONE;
	}
	if (!q->ruri.user.len &&
	    ply_ms_type_of(ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE)) == PLY_MS_TYPE_SOAP)
		return to_directory(q);
	if (q->target_unknown) {
		fe_refuse(q, FE_D_USER_UNKNOWN, NULL);
		return FE_DONE;
	}
	if (ply_sip_param(q->ruri.params, "gruu", NULL)) { /* of a service that is not here */
		fe_refuse(q, FE_D_GRUU_GONE, NULL);
		return FE_DONE;
	}
	if (q->target != q->sender) {
		fe_refuse(q, FE_D_NOT_AUTHORISED, NULL);
		return FE_DONE;
	}
	if (q->sender->pres && q->sender->pres->loaded) {
		run_or_queue(q, q->sender->pres);
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

/* --- changes --- */

struct fe_change *fe_change_new(struct fe_req *q, struct fe_presentity *p,
				void (*apply)(struct fe_change *c),
				void (*free)(struct fe_change *c), void *data)
{
	struct fe_change *c = ply_calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->p = p;
	c->q = q;
	c->apply = apply;
	c->free = free;
	c->data = data;
	fe_user_hold(p->user);
	return c;
}

static void change_over(struct fe_change *c)
{
	struct fe_presentity *p = c->p;
	struct fe_user *u = p->user;

	if (c->free)
		c->free(c);
	ply_free(c);
	run_next(p);
	fe_user_release(u);
}

static void change_drop(struct fe_req *q)
{
	((struct fe_change *)q->stage_ctx)->q = NULL;
}

static void refuse(struct fe_change *c, int r)
{
	if (c->q && c->refused)
		c->refused(c, r);
	else if (c->q)
		fe_refuse_err(c->q, r < 0 ? r : -ETIMEDOUT);
}

void fe_change_committed(void *ctx, int r)
{
	struct fe_change *c = ctx;

	if (!c->side)
		c->p->busy = false;
	if (c->q)
		c->q->stage_drop = NULL;
	if (r)
		refuse(c, r);
	else
		c->apply(c);
	change_over(c);
}

void fe_change_started(struct fe_change *c, int r)
{
	if (r) {
		refuse(c, r);
		change_over(c);
		return;
	}
	if (!c->side)
		c->p->busy = true;
	if (c->q) {
		c->q->stage_ctx = c;
		c->q->stage_drop = change_drop;
	}
}

void fe_change_now(struct fe_change *c)
{
	c->apply(c);
	change_over(c);
}
