#include "presence/provision_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned groups;

	if (!ply_provision_request_parse(&groups, ply_slice((const char *)data, size)) &&
	    groups > PLY_PROVISION_ALL)
		abort();
	return 0;
}
