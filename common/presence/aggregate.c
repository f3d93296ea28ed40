#include "presence/aggregate.h"

/* How present the user is at a device, best first. */
enum { AT_ACTIVE, AT_INACTIVE, AT_UNKNOWN, AT_AWAY, AT_OFF };

/* A client that repeats the user's choice in its machineState (busy, do not disturb) is in use. */
static int machine_rank(const struct ply_state *s)
{
	if (!s->has_availability)
		return AT_UNKNOWN;
	switch (ply_avail_class(s->availability)) {
	case PLY_CLASS_ONLINE:
	case PLY_CLASS_BUSY:
	case PLY_CLASS_DND:
		return AT_ACTIVE;
	case PLY_CLASS_IDLE:
	case PLY_CLASS_BUSY_IDLE:
		return AT_INACTIVE;
	case PLY_CLASS_BRB:
	case PLY_CLASS_AWAY:
		return AT_AWAY;
	case PLY_CLASS_OFFLINE:
		return AT_OFF;
	case PLY_CLASS_UNKNOWN:
		break;
	}
	return AT_UNKNOWN;
}

static bool counts(const struct ply_agg_state *s, uint32_t container, enum ply_state_type type)
{
	return s->container == container && s->state->type == type;
}

/* The most active device; among equals the newest by the server's stamp. */
static const struct ply_agg_state *best_machine(const struct ply_agg_input *in, uint32_t container)
{
	const struct ply_agg_state *best = NULL;

	for (size_t i = 0; i < in->n_state; i++) {
		const struct ply_agg_state *s = &in->state[i];
		int d;

		if (!counts(s, container, PLY_STATE_MACHINE))
			continue;
		d = best ? machine_rank(s->state) - machine_rank(best->state) : -1;
		if (d < 0 || (d == 0 && s->publish_ms > best->publish_ms))
			best = s;
	}
	return best;
}

/* The user's latest choice. One without a value (0, "unset") takes the choice back. */
static const struct ply_agg_state *chosen(const struct ply_agg_input *in, uint32_t container)
{
	const struct ply_agg_state *best = NULL;

	for (size_t i = 0; i < in->n_state; i++) {
		const struct ply_agg_state *s = &in->state[i];

		if (counts(s, container, PLY_STATE_USER) && s->state->manual &&
		    (!best || s->publish_ms > best->publish_ms))
			best = s;
	}
	if (best && (!best->state->has_availability ||
		     ply_avail_class(best->state->availability) == PLY_CLASS_UNKNOWN))
		return NULL;
	return best;
}

/* The strongest state of a type: highest value, then newest. */
static const struct ply_agg_state *strongest(const struct ply_agg_input *in, uint32_t container,
					     enum ply_state_type type)
{
	const struct ply_agg_state *best = NULL;

	for (size_t i = 0; i < in->n_state; i++) {
		const struct ply_agg_state *s = &in->state[i];

		if (!counts(s, container, type))
			continue;
		if (!best || s->state->availability > best->state->availability ||
		    (s->state->availability == best->state->availability &&
		     s->publish_ms > best->publish_ms))
			best = s;
	}
	return best;
}

struct inputs {
	const struct ply_agg_state *machine, *user, *phone, *conference, *calendar;
};

/* 6900 is do-not-disturb as the team sees it: chosen, so it stays while set. */
static bool degrades(uint32_t availability)
{
	enum ply_avail_class c = ply_avail_class(availability);

	return c == PLY_CLASS_ONLINE || (c == PLY_CLASS_BUSY && availability != PLY_AVAIL_URGENT);
}

/* Rule 3: the choice wins over the machine, but available and busy fade with it. */
static uint32_t with_choice(const struct ply_agg_state *user, const struct ply_agg_state *machine)
{
	uint32_t v = user->state->availability;

	if (!degrades(v))
		return v;
	switch (machine_rank(machine->state)) {
	case AT_INACTIVE:
		return ply_avail_class(v) == PLY_CLASS_ONLINE ? PLY_AVAIL_IDLE
							      : PLY_AVAIL_BUSY_IDLE;
	case AT_AWAY: /* only when the user went away after choosing */
		return machine->publish_ms > user->publish_ms ? machine->state->availability : v;
	case AT_OFF:
		return PLY_AVAIL_OFFLINE;
	default:
		return v;
	}
}

/* Rule 4: calls, meetings and conferences raise a result below the away class. */
static uint32_t raise_to(uint32_t v, const struct ply_agg_state *s)
{
	if (!s || !s->state->has_availability || v >= 15000 ||
	    ply_avail_class(s->state->availability) == PLY_CLASS_OFFLINE)
		return v;
	return s->state->availability > v ? s->state->availability : v;
}

static uint32_t availability_of(const struct ply_agg_input *in, const struct inputs *i)
{
	uint32_t v;

	/* Rule 1. The user's static choice alone does not keep a signed-out user visible. */
	if (!in->signed_in || !i->machine)
		return PLY_AVAIL_OFFLINE;
	v = i->machine->state->has_availability ? i->machine->state->availability : 0;
	if (i->user)
		v = with_choice(i->user, i->machine);
	v = raise_to(v, i->phone);
	v = raise_to(v, i->conference);
	return raise_to(v, i->calendar);
}

