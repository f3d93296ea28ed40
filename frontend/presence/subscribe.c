/* SUBSCRIBE, from its event to its answer: rows of a table by event package. What must be in memory
 * first is loaded (load.c); then `answer` writes the first document. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"
#include "presence/pidf_xml.h"
#include "presence/provision_xml.h"
#include "presence/rlmi_xml.h"

#include <errno.h>

/* What one SUBSCRIBE led to: filled by the handler of its event. */
struct first {
	uint32_t seconds;
	struct ply_strbuf body, type;
	const char *content_type;
	bool list;
};

static void answer(struct fe_job *j, struct first *f)
{
	struct fe_req *q = j->q;
	struct fe_sub *s = j->sub;

	if (ply_strbuf_err(&f->body) || ply_strbuf_err(&f->type)) {
		fe_refuse(q, FE_D_INTERNAL, NULL);
	} else {
		fe_subscription_answer(q, s ? &s->base : NULL,
				       &(struct fe_subscription_answer){
					       .event = ply_ms_event_name(j->event),
					       .seconds = f->seconds,
					       .content_type = f->type.len
								       ? ply_strbuf_str(&f->type)
								       : f->content_type,
					       .body = ply_strbuf_slice(&f->body),
					       .eventlist = f->list,
				       });
	}
	ply_strbuf_deinit(&f->body);
	ply_strbuf_deinit(&f->type);
}

/* The dialog of the job: that of the request, or a new one when it is to last. False: refused. */
static bool get_sub(struct fe_job *j, uint32_t seconds)
{
	struct fe_presentity *own = j->q->sender ? j->q->sender->pres : NULL;

	/* the dialog may have ended while something was loaded */
	if (j->q->to_tag.len) {
		j->sub = fe_sub_find(j->fe, j->q);
		if (!j->sub) {
			fe_refuse(j->q, FE_D_SUBSCRIPTION_MISSING, NULL);
			return false;
		}
	} else if (seconds || !fe_subscription_piggybacks(j->q)) {
		if ((own && own->n_subs >= FE_PRES_MAX_SUBS) ||
		    j->fe->presence->subs.n >= FE_PRES_MAX_ALL_SUBS) {
			fe_refuse(j->q, FE_D_SUBSCRIPTION_LIMIT, NULL);
			return false;
		}
		j->sub = fe_sub_new(j->q, j->event, own);
		if (!j->sub) {
			fe_refuse(j->q, FE_D_BAD_HEADER, NULL);
			return false;
		}
	}
	if (j->sub)
		fe_subscription_extend(&j->sub->base, seconds);
	return true;
}

/* --- about oneself --- */

static void self_document(struct fe_job *j, struct fe_presentity *p, struct first *f)
{
	struct ply_slice body = j->q->msg->body;
	unsigned sections =
		PLY_ROAMING_CATEGORIES | PLY_ROAMING_CONTAINERS | PLY_ROAMING_SUBSCRIBERS;

	if (body.len && ply_roaming_list_parse(&sections, body))
		sections =
			PLY_ROAMING_CATEGORIES | PLY_ROAMING_CONTAINERS | PLY_ROAMING_SUBSCRIBERS;
	f->content_type = PLY_CT_ROAMING_SELF;
	fe_roaming_self_write(
		&f->body, p, sections & PLY_ROAMING_CATEGORIES ? FE_CAT_ALL : 0,
		(sections & PLY_ROAMING_CONTAINERS ? FE_OWN_CONTAINERS : 0) |
			(sections & PLY_ROAMING_SUBSCRIBERS ? FE_OWN_SUBSCRIBERS : 0));
}

static void provision_document(struct fe_job *j, struct first *f)
{
	unsigned groups = PLY_PROVISION_ALL;

	if (j->q->msg->body.len && ply_provision_request_parse(&groups, j->q->msg->body))
		groups = PLY_PROVISION_ALL;
	f->content_type = PLY_CT_PROVISION;
	fe_provision_write(j->fe, j->q->sender, groups, &f->body);
}

