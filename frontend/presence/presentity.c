/* One owned user in memory: what he publishes, whom he lets see what, whom he knows. Changes here
 * are memory alone; who makes them durable first is in svc_*.c and soap_*.c. */
#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"

#include <errno.h>

static const char *const cat_names[FE_N_CAT] = {
	[FE_CAT_STATE] = "state",
	[FE_CAT_DEVICE] = "device",
	[FE_CAT_SERVICES] = "services",
	[FE_CAT_LEGACY_INTEROP] = "legacyInterop",
	[FE_CAT_CONTACT_CARD] = "contactCard",
	[FE_CAT_USER_PROPERTIES] = "userProperties",
	[FE_CAT_NOTE] = "note",
	[FE_CAT_NOTE_HISTORY] = "noteHistory",
	[FE_CAT_CALENDAR_DATA] = "calendarData",
	[FE_CAT_USER_INFORMATION] = "userInformation",
	[FE_CAT_ALERTS] = "alerts",
	[FE_CAT_ROUTING] = "routing",
	[FE_CAT_DND_STATE] = "dndState",
	[FE_CAT_WORKING_HOURS] = "workingHours",
	[FE_CAT_RCC_OPTIONS] = "rccOptions",
	[FE_CAT_OTHER_OPTIONS] = "otherOptions",
};

const char *fe_cat_name(enum fe_cat c)
{
	return cat_names[c];
}

bool fe_cat_read(struct ply_slice name, enum fe_cat *out)
{
	for (unsigned i = 0; i < FE_N_CAT; i++)
		if (ply_slice_is(name, cat_names[i])) {
			*out = (enum fe_cat)i;
			return true;
		}
	return false;
}

struct fe_presentity *fe_pres_new(struct fe_user *u)
{
	struct fe_presentity *p = ply_calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->fe = u->fe;
	p->user = u;
	p->delta = 1;
	ply_list_init(&p->loading);
	ply_list_init(&p->waiters);
	ply_list_init(&p->ops);
	ply_list_init(&p->pubs);
	ply_list_init(&p->subscribers);
	ply_list_init(&p->groups);
	ply_list_init(&p->contacts);
	ply_list_init(&p->subs);
	ply_list_init(&p->watches);
	ply_list_init(&p->bodies);
	ply_list_init(&p->states);
	return p;
}

/* --- publications --- */

struct fe_pub *fe_pub_find(const struct fe_presentity *p, enum fe_cat cat, uint32_t instance,
			   uint32_t container)
{
	PLY_LIST_FOR(it, &p->pubs) {
		struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->cat == cat && pub->instance == instance && pub->container == container)
			return pub;
	}
	return NULL;
}

static void forget_parsed(struct fe_pub *pub)
{
	if (pub->state)
		ply_state_deinit(pub->state);
	if (pub->device)
		ply_device_deinit(pub->device);
	ply_free(pub->state);
	ply_free(pub->device);
	pub->state = NULL;
	pub->device = NULL;
}

/* What the aggregation reads; a value that cannot be read counts for nothing. */
static void parse_input(struct fe_pub *pub)
{
	struct ply_slice body = ply_slice(pub->body, pub->len);

	forget_parsed(pub);
	if (pub->server || !pub->len)
		return;
	if (pub->cat == FE_CAT_STATE &&
	    (pub->container == PLY_CONTAINER_INPUT || pub->container == PLY_CONTAINER_INPUT_TEAM)) {
		pub->state = ply_calloc(1, sizeof *pub->state);
		if (pub->state && ply_state_parse(pub->state, body)) {
			ply_free(pub->state);
			pub->state = NULL;
		}
	} else if (pub->cat == FE_CAT_DEVICE && pub->container == PLY_CONTAINER_INPUT) {
		pub->device = ply_calloc(1, sizeof *pub->device);
		if (pub->device && ply_device_parse(pub->device, body)) {
			ply_free(pub->device);
			pub->device = NULL;
		}
	}
}

