#include "c3p/c3p_http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct c3p_id id, again;
	char text[C3P_ID_MAX];

	if (c3p_id_parse(&id, ply_slice((const char *)data, size)))
		return 0;
	if (c3p_id_parse(&again, c3p_id_format(&id, text)) || again.number != id.number ||
	    again.done != id.done)
		__builtin_trap();
	return 0;
}