/* Older clients ask for these; nothing of theirs is kept here. */
static void older_document(enum ply_ms_event event, struct first *f)
{
	switch (event) {
	case PLY_MS_EVENT_ROAMING_ACL:
		f->content_type = ply_ms_type_name(PLY_MS_TYPE_ROAMING_ACL);
		ply_strbuf_adds(&f->body, "<ACLlist deltaNum=\"1\"><userACL><ace type=\"ALL\" "
					  "mask=\"\" rights=\"AA\"/></userACL></ACLlist>");
		break;
	case PLY_MS_EVENT_PRESENCE_WPENDING:
		f->content_type = "text/xml+msrtc.wpending";
		ply_strbuf_adds(&f->body, "<watchers/>");
		break;
	default:
		f->content_type = ply_ms_type_name(PLY_MS_TYPE_PROVISIONING);
		ply_strbuf_adds(&f->body, "<provision/>");
		break;
	}
}

static void self_done(struct fe_job *j)
{
	struct fe_presentity *p = j->item[0].user ? j->item[0].user->pres : NULL;
	struct first f = {.seconds = fe_subscription_wanted(j->q, true)};

	if (!p) {
		fe_refuse(j->q, FE_D_USER_UNKNOWN, NULL);
		return;
	}
	if (!get_sub(j, f.seconds))
		return;
	switch (j->event) {
	case PLY_MS_EVENT_ROAMING_SELF:
		self_document(j, p, &f);
		break;
	case PLY_MS_EVENT_ROAMING_CONTACTS:
		f.content_type = PLY_CT_ROAMING_CONTACTS;
		fe_contact_list_write(&f.body, p);
		break;
	case PLY_MS_EVENT_PROVISIONING_V2:
		provision_document(j, &f);
		break;
	default:
		older_document(j->event, &f);
	}
	answer(j, &f);
}

/* --- about others --- */

static bool accepts(const struct fe_req *q, const char *type)
{
	return ply_sip_has_token(q->msg, PLY_HDR_ACCEPT, type);
}

static void single_done(struct fe_job *j)
{
	struct fe_req *q = j->q;
	bool categories = accepts(q, PLY_CT_CATEGORIES);
	struct first f = {.seconds = fe_subscription_wanted(q, categories)};
	struct fe_user *u = j->item[j->n - 1].user;
	const struct fe_body *b;
	uint32_t container;

	if (!u || !u->pres) {
		fe_refuse(q, FE_D_USER_UNKNOWN, NULL);
		return;
	}
	if (!get_sub(j, f.seconds))
		return;
	container = fe_pres_container_of(u->pres, ply_slice_str(q->from_aor));
	if (j->sub) {
		j->sub->form = categories ? FE_FORM_CATEGORIES : FE_FORM_PIDF;
		j->sub->cats = FE_CAT_ALL;
		if (!fe_watch_add(j->sub, u, ply_slice_str(u->aor))) {
			fe_refuse(q, FE_D_INTERNAL, NULL);
			return;
		}
	}
	b = fe_view(u->pres, container,
		    BIT(FE_CAT_STATE) | BIT(FE_CAT_NOTE) | BIT(FE_CAT_CONTACT_CARD) |
			    BIT(FE_CAT_CALENDAR_DATA) | BIT(FE_CAT_SERVICES),
		    !categories);
	if (b)
		ply_strbuf_add_slice(&f.body, ply_strbuf_slice(&b->text));
	f.content_type = categories ? PLY_CT_CATEGORIES : PLY_CT_PIDF;
	answer(j, &f);
}