static void pub_free(struct fe_presentity *p, struct fe_pub *pub)
{
	ply_list_del(&pub->node);
	p->n_pubs--;
	forget_parsed(pub);
	ply_free(pub->body);
	ply_free(pub);
}

static struct fe_pub *pub_new(struct fe_presentity *p, const struct fe_pub_set *set)
{
	struct fe_pub *pub = ply_calloc(1, sizeof *pub);

	if (!pub)
		return NULL;
	pub->cat = set->cat;
	pub->instance = set->instance;
	pub->container = set->container;
	ply_list_push(&p->pubs, &pub->node);
	p->n_pubs++;
	return pub;
}

int fe_pub_set(struct fe_presentity *p, const struct fe_pub_set *set)
{
	struct fe_pub *pub = fe_pub_find(p, set->cat, set->instance, set->container);
	char *body = ply_strndup(set->body.len ? set->body.p : "", set->body.len);

	if (body && !pub)
		pub = pub_new(p, set);
	if (!body || !pub) {
		ply_free(body);
		return -ENOMEM;
	}
	ply_free(pub->body);
	pub->body = body;
	pub->len = set->body.len;
	pub->version = set->version;
	pub->expire_type = set->expire_type;
	pub->expires = set->expires;
	pub->ends_ms = set->expires ? ply_mono_ms() + set->expires * 1000ULL : 0;
	pub->publish_ms = (int64_t)ply_wall_ms();
	pub->server = set->server;
	pub->ep = set->ep;
	if (set->ep)
		memcpy(pub->endpoint_id, set->ep->instance, sizeof pub->endpoint_id);
	parse_input(pub);
	fe_mark(p, pub->container, BIT(pub->cat));
	return 0;
}

void fe_pub_delete(struct fe_presentity *p, struct fe_pub *pub)
{
	fe_mark(p, pub->container, BIT(pub->cat));
	pub_free(p, pub);
}

static void pubs_expired(void *ctx)
{
	struct fe_presentity *p = ctx;
	uint64_t now = ply_mono_ms();

	PLY_LIST_FOR_SAFE(it, next, &p->pubs) {
		struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->ends_ms && pub->ends_ms <= now)
			fe_pub_delete(p, pub);
	}
	fe_pres_set_expiry(p);
	fe_pres_aggregate(p);
	fe_pres_changed(p, NULL, 0);
}

void fe_pres_set_expiry(struct fe_presentity *p)
{
	uint64_t first = 0, now = ply_mono_ms();

	PLY_LIST_FOR(it, &p->pubs) {
		const struct fe_pub *pub = container_of(it, struct fe_pub, node);

		if (pub->ends_ms && (!first || pub->ends_ms < first))
			first = pub->ends_ms;
	}
	if (first)
		ply_timer_start(p->fe->loop, &p->expiry, first > now ? first - now : 0,
				pubs_expired, p);
	else
		ply_timer_stop(&p->expiry);
}

/* --- containers --- */

void fe_members_free(const struct ply_member *m, size_t n)
{
	union {
		const void *in;
		void *out;
	} list = {.in = m}, value;

	for (size_t i = 0; i < n; i++) {
		value.in = m[i].value.p;
		ply_free(value.out);
	}
	ply_free(list.out);
}

struct ply_member *fe_members_copy(const struct ply_member *m, size_t n)
{
	struct ply_member *copy = ply_calloc(n ? n : 1, sizeof *copy);

	for (size_t i = 0; copy && i < n; i++) {
		copy[i].type = m[i].type;
		copy[i].value = ply_slice_str(
			ply_strndup(m[i].value.len ? m[i].value.p : "", m[i].value.len));
		if (!copy[i].value.p) {
			fe_members_free(copy, i);
			return NULL;
		}
	}
	return copy;
}

struct ply_container *fe_container_find(struct fe_presentity *p, uint32_t id)
{
	for (size_t i = 0; i < p->n_container; i++)
		if (p->container[i].id == id)
			return &p->container[i];
	return NULL;
}

