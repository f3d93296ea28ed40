#include "presence/state_xml.h"

#include "presence/pres_internal.h"

static const char *const type_names[] = {
	[PLY_STATE_USER] = "userState",
	[PLY_STATE_MACHINE] = "machineState",
	[PLY_STATE_CALENDAR] = "calendarState",
	[PLY_STATE_PHONE] = "phoneState",
	[PLY_STATE_CONFERENCE] = "conferenceState",
	[PLY_STATE_AGGREGATE] = "aggregateState",
	[PLY_STATE_AGGREGATE_MACHINE] = "aggregateMachineState",
};

/* The type may be qualified, and its namespace's prefix be missing from clients' haste. */
static enum ply_state_type read_type(const struct ply_xml_el *el)
{
	struct ply_slice v = ply_xml_attr_ns(el, PLY_NS_XSI, "type");
	size_t colon;

	if (!v.p)
		v = ply_xml_attr(el, "type");
	colon = ply_slice_chr(v, ':');
	if (colon != SIZE_MAX)
		v = ply_slice_from(v, colon + 1);
	for (size_t i = PLY_STATE_USER; i < ARRAY_LEN(type_names); i++)
		if (ply_slice_is(ply_slice_trim(v), type_names[i]))
			return (enum ply_state_type)i;
	return PLY_STATE_OTHER;
}

static void read_activity(struct ply_xmlin *in, struct ply_activity *a, const struct ply_xml_el *el)
{
	if (!el)
		return;
	a->token = ply_xmlin_copy(in, ply_slice_trim(ply_xml_attr(el, "token")));
	a->custom = ply_xmlin_children(in, el, "custom");
	a->has_min = ply_xml_attr_u32(el, "minAvailability", &a->min_availability);
	a->has_max = ply_xml_attr_u32(el, "maxAvailability", &a->max_availability);
}

static int read_availability(struct ply_state *out, const struct ply_xml_el *root)
{
	struct ply_slice v = ply_xml_text_trim(ply_xml_child(root, NULL, "availability"));

	out->has_availability = v.len > 0;
	return !v.len || ply_slice_to_u32(v, &out->availability) ? 0 : PLY_PRES_E_CONTENT;
}

static int read_state(struct ply_xmlin *in, struct ply_state *out)
{
	const struct {
		const char *name;
		struct ply_slice *out;
	} leaves[] = {
		{"endpointLocation", &out->endpoint_location},
		{"timeZoneBias", &out->time_zone_bias},
		{"timeZoneName", &out->time_zone_name},
		{"device", &out->device},
		{"meetingSubject", &out->meeting_subject},
		{"meetingLocation", &out->meeting_location},
	};

	out->type = read_type(in->root);
	/* A userState is the user's choice unless it says otherwise. */
	out->manual = ply_xml_attr_bool(in->root, "manual", out->type == PLY_STATE_USER);
	out->start_time = ply_xmlin_copy(in, ply_xml_attr(in->root, "startTime"));
	out->end_time = ply_xmlin_copy(in, ply_xml_attr(in->root, "endTime"));
	out->last_active = ply_xmlin_copy(in, ply_xml_attr(in->root, "lastActive"));
	out->endpoint_id = ply_xmlin_copy(in, ply_xml_attr(in->root, "endpointId"));
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++)
		*leaves[i].out =
			ply_xmlin_copy(in, ply_xml_child_text(in->root, NULL, leaves[i].name));
	read_activity(in, &out->activity, ply_xml_child(in->root, NULL, "activity"));
	return read_availability(out, in->root);
}

int ply_state_parse(struct ply_state *out, struct ply_slice xml)
{
	struct ply_xmlin in;
	int r;

	*out = (struct ply_state){.type = PLY_STATE_OTHER};
	r = ply_xmlin_open(&in, &out->mem, xml, "state", NULL);
	if (!r)
		r = read_state(&in, out);
	return ply_xmlin_close(&in, r);
}

void ply_state_deinit(struct ply_state *s)
{
	ply_arena_deinit(&s->mem);
	*s = (struct ply_state){.type = PLY_STATE_OTHER};
}

static void put_activity(struct ply_xmlw *w, const struct ply_activity *a)
{
	if (!a->token.len && !a->custom.len)
		return;
	ply_xmlw_open(w, "activity");
	ply_xmlw_some_attr(w, "token", a->token);
	if (a->has_min)
		ply_xmlw_attr_u64(w, "minAvailability", a->min_availability);
	if (a->has_max)
		ply_xmlw_attr_u64(w, "maxAvailability", a->max_availability);
	ply_xmlw_raw(w, a->custom);
	ply_xmlw_close(w);
}

static void put_attributes(struct ply_xmlw *w, const struct ply_state *s)
{
	if (s->type != PLY_STATE_OTHER)
		ply_xmlw_attr(w, "xsi:type", type_names[s->type]);
	if (s->type == PLY_STATE_USER || s->type == PLY_STATE_MACHINE)
		ply_xmlw_attr_bool(w, "manual", s->manual);
	ply_xmlw_some_attr(w, "endpointId", s->endpoint_id);
	ply_xmlw_some_attr(w, "startTime", s->start_time);
	ply_xmlw_some_attr(w, "endTime", s->end_time);
	ply_xmlw_some_attr(w, "lastActive", s->last_active);
	ply_xmlw_attr(w, "xmlns:xsi", PLY_NS_XSI);
	ply_xmlw_attr(w, "xmlns", PLY_NS_STATE);
}

void ply_state_write(struct ply_strbuf *b, const struct ply_state *s)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "state");
	put_attributes(&w, s);
	if (s->has_availability)
		ply_xmlw_leaf_u64(&w, "availability", s->availability);
	put_activity(&w, &s->activity);
	ply_xmlw_some_leaf(&w, "endpointLocation", s->endpoint_location);
	ply_xmlw_some_leaf(&w, "meetingSubject", s->meeting_subject);
	ply_xmlw_some_leaf(&w, "meetingLocation", s->meeting_location);
	ply_xmlw_some_leaf(&w, "timeZoneBias", s->time_zone_bias);
	ply_xmlw_some_leaf(&w, "timeZoneName", s->time_zone_name);
	ply_xmlw_some_leaf(&w, "device", s->device);
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
