/* Documents of standard clients: PIDF (RFC 3863) with person (RFC 4479) and activities (RFC 4480),
 * resource lists (RFC 4826, RFC 5367), and the mapping to and from availability and activity
 * tokens. List notifications are in rlmi_xml.h. Pure. Rank 4. */
#ifndef PLY_PRESENCE_PIDF_XML_H
#define PLY_PRESENCE_PIDF_XML_H

#include "presence/pres.h"

#define PLY_CT_PIDF           "application/pidf+xml"
#define PLY_CT_RESOURCE_LISTS "application/resource-lists+xml"

/* RFC 4480 §3.2, in the order of the text; the names are in pidf_map.c. */
enum ply_rpid_activity {
	PLY_RPID_APPOINTMENT,
	PLY_RPID_AWAY,
	PLY_RPID_BREAKFAST,
	PLY_RPID_BUSY,
	PLY_RPID_DINNER,
	PLY_RPID_HOLIDAY,
	PLY_RPID_IN_TRANSIT,
	PLY_RPID_LOOKING_FOR_WORK,
	PLY_RPID_LUNCH,
	PLY_RPID_MEAL,
	PLY_RPID_MEETING,
	PLY_RPID_ON_THE_PHONE,
	PLY_RPID_PERFORMANCE,
	PLY_RPID_PERMANENT_ABSENCE,
	PLY_RPID_PLAYING,
	PLY_RPID_PRESENTATION,
	PLY_RPID_SHOPPING,
	PLY_RPID_SLEEPING,
	PLY_RPID_SPECTATOR,
	PLY_RPID_STEERING,
	PLY_RPID_TRAVEL,
	PLY_RPID_TV,
	PLY_RPID_UNKNOWN,
	PLY_RPID_VACATION,
	PLY_RPID_WORKING,
	PLY_RPID_WORSHIP,
	PLY_RPID_COUNT
};

const char *ply_rpid_name(enum ply_rpid_activity a);

/* A document reduced to what the product has: one person, one status. */
struct ply_pidf {
	struct ply_slice entity; /* pres: or sip: URI, as written */
	bool has_basic;
	bool open;              /* some tuple is open */
	uint32_t activities;    /* BIT(PLY_RPID_*) */
	struct ply_slice other; /* text of <other>; empty: none */
	bool idle;              /* user-input idle */
	struct ply_slice note;  /* person's, else the document's, else a tuple's; trimmed */
	struct ply_slice contact;
	int64_t timestamp_ms; /* 0: none */
	struct ply_arena mem;
};

/* PLY_PRES_E_XML, _CONTENT, _TOO_MANY. */
int ply_pidf_parse(struct ply_pidf *out, struct ply_slice xml);
void ply_pidf_deinit(struct ply_pidf *p);
void ply_pidf_write(struct ply_strbuf *b, const struct ply_pidf *p);

/* Fills open, has_basic, activities, other, idle; the rest stays. LENDS static text. */
void ply_pidf_from_availability(struct ply_pidf *p, uint32_t availability, struct ply_slice token);
/* *token LENDS static text, empty when there is none. */
void ply_pidf_to_availability(const struct ply_pidf *p, uint32_t *availability,
			      struct ply_slice *token);

struct ply_resource_list {
	struct ply_slice *uri; /* of every entry in every list, nested ones too, each once */
	size_t n;
	struct ply_arena mem;
};

/* Entries by reference (entry-ref, external) are refused as _CONTENT: there is no XCAP server.
 * PLY_PRES_E_XML, _CONTENT, _TOO_MANY. */
int ply_resource_list_parse(struct ply_resource_list *out, struct ply_slice xml);
void ply_resource_list_deinit(struct ply_resource_list *l);

#endif