/* Adds to `item` what the watcher is shown of one resource. */
static void put_item(struct ply_rlmi_item *item, struct fe_job_item *r, const char *watcher,
		     uint32_t cats, bool pidf)
{
	struct fe_user *u = r->user;
	const struct fe_body *b = NULL;

	*item = (struct ply_rlmi_item){.uri = ply_slice_str(r->uri),
				       .state = PLY_RLMI_TERMINATED,
				       .reason = ply_slice_str("noresource")};
	if (u && u->pres)
		b = fe_view(u->pres, fe_pres_container_of(u->pres, ply_slice_str(watcher)), cats,
			    pidf);
	if (!b)
		return;
	item->state = PLY_RLMI_ACTIVE;
	item->reason = ply_slice("", 0);
	item->content_type = ply_slice_str(pidf ? PLY_CT_PIDF : PLY_CT_CATEGORIES);
	item->body = ply_strbuf_slice(&b->text);
}

/* The resources from item `from` on, as one multipart document. */
static void put_list(struct fe_job *j, size_t from, uint32_t cats, struct first *f)
{
	size_t n = j->n - from;
	struct ply_rlmi_item *item = ply_calloc(n ? n : 1, sizeof *item);
	bool ms = !j->sub || j->sub->batch;

	f->list = true;
	if (!item)
		return;
	for (size_t i = 0; i < n; i++)
		put_item(&item[i], &j->item[from + i], j->q->from_aor, cats,
			 j->sub && j->sub->form == FE_FORM_PIDF);
	ply_rlmi_write(&f->body, &f->type,
		       &(struct ply_rlmi_list){
			       .dialect = ms ? PLY_RLMI_MS : PLY_RLMI_RFC,
			       .uri = ply_slice_str(j->q->from_aor),
			       .version = j->sub ? j->sub->version++ : 0,
			       .full_state = !ms,
			       .item = item,
			       .n = n,
		       });
	ply_free(item);
}

/* Everything watched in the dialog, for a refresh that names nobody. */
static int add_watched(struct fe_job *j, struct fe_sub *s)
{
	int r = 0;

	PLY_LIST_FOR(it, &s->watches) {
		struct fe_watch *w = container_of(it, struct fe_watch, in_sub);

		if (!r)
			r = fe_job_add(j, ply_slice_str(w->uri), false);
		if (!r && w->pres) {
			j->item[j->n - 1].user = w->pres->user;
			fe_user_hold(w->pres->user);
		}
	}
	return r;
}

static uint32_t cats_of(const struct ply_batch_action *a)
{
	uint32_t cats = 0;
	enum fe_cat cat;

	for (size_t i = 0; i < a->n_category; i++)
		if (fe_cat_read(a->category[i], &cat))
			cats |= BIT(cat);
	return cats ? cats : BIT(FE_CAT_STATE) | BIT(FE_CAT_CONTACT_CARD) | BIT(FE_CAT_NOTE);
}

static void unwatch(struct fe_sub *s, const struct ply_batch_action *a)
{
	for (size_t i = 0; i < a->n; i++)
		PLY_LIST_FOR_SAFE(it, next, &s->watches) {
			struct fe_watch *w = container_of(it, struct fe_watch, in_sub);

			if (ply_slice_caseis(a->resource[i].uri, w->uri))
				fe_watch_free(w);
		}
}

/* The actions in their order; 0 or FE_D_SUBSCRIPTION_LIMIT. Items after the first are the resources
 * of all actions but unsubscribe, in the same order. */
static bool run_actions(struct fe_job *j, uint32_t *cats)
{
	size_t k = 1;

	for (size_t a = 0; a < j->batch.n; a++) {
		const struct ply_batch_action *act = &j->batch.action[a];

		*cats |= cats_of(act);
		if (act->verb == PLY_BATCH_UNSUBSCRIBE) {
			if (j->sub)
				unwatch(j->sub, act);
			continue;
		}
		if (j->sub)
			j->sub->cats |= cats_of(act);
		for (size_t i = 0; i < act->n; i++, k++) {
			struct fe_job_item *it = &j->item[k];

			if (j->sub && act->verb == PLY_BATCH_SUBSCRIBE &&
			    !fe_watch_add(j->sub, it->user, ply_slice_str(it->uri)))
				return false;
			if (it->context && it->user && it->user->pres && j->q->sender)
				fe_prompt(it->user->pres, j->q->sender);
		}
	}
	return true;
}

