/* What the server itself publishes for a user: the aggregates of his endpoints' states, and his
 * directory entry. Computed whole each time; only what differs becomes a change. */
#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"
#include "presence/card_xml.h"

enum { MAX_INPUTS = 256, MAX_DEVICES = 64 };

/* One value of ours; an unchanged one keeps its version and its time. */
static void put(struct fe_presentity *p, enum fe_cat cat, uint32_t instance, uint32_t container,
		enum ply_expire_type type, struct ply_slice body)
{
	struct fe_pub *old = fe_pub_find(p, cat, instance, container);
	const struct fe_pub_set set = {
		.cat = cat,
		.instance = instance,
		.container = container,
		.version = old ? old->version + 1 : 1,
		.expire_type = type,
		.body = body,
		.server = true,
	};

	if (old && old->server && ply_slice_eq(ply_slice(old->body, old->len), body))
		return;
	if (fe_pub_set(p, &set))
		ply_warn(&p->user->log, "presence.lost", KS("category", fe_cat_name(cat)));
}

struct inputs {
	struct ply_agg_state state[MAX_INPUTS];
	const struct ply_device *device[MAX_DEVICES];
	size_t n_state, n_device;
};

static void add_state(struct inputs *in, const struct ply_state *s, uint32_t container,
		      uint32_t instance, int64_t publish_ms, const char *endpoint_id)
{
	if (in->n_state < MAX_INPUTS)
		in->state[in->n_state++] = (struct ply_agg_state){
			.state = s,
			.container = container,
			.instance = instance,
			.publish_ms = publish_ms,
			.endpoint_id = ply_slice_str(endpoint_id),
		};
}

static void add_published(struct inputs *in, const struct fe_presentity *p)
{
	PLY_LIST_FOR(it, &p->pubs) {
		const struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->state)
			add_state(in, pub->state, pub->container, pub->instance, pub->publish_ms,
				  pub->endpoint_id);
		else if (pub->device && in->n_device < MAX_DEVICES)
			in->device[in->n_device++] = pub->device;
	}
}

static bool publishes(const struct fe_presentity *p, const struct fe_endpoint *e)
{
	PLY_LIST_FOR(it, &p->pubs) {
		const struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->ep == e && pub->state)
			return true;
	}
	return false;
}

/* Standard clients that publish nothing are there all the same. */
static void add_silent(struct inputs *in, const struct fe_presentity *p)
{
	static const struct ply_state online = {.type = PLY_STATE_MACHINE,
						.has_availability = true,
						.availability = PLY_AVAIL_ONLINE};
	uint64_t now = ply_mono_ms();

	PLY_LIST_FOR(it, &p->user->endpoints) {
		const struct fe_endpoint *e = container_of(it, struct fe_endpoint, in_user);
		int64_t since = (int64_t)(ply_wall_ms() - (now - e->registered_ms));

		if ((e->flags & FE_EP_OCS) || publishes(p, e))
			continue;
		add_state(in, &online, PLY_CONTAINER_INPUT, 0, since, e->instance);
		add_state(in, &online, PLY_CONTAINER_INPUT_TEAM, 0, since, e->instance);
	}
}

static void publish_result(struct fe_presentity *p, const struct ply_agg_result *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct ply_agg_output *o = &r->out[i];
		enum fe_cat cat;

		if (fe_cat_read(ply_slice_str(o->category), &cat))
			put(p, cat, o->instance, o->container, o->expire_type, o->body);
	}
	if (!r->two.machine.has_availability) {
		struct fe_pub *m = fe_pub_find(p, FE_CAT_STATE, PLY_INSTANCE_AGGREGATE_MACHINE,
					       PLY_CONTAINER_INPUT);

		if (m && m->server)
			fe_pub_delete(p, m);
	}
	p->avail = r->two.state.availability;
	p->avail_team = r->three.state.availability;
}

void fe_pres_aggregate(struct fe_presentity *p)
{
	struct inputs *in = ply_calloc(1, sizeof *in);
	struct ply_agg_result r;
	struct ply_agg_input agg = {
		.uri = ply_slice_str(p->user->aor),
		.signed_in = p->user->n_endpoints > 0,
	};

	if (!in)
		return;
	add_published(in, p);
	add_silent(in, p);
	agg.state = in->state;
	agg.n_state = in->n_state;
	agg.device = in->device;
	agg.n_device = in->n_device;
	if (!ply_aggregate_all(&r, &agg))
		publish_result(p, &r);
	ply_agg_result_deinit(&r);
	ply_free(in);
}

static void put_card(struct fe_presentity *p, struct ply_strbuf *b, const struct ply_card *card,
		     uint32_t container)
{
	ply_strbuf_reset(b);
	ply_contact_card_write(b, card);
	put(p, FE_CAT_CONTACT_CARD, 0, container, PLY_EXPIRE_STATIC, ply_strbuf_slice(b));
}

static void put_line(struct fe_presentity *p, struct ply_strbuf *b)
{
	struct ply_slice line = ply_slice_str(p->user->line_uri);

	ply_strbuf_reset(b);
	ply_user_properties_write(b, line.len ? PLY_LINE_UC : PLY_LINE_NONE, line,
				  ply_slice("", 0));
	put(p, FE_CAT_USER_PROPERTIES, 0, PLY_CONTAINER_SELF, PLY_EXPIRE_STATIC,
	    ply_strbuf_slice(b));
}

/* Who the user is, to everyone but the blocked; where he sits and his number, to colleagues. */
void fe_pres_publish_facts(struct fe_presentity *p)
{
	const struct fe_user *u = p->user;
	struct ply_card card = {
		.display_name = ply_slice_str(u->display_name),
		.email = ply_slice_str(u->mail),
	};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	put_card(p, &b, &card, PLY_CONTAINER_DEFAULT);
	card.company = ply_slice_str(p->company);
	put_card(p, &b, &card, PLY_CONTAINER_PUBLIC);
	card.department = ply_slice_str(p->department);
	card.title = ply_slice_str(p->title);
	card.office = ply_slice_str(p->office);
	card.work_phone = ply_slice_str(u->line_uri);
	put_card(p, &b, &card, PLY_CONTAINER_COMPANY);
	put_card(p, &b, &card, PLY_CONTAINER_TEAM);
	put_card(p, &b, &card, PLY_CONTAINER_PERSONAL);
	put(p, FE_CAT_CONTACT_CARD, 0, PLY_CONTAINER_BLOCKED, PLY_EXPIRE_STATIC, ply_slice("", 0));
	put_line(p, &b);
	ply_strbuf_deinit(&b);
}
