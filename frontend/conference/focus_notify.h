/* Who follows the roster of a meeting, and the texts he is sent: shared by focus_subscribe.c,
 * focus_notify.c and roster_text.c, for nobody else. */
#ifndef FE_CONFERENCE_FOCUS_NOTIFY_H
#define FE_CONFERENCE_FOCUS_NOTIFY_H

#include "frontend/conference/focus.h"
#include "frontend/event/subscription.h"

/* One dialog of a participant's client. */
struct fe_roster_sub {
	struct fe_subscription base; /* watcher: uri of the party */
	struct ply_list in_focus;    /* focus->subs */
	struct ply_list queued;      /* in feed->queue: has something to be told */
	struct fe_focus *focus;
	uint64_t sent;    /* focus->change that it knows */
	uint32_t version; /* of its last document */
};

/* A document without its root's start tag: what all receivers have in common. */
struct fe_roster_text {
	struct ply_list node;
	uint64_t from, to;  /* takes a receiver from one change to another; from 0: in full */
	unsigned n_changes; /* users mentioned */
	struct ply_strbuf rest;
};

/* focus->notify: lives while somebody follows. */
struct fe_roster_feed {
	struct fe_focus *focus;
	struct ply_list texts; /* since the last batch */
	unsigned n_texts;
	struct ply_list queue;       /* struct fe_roster_sub of the batch that is going out */
	struct ply_defer begin, out; /* of the batch; of the rest of its queue */
	uint64_t at_ms;              /* ply_mono_ms of the last batch */
	uint64_t told, told_before;  /* focus->change of that batch and of the one before */
	struct ply_strbuf body;
};

/* NULL: no memory. */
struct fe_roster_feed *fe_roster_feed(struct fe_focus *f);
static inline bool fe_roster_batch_is_near(const struct fe_roster_feed *n)
{
	return ply_timer_is_active(&n->focus->batch) || ply_defer_is_active(&n->begin);
}
/* The document as this subscriber is to have it now, in feed->body, and counted as sent:
 * everything, or what is new to him. False: no memory. */
bool fe_roster_body(struct fe_roster_feed *n, struct fe_roster_sub *s, bool everything);
void fe_roster_sub_free(struct fe_roster_sub *s);
/* A NOTIFY was answered. */
void fe_roster_answered(struct fe_subscription *base);

/* --- roster_text.c --- */
/* LENDS, until the next batch. NULL: no memory. */
const struct fe_roster_text *fe_roster_text_full(struct fe_roster_feed *n);
const struct fe_roster_text *fe_roster_text_since(struct fe_roster_feed *n, uint64_t sent);
void fe_roster_texts_forget(struct fe_roster_feed *n);

#endif
