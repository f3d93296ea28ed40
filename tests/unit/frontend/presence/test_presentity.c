/* A presentity in memory: what watchers of each container see, and what the owner is shown. */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "frontend/presence/pres_internal.h"
#include "net/loop.h"

#define NOTE(text)                                                                                 \
	"<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"personal\" "   \
	"uri=\"\">" text "</body></note>"

struct world {
	struct fe fe;
	struct fe_conf conf;
	struct fe_presence presence;
	struct fe_user user;
	const char *domain[2];
	char aor[32], name[16];
};

static int setup(void **state)
{
	struct world *w = ply_calloc(1, sizeof *w);
	const struct ply_rtc_presentity row = {.contact_delta = 7};

	assert_non_null(w);
	assert_int_equal(ply_loop_new(&w->fe.loop), 0);
	w->fe.conf = &w->conf;
	w->fe.presence = &w->presence;
	w->domain[0] = "example.com";
	w->fe.domain = w->domain;
	w->presence.fe = &w->fe;
	ply_list_init(&w->presence.queue);
	ply_list_init(&w->presence.own);
	w->user.fe = &w->fe;
	w->user.holds = 1;
	w->user.aor = strcpy(w->aor, "sip:anna@example.com");
	w->user.display_name = strcpy(w->name, "Anna");
	ply_list_init(&w->user.endpoints);
	w->user.pres = fe_pres_new(&w->user);
	assert_non_null(w->user.pres);
	assert_int_equal(fe_pres_fill(w->user.pres, &row), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	fe_pres_free(w->user.pres);
	ply_loop_free(w->fe.loop);
	ply_free(w);
	return 0;
}

static struct ply_slice text(const char *s)
{
	return ply_slice_str(s);
}

static void set_member(struct fe_presentity *p, uint32_t id, const char *user)
{
	const struct ply_member m = {PLY_MEMBER_USER, text(user)};
	struct ply_member *copy = fe_members_copy(&m, 1);

	assert_non_null(copy);
	assert_int_equal(fe_container_set(p, id, 1, copy, 1), 0);
}

static bool sees(struct fe_presentity *p, const char *watcher, uint32_t cats, bool pidf,
		 const char *what)
{
	const struct fe_body *b = fe_view(p, fe_pres_container_of(p, text(watcher)), cats, pidf);

	assert_non_null(b);
	return ply_slice_find(ply_strbuf_slice(&b->text), what) != SIZE_MAX;
}

static void test_colleagues_are_served_from_company_until_containers_are_set(void **state)
{
	struct fe_presentity *p = ((struct world *)*state)->user.pres;

	assert_int_equal(fe_pres_container_of(p, text("sip:ben@example.com")), 200);
	assert_int_equal(fe_pres_container_of(p, text("sip:zoe@other.test")), 100);
	assert_int_equal(fe_pres_container_of(p, text("")), 0);
	assert_int_equal(fe_pres_container_of(p, text("sip:anna@example.com")), 400);
	assert_int_equal(fe_container_set(p, 200, 1, NULL, 0), 0);
	assert_int_equal(fe_pres_container_of(p, text("sip:ben@example.com")), 0);
}

static void test_the_blocked_see_offline_and_no_name(void **state)
{
	struct fe_presentity *p = ((struct world *)*state)->user.pres;
	uint32_t cats = BIT(FE_CAT_STATE) | BIT(FE_CAT_CONTACT_CARD);

	assert_true(sees(p, "sip:ben@example.com", cats, false, "Anna"));
	set_member(p, PLY_CONTAINER_BLOCKED, "ben@example.com");
	assert_int_equal(fe_pres_container_of(p, text("sip:ben@example.com")), 32000);
	assert_false(sees(p, "sip:ben@example.com", cats, false, "Anna"));
	assert_true(sees(p, "sip:ben@example.com", cats, false, "18500"));
	assert_true(sees(p, "sip:ben@example.com", 0, true, "closed"));
	assert_int_equal(fe_presence_reach(p->user, "sip:ben@example.com"), FE_REACH_BLOCKED);
}

static void test_a_note_is_seen_where_it_was_published(void **state)
{
	struct fe_presentity *p = ((struct world *)*state)->user.pres;
	const struct fe_pub_set set = {.cat = FE_CAT_NOTE,
				       .container = 200,
				       .version = 1,
				       .body = PLY_SLICE_LIT(NOTE("at lunch"))};

	assert_true(sees(p, "sip:ben@example.com", BIT(FE_CAT_NOTE), false,
			 "<category name=\"note\"/>"));
	assert_int_equal(fe_pub_set(p, &set), 0);
	fe_pres_changed(p, NULL, 0);
	assert_true(sees(p, "sip:ben@example.com", BIT(FE_CAT_NOTE), false, "at lunch"));
	assert_true(sees(p, "sip:ben@example.com", 0, true, "at lunch"));
	assert_false(sees(p, "sip:zoe@other.test", BIT(FE_CAT_NOTE), false, "at lunch"));
}

static void publish_state(struct fe_presentity *p, struct fe_endpoint *e, uint32_t container,
			  const char *type, uint32_t availability)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct fe_pub_set set = {.cat = FE_CAT_STATE,
				 .instance = type[0] == 'u' ? 0x20000000 : 0x30000001,
				 .container = container,
				 .version = 1,
				 .ep = type[0] == 'u' ? NULL : e};

	ply_strbuf_addf(&b,
			"<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" "
			"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" manual=\"%s\" "
			"xsi:type=\"%s\"><availability>%u</availability></state>",
			type[0] == 'u' ? "true" : "false", type, availability);
	set.body = ply_strbuf_slice(&b);
	assert_int_equal(fe_pub_set(p, &set), 0);
	ply_strbuf_deinit(&b);
}

