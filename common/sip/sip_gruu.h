/* The product's GRUUs: made from an address of record and an identifier, recognised and taken
 *apart.
 *
 *	sip:user@dom;opaque=user:epid:<id>;gruu            one endpoint of a user
 *	sip:host@dom;gruu;opaque=srvr:<type>:<id>          a service
 *	sip:organizer@dom;gruu;opaque=app:conf:focusfactory
 *	sip:organizer@dom;gruu;opaque=app:conf:<type>:id:<conf-id>
 *
 * [MS-SIPRE] GRUU of a user endpoint, [MS-CONFBAS] conference URIs. The identifier of an endpoint
 * comes from auth/epid.h. Pure. Rank 3. */
#ifndef PLY_SIP_SIP_GRUU_H
#define PLY_SIP_SIP_GRUU_H

#include "auth/epid.h"
#include "sip/sip_msg.h"

enum ply_sip_gruu_kind {
	PLY_SIP_GRUU_OTHER, /* ;gruu with an opaque of another form */
	PLY_SIP_GRUU_USER,
	PLY_SIP_GRUU_SERVICE,
	PLY_SIP_GRUU_CONF,
};

struct ply_sip_gruu {
	enum ply_sip_gruu_kind kind;
	struct ply_slice opaque; /* the whole parameter, without quotes */
	struct ply_slice type; /* service: "MRAS" ...; conference: "focusfactory", "focus", "chat",
				  "audio-video" ...; else empty */
	struct ply_slice id;   /* endpoint, service or conference; may be empty but for a user */
};

/* Slices point into u. 0, or -EBADMSG when u has no gruu or no opaque, or a broken one of the kinds
 * above. */
int ply_sip_gruu_parse(const struct ply_sip_uri *u, struct ply_sip_gruu *out);

/* Append a URI, without brackets. aor: "sip:user@dom". 0 or -ENOMEM. */
int ply_sip_gruu_user(struct ply_strbuf *out, const char *aor, struct ply_slice id);
int ply_sip_gruu_of_instance(struct ply_strbuf *out, const char *aor,
			     const struct ply_guid *instance);
/* conf_id empty: without ":id:", for the focus factory. */
int ply_sip_gruu_conf(struct ply_strbuf *out, const char *organizer, const char *type,
		      struct ply_slice conf_id);
int ply_sip_gruu_service(struct ply_strbuf *out, const char *aor, const char *type,
			 struct ply_slice id);

#endif
