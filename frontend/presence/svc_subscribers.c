/* Who began to watch: the watched user is asked once, in roaming-self, and answers with
 * setSubscribers. Both are durable. */
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

struct prompt {
	char *user, *name;
};

static void prompt_free(struct fe_change *c)
{
	struct prompt *d = c->data;

	ply_free(d->user);
	ply_free(d->name);
	ply_free(d);
}

static void prompt_apply(struct fe_change *c)
{
	const struct prompt *d = c->data;

	if (!fe_subscriber_find(c->p, ply_slice_str(d->user)))
		(void)fe_subscriber_add(c->p, ply_slice_str(d->user), ply_slice_str(d->name),
					false);
	fe_own_changed(c->p, FE_OWN_SUBSCRIBERS);
}

/* Whom the user has among his own contacts he need not be asked about. */
void fe_prompt(struct fe_presentity *p, const struct fe_user *watcher)
{
	struct ply_slice bare = ply_pres_bare_uri(ply_slice_str(watcher->aor));
	struct ply_rtc_subscriber row = {.watcher = bare,
					 .display_name = ply_slice_str(watcher->display_name)};
	struct prompt *d;
	struct fe_change *c = NULL;

	if (p->user == watcher || fe_subscriber_find(p, bare) || fe_contact_find(p, bare) ||
	    p->n_subscribers >= FE_PRES_MAX_PROMPTS)
		return;
	d = ply_calloc(1, sizeof *d);
	if (!d)
		return;
	d->user = ply_slice_dup(bare);
	d->name = ply_strdup(watcher->display_name ? watcher->display_name : "");
	if (d->user && d->name)
		c = fe_change_new(NULL, p, prompt_apply, prompt_free, d);
	if (!c) {
		ply_free(d->user);
		ply_free(d->name);
		ply_free(d);
		return;
	}
	/* beside whatever else is being written: it touches nothing of that */
	c->side = true;
	if (!row.display_name.p)
		row.display_name = ply_slice("", 0);
	fe_change_started(c, ply_rtc_subscriber_set(p->fe->rtc, p->user->id, &row, 1,
						    fe_change_committed, c));
}

/* --- setSubscribers --- */

struct acks {
	struct ply_set_subscribers doc;
	struct ply_rtc_subscriber *row;
};

static void acks_free(struct fe_change *c)
{
	struct acks *d = c->data;

	ply_set_subscribers_deinit(&d->doc);
	ply_free(d->row);
	ply_free(d);
}

static void acks_apply(struct fe_change *c)
{
	const struct acks *d = c->data;

	for (size_t i = 0; i < d->doc.n; i++) {
		struct fe_subscriber *s = fe_subscriber_find(c->p, d->doc.subscriber[i].user);

		if (s)
			s->acknowledged = d->doc.subscriber[i].acknowledged;
	}
	if (c->q)
		fe_req_ok(c->q);
	fe_own_changed(c->p, FE_OWN_SUBSCRIBERS);
}

static int make_rows(struct acks *d, struct fe_presentity *p)
{
	d->row = ply_calloc(d->doc.n ? d->doc.n : 1, sizeof *d->row);
	if (!d->row)
		return -ENOMEM;
	for (size_t i = 0; i < d->doc.n; i++) {
		const struct fe_subscriber *s = fe_subscriber_find(p, d->doc.subscriber[i].user);

		if (!s)
			return PLY_PRES_E_NO_SUBSCRIBER;
		d->row[i] = (struct ply_rtc_subscriber){
			.watcher = ply_slice_str(s->user),
			.display_name = ply_slice_str(s->display_name),
			.acknowledged = d->doc.subscriber[i].acknowledged};
	}
	return 0;
}

void fe_svc_set_subscribers(struct fe_req *q, struct fe_presentity *p)
{
	struct acks *d = ply_calloc(1, sizeof *d);
	struct fe_change *c = NULL;
	int r = d ? ply_set_subscribers_parse(&d->doc, q->msg->body) : -ENOMEM;

	if (r) {
		ply_free(d);
		fe_refuse_pres(q, r);
		return;
	}
	r = make_rows(d, p);
	if (!r) {
		c = fe_change_new(q, p, acks_apply, acks_free, d);
		r = c ? 0 : -ENOMEM;
	}
	if (r) {
		acks_free(&(struct fe_change){.data = d});
		fe_refuse_pres(q, r);
		return;
	}
	fe_change_started(c, ply_rtc_subscriber_set(p->fe->rtc, p->user->id, d->row, d->doc.n,
						    fe_change_committed, c));
}
