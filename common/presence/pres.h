/* Words shared by the presence documents: outcomes, limits. Documents are pure: bytes in,
 * struct out; struct in, bytes out. A decoded struct owns its texts in `mem`; every slice in it is
 * LENT until its _deinit. A parser that fails leaves nothing to free and nothing to read. Writers
 * remember what went wrong in the buffer: ply_strbuf_err() gives -ENOMEM, or -EINVAL for a text
 * that XML cannot hold. Rank 4. */
#ifndef PLY_PRESENCE_PRES_H
#define PLY_PRESENCE_PRES_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "xml/xml_doc.h"

/* Outcomes of parsers (the first group) and of the operations on what they return. ply_pres_diag()
 * has status, ms-diagnostics id and reason of each. */
enum {
	PLY_PRES_E_XML = PLY_XMLIN_E_XML, /* not well-formed, or over the reader's depth or size */
	PLY_PRES_E_CONTENT = PLY_XMLIN_E_CONTENT, /* well-formed, but not this document or a value
						     out of range */
	PLY_PRES_E_TOO_MANY = PLY_XMLIN_E_LIMIT,  /* more operations in one request than allowed */
	PLY_PRES_E_CATEGORY_SIZE,                 /* one category value too large */
	PLY_PRES_E_MEMBER_LIMIT,
	PLY_PRES_E_EXTENSION_SIZE, /* contactExtension too large */
	PLY_PRES_E_SUBSCRIPTION_LIMIT,
	PLY_PRES_E_NO_SUBSCRIBER,
	PLY_PRES_E_NO_CONTACT,
	PLY_PRES_E_NO_GROUP,
	PLY_PRES_E_READ_ONLY,
	PLY_PRES_E_NOT_AUTHORIZED,
	PLY_PRES_E_NO_USER,
	PLY_PRES_E_CONTACT_LIMIT,
	PLY_PRES_E_GROUP_LIMIT,
	PLY_PRES_E_CONTEXT_LIMIT,
	PLY_PRES_E_CATEGORIES_REQUIRED,
	PLY_PRES_E_NO_DIALOG,
	PLY_PRES_E_DUPLICATE_GROUP,
	PLY_PRES_E_NEW_SUBSCRIPTION,
	PLY_PRES_E_WRONG_DELTA, /* 409 with a Fault document */
	PLY_PRES_E_COUNT
};

struct ply_pres_diag {
	uint16_t status; /* SIP */
	uint16_t id;     /* ms-diagnostics; sip-registration table of ids */
	const char *reason;
};

/* LENDS static text. An outcome that is not in the list gives 500, 4000. */
const struct ply_pres_diag *ply_pres_diag(int outcome);

/* What one document may hold. */
enum {
	PLY_PRES_MAX_DOC = 256 * 1024,        /* bytes of one request body */
	PLY_PRES_MAX_PUBLICATIONS = 100,      /* in one publish */
	PLY_PRES_MAX_CATEGORY_NAME = 64,      /* bytes */
	PLY_PRES_MAX_CATEGORY_BODY = 16384,   /* bytes of one value */
	PLY_PRES_MAX_CONTAINER = 32767,       /* largest id */
	PLY_PRES_MAX_MEMBER_CHANGES = 1000,   /* in one setContainerMembers, all containers */
	PLY_PRES_MAX_CONTAINER_CHANGES = 100, /* in one setContainerMembers */
	PLY_PRES_MAX_SUBSCRIBERS = 1000,      /* in one setSubscribers */
	PLY_PRES_MAX_URI = 454,               /* bytes; [MS-SIP] sipURI */
	PLY_PRES_MAX_NAME = 256,              /* bytes of a display or group name */
	PLY_PRES_MAX_GROUPS = 64,             /* ids 1-64 of a contact list */
	PLY_PRES_MAX_EXTENSION = 1024,        /* bytes of contactExtension */
	PLY_PRES_MAX_RESOURCES = 1000,        /* in one batched or list subscription */
	PLY_PRES_MAX_ACTIONS = 8,             /* in one batchSub */
	PLY_PRES_MAX_CATEGORIES = 32,         /* named in one action */
	PLY_PRES_MAX_SEARCH_ROWS = 16,        /* conditions of a directorySearch */
	PLY_PRES_MAX_TUPLES = 32,             /* in a PIDF document */
};

/* Without a leading "sip:" or "sips:" (any case). */
struct ply_slice ply_pres_bare_uri(struct ply_slice uri);

#endif
