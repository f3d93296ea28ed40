/* What the server publishes for a user: the aggregates as category values, container by
 * container. */
#include "presence/aggregate.h"
#include "presence/state_xml.h"

static const uint32_t levels[] = {PLY_CONTAINER_PUBLIC, PLY_CONTAINER_COMPANY, PLY_CONTAINER_TEAM,
				  PLY_CONTAINER_PERSONAL};

/* Bodies are offsets into r->text until everything is written. */
static void begin(struct ply_agg_result *r, const char *category, uint32_t instance,
		  uint32_t container, enum ply_expire_type expire)
{
	r->out[r->n] = (struct ply_agg_output){.category = category,
					       .instance = instance,
					       .container = container,
					       .expire_type = expire};
	r->start[r->n++] = r->text.len;
}

static void put_states(struct ply_agg_result *r)
{
	static const uint32_t where[] = {PLY_CONTAINER_INPUT,  PLY_CONTAINER_INPUT_TEAM,
					 PLY_CONTAINER_PUBLIC, PLY_CONTAINER_COMPANY,
					 PLY_CONTAINER_TEAM,   PLY_CONTAINER_PERSONAL,
					 PLY_CONTAINER_BLOCKED};
	struct ply_state s;

	for (size_t i = 0; i < ARRAY_LEN(where); i++) {
		bool blocked = where[i] == PLY_CONTAINER_BLOCKED;

		begin(r, "state", blocked ? PLY_INSTANCE_AGGREGATE_BLOCKED : PLY_INSTANCE_AGGREGATE,
		      where[i], blocked ? PLY_EXPIRE_STATIC : PLY_EXPIRE_USER);
		ply_aggregate_view(&s, &r->two, &r->three, where[i]);
		ply_state_write(&r->text, &s);
	}
	if (!r->two.machine.has_availability)
		return;
	begin(r, "state", PLY_INSTANCE_AGGREGATE_MACHINE, PLY_CONTAINER_INPUT, PLY_EXPIRE_USER);
	ply_state_write(&r->text, &r->two.machine);
}

static void put_legacy(struct ply_agg_result *r)
{
	struct ply_state s;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		begin(r, "legacyInterop", PLY_INSTANCE_LEGACY, levels[i], PLY_EXPIRE_USER);
		ply_aggregate_view(&s, &r->two, &r->three, levels[i]);
		ply_legacy_interop_write(&r->text, s.availability);
	}
}

static void put_services(struct ply_agg_result *r, const struct ply_agg_input *in)
{
	struct ply_services s;

	ply_aggregate_services(&s, in);
	begin(r, "services", PLY_INSTANCE_SERVICES, PLY_CONTAINER_INPUT, PLY_EXPIRE_USER);
	ply_services_write(&r->text, &s);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		begin(r, "services", PLY_INSTANCE_SERVICES, levels[i], PLY_EXPIRE_USER);
		ply_services_write(&r->text, &s);
	}
	begin(r, "services", PLY_INSTANCE_SERVICES, PLY_CONTAINER_BLOCKED, PLY_EXPIRE_USER);
}

int ply_aggregate_all(struct ply_agg_result *out, const struct ply_agg_input *in)
{
	*out = (struct ply_agg_result){.text = PLY_STRBUF_INIT};
	ply_aggregate_run(&out->two, in, PLY_CONTAINER_INPUT);
	ply_aggregate_run(&out->three, in, PLY_CONTAINER_INPUT_TEAM);
	put_states(out);
	put_legacy(out);
	put_services(out, in);
	if (ply_strbuf_err(&out->text))
		return ply_strbuf_err(&out->text);
	for (size_t i = 0; i < out->n; i++) {
		size_t end = i + 1 < out->n ? out->start[i + 1] : out->text.len;

		out->out[i].body = ply_slice_sub(ply_strbuf_slice(&out->text), out->start[i],
						 end - out->start[i]);
	}
	return 0;
}

void ply_agg_result_deinit(struct ply_agg_result *r)
{
	ply_strbuf_deinit(&r->text);
}
