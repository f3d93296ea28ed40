/* The roster's promises, whatever happens in whatever order: its counts are right, nobody is both
 * there and gone, and whoever is told what changed since he last heard knows what there is. */
#include "tests/lib/unit.h"

#include "tests/lib/dice.h"
#include "tests/unit/frontend/conference/roster_world.h"

enum { USERS = 12, STEPS = 20000 };

struct known { /* of one user, as a subscriber has it */
	bool there;
	enum ply_ci_role role;
	unsigned n_places;
};

struct watcher {
	uint64_t change;
	struct known user[USERS];
};

static uint32_t seed = 1;

static unsigned below(unsigned n)
{
	return dice_below(&seed, n);
}

static struct ply_slice uri_of(unsigned i, char out[64])
{
	(void)snprintf(out, 64, "sip:u%u@lab.example", i);
	return ply_slice_str(out);
}

/* --- what must hold --- */

static void check_party(const struct fe_focus *f, const struct fe_party *p)
{
	unsigned places = 0, focus = 0;

	PLY_LIST_FOR(it, &p->places) {
		const struct fe_place *pl = container_of(it, struct fe_place, in_party);

		places++;
		focus += !strcmp(pl->type, "focus");
		assert_ptr_equal(pl->party, p);
		assert_ptr_equal(fe_place_find(p, ply_slice_str(pl->entity), pl->type), pl);
	}
	assert_int_equal(p->n_places, places);
	assert_int_equal(p->n_focus, focus);
	assert_true(places > 0);
	assert_true(p->changed <= f->change);
	assert_ptr_equal(fe_roster_find(f, ply_slice_str(p->uri)), p);
}

static void check_gone(const struct fe_focus *f)
{
	uint64_t last = f->forgotten;
	unsigned n = 0;

	PLY_LIST_FOR(it, &f->gone) {
		const struct fe_gone *g = container_of(it, struct fe_gone, node);

		assert_null(fe_roster_find(f, ply_slice_str(g->uri)));
		assert_true(g->changed > last && g->changed <= f->change);
		last = g->changed;
		n++;
	}
	assert_int_equal(f->n_gone, n);
	assert_true(n <= 256);
}

static void check_all(const struct roster_world *w)
{
	unsigned parties = 0, enterprise = 0;

	PLY_LIST_FOR(it, &w->f->parties) {
		const struct fe_party *p = container_of(it, struct fe_party, in_focus);

		check_party(w->f, p);
		parties++;
		enterprise += p->n_focus && p->auth == PLY_CI_AUTH_ENTERPRISE;
	}
	assert_int_equal(w->f->n_parties, parties);
	assert_int_equal(w->f->n_enterprise, enterprise);
	assert_int_equal(w->m.n_parties, parties);
	assert_true(!enterprise || !w->f->enterprise_left_ms);
	check_gone(w->f);
}

/* As a partial document tells him, or a full one when too much is forgotten. */
static void tell(struct watcher *s, const struct fe_focus *f)
{
	bool full = s->change < f->forgotten;
	char uri[64];

	for (unsigned i = 0; i < USERS; i++) {
		const struct fe_party *p = fe_roster_find(f, uri_of(i, uri));

		if (full)
			s->user[i].there = false;
		if (p && (full || p->changed > s->change))
			s->user[i] = (struct known){true, p->role, p->n_places};
		PLY_LIST_FOR(it, &f->gone) {
			const struct fe_gone *g = container_of(it, struct fe_gone, node);

			if (!strcmp(g->uri, uri) && g->changed > s->change)
				s->user[i].there = false;
		}
	}
	s->change = f->change;
}

static void knows_all(const struct watcher *s, const struct fe_focus *f)
{
	char uri[64];

	for (unsigned i = 0; i < USERS; i++) {
		const struct fe_party *p = fe_roster_find(f, uri_of(i, uri));

		assert_int_equal(s->user[i].there, p != NULL);
		if (!p)
			continue;
		assert_int_equal(s->user[i].role, p->role);
		assert_int_equal(s->user[i].n_places, p->n_places);
	}
}

/* --- what happens --- */

static void join(struct fe_focus *f, unsigned i)
{
	char uri[64], entity[8];
	struct fe_party *p = fe_roster_find(f, uri_of(i, uri));

	(void)snprintf(entity, sizeof entity, "{%u}", below(3));
	if (!p)
		p = fe_roster_add(f, uri, "name", PLY_CI_ATTENDEE,
				  i % 3 ? PLY_CI_AUTH_ENTERPRISE : PLY_CI_AUTH_FEDERATED);
	if (!fe_place_find(p, ply_slice_str(entity), "focus"))
		assert_non_null(fe_place_add(p, ply_slice_str(entity), "focus", PLY_CI_CONNECTED));
}

static void leave(struct fe_party *p)
{
	fe_place_remove(container_of(ply_list_first(&p->places), struct fe_place, in_party));
}

