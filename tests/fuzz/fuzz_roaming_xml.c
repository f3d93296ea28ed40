#include "presence/roaming_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned sections;

	if (!ply_roaming_list_parse(&sections, ply_slice((const char *)data, size)) &&
	    sections > 15)
		abort();
	return 0;
}