int fe_container_set(struct fe_presentity *p, uint32_t id, uint32_t version,
		     struct ply_member *member, size_t n)
{
	struct ply_container *c = fe_container_find(p, id), *grown;

	if (!c) {
		grown = ply_realloc(p->container, (p->n_container + 1) * sizeof *grown);
		if (!grown)
			return -ENOMEM;
		p->container = grown;
		c = &grown[p->n_container++];
		*c = (struct ply_container){.id = id};
	}
	fe_members_free(c->member, c->n);
	c->version = version;
	c->member = member;
	c->n = n;
	return 0;
}

/* Whoever never set his containers is seen as a client of the product would set them at first
 * sign-in: colleagues in 200, federated people in 100. */
static uint32_t untouched_default(const struct fe_presentity *p, uint32_t id)
{
	for (size_t i = 0; i < p->n_container; i++)
		if (p->container[i].id == id && p->container[i].version)
			return PLY_CONTAINER_DEFAULT;
	return id;
}

uint32_t fe_pres_container_of(const struct fe_presentity *p, struct ply_slice uri)
{
	struct ply_slice bare = ply_pres_bare_uri(uri);
	size_t at = ply_slice_chr(bare, '@');
	struct ply_slice host = at == SIZE_MAX ? ply_slice("", 0) : ply_slice_from(bare, at + 1);
	bool ours = fe_is_our_domain(p->fe, host);
	const struct ply_watcher w = {
		.uri = bare,
		.source = !bare.len ? PLY_SOURCE_OTHER
			  : ours    ? PLY_SOURCE_SAME_ENTERPRISE
				    : PLY_SOURCE_FEDERATED,
	};
	uint32_t c;

	if (ply_slice_eq(bare, ply_pres_bare_uri(ply_slice_str(p->user->aor))))
		return PLY_CONTAINER_PERSONAL;
	c = ply_visible_container(p->container, p->n_container, &w);
	if (c == PLY_CONTAINER_DEFAULT && bare.len)
		c = untouched_default(p, ours ? PLY_CONTAINER_COMPANY : PLY_CONTAINER_PUBLIC);
	return c;
}

/* --- load --- */

static int fill_containers(struct fe_presentity *p, const struct ply_rtc_presentity *row)
{
	static const uint32_t shown[] = {PLY_CONTAINER_DEFAULT,  PLY_CONTAINER_PUBLIC,
					 PLY_CONTAINER_COMPANY,  PLY_CONTAINER_TEAM,
					 PLY_CONTAINER_PERSONAL, PLY_CONTAINER_BLOCKED};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_LEN(shown); i++)
		r = fe_container_set(p, shown[i], 0, NULL, 0);
	for (size_t i = 0, m = 0; !r && i < row->n_container; i++) {
		struct ply_member list[FE_PRES_MAX_MEMBERS], *copy;
		size_t n = 0;

		while (m < row->n_member && row->member[m].container < row->container[i].id)
			m++;
		for (; m < row->n_member && row->member[m].container == row->container[i].id &&
		       n < ARRAY_LEN(list);
		     m++)
			list[n++] = (struct ply_member){
				.type = (enum ply_member_type)(row->member[m].type -
							       PLY_RTC_MEMBER_USER),
				.value = row->member[m].value};
		copy = fe_members_copy(list, n);
		r = copy ? fe_container_set(p, row->container[i].id, row->container[i].version,
					    copy, n)
			 : -ENOMEM;
	}
	return r;
}

static const enum ply_expire_type expire_types[] = {
	[PLY_RTC_EXPIRE_STATIC] = PLY_EXPIRE_STATIC,
	[PLY_RTC_EXPIRE_USER] = PLY_EXPIRE_USER,
	[PLY_RTC_EXPIRE_ENDPOINT] = PLY_EXPIRE_ENDPOINT,
	[PLY_RTC_EXPIRE_TIME] = PLY_EXPIRE_TIME,
};