static void news(struct fe_focus *f, unsigned i)
{
	struct ply_ci_media media = {.id = ply_slice_str("1"), .type = ply_slice_str("chat")};
	struct ply_ci_endpoint e[] = {
		{.entity = ply_slice_str("{a}"),
		 .status = PLY_CI_CONNECTED,
		 .media = &media,
		 .n_media = 1},
		{.entity = ply_slice_str("{b}"), .status = PLY_CI_DIALING_IN},
		{.entity = ply_slice_str("{c}"), .state = PLY_CI_DELETED},
	};
	char uri[64];
	const struct ply_ci_user u = {
		.entity = uri_of(i, uri),
		.state = below(4) ? PLY_CI_PARTIAL : PLY_CI_DELETED,
		.endpoint = e + below(2),
		.n_endpoint = below(3),
	};

	fe_roster_news(f, below(2) ? "chat" : "audio-video", &u);
}

static void something(struct fe_focus *f)
{
	unsigned i = 1 + below(USERS - 1); /* user 0 stays: an empty meeting ends */
	char uri[64];
	struct fe_party *p = fe_roster_find(f, uri_of(i, uri));
	unsigned what = below(20);

	if (what < 6)
		join(f, i);
	else if (what < 11)
		news(f, i);
	else if (what == 11)
		fe_roster_drop_type(f, below(2) ? "chat" : "audio-video");
	else if (p && what < 14)
		fe_roster_set_role(p, PLY_CI_ATTENDEE + below(2));
	else if (p && what < 15)
		fe_party_remove(p, NULL);
	else if (p)
		leave(p);
}

static void holds_its_promises_under_random_changes(void **state)
{
	struct watcher often = {0}, seldom = {0};
	struct roster_world w;

	(void)state;
	roster_world_open(&w, "sip:org@lab.example;gruu;opaque=app:conf:focus:id:ABCDEF01");
	join(w.f, 0);
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t before = w.f->change;

		something(w.f);
		assert_true(w.f->change >= before);
		check_all(&w);
		if (!below(3)) {
			tell(&often, w.f);
			knows_all(&often, w.f);
		}
		if (!below(500)) {
			tell(&seldom, w.f);
			knows_all(&seldom, w.f);
		}
	}
	roster_world_close(&w);
}

/* 300 leave: the first of them are forgotten, and who has not heard of them is told everything. */
static void forgets_the_oldest_of_those_gone(void **state)
{
	struct roster_world w;
	uint64_t start;
	char uri[64];

	(void)state;
	roster_world_open(&w, "sip:org@lab.example;gruu;opaque=app:conf:focus:id:ABCDEF01");
	join(w.f, 0);
	start = w.f->change;
	for (unsigned i = 1; i <= 300; i++) {
		join(w.f, i);
		fe_party_remove(fe_roster_find(w.f, uri_of(i, uri)), NULL);
	}
	assert_int_equal(w.f->n_gone, 256);
	assert_true(w.f->forgotten > start);
	check_all(&w);
	roster_world_close(&w);
}

/* A server's word about a user's endpoints is all there is of that type, and nothing of another. */
static void takes_a_servers_word_for_its_own_type_only(void **state)
{
	struct ply_ci_endpoint e = {.entity = ply_slice_str("{x}"), .status = PLY_CI_CONNECTED};
	struct ply_ci_user u = {
		.entity = ply_slice_str("SIP:U1@lab.example"), .endpoint = &e, .n_endpoint = 1};
	struct roster_world w;
	struct fe_party *p;
	char uri[64];

	(void)state;
	roster_world_open(&w, "sip:org@lab.example;gruu;opaque=app:conf:focus:id:ABCDEF01");
	join(w.f, 0);
	join(w.f, 1);
	fe_roster_news(w.f, "chat", &u);
	fe_roster_news(w.f, "audio-video", &u);
	fe_roster_news(w.f, "focus", &u); /* not theirs to say */
	p = fe_roster_find(w.f, uri_of(1, uri));
	assert_int_equal(p->n_places, 3);
	u.n_endpoint = 0;
	fe_roster_news(w.f, "chat", &u);
	assert_int_equal(p->n_places, 2);
	fe_roster_drop_type(w.f, "audio-video");
	assert_int_equal(p->n_places, 1);
	assert_int_equal(p->n_focus, 1);
	/* Somebody who was called and knows no Focus: an attendee as long as his leg lasts. */
	u.entity = ply_slice_str("sip:caller@lab.example");
	u.n_endpoint = 1;
	fe_roster_news(w.f, "chat", &u);
	p = fe_roster_find(w.f, u.entity);
	assert_non_null(p);
	assert_int_equal(p->role, PLY_CI_ATTENDEE);
	u.state = PLY_CI_DELETED;
	fe_roster_news(w.f, "chat", &u);
	assert_null(fe_roster_find(w.f, u.entity));
	check_all(&w);
	roster_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_its_promises_under_random_changes),
		cmocka_unit_test(forgets_the_oldest_of_those_gone),
		cmocka_unit_test(takes_a_servers_word_for_its_own_type_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