/* Rule 5: is the state's activity meant for this result? */
static bool covers(const struct ply_agg_state *s, uint32_t v)
{
	const struct ply_activity *a;

	if (!s || v >= 18000)
		return false;
	a = &s->state->activity;
	if (!a->token.len && !a->custom.len)
		return false;
	if (a->has_min || a->has_max)
		return (!a->has_min || v >= a->min_availability) &&
		       (!a->has_max || v <= a->max_availability);
	/* Out of office comes without a value: it goes with every one. */
	return !s->state->has_availability ||
	       ply_avail_class(s->state->availability) == ply_avail_class(v);
}

static const struct ply_agg_state *activity_source(const struct inputs *i, uint32_t v)
{
	const struct ply_agg_state *order[] = {i->phone, i->conference, i->calendar, i->user,
					       i->machine};

	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		if (covers(order[k], v))
			return order[k];
	return NULL;
}

/* Rule 6: since when away or gone. Not for somebody who is at the machine and appears offline. */
static void set_last_active(struct ply_aggregate *out, const struct ply_agg_state *machine)
{
	int64_t ms;

	if (out->state.availability < 15000 || !machine || machine_rank(machine->state) < AT_AWAY)
		return;
	if (!ply_datetime_read(machine->state->last_active, &ms))
		ms = machine->publish_ms;
	ply_datetime_text(out->last_active, ms);
	out->state.last_active = ply_slice_str(out->last_active);
}

static void set_machine(struct ply_aggregate *out, const struct ply_agg_input *in,
			const struct ply_agg_state *machine)
{
	out->machine.type = PLY_STATE_AGGREGATE_MACHINE;
	if (!in->signed_in || !machine)
		return;
	out->machine.has_availability = machine->state->has_availability;
	out->machine.availability = machine->state->availability;
	out->machine.endpoint_id = machine->endpoint_id;
}

static struct ply_slice first_text(struct ply_slice a, struct ply_slice b)
{
	return a.len ? a : b;
}

/* Where the user is: of the most active device, for those who may know. */
static void set_place(struct ply_state *out, const struct inputs *i)
{
	const struct ply_state *m = i->machine->state;

	out->endpoint_location = m->endpoint_location;
	out->time_zone_bias = m->time_zone_bias;
	out->time_zone_name = m->time_zone_name;
	out->device = first_text(m->device, ply_slice_str("computer"));
	if (i->user)
		out->endpoint_location =
			first_text(out->endpoint_location, i->user->state->endpoint_location);
}

void ply_aggregate_run(struct ply_aggregate *out, const struct ply_agg_input *in,
		       uint32_t container)
{
	struct inputs i = {
		.machine = best_machine(in, container),
		.user = chosen(in, container),
		.phone = strongest(in, container, PLY_STATE_PHONE),
		.conference = strongest(in, container, PLY_STATE_CONFERENCE),
		.calendar = strongest(in, container, PLY_STATE_CALENDAR),
	};
	const struct ply_agg_state *src;
	struct ply_state *s = &out->state;

	*out = (struct ply_aggregate){0};
	s->type = PLY_STATE_AGGREGATE;
	s->has_availability = true;
	s->availability = availability_of(in, &i);
	set_machine(out, in, i.machine);
	set_last_active(out, i.machine);
	if (!i.machine || ply_avail_class(s->availability) == PLY_CLASS_OFFLINE)
		return;
	src = activity_source(&i, s->availability);
	if (src)
		s->activity = src->state->activity;
	set_place(s, &i);
	if (i.calendar && s->availability < 15000) {
		s->meeting_subject = i.calendar->state->meeting_subject;
		s->meeting_location = i.calendar->state->meeting_location;
	}
}

static void bare(struct ply_state *out, uint32_t availability)
{
	*out = (struct ply_state){.type = PLY_STATE_AGGREGATE,
				  .has_availability = true,
				  .availability = availability};
}

/* The team may interrupt: do not disturb is "urgent interruptions only" there. */
static void team_view(struct ply_state *out)
{
	if (ply_avail_class(out->availability) != PLY_CLASS_DND)
		return;
	out->availability = PLY_AVAIL_URGENT;
	out->activity = (struct ply_activity){.token = ply_slice_str("urgent-interruptions-only")};
}

void ply_aggregate_view(struct ply_state *out, const struct ply_aggregate *two,
			const struct ply_aggregate *three, uint32_t container)
{
	switch (container) {
	case PLY_CONTAINER_INPUT:
	case PLY_CONTAINER_COMPANY:
	case PLY_CONTAINER_PERSONAL:
		*out = two->state;
		/* Subject and place of meetings are for the team only. */
		out->meeting_subject = out->meeting_location = ply_slice(NULL, 0);
		break;
	case PLY_CONTAINER_INPUT_TEAM:
	case PLY_CONTAINER_TEAM:
		*out = three->state;
		team_view(out);
		break;
	case PLY_CONTAINER_BLOCKED:
		bare(out, PLY_AVAIL_OFFLINE);
		break;
	default:
		bare(out, two->state.availability);
		break;
	}
}
