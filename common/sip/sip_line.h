/* Writing single header lines. For the files of this module only. Rank 3. */
#ifndef PLY_SIP_SIP_LINE_H
#define PLY_SIP_SIP_LINE_H

#include "sip/sip_msg.h"

static inline bool ply_sip_ends_crlf(struct ply_slice text)
{
	return text.len >= 2 && text.p[text.len - 2] == '\r' && text.p[text.len - 1] == '\n';
}

/* No CR, LF or NUL: nothing else can be smuggled in with it. */
bool ply_sip_is_one_line(struct ply_slice s);
/* A received line as it was, but for a compact name, which is written out, and a lone LF. */
void ply_sip_write_line(struct ply_strbuf *out, const struct ply_sip_line *l);
void ply_sip_write_value(struct ply_strbuf *out, const char *name, struct ply_slice value);
/* The values after the first of a comma-separated list as a line; nothing when there are none. */
void ply_sip_write_rest(struct ply_strbuf *out, const char *name, struct ply_slice list);
/* m->top_via in place of the first value of l, the first Via line of m. */
void ply_sip_write_top_via(struct ply_strbuf *out, const struct ply_sip_msg *m,
			   const struct ply_sip_line *l);

#endif
