/* Who may come in, and as what: meeting types, kinds of users, and the state of the meeting. */
#include "tests/lib/unit.h"

#include "tests/unit/frontend/conference/roster_world.h"

#define ORGANIZER "sip:org@lab.example"

enum { NOW = 1000000 };

static struct fe_meeting_user listed[] = {
	{(char[]){"sip:pres@lab.example"}, PLY_CI_PRESENTER},
	{(char[]){"sip:att@lab.example"}, PLY_CI_ATTENDEE},
	{(char[]){"sip:pres@partner.example"}, PLY_CI_PRESENTER},
	{(char[]){"sip:att@partner.example"}, PLY_CI_ATTENDEE},
};

static char organizer[] = ORGANIZER;

static struct fe_meeting meeting(enum ply_ci_admission type)
{
	return (struct fe_meeting){
		.organizer = organizer,
		.admission = type,
		.expires_ms = NOW + 1,
		.user = listed,
		.n_user = ARRAY_LEN(listed),
		.policy = {.meeting_size = 10, .allow_anonymous = true},
	};
}

struct outcome {
	enum fe_admit r;
	enum ply_ci_role role;
};
#define PRESENTER                                                                                  \
	{                                                                                          \
		FE_ADMIT_OK, PLY_CI_PRESENTER                                                      \
	}
#define ATTENDEE                                                                                   \
	{                                                                                          \
		FE_ADMIT_OK, PLY_CI_ATTENDEE                                                       \
	}
#define NOT_INVITED                                                                                \
	{                                                                                          \
		FE_ADMIT_NOT_INVITED, PLY_CI_ROLE_NONE                                             \
	}
#define FEDERATED                                                                                  \
	{                                                                                          \
		FE_ADMIT_FEDERATED, PLY_CI_ROLE_NONE                                               \
	}
#define ANONYMOUS                                                                                  \
	{                                                                                          \
		FE_ADMIT_ANONYMOUS, PLY_CI_ROLE_NONE                                               \
	}

/* clang-format off */
static const struct row {
	const char *why, *uri;
	enum ply_ci_auth auth;
	struct outcome want[4]; /* by enum ply_ci_admission */
} rows[] = {
	/*					none  closed  open  anonymous */
	{ "the organizer",			ORGANIZER, PLY_CI_AUTH_ENTERPRISE, { {0}, PRESENTER, PRESENTER, PRESENTER } },
	{ "listed as presenter",		"sip:pres@lab.example", PLY_CI_AUTH_ENTERPRISE, { {0}, PRESENTER, PRESENTER, PRESENTER } },
	{ "listed as attendee",			"sip:att@lab.example", PLY_CI_AUTH_ENTERPRISE, { {0}, ATTENDEE, ATTENDEE, ATTENDEE } },
	{ "a colleague",			"sip:x@lab.example", PLY_CI_AUTH_ENTERPRISE, { {0}, NOT_INVITED, ATTENDEE, ATTENDEE } },
	{ "a partner's, listed as presenter",	"sip:pres@partner.example", PLY_CI_AUTH_FEDERATED, { {0}, ATTENDEE, ATTENDEE, ATTENDEE } },
	{ "a partner's, listed",		"sip:att@partner.example", PLY_CI_AUTH_FEDERATED, { {0}, ATTENDEE, ATTENDEE, ATTENDEE } },
	{ "a partner's",			"sip:x@partner.example", PLY_CI_AUTH_FEDERATED, { {0}, FEDERATED, FEDERATED, ATTENDEE } },
	{ "anonymous",				"sip:0123@anonymous.invalid", PLY_CI_AUTH_ANONYMOUS, { {0}, ANONYMOUS, ANONYMOUS, ATTENDEE } },
	{ "unproven",				"sip:pres@lab.example", PLY_CI_AUTH_NONE, { {0}, NOT_INVITED, NOT_INVITED, NOT_INVITED } },
};
/* clang-format on */

static const struct fe_meeting_times defaults;

static void expect(const struct row *row, const char *when, const struct fe_meeting *m,
		   const struct fe_focus *f, struct outcome want)
{
	const struct fe_who who = {.uri = row->uri, .auth = row->auth};
	enum ply_ci_role role;
	enum fe_admit r = fe_admit(m, f, &defaults, &who, NOW, &role);

	if (r != want.r || (!r && role != want.role))
		fail_msg("%s, %s, meeting type %d: %d as %s", row->why, when, m->admission, r,
			 ply_ci_role_name(role));
}

static const enum ply_ci_admission types[] = {PLY_CI_CLOSED, PLY_CI_OPEN, PLY_CI_ANONYMOUS};

