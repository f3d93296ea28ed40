#include "tests/lib/unit.h"

#include "presence/aggregate.h"

#include <stdio.h>

/* Tables name only what matters to a case. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define MAX_IN 5
#define NONE   UINT32_MAX /* the state has no availability */
#define AUTO   UINT32_MAX /* no range */

/* One published state, in containers 2 and 3 alike unless `only` says otherwise. */
struct in {
	enum ply_state_type type;
	uint32_t availability;
	int64_t at;
	const char *token;
	uint32_t min, max;
	uint32_t only;
	const char *custom;
};

struct want {
	uint32_t two, team, company, public, blocked;
	const char *token;      /* seen by 200 */
	const char *team_token; /* seen by 300; NULL: the same */
};

#define USER  PLY_STATE_USER
#define MACH  PLY_STATE_MACHINE
#define CAL   PLY_STATE_CALENDAR
#define PHONE PLY_STATE_PHONE
#define CONF  PLY_STATE_CONFERENCE

struct world {
	struct ply_state state[2 * MAX_IN];
	struct ply_agg_state agg[2 * MAX_IN];
	size_t n;
};

static void build(struct world *w, const struct in *in)
{
	*w = (struct world){.n = 0};
	for (size_t i = 0; i < MAX_IN && in[i].type; i++)
		for (uint32_t c = 2; c <= 3; c++) {
			struct ply_state *s = &w->state[w->n];

			if (in[i].only && in[i].only != c)
				continue;
			s->type = in[i].type;
			s->manual = in[i].type == USER;
			s->has_availability = in[i].availability != NONE;
			s->availability = s->has_availability ? in[i].availability : 0;
			s->activity.token = ply_slice_str(in[i].token);
			s->activity.custom = ply_slice_str(in[i].custom);
			s->activity.has_min = in[i].min && in[i].min != AUTO;
			s->activity.min_availability = in[i].min;
			s->activity.has_max = in[i].max && in[i].max != AUTO;
			s->activity.max_availability = in[i].max;
			s->meeting_subject = ply_slice_str(in[i].type == CAL ? "budget" : NULL);
			s->endpoint_location = ply_slice_str(in[i].type == MACH ? "lab" : NULL);
			w->agg[w->n] = (struct ply_agg_state){.state = s,
							      .container = c,
							      .instance = (uint32_t)i,
							      .publish_ms = in[i].at};
			w->n++;
		}
}

