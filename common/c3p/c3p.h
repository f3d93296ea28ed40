/* C3P, [MS-CONFBAS] 2.2.3 and [MS-CONFPRO] 2.2: requests and responses as structs. One codec for
 * all who speak it: clients to Focus and Focus Factory over SIP, Focus to conferencing server and
 * back over HTTPS (c3p_http.h; the messages between servers are Parley's own, with elements of the
 * namespace PLY_NS_PARLEY_C3P). Unknown elements and attributes are ignored; an unknown command is
 * PLY_C3P_OTHER with its name. Pure: c3p_req_xml.c, c3p_resp_xml.c, c3p_parts_xml.c, c3p_code.c,
 * c3p_uri.c, conf_invite_xml.c. Rank 5. */
#ifndef PLY_C3P_C3P_H
#define PLY_C3P_C3P_H

#include "c3p/confinfo.h"

#define PLY_CT_CCCP       "application/cccp+xml"
#define PLY_NS_PARLEY_C3P "urn:parley:params:xml:ns:c3p"

enum ply_c3p_cmd {
	PLY_C3P_OTHER, /* `name` says which: notSupported */
	/* Focus Factory */
	PLY_C3P_ADD_CONFERENCE,
	PLY_C3P_MODIFY_CONFERENCE, /* also Focus to MCU, with mcu_uri */
	PLY_C3P_DELETE_CONFERENCE, /* Factory: unschedule; Focus: end the meeting */
	PLY_C3P_GET_CONFERENCE,
	PLY_C3P_GET_CONFERENCES,
	PLY_C3P_GET_MCU_TYPES,    /* getAvailableMcuTypes */
	PLY_C3P_GET_CAPABILITIES, /* getConferencingCapabilities */
	PLY_C3P_GET_ENCRYPTION_KEY,
	/* Focus, some passed on to a conferencing server */
	PLY_C3P_ADD_USER,
	PLY_C3P_DELETE_USER,
	PLY_C3P_MODIFY_USER, /* renameUser reads as this */
	PLY_C3P_MODIFY_USER_ROLES,
	PLY_C3P_MODIFY_CONFERENCE_LOCK,
	PLY_C3P_MODIFY_ENDPOINT,
	PLY_C3P_MODIFY_ENDPOINT_MEDIA,
	PLY_C3P_ENDORSE_USER,
	/* between servers of Parley */
	PLY_C3P_MCU_STATUS, /* a conferencing server's heartbeat to the factory */
	PLY_C3P_NOTIFY,     /* a conferencing server's news to the Focus */
	PLY_C3P_N_CMD
};
const char *ply_c3p_cmd_name(enum ply_c3p_cmd cmd); /* "addUser"; "" for OTHER */
enum ply_c3p_cmd ply_c3p_cmd_of(struct ply_slice name);

/* p:actor: on whose behalf the Focus speaks to a conferencing server. */
struct ply_c3p_actor {
	struct ply_slice uri;
	enum ply_ci_role role;
	enum ply_ci_auth auth;
};

/* mcuStatus: "I am here". A conferencing server says it every heartbeat to every Front End. */
struct ply_c3p_mcu_status {
	struct ply_slice type;     /* "chat" */
	struct ply_slice instance; /* made at start: another one is another life of it */
	struct ply_slice fqdn;     /* name in its certificate */
	struct ply_slice url;      /* of its C3P listener, "https://mcu.lab.example:5063/c3p" */
	struct ply_slice sip;      /* "sip:mcu.lab.example:5062;transport=tls" */
	struct ply_slice
		address; /* IP address of both, where the name is not to be asked for; "" */
	struct ply_slice version; /* of the software */
	uint32_t load;            /* per cent */
	uint32_t conferences, endpoints, max_endpoints;
	bool draining;
};

