/* What the server publishes for a user: the aggregates as category values, container by
 * container. */
#include "presence/aggregate.h"
#include "presence/state_xml.h"

static const uint32_t levels[] = {PLY_CONTAINER_PUBLIC, PLY_CONTAINER_COMPANY, PLY_CONTAINER_TEAM,
				  PLY_CONTAINER_PERSONAL};

/* Bodies are offsets into r->text until everything is written. What several containers are shown
 * alike is written once. */
static void add(struct ply_agg_result *r, const char *category, uint32_t instance,
		uint32_t container, size_t start)
{
	r->out[r->n] = (struct ply_agg_output){.category = category,
					       .instance = instance,
					       .container = container,
					       .expire_type = PLY_EXPIRE_USER};
	r->start[r->n] = start;
	r->len[r->n++] = r->text.len - start;
}

static void put_view(struct ply_agg_result *r, const uint32_t *containers, size_t n)
{
	size_t start = r->text.len;
	struct ply_state s;

	ply_aggregate_view(&s, &r->two, &r->three, containers[0]);
	ply_state_write(&r->text, &s);
	for (size_t i = 0; i < n; i++)
		add(r, "state", PLY_INSTANCE_AGGREGATE, containers[i], start);
}

static void put_states(struct ply_agg_result *r)
{
	static const uint32_t full[] = {PLY_CONTAINER_INPUT, PLY_CONTAINER_COMPANY,
					PLY_CONTAINER_PERSONAL};
	static const uint32_t team[] = {PLY_CONTAINER_INPUT_TEAM, PLY_CONTAINER_TEAM};
	static const uint32_t public[] = {PLY_CONTAINER_PUBLIC};
	static const uint32_t blocked[] = {PLY_CONTAINER_BLOCKED};
	size_t start;

	put_view(r, full, ARRAY_LEN(full));
	put_view(r, team, ARRAY_LEN(team));
	put_view(r, public, ARRAY_LEN(public));
	put_view(r, blocked, ARRAY_LEN(blocked));
	r->out[r->n - 1].instance = PLY_INSTANCE_AGGREGATE_BLOCKED;
	r->out[r->n - 1].expire_type = PLY_EXPIRE_STATIC;
	if (!r->two.machine.has_availability)
		return;
	start = r->text.len;
	ply_state_write(&r->text, &r->two.machine);
	add(r, "state", PLY_INSTANCE_AGGREGATE_MACHINE, PLY_CONTAINER_INPUT, start);
}

static void put_legacy(struct ply_agg_result *r)
{
	struct ply_state s;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		size_t start = r->text.len;

		ply_aggregate_view(&s, &r->two, &r->three, levels[i]);
		ply_legacy_interop_write(&r->text, s.availability);
		add(r, "legacyInterop", PLY_INSTANCE_LEGACY, levels[i], start);
	}
}

static void put_services(struct ply_agg_result *r, const struct ply_agg_input *in)
{
	size_t start = r->text.len;
	struct ply_services s;

	ply_aggregate_services(&s, in);
	ply_services_write(&r->text, &s);
	add(r, "services", PLY_INSTANCE_SERVICES, PLY_CONTAINER_INPUT, start);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		add(r, "services", PLY_INSTANCE_SERVICES, levels[i], start);
	add(r, "services", PLY_INSTANCE_SERVICES, PLY_CONTAINER_BLOCKED, r->text.len);
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
	for (size_t i = 0; i < out->n; i++)
		out->out[i].body =
			ply_slice_sub(ply_strbuf_slice(&out->text), out->start[i], out->len[i]);
	return 0;
}

void ply_agg_result_deinit(struct ply_agg_result *r)
{
	ply_strbuf_deinit(&r->text);
}
