/* Which conferencing server gets the next meeting, and what there is to choose from. */
#include "crypto/random.h"
#include "frontend/conference/mcu.h"

enum { FULL_LOAD = 90 }; /* per cent */

/* Thousandths of a per cent: what it said, and what it was given since. */
static uint64_t effective_load(const struct fe_mcu *s)
{
	return (uint64_t)s->load * 1000 + s->extra_load;
}

static bool takes_meetings(const struct fe_mcu *s, uint32_t room)
{
	return s->state == FE_MCU_LIVE && s->addr.family && !s->draining && !s->marked &&
	       effective_load(s) < FULL_LOAD * UINT64_C(1000) &&
	       (!s->max_endpoints || (uint64_t)s->endpoints + room <= s->max_endpoints);
}

struct fe_mcu *fe_mcu_allocate(struct fe_mcu_factory *fac, const char *type, uint32_t room,
			       const struct fe_mcu *but)
{
	struct fe_mcu *best = NULL;
	uint32_t alike = 0;

	PLY_LIST_FOR(it, &fac->servers) {
		struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);
		uint64_t load = effective_load(s);

		if (s == but || strcmp(s->type, type) != 0 || !takes_meetings(s, room))
			continue;
		if (best && load > effective_load(best))
			continue;
		alike = best && load == effective_load(best) ? alike + 1 : 1;
		if (ply_random_below(alike) == 0) /* among n alike the last one wins with 1/n */
			best = s;
	}
	if (best) {
		best->endpoints += room;
		best->extra_load +=
			best->max_endpoints ? (uint64_t)room * 100000 / best->max_endpoints : 0;
	}
	return best;
}

size_t fe_mcu_types(const struct fe *fe, struct ply_slice *out, size_t max)
{
	size_t n = 0;

	PLY_LIST_FOR(it, &fe->meetings->factory->servers) {
		const struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);
		bool have = s->state == FE_MCU_DEAD;

		for (size_t i = 0; i < n; i++)
			have |= ply_slice_is(out[i], s->type);
		if (!have && n < max)
			out[n++] = ply_slice_str(s->type);
	}
	return n;
}

bool fe_mcu_is_one(const struct fe_mcu_factory *fac, const char *name)
{
	PLY_LIST_FOR(it, &fac->servers) {
		const struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);

		if (s->state != FE_MCU_DEAD && ply_slice_caseis(ply_slice_str(name), s->fqdn))
			return true;
	}
	return false;
}

unsigned fe_mcu_n_live(const struct fe_mcu_factory *fac, const char *type)
{
	unsigned n = 0;

	PLY_LIST_FOR(it, &fac->servers) {
		const struct fe_mcu *s = container_of(it, struct fe_mcu, in_factory);

		n += s->state == FE_MCU_LIVE && (!type || !strcmp(s->type, type));
	}
	return n;
}
