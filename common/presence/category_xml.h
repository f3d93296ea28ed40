/* Category publications: the publish request, the categories document for watchers, the fault of a
 * version conflict. Pure. Rank 4. */
#ifndef PLY_PRESENCE_CATEGORY_XML_H
#define PLY_PRESENCE_CATEGORY_XML_H

#include "presence/pres.h"

#define PLY_CT_PUBLISH    "application/msrtc-category-publish+xml"
#define PLY_CT_CATEGORIES "application/msrtc-event-categories+xml"
#define PLY_CT_FAULT      "application/msrtc-fault+xml"

enum ply_expire_type {
	PLY_EXPIRE_STATIC,   /* until replaced */
	PLY_EXPIRE_ENDPOINT, /* with the registration of its endpoint */
	PLY_EXPIRE_USER,     /* with the user's last endpoint */
	PLY_EXPIRE_TIME,     /* after `expires` seconds */
};

const char *ply_expire_type_name(enum ply_expire_type t);
bool ply_expire_type_read(struct ply_slice s, enum ply_expire_type *out);

/* One operation of a publish request. */
struct ply_publication {
	struct ply_slice category;
	uint32_t instance;
	uint32_t container; /* 0-32767 */
	uint32_t version;   /* what the publisher believes is current; 0 = none yet */
	enum ply_expire_type expire_type;
	bool has_expires;
	uint32_t expires;      /* seconds; 0 with has_expires: delete */
	struct ply_slice body; /* the value, verbatim and complete in its namespaces; empty: none */
};

struct ply_publish {
	struct ply_slice uri; /* as written; absent when the attribute is */
	struct ply_publication *pub;
	size_t n;
	struct ply_arena mem;
};

/* PLY_PRES_E_XML, _CONTENT, _TOO_MANY, _CATEGORY_SIZE. */
int ply_publish_parse(struct ply_publish *out, struct ply_slice xml);
void ply_publish_deinit(struct ply_publish *p);

enum ply_category_form {
	PLY_CATEGORY_VALUE,          /* one instance */
	PLY_CATEGORY_GONE,           /* <category name="note"/>: nothing of that name */
	PLY_CATEGORY_GONE_CONTAINER, /* own view: nothing of that name in `container` */
};

/* One category of a notification. */
struct ply_category {
	enum ply_category_form form;
	uint32_t instance;
	struct ply_slice name;
	int64_t publish_ms;
	struct ply_slice body; /* well-formed XML, written as it is; may be empty */
	/* own view only */
	uint32_t container;
	uint32_t version;
	enum ply_expire_type expire_type;
	bool has_expires;
	uint32_t expires;
	struct ply_slice endpoint_id; /* empty: left out */
};

/* A whole document for watchers: uri with "sip:". Own-view fields are not written. */
void ply_categories_write(struct ply_strbuf *b, struct ply_slice uri, const struct ply_category *c,
			  size_t n);
/* The same in pieces, for a caller that keeps the middle. */
void ply_categories_open(struct ply_strbuf *b, struct ply_slice uri);
void ply_category_write(struct ply_strbuf *b, const struct ply_category *c);
void ply_category_write_own(struct ply_strbuf *b, const struct ply_category *c);
void ply_categories_close(struct ply_strbuf *b);

/* One conflicting operation of a request. */
struct ply_wrong_delta {
	uint32_t index; /* of the operation in the request, from 1 */
	uint32_t version;
	uint32_t cur_version;
};

/* 409: Client.BadCall.WrongDelta; for publish and setContainerMembers. */
void ply_wrong_delta_write(struct ply_strbuf *b, const struct ply_wrong_delta *d, size_t n);

#endif
