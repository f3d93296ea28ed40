/* The message object: one block of memory with the struct, the lines and the octets. */
#include "sip/sip_msg.h"

#include "base/err.h"
#include "base/mem.h"
#include "sip/sip_names.h"
#include "sip/sip_parse.h"

#include <errno.h>

static void move(struct ply_slice *s, const char *from, const char *to)
{
	if (s->p)
		s->p = to + (s->p - from);
}

/* The index was made over memory at `from`; from now on the octets live at `to`. */
static void move_all(struct ply_sip_msg *m, const char *from, const char *to)
{
	move(&m->method_name, from, to);
	move(&m->ruri, from, to);
	move(&m->reason, from, to);
	move(&m->raw, from, to);
	move(&m->body, from, to);
	for (unsigned i = 0; i < m->n_line; i++) {
		move(&m->line[i].name, from, to);
		move(&m->line[i].value, from, to);
		move(&m->line[i].text, from, to);
	}
}

/* A Via says where an answer goes; what else is missing is then missing in the answer too. */
static bool is_answerable(const struct ply_sip_msg *m)
{
	return m->is_request && m->first[PLY_HDR_VIA] != PLY_SIP_NO_LINE;
}

static struct ply_sip_msg *store(const struct ply_sip_msg *index)
{
	size_t lines = index->n_line * sizeof index->line[0];
	struct ply_sip_msg *m = ply_realloc(NULL, sizeof *m + lines + index->raw.len + 1);
	char *text;

	if (!m)
		return NULL;
	*m = *index;
	m->ref = 1;
	m->line = (struct ply_sip_line *)(void *)(m + 1);
	memcpy(m->line, index->line, lines);
	text = (char *)(m->line + m->n_line);
	memcpy(text, index->raw.p, index->raw.len);
	text[index->raw.len] = '\0';
	move_all(m, index->raw.p, text);
	return m;
}

int ply_sip_msg_new(struct ply_sip_msg **out, const char *p, size_t len)
{
	struct ply_sip_line line[PLY_SIP_MAX_LINES];
	struct ply_sip_msg index;
	int r;

	*out = NULL;
	r = ply_sip_msg_index(&index, line, p, len);
	if (r == PLY_SIP_E_START || r == PLY_SIP_E_TOO_MANY || (r && !is_answerable(&index)))
		return r;
	*out = store(&index);
	return *out ? r : ply_err_origin(-ENOMEM);
}

struct ply_sip_msg *ply_sip_msg_ref(struct ply_sip_msg *m)
{
	m->ref++;
	return m;
}

void ply_sip_msg_unref(struct ply_sip_msg *m)
{
	if (!m || --m->ref)
		return;
	ply_sip_parse_free(m);
	ply_free(ply_unconst(m->top_via.p));
	ply_free(m);
}

int ply_sip_msg_set_top_via(struct ply_sip_msg *m, struct ply_slice line)
{
	char *copy = ply_slice_dup(line);

	if (!copy)
		return ply_err_origin(-ENOMEM);
	ply_free(ply_unconst(m->top_via.p));
	m->top_via = ply_slice(copy, line.len);
	return 0;
}

struct ply_slice ply_sip_hdr(const struct ply_sip_msg *m, enum ply_sip_hdr id)
{
	uint8_t i = m->first[id];

	return i == PLY_SIP_NO_LINE ? ply_slice(NULL, 0) : m->line[i].value;
}

bool ply_sip_hdr_next(const struct ply_sip_msg *m, enum ply_sip_hdr id, unsigned *pos,
		      struct ply_slice *value)
{
	unsigned i = *pos;

	if (m->first[id] == PLY_SIP_NO_LINE)
		return false;
	if (i < m->first[id])
		i = m->first[id];
	for (; i < m->n_line; i++)
		if (m->line[i].id == id) {
			*value = m->line[i].value;
			*pos = i + 1;
			return true;
		}
	*pos = i;
	return false;
}

struct ply_slice ply_sip_hdr_named(const struct ply_sip_msg *m, const char *name)
{
	struct ply_slice want = ply_sip_long_name(ply_slice_str(name));
	enum ply_sip_hdr id = ply_sip_hdr_of(want);

	if (id != PLY_HDR_OTHER)
		return ply_sip_hdr(m, id);
	for (unsigned i = 0; i < m->n_line; i++)
		if (m->line[i].id == PLY_HDR_OTHER &&
		    ply_slice_caseeq(ply_sip_long_name(m->line[i].name), want))
			return m->line[i].value;
	return ply_slice(NULL, 0);
}
