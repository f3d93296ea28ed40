/* SOAP requests: contacts and groups by their owner, the directory. What older clients ask beside
 * that (setACE, setPresence, getPresence) is refused: nothing here keeps it. [MS-SIP] */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

/* A client counts its list's number up without reading the answer: the whole list puts it right. */
void fe_soap_refuse(struct fe_req *q, struct fe_presentity *p, enum fe_diag why)
{
	char epid[PLY_EPID_MAX + 1];
	struct fe_user *u = p->user;
	struct fe_endpoint *e;

	(void)ply_slice_copy(q->from_epid, epid, sizeof epid);
	fe_user_hold(u);
	fe_refuse(q, why, NULL);
	e = epid[0] ? fe_endpoint_by_epid(u, ply_slice_str(epid)) : NULL;
	fe_tell_full_list(p, e);
	fe_user_release(u);
}

/* 200 with the body of the operation. */
void fe_soap_answer(struct fe_change *c, enum ply_soap_op op, uint32_t group)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_sip_reply r = {.status = 200, .content_type = PLY_CT_SOAP};

	if (!c->q)
		return;
	if (op == PLY_SOAP_ADD_GROUP)
		ply_soap_add_group_write(&b, group, c->p->delta);
	else
		ply_soap_done_write(&b, op, c->p->delta);
	fe_req_reply_body(c->q, &r, &b);
}

/* The commit failed: the client is told, and put right. */
void fe_soap_lost(struct fe_change *c, int r)
{
	struct fe_presentity *p = c->p;
	char epid[PLY_EPID_MAX + 1];
	struct fe_endpoint *e;

	(void)ply_slice_copy(c->q->from_epid, epid, sizeof epid);
	fe_refuse_err(c->q, r < 0 ? r : -ETIMEDOUT);
	e = epid[0] ? fe_endpoint_by_epid(p->user, ply_slice_str(epid)) : NULL;
	fe_tell_full_list(p, e);
}

static void older(struct fe_req *q)
{
	const struct ply_sip_reply r = {
		.status = 501,
		.diag = 4000,
		.diag_reason = "Access lists and presence of older clients are not kept here",
		.source = q->fe->fqdn,
	};

	fe_req_reply(q, &r);
}

void fe_soap_count(struct fe_change *c)
{
	struct fe_presentity *p = c->p;
	struct ply_slice epid = c->q ? c->q->from_epid : ply_slice("", 0);

	if (!epid.len || !ply_slice_is(epid, p->delta_epid)) {
		(void)ply_slice_copy(epid, p->delta_epid, sizeof p->delta_epid);
		p->own_since = p->delta;
	}
	p->delta++;
}

/* The number tells whether the client knew the list it changes. SIPE sends changes without waiting
 * for answers and counts on by itself, while the deltas that arrive meanwhile set it back: an older
 * number is fine when all changes since were its own, and so is one a little ahead. */
static bool knows_list(const struct fe_req *q, const struct fe_presentity *p, uint32_t delta)
{
	const uint32_t ahead = 16;

	if (delta >= p->delta)
		return delta - p->delta <= ahead;
	return q->from_epid.len && ply_slice_is(q->from_epid, p->delta_epid) &&
	       delta >= p->own_since;
}

static void run(struct fe_req *q, struct fe_presentity *p, const struct ply_soap *s)
{
	switch (s->op) {
	case PLY_SOAP_DIRECTORY_SEARCH:
		fe_soap_search(q, s);
		return;
	case PLY_SOAP_SET_ACE:
	case PLY_SOAP_SET_PRESENCE:
	case PLY_SOAP_GET_PRESENCE:
		older(q);
		return;
	case PLY_SOAP_OTHER:
		fe_refuse(q, FE_D_BODY_TEXT, "The operation is not known");
		return;
	default:
		break;
	}
	if (!knows_list(q, p, s->delta))
		fe_soap_refuse(q, p, FE_D_WRONG_DELTA);
	else if (s->op == PLY_SOAP_SET_CONTACT)
		fe_soap_set_contact(q, p, s);
	else if (s->op == PLY_SOAP_DELETE_CONTACT)
		fe_soap_delete_contact(q, p, s);
	else if (s->op == PLY_SOAP_DELETE_GROUP)
		fe_soap_delete_group(q, p, s);
	else
		fe_soap_set_group(q, p, s);
}

void fe_svc_soap(struct fe_req *q, struct fe_presentity *p)
{
	struct ply_soap s;
	int r = ply_soap_parse(&s, q->msg->body);

	if (r) {
		fe_refuse_pres(q, r);
		return;
	}
	run(q, p, &s);
	ply_soap_deinit(&s);
}
