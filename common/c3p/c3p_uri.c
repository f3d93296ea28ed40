#include "base/ascii.h"
#include "c3p/c3p.h"
#include "sip/sip_gruu.h"
#include "sip/sip_names.h"

#include <errno.h>
#include <stdio.h>

static bool lower_copy(struct ply_slice s, char *out, size_t cap)
{
	if (!ply_slice_copy(s, out, cap))
		return false;
	ply_ascii_lower_str(out);
	return true;
}

static bool letters_and_digits(struct ply_slice s, char more)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ply_sip_is_alnum(s.p[i]) && s.p[i] != more)
			return false;
	return true;
}

/* The factory is one for each organizer; all others are of one conference. */
static bool fits(struct ply_slice type, struct ply_slice id)
{
	if (!type.len || !letters_and_digits(type, '-') || !letters_and_digits(id, 'a'))
		return false;
	return ply_slice_caseis(type, "focusfactory") ? !id.len : id.len > 0;
}

int ply_c3p_uri_parse(struct ply_c3p_uri *out, struct ply_slice uri)
{
	char id[PLY_CI_MAX_CONF_ID + 1];
	struct ply_sip_gruu gruu;
	struct ply_sip_uri u;

	*out = (struct ply_c3p_uri){0};
	if (ply_sip_uri_parse(ply_slice_trim(uri), &u) || u.tel || !u.user.len ||
	    ply_sip_gruu_parse(&u, &gruu) || gruu.kind != PLY_SIP_GRUU_CONF ||
	    !fits(gruu.type, gruu.id) || !lower_copy(gruu.id, id, sizeof id) ||
	    !lower_copy(gruu.type, out->type, sizeof out->type) ||
	    !ply_slice_copy(gruu.id, out->conf_id, sizeof out->conf_id) ||
	    ply_sip_uri_aor(&u, out->organizer)) {
		*out = (struct ply_c3p_uri){0};
		return -EBADMSG;
	}
	(void)snprintf(out->key, sizeof out->key, "%s %s", out->organizer, id);
	return 0;
}

void ply_c3p_uri_add(struct ply_strbuf *b, const struct ply_c3p_uri *u, const char *type)
{
	(void)ply_sip_gruu_conf(b, u->organizer, type, ply_slice_str(u->conf_id));
}
