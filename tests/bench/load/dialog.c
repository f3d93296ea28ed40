/* The way to the other end of a dialog, and the mark that finds an operation in a body. */
#include "tests/bench/load/load.h"

#include <inttypes.h>

/* RFC 3261 §12.1.2: the caller's route set is Record-Route from the last to the first. */
static void keep_route(struct dialog *d, const struct siptext *m)
{
	ply_strbuf_reset(&d->route);
	for (size_t i = m->n; i-- > 0;) {
		struct ply_slice v = m->field[i].value;
		size_t comma;

		if (m->field[i].kind != FIELD_RECORD_ROUTE)
			continue;
		while ((comma = ply_slice_find(v, ">,")) != SIZE_MAX) {
			/* Two in one line, as kamailio writes them between transports. */
			struct ply_slice last = ply_slice_trim(ply_slice_from(v, comma + 2));

			ply_strbuf_addf(&d->route, "Route: %.*s\r\n", PLY_SLICE_ARG(last));
			v = ply_slice(v.p, comma + 1);
		}
		ply_strbuf_addf(&d->route, "Route: %.*s\r\n", PLY_SLICE_ARG(v));
	}
}

bool dialog_keep(struct dialog *d, const struct siptext *m)
{
	const struct field *to = siptext_field(m, FIELD_TO);
	const struct field *contact = siptext_field(m, FIELD_CONTACT);
	size_t lt = contact ? ply_slice_chr(contact->value, '<') : SIZE_MAX;
	size_t gt = contact ? ply_slice_chr(contact->value, '>') : SIZE_MAX;

	if (!to || lt == SIZE_MAX || gt == SIZE_MAX || gt < lt)
		return false;
	ply_strbuf_reset(&d->to);
	ply_strbuf_add_slice(&d->to, to->line);
	ply_strbuf_reset(&d->contact);
	ply_strbuf_add_slice(&d->contact, ply_slice_sub(contact->value, lt + 1, gt - lt - 1));
	keep_route(d, m);
	return true;
}

void stamp_write(char out[STAMP_MAX], const struct op *o)
{
	snprintf(out, STAMP_MAX, "T=%" PRIu64 ".%x.%x.", o->begin_ns, o->index, o->generation);
}

struct op *stamp_read(struct load *l, struct ply_slice text, uint64_t *begin_ns)
{
	size_t at = ply_slice_find(text, "T=");
	unsigned index, generation;
	char stamp[STAMP_MAX];

	if (at == SIZE_MAX)
		return NULL;
	snprintf(stamp, sizeof(stamp), "%.*s", PLY_SLICE_ARG(ply_slice_from(text, at + 2)));
	/* NOLINTNEXTLINE(cert-err34-c): written by us; an overflow names no operation */
	if (sscanf(stamp, "%" SCNu64 ".%x.%x.", begin_ns, &index, &generation) != 3 ||
	    index >= l->o.window || l->op[index].generation != generation || !l->op[index].scenario)
		return NULL;
	return &l->op[index];
}