struct ply_c3p_keys {
	struct ply_slice conf;     /* confEntity */
	struct ply_slice user;     /* userEntity */
	struct ply_slice endpoint; /* endpointEntity */
	struct ply_slice media;    /* mediaId */
	struct ply_slice conf_id;  /* msci:conference-id */
};

struct ply_c3p_request { /* NOLINT(clang-analyzer-optin.performance.Padding): by meaning */
	struct ply_slice request_id, from, to;
	enum ply_c3p_cmd cmd;
	struct ply_slice name;    /* of the command, as written */
	struct ply_slice mcu_uri; /* mscp:mcuUri of the command; empty: the Focus itself */
	struct ply_c3p_keys keys;
	struct ply_ci conf; /* add-, modifyConference, notify: conference-info (its mem is
			       unused: everything is in `mem`) */
	bool has_conf;
	struct ply_ci_user user; /* addUser (exactly one), modifyUser */
	bool has_user;
	unsigned n_user;       /* how many there were; more than one is refused by the Focus */
	enum ply_ci_role role; /* modifyUserRoles */
	bool locked;           /* modifyConferenceLock */
	bool has_locked;
	struct ply_ci_endpoint endpoint; /* modifyEndpoint, modifyEndpointMedia: its media */
	bool has_endpoint;
	/* between servers of Parley: attributes and elements of PLY_NS_PARLEY_C3P. A client can
	 * write them too: ply_c3p_request_distrust(). */
	struct ply_c3p_actor actor;
	struct ply_c3p_mcu_status status; /* mcuStatus */
	struct ply_slice instance;        /* addConference: of the running meeting; notify, and all
					     to an MCU: which life of it is meant */
	struct ply_slice callback;        /* addConference: URL of the Focus for notify */
	uint64_t epoch;                   /* of the Focus; older ones are refused */
	uint64_t mcu_version;             /* notify: counts up by one, per conference */
	bool full;                        /* notify: everything, not what changed */
	uint32_t max_users;               /* addConference: the organizer's meeting size */
	struct ply_arena mem;
};

/* PLY_C3P_E_* or -ENOMEM. PLY_C3P_E_CONTENT also for a request without exactly one command. After
 * it, and after E_TOO_MANY for a single value, request_id, from, to, cmd and name are filled as far
 * as they could be read, and deinit is still due: an answer can be made. After E_XML and E_TOO_MANY
 * for the whole they are empty; deinit may be called. Larger than PLY_C3P_MAX_REQUEST: E_TOO_MANY,
 * but for notify. */
int ply_c3p_request_parse(struct ply_c3p_request *out, struct ply_slice xml);
void ply_c3p_request_deinit(struct ply_c3p_request *r);
/* Empties what only servers of Parley may say: due for a request that came from a client. */
void ply_c3p_request_distrust(struct ply_c3p_request *r);
void ply_c3p_request_write(struct ply_strbuf *b, const struct ply_c3p_request *r);

enum ply_c3p_code { PLY_C3P_SUCCESS, PLY_C3P_PENDING, PLY_C3P_FAILURE };

