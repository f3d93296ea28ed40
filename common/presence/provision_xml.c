#include "presence/provision_xml.h"

#include "presence/pres_internal.h"

#include <stdio.h>

/* How each setting is written: text unless NULL, number unless 0, flag always. A text with a
 * default is always written. */
enum kind { TEXT, NUMBER, FLAG };

struct item {
	const char *name;
	enum kind kind;
	size_t at;
	const char *def;
};

/* clang-format off */
#define SRV(f) offsetof(struct ply_server_configuration, f)
static const struct item server_items[] = {
	{ "absInternalServerUrl",       TEXT, SRV(abs_internal_url), NULL },
	{ "absExternalServerUrl",       TEXT, SRV(abs_external_url), NULL },
	{ "organization",               TEXT, SRV(organization), NULL },
	{ "consoleDownloadInternalUrl", TEXT, SRV(console_download_internal_url), NULL },
	{ "consoleDownloadExternalUrl", TEXT, SRV(console_download_external_url), NULL },
	{ "helpdeskInternalUrl",        TEXT, SRV(helpdesk_internal_url), NULL },
	{ "helpdeskExternalUrl",        TEXT, SRV(helpdesk_external_url), NULL },
	{ "dlxInternalUrl",             TEXT, SRV(dlx_internal_url), NULL },
	{ "dlxExternalUrl",             TEXT, SRV(dlx_external_url), NULL },
	{ "poolUri",                    TEXT, SRV(pool_uri), NULL },
	{ "focusFactoryUri",            TEXT, SRV(focus_factory_uri), NULL },
	{ "mrasUri",                    TEXT, SRV(mras_uri), NULL },
	{ "voicemailUri",               TEXT, SRV(voicemail_uri), NULL },
	{ "ucLocationProfile",          TEXT, SRV(location_profile), NULL },
	/* Absent means that encryption is required. */
	{ "ucPC2PCAVEncryption",        TEXT, SRV(av_encryption), "SupportEncryption" },
	{ "ucEnableSIPSecurityMode",    TEXT, SRV(sip_security_mode), NULL },
	{ "ucEnableUserLogging",        FLAG, SRV(enable_user_logging), NULL },
	{ "qosEnabled",                 FLAG, SRV(qos_enabled), NULL },
	{ "qosUri",                     TEXT, SRV(qos_uri), NULL },
	{ "ucPortRangeEnabled",         FLAG, SRV(port_range_enabled), NULL },
};
static const struct item port_items[] = {
	{ "ucMinMediaPort", NUMBER, SRV(min_media_port), NULL },
	{ "ucMaxMediaPort", NUMBER, SRV(max_media_port), NULL },
};

#define MTG(f) offsetof(struct ply_meeting_policy, f)
static const struct item meeting_items[] = {
	{ "Name",                              TEXT, MTG(name), NULL },
	{ "AllowIPAudio",                      FLAG, MTG(allow_ip_audio), NULL },
	{ "AllowIPVideo",                      FLAG, MTG(allow_ip_video), NULL },
	{ "AllowPresenterToRecord",            FLAG, MTG(allow_presenter_to_record), NULL },
	{ "AllowPresenterToDelegateRecording", FLAG, MTG(allow_presenter_to_delegate_recording), NULL },
	{ "AllowAppSharingForExternalMeeting", TEXT, MTG(allow_app_sharing_for_external), NULL },
	{ "EnableAppDesktopSharing",           FLAG, MTG(enable_app_desktop_sharing), NULL },
	{ "EnableDataCollaboration",           FLAG, MTG(enable_data_collaboration), NULL },
	{ "ColorDepth",                        TEXT, MTG(color_depth), NULL },
	{ "MeetingSize",                       NUMBER, MTG(meeting_size), NULL },
	{ "RetainPPTForExternalMeeting",       FLAG, MTG(retain_ppt_for_external), NULL },
	{ "AllowAnonymousParticipants",        FLAG, MTG(allow_anonymous), NULL },
	{ "EnablePSTNConferencing",            FLAG, MTG(enable_pstn_conferencing), NULL },
};

#define UC(f) offsetof(struct ply_uc_policy, f)
static const struct item uc_items[] = {
	{ "Name",                     TEXT, UC(name), NULL },
	{ "AllowSimultaneousRinging", FLAG, UC(allow_simultaneous_ringing), NULL },
	{ "AllowCallForwarding",      FLAG, UC(allow_call_forwarding), NULL },
	{ "EnableCallTransfer",       FLAG, UC(enable_call_transfer), NULL },
};