static void batch_done(struct fe_job *j)
{
	struct first f = {.seconds = fe_subscription_wanted(j->q, true)};
	uint32_t cats = 0;

	if (!get_sub(j, f.seconds))
		return;
	if (j->sub && !j->sub->list) {
		j->sub->list = j->sub->batch = true;
		j->sub->cats = 0;
	}
	if (!run_actions(j, &cats)) {
		if (j->sub && !j->q->to_tag.len)
			fe_sub_free(j->sub);
		fe_refuse(j->q, FE_D_SUBSCRIPTION_LIMIT, NULL);
		return;
	}
	put_list(j, 1, cats, &f);
	answer(j, &f);
}

static void list_done(struct fe_job *j)
{
	struct first f = {.seconds = fe_subscription_wanted(j->q, false)};

	if (!get_sub(j, f.seconds))
		return;
	if (j->sub) {
		j->sub->list = true;
		j->sub->base.eventlist = !j->sub->batch;
		j->sub->form = accepts(j->q, PLY_CT_CATEGORIES) ? FE_FORM_CATEGORIES : FE_FORM_PIDF;
		j->sub->cats = FE_CAT_ALL;
		for (size_t i = 1; i < j->n; i++)
			(void)fe_watch_add(j->sub, j->item[i].user, ply_slice_str(j->item[i].uri));
	}
	put_list(j, 1, FE_CAT_ALL, &f);
	answer(j, &f);
}

/* In-dialog without a body: longer, shorter, or the end; with all that is watched again. */
static void refresh_done(struct fe_job *j)
{
	struct fe_sub *s = fe_sub_find(j->fe, j->q);
	struct first f = {0};
	struct fe_watch *w;
	const struct fe_body *b;

	if (!s) {
		fe_refuse(j->q, FE_D_SUBSCRIPTION_MISSING, NULL);
		return;
	}
	f.seconds = fe_subscription_wanted(j->q, s->base.benotify);
	j->sub = s;
	fe_subscription_extend(&s->base, f.seconds);
	if (s->event != PLY_MS_EVENT_PRESENCE) {
		self_done(j);
		return;
	}
	w = ply_list_empty(&s->watches) ? NULL
					: container_of(s->watches.next, struct fe_watch, in_sub);
	if (s->list) {
		put_list(j, 1, s->cats, &f);
	} else if (w && w->pres) {
		b = fe_view(w->pres, w->container, s->cats, s->form == FE_FORM_PIDF);
		f.content_type = s->form == FE_FORM_PIDF ? PLY_CT_PIDF : PLY_CT_CATEGORIES;
		if (b)
			ply_strbuf_add_slice(&f.body, ply_strbuf_slice(&b->text));
	}
	answer(j, &f);
}

/* --- requests --- */

static enum fe_verdict refused(struct fe_req *q, enum fe_diag why)
{
	fe_refuse(q, why, NULL);
	return FE_DONE;
}

static enum fe_verdict run(struct fe_job *j, int r)
{
	if (!r)
		return fe_job_run(j);
	fe_refuse(j->q, r == FE_PRES_E_BODY ? FE_D_BODY_XML : FE_D_OVERLOAD, NULL);
	fe_job_free(j);
	return FE_DONE;
}

static int add_batch(struct fe_job *j)
{
	int r = ply_batch_parse(&j->batch, j->q->msg->body);

	if (r)
		return FE_PRES_E_BODY;
	j->has_batch = true;
	for (size_t a = 0; !r && a < j->batch.n; a++) {
		const struct ply_batch_action *act = &j->batch.action[a];

		if (act->verb == PLY_BATCH_UNSUBSCRIBE)
			continue;
		for (size_t i = 0; !r && i < act->n; i++)
			r = fe_job_add(j, act->resource[i].uri, act->resource[i].context);
	}
	return r;
}

