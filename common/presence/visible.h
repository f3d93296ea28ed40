/* Which container of a user a watcher is served from. Pure. Rank 4. */
#ifndef PLY_PRESENCE_VISIBLE_H
#define PLY_PRESENCE_VISIBLE_H

#include "presence/container_xml.h"

enum ply_source_network {
	PLY_SOURCE_SAME_ENTERPRISE,
	PLY_SOURCE_FEDERATED,
	PLY_SOURCE_PUBLIC_CLOUD,
	PLY_SOURCE_OTHER, /* none of them: only user, domain and everyone can match */
};

struct ply_watcher {
	struct ply_slice uri; /* with or without sip: */
	enum ply_source_network source;
};

/* Best match: user, domain, source network, everyone, else container 0; the highest
 * id within a step. Containers 1-3 are nobody's. Members compare without case. */
uint32_t ply_visible_container(const struct ply_container *c, size_t n,
			       const struct ply_watcher *w);

#endif
