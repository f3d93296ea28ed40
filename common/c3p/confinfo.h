/* The conference event document (RFC 4575, [MS-CONFBAS] 2.2.2) as a struct, both ways: what the
 * Focus tells its participants, what a conferencing server tells the Focus, what a client gives the
 * Focus Factory. Reading keeps what is known and ignores the rest; everything after
 * <cis:separator/> belongs to later versions and is read all the same. Pure: the codec is
 * confinfo_xml.c, confinfo_user_xml.c, confinfo_write_xml.c. Rank 5. */
#ifndef PLY_C3P_CONFINFO_H
#define PLY_C3P_CONFINFO_H

#include "base/arena.h"
#include "base/ply.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "xml/xml_doc.h"

/* Outcomes of all codecs of common/c3p. */
enum {
	PLY_C3P_E_XML = PLY_XMLIN_E_XML,         /* not well-formed */
	PLY_C3P_E_CONTENT = PLY_XMLIN_E_CONTENT, /* another document, or a value out of range:
						    requestMalformed */
	PLY_C3P_E_TOO_MANY = PLY_XMLIN_E_LIMIT,  /* larger, deeper or longer than allowed:
						    requestTooLarge */
};

/* What one document may hold. */
enum {
	PLY_CI_MAX_DOC = 1024 * 1024, /* a full roster of 1,000 */
	PLY_C3P_MAX_REQUEST = 64 * 1024,
	PLY_CI_MAX_URI = 454,
	PLY_CI_MAX_TEXT = 1024,      /* subject, display name */
	PLY_CI_MAX_BLOB = 16 * 1024, /* notification-data, organizer-roaming-data */
	PLY_CI_MAX_USERS = 1024,
	PLY_CI_MAX_ENDPOINTS = 64, /* of one user */
	PLY_CI_MAX_MEDIA = 16,     /* of one endpoint or view */
	PLY_CI_MAX_VIEWS = 16,
	PLY_CI_MAX_CONF_URIS = 16,
	PLY_CI_MAX_TOKEN = 64, /* purpose, session type, media type */
	PLY_CI_MAX_CONF_ID = 32,
};

/* "" (none) is the zero of every enumeration and is not written. */
enum ply_ci_state { PLY_CI_STATE_NONE, PLY_CI_FULL, PLY_CI_PARTIAL, PLY_CI_DELETED };
enum ply_ci_role { PLY_CI_ROLE_NONE, PLY_CI_ATTENDEE, PLY_CI_PRESENTER };
enum ply_ci_admission {
	PLY_CI_ADMISSION_NONE,
	PLY_CI_CLOSED,    /* closedAuthenticated */
	PLY_CI_OPEN,      /* openAuthenticated */
	PLY_CI_ANONYMOUS, /* anonymous */
};
enum ply_ci_auth {
	PLY_CI_AUTH_NONE,
	PLY_CI_AUTH_ENTERPRISE,
	PLY_CI_AUTH_FEDERATED,
	PLY_CI_AUTH_ANONYMOUS
};
enum ply_ci_access { PLY_CI_ACCESS_NONE, PLY_CI_INTERNAL, PLY_CI_EXTERNAL };
enum ply_ci_status {
	PLY_CI_STATUS_NONE,
	PLY_CI_PENDING,
	PLY_CI_DIALING_OUT,
	PLY_CI_DIALING_IN,
	PLY_CI_ALERTING,
	PLY_CI_ON_HOLD,
	PLY_CI_CONNECTED,
	PLY_CI_MUTED_VIA_FOCUS,
	PLY_CI_DISCONNECTING,
	PLY_CI_DISCONNECTED,
};
enum ply_ci_joining {
	PLY_CI_JOINING_NONE,
	PLY_CI_DIALED_IN,
	PLY_CI_DIALED_OUT,
	PLY_CI_FOCUS_OWNER
};
enum ply_ci_media_status {
	PLY_CI_MEDIA_NONE,
	PLY_CI_SENDRECV,
	PLY_CI_SENDONLY,
	PLY_CI_RECVONLY,
	PLY_CI_INACTIVE
};
enum ply_ci_filter { PLY_CI_FILTER_NONE, PLY_CI_BLOCK, PLY_CI_UNBLOCK };

/* The words of the enumerations as they stand in documents, "" for the zero; and back, any case,
 * zero for what is unknown. */
const char *ply_ci_state_name(enum ply_ci_state v);
const char *ply_ci_role_name(enum ply_ci_role v);
const char *ply_ci_admission_name(enum ply_ci_admission v);
const char *ply_ci_auth_name(enum ply_ci_auth v);
const char *ply_ci_access_name(enum ply_ci_access v);
const char *ply_ci_status_name(enum ply_ci_status v);
const char *ply_ci_joining_name(enum ply_ci_joining v);
const char *ply_ci_media_status_name(enum ply_ci_media_status v);
const char *ply_ci_filter_name(enum ply_ci_filter v);
enum ply_ci_state ply_ci_state_of(struct ply_slice s);
enum ply_ci_role ply_ci_role_of(struct ply_slice s);
enum ply_ci_admission ply_ci_admission_of(struct ply_slice s);
enum ply_ci_auth ply_ci_auth_of(struct ply_slice s);
enum ply_ci_access ply_ci_access_of(struct ply_slice s);
enum ply_ci_status ply_ci_status_of(struct ply_slice s);
enum ply_ci_joining ply_ci_joining_of(struct ply_slice s);
enum ply_ci_media_status ply_ci_media_status_of(struct ply_slice s);
enum ply_ci_filter ply_ci_filter_of(struct ply_slice s);

