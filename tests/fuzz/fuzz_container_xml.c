#include "presence/container_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice in = ply_slice((const char *)data, size);
	struct ply_set_subscribers s;
	struct ply_set_members m;

	if (!ply_set_members_parse(&m, in)) {
		for (size_t i = 0; i < m.n; i++)
			if (m.container[i].id <= PLY_CONTAINER_INPUT_TEAM)
				abort();
		ply_set_members_deinit(&m);
	}
	if (!ply_set_subscribers_parse(&s, in))
		ply_set_subscribers_deinit(&s);
	return 0;
}
