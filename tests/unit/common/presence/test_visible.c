#include "tests/lib/unit.h"

#include "presence/visible.h"

#include <stdio.h>

/* Tables name only what matters to a case. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct row {
	uint32_t id;
	enum ply_member_type type;
	const char *value;
};

#define U   PLY_MEMBER_USER
#define D   PLY_MEMBER_DOMAIN
#define SE  PLY_MEMBER_SAME_ENTERPRISE
#define FED PLY_MEMBER_FEDERATED
#define PUB PLY_MEMBER_PUBLIC_CLOUD
#define ALL PLY_MEMBER_EVERYONE

static const struct {
	const char *why;
	struct row row[5];
	const char *watcher;
	enum ply_source_network source;
	uint32_t want;
} cases[] = {
	{"nobody is a member", {{0}}, "sip:b@a.example", PLY_SOURCE_SAME_ENTERPRISE, 0},
	{"same enterprise", {{200, SE, ""}}, "sip:b@a.example", PLY_SOURCE_SAME_ENTERPRISE, 200},
	{"a member of its own rules over the company",
	 {{200, SE, ""}, {100, U, "b@a.example"}},
	 "sip:b@a.example",
	 PLY_SOURCE_SAME_ENTERPRISE,
	 100},
	{"scheme and case do not matter",
	 {{400, U, "Bob@A.example"}},
	 "SIP:bob@a.EXAMPLE",
	 PLY_SOURCE_OTHER,
	 400},
	{"blocked wins over personal",
	 {{400, U, "b@a.example"}, {32000, U, "b@a.example"}},
	 "b@a.example",
	 PLY_SOURCE_SAME_ENTERPRISE,
	 32000},
	{"whatever the order",
	 {{32000, U, "b@a.example"}, {400, U, "b@a.example"}},
	 "b@a.example",
	 PLY_SOURCE_SAME_ENTERPRISE,
	 32000},
	{"domain before source network",
	 {{200, SE, ""}, {300, D, "p.example"}, {100, FED, ""}},
	 "c@p.example",
	 PLY_SOURCE_FEDERATED,
	 300},
	{"a blocked domain, one of it let in",
	 {{32000, D, "p.example"}, {100, U, "c@p.example"}},
	 "c@p.example",
	 PLY_SOURCE_FEDERATED,
	 100},
	{"a domain is not a suffix",
	 {{300, D, "p.example"}},
	 "c@sub.p.example",
	 PLY_SOURCE_FEDERATED,
	 0},
	{"federated", {{200, SE, ""}, {100, FED, ""}}, "c@p.example", PLY_SOURCE_FEDERATED, 100},
	{"public cloud",
	 {{100, FED, ""}, {32000, PUB, ""}},
	 "c@m.example",
	 PLY_SOURCE_PUBLIC_CLOUD,
	 32000},
	{"everyone comes last",
	 {{300, ALL, ""}, {200, SE, ""}},
	 "b@a.example",
	 PLY_SOURCE_SAME_ENTERPRISE,
	 200},
	{"everyone else", {{300, ALL, ""}, {200, SE, ""}}, "x@y.example", PLY_SOURCE_OTHER, 300},
	{"the highest id of one step",
	 {{200, SE, ""}, {400, SE, ""}, {300, SE, ""}},
	 "b@a.example",
	 PLY_SOURCE_SAME_ENTERPRISE,
	 400},
	{"containers 1 to 3 are nobody's",
	 {{1, U, "b@a.example"}, {2, U, "b@a.example"}, {3, U, "b@a.example"}, {100, ALL, ""}},
	 "b@a.example",
	 PLY_SOURCE_SAME_ENTERPRISE,
	 100},
	{"an address without domain", {{300, D, ""}}, "nobody", PLY_SOURCE_OTHER, 0},
};

static void watcher_is_served_from_the_best_matching_container(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_member m[5];
		struct ply_container c[5];
		size_t n = 0;
		uint32_t got;

		while (n < 5 && cases[i].row[n].id) {
			m[n] = (struct ply_member){cases[i].row[n].type,
						   ply_slice_str(cases[i].row[n].value)};
			c[n] = (struct ply_container){cases[i].row[n].id, 1, &m[n], 1};
			n++;
		}
		got = ply_visible_container(
			c, n,
			&(struct ply_watcher){ply_slice_str(cases[i].watcher), cases[i].source});
		if (got != cases[i].want)
			fail_msg("%s: got %u", cases[i].why, got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watcher_is_served_from_the_best_matching_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
