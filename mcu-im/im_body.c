/* Which form of a message a receiver takes: as it came, one part of it, or with the author's name
 * in front (conferences of [MS-CONFIM]: those who do not know Ms-Sender have nothing else to tell
 * who speaks). */
#include "base/mem.h"
#include "mcu-im/mim.h"
#include "sip/sip_multipart.h"

/* accept-types are separated by blanks; "*" and "text/\*" are wildcards (RFC 4975 §8.6). */
bool mim_accepts(const char *accept, struct ply_slice media_type)
{
	struct ply_slice rest = ply_slice_str(accept), one;

	if (!rest.len)
		return ply_slice_caseis(media_type, "text/plain");
	while (rest.len && ply_slice_split(&rest, ' ', &one)) {
		one = ply_slice_trim(one);
		if (ply_slice_is(one, "*") || ply_slice_is(one, "*/*") ||
		    ply_slice_caseeq(one, media_type))
			return true;
		if (one.len > 2 && one.p[one.len - 1] == '*' && one.p[one.len - 2] == '/' &&
		    ply_slice_caseeq(ply_slice_sub(one, 0, one.len - 1),
				     ply_slice_sub(media_type, 0, one.len - 1)))
			return true;
	}
	return false;
}

static bool is_multipart(struct ply_slice type)
{
	return ply_slice_casestarts(type, "multipart/");
}

/* text/plain before everything, then the first text, then the first. */
static bool best_part(struct ply_slice type, struct ply_slice body, struct ply_sip_part *out)
{
	struct ply_sip_parts w;
	struct ply_sip_part p;
	int rank = 0;

	ply_sip_parts_init(&w, type, body);
	while (ply_sip_parts_next(&w, &p)) {
		struct ply_slice t;
		int r;

		if (!p.type.len)
			p.type = ply_slice_str("text/plain");
		t = ply_sip_media_type(p.type);
		r = ply_slice_caseis(t, "text/plain")  ? 3
		    : ply_slice_casestarts(t, "text/") ? 2
						       : 1;
		if (r > rank) {
			rank = r;
			*out = p;
		}
	}
	return rank > 0;
}

static void set(struct mim_text *t, struct ply_slice type, struct ply_slice before,
		struct ply_slice body)
{
	struct ply_strbuf text = PLY_STRBUF_INIT;

	ply_strbuf_add_slice(&text, before);
	ply_strbuf_add_slice(&text, body);
	t->len = text.len;
	t->body = text.len ? ply_strbuf_steal(&text) : ply_strdup("");
	t->type = t->body ? ply_slice_dup(type) : NULL;
}

static void make_part(struct mim_message *m)
{
	const struct mim_text *all = &m->form[MIM_AS_IS];
	struct ply_sip_part part;

	if (best_part(ply_slice_str(all->type), ply_slice(all->body, all->len), &part))
		set(&m->form[MIM_PART], part.type, ply_slice("", 0), part.body);
}

/* Fonts are of no use to them, and the name is not in it. */
static void make_named(struct mim_message *m)
{
	const struct mim_text *all = &m->form[MIM_AS_IS];
	struct ply_sip_part part = {ply_slice_str(all->type), ply_slice(all->body, all->len)};
	struct ply_strbuf before = PLY_STRBUF_INIT, type = PLY_STRBUF_INIT;
	struct ply_slice charset;

	if (is_multipart(part.type) && !best_part(part.type, part.body, &part))
		return;
	if (!ply_slice_caseis(ply_sip_media_type(part.type), "text/plain"))
		return;
	ply_strbuf_adds(&type, "text/plain");
	if (ply_sip_param(ply_slice_from(part.type, ply_slice_chr(part.type, ';')), "charset",
			  &charset))
		ply_strbuf_addf(&type, ";charset=%.*s", PLY_SLICE_ARG(charset));
	ply_strbuf_addf(&before, "%s: ", m->name);
	if (!ply_strbuf_err(&type) && !ply_strbuf_err(&before))
		set(&m->form[MIM_NAMED], ply_strbuf_slice(&type), ply_strbuf_slice(&before),
		    part.body);
	ply_strbuf_deinit(&type);
	ply_strbuf_deinit(&before);
}

static const struct mim_text *form(struct mim_message *m, enum mim_form f)
{
	struct mim_text *t = &m->form[f];

	if (!t->made) {
		t->made = true;
		if (f == MIM_PART)
			make_part(m);
		else
			make_named(m);
	}
	return t->type ? t : NULL;
}

static bool fits(const struct mim_text *t, const char *accept)
{
	return t && mim_accepts(accept, ply_sip_media_type(ply_slice_str(t->type)));
}

enum mim_form mim_form_for(struct mim_message *msg, const char *accept, bool knows_sender)
{
	const struct mim_text *all = &msg->form[MIM_AS_IS];

	if (!knows_sender && fits(form(msg, MIM_NAMED), accept))
		return MIM_NAMED;
	if (fits(all, accept))
		return MIM_AS_IS;
	if (is_multipart(ply_slice_str(all->type)) && knows_sender &&
	    fits(form(msg, MIM_PART), accept))
		return MIM_PART;
	return MIM_NOT_AT_ALL;
}
