#include "sip/sip_ms.h"

#include "base/ply.h"

/* clang-format off */
static const char *const events[PLY_MS_N_EVENT] = {
	[PLY_MS_EVENT_OTHER]             = "",
	[PLY_MS_EVENT_REGISTRATION]      = "registration",
	[PLY_MS_EVENT_PRESENCE]          = "presence",
	[PLY_MS_EVENT_PRESENCE_WPENDING] = "presence.wpending",
	[PLY_MS_EVENT_PROVISIONING]      = "vnd-microsoft-provisioning",
	[PLY_MS_EVENT_PROVISIONING_V2]   = "vnd-microsoft-provisioning-v2",
	[PLY_MS_EVENT_ROAMING_CONTACTS]  = "vnd-microsoft-roaming-contacts",
	[PLY_MS_EVENT_ROAMING_ACL]       = "vnd-microsoft-roaming-ACL",
	[PLY_MS_EVENT_ROAMING_SELF]      = "vnd-microsoft-roaming-self",
	[PLY_MS_EVENT_CONFERENCE]        = "conference",
	[PLY_MS_EVENT_DIALOG]            = "dialog",
	[PLY_MS_EVENT_REGISTRATION_NOTIFY] = "registration-notify",
};

static const char *const options[PLY_MS_N_OPTION] = {
	[PLY_MS_OPTION_OTHER]           = "",
	[PLY_MS_OPTION_GRUU]            = "gruu-10",
	[PLY_MS_OPTION_ADHOCLIST]       = "adhoclist",
	[PLY_MS_OPTION_EVENTLIST]       = "eventlist",
	[PLY_MS_OPTION_CATEGORYLIST]    = "categoryList",
	[PLY_MS_OPTION_CATEGORIES]      = "msrtc-event-categories",
	[PLY_MS_OPTION_MSRTC_PRESENCE]  = "com.microsoft.msrtc.presence",
	[PLY_MS_OPTION_BENOTIFY]        = "ms-benotify",
	[PLY_MS_OPTION_PIGGYBACK]       = "ms-piggyback-first-notify",
	[PLY_MS_OPTION_AUTOEXTEND]      = "com.microsoft.autoextend",
	[PLY_MS_OPTION_FORKING]         = "ms-forking",
	[PLY_MS_OPTION_SENDER]          = "ms-sender",
	[PLY_MS_OPTION_MULTIPARTY]      = "com.microsoft.rtc-multiparty",
	[PLY_MS_OPTION_CONF_INVITE]     = "ms-conf-invite",
	[PLY_MS_OPTION_DELAYED_ACCEPT]  = "ms-delayed-accept",
	[PLY_MS_OPTION_DIALOG_ROUTESET] = "ms-dialog-route-set-update",
	[PLY_MS_OPTION_EARLY_MEDIA]     = "ms-early-media",
	[PLY_MS_OPTION_100REL]          = "100rel",
	[PLY_MS_OPTION_TIMER]           = "timer",
	[PLY_MS_OPTION_REPLACES]        = "replaces",
	[PLY_MS_OPTION_PATH]            = "path",
	[PLY_MS_OPTION_OUTBOUND]        = "outbound",
};

static const char *const types[PLY_MS_N_TYPE] = {
	[PLY_MS_TYPE_OTHER]                 = "",
	[PLY_MS_TYPE_SDP]                   = "application/sdp",
	[PLY_MS_TYPE_TEXT]                  = "text/plain",
	[PLY_MS_TYPE_HTML]                  = "text/html",
	[PLY_MS_TYPE_COMPOSING]             = "application/im-iscomposing+xml",
	[PLY_MS_TYPE_IMDN]                  = "application/ms-imdn+xml",
	[PLY_MS_TYPE_SIPFRAG]               = "message/sipfrag",
	[PLY_MS_TYPE_SOAP]                  = "application/SOAP+xml",
	[PLY_MS_TYPE_CCCP]                  = "application/cccp+xml",
	[PLY_MS_TYPE_CONF_INVITE]           = "application/ms-conf-invite+xml",
	[PLY_MS_TYPE_CONFERENCE_INFO]       = "application/conference-info+xml",
	[PLY_MS_TYPE_PIDF]                  = "application/pidf+xml",
	[PLY_MS_TYPE_RLMI]                  = "application/rlmi+xml",
	[PLY_MS_TYPE_MULTIPART_RELATED]     = "multipart/related",
	[PLY_MS_TYPE_MULTIPART_ALTERNATIVE] = "multipart/alternative",
	[PLY_MS_TYPE_EVENT_CATEGORIES]      = "application/msrtc-event-categories+xml",
	[PLY_MS_TYPE_CATEGORY_PUBLISH]      = "application/msrtc-category-publish+xml",
	[PLY_MS_TYPE_SET_CONTAINER_MEMBERS] = "application/msrtc-setcontainermembers+xml",
	[PLY_MS_TYPE_SET_SUBSCRIBER]        = "application/msrtc-presence-setsubscriber+xml",
	[PLY_MS_TYPE_ADRL_CATEGORYLIST]     = "application/msrtc-adrl-categorylist+xml",
	[PLY_MS_TYPE_ADRL]                  = "application/adrl+xml",
	[PLY_MS_TYPE_FAULT]                 = "application/msrtc-fault+xml",
	[PLY_MS_TYPE_ROAMING_SELF]          = "application/vnd-microsoft-roaming-self+xml",
	[PLY_MS_TYPE_ROAMING_CONTACTS]      = "application/vnd-microsoft-roaming-contacts+xml",
	[PLY_MS_TYPE_ROAMING_ACL]           = "application/vnd-microsoft-roaming-acls+xml",
	[PLY_MS_TYPE_PROVISIONING]          = "application/vnd-microsoft-roaming-provisioning+xml",
	[PLY_MS_TYPE_PROVISIONING_V2]       = "application/vnd-microsoft-roaming-provisioning-v2+xml",
	[PLY_MS_TYPE_MEDIA_RELAY_AUTH]      = "application/msrtc-media-relay-auth+xml",
	[PLY_MS_TYPE_REGISTRATION_EVENT]    = "text/registration-event",
	[PLY_MS_TYPE_QOE]                   = "application/vq-rtcpxr+xml",
};
/* clang-format on */

static unsigned find(const char *const *names, unsigned n, struct ply_slice value)
{
	value = ply_slice_trim(ply_slice_sub(value, 0, ply_slice_chr(value, ';')));
	for (unsigned i = 1; value.len && i < n; i++)
		if (ply_slice_caseis(value, names[i]))
			return i;
	return 0;
}

const char *ply_ms_event_name(enum ply_ms_event e)
{
	return (unsigned)e < PLY_MS_N_EVENT ? events[e] : "";
}

const char *ply_ms_option_name(enum ply_ms_option o)
{
	return (unsigned)o < PLY_MS_N_OPTION ? options[o] : "";
}

const char *ply_ms_type_name(enum ply_ms_type t)
{
	return (unsigned)t < PLY_MS_N_TYPE ? types[t] : "";
}

enum ply_ms_event ply_ms_event_of(struct ply_slice value)
{
	return (enum ply_ms_event)find(events, PLY_MS_N_EVENT, value);
}

enum ply_ms_option ply_ms_option_of(struct ply_slice value)
{
	return (enum ply_ms_option)find(options, PLY_MS_N_OPTION, value);
}

enum ply_ms_type ply_ms_type_of(struct ply_slice value)
{
	return (enum ply_ms_type)find(types, PLY_MS_N_TYPE, value);
}
