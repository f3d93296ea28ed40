/* Names of the product's event packages, option tags, content types and headers, in one place.
 * [MS-SIP], [MS-SIPREGE], [MS-PRES], [MS-CONFPRO], [MS-CONMGMT]. Headers that are asked for often
 * have numbers in sip_msg.h. Rank 3. */
#ifndef PLY_SIP_SIP_MS_H
#define PLY_SIP_SIP_MS_H

#include "base/slice.h"

enum ply_ms_event {
	PLY_MS_EVENT_OTHER,
	PLY_MS_EVENT_REGISTRATION,
	PLY_MS_EVENT_PRESENCE,
	PLY_MS_EVENT_PRESENCE_WPENDING,
	PLY_MS_EVENT_PROVISIONING,
	PLY_MS_EVENT_PROVISIONING_V2,
	PLY_MS_EVENT_ROAMING_CONTACTS,
	PLY_MS_EVENT_ROAMING_ACL,
	PLY_MS_EVENT_ROAMING_SELF,
	PLY_MS_EVENT_CONFERENCE,
	PLY_MS_EVENT_DIALOG,
	PLY_MS_EVENT_REGISTRATION_NOTIFY,
	PLY_MS_N_EVENT
};

enum ply_ms_option {
	PLY_MS_OPTION_OTHER,
	PLY_MS_OPTION_GRUU,            /* gruu-10 */
	PLY_MS_OPTION_ADHOCLIST,       /* batched subscriptions */
	PLY_MS_OPTION_EVENTLIST,       /* RFC 4662 */
	PLY_MS_OPTION_CATEGORYLIST,    /* batched, by category */
	PLY_MS_OPTION_CATEGORIES,      /* msrtc-event-categories: enhanced presence */
	PLY_MS_OPTION_MSRTC_PRESENCE,  /* com.microsoft.msrtc.presence: the older one */
	PLY_MS_OPTION_BENOTIFY,        /* ms-benotify */
	PLY_MS_OPTION_PIGGYBACK,       /* ms-piggyback-first-notify */
	PLY_MS_OPTION_AUTOEXTEND,      /* com.microsoft.autoextend */
	PLY_MS_OPTION_FORKING,         /* ms-forking, deprecated */
	PLY_MS_OPTION_SENDER,          /* ms-sender */
	PLY_MS_OPTION_MULTIPARTY,      /* com.microsoft.rtc-multiparty */
	PLY_MS_OPTION_CONF_INVITE,     /* ms-conf-invite */
	PLY_MS_OPTION_DELAYED_ACCEPT,  /* ms-delayed-accept */
	PLY_MS_OPTION_DIALOG_ROUTESET, /* ms-dialog-route-set-update */
	PLY_MS_OPTION_EARLY_MEDIA,     /* ms-early-media */
	PLY_MS_OPTION_100REL,
	PLY_MS_OPTION_TIMER,
	PLY_MS_OPTION_REPLACES,
	PLY_MS_OPTION_PATH,
	PLY_MS_OPTION_OUTBOUND,
	PLY_MS_N_OPTION
};

enum ply_ms_type {
	PLY_MS_TYPE_OTHER,
	PLY_MS_TYPE_SDP,
	PLY_MS_TYPE_TEXT,
	PLY_MS_TYPE_HTML,
	PLY_MS_TYPE_COMPOSING,
	PLY_MS_TYPE_IMDN,
	PLY_MS_TYPE_SIPFRAG,
	PLY_MS_TYPE_SOAP,
	PLY_MS_TYPE_CCCP,
	PLY_MS_TYPE_CONF_INVITE,
	PLY_MS_TYPE_CONFERENCE_INFO,
	PLY_MS_TYPE_PIDF,
	PLY_MS_TYPE_RLMI,
	PLY_MS_TYPE_MULTIPART_RELATED,
	PLY_MS_TYPE_MULTIPART_ALTERNATIVE,
	PLY_MS_TYPE_EVENT_CATEGORIES,
	PLY_MS_TYPE_CATEGORY_PUBLISH,
	PLY_MS_TYPE_SET_CONTAINER_MEMBERS,
	PLY_MS_TYPE_SET_SUBSCRIBER,
	PLY_MS_TYPE_ADRL_CATEGORYLIST,
	PLY_MS_TYPE_ADRL,
	PLY_MS_TYPE_FAULT,
	PLY_MS_TYPE_ROAMING_SELF,
	PLY_MS_TYPE_ROAMING_CONTACTS,
	PLY_MS_TYPE_ROAMING_ACL,
	PLY_MS_TYPE_PROVISIONING,
	PLY_MS_TYPE_PROVISIONING_V2,
	PLY_MS_TYPE_MEDIA_RELAY_AUTH,
	PLY_MS_TYPE_REGISTRATION_EVENT,
	PLY_MS_TYPE_QOE,
	PLY_MS_N_TYPE
};

/* Names as they are written; "" for OTHER. */
const char *ply_ms_event_name(enum ply_ms_event e);
const char *ply_ms_option_name(enum ply_ms_option o);
const char *ply_ms_type_name(enum ply_ms_type t);
/* Numbers of what a peer wrote, without case; parameters after ';' are ignored. OTHER when unknown.
 */
enum ply_ms_event ply_ms_event_of(struct ply_slice value);
enum ply_ms_option ply_ms_option_of(struct ply_slice value);
enum ply_ms_type ply_ms_type_of(struct ply_slice value);

/* Headers without a number, for ply_sip_hdr_named() and ply_sip_add_line(). */
#define PLY_MS_CONVERSATION_ID "Ms-Conversation-ID"
#define PLY_MS_PIGGYBACK_CSEQ  "ms-piggyback-cseq"
#define PLY_MS_PRESENCE_STATE  "presence-state"
#define PLY_MS_COMPRESSION     "Compression"

#endif
