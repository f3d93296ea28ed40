/* What the Focus is told of a roster: who changed, with everything of his; who is gone, once. */
#include "tests/lib/unit.h"

#include "base/strbuf.h"
#include "mcu/mcu_roster.h"

#include <stdio.h>

/* "u:2" a user with two endpoints, "u-" one that is gone. */
static const char *changes(struct ply_mcu_roster *r)
{
	static char out[256];
	struct ply_ci ci = {.n_user = 0};
	size_t len = 0;

	ply_arena_init(&ci.mem, 1024);
	assert_int_equal(ply_mcu_roster_changes(r, &ci), 0);
	*out = '\0';
	for (size_t i = 0; i < ci.n_user; i++) {
		const struct ply_ci_user *u = &ci.user[i];

		len += (size_t)snprintf(out + len, sizeof out - len, "%.*s%c%zu ",
					PLY_SLICE_ARG(u->entity),
					u->state == PLY_CI_DELETED ? '-' : ':', u->n_endpoint);
	}
	ply_mcu_roster_told(r);
	ply_arena_deinit(&ci.mem);
	return out;
}

static struct ply_mcu_leg *join(struct ply_mcu_roster *r, const char *user, const char *endpoint)
{
	struct ply_mcu_user *u = ply_mcu_roster_add_user(r, ply_slice_str(user));
	struct ply_mcu_leg *l = ply_mcu_roster_add_leg(r, u, ply_slice_str(endpoint));

	l->state = PLY_MCU_LEG_THERE;
	ply_mcu_roster_touch(r, u);
	return l;
}

static void changes_are_told_once(void **state)
{
	struct ply_mcu_leg *a, *b, *c;
	struct ply_mcu_roster r;

	(void)state;
	ply_mcu_roster_init(&r, "chat");
	a = join(&r, "sip:a@x.example", "{1}");
	b = join(&r, "sip:b@x.example", "{1}");
	assert_string_equal(changes(&r), "sip:a@x.example:1 sip:b@x.example:1 ");
	assert_string_equal(changes(&r), "");
	c = join(&r, "SIP:A@X.example;x=y", "{2}"); /* the same user */
	assert_string_equal(changes(&r), "sip:a@x.example:2 ");
	ply_mcu_roster_del_leg(&r, a);
	assert_string_equal(changes(&r), "sip:a@x.example:1 ");
	ply_mcu_roster_del_leg(&r, c);
	ply_mcu_roster_del_leg(&r, b);
	assert_string_equal(changes(&r), "sip:a@x.example-0 sip:b@x.example-0 ");
	assert_int_equal(r.n_user, 0);
	ply_mcu_roster_deinit(&r);
}

static void who_came_and_went_between_two_notices_was_never_there(void **state)
{
	struct ply_mcu_roster r;
	struct ply_mcu_user *u;

	(void)state;
	ply_mcu_roster_init(&r, "chat");
	ply_mcu_roster_del_leg(&r, join(&r, "sip:a@x.example", "{1}"));
	assert_string_equal(changes(&r), "");
	assert_int_equal(r.n_user, 0);
	/* expected ones are nobody's news */
	u = ply_mcu_roster_add_user(&r, ply_slice_str("sip:b@x.example"));
	assert_non_null(ply_mcu_roster_add_leg(&r, u, ply_slice_str("{1}")));
	ply_mcu_roster_touch(&r, u);
	assert_string_equal(changes(&r), "");
	assert_int_equal(r.n_user, 1);
	ply_mcu_roster_deinit(&r);
}

static void who_returns_before_he_was_told_gone_is_there(void **state)
{
	struct ply_mcu_roster r;
	struct ply_mcu_leg *l;

	(void)state;
	ply_mcu_roster_init(&r, "chat");
	l = join(&r, "sip:a@x.example", "{1}");
	(void)changes(&r);
	ply_mcu_roster_del_leg(&r, l);
	(void)join(&r, "sip:a@x.example", "{1}");
	assert_string_equal(changes(&r), "sip:a@x.example:1 ");
	ply_mcu_roster_deinit(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_told_once),
		cmocka_unit_test(who_came_and_went_between_two_notices_was_never_there),
		cmocka_unit_test(who_returns_before_he_was_told_gone_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