static int add_resource_list(struct fe_job *j)
{
	struct ply_resource_list l;
	int r = ply_resource_list_parse(&l, j->q->msg->body);

	if (r)
		return FE_PRES_E_BODY;
	for (size_t i = 0; !r && i < l.n; i++)
		r = fe_job_add(j, l.uri[i], false);
	ply_resource_list_deinit(&l);
	return r;
}

static enum fe_verdict presence(struct fe_req *q, struct fe_job *j, int r)
{
	struct ply_slice type = ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE);

	if (q->msg->body.len && ply_slice_casestarts(type, PLY_CT_BATCH)) {
		j->done = batch_done;
		return run(j, r ? r : add_batch(j));
	}
	if (q->msg->body.len && ply_slice_casestarts(type, PLY_CT_RESOURCE_LISTS)) {
		j->done = list_done;
		return run(j, r ? r : add_resource_list(j));
	}
	j->done = single_done;
	return run(j, r ? r : fe_job_add(j, ply_slice_str(q->ruri_aor), false));
}

static enum fe_verdict in_dialog(struct fe_req *q)
{
	struct fe_sub *s = fe_sub_find(q->fe, q);
	struct ply_slice type = ply_sip_hdr(q->msg, PLY_HDR_CONTENT_TYPE);
	struct fe_job *j;
	int r;

	if (!s)
		return refused(q, FE_D_SUBSCRIPTION_MISSING);
	if (fe_sub_refreshed(s, q)) {
		fe_refuse(q, FE_D_INTERNAL, "CSeq is lower than the last one");
		return FE_DONE;
	}
	if (!fe_subscription_wanted(q, true)) { /* the end */
		fe_subscription_end(q, &s->base, ply_ms_event_name(s->event));
		return FE_DONE;
	}
	j = fe_job_new(q, refresh_done);
	if (!j)
		return refused(q, FE_D_OVERLOAD);
	j->event = s->event;
	r = fe_job_add(j, ply_slice_str(q->sender ? q->sender->aor : ""), false);
	if (s->event == PLY_MS_EVENT_PRESENCE && q->msg->body.len &&
	    (ply_slice_casestarts(type, PLY_CT_BATCH) ||
	     ply_slice_casestarts(type, PLY_CT_RESOURCE_LISTS)))
		return presence(q, j, r);
	return run(j, r ? r : add_watched(j, s));
}

enum fe_verdict fe_presence_subscribe(struct fe_req *q)
{
	enum ply_ms_event event = ply_ms_event_of(ply_sip_hdr(q->msg, PLY_HDR_EVENT));
	struct fe_job *j;
	int r;

	if (q->to_tag.len)
		return in_dialog(q);
	switch (event) {
	case PLY_MS_EVENT_PRESENCE:
		break;
	case PLY_MS_EVENT_ROAMING_SELF:
	case PLY_MS_EVENT_ROAMING_CONTACTS:
	case PLY_MS_EVENT_PROVISIONING_V2:
	case PLY_MS_EVENT_PROVISIONING:
	case PLY_MS_EVENT_ROAMING_ACL:
	case PLY_MS_EVENT_PRESENCE_WPENDING:
		if (!q->sender || q->target != q->sender)
			return refused(q, FE_D_NOT_AUTHORISED);
		break;
	default:
		return refused(q, FE_D_BAD_EVENT);
	}
	j = fe_job_new(q, self_done);
	if (!j)
		return refused(q, FE_D_OVERLOAD);
	j->event = event;
	r = fe_job_add(j, ply_slice_str(q->sender ? q->sender->aor : ""), false);
	return event == PLY_MS_EVENT_PRESENCE ? presence(q, j, r) : run(j, r);
}
