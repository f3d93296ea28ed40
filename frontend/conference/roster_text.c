/* Conference event documents, each made once for all who are to have the same: a thousand
 * participants hear of a change by a thousand copies of one text. RFC 4575 §4, [MS-CONFBAS] 2.2.2.
 */
#include "base/counter.h"
#include "base/mem.h"
#include "frontend/conference/focus_notify.h"

enum {
	MAX_TEXTS = 8,    /* of one batch; who is further behind gets a full one */
	MAX_CHANGES = 64, /* more users than this: whatever is shorter */
	FRESH_BELOW = 64, /* participants; full documents of larger meetings may be a batch old */
};

PLY_COUNTER(made, "parley_frontend_roster_documents_total", "roster documents written");

static void text_free(struct fe_roster_feed *n, struct fe_roster_text *t)
{
	ply_list_del(&t->node);
	n->n_texts--;
	ply_strbuf_deinit(&t->rest);
	ply_free(t);
}

void fe_roster_texts_forget(struct fe_roster_feed *n)
{
	struct ply_list *it;

	while ((it = ply_list_first(&n->texts)))
		text_free(n, container_of(it, struct fe_roster_text, node));
}

static void put_user(struct fe_roster_text *t, const struct ply_ci_user *u, enum ply_ci_state list)
{
	if (!t->n_changes++)
		ply_ci_write_users_begin(&t->rest, list);
	ply_ci_write_user(&t->rest, u);
}

/* Whoever is mentioned is mentioned with all his endpoints: SIPE takes a user without a connected
 * chat endpoint off its roster. */
static void put_users(struct fe_roster_text *t, const struct fe_focus *f, struct ply_arena *mem)
{
	enum ply_ci_state list = t->from ? PLY_CI_PARTIAL : PLY_CI_FULL;
	struct ply_ci_user u;

	PLY_LIST_FOR(it, &f->gone) {
		const struct fe_gone *g = container_of(it, struct fe_gone, node);

		if (!t->from || g->changed <= t->from)
			continue;
		u = (struct ply_ci_user){.entity = ply_slice_str(g->uri), .state = PLY_CI_DELETED};
		put_user(t, &u, list);
	}
	PLY_LIST_FOR(it, &f->parties) {
		const struct fe_party *p = container_of(it, struct fe_party, in_focus);

		if (p->changed <= t->from)
			continue;
		ply_arena_reset(mem);
		fe_party_describe(p, PLY_CI_FULL, mem, &u);
		put_user(t, &u, list);
	}
	if (t->n_changes)
		ply_strbuf_adds(&t->rest, PLY_CI_USERS_END);
}

static void put(struct fe_roster_text *t, const struct fe_focus *f)
{
	struct ply_arena mem, user_mem;
	struct ply_ci doc;

	ply_arena_init(&mem, 4096);
	ply_arena_init(&user_mem, 4096);
	fe_focus_describe(f, &mem, &doc);
	if (f->description_change > t->from || !t->from)
		ply_ci_write_description(&t->rest, &doc.description);
	put_users(t, f, &user_mem);
	if (f->view_change > t->from || !t->from)
		ply_ci_write_views(&t->rest, doc.view, doc.n_view);
	ply_strbuf_adds(&t->rest, PLY_CI_END);
	ply_arena_deinit(&user_mem);
	ply_arena_deinit(&mem);
}

static const struct fe_roster_text *make(struct fe_roster_feed *n, uint64_t from)
{
	struct fe_roster_text *t = ply_calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->from = from;
	t->to = n->focus->change;
	ply_list_push(&n->texts, &t->node);
	n->n_texts++;
	put(t, n->focus);
	ply_counter_inc(&made);
	if (!ply_strbuf_err(&t->rest))
		return t;
	text_free(n, t);
	return NULL;
}

static struct fe_roster_text *find(const struct fe_roster_feed *n, uint64_t from)
{
	PLY_LIST_FOR(it, &n->texts) {
		struct fe_roster_text *t = container_of(it, struct fe_roster_text, node);

		if (t->from == from)
			return t;
	}
	return NULL;
}

/* When many join at once, each changes the roster and each asks for all of it: what is missing in
 * the document of a moment ago comes with the batch that is near. */
static bool is_fresh(const struct fe_roster_feed *n, const struct fe_roster_text *t)
{
	return t->to == n->focus->change ||
	       (n->focus->n_parties > FRESH_BELOW && fe_roster_batch_is_near(n));
}

const struct fe_roster_text *fe_roster_text_full(struct fe_roster_feed *n)
{
	struct fe_roster_text *t = find(n, 0);

	if (t && is_fresh(n, t))
		return t;
	if (t)
		text_free(n, t);
	return make(n, 0);
}

const struct fe_roster_text *fe_roster_text_since(struct fe_roster_feed *n, uint64_t sent)
{
	/* who came in since the batch before hears what that one's receivers hear */
	uint64_t from = sent > n->told_before ? n->told_before : sent;
	const struct fe_roster_text *t = find(n, from), *full;

	if (!from || from < n->focus->forgotten || (!t && n->n_texts >= MAX_TEXTS))
		return fe_roster_text_full(n);
	if (!t)
		t = make(n, from);
	if (!t || t->n_changes <= MAX_CHANGES)
		return t;
	full = fe_roster_text_full(n);
	return full && full->rest.len <= t->rest.len ? full : t;
}
