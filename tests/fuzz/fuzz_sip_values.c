/* Lists, addresses, parameters, Via, URIs and addresses of record. */
#include "sip/sip_msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void uri(struct ply_slice s)
{
	char aor[PLY_SIP_AOR_MAX], again[PLY_SIP_AOR_MAX];
	struct ply_sip_uri u;

	if (ply_sip_uri_parse(s, &u) || ply_sip_uri_aor(&u, aor))
		return;
	/* the canonical form of the canonical form is itself */
	if (ply_sip_uri_parse(ply_slice_str(aor), &u))
		return;
	if (ply_sip_uri_aor(&u, again) || strcmp(aor, again) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_slice rest = ply_slice((const char *)data, size), v, tag;
	struct ply_sip_addr a;
	struct ply_sip_via via;

	uri(rest);
	ply_sip_param(rest, "tag", &tag);
	while (ply_sip_next_value(&rest, &v)) {
		ply_sip_via_parse(v, &via);
		if (ply_sip_addr_parse(v, &a))
			continue;
		ply_sip_param(a.params, "tag", &tag);
		uri(a.uri);
	}
	return 0;
}