static void test_do_not_disturb_lets_the_team_through(void **state)
{
	struct world *w = *state;
	struct fe_presentity *p = w->user.pres;
	struct fe_endpoint e = {.user = &w->user, .flags = FE_EP_OCS};

	ply_list_push(&w->user.endpoints, &e.in_user);
	w->user.n_endpoints = 1;
	set_member(p, PLY_CONTAINER_TEAM, "tom@example.com");
	for (uint32_t c = 2; c <= 3; c++) {
		publish_state(p, &e, c, "machineState", 3500);
		publish_state(p, &e, c, "userState", c == 2 ? 9500 : 6900);
	}
	fe_pres_aggregate(p);
	fe_pres_changed(p, NULL, 0);
	assert_int_equal(fe_presence_reach(&w->user, "sip:ben@example.com"), FE_REACH_DND);
	assert_int_equal(fe_presence_reach(&w->user, "sip:tom@example.com"), FE_REACH_OK);
	assert_true(sees(p, "sip:ben@example.com", BIT(FE_CAT_STATE), false, "9500"));
	assert_true(sees(p, "sip:tom@example.com", BIT(FE_CAT_STATE), false, "6900"));
	/* the connection breaks: what the device said ends, and with it the rest */
	fe_presence_endpoint_gone(&e);
	ply_list_del(&e.in_user);
	w->user.n_endpoints = 0;
	assert_null(fe_pub_find(p, FE_CAT_STATE, 0x30000001, 2));
	assert_non_null(fe_pub_find(p, FE_CAT_STATE, 0x20000000, 2));
	assert_true(sees(p, "sip:ben@example.com", BIT(FE_CAT_STATE), false, "18500"));
}

static void test_the_owner_sees_a_named_category_whole(void **state)
{
	struct fe_presentity *p = ((struct world *)*state)->user.pres;
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice s;

	fe_roaming_self_write(&b, p, BIT(FE_CAT_CONTACT_CARD) | BIT(FE_CAT_NOTE), 0);
	s = ply_strbuf_slice(&b);
	for (const char *const *c = (const char *const[]){"\"0\"", "\"100\"", "\"200\"", "\"300\"",
							  "\"400\"", "\"32000\"", NULL};
	     *c; c++)
		assert_true(ply_slice_find(s, *c) != SIZE_MAX);
	assert_true(ply_slice_find(s, "<category name=\"note\"/>") != SIZE_MAX);
	assert_true(ply_slice_find(s, "name=\"state\"") == SIZE_MAX);
	ply_strbuf_deinit(&b);
}

static void test_contacts_keep_their_place_and_their_groups(void **state)
{
	struct fe_presentity *p = ((struct world *)*state)->user.pres;
	struct ply_contact ben = {.uri = text("sip:ben@example.com"), .name = text("Ben")};
	struct ply_contact zoe = {.uri = text("zoe@other.test"), .groups = 3};
	struct ply_strbuf b = PLY_STRBUF_INIT;

	assert_int_equal(p->delta, 7);
	assert_int_equal(fe_contact_put(p, &ben), 0);
	assert_int_equal(fe_contact_put(p, &zoe), 0);
	ben.name = text("Benjamin");
	assert_int_equal(fe_contact_put(p, &ben), 0);
	assert_int_equal(p->n_contacts, 2);
	assert_string_equal(container_of(p->contacts.next, struct fe_contact, node)->name,
			    "Benjamin");
	assert_non_null(fe_contact_find(p, text("sip:ZOE@other.test")));
	fe_contact_list_write(&b, p);
	assert_non_null(strstr(ply_strbuf_str(&b), "deltaNum=\"7\""));
	assert_non_null(strstr(ply_strbuf_str(&b), "groups=\"1 2\""));
	ply_strbuf_deinit(&b);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_colleagues_are_served_from_company_until_containers_are_set),
		T(test_the_blocked_see_offline_and_no_name),
		T(test_a_note_is_seen_where_it_was_published),
		T(test_do_not_disturb_lets_the_team_through),
		T(test_the_owner_sees_a_named_category_whole),
		T(test_contacts_keep_their_place_and_their_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