struct ply_ci_media {
	struct ply_slice id, type, label, display_text, src_id;
	enum ply_ci_media_status status;
	enum ply_ci_filter ingress, egress; /* msci:media-ingress-filter: mute */
	enum ply_ci_status media_state;     /* msci:media-state */
};

/* One (client, conferencing server) pair; of session type "focus" the client's place in the
 * meeting. */
struct ply_ci_endpoint {
	struct ply_slice entity; /* "{GUID}" or what the client calls itself */
	enum ply_ci_state state;
	struct ply_slice session_type; /* "focus", "chat", "audio-video" ... */
	struct ply_slice uri;          /* msci:endpoint-uri, or where to dial */
	struct ply_slice refer_to;     /* refer-to-uri of a dial-out */
	enum ply_ci_status status;
	enum ply_ci_joining joining;
	int64_t joined_ms; /* joining-info/when; 0: not said */
	enum ply_ci_auth auth;
	enum ply_ci_access access;
	struct ply_ci_media *media;
	size_t n_media;
};

struct ply_ci_user {
	struct ply_slice entity; /* "sip:alice@lab.example" */
	enum ply_ci_state state;
	enum ply_ci_role role; /* of the first roles/entry */
	struct ply_slice display_text;
	/* Parley's own, p:messages: how many he wrote, when a conferencing server answers
	 * deleteConference. 0: not said. */
	uint32_t messages;
	struct ply_ci_endpoint *endpoint;
	size_t n_endpoint;
};

struct ply_ci_conf_uri {
	struct ply_slice uri, display_text, purpose;
};

struct ply_ci_description {
	bool there; /* false: the document has none */
	struct ply_slice subject, display_text;
	struct ply_slice conference_id, conference_key;
	struct ply_slice organizer; /* msci:organizer: URI; its display name: */
	struct ply_slice organizer_name;
	/* XML as it stood, without the tags around it: a text is escaped. */
	struct ply_slice notification_data, organizer_data;
	enum ply_ci_admission admission;
	bool says_admission; /* there is a policy; NONE then: an unknown one */
	int64_t expiry_ms, last_update_ms, last_activate_ms; /* UTC; 0: absent */
	bool is_active, says_active;
	bool recurring;   /* Parley's own: recurring without end (meeting-lifecycle.md E4) */
	uint32_t version; /* msci:version of the record, for modifyConference; 0: absent */
	struct ply_ci_conf_uri *conf_uri;
	size_t n_conf_uri;
};

struct ply_ci_view {             /* msci:entity-view */
	struct ply_slice entity; /* Focus URI, MCU URI; in factory requests the media type */
	enum ply_ci_state state;
	bool locked, says_locked;
	struct ply_ci_media *media; /* entity-state/media/entry: label and type */
	size_t n_media;
	struct ply_slice settings; /* entity-settings as they stood, tags included; empty: none */
};

struct ply_ci {
	struct ply_slice entity;
	enum ply_ci_state state;
	uint32_t version;
	struct ply_ci_description description;
	enum ply_ci_state users_state; /* NONE: no users element unless there are users */
	struct ply_ci_user *user;
	size_t n_user;
	struct ply_ci_view *view;
	size_t n_view;
	struct ply_arena mem; /* of a parsed document: all texts and arrays */
};

/* Owns its texts; slices are LENT until deinit. A parser that fails leaves nothing to free. */
int ply_ci_parse(struct ply_ci *out, struct ply_slice xml);
void ply_ci_deinit(struct ply_ci *ci);
/* Appends the document without XML declaration. An absent subject is left out, an empty one is not;
 * all other texts are left out when empty. ply_strbuf_err(b) says whether all went well. */
void ply_ci_write(struct ply_strbuf *b, const struct ply_ci *ci);
/* The parts, for those who share one text among many receivers: the root's start tag with entity,
 * state and version (namespaces included), then any of the others, then PLY_CI_END. */
void ply_ci_write_begin(struct ply_strbuf *b, const struct ply_ci *ci);
void ply_ci_write_description(struct ply_strbuf *b, const struct ply_ci_description *d);
void ply_ci_write_users_begin(struct ply_strbuf *b, enum ply_ci_state state);
void ply_ci_write_user(struct ply_strbuf *b, const struct ply_ci_user *u); /* inside <users> */
void ply_ci_write_views(struct ply_strbuf *b, const struct ply_ci_view *v, size_t n);
#define PLY_CI_USERS_END "</users>"
#define PLY_CI_END       "</conference-info>"

#define PLY_CT_CONFINFO "application/conference-info+xml"

#endif
