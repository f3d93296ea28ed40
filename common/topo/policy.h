/* Meeting policies: what an organizer's meetings may do (MSFT_SIPGlobalMeetingPolicyData), which of
 * them is whose (MSFT_SIPGlobalMeetingSetting, resource.meeting_policy). Made from the rows of
 * rtcconfig; a row of the pool outdoes one of the deployment, both outdo what is built in. Pure.
 * Rank 4. */
#ifndef PLY_TOPO_POLICY_H
#define PLY_TOPO_POLICY_H

#include "base/conf.h"
#include "db/rtcconfig/rtcconfig.h"

#define PLY_POLICY_CLASS        "MSFT_SIPGlobalMeetingPolicyData"
#define PLY_POLICY_GLOBAL_CLASS "MSFT_SIPGlobalMeetingSetting"
#define PLY_POLICY_DEFAULT      "Default Policy"
/* As the policy for everybody: each user has his own. */
#define PLY_POLICY_PER_USER "UsePerUserMeetingPolicy"

enum { PLY_POLICY_NAME_MAX = 63, PLY_POLICY_FIELDS = 13, PLY_POLICIES_MAX = 200 };

enum ply_policy_sharing {
	PLY_SHARING_NONE,
	PLY_SHARING_SINGLE, /* one application */
	PLY_SHARING_DESKTOP
};

struct ply_policy_values {
	uint32_t meeting_size; /* participants, the organizer among them */
	bool allow_ip_audio, allow_ip_video;
	bool enable_data_collaboration, enable_app_sharing;
	uint32_t external_sharing; /* enum ply_policy_sharing: with partners and anonymous users */
	uint32_t color_depth;      /* index into the words of its field; 0: not said */
	bool allow_record, allow_delegate_record, retain_ppt;
	bool allow_anonymous; /* counts where the global switch leaves it to the policy */
	bool enable_pstn;
	bool is_default; /* for users without one of their own */
};

/* The fields: key, kind, range, meaning. Section is PLY_POLICY_CLASS; a NULL section ends. */
extern const struct ply_conf_item ply_policy_fields[PLY_POLICY_FIELDS + 1];

/* Where a value comes from. */
enum ply_policy_origin {
	PLY_POLICY_BUILT_IN,
	PLY_POLICY_BY_DEFAULT, /* a custom policy does not say: as "Default Policy" is built in */
	PLY_POLICY_GLOBAL,     /* rtcconfig, level global */
	PLY_POLICY_POOL,       /* rtcconfig, level pool:FQDN */
};

struct ply_policy {
	char name[PLY_POLICY_NAME_MAX + 1];
	bool built_in;
	struct ply_policy_values v;
	uint8_t origin[PLY_POLICY_FIELDS]; /* enum ply_policy_origin, by field */
};

/* Who may invite anonymous users. */
enum ply_policy_anonymous {
	PLY_ANONYMOUS_BY_POLICY, /* the organizer's policy says */
	PLY_ANONYMOUS_ALL,
	PLY_ANONYMOUS_NONE
};

struct ply_policies {
	struct ply_policy *policy; /* the built-in ones first, then by name */
	size_t n;
	char everybody[PLY_POLICY_NAME_MAX + 1]; /* one policy for all; "": each user his own */
	enum ply_policy_anonymous anonymous;
	enum ply_policy_origin everybody_origin, anonymous_origin;
};

/* From the rows (any order, other classes are passed over). What cannot be used is left out and
 * named in *bad (may be NULL), a line each. 0 or -ENOMEM: then *out is empty, but safe to use. */
int ply_policies_make(struct ply_policies *out, const struct ply_rtcconfig_setting *s, size_t n,
		      const char *pool, struct ply_strbuf *bad);
void ply_policies_deinit(struct ply_policies *p);

/* By name, without case; a built-in one without its "(High)" too. NULL: there is none. LENDS. */
const struct ply_policy *ply_policy_find(const struct ply_policies *p, struct ply_slice name);

/* Why a user has the policy he has. */
enum ply_policy_why {
	PLY_POLICY_EVERYBODY,      /* one for all */
	PLY_POLICY_ASSIGNED,       /* his own */
	PLY_POLICY_NONE_ASSIGNED,  /* he has none: the default one */
	PLY_POLICY_ASSIGNED_GONE,  /* his own does not exist: the default one */
	PLY_POLICY_EVERYBODY_GONE, /* the one for all does not exist: the default one */
};
/* The policy of a user whose assigned one is `assigned` (absent or empty: none). LENDS; never NULL.
 */
const struct ply_policy *ply_policy_of(const struct ply_policies *p, struct ply_slice assigned,
				       enum ply_policy_why *why);
/* May meetings under this policy take anonymous users: the policy and the global switch. */
bool ply_policy_anonymous(const struct ply_policies *p, const struct ply_policy *policy);

#endif
