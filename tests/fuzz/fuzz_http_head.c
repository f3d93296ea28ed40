#include "http/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const char *p, size_t size, struct ply_slice s)
{
	if (s.p && (s.p < p || s.p + s.len > p + size))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	struct ply_http_head h;

	for (int i = 0; i < 2; i++) {
		enum ply_http_verdict v = i ? ply_http_head_response(ply_slice(p, size), &h)
					    : ply_http_head_request(ply_slice(p, size), &h);

		if (v != PLY_HTTP_OK)
			continue;
		if (h.size > size || (h.has_length && h.has_coding))
			__builtin_trap();
		inside(p, size, h.method);
		inside(p, size, h.path);
		inside(p, size, h.query);
		inside(p, size, h.fields);
		inside(p, size, ply_http_field(h.fields, "Content-Type"));
	}
	return 0;
}