/* Every row with every type; `only` (if it is not OK) takes the place of what would be granted. */
static void expect_all(const char *when, struct fe_focus *f, enum fe_admit only, bool organizer_too)
{
	for (size_t t = 0; t < ARRAY_LEN(types); t++) {
		struct fe_meeting m = meeting(types[t]);

		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			struct outcome want = rows[i].want[types[t]];

			if (!want.r && (organizer_too || strcmp(rows[i].uri, ORGANIZER) != 0))
				want.r = only;
			expect(&rows[i], when, &m, f, want);
		}
	}
}

static void admits_by_type_and_kind(void **state)
{
	(void)state;
	expect_all("not active", NULL, FE_ADMIT_OK, true);
}

static void nobody_comes_into_an_expired_one(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(types); t++) {
		struct fe_meeting m = meeting(types[t]);

		m.expires_ms = NOW;
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			expect(&rows[i], "expired", &m, NULL,
			       (struct outcome){FE_ADMIT_EXPIRED, PLY_CI_ROLE_NONE});
	}
}

static void fill(struct fe_focus *f, unsigned n)
{
	char uri[64];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(uri, sizeof uri, "sip:guest%u@lab.example", i);
		assert_non_null(fe_place_add(
			fe_roster_add(f, uri, "", PLY_CI_ATTENDEE, PLY_CI_AUTH_ENTERPRISE),
			ply_slice_str("{1}"), "focus", PLY_CI_CONNECTED));
	}
}

static void a_lock_keeps_out_all_but_the_organizer(void **state)
{
	struct roster_world w;

	(void)state;
	roster_world_open(&w, "sip:org@lab.example;gruu;opaque=app:conf:focus:id:A1");
	fill(w.f, 2);
	expect_all("active", w.f, FE_ADMIT_OK, true);
	w.f->locked = true;
	expect_all("locked", w.f, FE_ADMIT_LOCKED, false);
	roster_world_close(&w);
}

static void a_full_one_takes_nobody_more(void **state)
{
	struct roster_world w;

	(void)state;
	roster_world_open(&w, "sip:org@lab.example;gruu;opaque=app:conf:focus:id:A1");
	fill(w.f, 9);
	expect_all("one seat left", w.f, FE_ADMIT_OK, true);
	w.f->n_joining = 1; /* and somebody is about to take it */
	expect_all("one about to come", w.f, FE_ADMIT_FULL, true);
	w.f->n_joining = 0;
	roster_world_close(&w);
}

static void who_is_in_comes_back_with_the_role_he_has(void **state)
{
	static const struct row back = {
		"promoted", "sip:guest0@lab.example", PLY_CI_AUTH_ENTERPRISE, {{0}}};
	struct fe_meeting m = meeting(PLY_CI_OPEN);
	struct roster_world w;

	(void)state;
	roster_world_open(&w, "sip:org@lab.example;gruu;opaque=app:conf:focus:id:A1");
	fill(w.f, 10);
	w.f->locked = true;
	expect(&back, "locked and full", &m, w.f, (struct outcome)ATTENDEE);
	fe_roster_set_role(fe_roster_find(w.f, ply_slice_str(back.uri)), PLY_CI_PRESENTER);
	expect(&back, "locked and full", &m, w.f, (struct outcome)PRESENTER);
	roster_world_close(&w);
}

static void switches_and_policies_count(void **state)
{
	static const struct fe_meeting_times r2 = {.federated_preset_presenter = true};
	const struct fe_who partner = {.uri = "sip:pres@partner.example",
				       .auth = PLY_CI_AUTH_FEDERATED},
			    nobody = {.uri = "sip:0123@anonymous.invalid",
				      .auth = PLY_CI_AUTH_ANONYMOUS};
	struct fe_meeting m = meeting(PLY_CI_ANONYMOUS);
	enum ply_ci_role role;

	(void)state;
	assert_int_equal(fe_admit(&m, NULL, &r2, &partner, NOW, &role), FE_ADMIT_OK);
	assert_int_equal(role, PLY_CI_PRESENTER);
	m.policy.allow_anonymous = false; /* the organizer lost the right */
	assert_int_equal(fe_admit(&m, NULL, &r2, &nobody, NOW, &role), FE_ADMIT_ANONYMOUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admits_by_type_and_kind),
		cmocka_unit_test(nobody_comes_into_an_expired_one),
		cmocka_unit_test(a_lock_keeps_out_all_but_the_organizer),
		cmocka_unit_test(a_full_one_takes_nobody_more),
		cmocka_unit_test(who_is_in_comes_back_with_the_role_he_has),
		cmocka_unit_test(switches_and_policies_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
