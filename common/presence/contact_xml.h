/* The contact list: SOAP requests that change it, their answers, contactList and contactDelta;
 * directory search. [MS-SIP] contact management. Pure. Rank 4. */
#ifndef PLY_PRESENCE_CONTACT_XML_H
#define PLY_PRESENCE_CONTACT_XML_H

#include "presence/pres.h"

#define PLY_CT_SOAP             "application/SOAP+xml"
#define PLY_CT_ROAMING_CONTACTS "application/vnd-microsoft-roaming-contacts+xml"

enum ply_soap_op {
	PLY_SOAP_SET_CONTACT,
	PLY_SOAP_DELETE_CONTACT,
	PLY_SOAP_ADD_GROUP,
	PLY_SOAP_MODIFY_GROUP,
	PLY_SOAP_DELETE_GROUP,
	PLY_SOAP_DIRECTORY_SEARCH,
	PLY_SOAP_SET_ACE,      /* recognised only */
	PLY_SOAP_SET_PRESENCE, /* recognised only */
	PLY_SOAP_GET_PRESENCE, /* recognised only */
	PLY_SOAP_OTHER,        /* `method` has the name */
};

struct ply_search_row {
	struct ply_slice attrib; /* givenName, sn, mail, company, c, msRTCSIP-PrimaryUserAddress */
	struct ply_slice value;
};

struct ply_soap {
	enum ply_soap_op op;
	struct ply_slice method; /* local name of the operation */
	bool has_delta;
	uint32_t delta; /* deltaNum */
	/* contacts */
	struct ply_slice uri;          /* as written, with sip: */
	struct ply_slice display_name; /* empty or absent: none */
	uint64_t groups;               /* bit n-1 for id n (1-64); 0: none given */
	bool subscribed;
	struct ply_slice external_uri;
	struct ply_slice extension; /* inside of contactExtension, verbatim */
	/* groups */
	uint32_t group_id; /* 0: none given */
	struct ply_slice name;
	/* directory search */
	struct ply_search_row *row; /* combined with AND, each matching a prefix */
	size_t n_row;
	uint32_t max_results; /* 0: none given */
	struct ply_arena mem;
};

/* What an operation needs is there when 0 comes back: uri for contacts, name for addGroup, name and
 * group_id for modifyGroup, group_id for deleteGroup, has_delta for all of these.
 * PLY_PRES_E_XML, _CONTENT, _TOO_MANY, _EXTENSION_SIZE. */
int ply_soap_parse(struct ply_soap *out, struct ply_slice xml);
void ply_soap_deinit(struct ply_soap *s);

/* Answers. delta is the number after the change. */
void ply_soap_add_group_write(struct ply_strbuf *b, uint32_t group_id, uint32_t delta);
/* The other contact operations: <m:setContact><m:deltaNum>8</m:deltaNum></m:setContact>. */
void ply_soap_done_write(struct ply_strbuf *b, enum ply_soap_op op, uint32_t delta);
/* code: "Client" or "Server"; detail may be NULL. */
void ply_soap_fault_write(struct ply_strbuf *b, const char *code, const char *reason,
			  const char *detail);

struct ply_search_result {
	struct ply_slice uri; /* with sip: */
	struct ply_slice display_name, title, office, phone, company, city, state, country, email;
};

void ply_search_result_write(struct ply_strbuf *b, const struct ply_search_result *r, size_t n,
			     bool more_available);

struct ply_contact_group {
	uint32_t id;
	struct ply_slice name; /* group 1 is "~" */
	struct ply_slice external_uri;
};

struct ply_contact {
	struct ply_slice uri;  /* either form: the writers add or drop "sip:" as each needs */
	struct ply_slice name; /* the alias; may be empty */
	uint64_t groups;       /* bit n-1 for id n; 0 is written as group 1 */
	bool subscribed;
	struct ply_slice external_uri;
	struct ply_slice extension; /* inside of contactExtension; empty: none */
};

/* Full list: uri without sip:. */
void ply_contact_list_write(struct ply_strbuf *b, uint32_t delta, const struct ply_contact_group *g,
			    size_t n_group, const struct ply_contact *c, size_t n_contact);

enum ply_contact_change_kind {
	PLY_CONTACT_ADDED_GROUP,
	PLY_CONTACT_MODIFIED_GROUP,
	PLY_CONTACT_ADDED,
	PLY_CONTACT_MODIFIED,
	PLY_CONTACT_DELETED,
	PLY_CONTACT_DELETED_GROUP,
};

struct ply_contact_change {
	enum ply_contact_change_kind kind;
	const struct ply_contact_group *group; /* group kinds; only id is used when deleted */
	const struct ply_contact *contact;     /* contact kinds; only uri is used when deleted */
};

/* Delta: uri with sip:; written in the order of the kinds above, whatever the order given. */
void ply_contact_delta_write(struct ply_strbuf *b, uint32_t delta, uint32_t prev_delta,
			     const struct ply_contact_change *c, size_t n);

#endif
