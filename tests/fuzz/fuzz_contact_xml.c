#include "presence/contact_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_soap s;

	if (ply_soap_parse(&s, ply_slice((const char *)data, size)))
		return 0;
	if (s.op == PLY_SOAP_SET_CONTACT) {
		struct ply_contact c = {s.uri,        s.display_name, s.groups,
					s.subscribed, s.external_uri, s.extension};

		ply_contact_list_write(&b, s.delta, NULL, 0, &c, 1);
		ply_contact_delta_write(&b, s.delta, s.delta,
					&(struct ply_contact_change){PLY_CONTACT_ADDED, NULL, &c},
					1);
		if (ply_strbuf_err(&b))
			abort();
	}
	ply_strbuf_deinit(&b);
	ply_soap_deinit(&s);
	return 0;
}
