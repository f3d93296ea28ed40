/* A received message written out changed. Lines that stay as they are go over in runs, with one
 * copy for each run. */
#include "sip/sip_write.h"

#include "base/err.h"
#include "sip/sip_line.h"
#include "sip/sip_names.h"

#include <errno.h>

enum { MAX_DROP_NAMED = 32 };

struct edit {
	const struct ply_sip_msg *m;
	const struct ply_sip_edit *e;
	struct ply_strbuf *out;
	uint64_t drop; /* lines of these are left out */
	uint64_t look; /* lines of these need a look each */
	bool via_done, route_done, length_done;
	unsigned replaced; /* BIT of e->replace[] that were written */
	struct ply_slice named[MAX_DROP_NAMED];
	unsigned n_named;
};

static bool is_compact(const struct ply_sip_line *l)
{
	return l->name.len == 1;
}

static int check(const struct ply_sip_msg *m, const struct ply_sip_edit *e)
{
	if (e->n_replace > PLY_SIP_MAX_REPLACE || !ply_sip_is_one_line(e->ruri) ||
	    ply_slice_chr(e->ruri, ' ') != SIZE_MAX)
		return -EINVAL;
	if (e->ruri.p && (!e->ruri.len || !m->is_request))
		return -EINVAL;
	for (unsigned i = 0; i < e->n_replace; i++)
		if (!ply_sip_is_one_line(e->replace[i].value) || !e->replace[i].id ||
		    e->replace[i].id >= PLY_HDR_N || e->replace[i].id == PLY_HDR_CONTENT_LENGTH)
			return -EINVAL;
	return 0;
}

static int prepare(struct edit *w)
{
	const struct ply_sip_edit *e = w->e;
	int r = check(w->m, e);

	w->drop = e->drop & ~PLY_HDR_BIT(PLY_HDR_OTHER);
	w->look = PLY_HDR_BIT(PLY_HDR_CONTENT_LENGTH);
	if (e->new_body)
		w->drop |= PLY_HDR_BIT(PLY_HDR_CONTENT_LENGTH) | PLY_HDR_BIT(PLY_HDR_CONTENT_TYPE);
	if (e->pop_via || e->keep_top_via)
		w->look |= PLY_HDR_BIT(PLY_HDR_VIA);
	if (e->pop_route)
		w->look |= PLY_HDR_BIT(PLY_HDR_ROUTE);
	for (unsigned i = 0; !r && i < e->n_replace; i++)
		w->look |= PLY_HDR_BIT(e->replace[i].id);
	for (const char *const *n = e->drop_named; n && *n; n++) {
		struct ply_slice name = ply_sip_long_name(ply_slice_str(*n));
		enum ply_sip_hdr id = ply_sip_hdr_of(name);

		if (id)
			w->drop |= PLY_HDR_BIT(id);
		else if (w->n_named < MAX_DROP_NAMED)
			w->named[w->n_named++] = name;
		else
			r = -EINVAL;
	}
	return r;
}

static bool is_named(const struct edit *w, const struct ply_sip_line *l)
{
	struct ply_slice name = ply_sip_long_name(l->name);

	for (unsigned i = 0; i < w->n_named; i++)
		if (ply_slice_caseeq(name, w->named[i]))
			return true;
	return false;
}

/* Goes over as it stands. */
static bool stays(const struct edit *w, const struct ply_sip_line *l)
{
	if ((w->drop | w->look) & PLY_HDR_BIT(l->id))
		return false;
	if (l->id == PLY_HDR_OTHER && w->n_named && is_named(w, l))
		return false;
	return !is_compact(l) && ply_sip_ends_crlf(l->text);
}

static bool write_replaced(struct edit *w, const struct ply_sip_line *l)
{
	for (unsigned i = 0; i < w->e->n_replace; i++) {
		if (w->e->replace[i].id != l->id)
			continue;
		if (!(w->replaced & BIT(i)))
			ply_sip_write_value(w->out, ply_sip_hdr_name(w->e->replace[i].id),
					    w->e->replace[i].value);
		w->replaced |= BIT(i);
		return true;
	}
	return false;
}

