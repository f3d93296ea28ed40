#include "presence/visible.h"

/* The steps of the best match, most particular first. */
enum { STEP_USER, STEP_DOMAIN, STEP_SOURCE, STEP_EVERYONE, STEP_NONE };

static struct ply_slice domain_of(struct ply_slice bare)
{
	size_t at = ply_slice_chr(bare, '@');

	return at == SIZE_MAX ? ply_slice("", 0) : ply_slice_from(bare, at + 1);
}

static bool source_is(enum ply_source_network source, enum ply_member_type type)
{
	switch (type) {
	case PLY_MEMBER_SAME_ENTERPRISE:
		return source == PLY_SOURCE_SAME_ENTERPRISE;
	case PLY_MEMBER_FEDERATED:
		return source == PLY_SOURCE_FEDERATED;
	case PLY_MEMBER_PUBLIC_CLOUD:
		return source == PLY_SOURCE_PUBLIC_CLOUD;
	default:
		return false;
	}
}

static int step_of(const struct ply_member *m, struct ply_slice bare, enum ply_source_network src)
{
	switch (m->type) {
	case PLY_MEMBER_USER:
		return ply_slice_caseeq(ply_pres_bare_uri(m->value), bare) ? STEP_USER : STEP_NONE;
	case PLY_MEMBER_DOMAIN:
		return m->value.len && ply_slice_caseeq(m->value, domain_of(bare)) ? STEP_DOMAIN
										   : STEP_NONE;
	case PLY_MEMBER_EVERYONE:
		return STEP_EVERYONE;
	default:
		return source_is(src, m->type) ? STEP_SOURCE : STEP_NONE;
	}
}

uint32_t ply_visible_container(const struct ply_container *c, size_t n, const struct ply_watcher *w)
{
	struct ply_slice bare = ply_pres_bare_uri(w->uri);
	uint32_t best = PLY_CONTAINER_DEFAULT;
	int best_step = STEP_NONE;

	for (size_t i = 0; i < n; i++) {
		/* Containers 0-3 have no members that count: 0 is for everyone left over, 1-3 are
		 * the owner's. */
		if (c[i].id <= PLY_CONTAINER_INPUT_TEAM)
			continue;
		for (size_t j = 0; j < c[i].n; j++) {
			int step = step_of(&c[i].member[j], bare, w->source);

			if (step < best_step ||
			    (step == best_step && step != STEP_NONE && c[i].id > best)) {
				best_step = step;
				best = c[i].id;
			}
		}
	}
	return best;
}