static int fill_pubs(struct fe_presentity *p, const struct ply_rtc_presentity *row)
{
	uint64_t now = ply_wall_ms();
	int r = 0;

	for (size_t i = 0; !r && i < row->n_pub; i++) {
		const struct ply_rtc_pub *in = &row->pub[i];
		struct fe_pub_set set = {.instance = in->instance,
					 .container = in->container,
					 .version = in->version,
					 .body = in->body};
		struct fe_pub *pub;

		if (!fe_cat_read(in->category, &set.cat) ||
		    (in->expire != PLY_RTC_EXPIRE_STATIC && in->expire != PLY_RTC_EXPIRE_TIME))
			continue;
		set.expire_type = expire_types[in->expire];
		if (in->expires_ms)
			set.expires = in->expires_ms > now
					      ? (uint32_t)((in->expires_ms - now + 999) / 1000)
					      : 1;
		r = fe_pub_set(p, &set);
		pub = fe_pub_find(p, set.cat, set.instance, set.container);
		if (!r && pub)
			pub->publish_ms = (int64_t)in->published_ms;
	}
	return r;
}

static int fill_people(struct fe_presentity *p, const struct ply_rtc_presentity *row)
{
	int r = fe_group_put(p, &(struct ply_contact_group){.id = 1, .name = {"~", 1}});

	for (size_t i = 0; !r && i < row->n_subscriber; i++)
		r = fe_subscriber_add(p, row->subscriber[i].watcher,
				      row->subscriber[i].display_name,
				      row->subscriber[i].acknowledged);
	for (size_t i = 0; !r && i < row->n_group; i++)
		r = fe_group_put(
			p, &(struct ply_contact_group){.id = row->group[i].id,
						       .name = row->group[i].name,
						       .external_uri = row->group[i].external_uri});
	for (size_t i = 0; !r && i < row->n_contact; i++)
		r = fe_contact_put(
			p, &(struct ply_contact){.uri = row->contact[i].uri,
						 .name = row->contact[i].name,
						 .groups = row->contact[i].groups >> 1,
						 .subscribed = row->contact[i].subscribed,
						 .external_uri = row->contact[i].external_uri,
						 .extension = row->contact[i].extension});
	p->delta = row->contact_delta ? row->contact_delta : 1;
	return r;
}

int fe_pres_fill(struct fe_presentity *p, const struct ply_rtc_presentity *row)
{
	int r = fill_containers(p, row);

	if (!r)
		r = fill_pubs(p, row);
	if (!r)
		r = fill_people(p, row);
	if (r)
		return r;
	p->title = ply_slice_dup(row->user.title);
	p->department = ply_slice_dup(row->user.department);
	p->company = ply_slice_dup(row->user.company);
	p->office = ply_slice_dup(row->user.office);
	p->loaded = true;
	fe_pres_publish_facts(p);
	fe_pres_aggregate(p);
	fe_pres_set_expiry(p);
	p->n_dirty = 0; /* nobody watches yet */
	p->self_dirty = 0;
	return 0;
}

void fe_pres_free(struct fe_presentity *p)
{
	struct ply_list *n;

	if (!p)
		return;
	ply_timer_stop(&p->expiry);
	ply_list_del(&p->loading);
	while ((n = ply_list_first(&p->pubs)))
		pub_free(p, container_of(n, struct fe_pub, node));
	for (size_t i = 0; i < p->n_container; i++)
		fe_members_free(p->container[i].member, p->container[i].n);
	ply_free(p->container);
	while ((n = ply_list_first(&p->contacts)))
		fe_contact_delete(p, container_of(n, struct fe_contact, node));
	while ((n = ply_list_first(&p->groups)))
		fe_group_delete(p, container_of(n, struct fe_group, node));
	while ((n = ply_list_first(&p->subscribers))) {
		struct fe_subscriber *s = container_of(n, struct fe_subscriber, node);

		ply_list_del(&s->node);
		ply_free(s->user);
		ply_free(s->display_name);
		ply_free(s);
	}
	fe_view_forget(p);
	ply_free(p->title);
	ply_free(p->department);
	ply_free(p->company);
	ply_free(p->office);
	ply_free(p->dirty);
	ply_free(p);
}
