/* Index, Sofia's parse, answer and edit of any octets: what we write must read again. */
#include "sip/sip_write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_read(const struct ply_strbuf *text)
{
	struct ply_sip_line line[PLY_SIP_MAX_LINES];
	struct ply_sip_msg m;

	if (ply_sip_msg_index(&m, line, text->p, text->len))
		abort();
	if (m.raw.len != text->len)
		abort();
}

static void edit(const struct ply_sip_msg *m, struct ply_strbuf *out)
{
	static const char *const names[] = {"X-A", "Session-Expires", NULL};
	struct ply_sip_edit e = {.top = ply_slice_str("X-Top: 1\r\n"),
				 .keep_top_via = true,
				 .pop_route = true,
				 .drop = PLY_HDR_BIT(PLY_HDR_AUTHORIZATION),
				 .drop_named = names,
				 .n_replace = 1,
				 .replace = {{PLY_HDR_MAX_FORWARDS, ply_slice_str("69")}}};

	if (ply_sip_write_edit(out, m, &e))
		abort();
	if (m->n_line < PLY_SIP_MAX_LINES - 4)
		must_read(out);
	ply_strbuf_reset(out);
	e = (struct ply_sip_edit){.new_body = true,
				  .content_type = "text/plain",
				  .body = ply_slice_str("hello"),
				  .tail = ply_slice_str("X-Tail: 1\r\n")};
	if (ply_sip_write_edit(out, m, &e))
		abort();
	if (m->n_line < PLY_SIP_MAX_LINES - 4)
		must_read(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ply_sip_reply r = {.status = 200,
				  .to_tag = ply_slice_str("t"),
				  .record_route = true,
				  .content_type = "a/b",
				  .body = ply_slice_str("x")};
	struct ply_strbuf out = PLY_STRBUF_INIT;
	struct ply_sip_msg *m;
	const char *why;
	int code = ply_sip_msg_new(&m, (const char *)data, size);

	if (!m)
		return 0;
	if (m->is_request && ply_sip_write_reply(&out, m, &r))
		abort();
	if (!code && m->is_request && m->n_line < PLY_SIP_MAX_LINES - 4)
		must_read(&out);
	ply_strbuf_reset(&out);
	ply_sip_msg_parse(m, &why);
	if (!code) {
		if (ply_sip_msg_set_top_via(
			    m, ply_slice_str("Via: SIP/2.0/UDP t;received=1.1.1.1\r\n")))
			abort();
		edit(m, &out);
	}
	ply_strbuf_deinit(&out);
	ply_sip_msg_unref(m);
	return 0;
}