static const struct {
	const char *why;
	bool signed_in;
	struct in in[MAX_IN];
	struct want w;
} rules[] = {
	/* clang-format off */
/* Rule 1: no endpoint */
{ "nothing published, nobody there", false, {{0}}, { 18500, 18500, 18500, 18500, 18500, "", NULL } },
{ "signed out, the static choice does not keep up", false, {{ USER, 3500, 1 }},
{ 18500, 18500, 18500, 18500, 18500, "", NULL } },
{ "registered but nothing said yet", true, {{ USER, 3500, 1 }}, { 18500, 18500, 18500, 18500, 18500, "", NULL } },
/* Rule 2: the best machine */
{ "active machine", true, {{ MACH, 3500, 1 }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
{ "idle machine", true, {{ MACH, 5000, 1 }}, { 5000, 5000, 5000, 5000, 18500, "", NULL } },
{ "away machine", true, {{ MACH, 15500, 1 }}, { 15500, 15500, 15500, 15500, 18500, "", NULL } },
{ "machine off", true, {{ MACH, 18500, 1 }}, { 18500, 18500, 18500, 18500, 18500, "", NULL } },
{ "active beats a newer away", true, {{ MACH, 3500, 1 }, { MACH, 15500, 9 }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
{ "inactive beats away", true, {{ MACH, 15500, 1 }, { MACH, 5000, 2 }}, { 5000, 5000, 5000, 5000, 18500, "", NULL } },
{ "inactive beats unknown", true, {{ MACH, 0, 3 }, { MACH, 5000, 2 }}, { 5000, 5000, 5000, 5000, 18500, "", NULL } },
{ "unknown beats away", true, {{ MACH, 0, 1 }, { MACH, 15500, 2 }}, { 0, 0, 0, 0, 18500, "", NULL } },
{ "away beats off", true, {{ MACH, 18500, 3 }, { MACH, 15500, 2 }}, { 15500, 15500, 15500, 15500, 18500, "", NULL } },
{ "among equals the newest", true, {{ MACH, 3600, 2 }, { MACH, 3500, 1 }}, { 3600, 3600, 3600, 3600, 18500, "", NULL } },
/* Rule 3: the user's choice */
{ "appear offline always wins", true, {{ MACH, 3500, 9 }, { USER, 18500, 1 }, { PHONE, 6500, 9, "on-the-phone" }},
{ 18500, 18500, 18500, 18500, 18500, "", NULL } },
{ "be right back while set", true, {{ MACH, 3500, 9 }, { USER, 12500, 1 }}, { 12500, 12500, 12500, 12500, 18500, "", NULL } },
{ "away while set", true, {{ MACH, 3500, 9 }, { USER, 15500, 1 }}, { 15500, 15500, 15500, 15500, 18500, "", NULL } },
{ "do not disturb while set, the team may interrupt", true, {{ MACH, 5000, 9 }, { USER, 9500, 1 }},
{ 9500, 6900, 9500, 9500, 18500, "", "urgent-interruptions-only" } },
{ "the client's own pair for do not disturb", true,
{{ MACH, 3500, 1 }, { USER, 9500, 1, .only = 2 }, { USER, 6900, 1, "urgent-interruptions-only", .only = 3 }},
{ 9500, 6900, 9500, 9500, 18500, "", "urgent-interruptions-only" } },
{ "urgent interruptions only does not fade", true, {{ MACH, 5000, 9 }, { USER, 6900, 1, "urgent-interruptions-only" }},
{ 6900, 6900, 6900, 6900, 18500, "urgent-interruptions-only", NULL } },
{ "available fades with an idle machine", true, {{ MACH, 5000, 1 }, { USER, 3500, 2 }}, { 5000, 5000, 5000, 5000, 18500, "", NULL } },
{ "busy fades with an idle machine", true, {{ MACH, 5000, 1 }, { USER, 6500, 2 }}, { 7500, 7500, 7500, 7500, 18500, "", NULL } },
{ "busy goes away with the machine", true, {{ MACH, 15500, 3 }, { USER, 6500, 2 }}, { 15500, 15500, 15500, 15500, 18500, "", NULL } },
{ "chosen after going away", true, {{ MACH, 15500, 2 }, { USER, 6500, 3 }}, { 6500, 6500, 6500, 6500, 18500, "", NULL } },
{ "chosen in the same request", true, {{ MACH, 15500, 2 }, { USER, 3500, 2 }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
{ "the machine is off, whatever was chosen", true, {{ MACH, 18500, 2 }, { USER, 3500, 1 }}, { 18500, 18500, 18500, 18500, 18500, "", NULL } },
{ "the latest choice counts", true, {{ MACH, 3500, 1 }, { USER, 6500, 2 }, { USER, 12500, 3 }},
{ 12500, 12500, 12500, 12500, 18500, "", NULL } },
{ "unset takes the choice back", true, {{ MACH, 3500, 1 }, { USER, 6500, 2 }, { USER, 0, 3 }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
{ "a client that repeats busy in its machine state", true, {{ MACH, 6500, 1 }, { USER, 6500, 1 }},
{ 6500, 6500, 6500, 6500, 18500, "", NULL } },
/* Rule 4: calls and meetings raise */
{ "a call", true, {{ MACH, 3500, 1 }, { USER, 3500, 1 }, { PHONE, 6500, 2, "on-the-phone", 6500, 8999 }},
{ 6500, 6500, 6500, 6500, 18500, "on-the-phone", NULL } },
{ "a meeting", true, {{ MACH, 3500, 1 }, { CAL, 6500, 1, "in-a-meeting", 6500, 8999 }}, { 6500, 6500, 6500, 6500, 18500, "in-a-meeting", NULL } },
{ "a conference", true, {{ MACH, 3500, 1 }, { CONF, 7000, 1, "in-a-conference", 6500, 8999 }}, { 7000, 7000, 7000, 7000, 18500, "in-a-conference", NULL } },
{ "a call does not lower do not disturb", true, {{ MACH, 3500, 1 }, { USER, 9500, 1 }, { PHONE, 6500, 2, "on-the-phone", 6500, 8999 }},
{ 9500, 6900, 9500, 9500, 18500, "", "urgent-interruptions-only" } },
{ "nor be right back", true, {{ MACH, 3500, 1 }, { USER, 12500, 1 }, { PHONE, 6500, 2, "on-the-phone", 6500, 8999 }},
{ 12500, 12500, 12500, 12500, 18500, "", NULL } },
{ "away stays away in a meeting", true, {{ MACH, 15500, 1 }, { CAL, 6500, 2, "in-a-meeting", 6500, 8999 }},
{ 15500, 15500, 15500, 15500, 18500, "", NULL } },
{ "a call ends an idle look", true, {{ MACH, 5000, 1 }, { PHONE, 6500, 2, "on-the-phone", 6500, 8999 }},
{ 6500, 6500, 6500, 6500, 18500, "on-the-phone", NULL } },
{ "a presentation", true, {{ MACH, 3500, 1 }, { PHONE, 9000, 1, "in-presentation", 9000, 11999 }},
{ 9000, 6900, 9000, 9000, 18500, "in-presentation", "urgent-interruptions-only" } },
{ "a calendar that says offline raises nothing", true, {{ MACH, 3500, 1 }, { CAL, 18500, 1 }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
/* Rule 5: whose activity */
{ "the call before the meeting", true,
{{ MACH, 3500, 1 }, { CAL, 6500, 5, "in-a-meeting", 6500, 8999 }, { PHONE, 6500, 2, "on-the-phone", 6500, 8999 }},
{ 6500, 6500, 6500, 6500, 18500, "on-the-phone", NULL } },
{ "the meeting before the user's words", true, {{ MACH, 3500, 1 }, { USER, 6500, 1, "own" }, { CAL, 6500, 1, "in-a-meeting", 6500, 8999 }},
{ 6500, 6500, 6500, 6500, 18500, "in-a-meeting", NULL } },
{ "the user's words otherwise", true, {{ MACH, 3500, 1 }, { USER, 6500, 1, "own" }}, { 6500, 6500, 6500, 6500, 18500, "own", NULL } },
{ "words for busy are not for busy and idle", true, {{ MACH, 5000, 1 }, { USER, 6500, 1, "own" }}, { 7500, 7500, 7500, 7500, 18500, "", NULL } },
{ "but a range may hold both", true, {{ MACH, 5000, 1 }, { USER, 6500, 1, "own", 6500, 8999 }}, { 7500, 7500, 7500, 7500, 18500, "own", NULL } },
{ "below the range", true, {{ MACH, 3500, 1 }, { PHONE, 3500, 1, "x", 6500, 8999 }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
{ "an open range", true, {{ MACH, 3500, 1 }, { PHONE, 6500, 1, "x", 6500, AUTO }}, { 6500, 6500, 6500, 6500, 18500, "x", NULL } },
{ "out of office has no value and goes with any", true, {{ MACH, 15500, 1 }, { CAL, NONE, 1, "out-of-office" }},
{ 15500, 15500, 15500, 15500, 18500, "out-of-office", NULL } },
{ "but not with offline", true, {{ MACH, 18500, 1 }, { CAL, NONE, 1, "out-of-office" }}, { 18500, 18500, 18500, 18500, 18500, "", NULL } },
{ "states of unknown kind do nothing", true, {{ MACH, 3500, 1 }, { PLY_STATE_AGGREGATE, 9500, 9, "old" }}, { 3500, 3500, 3500, 3500, 18500, "", NULL } },
	/* clang-format on */
};

static void one_availability_comes_out_of_many_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		static const uint32_t where[] = {2, 300, 200, 100, 32000};
		const struct want *w = &rules[i].w;
		const uint32_t want[] = {w->two, w->team, w->company, w->public, w->blocked};
		struct ply_aggregate two, three;
		struct ply_state got;
		struct world in;
		struct ply_agg_input input = {.signed_in = rules[i].signed_in};

		build(&in, rules[i].in);
		input.state = in.agg;
		input.n_state = in.n;
		ply_aggregate_run(&two, &input, 2);
		ply_aggregate_run(&three, &input, 3);
		for (size_t k = 0; k < ARRAY_LEN(where); k++) {
			ply_aggregate_view(&got, &two, &three, where[k]);
			if (got.availability != want[k])
				fail_msg("%s: container %u got %u want %u", rules[i].why, where[k],
					 got.availability, want[k]);
		}
		ply_aggregate_view(&got, &two, &three, 200);
		if (!ply_slice_is(got.activity.token, w->token))
			fail_msg("%s: token %.*s", rules[i].why, PLY_SLICE_ARG(got.activity.token));
		ply_aggregate_view(&got, &two, &three, 300);
		if (!ply_slice_is(got.activity.token, w->team_token ? w->team_token : w->token))
			fail_msg("%s: team %.*s", rules[i].why, PLY_SLICE_ARG(got.activity.token));
		ply_aggregate_view(&got, &two, &three, 100);
		if (got.activity.token.len || got.endpoint_location.len || got.device.len)
			fail_msg("%s: the public sees more than availability", rules[i].why);
	}
}

static void meetings_are_named_to_the_team_only(void **state)
{
	static const struct in in[MAX_IN] = {{MACH, 3500, 1}, {CAL, 6500, 1, "in-a-meeting"}};
	struct ply_aggregate two, three;
	struct ply_state got;
	struct world w;
	struct ply_agg_input input = {.signed_in = true};

	(void)state;
	build(&w, in);
	input.state = w.agg;
	input.n_state = w.n;
	ply_aggregate_run(&two, &input, 2);
	ply_aggregate_run(&three, &input, 3);
	ply_aggregate_view(&got, &two, &three, 300);
	assert_true(ply_slice_is(got.meeting_subject, "budget"));
	assert_true(ply_slice_is(got.endpoint_location, "lab"));
	for (size_t i = 0; i < 4; i++) {
		static const uint32_t others[] = {2, 100, 200, 400};

		ply_aggregate_view(&got, &two, &three, others[i]);
		assert_int_equal(got.meeting_subject.len, 0);
	}
	ply_aggregate_view(&got, &two, &three, 400);
	assert_true(ply_slice_is(got.endpoint_location, "lab"));
	assert_true(ply_slice_is(got.device, "computer"));
}

static void last_active_is_told_only_of_those_away(void **state)
{
	static const struct {
		const char *why;
		struct in in[MAX_IN];
		const char *want;
	} cases[] = {
		{"here", {{MACH, 3500, 1000}}, ""},
		{"idle", {{MACH, 5000, 1000}}, ""},
		{"away since", {{MACH, 15500, 1000}}, "1970-01-01T00:00:01.000Z"},
		{"off since", {{MACH, 18500, 2000}}, "1970-01-01T00:00:02.000Z"},
		{"appearing offline at the machine", {{MACH, 3500, 1000}, {USER, 18500, 1}}, ""},
		{"chose away at the machine", {{MACH, 3500, 1000}, {USER, 15500, 1}}, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ply_aggregate two;
		struct world w;
		struct ply_agg_input input = {.signed_in = true};

		build(&w, cases[i].in);
		input.state = w.agg;
		input.n_state = w.n;
		ply_aggregate_run(&two, &input, 2);
		if (!ply_slice_is(two.state.last_active, cases[i].want))
			fail_msg("%s: %.*s", cases[i].why, PLY_SLICE_ARG(two.state.last_active));
	}
}

static void the_best_machine_is_published_with_its_endpoint(void **state)
{
	static const struct in in[MAX_IN] = {{MACH, 15500, 1}, {MACH, 3500, 2}};
	struct ply_aggregate two;
	struct world w;
	struct ply_agg_input input = {.signed_in = true};

	(void)state;
	build(&w, in);
	w.agg[0].endpoint_id = ply_slice_str("one");
	w.agg[2].endpoint_id = ply_slice_str("two");
	input.state = w.agg;
	input.n_state = w.n;
	ply_aggregate_run(&two, &input, 2);
	assert_int_equal(two.machine.type, PLY_STATE_AGGREGATE_MACHINE);
	assert_int_equal(two.machine.availability, 3500);
	assert_true(ply_slice_is(two.machine.endpoint_id, "two"));
	input.signed_in = false;
	ply_aggregate_run(&two, &input, 2);
	assert_false(two.machine.has_availability);
}

static void services_are_what_any_device_can_do(void **state)
{
	static const struct in in[MAX_IN] = {{MACH, 15500, 1}, {MACH, 3500, 2}};
	struct ply_device a = {.endpoint_id = ply_slice_str("one"), .preferred = false};
	struct ply_device b = {.endpoint_id = ply_slice_str("two"), .preferred = true};
	const struct ply_device *dev[] = {&a, &b};
	struct ply_services s;
	struct world w;
	struct ply_agg_input input = {.signed_in = true, .device = dev, .n_device = 2};

	(void)state;
	build(&w, in);
	w.agg[0].endpoint_id = a.endpoint_id;
	w.agg[2].endpoint_id = b.endpoint_id;
	input.state = w.agg;
	input.n_state = w.n;
	a.cap[PLY_SERVICE_TEXT] = (struct ply_capability){true, true, true, false};
	a.cap[PLY_SERVICE_VOICE] = (struct ply_capability){true, false, true, false};
	b.cap[PLY_SERVICE_VOICE] = (struct ply_capability){true, true, false, false};
	ply_aggregate_services(&s, &input);
	assert_true(s.service[PLY_SERVICE_VOICE].cap.capture);
	assert_true(s.service[PLY_SERVICE_VOICE].cap.render);
	assert_true(ply_slice_is(s.service[PLY_SERVICE_VOICE].preferred_endpoint_id, "two"));
	assert_int_equal(s.service[PLY_SERVICE_VOICE].device_availability, 3500);
	assert_int_equal(s.service[PLY_SERVICE_TEXT].device_availability, 15500);
	assert_false(s.service[PLY_SERVICE_VIDEO].cap.present);
	input.signed_in = false;
	ply_aggregate_services(&s, &input);
	assert_false(s.service[PLY_SERVICE_TEXT].cap.present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_availability_comes_out_of_many_states),
		cmocka_unit_test(meetings_are_named_to_the_team_only),
		cmocka_unit_test(last_active_is_told_only_of_those_away),
		cmocka_unit_test(the_best_machine_is_published_with_its_endpoint),
		cmocka_unit_test(services_are_what_any_device_can_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