/* Reasons of failure; the words are in one table in c3p_code.c ("requestMalformed"). */
enum ply_c3p_reason {
	PLY_C3P_R_NONE,
	PLY_C3P_R_REQUEST_MALFORMED,
	PLY_C3P_R_REQUEST_TOO_LARGE,
	PLY_C3P_R_REQUEST_CANCELLED,
	PLY_C3P_R_NOT_SUPPORTED,
	PLY_C3P_R_UNAUTHORIZED,
	PLY_C3P_R_FORBIDDEN,
	PLY_C3P_R_SERVER_BUSY,
	PLY_C3P_R_TIMEOUT,
	PLY_C3P_R_OTHER_FAILURE,
	PLY_C3P_R_CONFERENCE_EXISTS,
	PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST,
	PLY_C3P_R_INVALID_CONFERENCE_ID,
	PLY_C3P_R_INVALID_ADMISSION_POLICY,
	PLY_C3P_R_INVALID_EXPIRY_TIME,
	PLY_C3P_R_INVALID_PASSCODE,
	PLY_C3P_R_INVALID_ROLE,
	PLY_C3P_R_INVALID_USER_ENTITY,
	PLY_C3P_R_INVALID_VERSION,
	PLY_C3P_R_MAXIMUM_CONFERENCES,
	PLY_C3P_R_MAXIMUM_MEETING_SIZE,
	PLY_C3P_R_UNKNOWN_MCU_TYPE,
	PLY_C3P_R_MCU_TYPE_NOT_AVAILABLE,
	PLY_C3P_R_SETTINGS_TOO_LARGE,
	PLY_C3P_R_NOTIFICATION_DATA_TOO_LARGE,
	PLY_C3P_R_ORGANIZER_DATA_TOO_LARGE,
	PLY_C3P_R_ANONYMOUS_NOT_ALLOWED,
	PLY_C3P_R_FEDERATED_NOT_ALLOWED,
	PLY_C3P_R_USER_EXISTS,
	PLY_C3P_R_USER_DOES_NOT_EXIST,
	PLY_C3P_R_ENDPOINT_DOES_NOT_EXIST,
	PLY_C3P_R_MEDIA_DOES_NOT_EXIST,
	PLY_C3P_R_MEDIA_NOT_SUPPORTED,
	PLY_C3P_R_USER_BUSY,
	PLY_C3P_R_USER_DECLINED,
	PLY_C3P_R_USER_NOT_ANSWERED,
	PLY_C3P_R_USER_UNKNOWN,
	PLY_C3P_R_STALE, /* Parley's own: an older epoch or another instance */
	PLY_C3P_N_REASON
};
const char *ply_c3p_reason_name(enum ply_c3p_reason r);
/* Any case, contractions ("conferenceDoesntExist") too; OTHER_FAILURE for what is unknown. */
enum ply_c3p_reason ply_c3p_reason_of(struct ply_slice s);
/* ms-diagnostics ids of conferencing, [MS-OCER] 8.4. */
enum ply_c3p_diag {
	PLY_C3P_DIAG_NONE,
	PLY_C3P_DIAG_FROM = 3000,
	PLY_C3P_DIAG_TO = 3001,
	PLY_C3P_DIAG_TARGET_USER = 3002,
	PLY_C3P_DIAG_CONF_ENTITY = 3003,
	PLY_C3P_DIAG_NOT_IMPLEMENTED = 3004, /* ms-diagnostics-public */
	PLY_C3P_DIAG_NOT_FOR_MCU = 3005,
	PLY_C3P_DIAG_PARSE = 3006,
	PLY_C3P_DIAG_ADD_USER = 3007,
	PLY_C3P_DIAG_ACCESS_OR_AUTH = 3008,
	PLY_C3P_DIAG_ENDPOINT_ENTITY = 3009,
	PLY_C3P_DIAG_SESSION_TIMER = 3010,
	PLY_C3P_DIAG_MCU_CONTACT = 3011,
	PLY_C3P_DIAG_CONF_URI = 3012,
	PLY_C3P_DIAG_MCU_URI = 3013,
	PLY_C3P_DIAG_NOT_AUTHORIZED = 3014,
	PLY_C3P_DIAG_DIAL_OUT_BY_ATTENDEE = 3015,
	PLY_C3P_DIAG_ROLE = 3016,
};
/* The ms-diagnostics id (3000-3999, [MS-OCER]) that goes with it; 0: none. */
unsigned ply_c3p_reason_diag(enum ply_c3p_reason r);

struct ply_c3p_pair {
	struct ply_slice key, value;
};
struct ply_c3p_region {
	struct ply_slice name, number;
};

