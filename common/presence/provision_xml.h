/* In-band provisioning, version 2: the groups a client asks for and the answer. Pure. Rank 4. */
#ifndef PLY_PRESENCE_PROVISION_XML_H
#define PLY_PRESENCE_PROVISION_XML_H

#include "presence/pres.h"

#define PLY_CT_PROVISION "application/vnd-microsoft-roaming-provisioning-v2+xml"

enum {
	PLY_PROVISION_SERVER_CONFIGURATION = BIT(0),
	PLY_PROVISION_MEETING_POLICY = BIT(1),
	PLY_PROVISION_UC_POLICY = BIT(2),
	PLY_PROVISION_USER_SETTING = BIT(3),
	PLY_PROVISION_ALL = 15,
};

/* *groups: PLY_PROVISION_*; unknown ones are ignored, a list without any means all.
 * PLY_PRES_E_XML, _CONTENT. */
int ply_provision_request_parse(unsigned *groups, struct ply_slice xml);

/* NULL strings and zero numbers are left out; the flags are always written. All LENT by the caller.
 */
struct ply_server_configuration {
	const char *abs_internal_url, *abs_external_url;
	const char *dlx_internal_url, *dlx_external_url; /* NULL until the web service answers */
	const char *organization;
	const char *console_download_internal_url, *console_download_external_url;
	const char *helpdesk_internal_url, *helpdesk_external_url;
	const char *pool_uri;
	const char *focus_factory_uri; /* the user's own, ;gruu;opaque=app:conf:focusfactory */
	const char *mras_uri;          /* NULL until a relay exists */
	const char *qos_uri;
	bool qos_enabled;
	const char *voicemail_uri;
	const char *location_profile;
	const char *av_encryption; /* NULL: SupportEncryption */
	bool port_range_enabled;
	uint32_t min_media_port, max_media_port; /* written when port_range_enabled */
	const char *sip_security_mode;
	bool enable_user_logging;
};

struct ply_meeting_policy {
	const char *name;
	bool allow_ip_audio, allow_ip_video;
	bool allow_presenter_to_record, allow_presenter_to_delegate_recording;
	const char *allow_app_sharing_for_external; /* None, SingleApplication, Desktop */
	bool enable_app_desktop_sharing, enable_data_collaboration;
	const char *color_depth;
	uint32_t meeting_size;
	bool retain_ppt_for_external, allow_anonymous, enable_pstn_conferencing;
};

struct ply_uc_policy {
	const char *name;
	bool allow_simultaneous_ringing, allow_call_forwarding, enable_call_transfer;
};

struct ply_user_setting {
	const char *location_profile;
	bool disable_file_transfer;
};

struct ply_provision {
	struct ply_server_configuration server;
	struct ply_meeting_policy meeting;
	struct ply_uc_policy uc;
	struct ply_user_setting user;
};

void ply_provision_write(struct ply_strbuf *b, unsigned groups, const struct ply_provision *p);

#endif
