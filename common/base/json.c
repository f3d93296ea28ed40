#include "base/json.h"

#include "base/utf8.h"

static void add_char(struct ply_strbuf *out, uint32_t cp)
{
	if (cp == '"' || cp == '\\')
		ply_strbuf_addf(out, "\\%c", (char)cp);
	else if (cp == '\n')
		ply_strbuf_adds(out, "\\n");
	else if (cp < 0x20 || cp == 0x7f)
		ply_strbuf_addf(out, "\\u%04x", cp);
	else
		ply_utf8_add(out, cp);
}

void ply_json_string(struct ply_strbuf *out, struct ply_slice s)
{
	uint32_t cp;

	ply_strbuf_addc(out, '"');
	while (s.len) {
		if (!ply_utf8_next(&s, &cp)) {
			cp = 0xfffd;
			s = ply_slice_from(s, 1);
		}
		add_char(out, cp);
	}
	ply_strbuf_addc(out, '"');
}

void ply_json_key(struct ply_strbuf *out, bool *first, const char *key)
{
	if (!*first)
		ply_strbuf_addc(out, ',');
	*first = false;
	ply_json_string(out, ply_slice_str(key));
	ply_strbuf_addc(out, ':');
}