#define USR(f) offsetof(struct ply_user_setting, f)
static const struct item user_items[] = {
	{ "ucUserLocationProfile", TEXT, USR(location_profile), NULL },
	{ "disableFileTransfer",   FLAG, USR(disable_file_transfer), NULL },
};

static const struct { const char *name; unsigned group; } groups_known[] = {
	{ "ServerConfiguration", PLY_PROVISION_SERVER_CONFIGURATION },
	{ "meetingPolicy",       PLY_PROVISION_MEETING_POLICY },
	{ "ucPolicy",            PLY_PROVISION_UC_POLICY },
	{ "userSetting",         PLY_PROVISION_USER_SETTING },
};
/* clang-format on */

int ply_provision_request_parse(unsigned *groups, struct ply_slice xml)
{
	struct ply_arena mem;
	struct ply_xmlin in;
	int r;

	*groups = 0;
	r = ply_xmlin_open(&in, &mem, xml, "provisioningGroupList", NULL);
	if (!r) {
		PLY_XML_FOR(el, in.root, NULL, "provisioningGroup")
			for (size_t i = 0; i < ARRAY_LEN(groups_known); i++)
				if (ply_slice_caseis(ply_xml_attr(el, "name"),
						     groups_known[i].name))
					*groups |= groups_known[i].group;
		if (!ply_xml_child(in.root, NULL, "provisioningGroup"))
			*groups = PLY_PROVISION_ALL;
	}
	r = ply_xmlin_close(&in, r);
	ply_arena_deinit(&mem);
	return r;
}

/* The value as text; false: left out. */
static bool value_of(const struct item *it, const void *from, char num[16], struct ply_slice *out)
{
	const char *at = (const char *)from + it->at;

	if (it->kind == TEXT) {
		const char *s = *(const char *const *)(const void *)at;

		*out = ply_slice_str(s ? s : it->def);
		return out->p != NULL;
	}
	if (it->kind == FLAG) {
		*out = ply_slice_str(*(const bool *)(const void *)at ? "true" : "false");
		return true;
	}
	snprintf(num, 16, "%u", *(const uint32_t *)(const void *)at);
	*out = ply_slice_str(num);
	return *(const uint32_t *)(const void *)at != 0;
}

static void put_items(struct ply_xmlw *w, const struct item *it, size_t n, const void *from,
		      bool as_property)
{
	for (size_t i = 0; i < n; i++) {
		struct ply_slice v;
		char num[16];

		if (!value_of(&it[i], from, num, &v))
			continue;
		ply_xmlw_open(w, as_property ? "property" : it[i].name);
		if (as_property)
			ply_xmlw_attr(w, "name", it[i].name);
		ply_xmlw_text(w, v);
		ply_xmlw_close(w);
	}
}

static void open_group(struct ply_xmlw *w, const char *name)
{
	ply_xmlw_open(w, "provisionGroup");
	ply_xmlw_attr(w, "name", name);
}

static void put_instance(struct ply_xmlw *w, const char *name, const struct item *it, size_t n,
			 const void *from)
{
	open_group(w, name);
	ply_xmlw_open(w, "instance");
	put_items(w, it, n, from, true);
	ply_xmlw_close(w);
	ply_xmlw_close(w);
}

static void put_server(struct ply_xmlw *w, const struct ply_server_configuration *s)
{
	open_group(w, "ServerConfiguration");
	put_items(w, server_items, ARRAY_LEN(server_items), s, false);
	if (s->port_range_enabled)
		put_items(w, port_items, ARRAY_LEN(port_items), s, false);
	ply_xmlw_close(w);
}

void ply_provision_write(struct ply_strbuf *b, unsigned groups, const struct ply_provision *p)
{
	struct ply_xmlw w;

	ply_xmlw_init(&w, b);
	ply_xmlw_open(&w, "provisionGroupList");
	ply_xmlw_attr(&w, "xmlns", PLY_NS_PROVISION_NOTIFY);
	if (groups & PLY_PROVISION_SERVER_CONFIGURATION)
		put_server(&w, &p->server);
	if (groups & PLY_PROVISION_MEETING_POLICY)
		put_instance(&w, "meetingPolicy", meeting_items, ARRAY_LEN(meeting_items),
			     &p->meeting);
	if (groups & PLY_PROVISION_UC_POLICY)
		put_instance(&w, "ucPolicy", uc_items, ARRAY_LEN(uc_items), &p->uc);
	if (groups & PLY_PROVISION_USER_SETTING) {
		open_group(&w, "userSetting");
		put_items(&w, user_items, ARRAY_LEN(user_items), &p->user, false);
		ply_xmlw_close(&w);
	}
	ply_xmlw_close(&w);
	ply_xmlw_done(&w);
}
