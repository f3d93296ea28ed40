#include "presence/batch_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_batch b;

	if (!ply_batch_parse(&b, ply_slice((const char *)data, size)))
		ply_batch_deinit(&b);
	return 0;
}
