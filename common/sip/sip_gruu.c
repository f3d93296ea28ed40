#include "sip/sip_gruu.h"

#include "sip/sip_names.h"

#include <errno.h>

enum { MAX_ID = 128 };

/* Identifiers are base64url, hex or names: nothing that would need escaping in a URI parameter. */
static bool is_id(struct ply_slice s)
{
	if (s.len > MAX_ID)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!ply_sip_is_alnum(s.p[i]) && !strchr("-_.~=+/", s.p[i]))
			return false;
	return true;
}

/* "<type>:id:<id>", "<type>:<id>" or "<type>" */
static int split(struct ply_slice rest, const char *between, struct ply_sip_gruu *out)
{
	size_t at = ply_slice_casefind(rest, between);

	out->type = ply_slice_sub(rest, 0, at);
	if (at != SIZE_MAX)
		out->id = ply_slice_from(rest, at + strlen(between));
	return out->type.len && is_id(out->type) && is_id(out->id) ? 0 : -EBADMSG;
}

int ply_sip_gruu_parse(const struct ply_sip_uri *u, struct ply_sip_gruu *out)
{
	static const char user[] = "user:epid:", service[] = "srvr:", conf[] = "app:conf:";

	*out = (struct ply_sip_gruu){.type = ply_slice("", 0), .id = ply_slice("", 0)};
	if (!ply_sip_param(u->params, "gruu", NULL) ||
	    !ply_sip_param(u->params, "opaque", &out->opaque) || !u->user.len)
		return -EBADMSG;
	if (ply_slice_starts(out->opaque, user)) {
		out->kind = PLY_SIP_GRUU_USER;
		out->id = ply_slice_from(out->opaque, sizeof user - 1);
		return out->id.len && is_id(out->id) ? 0 : -EBADMSG;
	}
	if (ply_slice_starts(out->opaque, service)) {
		out->kind = PLY_SIP_GRUU_SERVICE;
		return split(ply_slice_from(out->opaque, sizeof service - 1), ":", out);
	}
	if (ply_slice_casestarts(out->opaque, conf)) { /* [MS-CONFBAS]: compared without case */
		out->kind = PLY_SIP_GRUU_CONF;
		return split(ply_slice_from(out->opaque, sizeof conf - 1), ":id:", out);
	}
	return 0;
}

int ply_sip_gruu_user(struct ply_strbuf *out, const char *aor, struct ply_slice id)
{
	ply_strbuf_adds(out, aor);
	ply_strbuf_adds(out, ";opaque=user:epid:");
	ply_strbuf_add_slice(out, id);
	ply_strbuf_adds(out, ";gruu");
	return ply_strbuf_err(out);
}

int ply_sip_gruu_of_instance(struct ply_strbuf *out, const char *aor,
			     const struct ply_guid *instance)
{
	char id[PLY_GRUU_ID_LEN + 1];

	return ply_sip_gruu_user(out, aor, ply_slice_str(ply_gruu_id(instance, id)));
}

static int with_opaque(struct ply_strbuf *out, const char *aor, const char *prefix,
		       const char *type, const char *between, struct ply_slice id)
{
	ply_strbuf_adds(out, aor);
	ply_strbuf_adds(out, prefix);
	ply_strbuf_adds(out, type);
	if (id.len) {
		ply_strbuf_adds(out, between);
		ply_strbuf_add_slice(out, id);
	}
	return ply_strbuf_err(out);
}

int ply_sip_gruu_conf(struct ply_strbuf *out, const char *organizer, const char *type,
		      struct ply_slice conf_id)
{
	return with_opaque(out, organizer, ";gruu;opaque=app:conf:", type, ":id:", conf_id);
}

int ply_sip_gruu_service(struct ply_strbuf *out, const char *aor, const char *type,
			 struct ply_slice id)
{
	return with_opaque(out, aor, ";gruu;opaque=srvr:", type, ":", id);
}
