/* One list of abilities out of many devices. */
#include "presence/aggregate.h"

static uint32_t availability_at(const struct ply_agg_input *in, struct ply_slice endpoint_id)
{
	for (size_t i = 0; i < in->n_state; i++) {
		const struct ply_agg_state *s = &in->state[i];

		if (s->container == PLY_CONTAINER_INPUT && s->state->type == PLY_STATE_MACHINE &&
		    s->endpoint_id.len && ply_slice_caseeq(s->endpoint_id, endpoint_id))
			return s->state->availability;
	}
	return PLY_AVAIL_UNKNOWN;
}

/* 0 is unknown, which is worse than anything known; otherwise less is more present. */
static bool more_present(uint32_t a, uint32_t b)
{
	return a && (!b || a < b);
}

static void merge(struct ply_service_cap *s, const struct ply_capability *c,
		  const struct ply_device *d, uint32_t availability)
{
	if (!c->present)
		return;
	if (!s->cap.present || more_present(availability, s->device_availability))
		s->device_availability = availability;
	if (d->preferred)
		s->preferred_endpoint_id = d->endpoint_id;
	s->cap.present = true;
	s->cap.capture |= c->capture;
	s->cap.render |= c->render;
	s->cap.publish |= c->publish;
}

void ply_aggregate_services(struct ply_services *out, const struct ply_agg_input *in)
{
	*out = (struct ply_services){.uri = in->uri};
	if (!in->signed_in)
		return;
	for (size_t i = 0; i < in->n_device; i++) {
		const struct ply_device *d = in->device[i];
		uint32_t availability = availability_at(in, d->endpoint_id);

		for (size_t k = 0; k < PLY_SERVICE_COUNT; k++)
			merge(&out->service[k], &d->cap[k], d, availability);
	}
}