static void write_changed(struct edit *w, const struct ply_sip_line *l)
{
	if (w->drop & PLY_HDR_BIT(l->id))
		return;
	if (l->id == PLY_HDR_OTHER && w->n_named && is_named(w, l))
		return;
	if (write_replaced(w, l))
		return;
	if (l->id == PLY_HDR_VIA && !w->via_done && (w->e->pop_via || w->e->keep_top_via)) {
		w->via_done = true;
		if (w->e->pop_via)
			ply_sip_write_rest(w->out, "Via", l->value);
		else
			ply_sip_write_top_via(w->out, w->m, l);
		return;
	}
	if (l->id == PLY_HDR_ROUTE && !w->route_done && w->e->pop_route) {
		w->route_done = true;
		ply_sip_write_rest(w->out, "Route", l->value);
		return;
	}
	if (l->id == PLY_HDR_CONTENT_LENGTH) {
		if (w->length_done)
			return;
		w->length_done = true;
	}
	ply_sip_write_line(w->out, l);
}

static void write_lines(struct edit *w)
{
	const struct ply_sip_line *line = w->m->line;
	unsigned n = w->m->n_line;

	for (unsigned i = 0; i < n;) {
		const char *from = line[i].text.p, *to = from;

		/* a line with a fault is in no index: a run ends where the next line is elsewhere
		 */
		while (i < n && line[i].text.p == to && stays(w, &line[i])) {
			to += line[i].text.len;
			i++;
		}
		ply_strbuf_add(w->out, from, (size_t)(to - from));
		if (i < n && !stays(w, &line[i])) {
			write_changed(w, &line[i]);
			i++;
		}
	}
	for (unsigned i = 0; i < w->e->n_replace; i++)
		if (!(w->replaced & BIT(i)) && !(w->drop & PLY_HDR_BIT(w->e->replace[i].id)))
			ply_sip_write_value(w->out, ply_sip_hdr_name(w->e->replace[i].id),
					    w->e->replace[i].value);
}

static void write_start(struct edit *w)
{
	const struct ply_sip_msg *m = w->m;

	if (!m->is_request) {
		ply_strbuf_adds(w->out, "SIP/2.0 ");
		ply_strbuf_add_u64(w->out, m->status);
		ply_strbuf_addc(w->out, ' ');
		ply_strbuf_add_slice(w->out, m->reason);
	} else {
		ply_strbuf_add_slice(w->out, m->method_name);
		ply_strbuf_addc(w->out, ' ');
		ply_strbuf_add_slice(w->out, w->e->ruri.p ? w->e->ruri : m->ruri);
		ply_strbuf_adds(w->out, " SIP/2.0");
	}
	ply_strbuf_adds(w->out, "\r\n");
}

static size_t estimate(const struct ply_sip_msg *m, const struct ply_sip_edit *e)
{
	size_t n = m->raw.len + m->n_line * (size_t)16 + m->top_via.len + e->ruri.len + e->top.len +
		   e->tail.len + e->body.len + 256;

	for (unsigned i = 0; i < e->n_replace; i++)
		n += e->replace[i].value.len + 32;
	return n;
}

int ply_sip_write_edit(struct ply_strbuf *out, const struct ply_sip_msg *m,
		       const struct ply_sip_edit *e)
{
	struct edit w = {.m = m, .e = e, .out = out};
	int r = prepare(&w);

	if (r)
		return ply_err_origin(r);
	if (ply_strbuf_reserve(out, estimate(m, e)))
		return ply_err_origin(-ENOMEM);
	write_start(&w);
	ply_strbuf_add_slice(out, e->top);
	write_lines(&w);
	ply_strbuf_add_slice(out, e->tail);
	if (e->new_body) {
		ply_sip_write_body(out, e->content_type, e->body);
		return ply_strbuf_err(out);
	}
	if (!w.length_done) {
		ply_strbuf_adds(out, "Content-Length: ");
		ply_strbuf_add_u64(out, m->body.len);
		ply_strbuf_adds(out, "\r\n");
	}
	ply_strbuf_adds(out, "\r\n");
	ply_strbuf_add_slice(out, m->body);
	return ply_strbuf_err(out);
}