struct ply_c3p_response { /* NOLINT(clang-analyzer-optin.performance.Padding): by meaning */
	struct ply_slice request_id, from, to;
	enum ply_c3p_code code;
	enum ply_c3p_cmd cmd;
	struct ply_slice name;      /* of an unknown command: answered under its own name */
	enum ply_c3p_reason reason; /* failure */
	struct ply_c3p_keys keys;   /* written when keys.conf is set: conferenceKeys ... */
	struct ply_ci conf;         /* addConference, getConference: conference-info */
	bool has_conf;
	const struct ply_ci *list; /* getConferences: summaries */
	size_t n_list;
	struct ply_ci_user user; /* addUser: the granted role; endpoint left out when n is 0 */
	bool has_user;
	const struct ply_slice *mcu_type; /* getAvailableMcuTypes, getConferencingCapabilities */
	size_t n_mcu_type;
	const struct ply_c3p_region *region; /* pstn-bridging */
	size_t n_region;
	struct ply_slice default_region;
	const struct ply_c3p_pair *info; /* addUser: msci:connection-info */
	size_t n_info;
	/* between servers of Parley */
	struct ply_slice instance;
	uint64_t mcu_version;
	struct ply_arena mem; /* of a parsed one */
};

enum {
	PLY_C3P_MAX_NAME = 64, /* bytes of a command's name, a requestId, a key */
	PLY_C3P_MAX_LIST = 1024,
	PLY_C3P_MAX_MCU_TYPES = 16,
	PLY_C3P_MAX_REGIONS = 256,
	PLY_C3P_MAX_INFO = 64,
};

/* 0, PLY_C3P_E_* or -ENOMEM; fails leaving nothing to free. A code that is unknown is FAILURE. */
int ply_c3p_response_parse(struct ply_c3p_response *out, struct ply_slice xml);
void ply_c3p_response_deinit(struct ply_c3p_response *r);
void ply_c3p_response_write(struct ply_strbuf *b, const struct ply_c3p_response *r);
/* Fills request_id, from, to (swapped), cmd, name and code of an answer; LENDS the request's texts.
 * Failure when reason is not NONE. */
void ply_c3p_response_to(struct ply_c3p_response *out, const struct ply_c3p_request *req,
			 enum ply_c3p_reason reason);

/* A conference's URIs, canonical for comparing: organizer's address of record, type, and id in
 * lower case ([MS-CONFBAS]: compared without case). */
enum { PLY_C3P_TYPE_MAX = 24 };
struct ply_c3p_uri {
	char organizer[PLY_CI_MAX_URI + 2];   /* "sip:alice@lab.example" */
	char type[PLY_C3P_TYPE_MAX];          /* "focus", "chat", "focusfactory" */
	char conf_id[PLY_CI_MAX_CONF_ID + 1]; /* as written */
	char key[PLY_CI_MAX_URI + 2 + 1 + PLY_CI_MAX_CONF_ID +
		 1]; /* organizer, blank, id in lower case */
};
/* 0 or -EBADMSG: no conference URI ("sip:o@d;gruu;opaque=app:conf:TYPE:id:ID", ID of 1-32 letters
 * and digits; a focusfactory has none). */
int ply_c3p_uri_parse(struct ply_c3p_uri *out, struct ply_slice uri);
/* Appends the URI of another type of the same conference. */
void ply_c3p_uri_add(struct ply_strbuf *b, const struct ply_c3p_uri *u, const char *type);

/* application/ms-conf-invite+xml: "come to this meeting". */
struct ply_conf_invite {
	struct ply_slice focus_uri, subject, conversation_id;
	bool im, audio;
	struct ply_slice first_im;
	struct ply_arena mem;
};
/* 0, PLY_C3P_E_* (CONTENT: no focus-uri), -ENOMEM; fails leaving nothing to free. */
int ply_conf_invite_parse(struct ply_conf_invite *out, struct ply_slice xml);
void ply_conf_invite_deinit(struct ply_conf_invite *i);
void ply_conf_invite_write(struct ply_strbuf *b, const struct ply_conf_invite *i);

#endif
