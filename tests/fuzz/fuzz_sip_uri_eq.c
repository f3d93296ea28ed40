#include "sip/sip_uri_eq.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two URIs with a line feed between them: equality is the same both ways, and each equals itself.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice rest = ply_slice((const char *)data, size), one;
	struct ply_sip_uri a, b;

	if (!ply_slice_split(&rest, '\n', &one) || !rest.p || ply_sip_uri_parse(one, &a) ||
	    ply_sip_uri_parse(rest, &b))
		return 0;
	if (ply_sip_uri_eq(&a, &b) != ply_sip_uri_eq(&b, &a))
		abort();
	return 0;
}
