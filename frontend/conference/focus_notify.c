/* Changes of a meeting to its participants: gathered for a batch's time, then one document for each
 * subscriber. What takes long goes on in the next turn, so that a meeting of a thousand does not
 * stop the loop. [MS-CONFBAS] 3.1; RFC 4575 §3.10 (rate). */
#include "frontend/conference/focus_notify.h"

#include "base/clock.h"
#include "base/mem.h"

/* Of one turn, in microseconds; the clock is read every so many messages. */
enum { TURN_US = 10000, LOOK_EVERY = 32 };

struct fe_roster_feed *fe_roster_feed(struct fe_focus *f)
{
	struct fe_roster_feed *n = f->notify;

	if (n)
		return n;
	n = ply_calloc(1, sizeof *n);
	if (!n)
		return NULL;
	n->focus = f;
	ply_list_init(&n->texts);
	ply_list_init(&n->queue);
	f->notify = n;
	return n;
}

static void feed_free(struct fe_focus *f)
{
	struct fe_roster_feed *n = f->notify;

	if (!n)
		return;
	ply_timer_stop(&f->batch);
	ply_defer_stop(&n->begin);
	ply_defer_stop(&n->out);
	fe_roster_texts_forget(n);
	ply_strbuf_deinit(&n->body);
	ply_free(n);
	f->notify = NULL;
}

bool fe_roster_body(struct fe_roster_feed *n, struct fe_roster_sub *s, bool everything)
{
	const struct fe_roster_text *t =
		everything ? fe_roster_text_full(n) : fe_roster_text_since(n, s->sent);

	if (!t)
		return false;
	ply_strbuf_reset(&n->body);
	ply_ci_write_begin(&n->body, &(struct ply_ci){
					     .entity = ply_slice_str(n->focus->entity),
					     .state = t->from ? PLY_CI_PARTIAL : PLY_CI_FULL,
					     .version = s->version + 1,
				     });
	ply_strbuf_add_slice(&n->body, ply_strbuf_slice(&t->rest));
	if (ply_strbuf_err(&n->body))
		return false;
	s->version++;
	s->sent = t->to;
	return true;
}

/* s may be gone afterwards. Without memory he keeps what he has; the next batch has all of it. */
static void tell(struct fe_roster_feed *n, struct fe_roster_sub *s)
{
	if (fe_roster_body(n, s, false))
		(void)fe_subscription_notify(&s->base, PLY_CT_CONFINFO, ply_strbuf_slice(&n->body));
}

static void send_out(void *ctx)
{
	struct fe_roster_feed *n = ctx;
	uint64_t end = ply_mono_us() + TURN_US;
	unsigned done = 0;
	struct ply_list *it;

	while ((it = ply_list_first(&n->queue))) {
		ply_list_del(it);
		tell(n, container_of(it, struct fe_roster_sub, queued));
		if (++done % LOOK_EVERY == 0 && ply_mono_us() > end) {
			ply_defer_start(n->focus->fe->loop, &n->out, send_out, n);
			return;
		}
	}
}

static void enqueue(struct fe_roster_feed *n, struct fe_roster_sub *s)
{
	/* one NOTIFY at a time: he is asked again when it was answered */
	if (ply_list_empty(&s->queued) && !fe_subscription_is_busy(&s->base))
		ply_list_push(&n->queue, &s->queued);
}

static void batch(void *ctx)
{
	struct fe_roster_feed *n = ctx;
	struct fe_focus *f = n->focus;

	n->at_ms = ply_mono_ms();
	n->told_before = n->told;
	n->told = f->change;
	fe_roster_texts_forget(n);
	PLY_LIST_FOR(it, &f->subs) {
		struct fe_roster_sub *s = container_of(it, struct fe_roster_sub, in_focus);

		if (s->sent < n->told)
			enqueue(n, s);
	}
	send_out(n);
}

void fe_roster_answered(struct fe_subscription *base)
{
	struct fe_roster_sub *s = container_of(base, struct fe_roster_sub, base);
	struct fe_roster_feed *n = s->focus->notify;

	if (s->sent >= n->told)
		return;
	enqueue(n, s);
	ply_defer_start(s->focus->fe->loop, &n->out, send_out, n);
}

/* The first change after a while goes out at once, so that small meetings feel immediate. */
void fe_focus_changed(struct fe_focus *f)
{
	uint64_t wait = fe_meeting_times(f->fe)->batch, now = ply_mono_ms();
	struct fe_roster_feed *n = f->notify;

	if (!n || fe_roster_batch_is_near(n))
		return;
	if (!f->n_subs)
		fe_roster_texts_forget(n);
	else if (now - n->at_ms > wait)
		ply_defer_start(f->fe->loop, &n->begin, batch, n);
	else
		ply_timer_start(f->fe->loop, &f->batch, n->at_ms + wait - now, batch, n);
}

/* Is the client that subscribed still in the meeting? One whose connection is to come back is. */
static bool is_joined(const struct fe_focus *f, const struct fe_roster_sub *s)
{
	const struct fe_party *p = fe_roster_find(f, ply_slice_str(s->base.watcher));

	if (!p || !p->n_focus)
		return false;
	PLY_LIST_FOR(it, &p->places) {
		const struct fe_place *pl = container_of(it, struct fe_place, in_party);

		if (!strcmp(pl->type, "focus") &&
		    (!pl->dialog || !strcmp(pl->dialog->remote_epid, s->base.dialog->remote_epid)))
			return true;
	}
	return false;
}

void fe_focus_unsubscribe(struct fe_focus *f, const char *uri, const char *reason)
{
	PLY_LIST_FOR_SAFE(it, next, &f->subs) {
		struct fe_roster_sub *s = container_of(it, struct fe_roster_sub, in_focus);

		if (strcmp(s->base.watcher, uri) != 0 || is_joined(f, s))
			continue;
		fe_subscription_notify_end(&s->base, reason);
		fe_roster_sub_free(s);
	}
}

void fe_focus_subs_end(struct fe_focus *f, const char *reason)
{
	struct ply_list *it;

	while ((it = ply_list_first(&f->subs))) {
		struct fe_roster_sub *s = container_of(it, struct fe_roster_sub, in_focus);

		if (reason)
			fe_subscription_notify_end(&s->base, reason);
		fe_roster_sub_free(s);
	}
	feed_free(f);
}

void fe_focus_subs_flow_closed(struct fe *fe, uint64_t flow)
{
	if (fe->meetings)
		fe_subscriptions_flow_closed(&fe->meetings->subs, flow);
}
