/* Changes to watchers: gathered while a turn lasts, then one message for each watcher, its body
 * made once for all who see the same. What takes long goes on in the next turn, so that a person
 * with a thousand watchers does not stop the loop. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"
#include "presence/pidf_xml.h"
#include "presence/rlmi_xml.h"

/* Of one turn, in microseconds; the clock is read every so many messages. */
enum { TURN_US = 10000, LOOK_EVERY = 32 };

void fe_mark(struct fe_presentity *p, uint32_t container, uint32_t cats)
{
	struct fe_dirty *grown;

	p->self_dirty |= cats;
	for (size_t i = 0; i < p->n_dirty; i++)
		if (p->dirty[i].container == container) {
			p->dirty[i].cats |= cats;
			return;
		}
	if (p->n_dirty == p->cap_dirty) {
		grown = ply_realloc(p->dirty, (p->cap_dirty + 16) * sizeof *grown);
		if (!grown)
			return;
		p->dirty = grown;
		p->cap_dirty += 16;
	}
	p->dirty[p->n_dirty++] = (struct fe_dirty){container, cats};
}

/* Categories of which a watcher in `container` may have to hear. */
static uint32_t dirty_for(const struct fe_presentity *p, uint32_t container)
{
	uint32_t cats = 0;

	for (size_t i = 0; i < p->n_dirty; i++) {
		uint32_t c = p->dirty[i].container;

		if (c == container ||
		    (c == PLY_CONTAINER_DEFAULT && container != PLY_CONTAINER_BLOCKED) ||
		    c == fe_view_level(container))
			cats |= p->dirty[i].cats;
	}
	return cats;
}

static void queue_watch(struct fe_watch *w, uint32_t cats)
{
	struct fe_sub *s = w->sub;

	/* a document of a standard client is made of state and note */
	if (s->form == FE_FORM_PIDF)
		cats &= BIT(FE_CAT_STATE) | BIT(FE_CAT_NOTE);
	else
		cats &= s->cats;
	if (!cats)
		return;
	w->dirty |= cats;
	if (ply_list_empty(&w->queued))
		ply_list_push(&s->base.fe->presence->queue, &w->queued);
}

static bool tell_watch(struct fe_watch *w)
{
	struct fe_sub *s = w->sub;
	bool pidf = s->form == FE_FORM_PIDF;
	const struct fe_body *b = fe_view(w->pres, w->container, w->dirty, pidf);
	struct ply_strbuf body = PLY_STRBUF_INIT, type = PLY_STRBUF_INIT;
	const char *ct = pidf ? PLY_CT_PIDF : PLY_CT_CATEGORIES;
	struct ply_rlmi_item item;
	bool alive;

	if (!b)
		return true;
	w->dirty = 0;
	if (!s->base.eventlist)
		return fe_subscription_notify(&s->base, ct, ply_strbuf_slice(&b->text));
	item = (struct ply_rlmi_item){.uri = ply_slice_str(w->uri),
				      .state = PLY_RLMI_ACTIVE,
				      .content_type = ply_slice_str(ct),
				      .body = ply_strbuf_slice(&b->text)};
	ply_rlmi_write(&body, &type,
		       &(struct ply_rlmi_list){.dialect = PLY_RLMI_RFC,
					       .uri = ply_slice_str(s->base.dialog->local_uri),
					       .version = ++s->version,
					       .item = &item,
					       .n = 1});
	alive = fe_subscription_notify(&s->base, ply_strbuf_str(&type), ply_strbuf_slice(&body));
	ply_strbuf_deinit(&body);
	ply_strbuf_deinit(&type);
	return alive;
}

static void tell_own(struct fe_sub *s)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	uint32_t cats = s->own_dirty;
	unsigned sections = s->own_sections;

	s->own_dirty = 0;
	s->own_sections = 0;
	fe_roaming_self_write(&b, s->pres, cats, sections);
	if (!ply_strbuf_err(&b))
		(void)fe_subscription_notify(&s->base, PLY_CT_ROAMING_SELF, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
}

static void flush(void *ctx)
{
	struct fe_presence *x = ctx;
	uint64_t end = ply_mono_us() + TURN_US;
	unsigned done = 0;
	struct ply_list *n;

	while ((n = ply_list_first(&x->own))) {
		ply_list_del(n);
		tell_own(container_of(n, struct fe_sub, queued));
	}
	while ((n = ply_list_first(&x->queue))) {
		struct fe_watch *w = container_of(n, struct fe_watch, queued);

		ply_list_del(n);
		/* one NOTIFY at a time: queued again when that one was answered */
		if (fe_subscription_is_busy(&w->sub->base))
			continue;
		(void)tell_watch(w);
		if (++done % LOOK_EVERY == 0 && ply_mono_us() > end) {
			fe_flush_now(x);
			return;
		}
	}
}

void fe_flush_now(struct fe_presence *x)
{
	if (!ply_list_empty(&x->queue) || !ply_list_empty(&x->own))
		ply_defer_start(x->fe->loop, &x->flush, flush, x);
}

static void mark_own(struct fe_presentity *p, const struct fe_endpoint *except, uint32_t cats,
		     uint32_t known, unsigned sections)
{
	PLY_LIST_FOR(it, &p->subs) {
		struct fe_sub *s = container_of(it, struct fe_sub, in_pres);

		if (s->event != PLY_MS_EVENT_ROAMING_SELF)
			continue;
		s->own_dirty |= except && s->ep == except ? cats & ~known : cats;
		s->own_sections |= sections;
		if ((s->own_dirty || s->own_sections) && ply_list_empty(&s->queued))
			ply_list_push(&p->fe->presence->own, &s->queued);
	}
}

void fe_pres_changed(struct fe_presentity *p, const struct fe_endpoint *except, uint32_t known)
{
	if (!p->n_dirty && !p->self_dirty)
		return;
	fe_view_forget(p);
	PLY_LIST_FOR(it, &p->watches) {
		struct fe_watch *w = container_of(it, struct fe_watch, in_pres);

		queue_watch(w, dirty_for(p, w->container));
	}
	mark_own(p, except, p->self_dirty, known, 0);
	p->n_dirty = 0;
	p->self_dirty = 0;
	fe_flush_now(p->fe->presence);
}

void fe_own_changed(struct fe_presentity *p, unsigned sections)
{
	mark_own(p, NULL, 0, 0, sections);
	fe_flush_now(p->fe->presence);
}

void fe_own_refresh(struct fe_presentity *p, const struct fe_endpoint *e)
{
	PLY_LIST_FOR(it, &p->subs) {
		struct fe_sub *s = container_of(it, struct fe_sub, in_pres);

		if (!e || s->ep != e || s->event != PLY_MS_EVENT_ROAMING_SELF)
			continue;
		s->own_dirty = FE_CAT_ALL;
		s->own_sections = FE_OWN_CONTAINERS | FE_OWN_SUBSCRIBERS;
		if (ply_list_empty(&s->queued))
			ply_list_push(&p->fe->presence->own, &s->queued);
	}
	fe_flush_now(p->fe->presence);
}

void fe_watchers_move(struct fe_presentity *p)
{
	PLY_LIST_FOR(it, &p->watches) {
		struct fe_watch *w = container_of(it, struct fe_watch, in_pres);
		uint32_t to = fe_pres_container_of(p, ply_slice_str(w->sub->base.watcher));

		if (to == w->container)
			continue;
		w->container = to;
		queue_watch(w, FE_CAT_ALL);
	}
	fe_flush_now(p->fe->presence);
}
