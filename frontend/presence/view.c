/* What a watcher sees: the categories of his container in one document, made once for all watchers
 * of that container who asked for the same. */
#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"
#include "presence/card_xml.h"
#include "presence/pidf_xml.h"

void fe_view_forget(struct fe_presentity *p)
{
	struct ply_list *n;

	while ((n = ply_list_first(&p->bodies))) {
		struct fe_body *b = container_of(n, struct fe_body, node);

		ply_list_del(n);
		ply_strbuf_deinit(&b->text);
		ply_free(b);
	}
}

/* The server writes its state into the levels of the product; any other container is shown what the
 * public sees. */
uint32_t fe_view_level(uint32_t container)
{
	switch (container) {
	case PLY_CONTAINER_DEFAULT:
	case PLY_CONTAINER_PUBLIC:
	case PLY_CONTAINER_COMPANY:
	case PLY_CONTAINER_TEAM:
	case PLY_CONTAINER_PERSONAL:
	case PLY_CONTAINER_BLOCKED:
		return container;
	default:
		return PLY_CONTAINER_PUBLIC;
	}
}

static bool is_seen(const struct fe_pub *pub, enum fe_cat cat, uint32_t container)
{
	/* of state the aggregate only: a client shows the last one it finds */
	return pub->cat == cat && pub->container == container && pub->len &&
	       (cat != FE_CAT_STATE || pub->server);
}

static unsigned put_category(struct ply_strbuf *b, const struct fe_presentity *p, enum fe_cat cat,
			     uint32_t container)
{
	unsigned n = 0;

	PLY_LIST_FOR(it, &p->pubs) {
		const struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (!is_seen(pub, cat, container))
			continue;
		n++;
		ply_category_write(b,
				   &(struct ply_category){.name = ply_slice_str(fe_cat_name(cat)),
							  .instance = pub->instance,
							  .publish_ms = pub->publish_ms,
							  .body = ply_slice(pub->body, pub->len)});
	}
	return n;
}

static void put_categories(struct ply_strbuf *b, const struct fe_presentity *p, uint32_t container,
			   uint32_t cats)
{
	ply_categories_open(b, ply_slice_str(p->user->aor));
	for (unsigned c = 0; c < FE_N_CAT; c++) {
		enum fe_cat cat = (enum fe_cat)c;

		if (!(cats & BIT(c)) || put_category(b, p, cat, container))
			continue;
		if (fe_view_level(container) != container &&
		    put_category(b, p, cat, fe_view_level(container)))
			continue;
		if (container != PLY_CONTAINER_BLOCKED &&
		    put_category(b, p, cat, PLY_CONTAINER_DEFAULT))
			continue;
		ply_category_write(b,
				   &(struct ply_category){.form = PLY_CATEGORY_GONE,
							  .name = ply_slice_str(fe_cat_name(cat))});
	}
	ply_categories_close(b);
}

static void read_state(const struct fe_presentity *p, uint32_t container, struct ply_state *out)
{
	uint32_t instance = container == PLY_CONTAINER_BLOCKED ? PLY_INSTANCE_AGGREGATE_BLOCKED
							       : PLY_INSTANCE_AGGREGATE;
	const struct fe_pub *pub = fe_pub_find(p, FE_CAT_STATE, instance, fe_view_level(container));

	if (!pub || ply_state_parse(out, ply_slice(pub->body, pub->len)))
		*out = (struct ply_state){.availability = PLY_AVAIL_OFFLINE};
}

/* The newest note of the container. */
static bool read_note(const struct fe_presentity *p, uint32_t container, struct ply_note *out)
{
	const struct fe_pub *best = NULL;

	PLY_LIST_FOR(it, &p->pubs) {
		const struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (is_seen(pub, FE_CAT_NOTE, container) &&
		    (!best || pub->publish_ms > best->publish_ms))
			best = pub;
	}
	return best && !ply_note_parse(out, ply_slice(best->body, best->len));
}

static void put_pidf(struct ply_strbuf *b, const struct fe_presentity *p, uint32_t container)
{
	struct ply_pidf d = {.entity = ply_slice_str(p->user->aor),
			     .contact = ply_slice_str(p->user->aor),
			     .timestamp_ms = (int64_t)ply_wall_ms()};
	struct ply_state s;
	struct ply_note note;
	bool noted = read_note(p, container, &note);

	read_state(p, container, &s);
	ply_pidf_from_availability(&d, s.availability, s.activity.token);
	if (noted)
		d.note = note.text;
	ply_pidf_write(b, &d);
	ply_state_deinit(&s);
	if (noted)
		ply_note_deinit(&note);
}

const struct fe_body *fe_view(struct fe_presentity *p, uint32_t container, uint32_t cats, bool pidf)
{
	struct fe_body *b;

	PLY_LIST_FOR(it, &p->bodies) {
		b = container_of(it, struct fe_body, node);
		if (b->container == container && b->pidf == pidf && (pidf || b->cats == cats))
			return b;
	}
	b = ply_calloc(1, sizeof *b);
	if (!b)
		return NULL;
	b->container = container;
	b->cats = cats;
	b->pidf = pidf;
	if (pidf)
		put_pidf(&b->text, p, container);
	else
		put_categories(&b->text, p, container, cats);
	if (ply_strbuf_err(&b->text)) {
		ply_strbuf_deinit(&b->text);
		ply_free(b);
		return NULL;
	}
	ply_list_push(&p->bodies, &b->node);
	return b;
}
